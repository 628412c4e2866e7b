//! Refuses reports while a worker is behind, before anything else is done for them.
//!
//! Under overload the time spent on what is refused is lost to what is answered, so a refused report costs no more than
//! its way through the sockets: no span, no log line of its own, no look at who sent it, and a body that is the same for
//! all but for the request's id.

use std::sync::LazyLock;

use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use actix_web::{HttpMessage as _, HttpResponse};

use super::lag::Lag;
use super::state::State;
use super::surround::{RequestId, finish};
use super::{ApiError, Kind, PROBLEM_JSON, body};

/// The address whose requests are refused; it is the one whose work is done on the thread that serves requests.
const ROUTE: &str = "/v1/match";

/// The problem up to the id of the request.
static PROBLEM: LazyLock<String> = LazyLock::new(|| {
    let error = ApiError::new(Kind::Overloaded, "more reports come in than can be matched; try again in a second");
    let mut problem = serde_json::to_string(&error.shown("")).unwrap_or_default();
    problem.truncate(problem.len().saturating_sub(1));
    problem + ",\"request_id\":\""
});

/// Whether a request is one too many for the worker that got it.
pub(super) fn is_refused(request: &ServiceRequest) -> bool {
    request.path() == ROUTE
        && request.method() == Method::POST
        && request.app_data::<Lag>().is_some_and(|lag| !lag.admits())
}

/// Answers a request that is refused. Its body is read first, since a connection with half a request in it would have to
/// be closed.
pub(super) async fn refuse(mut request: ServiceRequest, state: &State, id: &RequestId) -> ServiceResponse {
    let mut payload = request.take_payload();
    let whole = body::skip(&mut payload, state.max_report_bytes, body::STALL).await;
    let mut response = HttpResponse::ServiceUnavailable();
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON)));
    response.insert_header((RETRY_AFTER, HeaderValue::from_static("1")));
    if !whole {
        response.insert_header((CONNECTION, HeaderValue::from_static("close")));
    }
    // An id holds no character that JSON escapes.
    let mut response = response.body([PROBLEM.as_str(), id.as_str(), "\"}"].concat());
    finish(response.headers_mut(), id);
    state.service.telemetry().request(Method::POST.as_str(), Some(ROUTE), response.status().as_u16());
    request.into_response(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_problem_is_that_of_every_other_refusal() {
        let whole = format!("{}abc\"}}", *PROBLEM);
        let read: serde_json::Value = serde_json::from_str(&whole).unwrap();
        let detail = read["detail"].as_str().unwrap().to_owned();
        let shown = ApiError::new(Kind::Overloaded, detail).shown("abc");
        assert_eq!(read, serde_json::to_value(shown).unwrap());
    }
}
