//! `POST /v1/webhooks/{connector}/{name}`: stored, then acknowledged, answered later.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use bytes::Bytes;

use super::state::State;
use super::surround::RequestId;
use super::{ApiError, Kind, body};
use crate::delivery::{Addressed, Connector, Deliveries, IntakeError, Receipt, Served};

/// Receive an event of a ticketing platform.
#[utoipa::path(
    post, path = "/v1/webhooks/{connector}/{name}", tag = "connectors",
    params(
        ("connector" = String, Path, description = "The platform's connector"),
        ("name" = String, Path, description = "The endpoint's name in the settings"),
    ),
    request_body(content = String, description = "The platform's body, signed as the platform signs"),
    responses(
        (status = 200, description = "Stored; or a duplicate, or nothing for us"),
        (status = 401, description = "Not proved genuine"),
        (status = 404, description = "No such endpoint"),
        (status = 410, description = "The endpoint was removed"),
        (status = 413, description = "The body is too large"),
        (status = 503, description = "No room, or no store; try again"),
    )
)]
pub(super) async fn receive(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let Some(deliveries) = &state.deliveries else { return Err(unknown()) };
    let served = served(deliveries, &request).await?;
    if !matches!(served.connector, Connector::Ticket(_)) {
        return Err(unknown());
    }
    let (headers, body) = read(&request, &mut payload, served.configured.max_body_bytes).await?;
    match deliveries.receive(served, &id_of(&request), headers, body).await {
        Ok(Receipt::Accepted) => Ok(status("accepted", None)),
        Ok(Receipt::Duplicate) => Ok(status("duplicate", None)),
        Ok(Receipt::Ignored(reason)) => Ok(status("ignored", Some(&reason))),
        Err(error) => Err(refused(error)),
    }
}

/// Answers the probes that some platforms send.
pub(super) async fn probe() -> HttpResponse {
    HttpResponse::Ok().finish()
}

/// The id of a request.
pub(super) fn id_of(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default()
}

fn status(status: &str, reason: Option<&str>) -> HttpResponse {
    let mut body = serde_json::json!({ "status": status });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    HttpResponse::Ok().json(body)
}

/// The endpoint that a request is for.
pub(super) async fn served<'d>(
    deliveries: &'d Deliveries,
    request: &HttpRequest,
) -> Result<&'d std::sync::Arc<Served>, ApiError> {
    let part = |name| request.match_info().get(name).unwrap_or_default();
    match deliveries.addressed(part("connector"), part("name")).await {
        Addressed::Served(served) => Ok(served),
        Addressed::Removed => Err(ApiError::new(Kind::Gone, "this endpoint was removed; stop sending here")),
        Addressed::Unknown => Err(unknown()),
    }
}

fn unknown() -> ApiError {
    ApiError::new(Kind::NotFound, "there is no such endpoint; `kbmatch endpoints list` shows those that there are")
}

/// The headers and the body as they were sent. A header that is no ASCII text is refused: no platform sends one.
pub(super) async fn read(
    request: &HttpRequest,
    payload: &mut web::Payload,
    limit: usize,
) -> Result<(Vec<(String, String)>, Bytes), ApiError> {
    let body = body::read(request, payload, limit).await?;
    let mut headers = Vec::new();
    for (name, value) in request.headers() {
        // Of the headers that are no text none matters, but a signature that is none must not look absent.
        let value = value.to_str().map_or_else(|_| "\u{fffd}".to_owned(), str::to_owned);
        headers.push((name.as_str().to_owned(), value));
    }
    Ok((headers, body))
}

/// What a sender is told; of a wrong signature nothing more than that.
pub(super) fn refused(error: IntakeError) -> ApiError {
    match error {
        IntakeError::Unauthorized => ApiError::new(Kind::Unauthorized, "the request is not proved genuine"),
        IntakeError::Unavailable(seconds) => {
            ApiError::new(Kind::Overloaded, "the delivery cannot be stored now; send it again")
                .header(RETRY_AFTER, &seconds.to_string())
        }
    }
}
