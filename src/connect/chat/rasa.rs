//! Rasa: a custom action.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Id, asked, json as respond_json, option, read_json, unreadable};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatResponse, ChatVote};
use crate::connect::dialect::{Note, NoteArticle, Shown, brief, unmarked};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::Scheme;
use crate::engine::Outcome;

/// The action that looks up, unless the option `action` names another; and the one that takes a vote.
const LOOK_UP: &str = "action_kb_lookup";
const FEEDBACK: &str = "action_kb_feedback";
/// Slot and entity of the value of a button.
const VALUE: &str = "v";
/// Slots that are set.
const ARTICLE: &str = "kb_article";
const CONFIDENCE: &str = "kb_confidence";
const OUTCOME: &str = "kb_outcome";
/// Where a solution is cut, in bytes.
const SOLUTION: usize = 3500;
/// A tracker holds the whole conversation.
const BODY: usize = 8 << 20;

/// Rasa.
pub(super) struct Rasa;

#[derive(Deserialize)]
struct Call {
    #[serde(default)]
    next_action: String,
    #[serde(default)]
    sender_id: Id,
    #[serde(default)]
    tracker: Tracker,
}

/// The few fields of a tracker that are read; the rest is skipped without being kept.
#[derive(Deserialize, Default)]
struct Tracker {
    #[serde(default)]
    slots: Slots,
    #[serde(default)]
    latest_message: Option<Latest>,
}

#[derive(Deserialize, Default)]
struct Slots {
    #[serde(default)]
    error_text: Option<Value>,
    #[serde(default)]
    v: Option<Value>,
}

#[derive(Deserialize, Default)]
struct Latest {
    text: Option<String>,
    #[serde(default)]
    entities: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(default)]
    entity: String,
    value: Option<Value>,
}

impl ChatConnector for Rasa {
    fn name(&self) -> &'static str {
        "rasa"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        super::wire::BEARER
    }

    fn max_body_bytes(&self) -> usize {
        BODY
    }

    fn options(&self) -> &'static [&'static str] {
        &["action"]
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let call: Call = read_json(request.body, "body")?;
        let latest = call.tracker.latest_message.unwrap_or_default();
        if call.next_action == option(endpoint, "action").unwrap_or(LOOK_UP) {
            let slot = call.tracker.slots.error_text.as_ref().and_then(Value::as_str).and_then(asked);
            let Some(text) = slot.or_else(|| asked(latest.text.as_deref()?)) else {
                return Ok(ChatReading::Respond(respond_json(&say(brief::EMPTY))));
            };
            return Ok(ChatReading::Query(Box::new(ChatQuery {
                query_id: None,
                conversation_id: call.sender_id.0.clone(),
                user_id: call.sender_id.0,
                locale: None,
                text,
                reply: Value::Null,
            })));
        }
        if call.next_action == FEEDBACK {
            let entity =
                latest.entities.into_iter().find(|entity| entity.entity == VALUE).and_then(|entity| entity.value);
            let value = entity.or(call.tracker.slots.v);
            let token = value
                .as_ref()
                .and_then(Value::as_str)
                .ok_or_else(|| unreadable("/tracker/slots/v", "it holds no value of a button".to_owned()))?;
            let vote = ChatVote { token: token.to_owned(), user_id: call.sender_id.0, reply: Value::Null };
            return Ok(ChatReading::Vote(Box::new(vote)));
        }
        // Rejected: the next policy tries.
        let shown: String = call.next_action.chars().take(100).collect();
        let body = json!({"action_name": shown, "error": "kbmatch does not know this action"});
        Ok(ChatReading::Respond(ChatResponse { status: 400, ..respond_json(&body) }))
    }

    fn answer(&self, _endpoint: &Endpoint, _query: &ChatQuery, note: &Note) -> ChatReply {
        respond_json(&message(note)).into()
    }

    fn settle(&self, _endpoint: &Endpoint, _vote: &ChatVote, note: &Note) -> ChatReply {
        respond_json(&message(note)).into()
    }

    fn say(&self, _endpoint: &Endpoint, _vote: &ChatVote, sentence: &str) -> ChatReply {
        respond_json(&say(sentence)).into()
    }
}

fn say(sentence: &str) -> Value {
    json!({"events": [], "responses": [{"text": sentence}]})
}

fn message(note: &Note) -> Value {
    let shown = note.shown();
    let article = match shown {
        Shown::Article(article) => Some(article),
        _ => None,
    };
    let slots = BTreeMap::from([
        (ARTICLE, article.map_or(Value::Null, |article| article.id.as_str().into())),
        (CONFIDENCE, article.map_or(Value::Null, |article| article.confidence.rounded().value().into())),
        (OUTCOME, Outcome::as_str(note.outcome).into()),
    ]);
    let set = |(name, value): (&str, Value)| json!({"event": "slot", "timestamp": null, "name": name, "value": value});
    let events: Vec<Value> = slots.into_iter().map(set).collect();
    let text = unmarked::message(note, SOLUTION);
    json!({"events": events, "responses": [{"text": text.as_str(), "buttons": buttons(shown)}]})
}

fn buttons(shown: Shown<'_>) -> Vec<Value> {
    // Rasa reads what follows the intent as entities, which fill slots of their name.
    let button =
        |title: &str, value: &str| json!({"title": title, "payload": format!("/kb_feedback{}", json!({VALUE: value}))});
    let choice = |article: &NoteArticle| Some(button(&article.title, &article.votes.as_ref()?.choose));
    match shown {
        Shown::Article(article) => article
            .votes
            .as_ref()
            .map_or_else(Vec::new, |votes| vec![button(brief::YES, &votes.yes), button(brief::NO, &votes.no)]),
        Shown::Choice(_, candidates) => candidates.iter().filter_map(choice).collect(),
        Shown::Nothing(_) => Vec::new(),
    }
}
