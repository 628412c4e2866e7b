//! What is kept of a request: its body and its ticket's text with secrets overwritten, and of its headers those that
//! matter.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::connect::model::{InboundRequest, InboundTicket};
use crate::report::{
    Hints, Incoming, Limits, Part, PartAddress, Report, decode, redact, redact_address, redact_report,
};

/// Longest text that is matched, in bytes; of a longer one the start and the end, where the error most often stands.
const MATCHED: usize = 256 << 10;
const MATCHED_START: usize = 64 << 10;

/// Fields of bodies that name people, or say how to reach them: in lower case, without what separates words.
const PERSONAL: [&str; 24] = [
    "name",
    "firstname",
    "middlename",
    "lastname",
    "fullname",
    "displayname",
    "nickname",
    "username",
    "login",
    "email",
    "emailaddress",
    "phone",
    "phonenumber",
    "mobile",
    "fax",
    "from",
    "to",
    "cc",
    "bcc",
    "replyto",
    "sysupdatedby",
    "syscreatedby",
    "avatarurl",
    "photourl",
];

/// What stands for a person: objects whose names end so, and fields such as `ticket_requester_name`.
const ROLES: [&str; 19] = [
    "requester",
    "customer",
    "contact",
    "user",
    "author",
    "sender",
    "agent",
    "assignee",
    "reporter",
    "caller",
    "owner",
    "member",
    "person",
    "actor",
    "creator",
    "createdby",
    "updatedby",
    "openedby",
    "closedby",
];

/// What a field that starts with somebody's role says of them.
const OF_ROLES: [&str; 4] = ["name", "email", "phone", "mobile"];

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
/// person is overwritten as well. A form that is nothing but the field `payload` with JSON is kept as that JSON.
pub fn mask_body(body: &[u8], content_type: Option<&str>) -> String {
    let incoming = Incoming { body, content_type, content_encoding: None };
    let Ok(report) = decode(incoming, &Hints::default(), &Limits::default()) else {
        return serde_json::json!({ "body": redact(&String::from_utf8_lossy(body)) }).to_string();
    };
    if let Some(payload) = payload(&report) {
        return mask_body(payload.as_bytes(), Some("application/json"));
    }
    let people = People::of(&report);
    let texts = redact_report(&report).into_iter().zip(&report.parts);
    let fields = texts.map(|(text, part)| {
        let text = if people.is_named_by(&place(part)) { "x".repeat(text.chars().count()) } else { text };
        (redact_address(&part.address), serde_json::Value::String(text))
    });
    serde_json::Value::Object(fields.collect()).to_string()
}

/// The JSON that a form holds in its one field `payload`.
fn payload(report: &Report) -> Option<&str> {
    let [part] = report.parts.as_slice() else { return None };
    let is_payload = matches!(&part.address, PartAddress::Form(name) if name == "payload");
    let is_json = || serde_json::from_str::<serde::de::IgnoredAny>(&part.text).is_ok();
    Some(part.text.as_str()).filter(|text| is_payload && text.trim_start().starts_with('{') && is_json())
}

/// Where a part stands.
fn place(part: &Part) -> Cow<'_, str> {
    match &part.address {
        PartAddress::Pointer(pointer) => Cow::Borrowed(pointer),
        other => Cow::Owned(other.to_string()),
    }
}

/// Which fields of a body name people.
struct People {
    /// Objects with both `first` and `last`.
    with_both: HashSet<String>,
}

impl People {
    fn of(report: &Report) -> Self {
        let holders = |name: &str| -> HashSet<String> {
            let holder = |part| place(part).strip_suffix(name)?.strip_suffix('/').map(str::to_owned);
            report.parts.iter().filter_map(holder).collect()
        };
        Self { with_both: holders("first").intersection(&holders("last")).cloned().collect() }
    }

    /// Whether what stands at an address names somebody. A list goes by the name that it has.
    fn is_named_by(&self, address: &str) -> bool {
        let mut names = address.rsplit(['/', '.']).filter(|name| !is_index(name)).map(plain);
        let (name, holder) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
        let in_person = is_role(&holder);
        let of_role = || OF_ROLES.iter().filter_map(|what| name.strip_suffix(what)).any(is_role);
        match name.as_str() {
            // Other things are first and last, too.
            "first" | "last" => {
                in_person || address.rsplit_once('/').is_some_and(|(holder, _)| self.with_both.contains(holder))
            }
            known if PERSONAL.contains(&known) => true,
            // The addresses of somebody's pages hold their login.
            _ => (in_person && name.ends_with("url")) || of_role(),
        }
    }
}

fn is_index(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_digit())
}

/// A name without what separates its words.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn is_role(name: &str) -> bool {
    let one = name.strip_suffix('s').unwrap_or(name);
    ROLES.iter().any(|role| one.ends_with(role))
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

    /// What is kept of a body, by address.
    fn kept(body: &serde_json::Value) -> serde_json::Map<String, serde_json::Value> {
        serde_json::from_str(&mask_body(body.to_string().as_bytes(), Some("application/json"))).unwrap()
    }

    #[test]
    fn people_are_overwritten_by_whatever_name_a_platform_gives_them() {
        let body = serde_json::json!({
            "ticket": { "title": "Ada cannot log in", "note": "first and last", "firstname": "Ada", "lastname": "Ada" },
            "article": { "to": ["Ada <ada@example.com>", "Ada"], "cc": [{ "name": "Ada" }], "body": "code 1603" },
            "primaryCustomer": { "id": 678, "first": "Ada", "last": "Ada", "photoUrl": "https://x/Ada" },
            "threads": [{ "customer": { "first": "Ada" }, "assignees": [{ "last": "Ada", "html_url": "https://x/Ada" }] }],
            "people": [{ "first": "Ada", "last": "Ada" }],
            "ticket_requester_name": "Ada", "ticketAgentName": "Ada", "ticket_contact_phone": "Ada",
            "sys_updated_by": "Ada",
        });
        let kept = kept(&body);
        let shown: Vec<&str> =
            kept.iter().filter(|(_, text)| text.to_string().contains("Ada")).map(|(at, _)| at.as_str()).collect();
        assert_eq!(shown, ["/ticket/title"], "titles and texts are what is matched: {kept:?}");
        assert_eq!((&kept["/article/body"], &kept["/primaryCustomer/id"]), (&"code 1603".into(), &"678".into()));
    }

    #[test]
    fn what_only_sounds_like_somebody_stays() {
        let body = serde_json::json!({
            "page": { "first": "https://x/1" }, "log": { "last": "error 5" }, "hostname": "db-1", "filename": "a.log",
            "error": { "message": "E1001", "from_version": "1", "url": "https://x/y" }, "subject": "to be", "0": "zero",
        });
        for (address, text) in kept(&body) {
            assert_eq!(Some(&text), body.pointer(&address), "{address}");
        }
    }

    #[test]
    fn a_form_that_wraps_json_is_kept_as_that_json() {
        let json =
            r#"{"action":"opened","issue":{"title":"E1001","user":{"login":"ada"}},"sender":{"login":"ada","id":5}}"#;
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("payload", json).finish();
        let kept = mask_body(form.as_bytes(), Some("application/x-www-form-urlencoded"));
        assert_eq!(kept, mask_body(json.as_bytes(), Some("application/json")));
        assert!(kept.contains("\"/issue/title\":\"E1001\"") && !kept.contains("ada"), "{kept}");
        let broken = mask_body(b"payload=%7B%22password%22%3A%22hunter2", Some("application/x-www-form-urlencoded"));
        assert!(broken.contains("form.payload") && !broken.contains("hunter2"), "{broken}");
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
