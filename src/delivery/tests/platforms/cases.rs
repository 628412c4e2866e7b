//! Each platform's settings, its event with the report, its proof, and how it lists and acknowledges notes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::delivery::tests::REPORT;

/// The settings beside those that every endpoint has, as the platform's page shows them.
pub(super) fn settings(connector: &str) -> String {
    let (mode, rest) = match connector {
        "generic" => (
            "suggest",
            "credential = { bearer = \"env:T\" }\n\
             options = { external_id = \"/data/id\", subject = \"/data/title\", body = \"/data/text\", \
             reply_path = \"/tickets/{{external_id}}/notes\", reply_headers = { Idempotency-Key = \"{{marker}}\" }, \
             reply_body = { text = \"{{note_text}}\", private = \"{{internal}}\" } }",
        ),
        "zendesk" => ("suggest", "credential = { user = \"bot@acme.com/token\", password = \"env:T\" }"),
        "jira" => (
            "suggest",
            "credential = { user = \"bot@acme.com\", password = \"env:T\" }\n\
             options = { visibility_role = \"Service Desk Team\" }",
        ),
        "freshdesk" => ("suggest", "credential = { user = \"env:T\", password = \"env:T\" }"),
        "zammad" => {
            ("suggest", "credential = { header = \"Authorization\", prefix = \"Token token=\", value = \"env:T\" }")
        }
        "github" => ("answer", "credential = { bearer = \"env:T\" }"),
        "gitlab" => ("suggest", "credential = { header = \"PRIVATE-TOKEN\", value = \"env:T\" }"),
        "intercom" => ("suggest", "credential = { bearer = \"env:T\" }\noptions = { admin_id = \"814860\" }"),
        "chatwoot" => ("suggest", "credential = { header = \"api_access_token\", value = \"env:T\" }"),
        "servicenow" => ("suggest", "credential = { user = \"kbmatch\", password = \"env:T\" }"),
        _ => ("suggest", "credential = { bearer = \"env:T\" }"),
    };
    format!("connector = {connector:?}\nname = \"desk\"\nmode = {mode:?}\nown_user = \"43\"\n{rest}")
}

/// An event whose text is the report.
pub(super) fn event(connector: &str) -> Value {
    match connector {
        "generic" => json!({ "type": "ticket.created", "data": { "id": "481", "title": "Help", "text": REPORT } }),
        "zendesk" => json!({
            "id": "e9ee", "type": "zen:event-type:ticket.created", "subject": "zen:ticket:481", "event": {},
            "detail": { "id": "481", "subject": "Help", "description": REPORT, "requester_id": "900" },
        }),
        "jira" => json!({
            "webhookEvent": "jira:issue_created", "user": { "accountId": "a1", "accountType": "atlassian" },
            "issue": { "key": "OPS-7", "fields": { "summary": "Help", "description": REPORT } },
        }),
        "freshdesk" => json!({ "freshdesk_webhook": {
            "ticket_id": 481, "ticket_subject": "Help", "ticket_description": REPORT,
            "triggered_event": "{ticket_action:created}",
        } }),
        "zammad" => json!({
            "ticket": { "id": 481, "title": "Help" },
            "article": { "id": 5, "body": REPORT, "content_type": "text/plain", "sender": "Customer" },
        }),
        "github" => json!({
            "action": "opened", "issue": { "number": 12, "title": "Help", "body": REPORT },
            "repository": { "full_name": "acme/app" }, "sender": { "id": 5, "type": "User" },
        }),
        "gitlab" => json!({
            "object_kind": "issue", "user": { "id": 5 }, "project": { "id": 15 },
            "object_attributes": { "id": 301, "iid": 23, "title": "Help", "description": REPORT, "action": "open" },
        }),
        "intercom" => json!({
            "type": "notification_event", "id": "notif_1", "topic": "conversation.user.created",
            "data": { "item": { "type": "conversation", "id": "481", "source": {
                "subject": "", "body": REPORT, "author": { "type": "user", "id": "u1" },
            } } },
        }),
        "chatwoot" => json!({
            "event": "message_created", "id": 9001, "content": REPORT, "message_type": "incoming", "private": false,
            "sender": { "id": 3, "type": "contact" }, "account": { "id": 1 }, "conversation": { "id": 77 },
        }),
        "helpscout" => json!({
            "id": 481, "subject": "Help",
            "_embedded": { "threads": [{ "id": 1, "type": "customer", "body": REPORT, "createdBy": { "id": 678 } }] },
        }),
        "servicenow" => json!({
            "sys_id": "0097fa0011223344556677889900aabb", "short_description": "Help", "description": REPORT,
            "comments": "", "sys_updated_by": "ada",
        }),
        other => panic!("no event of {other}"),
    }
}

