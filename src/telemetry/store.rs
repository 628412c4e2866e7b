//! How long the store takes.

use std::time::Duration;

use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of the buckets, in seconds: one write is one fsync, 0.1 ms to some 100 ms.
const BUCKETS: [f64; 12] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

/// Times of the store. Clones count together.
#[derive(Debug, Clone)]
pub struct StoreTimings {
    waiting: Histogram,
    writing: Histogram,
    reading: Histogram,
}

impl Default for StoreTimings {
    fn default() -> Self {
        let new = || Histogram::new(BUCKETS);
        Self { waiting: new(), writing: new(), reading: new() }
    }
}

impl StoreTimings {
    /// A write waited so long for the one connection that writes.
    pub fn waited(&self, time: Duration) {
        self.waiting.observe(time.as_secs_f64());
    }

    /// A transaction took so long, its commit included.
    pub fn wrote(&self, time: Duration) {
        self.writing.observe(time.as_secs_f64());
    }

    /// A read waited so long for a connection.
    pub fn waited_to_read(&self, time: Duration) {
        self.reading.observe(time.as_secs_f64());
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        let named = [
            ("store_write_wait", "Time that a write waited for its turn", &self.waiting),
            ("store_write", "Time of a transaction that writes, its commit included", &self.writing),
            ("store_read_wait", "Time that a read waited for a connection", &self.reading),
        ];
        for (name, help, histogram) in named {
            registry.register_with_unit(name, help, Unit::Seconds, histogram.clone());
        }
    }
}
