//! Help Scout.

use serde_json::json;

use super::call::{Sorted, call, find, is_own_note, is_own_user, number_at, segment};
use super::fields::{Fields, parse};
use super::{Posting, TicketConnector};
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

    /// A reply to the customer names them by an identifier that not every event has.
    fn has_public_replies(&self) -> bool {
        false
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let event = match request.header("x-helpscout-event").unwrap_or_default() {
            "convo.created" => TicketEvent::Opened,
            "convo.customer.reply.created" => TicketEvent::Commented,
            _ => return Ok(Reading::Ignored("event")),
        };
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let external_id = fields.required_id("/id")?;
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
        let path = format!("/v2/conversations/{}/notes", segment(posting.external_id));
        call(Method::Post, path, Some(json!({"text": note.as_str()})))
    }

    /// The answer has no body, only this header (unconfirmed).
    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        response.headers.iter().find(|(name, _)| name == "resource-id").map(|(_, value)| value.clone())
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(threads(external_id, 1))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        let pages = number_at(response, "/page/totalPages")?;
        (u64::from(page) < pages).then(|| threads(external_id, page + 1))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, (THREADS, Sorted::NewestFirst), "id", marker)
    }
}

fn threads(external_id: &str, page: u32) -> OutboundCall {
    call(Method::Get, format!("/v2/conversations/{}/threads?page={page}", segment(external_id)), None)
}

/// The thread written last; the first where none says when.
fn newest<'a>(threads: impl Iterator<Item = Fields<'a>>) -> Option<Fields<'a>> {
    threads.reduce(|newest, thread| if thread.time("/createdAt") > newest.time("/createdAt") { thread } else { newest })
}