/// The headers that the platform sends along, with its proof.
pub(super) fn headers(connector: &str, body: &str, now: Timestamp) -> Vec<(String, String)> {
    let hex = |tag: Vec<u8>| crate::text::hex(&tag);
    let (seconds, time) = (now.as_second().to_string(), format!("{now:.0}"));
    let pairs = match connector {
        "zendesk" => vec![
            ("x-zendesk-webhook-signature-timestamp", time.clone()),
            ("x-zendesk-webhook-signature", STANDARD.encode(sha256(&format!("{time}{body}")))),
        ],
        "jira" => vec![("x-hub-signature", format!("sha256={}", hex(sha256(body))))],
        "zammad" | "intercom" => vec![("x-hub-signature", format!("sha1={}", hex(sha1(body))))],
        "github" => vec![
            ("x-github-event", "issues".to_owned()),
            ("x-hub-signature-256", format!("sha256={}", hex(sha256(body)))),
        ],
        "gitlab" => vec![("x-gitlab-token", "s3cret".to_owned())],
        "chatwoot" => vec![
            ("x-chatwoot-timestamp", seconds.clone()),
            ("x-chatwoot-signature", format!("sha256={}", hex(sha256(&format!("{seconds}.{body}"))))),
        ],
        "helpscout" => vec![
            ("x-helpscout-event", "convo.created".to_owned()),
            ("x-helpscout-signature", STANDARD.encode(sha1(body))),
        ],
        _ => vec![("x-kb-token", "s3cret".to_owned())],
    };
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn sha256(text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn sha1(text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"s3cret").unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// How the platform acknowledges a note.
pub(super) fn made(connector: &str) -> ResponseTemplate {
    let made = ResponseTemplate::new(201);
    match connector {
        "zendesk" => ResponseTemplate::new(200)
            .set_body_json(json!({ "audit": { "events": [{ "id": 990, "type": "Comment" }] } })),
        "intercom" => ResponseTemplate::new(200).set_body_json(list("intercom", &[json!({ "id": "990" })])),
        "helpscout" => made.insert_header("resource-id", "990"),
        "servicenow" => ResponseTemplate::new(200).set_body_json(json!({ "result": { "sys_id": "481" } })),
        _ => made.set_body_json(json!({ "id": 990 })),
    }
}

/// A note as the platform lists it once this body made it.
pub(super) fn listed(connector: &str, body: &Value) -> Value {
    match connector {
        "zendesk" => json!({
            "id": 990, "author_id": 43, "public": false, "html_body": body["ticket"]["comment"]["html_body"],
            "metadata": { "custom": body["ticket"]["metadata"] },
        }),
        "jira" => json!({
            "id": "990", "author": { "accountId": "43" }, "body": body["body"], "properties": body["properties"],
        }),
        "freshdesk" => json!({ "id": 990, "user_id": 43, "body": body["body"], "private": true }),
        "zammad" => json!({ "id": 990, "created_by_id": 43, "body": body["body"], "internal": true }),
        "github" => json!({ "id": 990, "user": { "id": 43 }, "body": body["body"] }),
        "gitlab" => json!({ "id": 990, "author": { "id": 43 }, "body": body["body"], "internal": true }),
        "intercom" => json!({ "id": "990", "author": { "type": "admin", "id": "43" }, "body": body["body"] }),
        "chatwoot" => json!({
            "id": 990, "content": body["content"], "private": true, "sender": { "id": 43, "type": "user" },
        }),
        "helpscout" => json!({ "id": 990, "type": "note", "createdBy": { "id": 43 }, "body": body["text"] }),
        "servicenow" => json!({ "sys_id": "990", "sys_created_by": "43", "value": body["work_notes"] }),
        _ => Value::Null,
    }
}

/// The notes of a ticket as the platform lists them.
pub(super) fn list(connector: &str, notes: &[Value]) -> Value {
    match connector {
        "zendesk" | "jira" => json!({ "comments": notes }),
        "intercom" => json!({ "id": "481", "conversation_parts": { "conversation_parts": notes } }),
        "chatwoot" => json!({ "payload": notes }),
        "helpscout" => json!({ "_embedded": { "threads": notes } }),
        "servicenow" => json!({ "result": notes }),
        _ => json!(notes),
    }
}
