//! Numbers about the server for Prometheus.

use actix_web::{HttpResponse, web};

use super::state::State;
use super::{ApiError, Kind};

/// Numbers about the server, as `OpenMetrics` text.
#[utoipa::path(get, path = "/metrics", tag = "server", responses((status = 200, description = "Numbers in OpenMetrics text", content_type = "application/openmetrics-text")))]
pub(super) async fn show(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let text = state.service.metrics_text();
    let text = text.map_err(|_| ApiError::new(Kind::Internal, "the numbers could not be written"))?;
    Ok(HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text))
}
