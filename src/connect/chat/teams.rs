//! Microsoft Teams: an outgoing webhook, answered with a card.

use serde::Deserialize;
use serde_json::{Value, json};

use super::wire::{Id, asked, json as respond_json, read_json, respond};
use super::{ChatConnector, ChatQuery, ChatReading, ChatReply, ChatVote};
use crate::connect::dialect::{Note, brief, teams as dialect};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{InboundRequest, Unreadable};
use crate::connect::verify::{Scheme, schemes};
use crate::report::text_of_html;

/// Microsoft Teams.
pub(super) struct Teams;

#[derive(Deserialize)]
struct Activity {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    id: Id,
    locale: Option<String>,
    from: Option<Party>,
    conversation: Option<Party>,
    text: Option<String>,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Deserialize, Default)]
struct Party {
    #[serde(default)]
    id: Id,
    role: Option<String>,
}

#[derive(Deserialize)]
struct Attachment {
    #[serde(rename = "contentType", default)]
    content_type: String,
    /// A text for `text/html`, an object for cards.
    content: Option<Value>,
}

impl ChatConnector for Teams {
    fn name(&self) -> &'static str {
        "teams"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::TEAMS
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable> {
        let activity: Activity = read_json(request.body, "body")?;
        let from = activity.from.unwrap_or_default();
        let own = endpoint.own_user.as_ref().is_some_and(|own| *own == from.id.0);
        if activity.kind != "message" || own || from.role.as_deref() == Some("bot") {
            return Ok(respond(&json!({})));
        }
        let Some(text) = text(activity.text.as_deref().unwrap_or_default(), &activity.attachments) else {
            return Ok(respond(&dialect::sentence(brief::EMPTY)));
        };
        Ok(ChatReading::Query(Box::new(ChatQuery {
            query_id: activity.id.into_option(),
            conversation_id: activity.conversation.unwrap_or_default().id.0,
            user_id: from.id.0,
            locale: activity.locale,
            text,
            reply: Value::Null,
        })))
    }

    fn answer(&self, _endpoint: &Endpoint, _query: &ChatQuery, note: &Note) -> ChatReply {
        respond_json(&dialect::message(note)).into()
    }

    /// Cards of an outgoing webhook open addresses, so no value ever comes back this way.
    fn settle(&self, _endpoint: &Endpoint, _vote: &ChatVote, note: &Note) -> ChatReply {
        respond_json(&dialect::message(note)).into()
    }

    fn say(&self, _endpoint: &Endpoint, _vote: &ChatVote, sentence: &str) -> ChatReply {
        respond_json(&dialect::sentence(sentence)).into()
    }
}

/// What was asked: the attachment that keeps the lines of code, where there is one (unconfirmed), else the text.
fn text(text: &str, attachments: &[Attachment]) -> Option<String> {
    let html = attachments.iter().filter(|attachment| attachment.content_type == "text/html");
    let mut html = html.filter_map(|attachment| attachment.content.as_ref()?.as_str());
    let with_code = html.find(|html| html.contains("<pre") || html.contains("<codeblock"));
    let html = without_mentions(with_code.unwrap_or(text));
    asked(&text_of_html(&html).replace('\u{a0}', " "))
}

/// HTML without `<at>…</at>`.
fn without_mentions(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find("<at") {
        let (before, mention) = rest.split_at(at);
        out.push_str(before);
        let is_mention = mention["<at".len()..].starts_with(['>', ' ']);
        if let Some((_, after)) = mention.split_once("</at>").filter(|_| is_mention) {
            rest = after;
        } else {
            out.push_str("<at");
            rest = &mention["<at".len()..];
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_it_was_typed() {
        for (sent, typed) in [
            ("<at>kb</at>&nbsp;AADSTS50011 after login\n", Some("AADSTS50011 after login")),
            ("<at id=\"0\">kb</at> a &lt;b&gt; &amp;amp; c", Some("a <b> &amp; c")),
            ("<p><at>kb</at> one</p><p>two<br>three</p>", Some("one\ntwo\nthree")),
            ("<at>kb</at>&nbsp;", None),
        ] {
            assert_eq!(text(sent, &[]).as_deref(), typed, "{sent}");
        }
        let content = Some("<div><at>kb</at></div><pre>line  1\n  at f</pre>".into());
        let attachment = Attachment { content_type: "text/html".to_owned(), content };
        assert_eq!(text("<at>kb</at> line 1 at f", &[attachment]).as_deref(), Some("line  1\n  at f"));
    }
}
