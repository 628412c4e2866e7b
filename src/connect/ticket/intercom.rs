//! Intercom.

use serde_json::{Value, json};

use super::call::{Sorted, find, is_own_note, is_own_user, option, segment};
use super::fields::{Fields, parse, unreadable};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::{Place, html};
use crate::connect::verify::{Scheme, schemes};

/// Version of the API that the calls are written for (unconfirmed).
const API_VERSION: &str = "2.11";
/// Setting: the teammate as whom notes are written; the own user unless it is set.
const ADMIN_ID: &str = "admin_id";
/// Where the parts of a conversation stand.
const PARTS: &str = "/conversation_parts/conversation_parts";

/// Intercom.
#[derive(Debug)]
pub struct Intercom;

impl TicketConnector for Intercom {
    fn name(&self) -> &'static str {
        "intercom"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::INTERCOM
    }

    fn options(&self) -> &'static [&'static str] {
        &[ADMIN_ID]
    }

    fn check_options(&self, endpoint: &Endpoint) -> Result<(), Unreadable> {
        match writer(endpoint) {
            Some(_) => Ok(()),
            None => {
                Err(unreadable(ADMIN_ID, "notes need the id of the teammate as whom they appear; set it, or own_user"))
            }
        }
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let event = match fields.required_text("/topic")? {
            "ping" => return Ok(Reading::Ignored("ping")),
            "conversation.user.created" | "ticket.created" => TicketEvent::Opened,
            "conversation.user.replied" => TicketEvent::Commented,
            _ => return Ok(Reading::Ignored("event")),
        };
        let external_id = fields.required_id("/data/item/id")?;
        let item = Fields(fields.get("/data/item").unwrap_or(&Value::Null));
        let is_comment = event == TicketEvent::Commented;
        // The last part is the one that the event is about (unconfirmed).
        let part = item.list(PARTS).last().filter(|_| is_comment);
        let source = part.or_else(|| item.get("/source").map(Fields)).unwrap_or(item);
        let author = source.id("/author/id")?;
        let kind = source.text("/author/type")?;
        let (subject, text) = if source.get("/body").is_some() {
            (source.text("/subject")?, source.text("/body")?)
        } else {
            // Tickets carry theirs as attributes (unconfirmed).
            let attribute = |name: &str| item.text(&format!("/ticket_attributes/{name}"));
            (attribute("_default_title_")?, attribute("_default_description_")?)
        };
        if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, text) {
            return Ok(Reading::Ignored("own_note"));
        }
        if matches!(kind, "admin" | "bot") {
            return Ok(Reading::Ignored("author"));
        }
        let place = if is_comment { Place::Comment } else { Place::First };
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: fields.id("/id")?,
            comment_id: part.map(|part| part.id("/id")).transpose()?.flatten(),
            occurred_at: fields.time("/created_at").or_else(|| fields.time("/first_sent_at")),
            subject: html::to_text(subject, place),
            body_text: html::to_text(text, place),
            attachments: attachments(source)?,
            author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: item.tags("/tags/tags", "name"),
            ..InboundTicket::new(external_id, event)
        })))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        let body = json!({
            "type": "admin",
            "message_type": if posting.audience == Audience::Public { "comment" } else { "note" },
            "admin_id": writer(endpoint).unwrap_or_default(),
            "body": note.as_str(),
        });
        call(Method::Post, format!("/conversations/{}/reply", segment(posting.external_id)), Some(body))
    }

    /// The answer is the conversation; ours is its last part.
    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        let value: Value = serde_json::from_slice(&response.body).ok()?;
        Fields(&value).list(PARTS).last()?.id("/id").ok().flatten()
    }

    /// Takes the text out of a part and leaves its place (unconfirmed).
    fn withdraw(&self, _endpoint: &Endpoint, external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        let body = json!({
            "type": "conversation_part",
            "conversation_id": external_id,
            "conversation_part_id": posted_id,
        });
        Some(call(Method::Post, "/conversations/redact".to_owned(), Some(body)))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Get, format!("/conversations/{}", segment(external_id)), None))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, (PARTS, Sorted::OldestFirst), "id", marker)
    }
}

/// The teammate as whom notes are written.
fn writer(endpoint: &Endpoint) -> Option<&str> {
    option(endpoint, ADMIN_ID).or(endpoint.own_user.as_deref().filter(|user| !user.is_empty()))
}

fn call(method: Method, path: String, body: Option<Value>) -> OutboundCall {
    let headers = vec![("accept", "application/json".to_owned()), ("intercom-version", API_VERSION.to_owned())];
    OutboundCall { method, path, headers, body }
}

fn attachments(source: Fields<'_>) -> Result<Vec<Attachment>, Unreadable> {
    let attachment = |file: Fields<'_>| {
        Ok(Attachment {
            name: file.text("/name")?.to_owned(),
            media_type: Some(file.text("/content_type")?.to_owned()).filter(|kind| !kind.is_empty()),
            size: file.get("/filesize").and_then(Value::as_u64),
            url: Some(file.text("/url")?.to_owned()).filter(|url| !url.is_empty()),
            text: None,
        })
    };
    source.list("/attachments").map(attachment).collect()
}
