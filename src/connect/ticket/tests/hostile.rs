//! Any bytes and any JSON: nothing panics, and nothing of ours is taken for a ticket.

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const EVENTS: [&str; 5] = ["created", "comment", "open", "message", "reply"];

/// Connector, event and body.
const RECORDED: [(&str, &str, &str); 12] = [
    ("generic", "created", include_str!("events/generic_created.json")),
    ("zendesk", "created", include_str!("events/zendesk_comment.json")),
    ("zendesk", "trigger", include_str!("events/zendesk_trigger_raw.json")),
    ("jira", "created", include_str!("events/jira_created.json")),
    ("jira", "comment", include_str!("events/jira_comment.json")),
    ("freshdesk", "comment", include_str!("events/freshdesk_comment.json")),
    ("zammad", "created", include_str!("events/zammad_created.json")),
    ("github", "comment", include_str!("events/github_comment.json")),
    ("gitlab", "open", include_str!("events/gitlab_open.json")),
    ("intercom", "replied", include_str!("events/intercom_replied.json")),
    ("chatwoot", "message", include_str!("events/chatwoot_message.json")),
    ("helpscout", "reply", include_str!("events/helpscout_reply.json")),
];

/// Any JSON, not deep, with the names that connectors look for among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "issue",
            "note",
            "ticket.created",
            "zen:event-type:ticket.created",
            "comment_created",
            "Issue",
            "opened"
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        let names = prop::sample::select(vec![
            "type",
            "event",
            "detail",
            "comment",
            "issue",
            "fields",
            "object_kind",
            "object_attributes",
            "topic",
            "data",
            "item",
            "ticket",
            "article",
            "id",
            "body",
            "author",
            "content",
            "account",
            "conversation",
            "_embedded",
            "threads",
            "webhookEvent",
            "action",
            "changes",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((names, inner), 0..6).prop_map(|pairs| Value::Object(
                pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(body: Vec<u8>) {
        for connector in all() {
            for event in EVENTS {
                let _ = read(connector.name(), event, &body);
            }
            let response = OutboundResponse { status: 200, headers: Vec::new(), body: body.clone() };
            let _ = (connector.posted_id(&response), connector.find(&response, MARKER));
        }
    }

    #[test]
    fn no_damaged_event_panics(
        at in prop::sample::select(RECORDED.to_vec()),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..6),
    ) {
        let (connector, event, body) = at;
        let mut body = body.as_bytes().to_vec();
        for (place, byte, change) in changes {
            let place = place.index(body.len());
            match change {
                0 => body[place] = byte,
                1 => body.truncate(place + 1),
                2 => body.insert(place, byte),
                _ => body.extend_from_within(place..),
            }
        }
        let _ = read(connector, event, &body);
    }

    #[test]
    fn no_json_panics(value in any_json()) {
        let body = value.to_string();
        for connector in all() {
            for event in EVENTS {
                let _ = read(connector.name(), event, body.as_bytes());
            }
            let response = OutboundResponse { status: 200, headers: Vec::new(), body: body.clone().into_bytes() };
            let _ = (connector.posted_id(&response), connector.find(&response, MARKER));
        }
    }
}

#[test]
fn long_texts_of_openings_cost_little() {
    let started = std::time::Instant::now();
    for piece in ["<div ", "<blockquote>", "{{", "[a|", "{code", "<!--", "On x wrote:\n", "&", "`", "\n>"] {
        let text = piece.repeat((1 << 20) / piece.len());
        let bodies = [
            (
                "zammad",
                "created",
                serde_json::json!({"ticket": {"id": 1, "article_count": 2}, "article": {"body": text, "content_type": "text/html", "sender": "Customer"}}),
            ),
            (
                "jira",
                "created",
                serde_json::json!({"webhookEvent": "jira:issue_created", "issue": {"key": "A-1", "fields": {"description": text}}}),
            ),
            (
                "github",
                "opened",
                serde_json::json!({"action": "opened", "issue": {"number": 1, "body": text}, "repository": {"full_name": "a/b"}}),
            ),
        ];
        for (connector, event, body) in bodies {
            assert!(matches!(read(connector, event, body.to_string().as_bytes()), Ok(Reading::Ticket(_))));
        }
    }
    assert!(started.elapsed() < std::time::Duration::from_secs(20), "{:?}", started.elapsed());
}
