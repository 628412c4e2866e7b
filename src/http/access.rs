//! Who may call which address.
//!
//! [`TABLE`] says what every address needs. It is enforced by the resource itself, after routing, so that no spelling of
//! a path gets around it; an address that stands in no row needs `admin`.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{AUTHORIZATION, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::middleware::Next;
use actix_web::{HttpMessage as _, HttpRequest, web};

use super::state::State;
use super::{ApiError, Kind};
use crate::access::{ApiKey, Presented, Refusal, Scope, presented};

/// The other header that a key may stand in.
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// What an address needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing: it is public, or the request proves itself in its own way (signatures of platforms, signed links).
    Nothing,
    /// Once there are keys, one that may look for answers.
    Match,
    /// Once there are keys, one that may read.
    Read,
    /// Once there are keys, one that may write.
    Write,
    /// Once there are keys, one that may do everything, or one for an endpoint, which is shown nothing of others.
    Endpoint,
    /// Once there are keys, one that may do everything.
    Admin,
}

/// What every address needs, by method.
const TABLE: &[(&str, &[(&str, Need)])] = &[
    ("/v1/match", &[("POST", Need::Match)]),
    ("/v1/match/batch", &[("POST", Need::Match)]),
    ("/v1/lookup", &[("GET", Need::Match)]),
    ("/mcp", &[("POST", Need::Match)]),
    ("/v1/articles", &[("GET", Need::Read)]),
    (
        "/v1/articles/{id}",
        &[("GET", Need::Read), ("PUT", Need::Write), ("PATCH", Need::Write), ("DELETE", Need::Write)],
    ),
    ("/v1/articles/{id}/revisions", &[("GET", Need::Read)]),
    ("/v1/import", &[("POST", Need::Write)]),
    // Whoever may ask may say whether the answer helped.
    ("/v1/feedback", &[("GET", Need::Read), ("POST", Need::Match)]),
    ("/v1/feedback/{id}", &[("DELETE", Need::Write)]),
    ("/v1/feedback/{id}/example", &[("POST", Need::Write)]),
    ("/v1/reports/{id}", &[("GET", Need::Read), ("DELETE", Need::Admin)]),
    ("/v1/deliveries", &[("GET", Need::Endpoint)]),
    ("/v1/deliveries/{id}", &[("GET", Need::Endpoint)]),
    ("/v1/deliveries/{id}/retry", &[("POST", Need::Endpoint)]),
    ("/v1/webhooks/{connector}/{name}", &[("POST", Need::Nothing), ("GET", Need::Nothing)]),
    ("/v1/chat/{connector}/{name}", &[("POST", Need::Nothing), ("GET", Need::Nothing)]),
    ("/f/{token}", &[("GET", Need::Nothing), ("POST", Need::Nothing)]),
    ("/articles/{id}", &[("GET", Need::Nothing)]),
    // What a problem's `type` points at, the same in every installation.
    ("/errors/{slug}", &[("GET", Need::Nothing)]),
    ("/health/live", &[("GET", Need::Nothing)]),
    ("/health/ready", &[("GET", Need::Nothing)]),
    ("/metrics", &[("GET", Need::Read)]),
    ("/openapi.json", &[("GET", Need::Read)]),
    ("/docs", &[("GET", Need::Read)]),
    ("/docs/{file:.*}", &[("GET", Need::Read)]),
    ("/", &[("GET", Need::Read)]),
];

/// Who sent a request, for handlers that have a say of their own in what a key may do.
#[derive(Debug, Clone)]
pub(super) enum Caller {
    /// Nobody is asked: there are no keys.
    Open,
    /// The holder of a key.
    Key(Arc<ApiKey>),
    /// Somebody without a key that counts; why not, when one was shown.
    Stranger(Option<&'static str>),
}

impl Caller {
    /// Whether the caller may do what `scope` names.
    pub(super) fn may(&self, scope: &Scope) -> bool {
        match self {
            Self::Open => true,
            Self::Key(key) => key.scopes.allow(scope),
            Self::Stranger(_) => false,
        }
    }

    /// The endpoints that the caller's key names, each with its connector.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        let key = match self {
            Self::Key(key) => Some(key),
            Self::Open | Self::Stranger(_) => None,
        };
        key.into_iter().flat_map(|key| key.scopes.endpoints())
    }

    /// Whether the caller may call an address that needs this.
    fn meets(&self, need: Need) -> bool {
        let one_endpoint = need == Need::Endpoint && self.endpoints().next().is_some();
        one_endpoint || need.scope().is_none_or(|scope| self.may(&scope))
    }
}

/// Who sent a request.
pub(super) fn caller(request: &HttpRequest) -> Caller {
    request.extensions().get::<Caller>().cloned().unwrap_or(Caller::Stranger(None))
}

impl Need {
    fn scope(self) -> Option<Scope> {
        match self {
            Self::Nothing => None,
            Self::Match => Some(Scope::Match),
            Self::Read => Some(Scope::Read),
            Self::Write => Some(Scope::Write),
            Self::Endpoint | Self::Admin => Some(Scope::Admin),
        }
    }
}

