//! The note that answers a question or a choice.

use actix_web::web;

use crate::connect::chat::ChatQuery;
use crate::connect::dialect::Note;
use crate::connect::token::Say;
use crate::delivery::{Deliveries, Found, Served};
use crate::http::state::State;
use crate::http::{ApiError, Kind, vote};
use crate::report::{Hints, Incoming, decode};

/// The note for a question.
pub(super) async fn note_of(
    state: &web::Data<State>,
    deliveries: &Deliveries,
    served: &Served,
    query: &ChatQuery,
) -> Result<Note, ApiError> {
    let shared = state.clone();
    let (text, locale) = (query.text.clone(), query.locale.clone());
    let found = state.pool.run(move || found(&shared, &text, locale)).await??;
    Ok(deliveries.chat_note(served, found).await)
}

/// The answer to a text, and what is near when there is none.
fn found(state: &State, text: &str, locale: Option<String>) -> Result<Found, ApiError> {
    let hints = Hints { locale, ..Hints::default() };
    let incoming =
        Incoming { body: text.as_bytes(), content_type: Some("text/plain; charset=utf-8"), content_encoding: None };
    let report = decode(incoming, &hints, &state.limits)?;
    Ok(Found::find(&state.service, &report, &hints))
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
