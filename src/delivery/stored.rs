//! What is stored of a ticket for matching, and of a chat's later call for sending.

use serde::{Deserialize, Serialize};

use crate::connect::chat::{ChatCall, ChatQuery};
use crate::connect::model::{Method, OutboundCall};

/// The redacted text of a ticket and its context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTicket {
    /// Subject, body and the text of attachments, redacted.
    pub text: String,
    /// Language tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// A call as it is kept until it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredCall {
    /// Another origin than the base URL, from the connector's settings; such a call carries no credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Method.
    pub method: Method,
    /// Path and query below the base URL.
    pub path: String,
    /// Headers beside credential and content type.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<serde_json::Value>,
}

impl StoredCall {
    /// A call that only asks whether anything answers at an origin. It carries no credential.
    pub fn to_origin(origin: &str) -> Self {
        let (origin, path) = (Some(origin.to_owned()), "/".to_owned());
        Self { origin, method: Method::Get, path, headers: Vec::new(), body: None }
    }
}

/// A question of a chat whose answer was put off, as it is kept until the answer is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredQuestion {
    /// The question, its text redacted.
    pub(super) question: ChatQuery,
}

impl From<OutboundCall> for StoredCall {
    fn from(call: OutboundCall) -> Self {
        let headers = call.headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { origin: None, method: call.method, path: call.path, headers, body: call.body }
    }
}

impl From<ChatCall> for StoredCall {
    fn from(call: ChatCall) -> Self {
        Self { origin: call.origin, ..Self::from(call.call) }
    }
}
