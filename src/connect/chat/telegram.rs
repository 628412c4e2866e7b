//! Telegram: updates of a bot, answered with a method call in the response.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Id, asked, json as respond_json, read_json, required, respond};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatVote};
use crate::connect::dialect::{Note, brief, telegram as dialect};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::{Scheme, schemes};

/// Most characters of the answer to a click.
const CALLBACK_TEXT: usize = 200;

/// Telegram.
pub(super) struct Telegram;

#[derive(Deserialize)]
struct Update {
    #[serde(default, rename = "update_id")]
    id: Id,
    message: Option<Message>,
    callback_query: Option<Callback>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "message_id")]
    id: Option<i64>,
    chat: Option<Chat>,
    from: Option<From>,
    via_bot: Option<serde::de::IgnoredAny>,
    text: Option<String>,
    caption: Option<String>,
    #[serde(rename = "reply_to_message")]
    quoted: Option<Box<Quoted>>,
}

#[derive(Deserialize)]
struct Quoted {
    from: Option<From>,
    text: Option<String>,
    caption: Option<String>,
}

#[derive(Deserialize)]
struct Chat {
    id: i64,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct From {
    id: i64,
    #[serde(default)]
    is_bot: bool,
    language_code: Option<String>,
}

#[derive(Deserialize)]
struct Callback {
    id: Option<String>,
    data: Option<String>,
    from: Option<From>,
    message: Option<Message>,
}

impl ChatConnector for Telegram {
    fn name(&self) -> &'static str {
        "telegram"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::TELEGRAM
    }

    fn read(&self, _endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let update: Update = read_json(request.body, "body")?;
        match (update.callback_query, update.message) {
            (Some(callback), _) => read_callback(callback),
            (None, Some(message)) => read_message(update.id, message),
            (None, None) => Ok(respond(&json!({}))),
        }
    }

    fn answer(&self, _endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> ChatReply {
        send(note, &query.reply).into()
    }

    /// The candidates' message becomes the answer.
    fn settle(&self, _endpoint: &Endpoint, vote: &ChatVote, note: &Note) -> ChatReply {
        let (text, keyboard) = dialect::message(note);
        let (chat, message) = (&vote.reply["chat_id"], &vote.reply["message_id"]);
        if chat.is_null() || message.is_null() {
            return callback_answer(
                &vote.reply,
                &note.headline(CALLBACK_TEXT, crate::connect::dialect::text::Unit::Utf16),
            );
        }
        respond_json(&json!({
            "method": "editMessageText", "chat_id": chat, "message_id": message,
            "text": text.as_str(), "parse_mode": "HTML",
            "link_preview_options": {"is_disabled": true}, "reply_markup": keyboard,
        }))
        .into()
    }

    fn say(&self, _endpoint: &Endpoint, vote: &ChatVote, sentence: &str) -> ChatReply {
        callback_answer(&vote.reply, sentence)
    }
}

fn callback_answer(reply: &Value, sentence: &str) -> ChatReply {
    let text: String = sentence.chars().take(CALLBACK_TEXT).collect();
    respond_json(
        &json!({"method": "answerCallbackQuery", "callback_query_id": reply["callback_query_id"], "text": text}),
    )
    .into()
}

fn send(note: &Note, reply: &Value) -> super::ChatResponse {
    let (text, keyboard) = dialect::message(note);
    let mut call = json!({
        "method": "sendMessage", "chat_id": reply["chat_id"], "text": text.as_str(), "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": true}, "reply_markup": keyboard,
    });
    if !reply["message_id"].is_null() {
        call["reply_parameters"] = json!({"message_id": reply["message_id"]});
    }
    respond_json(&call)
}

fn read_message(update_id: Id, message: Message) -> Result<ChatReading, Unreadable> {
    let by_bot = message.from.as_ref().is_none_or(|from| from.is_bot) || message.via_bot.is_some();
    if by_bot {
        return Ok(respond(&json!({})));
    }
    let chat = required(message.chat, "/message/chat")?;
    let text = message.text.or(message.caption).unwrap_or_default();
    let command = after_command(&text);
    // In a group only what is said to the bot; a bot with its privacy off would answer everything.
    if command.is_none() && chat.kind != "private" {
        return Ok(respond(&json!({})));
    }
    let quoted = || {
        let quoted = message.quoted?;
        if quoted.from.is_some_and(|from| from.is_bot) { None } else { quoted.text.or(quoted.caption) }
    };
    let typed = asked(command.unwrap_or(&text));
    let Some(text) = typed.or_else(|| asked(&quoted()?)) else {
        return Ok(respond(&json!({"method": "sendMessage", "chat_id": chat.id, "text": brief::EMPTY})));
    };
    let from = message.from;
    Ok(ChatReading::Query(Box::new(ChatQuery {
        query_id: update_id.into_option(),
        conversation_id: chat.id.to_string(),
        user_id: from.as_ref().map(|from| from.id.to_string()).unwrap_or_default(),
        locale: from.and_then(|from| from.language_code),
        text,
        reply: json!({"chat_id": chat.id, "message_id": message.id}),
    })))
}

/// What stands behind `/kb` or `/kb@bot`; `None` when the text is no command.
fn after_command(text: &str) -> Option<&str> {
    let text = text.trim_start();
    let rest = text.strip_prefix('/').filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))?;
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    // A path is no command: `/var/log/x` is a report.
    let name = rest[..end].split('@').next().unwrap_or_default();
    (name.len() <= 32 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')).then(|| &rest[end..])
}

fn read_callback(callback: Callback) -> Result<ChatReading, Unreadable> {
    let (chat_id, message_id) = match callback.message {
        Some(message) => (message.chat.map(|chat| chat.id), message.id),
        None => (None, None),
    };
    Ok(ChatReading::Vote(Box::new(ChatVote {
        token: required(callback.data, "/callback_query/data")?,
        user_id: required(callback.from, "/callback_query/from")?.id.to_string(),
        reply: json!({"callback_query_id": callback.id, "chat_id": chat_id, "message_id": message_id}),
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_and_a_path_is_none() {
        for (text, rest) in [
            ("/kb ORA-00942", Some(" ORA-00942")),
            ("/kb@kb_bot\nx", Some("\nx")),
            ("/start", Some("")),
            ("/var/log/syslog: denied", None),
            ("ORA-00942", None),
            ("/", None),
        ] {
            assert_eq!(after_command(text), rest, "{text}");
        }
    }
}
