//! `GET /v1/lookup`: a short answer for bots.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::matching::{answer_now, json};
use super::state::State;
use super::{ApiError, Kind, Problem, body};
use crate::engine::{Answer, Confidence, Outcome};
use crate::render;
use crate::service::request::RawRequest;

/// Types that an answer can be sent in.
const OFFERED: [&str; 3] = ["application/json", "text/plain", "text/markdown"];

/// A short answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupAnswer {
    /// Identifier of the report, for feedback.
    report_id: String,
    /// What came out.
    outcome: Outcome,
    /// Title of the best article.
    title: Option<String>,
    /// Its confidence.
    confidence: Option<Confidence>,
    /// What to say: the start of cause and solution, or the question, or that nothing matches; one paragraph.
    answer: String,
    /// Address of the article on this server.
    url: Option<String>,
    /// What would tell the candidates apart.
    question: Option<String>,
}

impl From<Answer> for LookupAnswer {
    fn from(answer: Answer) -> Self {
        let text = render::text::short(&answer);
        let first = answer.matches.into_iter().next();
        Self {
            report_id: answer.report_id,
            outcome: answer.outcome,
            confidence: first.as_ref().map(|found| found.confidence),
            url: first.as_ref().map(|found| found.article.url.clone()),
            title: first.map(|found| found.article.title),
            answer: text,
            question: answer.question,
        }
    }
}

/// Look up an error text, for bots.
///
/// `q` is the report; the other parameters are those of `/v1/match`. As `text/plain` only the answer comes, as
/// `text/markdown` the whole of it.
#[utoipa::path(
    get, path = "/v1/lookup", tag = "match",
    params(
        ("q" = String, Query, description = "The error text"),
        ("min_confidence" = Option<f64>, Query, description = "Articles below this are left out, 0 to 1"),
        ("product" = Option<String>, Query, description = "Product the report is about"),
        ("version" = Option<String>, Query, description = "Version of that product"),
        ("route" = Option<String>, Query, description = "Path of the page or endpoint that failed"),
        ("status" = Option<u16>, Query, description = "HTTP status of the failed response"),
        ("locale" = Option<String>, Query, description = "Language tag of the person"),
    ),
    responses(
        (status = 200, description = "The short answer", body = LookupAnswer),
        (status = 400, description = "The request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "No such type", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn look_up(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let Some(accepted) = body::negotiate(body::header(&request, &ACCEPT), &OFFERED) else {
        return Err(ApiError::new(Kind::NotAcceptable, format!("this address sends {}", OFFERED.join(", "))));
    };
    let (report, options): (Vec<_>, Vec<_>) = body::query(&request)?.into_iter().partition(|(name, _)| name == "q");
    let text = report.into_iter().next_back().map(|(_, text)| text).unwrap_or_default();
    if text.trim().is_empty() {
        return Err(ApiError::new(Kind::EmptyReport, "the report is empty: send the error text as ?q=…").field("q"));
    }
    let raw = RawRequest {
        body: text.as_bytes(),
        content_type: Some("text/plain; charset=utf-8"),
        content_encoding: None,
        query: &options,
    };
    let answer = answer_now(raw, &state)?;
    match accepted {
        "text/plain" => {
            Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(render::text::short(&answer) + "\n"))
        }
        "text/markdown" => {
            Ok(HttpResponse::Ok().content_type("text/markdown; charset=utf-8").body(render::markdown::answer(&answer)))
        }
        _ => json(&LookupAnswer::from(answer)),
    }
}
