//! Bodies and queries, read with limits.
//!
//! Actix's own extractors are not used: they read JSON by recursion, unpack without a limit on what comes out, and
//! wait for ever on a body that stalls.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use actix_web::http::header::{self, HeaderName};
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use tokio::time::Instant;
use tokio::time::error::Elapsed;

use super::{ApiError, Kind};

/// A body without progress for this long is given up.
pub(super) const STALL: Duration = Duration::from_secs(10);
/// A body over the limit is read on for so many bytes at most, so that the client gets to see the answer.
const DRAIN: usize = 256 << 10;

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(request: &HttpRequest, payload: &mut web::Payload, limit: usize) -> Result<Bytes, ApiError> {
    let too_large = || {
        let detail = format!("the body is larger than the {limit} bytes that are accepted here");
        ApiError::new(Kind::BodyTooLarge, detail).closing()
    };
    let declared = header(request, &header::CONTENT_LENGTH).and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        drain(payload).await;
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    let mut first: Option<Bytes> = None;
    loop {
        let Ok(next) = next_within(payload, STALL).await else {
            let detail = "no byte of the body arrived for 10 seconds";
            return Err(ApiError::new(Kind::BodyTimeout, detail).closing());
        };
        let chunk = match next {
            None => break,
            Some(Err(error)) => {
                return Err(ApiError::new(Kind::MalformedBody, format!("the body broke off: {error}")).closing());
            }
            Some(Ok(chunk)) => chunk,
        };
        let so_far = first.as_ref().map_or(body.len(), Bytes::len);
        if so_far + chunk.len() > limit {
            drain(payload).await;
            return Err(too_large());
        }
        // Most bodies arrive in one piece, which then needs no copy.
        match first.take() {
            None if body.is_empty() => first = Some(chunk),
            None => body.extend_from_slice(&chunk),
            Some(earlier) => {
                body.reserve(declared.unwrap_or(0).min(limit).max(earlier.len() + chunk.len()));
                body.extend_from_slice(&earlier);
                body.extend_from_slice(&chunk);
            }
        }
    }
    Ok(first.unwrap_or_else(|| body.freeze()))
}

/// The next piece of a body, if it comes in time.
async fn next_within<T>(body: &mut (impl Stream<Item = T> + Unpin), time: Duration) -> Result<Option<T>, Elapsed> {
    // What came with the head of a request is there at the second look. To set a timer and to take it back takes longer.
    let mut looks = 0;
    let soon = poll_fn(|context| match body.poll_next_unpin(context) {
        Poll::Ready(next) => Poll::Ready(Some(next)),
        Poll::Pending if looks > 0 => Poll::Ready(None),
        Poll::Pending => {
            looks += 1;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    });
    match soon.await {
        Some(next) => Ok(next),
        None => tokio::time::timeout(time, body.next()).await,
    }
}

/// Reads a little of what is not wanted: a client that is still sending sees a reset instead of the answer otherwise.
async fn drain(payload: &mut web::Payload) {
    // Whether all of it came does not matter.
    skip(payload, DRAIN, Duration::from_millis(500)).await;
}

/// Reads a body and keeps nothing of it; `false` when it is longer than `limit` bytes or does not end in time, so that
/// the connection cannot go on.
pub(super) async fn skip<E>(
    payload: &mut (impl Stream<Item = Result<Bytes, E>> + Unpin),
    limit: usize,
    time: Duration,
) -> bool {
    let mut left = limit;
    let end = Instant::now() + time;
    loop {
        match next_within(payload, end.saturating_duration_since(Instant::now())).await {
            Ok(None | Some(Err(_))) => return true,
            Ok(Some(Ok(chunk))) => match left.checked_sub(chunk.len()) {
                Some(rest) => left = rest,
                None => return false,
            },
            Err(_) => return false,
        }
    }
}

/// A header as text; `None` when it is absent or no ASCII text.
pub(super) fn header<'r>(request: &'r HttpRequest, name: &HeaderName) -> Option<&'r str> {
    request.headers().get(name).and_then(|value| value.to_str().ok())
}

