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
use super::{ApiError, Kind, access};
use crate::report::redact;

/// Header that carries the id of a request, in and out.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken from a client, in characters.
const MAX_ID: usize = 128;

/// The id of a request, for handlers that write it into their answers.
#[derive(Debug, Clone)]
pub(super) struct RequestId(pub(super) String);

/// Wraps every handler.
pub(super) async fn surround(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let started = Instant::now();
    let id = request_id(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    // The pattern, not the path: a path may hold a signed token or somebody's address. At the level of errors, so that
    // every line of the request has its id whatever level is logged.
    let route = request.match_pattern();
    let span =
        tracing::error_span!("request", id, method = %request.method(), route = route.as_deref().unwrap_or("none"));
    let state = request.app_data::<web::Data<State>>().cloned();
    let method = request.method().clone();
    let refusal = state.as_ref().and_then(|state| span.in_scope(|| refuse(&request, state)));
    let mut response = match refusal {
        Some(error) => request.into_response(error.response(&id)),
        None => next.call(request).instrument(span.clone()).await?.map_into_boxed_body(),
    };
    if let Some(error) = response.response().error() {
        let problem = match error.as_error::<ApiError>() {
            Some(error) => error.response(&id),
            None => actix_error(error).response(&id),
        };
        response = response.into_response(problem);
    }
    finish(response.headers_mut(), &id);
    let status = response.status().as_u16();
    if let Some(state) = state {
        state.service.telemetry().request(method.as_str(), response.request().match_pattern(), status);
    }
    let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| match status {
        500.. => tracing::error!(status, took_us, "answered"),
        400.. => tracing::info!(status, took_us, "answered"),
        // A busy server answers tens of thousands a second.
        _ => tracing::debug!(status, took_us, "answered"),
    });
    Ok(response)
}

/// The client's own id when it is harmless, else a new one.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        (1..=MAX_ID).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    // What looks like a token may be one that a client put in the wrong place, and the id goes into every log line.
    let plain = |id: &&str| matches!(redact(id), Cow::Borrowed(_));
    given.filter(harmless).filter(plain).map_or_else(|| Ulid::generate().to_string(), str::to_owned)
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

fn finish(headers: &mut HeaderMap, id: &str) {
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    for (name, value) in defaults {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
}
