//! Slack: slash commands, mentions and buttons.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Form, asked, empty, json as respond_json, option, read_json, required, respond};
use super::{ChatCall, ChatConnector, ChatQuery, ChatReading, ChatReply, ChatResponse, ChatVote};
use crate::connect::dialect::{Note, brief, slack as dialect};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Method, OutboundCall, Unreadable};
use crate::connect::verify::{Scheme, schemes};

/// Where response addresses lead unless the option `hooks_url` says otherwise.
const HOOKS: &str = "https://hooks.slack.com";

/// Slack.
pub(super) struct Slack;

#[derive(Deserialize)]
struct Outer {
    #[serde(rename = "type", default)]
    kind: String,
    challenge: Option<String>,
    event_id: Option<String>,
    event: Option<Event>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type", default)]
    kind: String,
    user: Option<String>,
    bot_id: Option<String>,
    subtype: Option<String>,
    #[serde(default)]
    text: String,
    ts: Option<String>,
    thread_ts: Option<String>,
    channel: Option<String>,
}

#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type", default)]
    kind: String,
    user: Option<User>,
    response_url: Option<String>,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    id: String,
}

#[derive(Deserialize)]
struct Action {
    #[serde(default)]
    action_id: String,
    value: Option<String>,
}

impl ChatConnector for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::SLACK
    }

    fn options(&self) -> &'static [&'static str] {
        &["hooks_url", "in_channel"]
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        if request.body.trim_ascii_start().starts_with(b"{") {
            return read_event(endpoint, request.body);
        }
        let form = Form::read(request.body);
        match form.some("payload") {
            Some(payload) => read_button(payload.as_bytes()),
            None => Ok(read_command(&form)),
        }
    }

    fn answer(&self, endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> ChatReply {
        let mut message = dialect::message(note);
        if query.reply["event"] == true {
            return ChatReply { response: empty(), call: Some(post_message(message, &query.reply)) };
        }
        message["response_type"] = response_type(endpoint).into();
        respond_json(&message).into()
    }

    fn settle(&self, endpoint: &Endpoint, vote: &ChatVote, note: &Note) -> ChatReply {
        let mut message = dialect::message(note);
        message["replace_original"] = true.into();
        ChatReply { response: empty(), call: hook(endpoint, &vote.reply, message) }
    }

    /// Said below the answer, which stays to be read.
    fn say(&self, endpoint: &Endpoint, vote: &ChatVote, sentence: &str) -> ChatReply {
        let mut message = dialect::sentence(sentence);
        message["response_type"] = "ephemeral".into();
        message["replace_original"] = false.into();
        ChatReply { response: empty(), call: hook(endpoint, &vote.reply, message) }
    }

    fn deferred(&self, _endpoint: &Endpoint, query: &ChatQuery) -> Option<ChatResponse> {
        if query.reply["event"] == true {
            return Some(empty());
        }
        Some(respond_json(&json!({"response_type": "ephemeral", "text": "Looking…"})))
    }

    fn late(&self, endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> Option<ChatCall> {
        let mut message = dialect::message(note);
        if query.reply["event"] == true {
            return Some(post_message(message, &query.reply));
        }
        message["response_type"] = response_type(endpoint).into();
        message["replace_original"] = true.into();
        hook(endpoint, &query.reply, message)
    }
}

/// Whether the whole channel sees the answer to a command.
fn response_type(endpoint: &Endpoint) -> &'static str {
    let all = endpoint.options.get("in_channel").and_then(toml::Value::as_bool).unwrap_or(false);
    if all { "in_channel" } else { "ephemeral" }
}

fn read_command(form: &Form) -> ChatReading {
    if form.some("ssl_check").is_some() {
        return ChatReading::Respond(empty());
    }
    let Some(text) = asked(&clean(form.get("text"))) else {
        return respond(&json!({"response_type": "ephemeral", "text": brief::EMPTY}));
    };
    ChatReading::Query(Box::new(ChatQuery {
        query_id: form.some("trigger_id").map(str::to_owned),
        conversation_id: form.get("channel_id").to_owned(),
        user_id: form.get("user_id").to_owned(),
        locale: None,
        text,
        reply: json!({"response_url": form.get("response_url")}),
    }))
}

