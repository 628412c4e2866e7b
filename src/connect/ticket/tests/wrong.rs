//! Events that are ours, for others, or wrong.

use serde_json::{Value, json};

use super::*;

/// An event of a connector with something put at a pointer.
fn with(body: &str, changes: &[(&str, Value)]) -> Vec<u8> {
    let mut event: Value = serde_json::from_str(body).unwrap();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        event.pointer_mut(parent).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value.clone());
    }
    event.to_string().into_bytes()
}

const ZENDESK: &str = include_str!("events/zendesk_comment.json");
const TRIGGER: &str = include_str!("events/zendesk_trigger_comment.json");
const JIRA: &str = include_str!("events/jira_comment.json");
const FRESHDESK: &str = include_str!("events/freshdesk_comment.json");
const ZAMMAD: &str = include_str!("events/zammad_created.json");
const GITHUB: &str = include_str!("events/github_comment.json");
const GITLAB: &str = include_str!("events/gitlab_note.json");
const INTERCOM: &str = include_str!("events/intercom_replied.json");
const CHATWOOT: &str = include_str!("events/chatwoot_message.json");
const HELPSCOUT: &str = include_str!("events/helpscout_created.json");
const SERVICENOW: &str = include_str!("events/servicenow_comment.json");
const GENERIC: &str = include_str!("events/generic_comment.json");

/// Where each event has its text.
const TEXTS: [(&str, &str, &str, &str); 12] = [
    ("zendesk", "comment", ZENDESK, "/event/comment/body"),
    ("zendesk", "trigger", TRIGGER, "/latest"),
    ("jira", "comment", JIRA, "/comment/body"),
    ("freshdesk", "comment", FRESHDESK, "/ticket_latest_public_comment"),
    ("zammad", "created", ZAMMAD, "/article/body"),
    ("github", "comment", GITHUB, "/comment/body"),
    ("gitlab", "note", GITLAB, "/object_attributes/note"),
    ("intercom", "replied", INTERCOM, "/data/item/conversation_parts/conversation_parts/0/body"),
    ("chatwoot", "message", CHATWOOT, "/content"),
    ("helpscout", "created", HELPSCOUT, "/_embedded/threads/0/body"),
    ("servicenow", "comment", SERVICENOW, "/comments"),
    ("generic", "comment", GENERIC, "/data/text"),
];

#[test]
fn our_own_user_is_never_answered() {
    for (connector, event, body, pointer, id) in [
        ("zendesk", "comment", ZENDESK, "/event/comment/author/id", json!("43")),
        ("zendesk", "trigger", TRIGGER, "/author", json!("43")),
        ("jira", "comment", JIRA, "/comment/author/accountId", json!("43")),
        ("freshdesk", "comment", FRESHDESK, "/author_id", json!(43)),
        ("zammad", "created", ZAMMAD, "/article/created_by_id", json!(43)),
        ("github", "comment", GITHUB, "/sender/id", json!(43)),
        ("gitlab", "note", GITLAB, "/user/id", json!(43)),
        ("intercom", "replied", INTERCOM, "/data/item/conversation_parts/conversation_parts/0/author/id", json!("43")),
        ("chatwoot", "message", CHATWOOT, "/sender", json!({"id": 43, "type": "user"})),
        ("helpscout", "created", HELPSCOUT, "/_embedded/threads/0/createdBy/id", json!(43)),
        ("servicenow", "comment", SERVICENOW, "/sys_updated_by", json!("43")),
        ("generic", "comment", GENERIC, "/data/by", json!("43")),
    ] {
        let found = read(connector, event, &with_any(body, pointer, id));
        assert_eq!(found, Ok(Reading::Ignored("own_note")), "{connector} {event}");
    }
}

#[test]
fn our_own_note_is_never_answered_even_when_nobody_said_who_we_are() {
    for (connector, event, body, pointer) in TEXTS {
        for text in [
            "Known problem\n\nkbmatch:01JGFJJZ00000000000000000A",
            "x <!-- kbmatch:01JGFJJZ00000000000000000A -->",
            "This solved it (https://kb.example.com/f/v1.01J.npm.y.abc)",
        ] {
            let found = read(connector, event, &with_any(body, pointer, json!(text)));
            assert_eq!(found, Ok(Reading::Ignored("own_note")), "{connector} {event} {text}");
        }
        let about_us = read(connector, event, &with_any(body, pointer, json!("kbmatch: command not found E42")));
        assert!(matches!(about_us, Ok(Reading::Ticket(_))), "{connector} {event} {about_us:?}");
    }
}

/// As [`with`], where the pointer may lead through lists.
fn with_any(body: &str, pointer: &str, value: Value) -> Vec<u8> {
    let mut event: Value = serde_json::from_str(body).unwrap();
    match event.pointer_mut(pointer) {
        Some(place) => *place = value,
        None => return with(body, &[(pointer, value)]),
    }
    event.to_string().into_bytes()
}

