//! What people say of answers.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::articles::{changed_by, read_json, respond};
use super::body::Parameters;
use super::matching::{json, to_json};
use super::state::State;
use super::{ApiError, Kind, Problem, body, vote};
use crate::article::Slug;
use crate::service::NewFeedback;
use crate::store::{Feedback, FeedbackFilter};

/// Longest comment, in bytes.
const MAX_COMMENT: usize = 16 << 10;
/// Longest name of a person, in bytes.
const MAX_BY: usize = 200;
/// Name under which feedback without a name is kept.
pub(super) const NOBODY: &str = "anonymous";

/// Somebody's word on an answer: of `report_id` and `article`, or of the one `feedback_token` that stands for both. With
/// a token only the last word of the same person on the same report holds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedbackBody {
    /// The report, as the answer named it.
    report_id: Option<String>,
    /// The article that answered.
    #[schema(value_type = Option<String>)]
    article: Option<Slug>,
    /// A signed value that an answer carried, in place of the two.
    feedback_token: Option<String>,
    /// Whether it helped.
    helpful: bool,
    /// What else there is to say; secrets in it are overwritten.
    comment: Option<String>,
    /// Who says it.
    by: Option<String>,
}

/// Fields of [`FeedbackBody`].
const FIELDS: [&str; 6] = ["report_id", "article", "feedback_token", "helpful", "comment", "by"];

/// Feedback as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackItem {
    /// Identifier, to take it back.
    id: String,
    /// The report.
    report_id: String,
    /// The article.
    #[schema(value_type = String)]
    article: Slug,
    /// Its revision.
    revision: u32,
    /// Whether it helped.
    helpful: bool,
    /// What else was said.
    comment: Option<String>,
    /// Who said it.
    by: String,
    /// When, RFC 3339.
    at: String,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn_at: Option<String>,
}

impl From<Feedback> for FeedbackItem {
    fn from(feedback: Feedback) -> Self {
        Self {
            id: feedback.id,
            report_id: feedback.report_id,
            article: feedback.article,
            revision: feedback.revision,
            helpful: feedback.helpful,
            comment: feedback.comment,
            by: feedback.given_by,
            at: feedback.given_at.to_string(),
            withdrawn_at: feedback.withdrawn_at.map(|at| at.to_string()),
        }
    }
}

/// A list of feedback.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedbackList {
    /// Newest first.
    feedback: Vec<FeedbackItem>,
}

/// Say whether an answer helped.
#[utoipa::path(
    post, path = "/v1/feedback", tag = "feedback", request_body = FeedbackBody,
    responses(
        (status = 201, description = "It is kept", body = FeedbackItem),
        (status = 400, description = "The request is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such article", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn give(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let value = read_json(&request, &mut payload, &state).await?;
    if let Some(unknown) = value.as_object().and_then(|o| o.keys().find(|key| !FIELDS.contains(&key.as_str()))) {
        let nearest = crate::text::nearest(unknown, &FIELDS);
        let meant =
            nearest.map_or_else(|| format!("known are {}", FIELDS.join(", ")), |n| format!("did you mean {n:?}?"));
        let shown: String = unknown.chars().take(60).collect();
        let detail = format!("unknown field {shown:?}; {meant}");
        return Err(ApiError::new(Kind::UnknownField, detail).field(shown).nearest(nearest));
    }
    let given: FeedbackBody =
        serde_json::from_value(value).map_err(|error| ApiError::new(Kind::WrongType, error.to_string()))?;
    for (field, text, most) in [("comment", &given.comment, MAX_COMMENT), ("by", &given.by, MAX_BY)] {
        if text.as_ref().is_some_and(|text| text.len() > most) {
            return Err(ApiError::new(Kind::OutOfRange, format!("{field} may have {most} bytes")).field(field));
        }
    }
    let by = given.by.filter(|by| !by.trim().is_empty()).unwrap_or_else(|| NOBODY.to_owned());
    let kept = match (given.feedback_token, given.report_id, given.article) {
        (Some(token), None, None) => {
            let ballot = vote::Ballot { token: &token, helpful: Some(given.helpful), by, comment: given.comment };
            vote::cast(&state, ballot).await?
        }
        (None, Some(report_id), Some(article)) => {
            let new = NewFeedback { report_id, article, helpful: given.helpful, comment: given.comment, by };
            state.service.give_feedback(new).await?
        }
        (Some(_), ..) => {
            let detail = "feedback_token stands for report_id and article; send one or the other";
            return Err(ApiError::new(Kind::ConflictingFields, detail).field("feedback_token"));
        }
        (None, report_id, _) => {
            let missing = if report_id.is_none() { "report_id" } else { "article" };
            let detail = format!("missing field `{missing}`; or send the feedback_token of the answer");
            return Err(ApiError::new(Kind::WrongType, detail).field(missing));
        }
    };
    let kept = FeedbackItem::from(kept);
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/v1/feedback/{}", kept.id)))
        .content_type("application/json")
        .body(to_json(&kept)?))
}

/// List feedback, newest first.
#[utoipa::path(
    get, path = "/v1/feedback", tag = "feedback",
    params(
        ("report_id" = Option<String>, Query, description = "On this report only"),
        ("article" = Option<String>, Query, description = "On this article only"),
        ("withdrawn" = Option<bool>, Query, description = "Also what was taken back"),
        ("limit" = Option<u32>, Query, description = "Most items, 1 to 1000; 100 by default"),
    ),
    responses((status = 200, description = "The feedback", body = FeedbackList))
)]
pub(super) async fn list(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let parameters = Parameters::read(&request, &["report_id", "article", "withdrawn", "limit"])?;
    let article = parameters.get("article").map(Slug::new).transpose();
    let filter = FeedbackFilter {
        report_id: parameters.get("report_id").map(str::to_owned),
        article: article.map_err(|e| ApiError::new(Kind::OutOfRange, e.to_string()).field("article"))?,
        withdrawn: parameters.flag("withdrawn")?,
    };
    let most = u32::try_from(parameters.count("limit", 100, 1000)?).unwrap_or(u32::MAX);
    let feedback = state.service.feedback(&filter, most).await?;
    json(&FeedbackList { feedback: feedback.into_iter().map(FeedbackItem::from).collect() })
}

/// Take feedback back.
#[utoipa::path(
    delete, path = "/v1/feedback/{id}", tag = "feedback", params(("id" = String, Path, description = "Feedback")),
    responses(
        (status = 200, description = "It is withdrawn", body = FeedbackItem),
        (status = 404, description = "No such feedback", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn withdraw(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let _: Parameters = body::Parameters::read(&request, &[])?;
    let id = request.match_info().get("id").unwrap_or_default();
    json(&FeedbackItem::from(state.service.withdraw_feedback(id).await?))
}

/// Make the report of a rejected answer a `no_match` example of its article, in a new revision. The report is taken as it
/// was kept: redacted.
#[utoipa::path(
    post, path = "/v1/feedback/{id}/example", tag = "feedback",
    params(
        ("id" = String, Path, description = "Feedback that rejects an answer"),
        ("dry_run" = Option<bool>, Query, description = "Write nothing, say what `check` would say"),
    ),
    responses(
        (status = 200, description = "The article as it is now", content((Object = "application/json"), (String = "text/markdown"))),
        (status = 400, description = "It rejects nothing, or its report was not kept", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such feedback", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn make_example(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let dry_run = Parameters::read(&request, &["dry_run"])?.flag("dry_run")?;
    let id = request.match_info().get("id").unwrap_or_default();
    let written = state.service.reject_as_example(id, &changed_by(&request), dry_run).await?;
    respond(&request, &written)
}
