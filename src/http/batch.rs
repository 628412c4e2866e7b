//! `POST /v1/match/batch`: one request on each line, one answer on each line.

use std::ops::Range;

use actix_web::http::header::CONTENT_ENCODING;
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::matching::{to_json, to_json_now};
use super::state::State;
use super::surround::RequestId;
use super::{ApiError, Kind, Problem, body};
use crate::report::Limits;
use crate::report::decode::unpack;
use crate::service::request::RawRequest;

/// Lines that are worked on ahead of the one that is written.
const AHEAD: usize = 4;
/// Lines that are answered in one piece of work and written at once.
const LINES: usize = 32;
/// Bytes of lines in one piece of work, beyond which no line is added.
const BYTES: usize = 256 << 10;

/// Match many reports.
///
/// Each line is a request as `/v1/match` takes it in JSON. The answers come in the same order, one a line; a line that
/// cannot be answered gives a problem object on its line and does not stop the others. Empty lines are passed over.
#[utoipa::path(
    post, path = "/v1/match/batch", tag = "match",
    request_body(content = String, content_type = "application/x-ndjson"),
    responses(
        (status = 200, description = "An answer or a problem on each line", content_type = "application/x-ndjson", body = String),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn answer_lines(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    // All of it is read first: a client that writes everything before it reads anything would wait for ever otherwise.
    let packed = body::read(&request, &mut payload, state.max_import_bytes).await?;
    let encoding = body::header(&request, &CONTENT_ENCODING).map(str::to_owned);
    let lines = match encoding {
        None => packed,
        Some(encoding) => {
            let limits = Limits { unpacked_bytes: state.max_import_bytes, ..state.limits.clone() };
            let unpacking =
                move || unpack(&packed, Some(&encoding), &limits).map(|body| Bytes::from(body.into_owned()));
            state.pool.run(unpacking).await??
        }
    };
    let id = request.extensions().get::<RequestId>().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let pieces = Pieces { text: lines.clone(), at: 0 };
    let answers = stream::iter(pieces)
        .map(move |piece| {
            let (state, id, text) = (state.clone(), id.clone(), lines.slice(piece));
            async move {
                let shared = state.clone();
                state.pool.run_patiently(move || answer_piece(&text, &id, &shared)).await
            }
        })
        .buffered(AHEAD);
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(answers))
}

/// Runs of whole lines of a text.
struct Pieces {
    text: Bytes,
    at: usize,
}

impl Iterator for Pieces {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        for _ in 0..LINES {
            let rest = &self.text[self.at..];
            if rest.is_empty() || self.at - start >= BYTES {
                break;
            }
            self.at += memchr::memchr(b'\n', rest).map_or(rest.len(), |newline| newline + 1);
        }
        (self.at > start).then_some(start..self.at)
    }
}

fn answer_piece(text: &[u8], id: &str, state: &State) -> Bytes {
    let mut written = Vec::with_capacity(text.len());
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let answered = if line.len() > state.max_report_bytes {
            let detail = format!("the line is larger than the {} bytes that are accepted here", state.max_report_bytes);
            Err(ApiError::new(Kind::BodyTooLarge, detail))
        } else {
            let raw =
                RawRequest { body: line, content_type: Some("application/json"), content_encoding: None, query: &[] };
            to_json_now(raw, state)
        };
        let json = answered.or_else(|error| to_json(&error.shown(id)));
        written.extend_from_slice(&json.unwrap_or_default());
        written.push(b'\n');
    }
    Bytes::from(written)
}
