//! How many calls an endpoint may make: a token bucket, and a circuit that opens while the platform fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::EndpointKey;
use crate::config::ConfiguredEndpoint;

/// Calls of one endpoint at a time: at least these, and more where the endpoint allows so many calls that these could not
/// make them, each taking [`CALL_TIME`].
const IN_FLIGHT: f64 = 8.0;
const MOST_IN_FLIGHT: f64 = 64.0;
/// Seconds.
const CALL_TIME: f64 = 0.05;
/// Failures in a row that open the circuit.
const FAILURES: u32 = 5;
/// How often the time of an open circuit doubles at most.
const DOUBLINGS: u32 = 5;
/// Share of a minute's calls that may be made at once.
const BURST: f64 = 6.0;

/// The gates of all endpoints.
#[derive(Debug)]
pub(super) struct Gates(BTreeMap<EndpointKey, Mutex<Gate>>);

#[derive(Debug)]
struct Gate {
    tokens: f64,
    per_second: f64,
    capacity: f64,
    filled_at: Option<Timestamp>,
    closed_until: Option<Timestamp>,
    in_flight: u32,
    failures: u32,
    /// Times in a row that the circuit opened.
    opened: u32,
}

/// What a finished call says of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Health {
    /// It answered.
    Well,
    /// It failed or could not be reached.
    Failing,
    /// It asks for a pause.
    Busy(SignedDuration),
    /// No call was made.
    NotCalled,
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between 0 and the capacity")]
fn whole(number: f64) -> u32 {
    number.floor() as u32
}

impl Gates {
    pub(super) fn new<'a>(endpoints: impl Iterator<Item = &'a ConfiguredEndpoint>) -> Self {
        let gates = endpoints.map(|configured| {
            let key = (configured.endpoint.connector.clone(), configured.endpoint.name.clone());
            (key, Mutex::new(Gate::new(configured.calls_per_minute)))
        });
        Self(gates.collect())
    }

    /// How many calls an endpoint may start now.
    pub(super) fn allowance(&self, key: &EndpointKey, now: Timestamp) -> u32 {
        self.with(key, |gate| gate.allowance(now)).unwrap_or(0)
    }

    /// Counts calls that start.
    pub(super) fn start(&self, key: &EndpointKey) {
        self.with(key, Gate::start);
    }

    /// Counts a call that ended. Gives whether the circuit opened.
    pub(super) fn end(&self, key: &EndpointKey, health: Health, now: Timestamp, open: SignedDuration) -> bool {
        self.with(key, |gate| gate.end(health, now, open)).unwrap_or(false)
    }

    fn with<T>(&self, key: &EndpointKey, act: impl FnOnce(&mut Gate) -> T) -> Option<T> {
        let mut gate = self.0.get(key)?.lock().unwrap_or_else(PoisonError::into_inner);
        Some(act(&mut gate))
    }
}

impl Gate {
    fn new(calls_per_minute: u32) -> Self {
        let capacity = (f64::from(calls_per_minute) / BURST).max(1.0);
        Self {
            tokens: capacity,
            per_second: f64::from(calls_per_minute) / 60.0,
            capacity,
            filled_at: None,
            closed_until: None,
            in_flight: 0,
            failures: 0,
            opened: 0,
        }
    }

    fn allowance(&mut self, now: Timestamp) -> u32 {
        self.fill(now);
        if self.closed_until.is_some_and(|until| now < until) {
            return 0;
        }
        // After the circuit was open, one call finds out whether the platform is back.
        let at_once = (self.per_second * CALL_TIME).clamp(IN_FLIGHT, MOST_IN_FLIGHT);
        let most = if self.opened > 0 { 1 } else { whole(at_once) };
        most.saturating_sub(self.in_flight).min(whole(self.tokens))
    }

    fn fill(&mut self, now: Timestamp) {
        if let Some(before) = self.filled_at.replace(now) {
            let seconds = now.duration_since(before).as_secs_f64().max(0.0);
            self.tokens = (self.tokens + seconds * self.per_second).min(self.capacity);
        }
    }

    fn start(&mut self) {
        self.tokens = (self.tokens - 1.0).max(0.0);
        self.in_flight += 1;
    }

    fn end(&mut self, health: Health, now: Timestamp, open: SignedDuration) -> bool {
        self.in_flight = self.in_flight.saturating_sub(1);
        match health {
            Health::NotCalled => self.tokens = (self.tokens + 1.0).min(self.capacity),
            Health::Well => (self.failures, self.opened) = (0, 0),
            Health::Busy(pause) => {
                self.tokens = 0.0;
                self.close(now, pause);
            }
            Health::Failing => {
                self.failures += 1;
                if self.failures >= FAILURES || self.opened > 0 {
                    self.close(now, open * (1 << self.opened.min(DOUBLINGS)));
                    self.opened += 1;
                    self.failures = 0;
                    return true;
                }
            }
        }
        false
    }

    fn close(&mut self, now: Timestamp, pause: SignedDuration) {
        let until = now.checked_add(pause).unwrap_or(Timestamp::MAX);
        self.closed_until = self.closed_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: SignedDuration = SignedDuration::from_secs(30);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + second).unwrap()
    }

    #[test]
    fn calls_are_spread_over_the_minute() {
        let mut gate = Gate::new(60);
        let mut made = 0;
        for second in 0..60 {
            for _ in 0..gate.allowance(at(second)) {
                gate.start();
                gate.end(Health::Well, at(second), OPEN);
                made += 1;
            }
        }
        assert!((60..=70).contains(&made), "{made}");
        assert_eq!(Gate::new(1).allowance(at(0)), 1, "also a slow endpoint gets its call");
    }

    #[test]
    fn an_endpoint_that_may_call_often_calls_more_at_a_time() {
        assert_eq!([60, 6_000, 24_000, 600_000].map(|calls| Gate::new(calls).allowance(at(0))), [8, 8, 20, 64]);
    }

    #[test]
    fn a_platform_that_asks_for_a_pause_gets_it_from_the_whole_endpoint() {
        let mut gate = Gate::new(600);
        gate.allowance(at(0));
        gate.start();
        gate.end(Health::Busy(SignedDuration::from_secs(20)), at(0), OPEN);
        assert_eq!(gate.allowance(at(19)), 0);
        assert!(gate.allowance(at(20)) > 0);
    }

    #[test]
    fn the_circuit_opens_longer_each_time_and_closes_with_one_good_call() {
        let mut gate = Gate::new(6_000);
        let mut opened = 0;
        for _ in 0..5 {
            assert_eq!(gate.allowance(at(0)), 8);
            gate.start();
            opened += u32::from(gate.end(Health::Failing, at(0), OPEN));
        }
        assert_eq!((opened, gate.allowance(at(29)), gate.allowance(at(30))), (1, 0, 1));
        gate.start();
        assert_eq!(gate.allowance(at(30)), 0, "only one tries");
        assert!(gate.end(Health::Failing, at(30), OPEN));
        assert_eq!((gate.allowance(at(89)), gate.allowance(at(90))), (0, 1));
        gate.start();
        gate.end(Health::Well, at(90), OPEN);
        assert_eq!(gate.allowance(at(90)), 8);
    }
}
