//! Votes by signed values: a page that asks and a form that counts. Whoever previews or scans a link only ever gets the
//! page, so that no machine votes.

use actix_web::http::StatusCode;
use actix_web::http::header::{LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, web};

use super::page::page_for;
use super::state::State;
use super::{ApiError, Kind};
use crate::article::Slug;
use crate::connect::dialect::brief;
use crate::connect::token::{Say, Token, TokenError};
use crate::render::html::escape;
use crate::service::NewFeedback;
use crate::store::Feedback;

/// Name under which votes from a page are kept: a link tells nobody apart.
const BY_LINK: &str = "link";

/// A vote that is handed in.
pub(super) struct Ballot<'a> {
    /// The signed value.
    pub(super) token: &'a str,
    /// What is said, where the value itself does not decide.
    pub(super) helpful: Option<bool>,
    /// Who says it.
    pub(super) by: String,
    /// What else is said.
    pub(super) comment: Option<String>,
}

/// Counts a vote.
pub(super) async fn cast(state: &State, ballot: Ballot<'_>) -> Result<Feedback, ApiError> {
    let token = read(state, ballot.token)?;
    let article = article_of(state, &token)?;
    let new = NewFeedback {
        report_id: token.report.to_string(),
        article,
        helpful: ballot.helpful.unwrap_or(token.say != Say::DidNotHelp),
        comment: ballot.comment,
        by: ballot.by,
    };
    Ok(state.service.vote(new).await?)
}

/// Reads a signed value.
pub(super) fn read(state: &State, token: &str) -> Result<Token, ApiError> {
    let Some(signer) = &state.signer else {
        let detail = "this server has no key to check feedback values with; set feedback_key";
        return Err(ApiError::new(Kind::NotFound, detail).field("feedback_token"));
    };
    signer.check(token, state.service.clock().now()).map_err(|error| {
        let kind = match error {
            TokenError::Forged => Kind::OutOfRange,
            TokenError::Expired => Kind::NotFound,
        };
        ApiError::new(kind, error.to_string()).field("feedback_token")
    })
}

fn article_of(state: &State, token: &Token) -> Result<Slug, ApiError> {
    let found = state.service.article_of(&token.article);
    found.ok_or_else(|| ApiError::new(Kind::NotFound, "the article that this value names is gone"))
}

/// The page behind a link: asks, and changes nothing. The link of a candidate leads to its article.
pub(super) async fn ask(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let value = request.match_info().get("token").unwrap_or_default();
    let token = match read(&state, value) {
        Ok(token) => token,
        Err(error) => return refused(&error),
    };
    let article = match article_of(&state, &token) {
        Ok(article) => article,
        Err(error) => return refused(&error),
    };
    let (question, button) = match token.say {
        Say::Helped => ("Did this article solve the problem?", "Yes, it did"),
        Say::DidNotHelp => ("Was this article not the right one?", "No, it was not"),
        Say::Chosen => {
            return HttpResponse::SeeOther().insert_header((LOCATION, format!("/articles/{article}"))).finish();
        }
    };
    // Without an action the form goes to the page's own address.
    let form = format!("<form method=\"post\"><button type=\"submit\">{button}</button></form>\n");
    say(StatusCode::OK, question, &format!("{}{form}", link(&state, &article).await))
}

/// The button of that page.
pub(super) async fn count(request: HttpRequest, state: web::Data<State>) -> HttpResponse {
    let token = request.match_info().get("token").unwrap_or_default();
    let ballot = Ballot { token, helpful: None, by: BY_LINK.to_owned(), comment: None };
    match cast(&state, ballot).await {
        Ok(kept) => say(StatusCode::OK, brief::thanks(kept.helpful), &link(&state, &kept.article).await),
        Err(error) => refused(&error),
    }
}

async fn link(state: &State, id: &Slug) -> String {
    let stored = state.service.get(id).await.ok().flatten();
    let title = stored.map_or_else(|| id.to_string(), |stored| stored.article.title.clone());
    format!("<p><a href=\"/articles/{id}\">{}</a></p>\n", escape(&title))
}

fn refused(error: &ApiError) -> HttpResponse {
    say(error.kind().status(), "This link does not count", &format!("<p>{}</p>\n", escape(&error.to_string())))
}

fn say(status: StatusCode, heading: &str, rest: &str) -> HttpResponse {
    let body = format!("<h1>{}</h1>\n{rest}", escape(heading));
    let mut response = page_for(status, heading, "en", &body, "'self'");
    // With no referrer at all a browser sends the form as if it came from a foreign page.
    let headers = response.headers_mut();
    headers.insert(REFERRER_POLICY, actix_web::http::header::HeaderValue::from_static("same-origin"));
    headers.insert(
        actix_web::http::header::HeaderName::from_static("x-robots-tag"),
        actix_web::http::header::HeaderValue::from_static("noindex, nofollow"),
    );
    response
}
