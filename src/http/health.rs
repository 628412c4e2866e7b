//! Whether the server lives, and whether it answers with all it should.

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
    /// `ready`, or `degraded` when something was left out: what is there answers.
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
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health/live", tag = "server", responses((status = 200, description = "It does", body = String)))]
pub(super) async fn live() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(r#"{"status":"live"}"#)
}

/// Whether the server answers, and what it leaves out.
#[utoipa::path(get, path = "/health/ready", tag = "server", responses((status = 200, description = "It does", body = Ready)))]
pub(super) async fn ready(state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let snapshot = state.service.snapshot();
    let left_out = state.service.left_out();
    json(&Ready {
        status: if left_out.is_empty() { "ready" } else { "degraded" },
        version: env!("CARGO_PKG_VERSION"),
        kb_version: snapshot.kb_version().to_owned(),
        articles: snapshot.article_count(),
        signatures: snapshot.signature_count(),
        left_out,
    })
}
