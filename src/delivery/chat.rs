//! Calls to chat platforms that follow a response: stored before the response is given, made by the sender.

use serde_json::Value;

use super::{Deliveries, Served, StoredCall};
use crate::connect::chat::ChatCall;
use crate::store::{ReplyRow, StoreError};

impl Deliveries {
    /// Queues a call; `false` when there is one for the same question already. Once this returns the call is on disk, so
    /// neither a crash nor a platform's retry of the question makes it get lost or be made twice.
    pub async fn queue_chat_call(
        &self,
        served: &Served,
        query_id: Option<&str>,
        request_id: &str,
        call: ChatCall,
    ) -> Result<bool, StoreError> {
        let endpoint = &served.configured.endpoint;
        let id = self.service.next_id().to_string();
        let body = serde_json::to_string(&StoredCall::from(call))
            .map_err(|error| StoreError::Unreadable { table: "replies", value: error.to_string() })?;
        let question = query_id.map_or_else(|| id.clone(), |query| format!("question:{query}"));
        let place = (endpoint.connector.as_str(), endpoint.name.as_str());
        let reply = ReplyRow {
            kind: "chat".to_owned(),
            body: Some(body),
            request_id: Some(request_id.to_owned()),
            ..ReplyRow::queued(id.clone(), &id, place, question, self.service.clock().now())
        };
        let is_new = self.service.store().add_chat_call(reply).await?;
        self.wanted.notify_one();
        Ok(is_new)
    }
}

/// What a platform says went wrong although the status is good, as Slack does in the body.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(body).ok()?;
    if said["ok"] != false {
        return None;
    }
    let word = said["error"].as_str().unwrap_or_default();
    let word: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    Some(format!("the platform answered {word}"))
}
