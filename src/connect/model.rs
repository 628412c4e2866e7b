//! What every platform's requests become, and what is sent back.

use std::fmt;

use jiff::Timestamp;

/// A request as it arrived: the bytes as sent, before anything is parsed.
#[derive(Debug, Clone, Default)]
pub struct InboundRequest<'a> {
    /// Header names in lower case with their values, in the order sent. A value that is not ASCII was refused before.
    pub headers: Vec<(String, String)>,
    /// The body, neither decompressed nor parsed.
    pub body: &'a [u8],
}

impl InboundRequest<'_> {
    /// The value of a header that may occur once; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What happened to the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TicketEvent {
    /// It was opened.
    Opened,
    /// Somebody wrote a comment.
    Commented,
    /// Its text was changed.
    Edited,
}

/// Who wrote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorKind {
    /// The person who has the problem.
    Customer,
    /// Somebody of the support team.
    Agent,
    /// A program.
    Bot,
    /// The platform itself.
    System,
}

/// Who wrote the text. Names and addresses are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The platform's identifier.
    pub external_id: String,
    /// What they are.
    pub kind: AuthorKind,
}

/// A file that came with the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// File name.
    pub name: String,
    /// Media type as the platform says.
    pub media_type: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Where it can be fetched.
    pub url: Option<String>,
    /// Its text, where the event carries it.
    pub text: Option<String>,
}

/// A ticket or a comment on one.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundTicket {
    /// The platform's identifier of the delivery, the same over its retries.
    pub delivery_id: Option<String>,
    /// What the reply call needs: ticket id, issue key, `owner/repo#12`, `account/conversation`.
    pub external_id: String,
    /// Set when a comment came in.
    pub comment_id: Option<String>,
    /// What happened.
    pub event: TicketEvent,
    /// By the platform's clock; for ordering only.
    pub occurred_at: Option<Timestamp>,
    /// Subject, plain text.
    pub subject: String,
    /// Text, after HTML, Markdown or document to plain text.
    pub body_text: String,
    /// Files.
    pub attachments: Vec<Attachment>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// Language tag.
    pub locale: Option<String>,
    /// Tags and labels.
    pub tags: Vec<String>,
}

impl InboundTicket {
    /// A ticket of which nothing but its identifier is known.
    pub fn new(external_id: String, event: TicketEvent) -> Self {
        Self {
            delivery_id: None,
            external_id,
            comment_id: None,
            event,
            occurred_at: None,
            subject: String::new(),
            body_text: String::new(),
            attachments: Vec::new(),
            author: None,
            locale: None,
            tags: Vec::new(),
        }
    }
}

/// What a genuine request turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Text to match.
    Ticket(Box<InboundTicket>),
    /// Not for us: another event, our own note, a system note. The reason is a stable word: `event`, `own_note`,
    /// `internal`, `author`, `ping`.
    Ignored(&'static str),
}

/// A genuine request that cannot be read: it is kept as dead with this error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Unreadable {
    /// JSON pointer or name of the field.
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

/// How a call proves who we are.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// No proof.
    None,
    /// `Authorization: Bearer …`.
    Bearer(Secret),
    /// `Authorization: Basic …`.
    Basic(Secret, Secret),
    /// A header of the platform's own.
    Header(String, Secret),
}

/// A secret that no log line, error or `Debug` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for a signature or a request.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Bearer(_) => "Bearer(…)",
            Self::Basic(..) => "Basic(…)",
            Self::Header(..) => "Header(…)",
        })
    }
}

/// Method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Replaces.
    Put,
    /// Changes a part.
    Patch,
    /// Removes.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

/// A call to a platform, complete but for the credential. The address is a path below the endpoint's base URL, so that a
/// connector cannot send anything elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundCall {
    /// Method.
    pub method: Method,
    /// Path and query below the base URL, starting with `/`.
    pub path: String,
    /// Headers beside credential and content type.
    pub headers: Vec<(&'static str, String)>,
    /// JSON body.
    pub body: Option<serde_json::Value>,
}

/// What a platform answered to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboundResponse {
    /// HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body, at most what the transport keeps.
    pub body: Vec<u8>,
}
