//! Recorded events in, the exact calls out; own notes, events for others, and fields that are wrong.

mod calls;
mod docs;
mod events;
mod hostile;
mod wrong;

use std::collections::BTreeMap;

use super::*;
use crate::connect::endpoint::{Mode, Secrets};
use crate::connect::model::{Credential, Secret};

const MARKER: &str = "kbmatch:01JGFJJZ00000000000000000A";
/// The user that notes are posted as.
const OWN: &str = "43";

fn endpoint(connector: &str) -> Endpoint {
    let options = match connector {
        "generic" => {
            r#"
            external_id = "/data/id"
            subject = "/data/title"
            body = "/data/text"
            body_format = "html"
            comment_id = "/data/comment/id"
            author = "/data/by"
            occurred_at = "/timestamp"
            tags = "/data/labels"
            attachments = "/data/files"
            ignore_when = [{ pointer = "/type", value = "ticket.closed" }]
            reply_path = "/api/tickets/{{external_id}}/notes?notify=false"
            reply_headers = { Accept = "application/json", Idempotency-Key = "{{marker}}", Host = "evil.test" }
            reply_body = { note = { text = "{{note_text}}", html = "{{ note_html }}", markdown = "{{note_markdown}}", "private" = "{{internal}}" }, source = "kbmatch {{report_id}} {{unknown}}", count = 1 }
            "#
        }
        "jira" => "visibility_role = \"Service Desk Team\"",
        "chatwoot" => "agent_bot = true",
        "intercom" => "admin_id = \"814860\"",
        _ => "",
    };
    let options: BTreeMap<String, toml::Value> = toml::from_str::<toml::Table>(options).unwrap().into_iter().collect();
    Endpoint {
        connector: connector.to_owned(),
        name: "support".to_owned(),
        mode: Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: Secrets { current: Some(Secret::new("kb-test-secret")), previous: None },
        base_url: Some("https://desk.example.com".to_owned()),
        credential: Credential::None,
        own_user: Some(OWN.to_owned()),
        options,
        public_url: Some("https://kb.example.com".to_owned()),
    }
}

/// The headers that an event's kind is read from, and the delivery's identifier.
fn headers(connector: &str, event: &str) -> Vec<(String, String)> {
    let pairs: &[(&str, &str)] = match (connector, event) {
        ("zendesk", _) => &[("x-zendesk-webhook-invocation-id", "01HINV")],
        ("jira", _) => &[("x-atlassian-webhook-identifier", "abc-1")],
        ("zammad", _) => &[("x-zammad-delivery", "job-9")],
        ("github", "comment") => &[("x-github-event", "issue_comment"), ("x-github-delivery", "72d3162e")],
        ("github", _) => &[("x-github-event", "issues"), ("x-github-delivery", "72d3162e")],
        ("gitlab", _) => &[("x-gitlab-event-uuid", "ev-1"), ("idempotency-key", "idem-1")],
        ("helpscout", "created") => &[("x-helpscout-event", "convo.created")],
        ("helpscout", _) => &[("x-helpscout-event", "convo.customer.reply.created")],
        ("generic" | "servicenow", _) => &[("webhook-id", "kb-evt-1")],
        _ => &[],
    };
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn read(connector: &str, event: &str, body: &[u8]) -> Result<Reading, Unreadable> {
    let request = InboundRequest { headers: headers(connector, event), body };
    by_name(connector).unwrap().read(&endpoint(connector), &request)
}

#[test]
fn every_connector_is_found_by_its_name() {
    let names: Vec<&str> = names().collect();
    assert_eq!(names.len(), 11);
    assert!(names.iter().all(|name| by_name(name).is_some_and(|found| found.name() == *name)));
    assert!(by_name("unknown").is_none());
}

#[test]
fn the_form_of_the_secret_decides_where_a_platform_can_sign_or_not() {
    for connector in ["generic", "freshdesk", "servicenow", "gitlab"] {
        let found = by_name(connector).unwrap();
        let mut endpoint = endpoint(connector);
        let token = if connector == "gitlab" { schemes::GITLAB_TOKEN } else { schemes::TOKEN };
        assert_eq!(found.scheme(&endpoint), token);
        endpoint.secrets.current = Some(Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        assert_eq!(found.scheme(&endpoint), schemes::STANDARD_WEBHOOKS);
    }
}