/// What a method of an address needs; whatever stands in no row needs everything.
fn need(path: &str, method: &str) -> Need {
    let method = if method == "HEAD" { "GET" } else { method };
    let methods = TABLE.iter().find(|(known, _)| *known == path).map_or(&[][..], |(_, methods)| methods);
    methods.iter().find(|(known, _)| *known == method).map_or(Need::Admin, |(_, need)| *need)
}

/// Finds out who sent a request, and counts it.
pub(super) fn identify(request: &ServiceRequest, state: &State) -> Result<Caller, ApiError> {
    let values = |name: HeaderName| request.headers().get_all(name).map(HeaderValue::as_bytes);
    let ring = state.service.keyring();
    let caller = match presented(values(AUTHORIZATION), values(API_KEY)) {
        _ if !ring.is_locked() => Caller::Open,
        Presented::Nothing => Caller::Stranger(None),
        Presented::Unreadable => Caller::Stranger(Some(Refusal::Unknown.in_words())),
        Presented::Key(key) => match ring.check(&key, state.service.clock().now()) {
            Ok(key) => Caller::Key(key),
            Err(refusal) => Caller::Stranger(Some(refusal.in_words())),
        },
    };
    let counted = match &caller {
        Caller::Key(key) => state.limiter.key(&key.id),
        Caller::Open | Caller::Stranger(_) => {
            let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
            state.limiter.address(peer)
        }
    };
    match counted {
        Ok(()) => Ok(caller),
        Err(wait) => {
            state.service.telemetry().refused("rate_limit");
            Err(too_many(wait))
        }
    }
}

fn too_many(wait: Duration) -> ApiError {
    // A fraction of a second is told as a whole one: the header knows no less.
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    let detail = format!("too many requests; the next is taken in {} ms", wait.as_millis().max(1));
    ApiError::new(Kind::RateLimited, detail).header(RETRY_AFTER, &seconds.max(1).to_string())
}

/// Lets a request through to an address when its sender may call it.
pub(super) async fn gate(
    path: &'static str,
    allow: &'static str,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let method = request.method().as_str();
    let need = need(path, method);
    if let Some(wanted) = need.scope() {
        let caller = caller(request.request());
        if let Err(error) = admit(&caller, need, &wanted, allow.split(", ").any(|known| known == method), allow) {
            if let Some(state) = request.app_data::<web::Data<State>>() {
                state.service.telemetry().refused(error.kind().slug());
            }
            return Ok(request.error_response(error));
        }
    }
    next.call(request).await
}

/// Whether a caller may go on. A method that an address does not take is told to whoever holds a key.
fn admit(caller: &Caller, need: Need, wanted: &Scope, takes_method: bool, allow: &'static str) -> Result<(), ApiError> {
    if let Caller::Stranger(why) = caller {
        return Err(unauthorized(*why));
    }
    if !takes_method {
        return Err(ApiError::method_not_allowed(allow));
    }
    if caller.meets(need) {
        return Ok(());
    }
    let or_one =
        if need == Need::Endpoint { " (or endpoint:CONNECTOR/NAME, for what came for one endpoint)" } else { "" };
    let detail =
        format!("the key lacks the scope {wanted}{or_one}; make one with: kbmatch keys create NAME --scope {wanted}");
    let challenge = format!("Bearer realm=\"kbmatch\", error=\"insufficient_scope\", scope=\"{wanted}\"");
    Err(ApiError::new(Kind::MissingScope, detail).header(WWW_AUTHENTICATE, &challenge))
}

fn unauthorized(why: Option<&'static str>) -> ApiError {
    let (detail, challenge) = match why {
        Some(why) => (why, "Bearer realm=\"kbmatch\", error=\"invalid_token\""),
        None => (
            "this address needs an API key in the header Authorization or X-API-Key; make one with: kbmatch keys create NAME",
            "Bearer realm=\"kbmatch\"",
        ),
    };
    ApiError::new(Kind::Unauthorized, detail).header(WWW_AUTHENTICATE, challenge)
}

/// Whether the table knows every method that an address says it takes.
pub(super) fn knows(path: &str, allow: &str) -> bool {
    let row = TABLE.iter().find(|(known, _)| *known == path);
    row.is_some_and(|(_, methods)| {
        allow.split(", ").filter(|method| *method != "HEAD").all(|m| methods.iter().any(|(known, _)| *known == m))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_proves_itself_or_is_public_needs_nothing() {
        let public: Vec<&str> = TABLE
            .iter()
            .filter(|(_, methods)| methods.iter().any(|(_, need)| *need == Need::Nothing))
            .map(|(path, _)| *path)
            .collect();
        assert_eq!(
            public,
            [
                "/v1/webhooks/{connector}/{name}",
                "/v1/chat/{connector}/{name}",
                "/f/{token}",
                "/articles/{id}",
                "/errors/{slug}",
                "/health/live",
                "/health/ready"
            ]
        );
        assert_eq!(need("/v1/articles/{id}", "HEAD"), Need::Read);
        assert_eq!(need("/v1/articles/{id}", "TRACE"), Need::Admin);
        assert_eq!(need("/v1/new", "GET"), Need::Admin);
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        for (millis, expected) in [(1, "1"), (1000, "1"), (1001, "2")] {
            let response = too_many(Duration::from_millis(millis)).response("");
            assert_eq!(
                (response.status().as_u16(), response.headers().get(RETRY_AFTER)),
                (429, Some(&expected.parse().unwrap()))
            );
        }
    }
}
