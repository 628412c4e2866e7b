//! Calls that follow a response.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::connect::chat::ChatCall;
use crate::delivery::{CallError, Deliveries, Served, StoredCall};

/// Questions that are remembered.
const REMEMBERED: usize = 4096;
/// Attempts of a call, and the pause before the second.
const ATTEMPTS: u32 = 4;
const PAUSE: Duration = Duration::from_secs(1);

/// The questions whose calls were begun, so that a platform's retry begins none.
#[derive(Debug, Default)]
pub(in crate::http) struct Recent(Mutex<VecDeque<String>>);

impl Recent {
    /// Whether a question is new; from now on it is not.
    pub(super) fn is_new(&self, id: String) -> bool {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.contains(&id) {
            return false;
        }
        if known.len() == REMEMBERED {
            known.pop_front();
        }
        known.push_back(id);
        true
    }
}

/// Makes a call. It is repeated only while the platform cannot have carried it out.
pub(super) async fn call(deliveries: Arc<Deliveries>, served: Arc<Served>, call: ChatCall) {
    let call = StoredCall::from(call);
    let endpoint = &served.configured.endpoint;
    let (connector, name) = (endpoint.connector.as_str(), endpoint.name.as_str());
    let mut pause = PAUSE;
    for attempt in 1..=ATTEMPTS {
        let problem = match deliveries.caller().call(&served.configured, &call).await {
            Ok(answered) if matches!(answered.response.status, 429 | 503) => {
                let wait = answered.response.headers.iter().find(|(name, _)| name == "retry-after");
                let wait = wait.and_then(|(_, value)| value.parse().ok()).map(Duration::from_secs);
                pause = wait.unwrap_or(pause).min(Duration::from_mins(1));
                format!("status {}", answered.response.status)
            }
            Ok(answered) => {
                if let Some(problem) = failed(answered.response.status, &answered.response.body) {
                    tracing::error!(connector, endpoint = name, problem, "the platform refused an answer");
                }
                return;
            }
            Err(CallError::NotSent(problem)) => problem,
            Err(error) => {
                tracing::error!(connector, endpoint = name, %error, "an answer may not have arrived");
                return;
            }
        };
        if attempt == ATTEMPTS {
            tracing::error!(connector, endpoint = name, problem, "an answer was not delivered");
            return;
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
}

/// What went wrong; Slack says so in the body of a response with status 200.
fn failed(status: u16, body: &[u8]) -> Option<String> {
    if !(200..300).contains(&status) {
        return Some(format!("status {status}"));
    }
    let said: serde_json::Value = serde_json::from_slice(body).ok()?;
    if said["ok"] != false {
        return None;
    }
    let word = said["error"].as_str().unwrap_or_default();
    Some(word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect())
}
