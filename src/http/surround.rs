//! What happens around every request: its id, whom it is for, its log line and numbers, the headers of its answer.

use std::borrow::Cow;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, web};
use tracing::Instrument as _;
use ulid::Ulid;

use super::state::State;
use super::{ApiError, Kind, access, overload};
use crate::report::redact;

/// Header that carries the id of a request, in and out.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a client, in characters.
const MAX_ID: usize = 128;
/// Headers of every answer that does not say otherwise.
static DEFAULTS: [(HeaderName, HeaderValue); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// The id of a request, for handlers that write it into their answers.
#[derive(Debug, Clone)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    /// The id: harmless characters, no more than [`MAX_ID`].
    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

/// Wraps every handler.
pub(super) async fn surround(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(request.headers());
    let Some(state) = request.app_data::<web::Data<State>>().cloned() else {
        return Err(actix_web::error::ErrorInternalServerError("the server has no state"));
    };
    if overload::is_refused(&request) {
        return Ok(overload::refuse(request, &state, &id).await);
    }
    request.extensions_mut().insert(id.clone());
    // The pattern, not the path: a path may hold a signed token or somebody's address. At the level of errors, so that
    // every line of the request has its id whatever level is logged.
    let route = request.match_pattern();
    let method = request.method().clone();
    let shown = route.as_deref().unwrap_or("none");
    let span = tracing::error_span!("request", id = id.as_str(), method = method.as_str(), route = shown);
    let refusal = refuse(&request, &state);
    let mut response = match refusal {
        Some(error) => request.into_response(error.response(id.as_str())),
        None => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
    };
    if let Some(error) = response.response().error() {
        let problem = match error.as_error::<ApiError>() {
            Some(error) => error.response(id.as_str()),
            None => actix_error(error).response(id.as_str()),
        };
        response = response.into_response(problem);
    }
    finish(response.headers_mut(), &id);
    let status = response.status().as_u16();
    state.service.telemetry().request(method.as_str(), route.as_deref(), status);
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    match status {
        500.. => span.in_scope(|| tracing::error!(status, took_us, "answered")),
        400.. => span.in_scope(|| tracing::info!(status, took_us, "answered")),
        // A busy server answers tens of thousands a second.
        _ if tracing::enabled!(tracing::Level::DEBUG) => {
            span.in_scope(|| tracing::debug!(status, took_us, "answered"));
        }
        _ => {}
    }
    Ok(response)
}

/// The client's own id when it is harmless, else a new one.
fn request_id(headers: &HeaderMap) -> RequestId {
    let harmless = |id: &str| {
        (1..=MAX_ID).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    // What looks like a token may be one that a client put in the wrong place, and the id goes into every log line.
    let plain = |id: &str| matches!(redact(id), Cow::Borrowed(_));
    let given = headers.get(&REQUEST_ID).filter(|given| given.to_str().is_ok_and(|id| harmless(id) && plain(id)));
    given.cloned().map_or_else(new_id, RequestId)
}

fn new_id() -> RequestId {
    let mut text = [0; ulid::ULID_LEN];
    let text = Ulid::generate().array_to_str(&mut text);
    // Letters and digits are what a header may hold.
    RequestId(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("none")))
}

/// Refuses what is not for this server or comes too often; notes who sent the rest.
fn refuse(request: &ServiceRequest, state: &State) -> Option<ApiError> {
    if let Some(error) = misdirected(request, state) {
        return Some(error);
    }
    match access::identify(request, state) {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            None
        }
        Err(error) => Some(error),
    }
}

/// Refuses requests for other servers' names and those that a browser sends for a page of another origin.
fn misdirected(request: &ServiceRequest, state: &State) -> Option<ApiError> {
    let text = |name: &HeaderName| request.headers().get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(&header::HOST).or_else(|| request.uri().authority().map(actix_web::http::uri::Authority::as_str));
    if let Some(host) = host
        && !state.hosts.allows(host)
    {
        let shown = if is_name(host) { format!("{host:?}") } else { "that name".to_owned() };
        return Some(ApiError::new(
            Kind::UnknownHost,
            format!("this server does not answer for {shown}; add the name with --allowed-host if it should"),
        ));
    }
    let origin = text(&header::ORIGIN)?;
    (!state.hosts.allows_origin(origin)).then(|| {
        ApiError::new(Kind::ForeignOrigin, "a browser sent this for a page of another origin, which is not answered")
    })
}

/// Whether a `Host` can be a name or an address; anything else is not repeated, since it may be anything.
fn is_name(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b':' | b'[' | b']'))
    };
    host.len() <= 253 && host.split('.').all(label)
}

/// What the framework itself refuses, in the form of all problems.
fn actix_error(error: &actix_web::Error) -> ApiError {
    let status = error.as_response_error().status_code();
    match status.as_u16() {
        404 => ApiError::new(Kind::NotFound, "there is nothing at this address"),
        413 => ApiError::new(Kind::BodyTooLarge, "the body is too large"),
        400..500 => ApiError::new(Kind::InvalidRequest, error.to_string()),
        _ => {
            tracing::error!(%error, "a handler failed");
            ApiError::new(Kind::Internal, "the server could not finish the request; its log says more")
        }
    }
}

/// The headers that every answer has.
pub(super) fn finish(headers: &mut HeaderMap, id: &RequestId) {
    headers.insert(REQUEST_ID, id.0.clone());
    for (name, value) in &DEFAULTS {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}
