//! Deliveries and replies as they are shown to people and programs.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{DeliveryRow, ReplyRow};

/// A delivery.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeliveryView {
    /// Identifier, a ULID.
    pub id: String,
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// What happened to the ticket: `opened`, `commented`, `edited`, or `none`.
    pub event: String,
    /// The ticket.
    pub external_id: String,
    /// When it came in.
    pub received_at: String,
    /// `received`, `matched`, `replied`, `no_match`, `ignored`, `failed` or `dead`.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// Times that matching failed.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The report that its text was matched as.
    pub report_id: Option<String>,
    /// Its reply.
    pub reply_id: Option<String>,
    /// SHA-256 of the body as it was sent.
    pub raw_sha256: String,
    /// The body with secrets and people overwritten, by address; only when one delivery is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub raw: Option<serde_json::Value>,
    /// The headers that matter.
    #[schema(value_type = Object)]
    pub headers: serde_json::Value,
    /// The text that is matched, redacted; only when one delivery is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub ticket: Option<serde_json::Value>,
}

/// A reply.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReplyView {
    /// Identifier, a ULID.
    pub id: String,
    /// The ticket.
    pub external_id: String,
    /// The article.
    pub article_id: String,
    /// Its revision.
    pub revision: u32,
    /// Its confidence.
    pub confidence: f64,
    /// `note`, `public` or `chat`.
    pub kind: String,
    /// `post`, `edit` or `withdraw`.
    pub action: String,
    /// `queued`, `sending`, `retry_wait`, `unknown`, `sent`, `rejected`, `dead`, `observed` or `withdrawn`.
    pub state: String,
    /// Calls made for the current text.
    pub attempts: i64,
    /// When it is due.
    pub next_attempt_at: String,
    /// When it was sent.
    pub sent_at: Option<String>,
    /// The platform's identifier of the note.
    pub external_reply_id: Option<String>,
    /// What finds the note on the ticket.
    pub marker: String,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// A moment of a row as text.
pub(crate) fn moment(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds).map_or_else(|_| microseconds.to_string(), |at| format!("{at:.0}"))
}

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_default()
}

impl From<DeliveryRow> for DeliveryView {
    fn from(row: DeliveryRow) -> Self {
        Self {
            id: row.id,
            connector: row.connector,
            endpoint: row.endpoint,
            event: row.event,
            external_id: row.external_id,
            received_at: moment(row.received_at),
            state: row.state,
            reason: row.reason,
            attempts: row.attempts,
            last_error: row.last_error,
            report_id: row.report_id,
            reply_id: row.reply_id,
            raw_sha256: row.raw_sha256,
            raw: row.raw.as_deref().map(json),
            headers: json(&row.headers),
            ticket: row.ticket.as_deref().map(json),
        }
    }
}

impl From<ReplyRow> for ReplyView {
    fn from(row: ReplyRow) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id,
            article_id: row.article_id,
            revision: row.revision,
            confidence: row.confidence,
            kind: row.kind,
            action: row.action,
            state: row.state,
            attempts: row.attempts,
            next_attempt_at: moment(row.next_attempt_at),
            sent_at: row.sent_at.map(moment),
            external_reply_id: row.external_reply_id,
            marker: row.marker,
            last_error: row.last_error,
        }
    }
}
