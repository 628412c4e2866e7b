//! Any system that sends Standard Webhooks: the settings say where things are in its body, and what is called to answer.

use serde_json::{Map, Value};

use super::call::{id_at, is_own_note, is_own_user, option, segment};
use super::fields::{Fields, parse, unreadable};
use super::{Audience, Posting, TicketConnector, token_or_standard};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::dialect::markdown::{Flavour, Markdown};
use crate::connect::dialect::plain::PlainText;
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::{Place, html, markdown, quoted};
use crate::connect::verify::Scheme;

/// Settings that say where things are: JSON pointers, the format of the body, and what is ignored.
pub(super) const POINTERS: &[&str] = &[
    "external_id",
    "subject",
    "body",
    "body_format",
    "comment_id",
    "author",
    "occurred_at",
    "tags",
    "attachments",
    "ignore_when",
];

/// All settings: the pointers, and the call that posts.
const OPTIONS: &[&str] = &[
    "external_id",
    "subject",
    "body",
    "body_format",
    "comment_id",
    "author",
    "occurred_at",
    "tags",
    "attachments",
    "ignore_when",
    "reply_method",
    "reply_path",
    "reply_headers",
    "reply_body",
];

/// Headers that a template may set. Those of the connection and the credential are not for templates.
const HEADERS: &[&str] = &["accept", "user-agent", "x-api-version", "x-requested-with", "idempotency-key", "prefer"];

/// Anything that speaks Standard Webhooks.
#[derive(Debug)]
pub struct Generic;

impl TicketConnector for Generic {
    fn name(&self) -> &'static str {
        "generic"
    }

    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        token_or_standard(endpoint)
    }

    fn options(&self) -> &'static [&'static str] {
        OPTIONS
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        read(endpoint, Fields(&value), request.header("webhook-id").map(str::to_owned))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let template = Template::new(posting);
        let path = option(endpoint, "reply_path").unwrap_or("/tickets/{{external_id}}/notes");
        let method = match option(endpoint, "reply_method") {
            Some("PUT" | "put") => Method::Put,
            Some("PATCH" | "patch") => Method::Patch,
            _ => Method::Post,
        };
        let body = match endpoint.options.get("reply_body") {
            Some(body) => template.json(body),
            None => template.json(&toml::Value::Table(toml::Table::from_iter([
                ("body".to_owned(), toml::Value::from("{{note_html}}")),
                ("internal".to_owned(), toml::Value::from("{{internal}}")),
            ]))),
        };
        let set = endpoint.options.get("reply_headers").and_then(toml::Value::as_table);
        let header = |name: &&'static str| {
            let value = set?.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?.1.as_str()?;
            Some((*name, template.line(value)))
        };
        OutboundCall {
            method,
            path: template.path(path),
            headers: HEADERS.iter().filter_map(header).collect(),
            body: Some(body),
        }
    }

    /// Where systems usually have it.
    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        ["/id", "/data/id", "/result/id"].iter().find_map(|pointer| id_at(response, pointer))
    }
}

/// Whether the settings say where things are.
pub(super) fn has_pointers(endpoint: &Endpoint) -> bool {
    option(endpoint, "external_id").is_some()
}

/// Reads an event by the settings' pointers.
pub(super) fn read(
    endpoint: &Endpoint,
    fields: Fields<'_>,
    delivery_id: Option<String>,
) -> Result<Reading, Unreadable> {
    if is_unwanted(endpoint, fields) {
        return Ok(Reading::Ignored("event"));
    }
    let pointer = |name: &str| option(endpoint, name);
    let required =
        |name: &str| pointer(name).ok_or_else(|| unreadable(&format!("options.{name}"), "no pointer is set"));
    let external_id = fields.required_id(required("external_id")?)?;
    let text = fields.required_text(required("body")?)?;
    let at = |name: &str| pointer(name).map(|pointer| fields.id(pointer)).transpose().map(Option::flatten);
    let author = at("author")?;
    if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, text) {
        return Ok(Reading::Ignored("own_note"));
    }
    let comment_id = at("comment_id")?;
    let place = if comment_id.is_some() { Place::Comment } else { Place::First };
    let event = if comment_id.is_some() { TicketEvent::Commented } else { TicketEvent::Opened };
    Ok(Reading::Ticket(Box::new(InboundTicket {
        delivery_id,
        comment_id,
        occurred_at: pointer("occurred_at").and_then(|pointer| fields.time(pointer)),
        subject: pointer("subject").map_or(Ok(""), |pointer| fields.text(pointer))?.to_owned(),
        body_text: plain(text, pointer("body_format").unwrap_or("plain"), place),
        attachments: pointer("attachments").map_or_else(|| Ok(Vec::new()), |pointer| attachments(fields, pointer))?,
        author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
        tags: pointer("tags").map(|pointer| fields.tags(pointer, "name")).unwrap_or_default(),
        ..InboundTicket::new(external_id, event)
    })))
}

