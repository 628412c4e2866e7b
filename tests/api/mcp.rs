//! The Model Context Protocol, with the client of its own SDK in both generations, and by hand.

use kbmatch::access::{Scope, Scopes};
use kbmatch::config::Settings;
use kbmatch::service::NewKey;
use reqwest::{Method, StatusCode};
use rmcp::model::{CallToolRequestParams, CallToolResult, ClientConfig, ProtocolVersion};
use rmcp::service::RunningService;
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::{ClientLifecycleMode, ClientServiceExt as _, RoleClient};
use serde_json::{Value, json};

use crate::app::{RELATION, REPORT, TestApp, spawn_app, spawn_with};

const SEED: &str = include_str!("../data/seed-payload.txt");
const SEED_ID: &str = "passkey-progressive-enrollment";
const SEED_ARTICLE: &str = include_str!("../../kb/passkey-progressive-enrollment.md");

async fn client(app: &TestApp, lifecycle: ClientLifecycleMode) -> RunningService<RoleClient, ClientConfig> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let config = StreamableHttpClientTransportConfig::with_uri(app.url("/mcp"));
    let transport = StreamableHttpClientTransport::with_client(http, config);
    ClientConfig::default().serve_with_lifecycle(transport, lifecycle).await.unwrap()
}

fn call(name: &'static str, arguments: Value) -> CallToolRequestParams {
    let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
    CallToolRequestParams::new(name).with_arguments(arguments)
}

fn texts(result: &CallToolResult) -> Vec<String> {
    result.content.iter().filter_map(|block| block.as_text()).map(|block| block.text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sdks_client_lists_the_tools_and_gets_the_seeds_article_in_both_generations() {
    let file = format!("{SEED_ID}.md");
    let app = spawn_with(&[(&file, SEED_ARTICLE), ("relation-missing.md", RELATION)], Settings::default()).await;
    let modern = ClientLifecycleMode::Discover { preferred_versions: vec![ProtocolVersion::V_2026_07_28] };
    let auto =
        ClientLifecycleMode::Auto { preferred_versions: vec![ProtocolVersion::V_2026_07_28], legacy_version: None };
    for lifecycle in [modern, ClientLifecycleMode::Initialize, auto] {
        let client = client(&app, lifecycle).await;
        let tools = client.list_all_tools().await.unwrap();
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        assert_eq!(names, ["match_error", "get_article", "send_feedback"]);
        assert!(tools.iter().all(|tool| tool.output_schema.is_some() && tool.annotations.is_some()));

        let found = client.call_tool(call("match_error", json!({"text": SEED, "limit": 3}))).await.unwrap();
        assert_eq!(found.is_error, Some(false));
        let answer = found.structured_content.clone().unwrap();
        assert_eq!((&answer["outcome"], &answer["matches"][0]["article"]["id"]), (&"match".into(), &SEED_ID.into()));
        let texts = texts(&found);
        assert_eq!(serde_json::from_str::<Value>(&texts[0]).unwrap(), answer);
        assert!(texts[1].contains("### Cause") && texts[1].contains("### Solution"), "{}", texts[1]);
        let required = tools[0].output_schema.as_ref().unwrap()["required"].as_array().unwrap().clone();
        assert!(required.len() > 4 && required.iter().all(|name| answer.get(name.as_str().unwrap()).is_some()));

        let article = client.call_tool(call("get_article", json!({"id": SEED_ID, "locale": "de"}))).await.unwrap();
        let read = article.structured_content.clone().unwrap();
        assert!(read["markdown"].as_str().unwrap().contains("## Solution"));
        assert!(article.content.iter().any(|block| {
            block.as_resource_link().is_some_and(|link| link.uri.ends_with(&format!("/articles/{SEED_ID}")))
        }));
        let refused = client.call_tool(call("match_error", json!({"text": "x", "limit": 99}))).await.unwrap();
        assert_eq!(refused.is_error, Some(true));
        assert!(client.call_tool(call("no_such_tool", json!({}))).await.is_err());
        client.cancel().await.unwrap();
    }
}

/// Sends a message with some headers.
async fn send(app: &TestApp, headers: &[(&str, &str)], body: &str) -> (StatusCode, Value) {
    let mut request = app.request(Method::POST, "/mcp").header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.body(body.to_owned()).send().await.unwrap();
    let status = response.status();
    (status, serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default())
}

fn modern(method: &str, params: Value) -> String {
    let mut params = params;
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {},
    });
    json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params}).to_string()
}

const VERSION: (&str, &str) = ("mcp-protocol-version", "2026-07-28");

