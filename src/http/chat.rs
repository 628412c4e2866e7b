//! `POST /v1/chat/{connector}/{name}`: a question from a chat, answered in the response.

mod answering;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, rt, web};

use self::answering::{note_of, settle};
use super::inbound::{id_of, read, refused, served, unknown};
use super::state::State;
use super::{ApiError, Kind, vote};
use crate::connect::chat::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatResponse, ChatVote};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::InboundRequest;
use crate::delivery::{Connector, Deliveries, IntakeError, Served};
use crate::store::StoreError;

/// How long a platform waits without being told that an answer will come.
const PATIENCE: Duration = Duration::from_millis(1500);

/// Seconds after which a platform may ask again.
const TRY_AGAIN: u32 = 5;

/// Answer a question from a chat platform.
#[utoipa::path(
    post, path = "/v1/chat/{connector}/{name}", tag = "connectors",
    params(
        ("connector" = String, Path, description = "The platform's connector"),
        ("name" = String, Path, description = "The endpoint's name in the settings"),
    ),
    request_body(content = String, description = "The platform's body, signed as the platform signs"),
    responses(
        (status = 200, description = "The answer, in the platform's form"),
        (status = 400, description = "Genuine, and not readable"),
        (status = 401, description = "Not proved genuine"),
        (status = 404, description = "No such endpoint"),
        (status = 410, description = "The endpoint was removed"),
        (status = 413, description = "The body is too large"),
    )
)]
pub(super) async fn answer(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let deliveries = state.deliveries.clone().ok_or_else(unknown)?;
    let served = Arc::clone(served(&deliveries, &request).await?);
    let Connector::Chat(connector) = served.connector else { return Err(unknown()) };
    let (headers, body) = read(&request, &mut payload, served.configured.max_body_bytes).await?;
    let id = id_of(&request);
    let request = InboundRequest { headers, body: &body };
    let endpoint = &served.configured.endpoint;
    let self_proving = connector.is_self_proving(&request);
    if !self_proving {
        deliveries.verified(&served, connector.scheme(endpoint), &request).map_err(refused)?;
    }
    let reading = connector
        .read(endpoint, &request)
        .map_err(|error| ApiError::new(Kind::InvalidRequest, error.to_string()).field(error.field))?;
    match reading {
        ChatReading::Respond(response) => Ok(written(response)),
        ChatReading::Vote(vote) | ChatReading::Choice(vote) => {
            let reply = counted(&state, &deliveries, connector, endpoint, &vote).await;
            Ok(written(replied(&deliveries, &served, &id, None, reply).await?))
        }
        ChatReading::Query(_) if self_proving => Err(refused(IntakeError::Unauthorized)),
        ChatReading::Query(query) => asked(state, deliveries, served, connector, id, *query).await,
    }
}

fn written(response: ChatResponse) -> HttpResponse {
    let mut builder = HttpResponse::build(
        actix_web::http::StatusCode::from_u16(response.status).unwrap_or(actix_web::http::StatusCode::OK),
    );
    builder.content_type(response.content_type).body(response.body)
}

/// Answers, or says in time that the answer will come.
async fn asked(
    state: web::Data<State>,
    deliveries: Arc<Deliveries>,
    served: Arc<Served>,
    connector: &'static dyn ChatConnector,
    id: String,
    query: ChatQuery,
) -> Result<HttpResponse, ApiError> {
    let endpoint = &served.configured.endpoint;
    let mut note = {
        let (state, deliveries, served, query) =
            (state.clone(), Arc::clone(&deliveries), Arc::clone(&served), query.clone());
        Box::pin(async move { note_of(&state, &deliveries, &served, &query).await })
    };
    if let Ok(note) = tokio::time::timeout(PATIENCE, &mut note).await {
        let reply = connector.answer(endpoint, &query, &note?);
        return Ok(written(replied(&deliveries, &served, &id, query.query_id.as_deref(), reply).await?));
    }
    let Some(response) = connector.deferred(endpoint, &query) else {
        let reply = connector.answer(endpoint, &query, &note.await?);
        return Ok(written(replied(&deliveries, &served, &id, query.query_id.as_deref(), reply).await?));
    };
    // On disk before the platform is told that an answer will come; a question that it repeats is there already.
    let Some(reply) = deliveries.queue_question(&served, &query, &id).await.map_err(|error| unstored(&error))? else {
        return Ok(written(response));
    };
    rt::spawn(async move {
        let call = note.await.ok().and_then(|note| connector.late(&served.configured.endpoint, &query, &note));
        // Without an answer from here the sender finds it.
        if let Some(call) = call
            && let Err(error) = deliveries.answer_question(reply, call).await
        {
            tracing::warn!(%error, request_id = id, "an answer could not be stored; it is looked for again");
        }
    });
    Ok(written(response))
}

/// Counts a vote or shows the candidate that was chosen; whatever is wrong with the value is said in the chat.
async fn counted(
    state: &State,
    deliveries: &Deliveries,
    connector: &dyn ChatConnector,
    endpoint: &Endpoint,
    cast: &ChatVote,
) -> ChatReply {
    match settle(state, deliveries, &cast.token).await {
        Ok(Some(note)) => connector.settle(endpoint, cast, &note),
        Ok(None) => {
            let by = state.signer.as_ref().map(|signer| signer.pseudonym(&endpoint.connector, &cast.user_id));
            let by = by.unwrap_or_else(|| endpoint.connector.clone());
            match vote::cast(state, vote::Ballot { token: &cast.token, helpful: None, by, comment: None }).await {
                Ok(kept) => connector.thanks(endpoint, cast, kept.helpful),
                Err(error) => connector.say(endpoint, cast, &error.to_string()),
            }
        }
        Err(error) => connector.say(endpoint, cast, &error.to_string()),
    }
}

/// Has the call of a reply made, once for one question, and gives the response. The call is on disk before the platform is
/// answered; when it cannot be stored the platform is asked to send the question again.
async fn replied(
    deliveries: &Deliveries,
    served: &Served,
    id: &str,
    query_id: Option<&str>,
    reply: ChatReply,
) -> Result<ChatResponse, ApiError> {
    if let Some(call) = reply.call {
        deliveries.queue_chat_call(served, query_id, id, call).await.map_err(|error| unstored(&error))?;
    }
    Ok(reply.response)
}

fn unstored(error: &StoreError) -> ApiError {
    tracing::error!(%error, "an answer could not be stored");
    refused(IntakeError::Unavailable(TRY_AGAIN))
}
