//! GitHub Issues.

mod hooks;

use serde_json::json;

use super::call::{PER_PAGE, Sorted, find, id_at, is_full, is_own_note, is_own_user, segment};
use super::fields::{Fields, parse, unreadable};
use super::{Attempt, Attempts, Posting, TicketConnector};
use crate::connect::dialect::markdown::{Flavour, Markdown};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{
    Author, AuthorKind, InboundRequest, InboundTicket, Method, OutboundCall, OutboundResponse, Reading, TicketEvent,
    Unreadable,
};
use crate::connect::text::{Place, markdown};
use crate::connect::verify::{Scheme, schemes};

/// Version of the API that the calls are written for (unconfirmed).
const API_VERSION: &str = "2022-11-28";

/// GitHub. It knows no internal notes: whatever is posted, everybody sees.
#[derive(Debug)]
pub struct GitHub;

impl TicketConnector for GitHub {
    fn name(&self) -> &'static str {
        "github"
    }

    fn scheme(&self, _endpoint: &Endpoint) -> Scheme {
        schemes::GITHUB
    }

    fn options(&self) -> &'static [&'static str] {
        &[hooks::HOOKS]
    }

    fn check_options(&self, endpoint: &Endpoint) -> Result<(), Unreadable> {
        hooks::check(endpoint)
    }

    fn has_internal_notes(&self) -> bool {
        false
    }

    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable> {
        let kind = request.header("x-github-event").unwrap_or_default();
        if kind == "ping" {
            return Ok(Reading::Ignored("ping"));
        }
        if !matches!(kind, "issues" | "issue_comment") {
            return Ok(Reading::Ignored("event"));
        }
        let value = match request.header("content-type") {
            Some(media_type) if media_type.starts_with("application/x-www-form-urlencoded") => {
                let payload = form_urlencoded::parse(request.body).find(|(name, _)| name == "payload");
                let (_, payload) = payload.ok_or_else(|| unreadable("payload", "the form has no such field"))?;
                parse(payload.as_bytes())?
            }
            _ => parse(request.body)?,
        };
        let fields = Fields(&value);
        let event = match (kind, fields.required_text("/action")?) {
            ("issues", "opened") => TicketEvent::Opened,
            ("issues", "edited") if text_changed(fields) => TicketEvent::Edited,
            ("issue_comment", "created") => TicketEvent::Commented,
            _ => return Ok(Reading::Ignored("event")),
        };
        if fields.get("/issue/pull_request").is_some() {
            return Ok(Reading::Ignored("event"));
        }
        let is_comment = event == TicketEvent::Commented;
        let text = fields.text(if is_comment { "/comment/body" } else { "/issue/body" })?;
        let sender = fields.id("/sender/id")?;
        if is_own_user(endpoint, sender.as_deref()) || (is_comment && is_own_note(endpoint, text)) {
            return Ok(Reading::Ignored("own_note"));
        }
        if fields.text("/sender/type")? == "Bot" {
            return Ok(Reading::Ignored("author"));
        }
        let repository = fields.required_text("/repository/full_name")?;
        let external_id = format!("{repository}#{}", fields.required_id("/issue/number")?);
        let place = if is_comment { Place::Comment } else { Place::First };
        Ok(Reading::Ticket(Box::new(InboundTicket {
            delivery_id: request.header("x-github-delivery").map(str::to_owned),
            comment_id: if is_comment { fields.id("/comment/id")? } else { None },
            occurred_at: fields.time(if is_comment { "/comment/updated_at" } else { "/issue/updated_at" }),
            subject: fields.text("/issue/title")?.to_owned(),
            body_text: markdown::to_text(text, place),
            author: sender.map(|external_id| Author { external_id, kind: AuthorKind::Customer }),
            tags: fields.tags("/issue/labels", "name"),
            ..InboundTicket::new(external_id, event)
        })))
    }

    fn post(&self, _endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall {
        let (repository, number) = parts(posting.external_id);
        let path = format!("/repos/{repository}/issues/{number}/comments");
        call(Method::Post, path, Some(body(posting)))
    }

    fn posted_id(&self, response: &OutboundResponse) -> Option<String> {
        id_at(response, "/id")
    }

    fn edit(&self, _endpoint: &Endpoint, posting: Posting<'_>, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Patch, comment(posting.external_id, posted_id), Some(body(posting))))
    }

    fn withdraw(&self, _endpoint: &Endpoint, external_id: &str, posted_id: &str) -> Option<OutboundCall> {
        Some(call(Method::Delete, comment(external_id, posted_id), None))
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
        is_full(response, "", PER_PAGE).then(|| comments(external_id, page + 1))
    }

    fn find(&self, response: &OutboundResponse, marker: &str) -> Option<String> {
        find(response, ("", Sorted::OldestFirst), "id", marker)
    }

    fn hooks(&self, endpoint: &Endpoint) -> Vec<String> {
        hooks::named(endpoint)
    }

    fn attempts(&self, hook: &str, page: Option<&str>) -> Option<OutboundCall> {
        Some(hooks::list(hook, page))
    }

    fn read_attempts(&self, response: &OutboundResponse) -> Option<Attempts> {
        hooks::read(response)
    }

    fn again(&self, hook: &str, attempt: &Attempt) -> Option<OutboundCall> {
        Some(hooks::again(hook, attempt))
    }
}

/// Whether an edit changed what we match.
fn text_changed(fields: Fields<'_>) -> bool {
    fields.get("/changes/body").is_some() || fields.get("/changes/title").is_some()
}

/// Repository and number of `owner/repo#12`, ready for a path.
fn parts(external_id: &str) -> (String, String) {
    let (repository, number) = external_id.rsplit_once('#').unwrap_or((external_id, ""));
    let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
    (format!("{}/{}", segment(owner), segment(name)), segment(number))
}

fn comments(external_id: &str, page: u32) -> OutboundCall {
    let (repository, number) = parts(external_id);
    let path = format!("/repos/{repository}/issues/{number}/comments?per_page={PER_PAGE}&page={page}");
    call(Method::Get, path, None)
}

fn comment(external_id: &str, id: &str) -> String {
    format!("/repos/{}/issues/comments/{}", parts(external_id).0, segment(id))
}

fn body(posting: Posting<'_>) -> serde_json::Value {
    json!({"body": Markdown::note(posting.note, Some(posting.marker), Flavour::GitHub).as_str()})
}

fn call(method: Method, path: String, body: Option<serde_json::Value>) -> OutboundCall {
    let headers = vec![
        ("accept", "application/vnd.github+json".to_owned()),
        ("x-github-api-version", API_VERSION.to_owned()),
        ("user-agent", concat!("kbmatch/", env!("CARGO_PKG_VERSION")).to_owned()),
    ];
    OutboundCall { method, path, headers, body }
}
