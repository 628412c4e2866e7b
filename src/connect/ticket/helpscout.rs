//! Help Scout.

use serde_json::json;

use super::call::{call, find, is_own_note, is_own_user, segment};
use super::fields::{Fields, parse};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::{Place, html};
use crate::connect::verify::{Scheme, schemes};

/// Where the threads of a conversation stand (unconfirmed).
const THREADS: &str = "/_embedded/threads";

/// Help Scout.
#[derive(Debug)]
pub struct HelpScout;

impl TicketConnector for HelpScout {
    fn name(&self) -> &'static str {
        "helpscout"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::HELPSCOUT
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let event = match request.header("x-helpscout-event").unwrap_or_default() {
            "convo.created" => TicketEvent::Opened,
            "convo.customer.reply.created" => TicketEvent::Commented,
            _ => return Ok(Reading::Ignored("event")),
        };
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let conversation = fields.required_id("/id")?;
        // A public reply names the customer (unconfirmed).
        let external_id = match fields.id("/primaryCustomer/id")? {
            Some(customer) => format!("{conversation}/{customer}"),
            None => conversation,
        };
        let Some(thread) = newest(fields.list(THREADS)) else { return Ok(Reading::Ignored("author")) };
        let text = thread.text("/body")?;
        let author = thread.id("/createdBy/id")?;
        if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, text) {
            return Ok(Reading::Ignored("own_note"));
        }
        match thread.text("/type")? {
            "customer" => {}
            "note" => return Ok(Reading::Ignored("internal")),
            _ => return Ok(Reading::Ignored("author")),
        }
        let is_comment = event == TicketEvent::Commented;
        let place = if is_comment { Place::Comment } else { Place::First };
        Ok(Reading::Ticket(Box::new(InboundTicket {
            comment_id: if is_comment { thread.id("/id")? } else { None },
            occurred_at: thread.time("/createdAt"),
            subject: fields.text("/subject")?.to_owned(),
            body_text: html::to_text(text, place),
            author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags("/tags", "tag"),
            ..InboundTicket::new(external_id, event)
        })))
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        let (conversation, customer) = parts(posting.external_id);
        match customer.and_then(|customer| customer.parse::<u64>().ok()) {
            Some(customer) if posting.audience == Audience::Public => {
                let body = json!({"customer": {"id": customer}, "text": note.as_str()});
                call(Method::Post, format!("/v2/conversations/{}/reply", segment(conversation)), Some(body))
            }
            _ => {
                let path = format!("/v2/conversations/{}/notes", segment(conversation));
                call(Method::Post, path, Some(json!({"text": note.as_str()})))
            }
        }
    }

    /// The answer has no body, only this header (unconfirmed).
    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        response.headers.iter().find(|(name, _)| name == "resource-id").map(|(_, value)| value.clone())
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        let (conversation, _) = parts(external_id);
        Some(call(Method::Get, format!("/v2/conversations/{}/threads", segment(conversation)), None))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, THREADS, "id", marker)
    }
}

/// Conversation and customer.
fn parts(external_id: &str) -> (&str, Option<&str>) {
    external_id.split_once('/').map_or((external_id, None), |(conversation, customer)| (conversation, Some(customer)))
}

/// The thread written last; the first where none says when.
fn newest<'a>(threads: impl Iterator<Item = Fields<'a>>) -> Option<Fields<'a>> {
    threads.reduce(|newest, thread| if thread.time("/createdAt") > newest.time("/createdAt") { thread } else { newest })
}
