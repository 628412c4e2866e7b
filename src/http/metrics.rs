//! Numbers about the server for Prometheus. Every label has few values, so the numbers cannot grow without bound.

use std::time::Duration;

use actix_web::{HttpResponse, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use super::ApiError;
use super::state::State;
use crate::engine::Answer;

/// Upper ends of the latency buckets, in seconds.
const LATENCY: [f64; 12] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5];

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

/// The server's numbers.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    outcomes: Family<OutcomeLabels, Counter>,
    match_seconds: Histogram,
    articles: Gauge,
    signatures: Gauge,
    left_out: Gauge,
    reports_kept: Gauge,
    reports_dropped: Gauge,
    uptime: Gauge,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut registry = Registry::with_prefix("kbmatch");
        let metrics = Self {
            requests: Family::default(),
            outcomes: Family::default(),
            match_seconds: Histogram::new(LATENCY),
            articles: Gauge::default(),
            signatures: Gauge::default(),
            left_out: Gauge::default(),
            reports_kept: Gauge::default(),
            reports_dropped: Gauge::default(),
            uptime: Gauge::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests by method, route and status", metrics.requests.clone());
        registry.register("answers", "Answers by outcome", metrics.outcomes.clone());
        registry.register_with_unit(
            "match",
            "Time from the decoded request to the answer",
            Unit::Seconds,
            metrics.match_seconds.clone(),
        );
        registry.register("articles", "Articles that can answer", metrics.articles.clone());
        registry.register("signatures", "Signatures of those articles", metrics.signatures.clone());
        registry.register(
            "articles_left_out",
            "Articles and files that do not answer though they should",
            metrics.left_out.clone(),
        );
        registry.register("reports_kept", "Reports kept since the start", metrics.reports_kept.clone());
        registry.register("reports_dropped", "Reports not kept since too many waited", metrics.reports_dropped.clone());
        registry.register_with_unit("uptime", "Time since the start", Unit::Seconds, metrics.uptime.clone());
        Self { registry, ..metrics }
    }

    /// Counts a request. `route` is the pattern of its address, not the address.
    pub(super) fn request(&self, method: &str, route: Option<String>, status: u16) {
        const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or("other");
        let route = route.unwrap_or_else(|| "none".to_owned());
        self.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    }

    /// Counts an answer.
    pub(super) fn answer(&self, answer: &Answer) {
        self.outcomes.get_or_create(&OutcomeLabels { outcome: answer.outcome.as_str() }).inc();
        self.match_seconds.observe(Duration::from_micros(answer.took_us).as_secs_f64());
    }

    fn text(&self, state: &State) -> Result<String, ApiError> {
        let gauge = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        let snapshot = state.service.snapshot();
        self.articles.set(gauge(snapshot.article_count() as u64));
        self.signatures.set(gauge(snapshot.signature_count() as u64));
        self.left_out.set(gauge(state.service.left_out().len() as u64));
        let kept = state.service.kept_counts();
        self.reports_kept.set(gauge(kept.kept));
        self.reports_dropped.set(gauge(kept.dropped + kept.failed));
        self.uptime.set(gauge(state.started.elapsed().as_secs()));
        let mut text = String::new();
        encode(&mut text, &self.registry)
            .map_err(|_| ApiError::new(super::Kind::Internal, "the numbers could not be written"))?;
        Ok(text)
    }
}

/// Numbers about the server, as `OpenMetrics` text.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "Numbers in OpenMetrics text", content_type = "application/openmetrics-text")))]
pub(super) async fn show(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let text = state.metrics.text(&state)?;
    Ok(HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text))
}
