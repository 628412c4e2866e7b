//! Chats over HTTP: proved genuine, answered in the response, calls made once.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use kbmatch::config::Settings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::app::{RELATION, REPORT, TestApp, spawn_with};
use crate::votes::{place, secret};

const SECRET: &str = "kb-test-secret";
/// The beginning that it and `RELATION` share does not tell them apart.
const TWIN: &str = r#"---
id: relation-twin
title: A relation is gone
product: postgresql
signatures:
  - template: 'relation "{{relation}}" does not exist'
---
## Cause

It was dropped.

## Solution

Restore `{{relation|it}}`.
"#;

/// A server with an endpoint of each platform that the tests use, and a platform that is called.
async fn spawn(platform: &str) -> (TestApp, [tempfile::NamedTempFile; 2]) {
    let files = [secret("a feedback key of a test, long enough"), secret(SECRET)];
    let endpoint = |connector: &str, rest: &str| {
        format!("[[endpoint]]\nconnector = {connector:?}\nname = \"ops\"\nsecret = {:?}\n{rest}\n", place(&files[1]))
    };
    let called = format!(
        "base_url = {platform:?}\nallow_private = true\ncredential = {{ bearer = {:?} }}\noptions = {{ hooks_url = {platform:?} }}",
        place(&files[1])
    );
    let toml = format!(
        "public_url = \"https://kb.example\"\nfeedback_key = {:?}\n{}{}{}",
        place(&files[0]),
        endpoint("slack", &called),
        endpoint("mattermost", ""),
        endpoint("telegram", "")
    );
    let settings: Settings = toml::from_str(&toml).unwrap();
    (spawn_with(&[("relation-missing.md", RELATION), ("relation-twin.md", TWIN)], settings).await, files)
}

/// Sends a request that Slack signed.
async fn slack(app: &TestApp, content_type: &str, body: &str) -> (StatusCode, Value) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{now}:{body}").as_bytes());
    let hex = kbmatch::text::hex(&mac.finalize().into_bytes());
    let request = app.request(Method::POST, "/v1/chat/slack/ops").header("content-type", content_type);
    let request = request.header("x-slack-signature", format!("v0={hex}")).header("x-slack-request-timestamp", now);
    let response = request.body(body.to_owned()).send().await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

const FORM: &str = "application/x-www-form-urlencoded";

