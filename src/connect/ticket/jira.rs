//! Jira Cloud and Jira Service Management, through admin webhooks.

use serde_json::{Value, json};

use super::call::{PER_PAGE, Sorted, call, find, id_at, is_full, is_own_note, is_own_user, option, segment, ulid};
use super::fields::{Fields, parse};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::adf::{ADF_LIMITS, Adf};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Attachment, Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading,
    TicketEvent, Unreadable,
};
use crate::connect::text::{adf, quoted, wiki};
use crate::connect::verify::{Scheme, schemes};

/// Header of the delivery's identifier.
const DELIVERY: &str = "x-atlassian-webhook-identifier";
/// Setting: the role that sees internal notes in projects without a service desk.
const VISIBILITY_ROLE: &str = "visibility_role";

/// Jira.
#[derive(Debug)]
pub struct Jira;

impl TicketConnector for Jira {
    fn name(&self) -> &'static str {
        "jira"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::JIRA
    }

    fn options(&self) -> &'static [&'static str] {
        &[VISIBILITY_ROLE]
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let (event, author, body) = match fields.required_text("/webhookEvent")? {
            "jira:issue_created" => (TicketEvent::Opened, "/user", "/issue/fields/description"),
            "jira:issue_updated" if text_changed(fields) => (TicketEvent::Edited, "/user", "/issue/fields/description"),
            "comment_created" => (TicketEvent::Commented, "/comment/author", "/comment/body"),
            _ => return Ok(Reading::Ignored("event")),
        };
        let is_comment = event == TicketEvent::Commented;
        let author_id = fields.id(&format!("{author}/accountId"))?;
        let text = text_of(fields, body, is_comment)?;
        let kind = match fields.text(&format!("{author}/accountType"))? {
            "app" => AuthorKind::Bot,
            "atlassian" if is_comment => AuthorKind::Agent,
            _ => AuthorKind::Customer,
        };
        if is_own_user(endpoint, author_id.as_deref()) || (is_comment && is_own_note(endpoint, &text)) {
            return Ok(Reading::Ignored("own_note"));
        }
        // Whatever an app writes, issues as well: it may be a rule that our notes set off.
        if kind == AuthorKind::Bot {
            return Ok(Reading::Ignored("author"));
        }
        if is_comment && fields.get("/comment/jsdPublic") == Some(&Value::Bool(false)) {
            return Ok(Reading::Ignored("internal"));
        }
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: request.header(DELIVERY).map(str::to_owned),
            external_id: fields.required_id("/issue/key")?,
            comment_id: if is_comment { fields.id("/comment/id")? } else { None },
            event,
            occurred_at: fields.time("/timestamp"),
            subject: fields.text("/issue/fields/summary")?.to_owned(),
            body_text: text,
            attachments: if is_comment { Vec::new() } else { attachments(fields)? },
            author: author_id.map(|external_id| Author { external_id, kind }),
            locale: None,
            tags: fields.tags("/issue/fields/labels", "name"),
        })))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let mut body = comment(endpoint, posting);
        let mut properties = vec![json!({"key": "kbmatch", "value": {"delivery": ulid(posting.marker)}})];
        if posting.audience == Audience::Internal {
            // Without it a service desk shows the comment to the customer.
            properties.insert(0, json!({"key": "sd.public.comment", "value": {"internal": true}}));
        }
        body["properties"] = Value::from(properties);
        call(Method::Post, comments(posting.external_id), Some(body))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    /// Without properties: sent again they would change who sees the comment.
    fn edit(&self, endpoint: &Endpoint, posting: Posting<'_>, posted_id: &str) -> Option<OutboundCall> {
        let path = format!("{}/{}", comments(posting.external_id), segment(posted_id));
        Some(call(Method::Put, path, Some(comment(endpoint, posting))))
    }

    fn withdraw(&self, _endpoint: &Endpoint, external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Delete, format!("{}/{}", comments(external_id), segment(posted_id)), None))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(listed(external_id, 0))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        let start = page as usize * PER_PAGE;
        is_full(response, "/comments", PER_PAGE).then(|| listed(external_id, start))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("/comments", Sorted::NewestFirst), "id", marker)
    }
}

/// Comments from the one at `start` on. The marker is a property, which is listed when asked for (unconfirmed).
fn listed(key: &str, start: usize) -> OutboundCall {
    let comments = comments(key);
    let path = format!("{comments}?orderBy=-created&startAt={start}&maxResults={PER_PAGE}&expand=properties");
    call(Method::Get, path, None)
}

fn comments(key: &str) -> String {
    format!("/rest/api/3/issue/{}/comment", segment(key))
}

fn comment(endpoint: &Endpoint, posting: Posting<'_>) -> Value {
    let mut body = json!({"body": Adf::note(posting.note, ADF_LIMITS).into_value()});
    if let (Audience::Internal, Some(role)) = (posting.audience, option(endpoint, VISIBILITY_ROLE)) {
        body["visibility"] = json!({"type": "role", "value": role});
    }
    body
}

/// Whether a change concerns what we match.
fn text_changed(fields: Fields<'_>) -> bool {
    fields.list("/changelog/items").any(|item| matches!(item.text("/field"), Ok("summary" | "description")))
}

/// Text as wiki markup or as a document.
fn text_of(fields: Fields<'_>, pointer: &str, is_comment: bool) -> Result<String, Unreadable> {
    let text = match fields.get(pointer) {
        Some(document @ Value::Object(_)) => adf::to_text(document),
        _ => wiki::to_text(fields.text(pointer)?),
    };
    Ok(if is_comment { quoted::without_mail(&text) } else { text })
}

fn attachments(fields: Fields<'_>) -> Result<Vec<Attachment>, Unreadable> {
    let attachment = |file: Fields<'_>| {
        Ok(Attachment {
            name: file.text("/filename")?.to_owned(),
            media_type: Some(file.text("/mimeType")?.to_owned()).filter(|kind| !kind.is_empty()),
            size: file.get("/size").and_then(Value::as_u64),
            url: Some(file.text("/content")?.to_owned()).filter(|url| !url.is_empty()),
            text: None,
        })
    };
    fields.list("/issue/fields/attachment").map(attachment).collect()
}
