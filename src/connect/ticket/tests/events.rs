//! What each recorded event says.

use super::*;

fn shown(connector: &str, event: &str, body: &str) -> String {
    match read(connector, event, body.as_bytes()) {
        Ok(Reading::Ticket(ticket)) => format!("{ticket:#?}"),
        other => panic!("{connector} {event}: {other:?}"),
    }
}

/// One test an event, so that a failure names it.
macro_rules! events {
    ($($name:ident: $connector:literal $event:literal;)*) => {$(
        #[test]
        fn $name() {
            let body = include_str!(concat!("events/", $connector, "_", $event, ".json"));
            insta::assert_snapshot!(shown($connector, $event, body));
        }
    )*};
}

events! {
    generic_created: "generic" "created";
    generic_comment: "generic" "comment";
    zendesk_created: "zendesk" "created";
    zendesk_comment: "zendesk" "comment";
    zendesk_trigger_with_raw_control_characters: "zendesk" "trigger_raw";
    zendesk_trigger_comment: "zendesk" "trigger_comment";
    jira_created: "jira" "created";
    jira_comment: "jira" "comment";
    jira_updated: "jira" "updated";
    freshdesk_created: "freshdesk" "created";
    freshdesk_comment: "freshdesk" "comment";
    zammad_created: "zammad" "created";
    zammad_comment: "zammad" "comment";
    github_opened: "github" "opened";
    github_comment: "github" "comment";
    github_edited: "github" "edited";
    gitlab_open: "gitlab" "open";
    gitlab_note: "gitlab" "note";
    gitlab_update: "gitlab" "update";
    intercom_created: "intercom" "created";
    intercom_replied: "intercom" "replied";
    intercom_ticket: "intercom" "ticket";
    chatwoot_message: "chatwoot" "message";
    helpscout_created: "helpscout" "created";
    helpscout_reply: "helpscout" "reply";
    servicenow_created: "servicenow" "created";
    servicenow_comment: "servicenow" "comment";
}

#[test]
fn github_reads_a_form_as_well() {
    let json = include_str!("events/github_opened.json");
    let form = json.bytes().fold(String::new(), |form, byte| form + &format!("%{byte:02x}"));
    let mut headers = headers("github", "opened");
    headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    let body = format!("payload={form}");
    let request = InboundRequest { headers, body: body.as_bytes() };
    let found = by_name("github").unwrap().read(&endpoint("github"), &request);
    assert_eq!(found, read("github", "opened", json.as_bytes()));
    assert!(matches!(found, Ok(Reading::Ticket(_))));
}

#[test]
fn zammad_reads_a_payload_of_the_admin_by_pointers() {
    let mut endpoint = endpoint("zammad");
    for (name, pointer) in [("external_id", "/t"), ("body", "/text")] {
        endpoint.options.insert(name.to_owned(), toml::Value::from(pointer));
    }
    let request = InboundRequest { headers: headers("zammad", ""), body: br#"{"t":81,"text":"0x0000011b"}"# };
    let Ok(Reading::Ticket(ticket)) = by_name("zammad").unwrap().read(&endpoint, &request) else { panic!() };
    assert_eq!((ticket.external_id.as_str(), ticket.body_text.as_str()), ("81", "0x0000011b"));
    assert_eq!(ticket.delivery_id.as_deref(), Some("job-9"));
}
