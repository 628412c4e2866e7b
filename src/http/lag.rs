//! How long a worker's requests wait before it comes to them.
//!
//! Small reports are matched on the thread that serves them, so a worker that gets more than it can do falls behind with
//! everything on that thread. A task that asks to be woken at fixed times tells by how much: it comes behind all requests
//! that wait. Of what is left of a queue once it is late a part is refused, and of the next queue as large a part, spread
//! evenly: whom the worker serves it serves sooner, and the rate stays near what it can do. Lateness alone is no measure for
//! that part, since refusing takes its time, too.

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
/// What the share is multiplied with after a queue that was served whole.
const GROWTH: f64 = 1.1;
/// Time to refuse a report, nearly all of it for the way through the sockets, which an answered one goes as well. Read off
/// the bare handler of `cargo bench --bench http`: 7 to 19 µs a request, by machine.
const REFUSING: Duration = Duration::from_micros(10);
/// Share of the best rate that is kept under overload: to refuse takes time, and beyond this it would only answer fewer.
/// What comes beyond that waits in its connection.
const KEPT_RATE: f64 = 0.85;
/// Weight of one report in the mean time to answer.
const FRESH: f64 = 1.0 / 64.0;
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
    /// Reports since the last look, and how many of them were admitted.
    seen: Cell<u32>,
    admitted: Cell<u32>,
    /// Whether a queue was late before it ended since the last look.
    cut: Cell<bool>,
    /// Mean time to read, match and answer a report of late, in seconds.
    answering: Cell<f64>,
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
            admitted: Cell::new(0),
            cut: Cell::new(false),
            answering: Cell::new(REFUSING.as_secs_f64()),
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

    /// Takes note of how long a report took on the worker's thread.
    pub(super) fn took(&self, time: Duration) {
        let answering = &self.0.answering;
        answering.set(answering.get() + (time.as_secs_f64() - answering.get()) * FRESH);
    }
}

impl Admission {
    /// The share that is always admitted. Of a share *p* answered in time *a* each, the rest refused in time *r*, the rate
    /// is *p* / (*p* *a* + (1 - *p*) *r*), and it is to be [`KEPT_RATE`] of 1 / *a*: the longer reports take to answer, the
    /// more of them can be refused for it.
    fn least(&self) -> f64 {
        let refusing = REFUSING.as_secs_f64();
        let odds = KEPT_RATE / (1.0 - KEPT_RATE) * refusing / (self.answering.get() + refusing);
        odds / (1.0 + odds)
    }

    fn admits(&self, now: Instant) -> bool {
        let seen = self.seen.get().saturating_add(1);
        self.seen.set(seen);
        let behind = seen > QUEUE && now.saturating_duration_since(self.due.get()) > MOST;
        self.cut.set(self.cut.get() || behind);
        let credit = self.credit.get() + if behind { self.least() } else { self.share.get() };
        let admits = credit >= 1.0;
        self.credit.set(if admits { credit - 1.0 } else { credit });
        self.admitted.set(self.admitted.get() + u32::from(admits));
        self.refused.set(self.refused.get() + u64::from(!admits));
        admits
    }

    /// A look: what comes next is admitted as far as what came last could be served.
    fn adjust(&self, now: Instant) {
        let (seen, admitted) = (self.seen.replace(0), self.admitted.replace(0));
        let share = if self.cut.replace(false) {
            f64::from(admitted) / f64::from(seen.max(1))
        } else {
            self.share.get() * GROWTH
        };
        self.share.set(share.clamp(self.least(), 1.0));
        self.due.set(now + LOOK);
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
        admission.adjust(Instant::now());
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
    fn of_what_is_left_of_a_long_queue_a_part_is_refused_and_of_the_next_as_large_a_part() {
        let admission = Admission::default();
        let start = admission.due.get();
        let late = start + MOST + Duration::from_millis(1);
        assert_eq!(admitted(&admission, 300, start), 300);
        let least = admitted(&admission, 300, late);
        assert!((221..=223).contains(&least), "{least} of 300 are always answered");
        admission.adjust(late);
        let part = admitted(&admission, 600, late);
        assert!((521..=523).contains(&part), "{part} of 600, as before");
        admission.adjust(late);
        let part = admitted(&admission, 600, late);
        assert!((573..=576).contains(&part), "{part} of 600, since the last queue was served in time");
        for _ in 0..20 {
            admission.adjust(late);
        }
        assert_eq!(admitted(&admission, 100, late), 100, "all when there is no queue");
    }

    #[test]
    fn the_longer_answers_take_the_more_is_refused() {
        let lag = Lag(Rc::default());
        let least = |micros| {
            (0..1_000).for_each(|_| lag.took(Duration::from_micros(micros)));
            format!("{:.2}", lag.0.least())
        };
        assert_eq!([0, 10, 100, 1_000].map(least), ["0.85", "0.74", "0.34", "0.05"]);
        lag.took(Duration::from_millis(900));
        assert!(lag.0.least() > 0.0);
    }

    #[test]
    fn a_slow_report_is_no_queue() {
        let admission = Admission::default();
        let late = admission.due.get() + MOST + Duration::from_millis(1);
        assert_eq!(admitted(&admission, QUEUE as usize, late), QUEUE as usize);
        let refused = 99 - admitted(&admission, 99, late);
        assert!((25..=27).contains(&refused), "{refused} of 99");
        assert_eq!(admission.refused.get(), refused as u64);
        admission.tell();
        assert_eq!(admission.refused.get(), 0, "told once");
        for _ in 0..20 {
            admission.adjust(late);
            admitted(&admission, 1, late + Duration::from_secs(1));
        }
        assert_eq!(admitted(&admission, 10, late), 10, "one slow report after the other refuses none");
    }
}