fn form(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn wait_for(platform: &MockServer, count: usize) -> Vec<wiremock::Request> {
    for _ in 0..100 {
        let requests = platform.received_requests().await.unwrap();
        if requests.len() >= count {
            return requests;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the platform was not called {count} times");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_settled_by_a_button_and_voted_on() {
    let platform = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200).set_body_string("ok")).mount(&platform).await;
    let (app, _files) = spawn(&platform.uri()).await;
    let asked = form(&[("command", "/kb"), ("text", REPORT), ("user_id", "U1"), ("channel_id", "C1")]);
    let (status, answer) = slack(&app, FORM, &asked).await;
    assert_eq!((status, &answer["response_type"]), (StatusCode::OK, &"ephemeral".into()));
    let buttons = answer["blocks"].as_array().unwrap().iter().find(|block| block["type"] == "actions").unwrap();
    let buttons = buttons["elements"].as_array().unwrap();
    assert_eq!(buttons.len(), 2, "{answer}");
    let chosen = buttons.iter().find(|button| button["text"]["text"] == "A relation is gone").unwrap();
    let click = |button: &Value| {
        let payload = json!({
            "type": "block_actions", "user": {"id": "U1"}, "response_url": format!("{}/actions/T1/x", platform.uri()),
            "actions": [{"action_id": button["action_id"], "value": button["value"]}],
        });
        form(&[("payload", &payload.to_string())])
    };
    app.service.flush_reports().await;
    assert_eq!(slack(&app, FORM, &click(chosen)).await, (StatusCode::OK, Value::Null));
    let calls = wait_for(&platform, 1).await;
    assert!(!calls[0].headers.contains_key("authorization"), "a credential went to a response address");
    let settled: Value = serde_json::from_slice(&calls[0].body).unwrap();
    assert_eq!(settled["replace_original"], true);
    assert!(settled.to_string().contains("Restore `public.orders`."), "what the report named stands in it: {settled}");
    let votes = settled["blocks"].as_array().unwrap().iter().find(|block| block["type"] == "actions").unwrap().clone();
    for index in [0, 1] {
        slack(&app, FORM, &click(&votes["elements"][index])).await;
    }
    wait_for(&platform, 3).await;
    let kept: Value = app.get("/v1/feedback").send().await.unwrap().json().await.unwrap();
    let kept = kept["feedback"].as_array().unwrap();
    assert_eq!(kept.len(), 1, "the last vote holds");
    assert_eq!((&kept[0]["helpful"], &kept[0]["article"]), (&false.into(), &"relation-twin".into()));
    let by = kept[0]["by"].as_str().unwrap();
    assert!(by.starts_with("slack:") && !by.contains("U1"), "{by}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mention_is_acknowledged_and_answered_in_its_thread_once() {
    let platform = MockServer::start().await;
    let refused = ResponseTemplate::new(429).insert_header("retry-after", "0");
    Mock::given(path("/api/chat.postMessage")).respond_with(refused).up_to_n_times(1).mount(&platform).await;
    Mock::given(path("/api/chat.postMessage"))
        .and(header("authorization", "Bearer kb-test-secret"))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({"ok": true})))
        .mount(&platform)
        .await;
    let (app, _files) = spawn(&platform.uri()).await;
    let event = json!({"type": "event_callback", "event_id": "Ev1", "event": {
        "type": "app_mention", "user": "U1", "text": format!("<@UBOT> {REPORT}"), "ts": "1.0", "channel": "C1",
    }});
    for _ in 0..3 {
        assert_eq!(slack(&app, "application/json", &event.to_string()).await, (StatusCode::OK, Value::Null));
    }
    wait_for(&platform, 2).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let calls = platform.received_requests().await.unwrap();
    assert_eq!(calls.len(), 2, "one refused, one taken, none for the repeated events");
    let posted: Value = serde_json::from_slice(&calls[1].body).unwrap();
    assert_eq!((&posted["channel"], &posted["thread_ts"]), (&"C1".into(), &"1.0".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proved_is_refused_and_a_click_proves_itself() {
    let (app, _files) = spawn("http://127.0.0.1:9").await;
    let post = |name: &str| app.request(Method::POST, &format!("/v1/chat/{name}/ops"));
    for name in ["slack", "mattermost", "telegram"] {
        let status = post(name).header("content-type", FORM).body("text=x").send().await.unwrap().status();
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}");
    }
    assert_eq!(post("discord").body("{}").send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(app.request(Method::HEAD, "/v1/chat/slack/ops").send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(app.get("/v1/chat/slack/ops").send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);

    let asked = post("mattermost").header("content-type", FORM).header("authorization", "Token kb-test-secret");
    let answer: Value =
        asked.body(form(&[("text", REPORT), ("user_id", "u1")])).send().await.unwrap().json().await.unwrap();
    let action = &answer["attachments"][0]["actions"][0];
    let click = json!({"user_id": "u1", "context": action["integration"]["context"]});
    let settled: Value = post("mattermost").json(&click).send().await.unwrap().json().await.unwrap();
    assert!(settled["update"]["message"].as_str().unwrap().contains("Cause"), "{settled}");
    let forged: Value = post("mattermost")
        .json(&json!({"user_id": "u1", "context": {"v": "v1.x"}}))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert!(forged["ephemeral_text"].as_str().unwrap().contains("not made by this server"), "{forged}");

    let update = json!({"update_id": 1, "message": {"message_id": 7, "chat": {"id": 42, "type": "private"}, "from": {"id": 9}, "text": "lovely weather"}});
    let asked = post("telegram").header("x-telegram-bot-api-secret-token", SECRET).json(&update);
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["method"], &answer["chat_id"]), (&"sendMessage".into(), &42.into()));
    assert!(answer["text"].as_str().unwrap().starts_with("No article matches this report."));
    let broken = post("telegram").header("x-telegram-bot-api-secret-token", SECRET).body("{").send().await.unwrap();
    assert_eq!(broken.status(), StatusCode::BAD_REQUEST);
}
