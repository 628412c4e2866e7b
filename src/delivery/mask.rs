//! What is kept of a request: its body and its ticket's text with secrets overwritten, and of its headers those that
//! matter.

use crate::connect::model::{InboundRequest, InboundTicket};
use crate::report::{Hints, Incoming, Limits, PartAddress, Report, decode, redact, redact_address, redact_report};

/// Longest text that is matched, in bytes; of a longer one the start and the end, where the error most often stands.
const MATCHED: usize = 256 << 10;
const MATCHED_START: usize = 64 << 10;

/// Fields of bodies that name people.
const PERSONAL: [&str; 16] = [
    "name",
    "first_name",
    "last_name",
    "full_name",
    "display_name",
    "displayname",
    "username",
    "login",
    "email",
    "phone",
    "mobile",
    "from",
    "to",
    "cc",
    "reply_to",
    "avatar_url",
];

/// Headers that are kept; none of them proves anything.
const HEADERS: [&str; 18] = [
    "content-type",
    "user-agent",
    "webhook-id",
    "webhook-timestamp",
    "idempotency-key",
    "x-zendesk-webhook-id",
    "x-zendesk-webhook-invocation-id",
    "x-atlassian-webhook-identifier",
    "x-atlassian-webhook-retry",
    "x-atlassian-webhook-flow",
    "x-github-event",
    "x-github-delivery",
    "x-gitlab-event",
    "x-gitlab-event-uuid",
    "x-zammad-trigger",
    "x-zammad-delivery",
    "x-helpscout-event",
    "x-chatwoot-delivery",
];

/// A body as JSON from address to redacted text. Secrets are looked for in every reading of every part; what names a
/// person is overwritten as well.
pub fn mask_body(body: &[u8], content_type: Option<&str>) -> String {
    let incoming = Incoming { body, content_type, content_encoding: None };
    let Ok(report) = decode(incoming, &Hints::default(), &Limits::default()) else {
        return serde_json::json!({ "body": redact(&String::from_utf8_lossy(body)) }).to_string();
    };
    let texts = redact_report(&report).into_iter().zip(&report.parts);
    let fields = texts.map(|(text, part)| {
        let address = redact_address(&part.address);
        let text = if is_personal(&part.address) { "x".repeat(text.chars().count()) } else { text };
        (address, serde_json::Value::String(text))
    });
    serde_json::Value::Object(fields.collect()).to_string()
}

fn is_personal(address: &PartAddress) -> bool {
    let address = address.to_string();
    let last = address.rsplit(['/', '.']).next().unwrap_or_default().to_ascii_lowercase();
    PERSONAL.contains(&last.as_str())
}

/// What matching reads of a ticket, redacted.
pub(super) fn ticket_text(ticket: &InboundTicket) -> String {
    let mut text = ticket.subject.trim().to_owned();
    let attachments = ticket.attachments.iter().filter_map(|attachment| attachment.text.as_deref());
    for piece in std::iter::once(ticket.body_text.as_str()).chain(attachments) {
        if !text.is_empty() && !piece.trim().is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(piece);
    }
    redacted(&cut(text))
}

/// A text with its secrets overwritten, also those that only show when it is decoded.
pub(super) fn redacted(text: &str) -> String {
    match report(text) {
        Some(report) => redact_report(&report).join("\n"),
        None => redact(text).into_owned(),
    }
}

/// A text as a report.
pub(super) fn report(text: &str) -> Option<Report> {
    let incoming =
        Incoming { body: text.as_bytes(), content_type: Some("text/plain; charset=utf-8"), content_encoding: None };
    decode(incoming, &Hints::default(), &Limits::default()).ok()
}

fn cut(text: String) -> String {
    if text.len() <= MATCHED {
        return text;
    }
    let start = text.floor_char_boundary(MATCHED_START);
    let end = text.ceil_char_boundary(text.len() - (MATCHED - MATCHED_START));
    format!("{}\n{}", &text[..start], &text[end..])
}

/// The headers that matter, as JSON.
pub(super) fn kept_headers(request: &InboundRequest<'_>) -> String {
    let kept = request.headers.iter().filter(|(name, _)| HEADERS.contains(&name.as_str()));
    let kept = kept.map(|(name, value)| {
        let value: String = value.chars().take(200).collect();
        (name.clone(), serde_json::Value::String(redact(&value).into_owned()))
    });
    serde_json::Value::Object(kept.collect()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_people_are_overwritten_in_what_is_kept_of_a_body() {
        let body = br#"{"id":"481","subject":"Login","from":"Ada L","customer":{"name":"Ada Lovelace","email":"ada@example.com"},
            "text":"AADSTS50011 for ada@example.com\npassword=hunter2 trace","api_key":"k-123456"}"#;
        let masked = mask_body(body, Some("application/json"));
        for gone in ["Ada", "ada@", "hunter2", "123456"] {
            assert!(!masked.contains(gone), "{gone} in {masked}");
        }
        assert!(masked.contains("AADSTS50011") && masked.contains("481"), "{masked}");
        let named = mask_body(br#"{"a": {"password=hunter2": 1, "b": {"Cookie: sid=9f86d081884c7d65": 2}}}"#, None);
        assert!(!named.contains("hunter2") && !named.contains("9f86d"), "the name of a field: {named}");
        let broken = mask_body(b"{\"password\": \"hunter2\", ", Some("application/json"));
        assert!(!broken.contains("hunter2"), "{broken}");
    }

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        let ticket = InboundTicket {
            delivery_id: None,
            external_id: "1".to_owned(),
            comment_id: None,
            event: crate::connect::model::TicketEvent::Opened,
            occurred_at: None,
            subject: "first ü".to_owned(),
            body_text: "line of a log ü\n".repeat(40_000) + "last",
            attachments: Vec::new(),
            author: None,
            locale: None,
            tags: Vec::new(),
        };
        let text = ticket_text(&ticket);
        assert!(text.len() <= MATCHED + 4 && text.starts_with("first ü") && text.ends_with("last"), "{}", text.len());
    }
}
