//! From the bytes of a match request to a report and how it is to be answered.
//!
//! HTTP, batch lines, the command line and the examples of `check` all come through here, so that one text gets one
//! answer whichever way it came. A JSON body with `text` or `payload` is an envelope with options; every other body is
//! the report itself and takes its options from the query.

mod envelope;
mod options;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use crate::article::{Example, ExampleInput};
use crate::engine::MatchOptions;
use crate::report::decode::{Format, to_text, unpack};
use crate::report::json::Document;
use crate::report::{DecodeError, Incoming, Limits, Part, PartKind, Report, decode};

/// A report and how it is to be answered.
#[derive(Debug, Clone)]
pub struct MatchRequest {
    /// The report.
    pub report: Report,
    /// Limits, context and what to explain.
    pub options: MatchOptions,
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The body cannot be decoded.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A field or query parameter is wrong.
    #[error("{message}")]
    Field {
        /// What kind of mistake.
        kind: FieldMistake,
        /// The field, as a path: `limit`, `hints.status`.
        field: String,
        /// What is wrong and what would be right.
        message: String,
        /// Line and column in the body, from 1; `None` for query parameters.
        place: Option<(usize, usize)>,
        /// The known name that was most likely meant.
        nearest: Option<&'static str>,
    },
    /// Nothing readable came in.
    #[error("the report is empty: send an error text or a payload")]
    Empty,
}

/// What kind of mistake a [`RequestError::Field`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldMistake {
    /// No such field or parameter.
    Unknown,
    /// A value of the wrong type.
    WrongType,
    /// A value that is not allowed.
    OutOfRange,
    /// Given twice, or together with one that excludes it.
    Conflict,
}

/// A request as it came in.
#[derive(Debug, Clone, Copy, Hash)]
pub struct RawRequest<'a> {
    /// The body, not yet decompressed.
    pub body: &'a [u8],
    /// `Content-Type`; sniffed when absent.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`.
    pub content_encoding: Option<&'a str>,
    /// Decoded names and values of the query, in order. The envelope's own options go before them.
    pub query: &'a [(String, String)],
}

/// Reads a match request.
pub fn parse_match_request(request: RawRequest<'_>, limits: &Limits) -> Result<MatchRequest, RequestError> {
    let mut options = MatchOptions::default();
    options::read_query(request.query, &mut options)?;
    let body = unpack(request.body, request.content_encoding, limits)?;
    let report = if let Some((text, document)) = json_text(&body, request.content_type, limits.json_nodes)? {
        let mut reached = Vec::new();
        let parts = envelope::read(&text, &document, &mut options, limits, &mut reached)?;
        from_parts(parts, reached, &options, limits)
    } else {
        let incoming = Incoming { body: &body, content_type: request.content_type, content_encoding: None };
        decode(incoming, &options.hints, limits)?
    };
    if says_nothing(&report) { Err(RequestError::Empty) } else { Ok(MatchRequest { report, options }) }
}

impl MatchRequest {
    /// Reads an article's example as the request that would send it.
    pub fn from_example(example: &Example) -> Result<Self, RequestError> {
        let limits = Limits::default();
        let (body, content_type): (Cow<'_, str>, &str) = match &example.input {
            ExampleInput::Text { text, content_type } => {
                (Cow::Borrowed(text), content_type.as_deref().unwrap_or("text/plain"))
            }
            ExampleInput::Payload(value) => {
                (Cow::Owned(serde_json::json!({ "payload": value }).to_string()), "application/json")
            }
        };
        let request = RawRequest {
            body: body.as_bytes(),
            content_type: Some(content_type),
            content_encoding: None,
            query: &options::hints_as_query(&example.hints),
        };
        parse_match_request(request, &limits)
    }
}

/// The body as JSON when its type says so, or when it has no type and reads as an object.
fn json_text(
    body: &[u8],
    content_type: Option<&str>,
    max_nodes: usize,
) -> Result<Option<(String, Document)>, RequestError> {
    match Format::of(content_type) {
        Format::Json => {
            let (text, _) = to_text(body, content_type)?;
            if text.trim().is_empty() {
                return Err(RequestError::Empty);
            }
            let document = Document::parse(&text, max_nodes).map_err(DecodeError::from)?;
            Ok(Some((text, document)))
        }
        Format::Unknown => {
            let (text, _) = to_text(body, content_type)?;
            if !text.trim_start().starts_with('{') {
                return Ok(None);
            }
            Ok(Document::parse(&text, max_nodes).ok().map(|document| (text, document)))
        }
        _ => Ok(None),
    }
}

/// Whether no part holds anything: white space, `null`, `[]` and `{}` do not.
fn says_nothing(report: &Report) -> bool {
    let empty = |part: &Part| match part.kind {
        PartKind::Null | PartKind::EmptyArray | PartKind::EmptyObject => true,
        PartKind::Text | PartKind::Html | PartKind::Number | PartKind::Bool => part.text.trim().is_empty(),
    };
    report.parts.iter().all(empty)
}

fn from_parts(parts: Vec<Part>, reached: Vec<String>, options: &MatchOptions, limits: &Limits) -> Report {
    let mut report = Report::from_parts(parts, &options.hints, limits);
    report.limits_reached.splice(0..0, reached);
    report
}
