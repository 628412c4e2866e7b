//! Numbers about the server, counted where things happen and read by `/metrics`.
//!
//! One [`Telemetry`] belongs to a [`Service`](crate::service::Service). Every label is a word of this program or the name
//! of a configured endpoint, so the numbers cannot grow without bound, and none holds text of a report or a request.

mod deliveries;
mod store;

use std::fmt;
use std::time::{Duration, Instant};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

pub use deliveries::Deliveries;
pub use store::StoreTimings;

use crate::engine::Answer;

/// Upper ends of the latency buckets of matching, in seconds.
const MATCH: [f64; 12] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];
/// Upper ends of the confidence buckets; the last stands at 1.
const CONFIDENCE: [f64; 11] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// What is read at the moment somebody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    /// Articles that can answer.
    pub articles: u64,
    /// Signatures of those articles.
    pub signatures: u64,
    /// Articles and files that do not answer though they should.
    pub left_out: u64,
    /// Reports kept since the start.
    pub reports_kept: u64,
    /// Reports not kept since the start.
    pub reports_dropped: u64,
    /// Keys that can be used now.
    pub keys: u64,
}

/// The server's numbers.
#[derive(Debug)]
pub struct Telemetry {
    registry: Registry,
    started: Instant,
    requests: Family<RequestLabels, Counter>,
    refused: Family<ReasonLabels, Counter>,
    outcomes: Family<OutcomeLabels, Counter>,
    again: Counter,
    match_seconds: Histogram,
    confidence: Histogram,
    deliveries: Deliveries,
    levels: [Gauge; 6],
    uptime: Gauge,
}

impl Telemetry {
    /// All numbers at zero; the store counts its own times.
    pub fn new(store: &StoreTimings) -> Self {
        let mut registry = Registry::with_prefix("kbmatch");
        let numbers = Self {
            registry: Registry::default(),
            started: Instant::now(),
            requests: Family::default(),
            refused: Family::default(),
            outcomes: Family::default(),
            again: Counter::default(),
            match_seconds: Histogram::new(MATCH),
            confidence: Histogram::new(CONFIDENCE),
            deliveries: Deliveries::default(),
            levels: Default::default(),
            uptime: Gauge::default(),
        };
        registry.register("http_requests", "Requests by method, route and status", numbers.requests.clone());
        registry.register("http_refused", "Requests refused before they were looked at", numbers.refused.clone());
        registry.register("answers", "Answers by outcome", numbers.outcomes.clone());
        let help = "Answers given again to a request that was the same as one before";
        registry.register("answers_again", help, numbers.again.clone());
        let help = "Time from the decoded request to the answer";
        registry.register_with_unit("match", help, Unit::Seconds, numbers.match_seconds.clone());
        registry.register("confidence", "Confidence of the best article of each answer", numbers.confidence.clone());
        let helps = [
            ("articles", "Articles that can answer"),
            ("signatures", "Signatures of those articles"),
            ("articles_left_out", "Articles and files that do not answer though they should"),
            ("reports_kept", "Reports kept since the start"),
            ("reports_dropped", "Reports not kept since too many waited"),
            ("api_keys", "Keys that can be used now"),
        ];
        for ((name, help), gauge) in helps.into_iter().zip(&numbers.levels) {
            registry.register(name, help, gauge.clone());
        }
        registry.register_with_unit("uptime", "Time since the start", Unit::Seconds, numbers.uptime.clone());
        store.register(&mut registry);
        numbers.deliveries.register(&mut registry);
        Self { registry, ..numbers }
    }

    /// Counts a request. `route` is the pattern of its address, not the address.
    pub fn request(&self, method: &str, route: Option<&str>, status: u16) {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or("other");
        let route = route.unwrap_or("none").to_owned();
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// Counts a request that was refused before it was looked at.
    pub fn refused(&self, reason: &'static str) {
        self.refused.get_or_create(&ReasonLabels { reason }).inc();
    }

    /// Counts an answer that took so long.
    pub fn answer(&self, answer: &Answer, took_us: u64) {
        self.outcomes.get_or_create(&OutcomeLabels { outcome: answer.outcome.as_str() }).inc();
        self.match_seconds.observe(Duration::from_micros(took_us).as_secs_f64());
        if let Some(best) = answer.matches.first() {
            self.confidence.observe(best.confidence.value());
        }
    }

    /// Counts an answer that was given again; it is counted as an answer, too.
    pub fn answered_again(&self) {
        self.again.inc();
    }

    /// What is counted of deliveries and of calls to platforms.
    pub fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }

    /// All numbers as `OpenMetrics` text.
    pub fn text(&self, levels: Levels) -> Result<String, fmt::Error> {
        let Levels { articles, signatures, left_out, reports_kept, reports_dropped, keys } = levels;
        let values = [articles, signatures, left_out, reports_kept, reports_dropped, keys];
        for (gauge, value) in self.levels.iter().zip(values) {
            gauge.set(whole(value));
        }
        self.uptime.set(whole(self.started.elapsed().as_secs()));
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A count as a gauge takes it.
fn whole(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
