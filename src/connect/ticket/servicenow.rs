//! `ServiceNow`, through a business rule whose request we define.

use serde_json::json;

use super::call::{PER_PAGE, Sorted, call, find, is_full, is_own_note, is_own_user, option, segment};
use super::fields::{Fields, parse};
use super::{Audience, Posting, TicketConnector, token_or_standard};
use crate::connect::dialect::plain::{JOURNAL_LIMITS, PlainText};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::quoted;
use crate::connect::verify::Scheme;

/// Setting: the table of the tickets, `incident` unless it is set.
const TABLE: &str = "table";

/// `ServiceNow`. Its journal only grows: a note can be neither edited nor withdrawn.
#[derive(Debug)]
pub struct ServiceNow;

impl TicketConnector for ServiceNow {
    fn name(&self) -> &'static str {
        "servicenow"
    }

    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        token_or_standard(endpoint)
    }

    fn options(&self) -> &'static [&'static str] {
        &[TABLE]
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let external_id = fields.required_id("/sys_id")?;
        let updated_by = fields.id("/sys_updated_by")?;
        let (description, comment) = (fields.text("/description")?, fields.text("/comments")?);
        if is_own_user(endpoint, updated_by.as_deref()) || is_own_note(endpoint, comment) {
            return Ok(Reading::Ignored("own_note"));
        }
        let count = fields.id("/sys_mod_count")?.unwrap_or_default();
        let event = match (comment.trim().is_empty(), count.as_str()) {
            (_, "0" | "") => TicketEvent::Opened,
            (false, _) => TicketEvent::Commented,
            (true, _) => TicketEvent::Edited,
        };
        let is_comment = event == TicketEvent::Commented;
        let delivery_id = request.header("webhook-id").map(str::to_owned);
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: delivery_id.or_else(|| (!count.is_empty()).then(|| format!("{external_id}:{count}"))),
            comment_id: is_comment.then(|| count.clone()),
            // `2026-01-02 03:04:05`, in UTC.
            occurred_at: format!("{}Z", fields.text("/sys_updated_on")?).parse().ok(),
            subject: fields.text("/short_description")?.to_owned(),
            body_text: if is_comment { quoted::without_mail(comment) } else { description.to_owned() },
            author: updated_by.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            ..InboundTicket::new(external_id, event)
        })))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = PlainText::note(posting.note, Some(posting.marker), JOURNAL_LIMITS);
        let field = if posting.audience == Audience::Public { "comments" } else { "work_notes" };
        let table = segment(option(endpoint, TABLE).unwrap_or("incident"));
        let path = format!("/api/now/table/{table}/{}?sysparm_fields=sys_id", segment(posting.external_id));
        call(Method::Patch, path, Some(json!({field: note.as_str()})))
    }

    /// The answer is the ticket; the entry of the journal has an identifier that it does not tell.
    fn posted_id(&self, _response: &OutboundResponse) -> Option<String> {
        None
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(journal(external_id, 0))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        let start = page as usize * PER_PAGE;
        is_full(response, "/result", PER_PAGE).then(|| journal(external_id, start))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("/result", Sorted::NewestFirst), "sys_id", marker)
    }
}

/// Entries of a record's journal from the one at `start` on (unconfirmed).
fn journal(external_id: &str, start: usize) -> OutboundCall {
    let query = format!("element_id={}%5EORDERBYDESCsys_created_on", segment(external_id));
    let path = format!(
        "/api/now/table/sys_journal_field?sysparm_query={query}&sysparm_fields=sys_id,value&sysparm_limit={PER_PAGE}\
         &sysparm_offset={start}"
    );
    call(Method::Get, path, None)
}
