//! Rocket.Chat: an outgoing webhook.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Id, asked, json as respond_json, read_json, respond};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatVote};
use crate::connect::dialect::text::Text;
use crate::connect::dialect::{Note, NoteArticle, Shown, brief, gfm};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::{Scheme, schemes};

/// Where a solution is cut.
const SOLUTION: usize = 3500;
/// Most units of a message (unconfirmed); links to vote are counted in the difference.
const MESSAGE: usize = 4500;

/// Rocket.Chat.
pub(super) struct RocketChat;

#[derive(Deserialize)]
struct Posted {
    #[serde(default)]
    bot: Value,
    #[serde(default, rename = "isEdited")]
    edited: Value,
    #[serde(default)]
    trigger_word: Option<String>,
    #[serde(default)]
    channel_id: Id,
    #[serde(default)]
    message_id: Id,
    #[serde(default)]
    user_id: Id,
    #[serde(default)]
    text: Option<String>,
}

impl ChatConnector for RocketChat {
    fn name(&self) -> &'static str {
        "rocketchat"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::ROCKETCHAT
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let posted: Posted = read_json(request.body, "body")?;
        let own = endpoint.own_user.as_ref().is_some_and(|own| *own == posted.user_id.0);
        // A bot is `true`, or an object that names it. An empty body would count as a failure and be retried.
        let by_bot = !matches!(posted.bot, Value::Null | Value::Bool(false));
        if by_bot || own || posted.edited == true {
            return Ok(respond(&json!({})));
        }
        let text = posted.text.unwrap_or_default();
        let word = posted.trigger_word.unwrap_or_default();
        let Some(text) = asked(without_trigger(&text, &word)) else {
            return Ok(respond(&json!({"text": brief::EMPTY})));
        };
        Ok(ChatReading::Query(Box::new(ChatQuery {
            query_id: posted.message_id.into_option(),
            conversation_id: posted.channel_id.0,
            user_id: posted.user_id.0,
            locale: None,
            text,
            reply: Value::Null,
        })))
    }

    fn answer(&self, _endpoint: &Endpoint, _query: &ChatQuery, note: &Note) -> ChatReply {
        respond_json(&json!({"text": message(note).as_str()})).into()
    }

    /// Answers of a webhook have links and no buttons, so no value ever comes back this way.
    fn settle(&self, _endpoint: &Endpoint, _vote: &ChatVote, note: &Note) -> ChatReply {
        respond_json(&json!({"text": message(note).as_str()})).into()
    }

    fn say(&self, _endpoint: &Endpoint, _vote: &ChatVote, sentence: &str) -> ChatReply {
        respond_json(&json!({"text": gfm::GfmText::escaped(sentence).as_str()})).into()
    }
}

/// The text behind the word that triggered it.
fn without_trigger<'a>(text: &'a str, word: &str) -> &'a str {
    let text = text.trim_start();
    let starts = !word.is_empty() && text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if starts { &text[word.len()..] } else { text }
}

/// The answer, and links where other platforms have buttons.
fn message(note: &Note) -> gfm::GfmText {
    let mut text = gfm::message(note, SOLUTION, MESSAGE);
    match note.shown() {
        Shown::Article(article) => {
            let votes = article.votes.as_ref();
            let yes = votes.and_then(|votes| link(note, brief::YES, &votes.yes));
            let no = votes.and_then(|votes| link(note, brief::NO, &votes.no));
            if let (Some(yes), Some(no)) = (yes, no) {
                let mut links = yes;
                links.push(&Text::escaped(" · "));
                links.push(&no);
                text.paragraph(&links);
            }
        }
        Shown::Choice(_, candidates) => {
            for article in candidates {
                text.line_break();
                text.bullet();
                text.push(&choice(note, article));
            }
        }
        Shown::Nothing(_) => {}
    }
    text
}

fn link(note: &Note, label: &str, token: &str) -> Option<gfm::GfmText> {
    Some(Text::escaped(label).linked(Some(&note.vote_address(token)?)))
}

fn choice(note: &Note, article: &NoteArticle) -> gfm::GfmText {
    let chosen = article.votes.as_ref().and_then(|votes| note.vote_address(&votes.choose));
    Text::shortened(&article.title, 200).linked(chosen.or_else(|| article.address()).as_ref())
}
