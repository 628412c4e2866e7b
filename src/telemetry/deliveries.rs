//! Numbers about deliveries and about calls to platforms.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of the buckets of calls to platforms, in seconds.
const CALLS: [f64; 10] = [0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabels {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndpointLabels {
    connector: String,
    endpoint: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResultLabels {
    connector: String,
    endpoint: String,
    result: &'static str,
}

#[derive(Debug, Clone)]
struct Calls;

impl MetricConstructor<Histogram> for Calls {
    fn new_metric(&self) -> Histogram {
        Histogram::new(CALLS)
    }
}

/// Numbers about deliveries. Endpoints are named as they are configured, never as a request names them.
#[derive(Debug)]
pub struct Deliveries {
    waiting: Family<StateLabels, Gauge>,
    oldest: Gauge<f64, AtomicU64>,
    received: Family<ResultLabels, Counter>,
    calls: Family<ResultLabels, Counter>,
    call_seconds: Family<EndpointLabels, Histogram, Calls>,
    skew: Family<EndpointLabels, Gauge<f64, AtomicU64>>,
}

impl Default for Deliveries {
    fn default() -> Self {
        Self {
            waiting: Family::default(),
            oldest: Gauge::default(),
            received: Family::default(),
            calls: Family::default(),
            call_seconds: Family::new_with_constructor(Calls),
            skew: Family::default(),
        }
    }
}

impl Deliveries {
    /// Sets how many deliveries and replies are in a state, `received` or `retry_wait`.
    pub fn set_in_state(&self, state: &'static str, count: u64) {
        self.waiting.get_or_create(&StateLabels { state }).set(super::whole(count));
    }

    /// Sets the age of the oldest delivery that is not done yet; zero when there is none.
    pub fn set_oldest(&self, age: Duration) {
        self.oldest.set(age.as_secs_f64());
    }

    /// Counts a request of a platform by what it was answered: `accepted`, `duplicate`, `ignored`, `bad_signature`.
    pub fn received(&self, connector: &str, endpoint: &str, result: &'static str) {
        self.received.get_or_create(&labels(connector, endpoint, result)).inc();
    }

    /// Counts a call to a platform by its result (`sent`, `retry`, `rejected`, `unknown`) and the time it took.
    pub fn called(&self, connector: &str, endpoint: &str, result: &'static str, took: Duration) {
        self.calls.get_or_create(&labels(connector, endpoint, result)).inc();
        self.call_seconds.get_or_create(&endpoint_labels(connector, endpoint)).observe(took.as_secs_f64());
    }

    /// Sets by how many seconds our clock is ahead of the platform's, as its last signed request says.
    pub fn set_clock_skew(&self, connector: &str, endpoint: &str, seconds: f64) {
        self.skew.get_or_create(&endpoint_labels(connector, endpoint)).set(seconds);
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("deliveries", "Deliveries and replies by state", self.waiting.clone());
        let help = "Age of the oldest delivery that is not done";
        registry.register_with_unit("deliveries_oldest", help, Unit::Seconds, self.oldest.clone());
        registry.register("webhook_requests", "Requests of platforms by what was answered", self.received.clone());
        registry.register("outbound_requests", "Calls to platforms by result", self.calls.clone());
        let help = "Time of a call to a platform";
        registry.register_with_unit("outbound", help, Unit::Seconds, self.call_seconds.clone());
        let help = "How far our clock is ahead of the platform's";
        registry.register_with_unit("clock_skew", help, Unit::Seconds, self.skew.clone());
    }
}

fn labels(connector: &str, endpoint: &str, result: &'static str) -> ResultLabels {
    ResultLabels { connector: connector.to_owned(), endpoint: endpoint.to_owned(), result }
}

fn endpoint_labels(connector: &str, endpoint: &str) -> EndpointLabels {
    EndpointLabels { connector: connector.to_owned(), endpoint: endpoint.to_owned() }
}
