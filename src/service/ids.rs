//! Identifiers of reports and feedback.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use ulid::{Generator, Ulid};

/// Gives ULIDs that only ever grow, also when the clock steps back.
#[derive(Debug)]
pub(super) struct Ids(Mutex<Generator>);

impl Ids {
    pub(super) fn new() -> Self {
        Self(Mutex::new(Generator::new()))
    }

    pub(super) fn next(&self, now: Timestamp) -> Ulid {
        let since_epoch = Duration::from_millis(u64::try_from(now.as_millisecond()).unwrap_or(0));
        let mut generator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match generator.generate_from_datetime(SystemTime::UNIX_EPOCH + since_epoch) {
            Ok(id) => id,
            // The random bits of this millisecond are used up: go on in the next one.
            Err(overflow) => overflow.commit_overflow_increment(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_grow_even_when_the_clock_steps_back() {
        let ids = Ids::new();
        let mut last = Ulid::nil();
        for second in [5, 5, 5, 3, 1, 6, 2] {
            let id = ids.next(Timestamp::from_second(second).unwrap());
            assert!(id > last);
            last = id;
        }
    }
}
