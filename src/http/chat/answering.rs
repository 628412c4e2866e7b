//! The note that answers a question or a choice.

use actix_web::web;

use crate::connect::chat::ChatQuery;
use crate::connect::dialect::Note;
use crate::connect::token::Say;
use crate::delivery::{Deliveries, Served};
use crate::engine::{Answer, Confidence, MatchOptions, Outcome};
use crate::http::state::State;
use crate::http::{ApiError, Kind, vote};
use crate::report::{Hints, Incoming, decode};

/// Least confidence of an article that is named as near.
const NEAR: f64 = 0.1;
/// Most articles that are named as near.
const MOST_NEAR: usize = 3;

/// The note for a question.
pub(super) async fn note_of(
    state: &web::Data<State>,
    deliveries: &Deliveries,
    served: &Served,
    query: &ChatQuery,
) -> Result<Note, ApiError> {
    let shared = state.clone();
    let (text, locale) = (query.text.clone(), query.locale.clone());
    let (mut answer, mut near) = state.pool.run(move || answered(&shared, &text, locale)).await??;
    let endpoint = &served.configured.endpoint;
    // What cannot be looked up now is not held back.
    let mutes = state.service.store().mutes(state.service.clock().now()).await.unwrap_or_default();
    let muted = |article: &str| {
        mutes.iter().any(|mute| {
            (mute.connector.as_str(), mute.endpoint.as_str(), mute.article.as_str())
                == (endpoint.connector.as_str(), endpoint.name.as_str(), article)
        })
    };
    answer.matches.retain(|found| !muted(found.article.id.as_str()));
    if answer.matches.is_empty() {
        near.retain(|found| !muted(found.article.id.as_str()));
        answer.outcome = Outcome::NoMatch;
        answer.question = None;
        answer.matches = near;
    } else if answer.outcome == Outcome::Ambiguous && answer.matches.len() == 1 {
        answer.outcome = Outcome::Match;
        answer.question = None;
    }
    Ok(deliveries.notes().note(&answer))
}

/// The answer to a text, and what is near when there is none.
fn answered(
    state: &State,
    text: &str,
    locale: Option<String>,
) -> Result<(Answer, Vec<crate::engine::Match>), ApiError> {
    let hints = Hints { locale, ..Hints::default() };
    let incoming =
        Incoming { body: text.as_bytes(), content_type: Some("text/plain; charset=utf-8"), content_encoding: None };
    let report = decode(incoming, &hints, &state.limits)?;
    let near = MatchOptions {
        limit: MOST_NEAR,
        min_confidence: Confidence::new(NEAR).unwrap_or(Confidence::HALF),
        hints: hints.clone(),
        ..MatchOptions::default()
    };
    let options = MatchOptions { hints, ..MatchOptions::default() };
    let answer = state.service.answer(report.clone(), &options);
    let near =
        if answer.matches.is_empty() { state.service.snapshot().answer(&report, &near).matches } else { Vec::new() };
    Ok((answer, near))
}

/// The note that a choice settles; `None` when the value is a vote.
pub(super) async fn settle(state: &State, deliveries: &Deliveries, token: &str) -> Result<Option<Note>, ApiError> {
    let token = vote::read(state, token)?;
    if token.say != Say::Chosen {
        return Ok(None);
    }
    let settled = state.service.settled(&token).await?;
    let gone = || ApiError::new(Kind::NotFound, "this article does not answer any more; ask again");
    Ok(Some(deliveries.notes().note(&settled.ok_or_else(gone)?)))
}
