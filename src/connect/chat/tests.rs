//! Recorded requests in, readings and exact responses out.

use serde_json::{Value, json};

use super::*;
use crate::connect::dialect::sample;

/// An endpoint with nothing set but its name and its address.
pub(super) fn endpoint(connector: &str) -> Endpoint {
    Endpoint {
        connector: connector.to_owned(),
        name: "ops".to_owned(),
        mode: crate::connect::endpoint::Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: crate::connect::endpoint::Secrets::default(),
        base_url: None,
        credential: crate::connect::model::Credential::None,
        own_user: Some("UBOT".to_owned()),
        options: std::collections::BTreeMap::new(),
        public_url: Some("https://kb.example".to_owned()),
    }
}

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn request<'a>(content_type: &str, body: &'a [u8]) -> InboundRequest<'a> {
    InboundRequest { headers: vec![("content-type".to_owned(), content_type.to_owned())], body }
}

fn read(connector: &str, content_type: &str, body: &[u8]) -> Result<ChatReading, Unreadable> {
    by_name(connector).unwrap().read(&endpoint(connector), &request(content_type, body))
}

/// A reading, and everything that can be answered to it.
fn exchange(connector: &str, content_type: &str, body: &str) -> Value {
    let of = by_name(connector).unwrap();
    let endpoint = endpoint(connector);
    match read(connector, content_type, body.as_bytes()) {
        Err(error) => json!({"unreadable": error.to_string()}),
        Ok(ChatReading::Respond(response)) => json!({"respond": shown_response(&response)}),
        Ok(ChatReading::Query(query)) => json!({
            "query": {
                "id": query.query_id, "conversation": query.conversation_id, "user": query.user_id,
                "locale": query.locale, "text": query.text,
            },
            "match": shown(&of.answer(&endpoint, &query, &sample::matched())),
            "ambiguous": shown(&of.answer(&endpoint, &query, &sample::ambiguous())),
            "no_match": shown(&of.answer(&endpoint, &query, &sample::nothing())),
            "deferred": of.deferred(&endpoint, &query).map(|response| shown_response(&response)),
            "late": of.late(&endpoint, &query, &sample::nothing()).map(|call| shown_call(&call)),
        }),
        Ok(ChatReading::Vote(vote)) => json!({
            "vote": {"token": vote.token, "user": vote.user_id},
            "thanks": shown(&of.thanks(&endpoint, &vote, true)),
            "settle": shown(&of.settle(&endpoint, &vote, &sample::matched())),
        }),
        Ok(ChatReading::Choice(vote)) => json!({
            "choice": {"token": vote.token, "user": vote.user_id},
            "settle": shown(&of.settle(&endpoint, &vote, &sample::matched())),
        }),
    }
}

fn shown(reply: &ChatReply) -> Value {
    let mut value = shown_response(&reply.response);
    if let Some(call) = &reply.call {
        value["call"] = shown_call(call);
    }
    value
}

fn shown_response(response: &ChatResponse) -> Value {
    let body = match serde_json::from_slice::<Value>(&response.body) {
        Ok(value) => value,
        Err(_) => String::from_utf8_lossy(&response.body).into(),
    };
    json!({"status": response.status, "type": response.content_type, "body": body})
}

fn shown_call(call: &ChatCall) -> Value {
    json!({
        "origin": call.origin, "method": format!("{:?}", call.call.method), "path": call.call.path,
        "headers": call.call.headers, "body": call.call.body,
    })
}

const SLACK_COMMAND: &str = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fkb&text=Required+member+is+undefined+%26amp%3B+%3Chttps%3A%2F%2Fa.example%7Chere%3E&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