/// Decoded names and values of the query, in order.
pub(super) fn query(request: &HttpRequest) -> Result<Vec<(String, String)>, ApiError> {
    if request.query_string().is_empty() {
        return Ok(Vec::new());
    }
    web::Query::<Vec<(String, String)>>::from_query(request.query_string())
        .map(web::Query::into_inner)
        .map_err(|error| ApiError::new(Kind::InvalidRequest, format!("the query cannot be read: {error}")))
}

/// The parameters of a query that takes only `known` ones, by name.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the query and refuses parameters that are not known.
    pub(super) fn read(request: &HttpRequest, known: &[&'static str]) -> Result<Self, ApiError> {
        let query = query(request)?;
        match query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(Self(query)),
            Some((name, _)) => {
                let shown: String = name.chars().take(60).collect();
                let nearest = crate::text::nearest(name, known);
                let meant = match nearest {
                    Some(near) => format!("did you mean {near:?}?"),
                    None if known.is_empty() => "this address takes none".to_owned(),
                    None => format!("known are {}", known.join(", ")),
                };
                let detail = format!("unknown query parameter {shown:?}; {meant}");
                Err(ApiError::new(Kind::UnknownField, detail).field(shown).nearest(nearest))
            }
        }
    }

    /// The last value given for a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that is on when it is there, `true` or `1`.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, ApiError> {
        match self.get(name) {
            None | Some("false" | "0") => Ok(false),
            Some("" | "true" | "1") => Ok(true),
            Some(_) => Err(ApiError::new(Kind::OutOfRange, format!("{name} must be true or false")).field(name)),
        }
    }

    /// A whole number from 1 to `most`.
    pub(super) fn count(&self, name: &'static str, default: usize, most: usize) -> Result<usize, ApiError> {
        let Some(value) = self.get(name) else { return Ok(default) };
        value.parse().ok().filter(|count| (1..=most).contains(count)).ok_or_else(|| {
            ApiError::new(Kind::OutOfRange, format!("{name} must be a whole number from 1 to {most}")).field(name)
        })
    }
}

/// The type and subtype of a `Content-Type`, in lower case, without parameters.
pub(super) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The one of `offered` types that an `Accept` header likes best, the first when it does not say; `None` when it
/// refuses all.
pub(super) fn negotiate(accept: Option<&str>, offered: &[&'static str]) -> Option<&'static str> {
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return offered.first().copied() };
    let wanted: Vec<(String, f32)> = accept
        .split(',')
        .take(64)
        .map(|range| {
            let quality = range.split(';').skip(1).find_map(|p| p.trim().strip_prefix("q=")?.trim().parse().ok());
            (essence(range), quality.unwrap_or(1.0))
        })
        .collect();
    let quality_of = |offer: &str| {
        let family = offer.split('/').next().unwrap_or_default();
        let fit = |range: &str| match range {
            range if range == offer => 3,
            range if range.strip_suffix("/*") == Some(family) => 2,
            "*/*" => 1,
            _ => 0,
        };
        // The most specific range decides (RFC 9110, 12.5.1).
        let best = wanted.iter().map(|(range, quality)| (fit(range), *quality)).filter(|(fit, _)| *fit > 0);
        best.max_by_key(|(fit, _)| *fit).map_or(0.0, |(_, quality)| quality)
    };
    let mut chosen: Option<(&'static str, f32)> = None;
    for offer in offered {
        let quality = quality_of(offer);
        if quality > chosen.map_or(0.0, |(_, best)| best) {
            chosen = Some((offer, quality));
        }
    }
    chosen.map(|(offer, _)| offer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_chosen_as_accept_says() {
        let offered = ["application/json", "text/markdown", "text/plain"];
        for (accept, expected) in [
            (None, Some("application/json")),
            (Some("*/*"), Some("application/json")),
            (Some("text/markdown"), Some("text/markdown")),
            (Some("text/*"), Some("text/markdown")),
            (Some("text/plain;q=0.9, text/markdown;q=0.1"), Some("text/plain")),
            (Some("text/plain, */*;q=0.1"), Some("text/plain")),
            (Some("application/json;q=0, */*"), Some("text/markdown")),
            (Some("image/png"), None),
        ] {
            assert_eq!(negotiate(accept, &offered), expected, "{accept:?}");
        }
    }
}
