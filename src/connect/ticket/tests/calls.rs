//! The exact calls.

use std::fmt::Write as _;

use super::*;
use crate::connect::dialect::tests::note;

/// The ticket's identifier as the connector makes it.
fn ticket(connector: &str) -> &'static str {
    match connector {
        "github" => "acme/app#12",
        "gitlab" => "15#23",
        "jira" => "OPS-7",
        "chatwoot" => "1/77",
        "helpscout" => "4711",
        "servicenow" => "0097fa0011223344556677889900aabb",
        _ => "481",
    }
}

fn shown(name: &str, call: Option<&OutboundCall>) -> String {
    let Some(call) = call else { return format!("== {name}: none\n") };
    let mut text = format!("== {name}\n{:?} {}\n", call.method, call.path);
    for (header, value) in &call.headers {
        let _ = writeln!(text, "{header}: {value}");
    }
    if let Some(body) = &call.body {
        let _ = writeln!(text, "{}", serde_json::to_string_pretty(body).unwrap());
    }
    text
}

fn all_calls(connector: &str) -> String {
    let (found, endpoint, id) = (by_name(connector).unwrap(), endpoint(connector), ticket(connector));
    let note = note();
    let posting = |audience| Posting { external_id: id, marker: MARKER, audience, note: &note };
    let internal = posting(Audience::Internal);
    [
        shown("internal note", Some(&found.post(&endpoint, internal))),
        shown("public reply", Some(&found.post(&endpoint, posting(Audience::Public)))),
        shown("edit", found.edit(&endpoint, internal, "990").as_ref()),
        shown("withdraw", found.withdraw(&endpoint, id, "990").as_ref()),
        shown("list", found.list(&endpoint, id).as_ref()),
        shown("no match", found.no_match(&endpoint, id).as_ref()),
    ]
    .concat()
}

macro_rules! calls {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            insta::assert_snapshot!(all_calls(stringify!($name)));
        }
    )*};
}

calls! { generic zendesk jira freshdesk zammad github gitlab intercom chatwoot helpscout servicenow }

fn response(body: &str) -> OutboundResponse {
    OutboundResponse {
        status: 201,
        headers: vec![("resource-id".to_owned(), "990".to_owned())],
        body: body.as_bytes().to_vec(),
    }
}

#[test]
fn the_posted_note_is_named_in_the_answer() {
    for (connector, body) in [
        ("generic", r#"{"data":{"id":"990"}}"#),
        (
            "zendesk",
            r#"{"ticket":{"id":481},"audit":{"id":1,"events":[{"id":2,"type":"Change"},{"id":990,"type":"Comment"}]}}"#,
        ),
        ("jira", r#"{"id":"990","body":{}}"#),
        ("freshdesk", r#"{"id":990,"private":true}"#),
        ("zammad", r#"{"id":990,"ticket_id":81}"#),
        ("github", r#"{"id":990,"body":"x"}"#),
        ("gitlab", r#"{"id":990,"internal":true}"#),
        ("intercom", r#"{"id":"481","conversation_parts":{"conversation_parts":[{"id":"1"},{"id":"990"}]}}"#),
        ("chatwoot", r#"{"id":990,"content":"x"}"#),
        ("helpscout", ""),
    ] {
        assert_eq!(by_name(connector).unwrap().posted_id(&response(body)).as_deref(), Some("990"), "{connector}");
    }
    assert_eq!(by_name("servicenow").unwrap().posted_id(&response(r#"{"result":{"sys_id":"x"}}"#)), None);
}

#[test]
fn the_note_with_the_marker_is_found_among_others() {
    let marker = "kbmatch:01JGFJJZ00000000000000000A";
    for (connector, list) in [
        (
            "zendesk",
            r#"{"comments":[{"id":1,"body":"x"},{"id":990,"metadata":{"custom":{"kbmatch":"01JGFJJZ00000000000000000A"}}}]}"#,
        ),
        (
            "jira",
            r#"{"comments":[{"id":"1"},{"id":"990","properties":[{"key":"kbmatch","value":{"delivery":"01JGFJJZ00000000000000000A"}}]}]}"#,
        ),
        ("freshdesk", r#"[{"id":1,"body":""},{"id":990,"body":"<small>kbmatch:01JGFJJZ00000000000000000A</small>"}]"#),
        ("zammad", r#"[{"id":990,"body":"<small>kbmatch:01JGFJJZ00000000000000000A</small>"}]"#),
        ("github", r#"[{"id":990,"body":"x\n\n<!-- kbmatch:01JGFJJZ00000000000000000A -->"}]"#),
        (
            "gitlab",
            r#"[{"id":2,"body":"kbmatch:01JGFJJZ00000000000000000B"},{"id":990,"body":"<!-- kbmatch:01JGFJJZ00000000000000000A -->"}]"#,
        ),
        (
            "intercom",
            r#"{"conversation_parts":{"conversation_parts":[{"id":"990","body":"kbmatch:01JGFJJZ00000000000000000A"}]}}"#,
        ),
        ("chatwoot", r#"{"payload":[{"id":990,"content":"kbmatch:01JGFJJZ00000000000000000A"}]}"#),
        ("helpscout", r#"{"_embedded":{"threads":[{"id":990,"body":"kbmatch:01JGFJJZ00000000000000000A"}]}}"#),
        ("servicenow", r#"{"result":[{"sys_id":"990","value":"… kbmatch:01JGFJJZ00000000000000000A"}]}"#),
    ] {
        let found = by_name(connector).unwrap();
        assert_eq!(found.find(&response(list), marker).as_deref(), Some("990"), "{connector}");
        assert_eq!(found.find(&response(list), "kbmatch:01JGFJJZ00000000000000000C"), None, "{connector}");
        for broken in ["", "[]", "{}", "null", "<html>"] {
            assert_eq!(found.find(&response(broken), marker), None, "{connector}");
        }
    }
}

#[test]
fn an_internal_note_of_a_service_desk_stays_internal_when_it_is_edited() {
    let (jira, endpoint, note) = (by_name("jira").unwrap(), endpoint("jira"), note());
    let posting = Posting { external_id: "OPS-7", marker: MARKER, audience: Audience::Internal, note: &note };
    let posted = jira.post(&endpoint, posting).body.unwrap();
    assert_eq!(posted["properties"][0]["key"], "sd.public.comment");
    assert_eq!(posted["properties"][0]["value"]["internal"], true);
    let edited = jira.edit(&endpoint, posting, "1").unwrap().body.unwrap();
    assert!(edited.get("properties").is_none());
}

#[test]
fn no_identifier_leads_a_call_elsewhere() {
    let note = note();
    for connector in all() {
        let endpoint = endpoint(connector.name());
        for id in ["../../admin", "a/../b#..", "x?y=1&z#w", "..", "a b\r\nHost: evil", "%2e%2e/"] {
            let posting = Posting { external_id: id, marker: MARKER, audience: Audience::Internal, note: &note };
            let calls = [
                Some(connector.post(&endpoint, posting)),
                connector.edit(&endpoint, posting, id),
                connector.withdraw(&endpoint, id, id),
                connector.list(&endpoint, id),
                connector.no_match(&endpoint, id),
            ];
            for call in calls.into_iter().flatten() {
                let path = call.path.split('?').next().unwrap();
                assert!(path.starts_with('/') && path.is_ascii() && !path.contains(['#', ' ', '\r', '\n']), "{path}");
                assert!(!path.split('/').any(|segment| segment == ".." || segment == "."), "{path}");
            }
        }
    }
}
