//! Discord: interactions over HTTP.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{asked, json as respond_json, read_json, required, respond};
use super::{ChatCall, ChatConnector, ChatQuery, ChatReading, ChatReply, ChatResponse, ChatVote};
use crate::connect::dialect::{Note, brief, discord as dialect};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Method, OutboundCall, Unreadable};
use crate::connect::verify::{Scheme, schemes};

/// Kinds of interactions.
const PING: u64 = 1;
const COMMAND: u64 = 2;
const COMPONENT: u64 = 3;
/// Kinds of responses.
const PONG: u64 = 1;
const MESSAGE: u64 = 4;
const DEFERRED_MESSAGE: u64 = 5;
const UPDATE: u64 = 7;
/// A message that only the person who asked sees.
const EPHEMERAL: u64 = 64;

/// Discord.
pub(super) struct Discord;

#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type")]
    kind: u64,
    id: Option<String>,
    application_id: Option<String>,
    token: Option<String>,
    channel_id: Option<String>,
    locale: Option<String>,
    member: Option<Member>,
    user: Option<User>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Member {
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    id: String,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    options: Vec<Choice>,
    target_id: Option<String>,
    resolved: Option<Resolved>,
    custom_id: Option<String>,
}

#[derive(Deserialize)]
struct Choice {
    value: Option<Value>,
}

#[derive(Deserialize)]
struct Resolved {
    #[serde(default)]
    messages: BTreeMap<String, Message>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
}

impl ChatConnector for Discord {
    fn name(&self) -> &'static str {
        "discord"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::DISCORD
    }

    fn read(&self, _endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let interaction: Interaction = read_json(request.body, "body")?;
        match interaction.kind {
            PING => Ok(respond(&json!({"type": PONG}))),
            COMMAND => read_command(interaction),
            COMPONENT => read_button(interaction),
            // Autocompletion and forms, which we do not offer.
            _ => Ok(respond(&json!({"type": MESSAGE, "data": dialect::sentence(brief::EMPTY)}))),
        }
    }

    fn answer(&self, _endpoint: &Endpoint, _query: &ChatQuery, note: &Note) -> ChatReply {
        respond_json(&json!({"type": MESSAGE, "data": dialect::data(note)})).into()
    }

    fn settle(&self, _endpoint: &Endpoint, _vote: &ChatVote, note: &Note) -> ChatReply {
        respond_json(&json!({"type": UPDATE, "data": dialect::data(note)})).into()
    }

    fn say(&self, _endpoint: &Endpoint, _vote: &ChatVote, sentence: &str) -> ChatReply {
        respond_json(&json!({"type": MESSAGE, "data": dialect::sentence(sentence)})).into()
    }

    fn deferred(&self, _endpoint: &Endpoint, _query: &ChatQuery) -> Option<ChatResponse> {
        Some(respond_json(&json!({"type": DEFERRED_MESSAGE, "data": {"flags": EPHEMERAL}})))
    }

    /// <https://docs.discord.com/developers/interactions/receiving-and-responding>: a token lives 15 minutes.
    fn late_within(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_mins(15)
    }

    /// The token in the address is the only credential.
    fn late(&self, _endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> Option<ChatCall> {
        let part = |name: &str| query.reply[name].as_str().filter(|text| is_plain(text));
        let path = format!("/webhooks/{}/{}/messages/@original", part("application_id")?, part("token")?);
        let call = OutboundCall { method: Method::Patch, path, headers: vec![], body: Some(dialect::data(note)) };
        Some(ChatCall { origin: None, call })
    }
}

/// Whether a text can stand in a path as it is.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.=".contains(&b)) && text != ".."
}

fn read_command(interaction: Interaction) -> Result<ChatReading, Unreadable> {
    let user_id = user(interaction.member, interaction.user)?;
    let data = required(interaction.data, "/data")?;
    let typed = data.options.into_iter().find_map(|choice| choice.value?.as_str().map(str::to_owned));
    let pointed_at = || {
        let mut messages = data.resolved?.messages;
        messages.remove(&data.target_id?).map(|message| message.content)
    };
    let Some(text) = typed.or_else(pointed_at).as_deref().and_then(asked) else {
        return Ok(respond(&json!({"type": MESSAGE, "data": dialect::sentence(brief::EMPTY)})));
    };
    Ok(ChatReading::Query(Box::new(ChatQuery {
        query_id: interaction.id,
        conversation_id: interaction.channel_id.unwrap_or_default(),
        user_id,
        locale: interaction.locale,
        text,
        reply: json!({"application_id": interaction.application_id, "token": interaction.token}),
    })))
}

fn read_button(interaction: Interaction) -> Result<ChatReading, Unreadable> {
    let data = required(interaction.data, "/data")?;
    Ok(ChatReading::Vote(Box::new(ChatVote {
        token: required(data.custom_id, "/data/custom_id")?,
        user_id: user(interaction.member, interaction.user)?,
        reply: Value::Null,
    })))
}

/// In servers a member, in direct messages a user.
fn user(member: Option<Member>, user: Option<User>) -> Result<String, Unreadable> {
    Ok(required(member.and_then(|member| member.user).or(user), "/member/user")?.id)
}
