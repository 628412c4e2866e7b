//! `POST /v1/webhooks/{connector}/{name}`: stored, then acknowledged, answered later.

use actix_web::{HttpRequest, HttpResponse, web};

use super::ApiError;
use super::inbound::{id_of, read, refused, served, unknown};
use super::state::State;
use crate::delivery::{Connector, Receipt};

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

fn status(status: &str, reason: Option<&str>) -> HttpResponse {
    let mut body = serde_json::json!({ "status": status });
    if let Some(reason) = reason {
        body["reason"] = reason.into();
    }
    HttpResponse::Ok().json(body)
}
