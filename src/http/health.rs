//! Whether the server lives, and whether it answers with all it should.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiError;
use super::matching::json;
use super::state::State;
use crate::service::LeftOut;

/// The server's state.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Ready {
    /// `ready`, `degraded` when something was left out (what is there answers), or `not_ready` while nothing can be written.
    status: &'static str,
    /// Version of the server.
    version: &'static str,
    /// Names the state of the knowledge base that answers.
    kb_version: String,
    /// Articles that can answer.
    articles: usize,
    /// Signatures of those articles.
    signatures: usize,
    /// Articles and files that do not answer though they should, and why: what is broken, files that stand against a
    /// change of their article, folders that lost all their files.
    left_out: Vec<LeftOut>,
    /// Why nothing can be written.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, description = "It does", body = String)))]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"live"}"#)
}

/// Whether the server answers and can write, and what it leaves out.
#[utoipa::path(
    get, path = "/health/ready", tag = "server",
    responses(
        (status = 200, description = "It does", body = Ready),
        (status = 503, description = "Nothing can be written, since the disk is full or fails; reports are answered", body = Ready),
    )
)]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let snapshot = state.service.snapshot();
    let left_out = state.service.left_out();
    let reason = state.service.store().write_failure().map(|reason| reason.to_string());
    let status = match &reason {
        Some(_) => "not_ready",
        None if left_out.is_empty() => "ready",
        None => "degraded",
    };
    let code = if reason.is_some() { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let mut answer = json(&Ready {
        status,
        version: env!("CARGO_PKG_VERSION"),
        kb_version: snapshot.kb_version().to_owned(),
        articles: snapshot.article_count(),
        signatures: snapshot.signature_count(),
        left_out,
        reason,
    })?;
    *answer.status_mut() = code;
    Ok(answer)
}
