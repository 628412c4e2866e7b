//! Mattermost: a custom slash command and the buttons below its answers.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Form, asked, json as respond_json, read_json, required, respond};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatVote};
use crate::connect::dialect::text::Unit;
use crate::connect::dialect::{Note, NoteArticle, Shown, brief, gfm};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::{Scheme, schemes};

/// Where a solution is cut.
const SOLUTION: usize = 8000;
/// Most units of a post: below the 16,383 that servers take (unconfirmed).
const POST: usize = 16_000;
/// Most units of a button's name that is worth showing.
const LABEL: usize = 80;

/// Mattermost.
pub(super) struct Mattermost;

#[derive(Deserialize)]
struct Click {
    #[serde(default)]
    user_id: String,
    #[serde(default)]
    context: Context,
}

#[derive(Deserialize, Default)]
struct Context {
    v: Option<String>,
}

impl ChatConnector for Mattermost {
    fn name(&self) -> &'static str {
        "mattermost"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::MATTERMOST
    }

    /// Clicks are sent without any proof; the value they hand in is one, and people never see it.
    fn is_self_proving(&self, request: &InboundRequest<'_>) -> bool {
        is_click(request)
    }

    fn read(&self, _endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        if is_click(request) {
            let click: Click = read_json(request.body, "body")?;
            let token = required(click.context.v, "/context/v")?;
            return Ok(ChatReading::Vote(Box::new(ChatVote { token, user_id: click.user_id, reply: Value::Null })));
        }
        let form = Form::read(request.body);
        let Some(text) = asked(form.get("text")) else {
            return Ok(respond(&ephemeral(brief::EMPTY)));
        };
        Ok(ChatReading::Query(Box::new(ChatQuery {
            query_id: form.some("trigger_id").map(str::to_owned),
            conversation_id: form.get("channel_id").to_owned(),
            user_id: form.get("user_id").to_owned(),
            locale: None,
            text,
            reply: Value::Null,
        })))
    }

    fn answer(&self, endpoint: &Endpoint, _query: &ChatQuery, note: &Note) -> ChatReply {
        respond_json(&json!({
            "response_type": "ephemeral",
            "text": gfm::message(note, SOLUTION, POST).as_str(),
            "attachments": attachments(endpoint, note),
            "skip_slack_parsing": true,
        }))
        .into()
    }

    fn settle(&self, endpoint: &Endpoint, _vote: &ChatVote, note: &Note) -> ChatReply {
        respond_json(&json!({
            "update": {
                "message": gfm::message(note, SOLUTION, POST).as_str(),
                "props": {"attachments": attachments(endpoint, note)},
            },
            "skip_slack_parsing": true,
        }))
        .into()
    }

    fn say(&self, _endpoint: &Endpoint, _vote: &ChatVote, sentence: &str) -> ChatReply {
        respond_json(&json!({"ephemeral_text": gfm::GfmText::escaped(sentence).as_str(), "skip_slack_parsing": true}))
            .into()
    }
}

/// Clicks are JSON, commands are forms.
fn is_click(request: &InboundRequest<'_>) -> bool {
    request
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("application/json"))
}

fn ephemeral(text: &str) -> Value {
    json!({"response_type": "ephemeral", "text": text, "skip_slack_parsing": true})
}

/// The buttons, where the server has an address that Mattermost can send clicks to.
fn attachments(endpoint: &Endpoint, note: &Note) -> Vec<Value> {
    let Some(host) = endpoint.public_url.as_deref() else { return Vec::new() };
    let url = format!("{host}/v1/chat/mattermost/{}", endpoint.name);
    let button = |id: &str, name: &str, value: &str| json!({"id": id, "name": name, "integration": {"url": url, "context": {"v": value}}});
    let choice = |(number, article): (usize, &NoteArticle)| {
        // Identifiers are letters and digits only (unconfirmed).
        Some(button(&format!("kbchoose{number}"), &article.label(LABEL, Unit::Utf16), &article.votes.as_ref()?.choose))
    };
    let actions: Vec<Value> = match note.shown() {
        Shown::Article(article) => article.votes.as_ref().map_or_else(Vec::new, |votes| {
            vec![button("kbyes", brief::YES, &votes.yes), button("kbno", brief::NO, &votes.no)]
        }),
        Shown::Choice(_, candidates) => candidates.iter().enumerate().filter_map(choice).collect(),
        Shown::Nothing(_) => Vec::new(),
    };
    if actions.is_empty() { Vec::new() } else { vec![json!({"text": "", "actions": actions})] }
}