fn slack_button(action: &str, value: &str) -> String {
    let payload = json!({
        "type": "block_actions", "user": {"id": "U2CERLKJA", "username": "roadrunner"}, "team": {"id": "T1"},
        "channel": {"id": "C1"}, "container": {"type": "message", "message_ts": "1.2"}, "trigger_id": "1.2.x",
        "response_url": "https://hooks.slack.com/actions/T1/2/abc",
        "actions": [{"type": "button", "action_id": action, "block_id": "kb", "value": value, "action_ts": "1.2"}],
    });
    form_urlencoded::Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish()
}

#[test]
fn slack_is_read_and_answered() {
    let mention = r#"{"token":"x","team_id":"T1","type":"event_callback","event_id":"Ev01","event_time":1,"event":{"type":"app_mention","user":"U2CERLKJA","text":"<@UBOT> ORA-00942: table &lt;x&gt;","ts":"1.0","thread_ts":"0.9","channel":"C1"}}"#;
    let vote = slack_button("kb_yes", "v1.01KDZ4T7A8000000000000000Z.passkey.y.AAAAAAAAAAA");
    let choice = slack_button("kb_choose_1", "v1.01KDZ4T7A8000000000000000Z.passkey.c.AAAAAAAAAAA");
    insta::assert_json_snapshot!(json!({
        "command": exchange("slack", FORM, SLACK_COMMAND),
        "empty command": exchange("slack", FORM, "command=%2Fkb&text=+&user_id=U1&channel_id=C1"),
        "ssl check": exchange("slack", FORM, "ssl_check=1&token=x"),
        "challenge": exchange("slack", JSON, r#"{"token":"x","challenge":"3eZbrw1a","type":"url_verification"}"#),
        "mention": exchange("slack", JSON, mention),
        "vote": exchange("slack", FORM, &vote),
        "choice": exchange("slack", FORM, &choice),
        "broken": exchange("slack", JSON, "{\"type\":"),
    }));
}

#[test]
fn teams_is_read_and_answered() {
    let activity = r#"{"type":"message","id":"1767323045000","timestamp":"2026-01-02T03:04:05Z","channelId":"msteams","locale":"en-US","textFormat":"plain","from":{"id":"29:x","name":"Ada","aadObjectId":"00"},"conversation":{"id":"19:abc@thread.tacv2;messageid=1767323045000"},"text":"<at>kb</at>&nbsp;AADSTS50011 after login\n","attachments":[{"contentType":"text/html","content":"<div><at>kb</at>&nbsp;AADSTS50011 after login</div>"}],"channelData":{"team":{"id":"T"},"tenant":{"id":"t"}}}"#;
    insta::assert_json_snapshot!(json!({
        "message": exchange("teams", JSON, activity),
        "nothing asked": exchange("teams", JSON, r#"{"type":"message","id":"1","from":{"id":"29:x"},"text":"<at>kb</at>"}"#),
    }));
}

const DISCORD_COMMAND: &str = r#"{"type":2,"id":"1","application_id":"2","token":"aW50","locale":"en-US","guild_id":"3","channel_id":"4","member":{"user":{"id":"5"}},"data":{"id":"6","name":"kb","type":1,"options":[{"name":"error","type":3,"value":"NU1605: Detected package downgrade"}]}}"#;

#[test]
fn discord_is_read_and_answered() {
    let on_message = r#"{"type":2,"id":"7","application_id":"2","token":"aW50","channel_id":"4","user":{"id":"5"},"data":{"id":"6","name":"Find fix","type":3,"target_id":"9","resolved":{"messages":{"9":{"id":"9","content":"npm ERR! ERESOLVE"}}}}}"#;
    let button = r#"{"type":3,"id":"8","application_id":"2","token":"aW50","channel_id":"4","member":{"user":{"id":"5"}},"message":{"id":"10"},"data":{"custom_id":"v1.01KDZ4T7A8000000000000000Z.passkey.y.AAAAAAAAAAA","component_type":2}}"#;
    insta::assert_json_snapshot!(json!({
        "ping": exchange("discord", JSON, r#"{"type":1}"#),
        "command": exchange("discord", JSON, DISCORD_COMMAND),
        "message command": exchange("discord", JSON, on_message)["query"],
        "button": exchange("discord", JSON, button),
        "no user": exchange("discord", JSON, r#"{"type":2,"data":{}}"#),
    }));
}

#[test]
fn mattermost_is_read_and_answered() {
    let command = "channel_id=c1&channel_name=town&command=%2Fkb&response_url=https%3A%2F%2Fmm.example%2Fhooks%2Fx&team_domain=t&team_id=t1&text=ORA-00942+%40all&token=tok&trigger_id=tr1&user_id=u1&user_name=ada";
    let click = r#"{"user_id":"u1","user_name":"ada","channel_id":"c1","team_id":"t1","post_id":"p1","trigger_id":"x","type":"button","context":{"v":"v1.01KDZ4T7A8000000000000000Z.passkey.y.AAAAAAAAAAA"}}"#;
    insta::assert_json_snapshot!(json!({
        "command": exchange("mattermost", FORM, command),
        "nothing asked": exchange("mattermost", FORM, "text=&user_id=u1"),
        "click": exchange("mattermost", JSON, click),
        "click on something else": exchange("mattermost", JSON, r#"{"user_id":"u1","context":{}}"#),
    }));
    let mattermost = by_name("mattermost").unwrap();
    assert!(mattermost.is_self_proving(&request("application/json; charset=utf-8", b"{}")));
    assert!(!mattermost.is_self_proving(&request(FORM, b"{}")));
    for other in all().iter().filter(|connector| connector.name() != "mattermost") {
        assert!(!other.is_self_proving(&request(JSON, b"{}")), "{}", other.name());
    }
}

#[test]
fn rocketchat_is_read_and_answered() {
    let posted = r#"{"token":"tok","bot":false,"trigger_word":"!kb","channel_id":"c1","channel_name":"ops","message_id":"m1","timestamp":"2026-01-02T03:04:05.000Z","user_id":"u1","user_name":"ada","text":"!kb ORA-00942","siteUrl":"https://rc.example"}"#;
    insta::assert_json_snapshot!(json!({
        "posted": exchange("rocketchat", JSON, posted),
        "nothing asked": exchange("rocketchat", JSON, r#"{"trigger_word":"!kb","text":"!KB ","user_id":"u1","bot":false}"#),
    }));
}

#[test]
fn telegram_is_read_and_answered() {
    let message = r#"{"update_id":881,"message":{"message_id":7,"date":1767323045,"chat":{"id":42,"type":"private"},"from":{"id":9,"is_bot":false,"language_code":"en"},"text":"/kb ERR_CERT_AUTHORITY_INVALID"}}"#;
    let click = r#"{"update_id":882,"callback_query":{"id":"cb1","from":{"id":9,"is_bot":false},"message":{"message_id":8,"chat":{"id":42,"type":"private"}},"data":"v1.01KDZ4T7A8000000000000000Z.passkey.y.AAAAAAAAAAA"}}"#;
    let in_reply = r#"{"update_id":883,"message":{"message_id":9,"chat":{"id":-5,"type":"group"},"from":{"id":9},"text":"/kb@kb_bot","reply_to_message":{"message_id":6,"from":{"id":8,"is_bot":false},"text":"ORA-00942"}}}"#;
    insta::assert_json_snapshot!(json!({
        "message": exchange("telegram", JSON, message),
        "click": exchange("telegram", JSON, click),
        "in reply": exchange("telegram", JSON, in_reply)["query"],
        "nothing asked": exchange("telegram", JSON, r#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"from":{"id":9},"text":"/start"}}"#),
        "talk in a group": exchange("telegram", JSON, r#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"group"},"from":{"id":9},"text":"hello"}}"#),
        "other update": exchange("telegram", JSON, r#"{"update_id":1,"edited_message":{}}"#),
    }));
}

#[test]
fn rasa_is_read_and_answered() {
    let call = |action: &str, slots: Value, latest: Value| {
        json!({
            "next_action": action, "sender_id": "u1", "version": "3.6.0", "domain": {"intents": ["x"]},
            "tracker": {"sender_id": "u1", "slots": slots, "latest_message": latest, "events": [{"event": "action"}]},
        })
        .to_string()
    };
    let value = "v1.01KDZ4T7A8000000000000000Z.passkey.y.AAAAAAAAAAA";
    let entities = json!({"text": "/kb_feedback", "intent": {"name": "kb_feedback"}, "entities": [{"entity": "v", "value": value}]});
    insta::assert_json_snapshot!(json!({
        "lookup": exchange("rasa", JSON, &call("action_kb_lookup", json!({}), json!({"text": "ORA-00942", "entities": []}))),
        "slot first": exchange("rasa", JSON, &call("action_kb_lookup", json!({"error_text": "E1"}), json!({"text": "help"})))["query"],
        "feedback": exchange("rasa", JSON, &call("action_kb_feedback", json!({}), entities)),
        "unknown action": exchange("rasa", JSON, &call("action_other", json!({}), json!({"text": "x"}))),
        "nothing asked": exchange("rasa", JSON, &call("action_kb_lookup", json!({"error_text": null}), json!(null))),
    }));
    let tracker = format!(
        r#"{{"next_action":"action_kb_lookup","tracker":{{"latest_message":{{"text":"E1"}},"events":[{}1]}}}}"#,
        "{},".repeat(1 << 20)
    );
    assert!(by_name("rasa").unwrap().max_body_bytes() > tracker.len());
    assert!(matches!(read("rasa", JSON, tracker.as_bytes()), Ok(ChatReading::Query(query)) if query.text == "E1"));
}

#[test]
fn dialogflow_is_read_and_answered() {
    let es = r#"{"responseId":"r1","session":"projects/p/agent/sessions/s1","queryResult":{"queryText":"I get ORA-00942","languageCode":"en","parameters":{"error_text":"ORA-00942"},"intent":{"displayName":"report_error"}},"originalDetectIntentRequest":{"source":"DIALOGFLOW_CONSOLE"}}"#;
    let es_vote = r#"{"responseId":"r2","session":"projects/p/agent/sessions/s1","queryResult":{"queryText":"no","parameters":{"kb_helpful":"no"},"intent":{"displayName":"kb.feedback"},"outputContexts":[{"name":"projects/p/agent/sessions/s1/contexts/kb","parameters":{"kb_feedback_token_no":"v1.n"}}]}}"#;
    let cx = r#"{"detectIntentResponseId":"d1","text":"I get ORA-00942","languageCode":"en","fulfillmentInfo":{"tag":"kb.match"},"intentInfo":{"displayName":"report_error","confidence":1.0},"sessionInfo":{"session":"projects/p/locations/l/agents/a/sessions/s1","parameters":{}}}"#;
    let cx_vote = r#"{"fulfillmentInfo":{"tag":"kb.feedback"},"sessionInfo":{"session":"s1","parameters":{"kb_helpful":true,"kb_feedback_token":"v1.y"}}}"#;
    insta::assert_json_snapshot!(json!({
        "es": exchange("dialogflow", JSON, es),
        "es vote": exchange("dialogflow", JSON, es_vote),
        "cx": exchange("dialogflow", JSON, cx),
        "cx vote": exchange("dialogflow", JSON, cx_vote),
        "cx spoken": exchange("dialogflow", JSON, r#"{"transcript":"it broke","sessionInfo":{"session":"s1"}}"#)["query"],
        "neither": exchange("dialogflow", JSON, "{}"),
        "nothing asked": exchange("dialogflow", JSON, r#"{"fulfillmentInfo":{"tag":"kb.match"}}"#),
    }));
}

#[test]
fn what_we_said_ourselves_is_not_answered() {
    let ours = [
        (
            "slack",
            r#"{"type":"event_callback","event":{"type":"app_mention","user":"UBOT","text":"<@UBOT> x","channel":"C1"}}"#,
        ),
        (
            "slack",
            r#"{"type":"event_callback","event":{"type":"app_mention","user":"U1","bot_id":"B1","text":"x","channel":"C1"}}"#,
        ),
        ("slack", r#"{"type":"event_callback","event":{"type":"message","user":"U1","text":"x","channel":"C1"}}"#),
        ("teams", r#"{"type":"message","from":{"id":"UBOT"},"text":"x"}"#),
        ("teams", r#"{"type":"message","from":{"id":"1","role":"bot"},"text":"x"}"#),
        ("rocketchat", r#"{"bot":true,"user_id":"u1","text":"x"}"#),
        ("rocketchat", r#"{"bot":{"i":"b1"},"user_id":"u1","text":"x"}"#),
        ("rocketchat", r#"{"bot":false,"user_id":"UBOT","text":"x"}"#),
        ("rocketchat", r#"{"bot":false,"isEdited":true,"user_id":"u1","text":"x"}"#),
        (
            "telegram",
            r#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"from":{"id":9,"is_bot":true},"text":"x"}}"#,
        ),
        (
            "telegram",
            r#"{"update_id":1,"message":{"message_id":1,"chat":{"id":1,"type":"private"},"from":{"id":9},"via_bot":{"id":1},"text":"x"}}"#,
        ),
    ];
    for (connector, body) in ours {
        let Ok(ChatReading::Respond(response)) = read(connector, JSON, body.as_bytes()) else { panic!("{body}") };
        assert_eq!(response.status, 200, "{body}");
        assert!(response.body.is_empty() == (connector == "slack") && response.body.len() <= 2, "{body}");
    }
}

#[test]
fn every_connector_has_a_name_of_its_own() {
    let mut names: Vec<_> = names().collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all().len());
    assert!(names.into_iter().all(|name| by_name(name).is_some_and(|found| found.name() == name)));
    assert!(by_name("carrier-pigeon").is_none());
}

/// Reads and, where something was asked, answers.
fn drive(connector: &dyn ChatConnector, content_type: &str, body: &[u8]) {
    let endpoint = endpoint(connector.name());
    if let Ok(ChatReading::Query(query)) = connector.read(&endpoint, &request(content_type, body)) {
        assert!(!query.text.trim().is_empty());
        connector.answer(&endpoint, &query, &sample::ambiguous());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_connector_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        for connector in all() {
            drive(*connector, JSON, &bytes);
            drive(*connector, FORM, &bytes);
        }
    }

    #[test]
    fn no_text_in_a_known_place_makes_a_connector_panic(text in "\\PC{0,60}|[<>&|@a-z/ ]{0,40}") {
        let known = [
            ("slack", json!({"type": "event_callback", "event": {"type": "app_mention", "user": "U1", "text": text, "channel": "C"}})),
            ("teams", json!({"type": "message", "text": text, "from": {"id": "1"}})),
            ("discord", json!({"type": 2, "user": {"id": "1"}, "data": {"options": [{"value": text}]}})),
            ("rocketchat", json!({"trigger_word": text, "text": text, "bot": false})),
            ("telegram", json!({"message": {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": text}})),
            ("rasa", json!({"next_action": text, "tracker": {"latest_message": {"text": text}}})),
            ("dialogflow", json!({"text": text, "sessionInfo": {"session": text}})),
        ];
        for (connector, body) in known {
            drive(by_name(connector).unwrap(), JSON, body.to_string().as_bytes());
        }
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("text", &text).finish();
        drive(by_name("slack").unwrap(), FORM, form.as_bytes());
        drive(by_name("mattermost").unwrap(), FORM, form.as_bytes());
    }
}
