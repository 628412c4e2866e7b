//! Any system that sends Standard Webhooks: the settings say where things are in its body, and what is called to answer.

use serde_json::Value;

use super::call::{id_at, is_own_note, is_own_user, option};
use super::fields::{Fields, parse, unreadable};
use super::template::Template;
use super::{Posting, TicketConnector, token_or_standard};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::{Place, html, markdown, quoted};
use crate::connect::verify::Scheme;

/// All settings: those that say where things are, and the call that posts.
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

/// Settings that say where things are: JSON pointers, the format of the body, and what is ignored; the first ten.
pub(super) const POINTERS: &[&str] = OPTIONS.split_at(10).0;

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

    fn check_options(&self, endpoint: &Endpoint) -> Result<(), Unreadable> {
        check_pointers(endpoint)?;
        check_reply(endpoint)
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        read(endpoint, Fields(&value), request.header("webhook-id").map(str::to_owned))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let template = Template::new(posting);
        let path = option(endpoint, "reply_path").unwrap_or("/tickets/{{external_id}}/notes");
        let method = match option(endpoint, "reply_method") {
            Some("PUT") => Method::Put,
            Some("PATCH") => Method::Patch,
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

/// Whether the settings that say where things are mean something.
pub(super) fn check_pointers(endpoint: &Endpoint) -> Result<(), Unreadable> {
    for needed in ["external_id", "body"] {
        if option(endpoint, needed).is_none() {
            return Err(unreadable(needed, "a JSON pointer is needed, such as /data/id"));
        }
    }
    for name in POINTERS.iter().filter(|name| !matches!(**name, "body_format" | "ignore_when")) {
        let value = endpoint.options.get(*name);
        if value.is_some_and(|value| value.as_str().is_none_or(|pointer| !pointer.starts_with('/'))) {
            return Err(unreadable(name, "a JSON pointer starts with /, such as /data/id"));
        }
    }
    let format = endpoint.options.get("body_format");
    if format.is_some_and(|format| !matches!(format.as_str(), Some("plain" | "html" | "markdown"))) {
        return Err(unreadable("body_format", "write plain, html or markdown"));
    }
    let rules = endpoint.options.get("ignore_when");
    let is_rule =
        |rule: &toml::Value| rule.get("pointer").is_some_and(toml::Value::is_str) && rule.get("value").is_some();
    if rules.is_some_and(|rules| rules.as_array().is_none_or(|rules| !rules.iter().all(is_rule))) {
        return Err(unreadable("ignore_when", "write a list of { pointer = \"/type\", value = \"closed\" }"));
    }
    Ok(())
}

/// Whether the settings of the call mean something.
fn check_reply(endpoint: &Endpoint) -> Result<(), Unreadable> {
    let method = endpoint.options.get("reply_method");
    if method.is_some_and(|method| !matches!(method.as_str(), Some("POST" | "PUT" | "PATCH"))) {
        return Err(unreadable("reply_method", "write POST, PUT or PATCH"));
    }
    let path = endpoint.options.get("reply_path");
    if path.is_some_and(|path| path.as_str().is_none_or(|path| !path.starts_with('/') || path.starts_with("//"))) {
        return Err(unreadable("reply_path", "a path below base_url starts with one /"));
    }
    if endpoint.options.get("reply_body").is_some_and(|body| !body.is_table()) {
        return Err(unreadable("reply_body", "write the JSON body as a table"));
    }
    let Some(headers) = endpoint.options.get("reply_headers") else { return Ok(()) };
    let Some(headers) = headers.as_table() else { return Err(unreadable("reply_headers", "write a table")) };
    let is_known = |name: &String| HEADERS.iter().any(|known| known.eq_ignore_ascii_case(name));
    match headers.iter().find(|(name, value)| !is_known(name) || !value.is_str()) {
        Some((name, _)) => {
            let problem = format!("{name} cannot be set; these can, to texts: {}", HEADERS.join(", "));
            Err(unreadable("reply_headers", &problem))
        }
        None => Ok(()),
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