/// Files, each with `name`, and `media_type`, `size`, `url` and `text` where the sender has them.
fn attachments(fields: Fields<'_>, pointer: &str) -> Result<Vec<Attachment>, Unreadable> {
    let attachment = |file: Fields<'_>| {
        let text = |pointer: &str| file.text(pointer).map(|text| Some(text.to_owned()).filter(|text| !text.is_empty()));
        Ok(Attachment {
            name: text("/name")?.unwrap_or_default(),
            media_type: text("/media_type")?,
            size: file.get("/size").and_then(Value::as_u64),
            url: text("/url")?,
            text: text("/text")?,
        })
    };
    fields.list(pointer).map(attachment).collect()
}

/// A text of a format as plain text.
pub(super) fn plain(text: &str, format: &str, place: Place) -> String {
    match (format, place) {
        ("html", _) => html::to_text(text, place),
        ("markdown", _) => markdown::to_text(text, place),
        (_, Place::Comment) => quoted::without_mail(text),
        (_, Place::First) => text.to_owned(),
    }
}

/// Whether `ignore_when`, a list of `{ pointer = "…", value = … }`, holds anywhere.
fn is_unwanted(endpoint: &Endpoint, fields: Fields<'_>) -> bool {
    let rules = endpoint.options.get("ignore_when").and_then(toml::Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let pointer = rule.get("pointer").and_then(toml::Value::as_str);
        let expected = rule.get("value").and_then(|value| serde_json::to_value(value).ok());
        pointer.is_some_and(|pointer| fields.0.pointer(pointer) == expected.as_ref() && expected.is_some())
    })
}

/// What the placeholders of a template stand for.
struct Template<'a> {
    posting: Posting<'a>,
}

impl<'a> Template<'a> {
    fn new(posting: Posting<'a>) -> Self {
        Self { posting }
    }

    fn value(&self, name: &str) -> Option<String> {
        let Posting { note, marker, external_id, .. } = self.posting;
        Some(match name {
            "external_id" => external_id.to_owned(),
            "marker" => marker.to_owned(),
            "report_id" => note.report_id.clone(),
            "note_text" => PlainText::note(note, Some(marker), HTML_LIMITS).as_str().to_owned(),
            "note_markdown" => Markdown::note(note, Some(marker), Flavour::GitHub).as_str().to_owned(),
            "note_html" => Html::note(note, Some(marker), HTML_LIMITS).as_str().to_owned(),
            _ => return None,
        })
    }

    /// Puts values in place of `{{names}}`, once: what a value holds is not read again. Names nobody knows stay.
    fn fill(&self, template: &str, escape: fn(&str) -> String) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find("{{") {
            filled.push_str(&rest[..at]);
            let inner = &rest[at + 2..];
            let found = inner.find("}}").and_then(|end| Some((self.value(inner[..end].trim())?, end)));
            match found {
                Some((value, end)) => {
                    filled.push_str(&escape(&value));
                    rest = &inner[end + 2..];
                }
                None => {
                    filled.push_str("{{");
                    rest = inner;
                }
            }
        }
        filled.push_str(rest);
        filled
    }

    /// A path, each value one segment.
    fn path(&self, template: &str) -> String {
        let path = self.fill(template, segment);
        if path.starts_with('/') { path } else { format!("/{path}") }
    }

    /// A header's value: one line.
    fn line(&self, template: &str) -> String {
        self.fill(template, |value| value.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect())
    }

    /// A body: values stay inside their texts, since the template is filled after it was read. A text that is only
    /// `{{internal}}` or `{{public}}` is a yes or no.
    fn json(&self, template: &toml::Value) -> Value {
        match template {
            toml::Value::String(text) => match text.trim() {
                "{{internal}}" => Value::Bool(self.posting.audience == Audience::Internal),
                "{{public}}" => Value::Bool(self.posting.audience == Audience::Public),
                _ => Value::String(self.fill(text, str::to_owned)),
            },
            toml::Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.iter().map(|(name, value)| (name.clone(), self.json(value))).collect::<Map<_, _>>())
            }
            other => serde_json::to_value(other).unwrap_or(Value::Null),
        }
    }
}
