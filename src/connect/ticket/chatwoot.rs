//! Chatwoot.

use serde_json::{Value, json};

use super::call::{Sorted, call, find, id_at, is_full, is_own_note, is_own_user, is_set, option, segment};
use super::fields::{Fields, parse, unreadable};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::markdown::{Flavour, Markdown};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::{Place, markdown};
use crate::connect::verify::{Scheme, schemes};

/// Setting: this endpoint is an agent bot, so a conversation nobody can answer goes to people.
const BOT: &str = "agent_bot";
/// Messages that the platform lists at a time (unconfirmed).
const MESSAGES: usize = 20;
/// Setting: `token` for releases that sign nothing, behind a proxy that adds our header.
const SIGNATURE: &str = "signature";

/// Chatwoot.
#[derive(Debug)]
pub struct Chatwoot;

impl TicketConnector for Chatwoot {
    fn name(&self) -> &'static str {
        "chatwoot"
    }

    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        if option(endpoint, SIGNATURE) == Some("token") { schemes::TOKEN } else { schemes::CHATWOOT }
    }

    fn options(&self) -> &'static [&'static str] {
        &[BOT, SIGNATURE]
    }

    fn check_options(&self, endpoint: &Endpoint) -> Result<(), Unreadable> {
        let is_known = endpoint.options.get(SIGNATURE).is_none_or(|value| value.as_str() == Some("token"));
        if is_known {
            Ok(())
        } else {
            Err(unreadable(SIGNATURE, "`token` is the only other way; leave it out for signatures"))
        }
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let event = fields.required_text("/event")?;
        if event != "message_created" {
            return Ok(Reading::Ignored("event"));
        }
        let text = fields.text("/content")?;
        let sender = fields.id("/sender/id")?;
        let is_contact = fields.text("/sender/type")? == "contact";
        // Contacts and agents are counted apart.
        if (!is_contact && is_own_user(endpoint, sender.as_deref())) || is_own_note(endpoint, text) {
            return Ok(Reading::Ignored("own_note"));
        }
        if fields.is_true("/private") {
            return Ok(Reading::Ignored("internal"));
        }
        // Some events have the kind as a number: 0 is incoming (unconfirmed).
        let is_incoming = fields.get("/message_type").is_some_and(|kind| kind == "incoming" || kind == 0);
        if !is_incoming || fields.text("/sender/type")? == "agent_bot" {
            return Ok(Reading::Ignored("author"));
        }
        let message = fields.required_id("/id")?;
        let external_id = format!("{}/{}", fields.required_id("/account/id")?, fields.required_id("/conversation/id")?);
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: Some(format!("{event}:{message}")),
            comment_id: Some(message),
            occurred_at: fields.time("/created_at"),
            body_text: markdown::to_text(text, Place::Comment),
            attachments: attachments(fields)?,
            author: sender.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags("/conversation/labels", "title"),
            // Every message is a comment: nothing in it tells the first from the others.
            ..InboundTicket::new(external_id, TicketEvent::Commented)
        })))
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Markdown::note(posting.note, Some(posting.marker), Flavour::Plain);
        let body = json!({
            "content": note.as_str(),
            "message_type": "outgoing",
            "private": posting.audience == Audience::Internal,
        });
        call(Method::Post, format!("{}/messages", conversation(posting.external_id)), Some(body))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    fn withdraw(&self, _endpoint: &Endpoint, external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        let path = format!("{}/messages/{}", conversation(external_id), segment(posted_id));
        Some(call(Method::Delete, path, None))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Get, format!("{}/messages", conversation(external_id)), None))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        _page: u32,
    ) -> Option<OutboundCall> {
        older(external_id, response)
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("/payload", Sorted::OldestFirst), "id", marker)
    }

    fn no_match(&self, endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        let path = format!("{}/toggle_status", conversation(external_id));
        is_set(endpoint, BOT).then(|| call(Method::Post, path, Some(json!({"status": "open"}))))
    }
}

/// The messages before those of an answer, which are sorted oldest first.
fn older(external_id: &str, response: &OutboundResponse) -> Option<OutboundCall> {
    let oldest = id_at(response, "/payload/0/id").filter(|_| is_full(response, "/payload", MESSAGES))?;
    let path = format!("{}/messages?before={}", conversation(external_id), segment(&oldest));
    Some(call(Method::Get, path, None))
}

fn conversation(external_id: &str) -> String {
    let (account, conversation) = external_id.split_once('/').unwrap_or((external_id, ""));
    format!("/api/v1/accounts/{}/conversations/{}", segment(account), segment(conversation))
}

fn attachments(fields: Fields<'_>) -> Result<Vec<Attachment>, Unreadable> {
    let attachment = |file: Fields<'_>| {
        let url = file.text("/data_url")?;
        Ok(Attachment {
            name: url.rsplit('/').next().unwrap_or_default().to_owned(),
            media_type: None,
            size: file.get("/file_size").and_then(Value::as_u64),
            url: Some(url.to_owned()).filter(|url| !url.is_empty()),
            text: None,
        })
    };
    fields.list("/attachments").map(attachment).collect()
}
