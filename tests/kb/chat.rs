//! The seed's payload, pasted into every chat.

use kbmatch::connect::chat::{ChatReading, by_name};
use kbmatch::connect::endpoint::{Endpoint, Mode, Secrets};
use kbmatch::connect::model::{Credential, InboundRequest};
use kbmatch::delivery::NoteMaker;
use kbmatch::engine::Answer;
use serde_json::{Value, json};

use crate::knowledge::{answer, read};
use crate::seed::PAYLOAD;

fn endpoint(connector: &str) -> Endpoint {
    Endpoint {
        connector: connector.to_owned(),
        name: "ops".to_owned(),
        mode: Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: Secrets::default(),
        base_url: None,
        credential: Credential::None,
        own_user: None,
        options: std::collections::BTreeMap::new(),
        public_url: Some("https://kb.example".to_owned()),
    }
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn form(text: &str) -> String {
    let encoded: String = text
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    format!("user_id=U1&channel_id=C1&command=%2Fkb&text={encoded}")
}

/// The payload as each platform sends it.
fn requests() -> Vec<(&'static str, &'static str, String)> {
    const JSON: &str = "application/json";
    const FORM: &str = "application/x-www-form-urlencoded";
    let json = |value: Value| value.to_string();
    let text = format!("<at>kb</at> {}", html(PAYLOAD));
    vec![
        ("slack", FORM, form(&html(PAYLOAD))),
        ("teams", JSON, json(json!({"type": "message", "from": {"id": "1"}, "text": text}))),
        ("discord", JSON, json(json!({"type": 2, "user": {"id": "1"}, "data": {"options": [{"value": PAYLOAD}]}}))),
        ("mattermost", FORM, form(PAYLOAD)),
        ("rocketchat", JSON, json(json!({"bot": false, "trigger_word": "kb", "text": format!("kb {PAYLOAD}")}))),
        (
            "telegram",
            JSON,
            json(
                json!({"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "from": {"id": 2}, "text": PAYLOAD}}),
            ),
        ),
        (
            "rasa",
            JSON,
            json(json!({"next_action": "action_kb_lookup", "tracker": {"latest_message": {"text": PAYLOAD}}})),
        ),
        (
            "dialogflow",
            JSON,
            json(json!({"text": "it failed", "sessionInfo": {"session": "s", "parameters": {"error_text": PAYLOAD}}})),
        ),
    ]
}

/// Letters of a text, marks and blanks gone.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The first words of an article's cause and solution, where no mark can stand between them.
fn beginnings(found: &Answer) -> [String; 2] {
    [&found.matches[0].cause, &found.matches[0].solution]
        .map(|text| letters(&kbmatch::render::plain_text(text)).chars().take(20).collect())
}

#[test]
fn the_payload_in_each_chat_gets_its_cause_and_solution() {
    let requests = requests();
    assert_eq!(requests.len(), kbmatch::connect::chat::all().len());
    for (name, content_type, body) in requests {
        let connector = by_name(name).unwrap();
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        let request = InboundRequest { headers, body: body.as_bytes() };
        let reading = connector.read(&endpoint(name), &request);
        let Ok(ChatReading::Query(query)) = reading else { panic!("{name}: {reading:?}") };
        let found = answer(&read(query.text.as_bytes(), Some("text/plain"), None));
        assert_eq!(found.matches[0].article.id.as_str(), crate::seed::ID, "{name}");
        let note = NoteMaker::new(None, Some("https://kb.example".to_owned())).note(&found);
        let reply = connector.answer(&endpoint(name), &query, &note);
        let said: Value = serde_json::from_slice(&reply.response.body).unwrap();
        let said = letters(&strings(&said));
        for beginning in beginnings(&found) {
            assert!(said.contains(&beginning), "{name} does not say {beginning}: {said}");
        }
    }
}

/// Every string of a value, one after the other.
fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(strings).collect(),
        Value::Object(object) => object.values().map(strings).collect(),
        _ => String::new(),
    }
}
