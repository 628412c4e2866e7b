//! Zammad.

use serde_json::{Value, json};

use super::call::{Sorted, call, find, id_at, is_own_note, is_own_user, segment};
use super::fields::{Fields, parse};
use super::generic;
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::Place;
use crate::connect::verify::{Scheme, schemes};

/// Header of the delivery's identifier.
const DELIVERY: &str = "x-zammad-delivery";

/// Zammad.
#[derive(Debug)]
pub struct Zammad;

impl TicketConnector for Zammad {
    fn name(&self) -> &'static str {
        "zammad"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::ZAMMAD
    }

    fn options(&self) -> &'static [&'static str] {
        generic::POINTERS
    }

    fn check_options(&self, endpoint: &Endpoint) -> Result<(), Unreadable> {
        if endpoint.options.is_empty() { Ok(()) } else { generic::check_pointers(endpoint) }
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let delivery_id = request.header(DELIVERY).map(str::to_owned);
        // Newer versions let the admin write the payload: then the settings say where things are.
        if generic::has_pointers(endpoint) {
            return generic::read(endpoint, fields, delivery_id);
        }
        let external_id = fields.required_id("/ticket/id")?;
        let text = fields.text("/article/body")?;
        let author = fields.id("/article/created_by_id")?;
        if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, text) {
            return Ok(Reading::Ignored("own_note"));
        }
        if fields.is_true("/article/internal") {
            return Ok(Reading::Ignored("internal"));
        }
        if fields.text("/article/sender")? != "Customer" {
            return Ok(Reading::Ignored("author"));
        }
        // The first article opens the ticket (unconfirmed).
        let is_comment = fields.get("/ticket/article_count").and_then(Value::as_u64).is_some_and(|count| count > 1);
        let place = if is_comment { Place::Comment } else { Place::First };
        let is_html = fields.text("/article/content_type")?.starts_with("text/html");
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id,
            comment_id: if is_comment { fields.id("/article/id")? } else { None },
            occurred_at: fields.time("/article/created_at"),
            subject: fields.text("/ticket/title")?.to_owned(),
            body_text: generic::plain(text, if is_html { "html" } else { "plain" }, place),
            attachments: attachments(fields)?,
            author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags("/ticket/tags", "name"),
            ..InboundTicket::new(external_id, if is_comment { TicketEvent::Commented } else { TicketEvent::Opened })
        })))
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        // Ticket numbers are numbers in its API.
        let ticket = posting.external_id.parse::<u64>().map_or_else(|_| json!(posting.external_id), |id| json!(id));
        let body = json!({
            "ticket_id": ticket,
            "subject": "",
            "body": note.as_str(),
            "content_type": "text/html",
            "type": "note",
            "internal": posting.audience == Audience::Internal,
        });
        call(Method::Post, "/api/v1/ticket_articles".to_owned(), Some(body))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    fn edit(&self, _endpoint: &Endpoint, posting: Posting<'_>, posted_id: &str) -> Option<OutboundCall> {
        let note = Html::note(posting.note, Some(posting.marker), HTML_LIMITS);
        let body = json!({"body": note.as_str(), "content_type": "text/html"});
        Some(call(Method::Put, article(posted_id), Some(body)))
    }

    fn withdraw(&self, _endpoint: &Endpoint, _external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Delete, article(posted_id), None))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Get, format!("/api/v1/ticket_articles/by_ticket/{}", segment(external_id)), None))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("", Sorted::OldestFirst), "id", marker)
    }
}

fn article(id: &str) -> String {
    format!("/api/v1/ticket_articles/{}", segment(id))
}

fn attachments(fields: Fields<'_>) -> Result<Vec<Attachment>, Unreadable> {
    let attachment = |file: Fields<'_>| {
        Ok(Attachment {
            name: file.text("/filename")?.to_owned(),
            media_type: Some(file.text("/preferences/Content-Type")?.to_owned()).filter(|kind| !kind.is_empty()),
            size: file.text("/size").ok().and_then(|size| size.parse().ok()).or_else(|| file.get("/size")?.as_u64()),
            url: Some(file.text("/url")?.to_owned()).filter(|url| !url.is_empty()),
            text: None,
        })
    };
    fields.list("/article/attachments").map(attachment).collect()
}
