//! An endpoint: one configured address of one connector.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::model::{Credential, Secret};

/// What an endpoint does with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Records everything, posts nothing.
    Observe,
    /// Posts internal notes.
    #[default]
    Suggest,
    /// Answers the customer at or above the endpoint's threshold, and posts internal notes below it.
    Answer,
}

/// The secrets that prove a request genuine; two during a rotation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Secrets {
    /// The one that holds.
    pub current: Option<Secret>,
    /// The one before it, and until when it still counts.
    pub previous: Option<(Secret, Timestamp)>,
}

/// An endpoint with its secrets resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    /// Connector's name, `zendesk`.
    pub connector: String,
    /// Name in its address, `support-eu`.
    pub name: String,
    /// What it does with answers.
    pub mode: Mode,
    /// Least confidence of an internal note.
    pub suggest_at: f64,
    /// Least confidence of an answer that the customer sees.
    pub answer_at: f64,
    /// Secrets of inbound requests.
    pub secrets: Secrets,
    /// Where calls go, without a trailing slash; none for a chat platform that is answered in the response.
    pub base_url: Option<String>,
    /// Credential of calls.
    pub credential: Credential,
    /// The platform's identifier of the user that we post as, to know our own notes.
    pub own_user: Option<String>,
    /// Further settings of the connector by name, such as `admin_id` or the pointers of the generic one.
    pub options: BTreeMap<String, toml::Value>,
    /// Address at which people reach this server, without a trailing slash, for links in notes.
    pub public_url: Option<String>,
}
