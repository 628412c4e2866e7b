//! What the requests of ticketing and of chat platforms share: the endpoint they are for, their bytes, what they are refused
//! with.

use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpMessage as _, HttpRequest, web};
use bytes::Bytes;

use super::surround::RequestId;
use super::{ApiError, Kind, body};
use crate::delivery::{Addressed, Deliveries, IntakeError, Served};

/// The id of a request.
pub(super) fn id_of(request: &HttpRequest) -> String {
    request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default()
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

pub(super) fn unknown() -> ApiError {
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
        IntakeError::Unauthorized => ApiError::new(Kind::NotGenuine, "the request is not proved genuine"),
        IntakeError::Unavailable(seconds) => {
            ApiError::new(Kind::Overloaded, "the delivery cannot be stored now; send it again")
                .header(RETRY_AFTER, &seconds.to_string())
        }
    }
}
