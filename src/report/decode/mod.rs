//! From request bytes to a [`Report`]: content-encoding, then charset, then the format that the content type names (or
//! that the text shows when it names none), each piece becoming a [`Part`] with an address. Peeling escapes inside the
//! parts is the job of views, not of this module.
//!
//! [`unpack`], [`to_text`] and [`parts_of_json`] are the steps of [`decode`] for callers that read a JSON envelope
//! around the report themselves.

mod charset;
mod content_type;
mod form;
mod json_parts;
mod multipart;
mod transfer;
mod unpack;

pub use charset::to_text;
pub use content_type::Format;
pub use json_parts::parts_of_json;
pub use multipart::multipart_files;
pub use unpack::unpack;

use content_type::Header;
use json_parts::read_json_lines;
use unpack::Allowance;

use super::json::{Document, JsonError};
use super::{Hints, Part, PartAddress, PartKind, Report};

/// Bytes as they came in and what the sender says of them.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// The body, not yet decompressed.
    pub body: &'a [u8],
    /// `Content-Type`, sniffed when absent.
    pub content_type: Option<&'a str>,
    /// `Content-Encoding`: `gzip`, `br`, `zstd`, `deflate`, `identity`, or several joined by commas.
    pub content_encoding: Option<&'a str>,
}

/// Bounds on what decoding reads and makes.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes that compressed content may unpack to.
    pub unpacked_bytes: usize,
    /// Most decoding layers over one part.
    pub depth: usize,
    /// Most views of one part, the raw one included.
    pub views_per_part: usize,
    /// Most bytes of decoded text over all views of a report.
    pub view_bytes: usize,
    /// Most fields, and most parts that the values of JSON or of a form become.
    pub fields: usize,
    /// Most JSON values in one document.
    pub json_nodes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unpacked_bytes: 16 << 20,
            depth: 4,
            views_per_part: 24,
            view_bytes: 64 << 20,
            fields: 50_000,
            json_nodes: 1 << 20,
        }
    }
}

/// Why bytes are no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// A content encoding or charset that is not known.
    #[error("{what} {name:?} is not supported; {known} are")]
    Unsupported {
        /// `content encoding` or `charset`.
        what: &'static str,
        /// As sent.
        name: String,
        /// What would be, in words.
        known: &'static str,
    },
    /// The content unpacks beyond the limit.
    #[error("the content unpacks to more than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Broken JSON in a body that is declared as JSON.
    #[error("broken JSON at line {line}, column {column}: {message}")]
    Json {
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The body does not have the form its headers say.
    #[error("the body is no {what}: {message}")]
    Malformed {
        /// `gzip data`, `multipart body`, …
        what: &'static str,
        /// What is wrong.
        message: String,
    },
}

impl From<JsonError> for DecodeError {
    fn from(error: JsonError) -> Self {
        Self::Json { line: error.line, column: error.column, message: error.message }
    }
}

/// Decodes a request body into a report.
///
/// The format is the one that the content type names; without a type, or with `application/octet-stream`, JSON, NDJSON
/// and HTML are recognised by what the text is. What is broken inside a file or a line of NDJSON is read as text and
/// said in [`Report::limits_reached`]; a body that is not what its headers say is an error.
pub fn decode(incoming: Incoming<'_>, hints: &Hints, limits: &Limits) -> Result<Report, DecodeError> {
    let body = unpack(incoming.body, incoming.content_encoding, limits)?;
    let mut budget = Budget::new(limits);
    let unmarked = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body);
    let parts = match Format::of(incoming.content_type) {
        Format::Form if form::is_form(unmarked) => form::read(unmarked, incoming.content_type, &mut budget)?,
        Format::Multipart => multipart::read(unmarked, incoming.content_type.unwrap_or_default(), &mut budget)?,
        format => {
            let (text, _) = to_text(&body, incoming.content_type)?;
            read_text(text, format, &Source::Body, &mut budget)?
        }
    };
    let mut report = Report::from_parts(parts, hints, limits);
    report.limits_reached.splice(0..0, budget.notes);
    Ok(report)
}

/// What reading one report may still make, and what had to be left out or read as plain text.
struct Budget<'a> {
    limits: &'a Limits,
    /// For the compressed files inside the body, all together.
    unpacked: Allowance,
    parts_left: usize,
    notes: Vec<String>,
}

impl<'a> Budget<'a> {
    fn new(limits: &'a Limits) -> Self {
        let unpacked = Allowance::new(limits.unpacked_bytes);
        Self { limits, unpacked, parts_left: limits.fields, notes: Vec::new() }
    }

    /// Adds a note, once.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

/// Where a text stands in the request.
enum Source {
    /// It is the body.
    Body,
    /// It is an uploaded file of this name.
    File(String),
}

impl Source {
    fn whole(&self) -> PartAddress {
        match self {
            Self::Body => PartAddress::Body,
            Self::File(name) => PartAddress::File { name: name.clone(), pointer: None },
        }
    }

    fn pointer(&self, pointer: String) -> PartAddress {
        match self {
            Self::Body => PartAddress::Pointer(pointer),
            Self::File(name) => PartAddress::File { name: name.clone(), pointer: Some(pointer) },
        }
    }
}

/// Takes a text apart by its format.
fn read_text(text: String, format: Format, source: &Source, budget: &mut Budget) -> Result<Vec<Part>, DecodeError> {
    let whole = |text: String, kind: PartKind| vec![Part { address: source.whole(), text, kind }];
    Ok(match format {
        Format::Json => match Document::parse(&text, budget.limits.json_nodes) {
            Ok(document) => json_parts::read_document(&text, &document, source, budget),
            Err(error) => match source {
                Source::Body => return Err(error.into()),
                Source::File(name) => {
                    budget.note(format!("file {name:?} is broken JSON and was read as text: {error}"));
                    whole(text, PartKind::Text)
                }
            },
        },
        Format::JsonLines => read_json_lines(&text, source, budget),
        Format::Html => whole(text, PartKind::Html),
        Format::Unknown => {
            let start = text.trim_start();
            if start.starts_with(['{', '['])
                && let Ok(document) = Document::parse(&text, budget.limits.json_nodes)
            {
                json_parts::read_document(&text, &document, source, budget)
            } else if json_parts::are_json_lines(&text, budget.limits.json_nodes) {
                read_json_lines(&text, source, budget)
            } else {
                let kind = if content_type::starts_as_html(start) { PartKind::Html } else { PartKind::Text };
                whole(text, kind)
            }
        }
        Format::Form | Format::Multipart | Format::Text => whole(text, PartKind::Text),
    })
}

#[cfg(test)]
mod tests;