#[tokio::test(flavor = "multi_thread")]
async fn the_transport_keeps_its_rules() {
    let app = spawn_app().await;
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(app.request(method, "/mcp").send().await.unwrap().status(), StatusCode::METHOD_NOT_ALLOWED);
    }
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    assert_eq!(send(&app, &[], ping).await, (StatusCode::OK, json!({"jsonrpc": "2.0", "id": 1, "result": {}})));
    assert_eq!(send(&app, &[("origin", "https://evil.example")], ping).await.0, StatusCode::FORBIDDEN);
    assert_eq!(send(&app, &[("origin", "http://localhost:3000")], ping).await.0, StatusCode::OK);
    assert_eq!(send(&app, &[("accept", "text/html")], ping).await.0, StatusCode::NOT_ACCEPTABLE);
    assert_eq!(send(&app, &[("mcp-session-id", "x"), ("last-event-id", "1")], ping).await.0, StatusCode::OK);
    let plain = app.request(Method::POST, "/mcp").body(ping).send().await.unwrap();
    assert_eq!(plain.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let told = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    assert_eq!(send(&app, &[], told).await, (StatusCode::ACCEPTED, Value::Null));
    assert_eq!(send(&app, &[], &format!("[{ping}]")).await.0, StatusCode::BAD_REQUEST);
    let (status, broken) = send(&app, &[], "{\"jsonrpc\":").await;
    assert_eq!(
        (status, &broken["error"]["code"], &broken["id"]),
        (StatusCode::BAD_REQUEST, &json!(-32700), &Value::Null)
    );
    assert_eq!(send(&app, &[], &format!("\"{}\"", "x".repeat(1 << 20))).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    let unknown = r#"{"jsonrpc":"2.0","id":"a","method":"resources/list"}"#;
    let (status, body) = send(&app, &[], unknown).await;
    assert_eq!((status, &body["error"]["code"], &body["id"]), (StatusCode::OK, &json!(-32601), &"a".into()));
    let (status, body) = send(&app, &[("mcp-protocol-version", "2024-01-01")], ping).await;
    assert_eq!((status, &body["error"]["data"]["requested"]), (StatusCode::BAD_REQUEST, &"2024-01-01".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn modern_headers_must_agree_with_the_body() {
    let app = spawn_app().await;
    let arguments = json!({"name": "match_error", "arguments": {"text": REPORT}});
    let body = modern("tools/call", arguments.clone());
    let method = ("mcp-method", "tools/call");
    let name = ("mcp-name", "match_error");
    let encoded = ("mcp-name", "=?base64?bWF0Y2hfZXJyb3I=?=");
    for good in [[VERSION, method, name], [VERSION, method, encoded]] {
        let (status, answer) = send(&app, &good, &body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let result = &answer["result"];
        assert_eq!(result["structuredContent"]["matches"][0]["article"]["id"], "relation-missing");
        assert_eq!(result["resultType"], "complete");
        assert_eq!(result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"], "kbmatch");
    }
    let mismatches: [&[(&str, &str)]; 6] = [
        &[method, name],
        &[VERSION, name],
        &[VERSION, method],
        &[VERSION, ("mcp-method", "tools/list"), name],
        &[VERSION, method, ("mcp-name", "get_article")],
        &[("mcp-protocol-version", "2025-11-25"), method, name],
    ];
    for headers in mismatches {
        let (status, answer) = send(&app, headers, &body).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32020)), "{headers:?}");
        assert_eq!(answer["id"], 7);
    }
    let future = body.replace("2026-07-28", "2099-01-01");
    let (status, answer) = send(&app, &[("mcp-protocol-version", "2099-01-01"), method, name], &future).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32022)));
    assert_eq!(answer["error"]["data"]["supported"][0], "2026-07-28");
    let bare = json!({"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": arguments}).to_string();
    let (status, answer) = send(&app, &[VERSION, method, name], &bare).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32602)));
    let (status, answer) = send(&app, &[VERSION, ("mcp-method", "ping")], &modern("ping", json!({}))).await;
    assert_eq!((status, &answer["error"]["code"]), (StatusCode::NOT_FOUND, &json!(-32601)));
    let (status, answer) = send(&app, &[VERSION, ("mcp-method", "tools/list")], &modern("tools/list", json!({}))).await;
    assert_eq!((status, &answer["result"]["cacheScope"]), (StatusCode::OK, &"public".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_may_only_match_casts_no_vote() {
    let app = spawn_app().await;
    let scopes = Scopes::new(vec![Scope::Match]);
    let new = NewKey { name: "bot".to_owned(), scopes, expires_at: None };
    let key = format!("Bearer {}", app.service.create_key(new).await.unwrap().1.reveal());
    let vote = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"send_feedback","arguments":{"feedback_token":"v1.x","helpful":true}}}"#;
    let response =
        app.request(Method::POST, "/mcp").header("content-type", "application/json").body(vote).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.headers()["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    let (status, answer) = send(&app, &[("authorization", &key)], vote).await;
    assert_eq!((status, &answer["result"]["isError"]), (StatusCode::OK, &true.into()));
    assert!(answer["result"]["content"][0]["text"].as_str().unwrap().contains("may not write"), "{answer}");
}
