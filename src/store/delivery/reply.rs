//! A reply as it is stored: a note of a ticket, or a call of a chat platform.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::FromRow;

/// A reply.
#[derive(Debug, Clone, PartialEq, FromRow, Serialize)]
pub struct ReplyRow {
    /// ULID.
    pub id: String,
    /// The first delivery that wanted it; its ULID is in the marker.
    pub delivery_id: String,
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// The ticket, or the question of a chat.
    pub external_id: String,
    /// The article; empty for a call of a chat platform.
    pub article_id: String,
    /// Its revision.
    pub revision: u32,
    /// Its confidence.
    pub confidence: f64,
    /// `note`, `public`, `chat`, or `follow` for a call that follows when nothing matched.
    pub kind: String,
    /// `post`, `edit` or `withdraw`.
    pub action: String,
    /// The note, or the call of a chat platform, as JSON.
    pub body: Option<String>,
    /// Counts the texts.
    pub version: i64,
    /// The text that was being sent last, and the article's revision that it is of.
    pub sending_version: i64,
    /// See there.
    pub sending_revision: u32,
    /// The article's revision that the note on the ticket shows; `None` where none of ours is known to be there.
    pub posted_revision: Option<u32>,
    /// Finds the note again.
    pub marker: String,
    /// Where it stands.
    pub state: String,
    /// Whether an earlier call may have been carried out.
    pub check_first: bool,
    /// Calls made for the current text.
    pub attempts: i64,
    /// When it is due, in microseconds.
    pub next_attempt_at: i64,
    /// When it was made, in microseconds.
    pub created_at: i64,
    /// When the last delivery that wanted it came in, in microseconds.
    pub wanted_at: i64,
    /// When it was sent, in microseconds.
    pub sent_at: Option<i64>,
    /// The platform's identifier of the note.
    pub external_reply_id: Option<String>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Of the request that wanted its text.
    pub request_id: Option<String>,
}

impl ReplyRow {
    /// A note to be posted at once, without its article and text.
    pub fn queued(id: String, delivery_id: &str, endpoint: (&str, &str), external_id: String, now: Timestamp) -> Self {
        let now = now.as_microsecond();
        Self {
            id,
            delivery_id: delivery_id.to_owned(),
            connector: endpoint.0.to_owned(),
            endpoint: endpoint.1.to_owned(),
            external_id,
            article_id: String::new(),
            revision: 0,
            confidence: 0.0,
            kind: "note".to_owned(),
            action: "post".to_owned(),
            body: None,
            version: 1,
            sending_version: 0,
            sending_revision: 0,
            posted_revision: None,
            marker: format!("kbmatch:{delivery_id}"),
            state: "queued".to_owned(),
            check_first: false,
            attempts: 0,
            next_attempt_at: now,
            created_at: now,
            wanted_at: now,
            sent_at: None,
            external_reply_id: None,
            last_error: None,
            request_id: None,
        }
    }

    /// Whether its note is on the ticket, as far as is known.
    pub fn is_posted(&self) -> bool {
        self.state == "sent" || self.posted_revision.is_some() || self.external_reply_id.is_some()
    }

    /// Whether its note is on the ticket or may be: a call that posts it broke off.
    pub fn may_be_posted(&self) -> bool {
        self.is_posted() || self.check_first || matches!(self.state.as_str(), "sending" | "unknown")
    }
}

const COLUMNS: &str = "replies.id, delivery_id, connector, endpoint, external_id, article_id, revision, confidence, kind, action,
    body, version, sending_version, sending_revision, posted_revision, marker, state, check_first, attempts, next_attempt_at, created_at, wanted_at, sent_at,
    external_reply_id, last_error, request_id";

/// A statement that gives whole replies.
pub(super) fn with_columns(before: &str, after: &str) -> sqlx::AssertSqlSafe<String> {
    sqlx::AssertSqlSafe(format!("{before} {COLUMNS} {after}"))
}
