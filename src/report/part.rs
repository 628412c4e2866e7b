//! Parts: the pieces of a request that a caller can point at.

use std::fmt;

/// Position of a part in [`Report::parts`](super::Report::parts).
pub type PartIndex = usize;

/// A piece of the request with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// How the caller names it.
    pub address: PartAddress,
    /// Its text as the caller's own decoder gives it: after content-encoding and charset and, for JSON, parsing of
    /// the outer document. Numbers, `true`, `false` and `null` stand as JSON writes them, empty containers as `[]`, `{}`.
    pub text: String,
    /// What kind of value the text is.
    pub kind: PartKind,
}

/// What kind of value a part holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartKind {
    /// Text: a string, a body, a form field, a log.
    Text,
    /// HTML source.
    Html,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `null`.
    Null,
    /// `[]`.
    EmptyArray,
    /// `{}`.
    EmptyObject,
}

/// How a caller names a part. Displayed as `body`, `/text`, `form.passkey`, `file:trace.log`,
/// `file:capture.har#/log/entries/0/response/status`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartAddress {
    /// The whole body.
    Body,
    /// A JSON pointer (RFC 6901) into the body; in NDJSON the first token is the line's index from 0.
    Pointer(String),
    /// A form field, by name.
    Form(String),
    /// An uploaded file, and where it is JSON the pointer into it.
    File {
        /// File name as sent, without folders.
        name: String,
        /// JSON pointer into the file.
        pointer: Option<String>,
    },
}

impl fmt::Display for PartAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Body => f.write_str("body"),
            // The pointer to a whole document is empty, which reads badly alone.
            Self::Pointer(pointer) if pointer.is_empty() => f.write_str("body"),
            Self::Pointer(pointer) => f.write_str(pointer),
            Self::Form(name) => write!(f, "form.{name}"),
            Self::File { name, pointer: None } => write!(f, "file:{name}"),
            Self::File { name, pointer: Some(pointer) } => write!(f, "file:{name}#{pointer}"),
        }
    }
}
