//! Zendesk Support: trigger webhooks with a body of the admin's, and event webhooks with one of Zendesk's.

use serde_json::{Value, json};

use super::call::{PER_PAGE, Sorted, call, find, is_full, is_own_note, is_own_user, segment, ulid};
use super::fields::{Fields, parse, unreadable};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::quoted;
use crate::connect::verify::{Scheme, schemes};

/// Header of the delivery's identifier.
const DELIVERY: &str = "x-zendesk-webhook-invocation-id";
/// What the types of events start with.
const EVENT: &str = "zen:event-type:";

/// The user that Zendesk itself writes as (unconfirmed).
const SYSTEM_USER: &str = "-1";

/// Zendesk.
#[derive(Debug)]
pub struct Zendesk;

impl TicketConnector for Zendesk {
    fn name(&self) -> &'static str {
        "zendesk"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::ZENDESK
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = lenient(request.body)?;
        let fields = Fields(&value);
        let delivery_id = request.header(DELIVERY).map(str::to_owned);
        match fields.get("/type").and_then(Value::as_str).and_then(|kind| kind.strip_prefix(EVENT)) {
            Some("ticket.created") => event(endpoint, fields, delivery_id, false),
            Some("ticket.comment_added") => event(endpoint, fields, delivery_id, true),
            Some(_) => Ok(Reading::Ignored("event")),
            None => trigger(endpoint, fields, delivery_id),
        }
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let note = Html::note(posting.note, None, HTML_LIMITS);
        let is_public = posting.audience == Audience::Public;
        let body = json!({"ticket": {
            "comment": {"html_body": note.as_str(), "public": is_public},
            // Kept with the comment and shown to nobody (unconfirmed).
            "metadata": {"kbmatch": ulid(posting.marker)},
        }});
        call(Method::Put, format!("/api/v2/tickets/{}.json", segment(posting.external_id)), Some(body))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        let value: Value = serde_json::from_slice(&response.body).ok()?;
        let events = Fields(&value).list("/audit/events");
        let mut comments = events.filter(|event| event.0["type"] == "Comment");
        comments.find_map(|comment| comment.id("/id").ok().flatten())
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(comments(external_id, 1))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        is_full(response, "/comments", PER_PAGE).then(|| comments(external_id, page + 1))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("/comments", Sorted::NewestFirst), "id", marker)
    }
}

fn comments(external_id: &str, page: u32) -> OutboundCall {
    let ticket = segment(external_id);
    let path = format!("/api/v2/tickets/{ticket}/comments.json?sort_order=desc&per_page={PER_PAGE}&page={page}");
    call(Method::Get, path, None)
}

fn event(
    endpoint: &Endpoint,
    fields: Fields<'_>,
    delivery_id: Option<String>,
    is_comment: bool,
) -> Result<Reading, Unreadable> {
    let subject = fields.text("/detail/subject")?;
    let external_id = match fields.id("/detail/id")? {
        Some(id) => id,
        None => ticket_of(fields.required_text("/subject")?)?,
    };
    let (author, text) = if is_comment {
        let id = fields.id("/event/comment/author/id")?;
        if is_own_user(endpoint, id.as_deref()) {
            return Ok(Reading::Ignored("own_note"));
        }
        if id.as_deref() == Some(SYSTEM_USER) {
            return Ok(Reading::Ignored("author"));
        }
        let kind =
            if fields.is_true("/event/comment/author/is_staff") { AuthorKind::Agent } else { AuthorKind::Customer };
        (id.map(|external_id| Author { external_id, kind }), fields.required_text("/event/comment/body")?)
    } else {
        let requester = fields.id("/detail/requester_id")?;
        let author = requester.map(|external_id| Author { external_id, kind: AuthorKind::Customer });
        (author, fields.text("/detail/description")?)
    };
    if is_own_note(endpoint, text) {
        return Ok(Reading::Ignored("own_note"));
    }
    if is_comment && fields.get("/event/comment/is_public") == Some(&Value::Bool(false)) {
        return Ok(Reading::Ignored("internal"));
    }
    Ok(Reading::Ticket(Box::new(InboundTicket {
        delivery_id,
        external_id,
        comment_id: if is_comment { fields.id("/event/comment/id")? } else { None },
        event: if is_comment { TicketEvent::Commented } else { TicketEvent::Opened },
        occurred_at: fields.time("/time"),
        subject: subject.to_owned(),
        body_text: if is_comment { quoted::without_mail(text) } else { text.to_owned() },
        attachments: Vec::new(),
        author,
        locale: None,
        tags: fields.tags("/detail/tags", "name"),
    })))
}

/// The ticket in `zen:ticket:123`.
fn ticket_of(subject: &str) -> Result<String, Unreadable> {
    let id = subject.strip_prefix("zen:ticket:").filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| unreadable("/subject", "`zen:ticket:` and a number is expected"))
}

/// The body of our template, see `docs/connectors/zendesk.md`.
fn trigger(endpoint: &Endpoint, fields: Fields<'_>, delivery_id: Option<String>) -> Result<Reading, Unreadable> {
    let external_id = fields.required_id("/ticket_id")?;
    let author = fields.id("/author")?;
    let (description, latest) = (fields.text("/description")?, fields.text("/latest")?);
    if is_own_user(endpoint, author.as_deref()) || is_own_note(endpoint, latest) || is_own_note(endpoint, description) {
        return Ok(Reading::Ignored("own_note"));
    }
    // The latest comment of a new ticket is its description, under a line of who wrote when.
    let is_comment =
        !latest.trim().is_empty() && !latest.contains(description.trim()) && !description.contains(latest.trim());
    let locale = Some(fields.text("/locale")?.to_owned()).filter(|locale| !locale.is_empty());
    Ok(Reading::Ticket(Box::new(InboundTicket {
        delivery_id,
        external_id,
        comment_id: fields.id("/comment_id")?.filter(|_| is_comment),
        event: if is_comment { TicketEvent::Commented } else { TicketEvent::Opened },
        occurred_at: fields.time("/updated_at"),
        subject: fields.text("/subject")?.to_owned(),
        body_text: if is_comment { quoted::without_mail(latest) } else { description.to_owned() },
        attachments: Vec::new(),
        author: author.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
        locale,
        tags: fields.tags("/tags", "name"),
    })))
}

/// Strict JSON first. Zendesk pastes some placeholders without escaping them (unconfirmed): then once more with the
/// control characters inside texts escaped.
fn lenient(body: &[u8]) -> Result<Value, Unreadable> {
    parse(body).or_else(|error| {
        let escaped = escape_controls(body);
        if escaped == body { Err(error) } else { parse(&escaped).map_err(|_| error) }
    })
}

fn escape_controls(body: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(body.len() + 64);
    let (mut in_text, mut after_backslash) = (false, false);
    for byte in body {
        match byte {
            0..=0x1f if in_text => escaped.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            byte => escaped.push(*byte),
        }
        if *byte == b'"' && !after_backslash {
            in_text = !in_text;
        }
        after_backslash = *byte == b'\\' && !after_backslash;
    }
    escaped
}
