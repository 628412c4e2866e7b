//! GitLab Issues.

use serde_json::{Value, json};

use super::call::{PER_PAGE, Sorted, call, find, id_at, is_full, is_own_note, is_own_user, is_set, segment};
use super::fields::{Fields, parse};
use super::{Audience, Posting, TicketConnector};
use crate::connect::dialect::markdown::{Flavour, Markdown};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::{Place, markdown};
use crate::connect::verify::{Scheme, schemes};

/// Setting for servers that call internal notes confidential (unconfirmed).
const CONFIDENTIAL: &str = "confidential_notes";

/// GitLab.
#[derive(Debug)]
pub struct GitLab;

impl TicketConnector for GitLab {
    fn name(&self) -> &'static str {
        "gitlab"
    }

    /// A signing token is signed with, and then nothing else will do; any other secret is a secret token.
    fn scheme(&self, endpoint: &Endpoint) -> Scheme {
        if super::is_signing_secret(endpoint) { schemes::STANDARD_WEBHOOKS } else { schemes::GITLAB_TOKEN }
    }

    fn options(&self) -> &'static [&'static str] {
        &[CONFIDENTIAL]
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let value = parse(request.body)?;
        let fields = Fields(&value);
        let event = match fields.required_text("/object_kind")? {
            "issue" => match fields.text("/object_attributes/action")? {
                "open" => TicketEvent::Opened,
                "update" if text_changed(fields) => TicketEvent::Edited,
                _ => return Ok(Reading::Ignored("event")),
            },
            "note" if fields.text("/object_attributes/noteable_type")? == "Issue" => {
                // A note that was changed comes again as `update`.
                if fields.text("/object_attributes/action")? == "update" {
                    return Ok(Reading::Ignored("event"));
                }
                TicketEvent::Commented
            }
            _ => return Ok(Reading::Ignored("event")),
        };
        let is_comment = event == TicketEvent::Commented;
        let text =
            fields.text(if is_comment { "/object_attributes/note" } else { "/object_attributes/description" })?;
        let user = fields.id("/user/id")?;
        if is_own_user(endpoint, user.as_deref()) || (is_comment && is_own_note(endpoint, text)) {
            return Ok(Reading::Ignored("own_note"));
        }
        if is_comment && fields.is_true("/object_attributes/system") {
            return Ok(Reading::Ignored("author"));
        }
        if is_comment && fields.is_true("/object_attributes/internal") {
            return Ok(Reading::Ignored("internal"));
        }
        let (number, title) = if is_comment {
            ("/issue/iid", "/issue/title")
        } else {
            ("/object_attributes/iid", "/object_attributes/title")
        };
        let external_id = format!("{}#{}", fields.required_id("/project/id")?, fields.required_id(number)?);
        let place = if is_comment { Place::Comment } else { Place::First };
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: delivery(request),
            comment_id: if is_comment { fields.id("/object_attributes/id")? } else { None },
            occurred_at: fields.time("/object_attributes/updated_at"),
            subject: fields.text(title)?.to_owned(),
            body_text: markdown::to_text(text, place),
            author: user.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags(if is_comment { "/issue/labels" } else { "/labels" }, "title"),
            ..InboundTicket::new(external_id, event)
        })))
    }

    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let mut body = body(posting);
        if posting.audience == Audience::Internal {
            body[if is_set(endpoint, CONFIDENTIAL) { "confidential" } else { "internal" }] = Value::Bool(true);
        }
        call(Method::Post, notes(posting.external_id), Some(body))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    fn edit(&self, _endpoint: &Endpoint, posting: Posting<'_>, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Put, note(posting.external_id, posted_id), Some(body(posting))))
    }

    fn withdraw(&self, _endpoint: &Endpoint, external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Delete, note(external_id, posted_id), None))
    }

    fn list(&self, _endpoint: &Endpoint, external_id: &str) -> Option<OutboundCall> {
        Some(listed(external_id, 1))
    }

    fn more(
        &self,
        _endpoint: &Endpoint,
        external_id: &str,
        response: &OutboundResponse,
        page: u32,
    ) -> Option<OutboundCall> {
        is_full(response, "", PER_PAGE).then(|| listed(external_id, page + 1))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("", Sorted::NewestFirst), "id", marker)
    }
}

fn delivery(request: &InboundRequest<'_>) -> Option<String> {
    let names = ["webhook-id", "idempotency-key", "x-gitlab-event-uuid"];
    names.iter().find_map(|name| request.header(name)).map(str::to_owned)
}

fn text_changed(fields: Fields<'_>) -> bool {
    fields.get("/changes/description").is_some() || fields.get("/changes/title").is_some()
}

fn listed(external_id: &str, page: u32) -> OutboundCall {
    let notes = notes(external_id);
    call(Method::Get, format!("{notes}?sort=desc&order_by=created_at&per_page={PER_PAGE}&page={page}"), None)
}

fn notes(external_id: &str) -> String {
    let (project, number) = external_id.rsplit_once('#').unwrap_or((external_id, ""));
    format!("/api/v4/projects/{}/issues/{}/notes", segment(project), segment(number))
}

fn note(external_id: &str, id: &str) -> String {
    format!("{}/{}", notes(external_id), segment(id))
}

fn body(posting: Posting<'_>) -> Value {
    json!({"body": Markdown::note(posting.note, Some(posting.marker), Flavour::GitLab).as_str()})
}
