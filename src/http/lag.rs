//! How long a worker's requests wait before it comes to them.
//!
//! Small reports are matched on the thread that serves them, so a worker that gets more than it can do falls behind with
//! everything on that thread. A task that asks to be woken at fixed times sees by how much, and from then on reports are
//! refused until the worker has caught up: whom it serves it serves soon, and the rate stays what it can do.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::{ApiError, Kind};

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
/// So much is always admitted: to refuse a report takes most of the time that it takes to answer a small one, so that
/// refusing more would only answer fewer.
const LEAST: f64 = 0.5;

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
}

impl Default for Admission {
    fn default() -> Self {
        Self { share: Cell::new(1.0), credit: Cell::new(0.0), seen: Cell::new(0) }
    }
}

impl Lag {
    /// Starts to look; must be called on the worker's thread.
    pub(super) fn watch() -> Self {
        let lag = Self(Rc::default());
        actix_web::rt::spawn(look(Rc::downgrade(&lag.0)));
        lag
    }

    /// Refuses a part of the reports while the worker is behind.
    pub(super) fn admit(&self) -> Result<(), ApiError> {
        self.0.seen.set(self.0.seen.get().saturating_add(1));
        let credit = self.0.credit.get() + self.0.share.get();
        if credit >= 1.0 {
            self.0.credit.set(credit - 1.0);
            return Ok(());
        }
        self.0.credit.set(credit);
        Err(ApiError::new(Kind::Overloaded, "more reports come in than can be matched; try again in a second"))
    }
}

impl Admission {
    /// Takes note of how late a look came.
    fn adjust(&self, late: Duration) {
        let queued = self.seen.replace(0) >= QUEUE;
        let share = self.share.get();
        let share = if queued && late > MOST { share * BEHIND } else { share + IN_TIME };
        self.share.set(share.clamp(LEAST, 1.0));
    }
}

async fn look(admission: Weak<Admission>) {
    loop {
        let due = Instant::now() + LOOK;
        tokio::time::sleep_until(due).await;
        let Some(admission) = admission.upgrade() else { return };
        admission.adjust(due.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_with_a_queue_refuses_a_part_until_it_has_caught_up() {
        let lag = Lag(Rc::new(Admission::default()));
        let admitted = |of: usize| (0..of).filter(|_| lag.admit().is_ok()).count();
        assert_eq!(admitted(100), 100);
        lag.0.adjust(MOST);
        for _ in 0..20 {
            assert_eq!(admitted(1), 1);
            lag.0.adjust(2 * MOST);
        }
        assert_eq!(admitted(100), 100, "one slow report after the other is no queue");
        for most in [100, 91, 82, 73, 66, 60, 54, 50, 50] {
            lag.0.adjust(2 * MOST);
            assert!(admitted(100) <= most, "{most}");
        }
        assert!(admitted(100) >= 49, "half is always answered");
        (0..50).for_each(|_| lag.0.adjust(Duration::ZERO));
        assert_eq!(admitted(100), 100);
    }
}