fn read_event(endpoint: &Endpoint, body: &[u8]) -> Result<ChatReading, Unreadable> {
    let outer: Outer = read_json(body, "body")?;
    if outer.kind == "url_verification" {
        return Ok(respond(&json!({"challenge": required(outer.challenge, "/challenge")?})));
    }
    let Some(event) = outer.event.filter(|event| outer.kind == "event_callback" && event.kind == "app_mention") else {
        return Ok(ChatReading::Respond(empty()));
    };
    let user = event.user.unwrap_or_default();
    let own = endpoint.own_user.as_ref().is_some_and(|own| *own == user);
    if event.bot_id.is_some() || event.subtype.is_some() || own || user.is_empty() {
        return Ok(ChatReading::Respond(empty()));
    }
    let Some(text) = asked(&clean(&event.text)) else { return Ok(ChatReading::Respond(empty())) };
    let channel = required(event.channel, "/event/channel")?;
    let thread = event.thread_ts.or(event.ts);
    Ok(ChatReading::Query(Box::new(ChatQuery {
        query_id: outer.event_id,
        conversation_id: channel.clone(),
        user_id: user,
        locale: None,
        text,
        reply: json!({"event": true, "channel": channel, "thread_ts": thread}),
    })))
}

fn read_button(payload: &[u8]) -> Result<ChatReading, Unreadable> {
    let interaction: Interaction = read_json(payload, "payload")?;
    let action = interaction.actions.into_iter().next().filter(|_| interaction.kind == "block_actions");
    let Some(action) = action.filter(|action| action.action_id.starts_with("kb_")) else {
        return Ok(ChatReading::Respond(empty()));
    };
    let vote = Box::new(ChatVote {
        token: required(action.value, "/actions/0/value")?,
        user_id: required(interaction.user, "/user")?.id,
        reply: json!({"response_url": interaction.response_url}),
    });
    Ok(if action.action_id.starts_with("kb_choose") { ChatReading::Choice(vote) } else { ChatReading::Vote(vote) })
}

fn post_message(mut message: Value, reply: &Value) -> ChatCall {
    message["channel"] = reply["channel"].clone();
    message["thread_ts"] = reply["thread_ts"].clone();
    message["unfurl_links"] = false.into();
    let call = OutboundCall {
        method: Method::Post,
        path: "/api/chat.postMessage".to_owned(),
        headers: vec![],
        body: Some(message),
    };
    ChatCall { origin: None, call }
}

/// A call to a response address; `None` when it leads anywhere but to Slack.
fn hook(endpoint: &Endpoint, reply: &Value, message: Value) -> Option<ChatCall> {
    let origin = option(endpoint, "hooks_url").unwrap_or(HOOKS).trim_end_matches('/');
    let path = reply["response_url"].as_str()?.strip_prefix(origin)?;
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-.~%=?&+".contains(&b));
    if !path.starts_with('/') || !plain || path.contains("..") {
        return None;
    }
    let call = OutboundCall { method: Method::Post, path: path.to_owned(), headers: vec![], body: Some(message) };
    Some(ChatCall { origin: Some(origin.to_owned()), call })
}

/// Text as it was typed: mentions at the start go, links become their address, the three escapes are undone once.
fn clean(text: &str) -> String {
    let mut rest = text.trim_start();
    while let Some((_, after)) = rest.strip_prefix("<@").and_then(|mention| mention.split_once('>')) {
        rest = after.trim_start();
    }
    let mut out = String::with_capacity(rest.len());
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((inside, behind)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        out.push_str(linked(inside));
        rest = behind;
    }
    out.push_str(rest);
    // `&amp;` last, so that `&amp;lt;` stays `&lt;`.
    out.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What stood between angle brackets: an address, a person, a channel.
fn linked(inside: &str) -> &str {
    let (address, label) = inside.split_once('|').unwrap_or((inside, ""));
    match address.chars().next() {
        Some('@' | '#' | '!') if !label.is_empty() => label,
        _ => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_it_was_typed() {
        for (sent, typed) in [
            ("<@U0BOT> ORA-00942", "ORA-00942"),
            ("<@U0BOT|kb>  <@U1> x", "x"),
            (
                "see <https://a.example/x?a=1&amp;b=2|here> &lt;b&gt; &amp;lt;",
                "see https://a.example/x?a=1&b=2 <b> &lt;",
            ),
            ("<https://a.example> <#C1|general> a < b", "https://a.example general a < b"),
            ("```\nat f (<anonymous>)\n```", "```\nat f (anonymous)\n```"),
        ] {
            assert_eq!(clean(sent), typed);
        }
    }

    #[test]
    fn responses_go_to_slack_only() {
        let endpoint = crate::connect::chat::tests::endpoint("slack");
        for (address, good) in [
            ("https://hooks.slack.com/actions/T1/2/x", true),
            ("https://hooks.slack.com.evil.example/actions", false),
            ("https://hooks.slack.com@evil.example/", false),
            ("http://hooks.slack.com/actions", false),
            ("https://hooks.slack.com", false),
            ("https://hooks.slack.com/../x", false),
        ] {
            let call = hook(&endpoint, &json!({"response_url": address}), json!({}));
            assert_eq!(call.is_some(), good, "{address}");
        }
    }
}
