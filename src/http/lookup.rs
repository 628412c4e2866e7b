//! `GET /v1/lookup`: a short answer for bots.

use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use ulid::Ulid;
use utoipa::ToSchema;

use super::matching::{answer_now, json};
use super::state::State;
use super::{ApiError, Kind, Problem, body};
use crate::engine::{Answer, Confidence, Match, Outcome};
use crate::render;
use crate::service::request::RawRequest;

/// Types that an answer can be sent in.
const OFFERED: [&str; 3] = ["application/json", "text/plain", "text/markdown"];

/// Longest `q`, in bytes: longer addresses are cut on their way by some proxies.
const MAX_Q: usize = 8 << 10;

/// A short answer. Every field is always there, so that tools can map it to a variable; what does not apply is empty.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LookupAnswer {
    /// Identifier of the report, for feedback.
    report_id: String,
    /// What came out.
    outcome: Outcome,
    /// Title of the best article.
    title: String,
    /// Its confidence, 0 without an article.
    confidence: Confidence,
    /// What to say: the start of cause and solution, or of the article's text, or the question, or that nothing matches; one paragraph.
    answer: String,
    /// What it says besides as plain text, where it has no solution.
    overview_text: String,
    /// Its cause as plain text.
    cause_text: String,
    /// Its solution as plain text.
    solution_text: String,
    /// Its solution as Markdown.
    solution_markdown: String,
    /// Address of the article, on this server unless it has a public one.
    url: String,
    /// What would tell the candidates apart.
    question: String,
    /// Signed value to send back to `POST /v1/feedback` with whether it helped.
    feedback_token: String,
}

impl LookupAnswer {
    fn new(answer: Answer, state: &State) -> Self {
        let text = render::text::short(&answer);
        let report = Ulid::from_string(&answer.report_id).ok();
        let first = answer.matches.into_iter().next();
        let of = |field: fn(&Match) -> String| first.as_ref().map(field).unwrap_or_default();
        let token = first.as_ref().zip(state.signer.as_ref()).zip(report);
        let token = token.map(|((found, signer), report)| signer.votes(report, &found.article.id).yes);
        let base = state.public_url.as_deref().unwrap_or_default();
        Self {
            report_id: answer.report_id,
            outcome: answer.outcome,
            title: of(|found| found.article.title.clone()),
            confidence: first.as_ref().map_or(Confidence::ZERO, |found| found.confidence),
            answer: text,
            overview_text: of(|found| render::plain_text(&found.overview)),
            cause_text: of(|found| render::plain_text(&found.cause)),
            solution_text: of(|found| render::plain_text(&found.solution)),
            solution_markdown: of(|found| found.solution.clone()),
            url: first.as_ref().map(|found| format!("{base}{}", found.article.url)).unwrap_or_default(),
            question: answer.question.unwrap_or_default(),
            feedback_token: token.unwrap_or_default(),
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
        (status = 414, description = "`q` is too long; use `POST /v1/match`", body = Problem, content_type = "application/problem+json"),
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
    if text.len() > MAX_Q {
        let detail =
            format!("q has {} bytes, {MAX_Q} are taken here; send the text as the body of POST /v1/match", text.len());
        return Err(ApiError::new(Kind::QueryTooLong, detail).field("q"));
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
        _ => json(&LookupAnswer::new(answer, &state)),
    }
}
