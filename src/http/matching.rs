//! `POST /v1/match`: one report in, one answer out.

use std::time::Instant;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde::Deserialize;
use utoipa::ToSchema;

use super::lag::Lag;
use super::state::State;
use super::{ApiError, Problem, body};
use crate::engine::Answer;
use crate::report::Hints;
use crate::service::request::RawRequest;

/// Reports up to this size are matched on the thread that serves requests: handing them over would cost more.
const INLINE: usize = 64 << 10;

/// Bytes that most answers take.
const USUAL: usize = 2 << 10;

/// The option that asks why.
const EXPLAIN: &str = "explain";

/// A match request in JSON. It holds `text` or `payload`; an object with neither is itself the payload.
#[derive(Debug, Deserialize, ToSchema)]
#[allow(dead_code)] // Describes the body; it is read by `parse_match_request`, which keeps places.
pub(super) struct MatchBody {
    /// The report as text.
    text: Option<String>,
    /// The report as any JSON value.
    #[schema(value_type = Option<Object>)]
    payload: Option<serde_json::Value>,
    /// Most articles in the answer.
    #[schema(minimum = 1, maximum = 20, default = 3)]
    limit: Option<u8>,
    /// Articles below this confidence are left out.
    #[schema(minimum = 0.0, maximum = 1.0, default = 0.5)]
    min_confidence: Option<f64>,
    /// What is known of where the report comes from.
    hints: Option<Hints>,
    /// `true` for the candidates, or the id of an article: says why it did or did not match.
    #[schema(value_type = Option<Object>)]
    explain: Option<serde_json::Value>,
}

/// A report that is read off the thread.
struct Owned {
    body: Bytes,
    content_type: Option<String>,
    content_encoding: Option<String>,
    query: Vec<(String, String)>,
}

/// Match a report against the knowledge base.
///
/// The body is the JSON described here, or any other JSON value as the payload, or plain text, a form, a multipart form
/// with files, HTML or NDJSON as the report itself; `gzip`, `br`, `zstd` and `deflate` are taken. Where the body is no
/// envelope, the options stand in the query.
#[utoipa::path(
    post, path = "/v1/match", tag = "match",
    request_body(content((MatchBody = "application/json"), (String = "text/plain"), (String = "application/x-www-form-urlencoded"), (String = "multipart/form-data"))),
    params(
        ("limit" = Option<u8>, Query, description = "Most articles in the answer, 1 to 20"),
        ("min_confidence" = Option<f64>, Query, description = "Articles below this are left out, 0 to 1"),
        ("explain" = Option<String>, Query, description = "`true`, or an article's id"),
        ("product" = Option<String>, Query, description = "Product the report is about"),
        ("version" = Option<String>, Query, description = "Version of that product"),
        ("route" = Option<String>, Query, description = "Path of the page or endpoint that failed"),
        ("status" = Option<u16>, Query, description = "HTTP status of the failed response"),
        ("locale" = Option<String>, Query, description = "Language tag of the person"),
    ),
    responses(
        (status = 200, description = "The answer", body = Answer),
        (status = 400, description = "The request is wrong; the problem names the place", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large, or unpacks to too much", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The encoding or charset is not known", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Too many reports wait", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let query = body::query(&request)?;
    let report = body::read(&request, &mut payload, state.max_report_bytes).await?;
    let content_type = body::header(&request, &CONTENT_TYPE);
    let content_encoding = body::header(&request, &CONTENT_ENCODING);
    if is_quick(&report, content_encoding, &query) {
        let started = Instant::now();
        let raw = RawRequest { body: &report, content_type, content_encoding, query: &query };
        let response = sent(to_json_now(raw, &state)?);
        if let Some(lag) = request.app_data::<Lag>() {
            lag.took(started.elapsed());
        }
        Ok(response)
    } else {
        let owned = Owned {
            body: report,
            content_type: content_type.map(str::to_owned),
            content_encoding: content_encoding.map(str::to_owned),
            query,
        };
        let shared = state.clone();
        Ok(sent(state.pool.run(move || to_json_now(owned.raw(), &shared)).await??))
    }
}

/// Whether a request is answered on the thread that serves it. To explain takes many times as long as to match, and what
/// a compressed body holds nobody knows yet.
fn is_quick(report: &[u8], content_encoding: Option<&str>, query: &[(String, String)]) -> bool {
    report.len() <= INLINE
        && content_encoding.is_none()
        && query.iter().all(|(name, _)| name != EXPLAIN)
        && memchr::memmem::find(report, EXPLAIN.as_bytes()).is_none()
}

impl Owned {
    fn raw(&self) -> RawRequest<'_> {
        RawRequest {
            body: &self.body,
            content_type: self.content_type.as_deref(),
            content_encoding: self.content_encoding.as_deref(),
            query: &self.query,
        }
    }
}

/// Reads and answers a request on this thread.
pub(super) fn answer_now(request: RawRequest<'_>, state: &State) -> Result<Answer, ApiError> {
    Ok(state.service.answer_request(request, &state.limits)?.into_answer())
}

/// Reads and answers a request on this thread, as JSON.
pub(super) fn to_json_now(request: RawRequest<'_>, state: &State) -> Result<Vec<u8>, ApiError> {
    state.service.answer_request(request, &state.limits)?.to_json(USUAL).map_err(|error| unwritten(&error))
}

/// A response of JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Result<HttpResponse, ApiError> {
    Ok(sent(to_json(value)?))
}

fn sent(json: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(json)
}

/// A value as JSON.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(value).map_err(|error| unwritten(&error))
}

fn unwritten(error: &serde_json::Error) -> ApiError {
    ApiError::new(super::Kind::Internal, format!("the answer cannot be written: {error}"))
}