#[test]
fn what_is_internal_or_written_by_others_is_ignored() {
    for (connector, event, body, pointer, value, reason) in [
        ("zendesk", "comment", ZENDESK, "/event/comment/is_public", json!(false), "internal"),
        ("jira", "comment", JIRA, "/comment/jsdPublic", json!(false), "internal"),
        ("jira", "comment", JIRA, "/comment/author/accountType", json!("app"), "author"),
        ("jira", "created", include_str!("events/jira_created.json"), "/user/accountType", json!("app"), "author"),
        ("jira", "updated", include_str!("events/jira_updated.json"), "/user/accountType", json!("app"), "author"),
        ("zammad", "created", ZAMMAD, "/article/internal", json!(true), "internal"),
        ("zammad", "created", ZAMMAD, "/article/sender", json!("Agent"), "author"),
        ("zammad", "created", ZAMMAD, "/article/sender", json!("System"), "author"),
        ("github", "comment", GITHUB, "/sender/type", json!("Bot"), "author"),
        ("github", "opened", include_str!("events/github_opened.json"), "/sender/type", json!("Bot"), "author"),
        ("github", "comment", GITHUB, "/issue/pull_request", json!({"url": "x"}), "event"),
        ("github", "comment", GITHUB, "/action", json!("deleted"), "event"),
        ("gitlab", "note", GITLAB, "/object_attributes/system", json!(true), "author"),
        ("gitlab", "note", GITLAB, "/object_attributes/internal", json!(true), "internal"),
        ("gitlab", "note", GITLAB, "/object_attributes/noteable_type", json!("MergeRequest"), "event"),
        ("gitlab", "note", GITLAB, "/object_kind", json!("push"), "event"),
        ("intercom", "replied", INTERCOM, "/topic", json!("ping"), "ping"),
        ("intercom", "replied", INTERCOM, "/topic", json!("conversation.admin.replied"), "event"),
        (
            "intercom",
            "replied",
            INTERCOM,
            "/data/item/conversation_parts/conversation_parts/0/author/type",
            json!("bot"),
            "author",
        ),
        ("chatwoot", "message", CHATWOOT, "/private", json!(true), "internal"),
        ("chatwoot", "message", CHATWOOT, "/message_type", json!("outgoing"), "author"),
        ("chatwoot", "message", CHATWOOT, "/sender/type", json!("agent_bot"), "author"),
        ("chatwoot", "message", CHATWOOT, "/event", json!("conversation_updated"), "event"),
        ("helpscout", "created", HELPSCOUT, "/_embedded/threads/0/type", json!("note"), "internal"),
        ("helpscout", "created", HELPSCOUT, "/_embedded/threads/0/type", json!("message"), "author"),
        ("zendesk", "comment", ZENDESK, "/type", json!("zen:event-type:ticket.status_changed"), "event"),
        ("jira", "comment", JIRA, "/webhookEvent", json!("jira:issue_deleted"), "event"),
        ("jira", "comment", JIRA, "/webhookEvent", json!("jira:issue_updated"), "event"),
        ("generic", "comment", GENERIC, "/type", json!("ticket.closed"), "event"),
    ] {
        let found = read(connector, event, &with_any(body, pointer, value.clone()));
        assert_eq!(found, Ok(Reading::Ignored(reason)), "{connector} {pointer} {value}");
    }
    let ping = InboundRequest { headers: vec![("x-github-event".to_owned(), "ping".to_owned())], body: b"{}" };
    assert_eq!(by_name("github").unwrap().read(&endpoint("github"), &ping), Ok(Reading::Ignored("ping")));
}

#[test]
fn a_wrong_field_is_named_by_its_pointer() {
    for (connector, event, body, pointer, value) in [
        ("zendesk", "comment", ZENDESK, "/event/comment/body", json!(7)),
        ("zendesk", "comment", ZENDESK, "/detail/id", json!({})),
        ("zendesk", "trigger", TRIGGER, "/ticket_id", json!(null)),
        ("jira", "comment", JIRA, "/issue/key", json!(null)),
        ("jira", "comment", JIRA, "/comment/body", json!([])),
        ("freshdesk", "comment", FRESHDESK, "/ticket_id", json!("")),
        ("zammad", "created", ZAMMAD, "/ticket/id", json!(1.5)),
        ("github", "comment", GITHUB, "/repository/full_name", json!(null)),
        ("github", "comment", GITHUB, "/issue/number", json!([])),
        ("gitlab", "note", GITLAB, "/project/id", json!(null)),
        ("intercom", "replied", INTERCOM, "/data/item/id", json!(null)),
        ("chatwoot", "message", CHATWOOT, "/conversation/id", json!(null)),
        ("helpscout", "created", HELPSCOUT, "/id", json!(null)),
        ("servicenow", "comment", SERVICENOW, "/sys_id", json!(null)),
        ("generic", "comment", GENERIC, "/data/id", json!(null)),
    ] {
        let error = read(connector, event, &with_any(body, pointer, value)).unwrap_err();
        assert_eq!(error.field, pointer, "{connector}: {error}");
        assert!(!error.problem.is_empty());
    }
}

#[test]
fn a_body_that_is_no_json_is_told_so() {
    for connector in all() {
        for (event, body) in
            [("created", b"not json".as_slice()), ("created", b"[]"), ("created", b"\xff\xfe{\0}\0"), ("created", b"")]
        {
            let error = read(connector.name(), event, body).unwrap_err();
            assert_eq!(error.field, "body", "{}: {error}", connector.name());
        }
    }
}
