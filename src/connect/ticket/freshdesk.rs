//! Freshdesk, through automation rules that trigger a webhook.

use serde_json::json;

use super::call::{PER_PAGE, Sorted, call, find, id_at, is_full, is_own_note, is_own_user, segment};
use super::fields::{Fields, parse};
use super::{Audience, Posting, TicketConnector, token_or_standard};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::{Place, html};
use crate::connect::verify::Scheme;

/// What "simple" encoding wraps the fields in.
const WRAPPER: &str = "/freshdesk_webhook";

/// Freshdesk.
#[derive(Debug)]
pub struct Freshdesk;

impl TicketConnector for Freshdesk {
    fn name(&self) -> &'static str {
        "freshdesk"
    }

    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        token_or_standard(endpoint)
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        // "Simple" wraps the fields, "advanced" does not.
        let at = |name: &str| {
            let wrapped = format!("{WRAPPER}/{name}");
            if fields.get(&wrapped).is_some() || fields.get(WRAPPER).is_some() { wrapped } else { format!("/{name}") }
        };
        let external_id = fields.required_id(&at("ticket_id"))?;
        let author = fields.id(&at("author_id"))?;
        let comment = fields.text(&at("ticket_latest_public_comment"))?;
        let is_comment = !comment.trim().is_empty() && !fields.text(&at("triggered_event"))?.contains("created");
        let (text, place) = if is_comment {
            (comment.to_owned(), Place::Comment)
        } else {
            (fields.text(&at("ticket_description"))?.to_owned(), Place::First)
        };
        if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, &text) {
            return Ok(Reading::Ignored("own_note"));
        }
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: request.header("webhook-id").map(str::to_owned),
            occurred_at: fields.time(&at("ticket_updated_at")),
            subject: fields.text(&at("ticket_subject"))?.to_owned(),
            body_text: html::to_text(&text, place),
            author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags(&at("ticket_tags"), "name"),
            ..InboundTicket::new(external_id, if is_comment { TicketEvent::Commented } else { TicketEvent::Opened })
        })))
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        let ticket = segment(posting.external_id);
        match posting.audience {
            Audience::Internal => {
                let body = json!({"body": note.as_str(), "private": true});
                call(Method::Post, format!("/api/v2/tickets/{ticket}/notes"), Some(body))
            }
            // The reply goes to the requester by mail (unconfirmed).
            Audience::Public => {
                call(Method::Post, format!("/api/v2/tickets/{ticket}/reply"), Some(json!({"body": note.as_str()})))
            }
        }
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    fn edit(&self, _endpoint: &Endpoint, posting: Posting<'_>, posted_id: &str) -> Option<OutboundCall> {
        // A reply has been sent by mail and stays (unconfirmed).
        if posting.audience == Audience::Public {
            return None;
        }
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        Some(call(Method::Put, conversation(posted_id), Some(json!({"body": note.as_str()}))))
    }

    fn withdraw(&self, _endpoint: &Endpoint, _external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Delete, conversation(posted_id), None))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(conversations(external_id, 1))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        is_full(response, "", PER_PAGE).then(|| conversations(external_id, page + 1))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("", Sorted::OldestFirst), "id", marker)
    }
}

fn conversations(external_id: &str, page: u32) -> OutboundCall {
    let ticket = segment(external_id);
    call(Method::Get, format!("/api/v2/tickets/{ticket}/conversations?per_page={PER_PAGE}&page={page}"), None)
}

fn conversation(id: &str) -> String {
    format!("/api/v2/conversations/{}", segment(id))
}
