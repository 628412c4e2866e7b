//! `/v1/deliveries`: what came in, what became of it, and starting it anew. A key for one endpoint is shown nothing of
//! others.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::access::{Caller, caller};
use super::body::Parameters;
use super::matching::json;
use super::state::State;
use super::{ApiError, Kind, Problem};
use crate::access::Scope;
use crate::delivery::{DeliveryView, ReplyView};
use crate::store::{DELIVERY_STATES, DeliveryFilter, DeliveryRow};

/// Deliveries in one answer at most.
const MOST: usize = 200;

/// Deliveries, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryList {
    /// The deliveries.
    deliveries: Vec<DeliveryView>,
    /// Give it as `before` for the next ones; absent at the end.
    next: Option<String>,
    /// With the state `dead`: withdrawals of notes and calls that follow that were given up, which no delivery shows; each
    /// is put back to work by its own id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    given_up: Vec<ReplyView>,
}

/// A delivery and its reply.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeliveryAndReply {
    /// The delivery.
    delivery: DeliveryView,
    /// Its reply.
    reply: Option<ReplyView>,
}

/// List deliveries.
///
/// Needs the scope `admin`, or `endpoint:CONNECTOR/NAME` for those of that endpoint alone.
#[utoipa::path(
    get, path = "/v1/deliveries", tag = "connectors",
    params(
        ("state" = Option<String>, Query, description = "received, matched, replied, no_match, ignored, failed or dead"),
        ("connector" = Option<String>, Query, description = "Of this connector"),
        ("endpoint" = Option<String>, Query, description = "Of this endpoint"),
        ("external_id" = Option<String>, Query, description = "Of this ticket"),
        ("before" = Option<String>, Query, description = "Older than the delivery with this id"),
        ("limit" = Option<u32>, Query, description = "At most so many, 1 to 200; 50 by default"),
    ),
    responses(
        (status = 200, description = "Deliveries, newest first", body = DeliveryList),
        (status = 400, description = "A parameter is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "The key is for another endpoint", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let known = ["state", "connector", "endpoint", "external_id", "before", "limit"];
    let parameters = Parameters::read(&request, &known)?;
    let text = |name| parameters.get(name).map(str::to_owned);
    if let Some(state) = parameters.get("state").filter(|state| !DELIVERY_STATES.contains(state)) {
        let states = DELIVERY_STATES.join(", ");
        return Err(
            ApiError::new(Kind::OutOfRange, format!("{state:?} is no state; there are {states}")).field("state")
        );
    }
    let most = parameters.count("limit", 50, MOST)?;
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let filter = DeliveryFilter {
        state: text("state"),
        connector: text("connector"),
        endpoint: text("endpoint"),
        external_id: text("external_id"),
        before: text("before"),
        most,
    };
    let filter = narrowed(&caller(&request), filter)?;
    let rows = state.service.store().deliveries(&filter).await?;
    let next = rows.last().filter(|_| rows.len() == most as usize).map(|row| row.id.clone());
    let given_up = if filter.state.as_deref() == Some("dead") {
        let endpoint = filter.connector.clone().zip(filter.endpoint.clone());
        replies_given_up(&state, endpoint).await?
    } else {
        Vec::new()
    };
    json(&DeliveryList { deliveries: rows.into_iter().map(DeliveryView::from).collect(), next, given_up })
}

/// Withdrawals and calls that follow that were given up, as they are shown.
async fn replies_given_up(state: &State, endpoint: Option<(String, String)>) -> Result<Vec<ReplyView>, ApiError> {
    Ok(state.service.store().given_up_replies(endpoint).await?.into_iter().map(ReplyView::from).collect())
}

/// Show a delivery with what is kept of it, and its reply.
///
/// Needs the scope `admin`, or `endpoint:CONNECTOR/NAME` of its endpoint.
#[utoipa::path(
    get, path = "/v1/deliveries/{id}", tag = "connectors",
    params(("id" = String, Path, description = "The delivery")),
    responses(
        (status = 200, description = "The delivery", body = DeliveryAndReply),
        (status = 404, description = "No such delivery", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn show(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let store = state.service.store();
    let row = seen(&request, &id, store.delivery(&id).await?)?;
    let reply = match &row.reply_id {
        Some(reply) => store.reply(reply).await?,
        None => None,
    };
    json(&DeliveryAndReply { delivery: row.into(), reply: reply.map(ReplyView::from) })
}

/// Put a dead delivery back to work.
///
/// Needs the scope `admin`, or `endpoint:CONNECTOR/NAME` of its endpoint.
#[utoipa::path(
    post, path = "/v1/deliveries/{id}/retry", tag = "connectors",
    params(("id" = String, Path, description = "The delivery, or the reply that was given up")),
    responses(
        (status = 202, description = "It is worked on again"),
        (status = 404, description = "No such delivery", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It is not dead, or its text is gone", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn retry(
    request: HttpRequest,
    id: web::Path<String>,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let store = state.service.store();
    let endpoint = if let Some(row) = store.delivery(&id).await? {
        Some((row.connector, row.endpoint))
    } else {
        // A withdrawal that was given up is started anew by its own id.
        store.reply(&id).await?.map(|reply| (reply.connector, reply.endpoint))
    };
    if !endpoint.is_some_and(|(connector, name)| may_see(&request, &connector, &name)) {
        return Err(none(&id));
    }
    let changed = match &state.deliveries {
        Some(deliveries) => deliveries.retry(&id).await?,
        None => store.retry_delivery(id.to_string(), state.service.clock().now()).await?,
    };
    if changed {
        return Ok(HttpResponse::Accepted().json(serde_json::json!({ "status": "accepted" })));
    }
    Err(ApiError::new(Kind::PreconditionFailed, "the delivery is not dead, or its text is not kept any more"))
}

/// What a caller may list: with a key for an endpoint, what came for that.
fn narrowed(caller: &Caller, filter: DeliveryFilter) -> Result<DeliveryFilter, ApiError> {
    if caller.may(&Scope::Admin) {
        return Ok(filter);
    }
    let is_asked = |asked: &Option<String>, have: &str| asked.as_deref().is_none_or(|asked| asked == have);
    let mut fitting = caller
        .endpoints()
        .filter(|(connector, name)| is_asked(&filter.connector, connector) && is_asked(&filter.endpoint, name));
    match (fitting.next(), fitting.next()) {
        (Some((connector, name)), None) => {
            let (connector, endpoint) = (Some(connector.to_owned()), Some(name.to_owned()));
            Ok(DeliveryFilter { connector, endpoint, ..filter.clone() })
        }
        (Some(_), Some(_)) => {
            let detail = "the key is for several endpoints; name one of them with connector and endpoint";
            Err(ApiError::new(Kind::InvalidRequest, detail).field("endpoint"))
        }
        (None, _) => Err(ApiError::new(Kind::MissingScope, "the key is for another endpoint")),
    }
}

/// The delivery, if there is one that the caller may see.
fn seen(request: &HttpRequest, id: &str, row: Option<DeliveryRow>) -> Result<DeliveryRow, ApiError> {
    row.filter(|row| may_see(request, &row.connector, &row.endpoint)).ok_or_else(|| none(id))
}

fn may_see(request: &HttpRequest, connector: &str, endpoint: &str) -> bool {
    caller(request).may(&Scope::Endpoint { connector: connector.to_owned(), name: endpoint.to_owned() })
}

fn none(id: &str) -> ApiError {
    let shown: String = id.chars().take(40).collect();
    ApiError::new(Kind::NotFound, format!("there is no delivery {shown:?}"))
}
