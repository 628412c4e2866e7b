//! How long a worker's requests wait before it comes to them.
//!
//! Small reports are matched on the thread that serves them, so a worker that gets more than it can do falls behind with
//! everything on that thread. A task that asks to be woken at fixed times tells by how much: it comes behind all requests
//! that wait. While it is late a part of the reports is refused, spread evenly, and what stands behind a long queue is
//! refused whole: whom the worker serves it serves soon, and the rate stays what it can do.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::time::Instant;

/// Time between two looks.
const LOOK: Duration = Duration::from_millis(5);
/// A worker that is this late is behind: some hundred small reports wait for it.
const MOST: Duration = Duration::from_millis(20);
/// Lateness over fewer reports than this comes from slow ones, not from a queue.
const QUEUE: u32 = 16;
/// What is left of the admitted share after a look that found the worker behind, and what is added after another: as in
/// congestion control (Chiu and Jain, "Analysis of the increase and decrease algorithms", 1989), it settles near what
/// the worker can do.
const BEHIND: f64 = 0.9;
const IN_TIME: f64 = 0.01;
/// So much is always admitted, so that the share finds back soon.
const LEAST: f64 = 0.05;
/// Time between two log lines about refused reports.
const TELL: Duration = Duration::from_secs(1);

/// How late one worker is, and what it admits.
#[derive(Debug, Clone)]
pub(super) struct Lag(Rc<Admission>);

#[derive(Debug)]
struct Admission {
    /// Share of the reports that are answered, 0..=1.
    share: Cell<f64>,
    /// What the share adds up to since the last report that was answered.
    credit: Cell<f64>,
    /// Reports since the last look.
    seen: Cell<u32>,
    /// When the next look should come.
    due: Cell<Instant>,
    /// Reports refused since that was last told.
    refused: Cell<u64>,
}

impl Default for Admission {
    fn default() -> Self {
        Self {
            share: Cell::new(1.0),
            credit: Cell::new(0.0),
            seen: Cell::new(0),
            due: Cell::new(Instant::now() + LOOK),
            refused: Cell::new(0),
        }
    }
}

impl Lag {
    /// Starts to look; must be called on the worker's thread.
    pub(super) fn watch() -> Self {
        let lag = Self(Rc::default());
        actix_web::rt::spawn(look(Rc::downgrade(&lag.0)));
        lag
    }

    /// Whether the next report is answered; a part of them is not while the worker is behind.
    pub(super) fn admits(&self) -> bool {
        self.0.admits(Instant::now())
    }
}

impl Admission {
    fn admits(&self, now: Instant) -> bool {
        let seen = self.seen.get().saturating_add(1);
        self.seen.set(seen);
        // What is left of a long queue: its reports would wait longer than those whose look is still to come.
        let behind = seen > QUEUE && now.saturating_duration_since(self.due.get()) > MOST;
        let credit = self.credit.get() + self.share.get();
        let admits = !behind && credit >= 1.0;
        self.credit.set(if admits { credit - 1.0 } else { credit.min(1.0) });
        self.refused.set(self.refused.get() + u64::from(!admits));
        admits
    }

    /// Takes note of how late a look came.
    fn adjust(&self, late: Duration) {
        let queued = self.seen.replace(0) >= QUEUE;
        let share = self.share.get();
        let share = if queued && late > MOST { share * BEHIND } else { share + IN_TIME };
        self.share.set(share.clamp(LEAST, 1.0));
    }

    /// One line for all that were refused: a line for each would take as long as answering.
    fn tell(&self) {
        let refused = self.refused.replace(0);
        if refused > 0 {
            tracing::warn!(refused, "more reports come in than can be matched; the rest was refused with 503");
        }
    }
}

async fn look(admission: Weak<Admission>) {
    let mut told = Instant::now();
    loop {
        let Some(due) = admission.upgrade().map(|admission| admission.due.get()) else { return };
        tokio::time::sleep_until(due).await;
        let Some(admission) = admission.upgrade() else { return };
        admission.adjust(due.elapsed());
        admission.due.set(Instant::now() + LOOK);
        if told.elapsed() >= TELL {
            admission.tell();
            told = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(admission: &Admission, of: usize, now: Instant) -> usize {
        (0..of).filter(|_| admission.admits(now)).count()
    }

    #[test]
    fn a_worker_with_a_queue_refuses_a_part_until_it_has_caught_up() {
        let (admission, now) = (Admission::default(), Instant::now());
        assert_eq!(admitted(&admission, 100, now), 100);
        admission.adjust(MOST);
        for _ in 0..20 {
            assert_eq!(admitted(&admission, 1, now), 1);
            admission.adjust(2 * MOST);
        }
        assert_eq!(admitted(&admission, 100, now), 100, "one slow report after the other is no queue");
        for most in [100, 91, 82, 73, 66, 60, 54, 49, 44, 40] {
            admission.adjust(2 * MOST);
            assert!(admitted(&admission, 100, now) <= most, "{most}");
        }
        for _ in 0..50 {
            admission.adjust(2 * MOST);
            admitted(&admission, 100, now);
        }
        assert!((4..=6).contains(&admitted(&admission, 100, now)), "a few are always answered");
        (0..100).for_each(|_| admission.adjust(Duration::ZERO));
        assert_eq!(admitted(&admission, 100, now), 100);
    }

    #[test]
    fn what_stands_behind_a_long_queue_is_refused() {
        let admission = Admission::default();
        let late = admission.due.get() + MOST + Duration::from_millis(1);
        assert_eq!(admitted(&admission, 100, late), QUEUE as usize, "a few reports are no queue");
        assert_eq!(admission.refused.get(), 100 - u64::from(QUEUE));
        admission.tell();
        assert_eq!(admission.refused.get(), 0, "told once");
        admission.adjust(Duration::ZERO);
        assert_eq!(admitted(&admission, 10, late), 10, "the next look starts anew");
    }
}
