//! What should make a person look: wrong signatures in a row, clocks that drift apart.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::EndpointKey;

/// Wrong signatures within [`SIGNATURE_TIME`] that raise an alert.
const SIGNATURES: usize = 20;
const SIGNATURE_TIME: SignedDuration = SignedDuration::from_mins(10);
/// Requests that the median of the skew is taken over.
const SKEWS: usize = 21;
/// Median skew that raises an alert, in seconds.
const SKEW: i64 = 60;
/// Time between two alerts of one kind.
const QUIET: SignedDuration = SignedDuration::from_hours(1);

/// What is watched of every endpoint.
#[derive(Debug, Default)]
pub(super) struct Watches(Mutex<BTreeMap<EndpointKey, Watch>>);

#[derive(Debug, Default)]
struct Watch {
    wrong: VecDeque<Timestamp>,
    skews: VecDeque<i64>,
    said_wrong: Option<Timestamp>,
    said_skew: Option<Timestamp>,
}

impl Watches {
    /// Counts a wrong signature; gives whether it is time for an alert.
    pub(super) fn wrong_signature(&self, key: &EndpointKey, now: Timestamp) -> bool {
        self.with(key, |watch| {
            watch.wrong.push_back(now);
            while watch.wrong.front().is_some_and(|first| now.duration_since(*first) > SIGNATURE_TIME) {
                watch.wrong.pop_front();
            }
            watch.wrong.truncate(SIGNATURES);
            watch.wrong.len() >= SIGNATURES && quiet(&mut watch.said_wrong, now)
        })
    }

    /// Takes note of a skew; gives the median when it is time for an alert.
    pub(super) fn skew(&self, key: &EndpointKey, seconds: i64, now: Timestamp) -> Option<i64> {
        self.with(key, |watch| {
            watch.skews.push_back(seconds);
            if watch.skews.len() > SKEWS {
                watch.skews.pop_front();
            }
            let mut sorted: Vec<i64> = watch.skews.iter().copied().collect();
            sorted.sort_unstable();
            let median = sorted[sorted.len() / 2];
            (watch.skews.len() == SKEWS && median.abs() > SKEW && quiet(&mut watch.said_skew, now)).then_some(median)
        })
    }

    fn with<T>(&self, key: &EndpointKey, act: impl FnOnce(&mut Watch) -> T) -> T {
        let mut watches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        act(watches.entry(key.clone()).or_default())
    }
}

fn quiet(said: &mut Option<Timestamp>, now: Timestamp) -> bool {
    let due = said.is_none_or(|said| now.duration_since(said) >= QUIET);
    if due {
        *said = Some(now);
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn twenty_wrong_signatures_in_ten_minutes_raise_one_alert() {
        let key = ("zendesk".to_owned(), "support".to_owned());
        let watches = Watches::default();
        let alerts = (0..19).filter(|n| watches.wrong_signature(&key, at(n * 31))).count();
        assert_eq!(alerts, 0);
        assert!(watches.wrong_signature(&key, at(19 * 31)));
        assert!(!watches.wrong_signature(&key, at(19 * 31 + 1)), "once is enough");
        let slow = (0..100).filter(|n| Watches::default().wrong_signature(&key, at(n * 60))).count();
        assert_eq!(slow, 0);
    }

    #[test]
    fn a_clock_that_is_off_for_most_requests_raises_one_alert() {
        let key = ("zendesk".to_owned(), "support".to_owned());
        let watches = Watches::default();
        let said: Vec<i64> =
            (0..50).filter_map(|n| watches.skew(&key, if n % 5 == 0 { 0 } else { 90 }, at(n))).collect();
        assert_eq!(said, [90]);
    }
}
