use std::time::{Duration, Instant};

use kbmatch::config::Settings;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{COLUMN, REPORT, first, problem, spawn_app, spawn_with};

/// Body, its type, query, then status, slug, field, line and column.
type Case<'a> = (&'a str, &'a str, &'a str, u16, &'a str, Option<&'a str>, Option<(u64, u64)>);

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_answered_with_its_kind_and_place() {
    let app = spawn_app().await;
    let json = "application/json";
    let cases: [Case<'_>; 16] = [
        ("{\n\"text\": \"x\",,}", json, "", 400, "invalid-json", None, Some((2, 13))),
        ("{\"text\":\"x\"", json, "", 400, "invalid-json", None, Some((1, 12))),
        (r#"{"text":"x","limt":1}"#, json, "", 400, "unknown-field", Some("limt"), Some((1, 13))),
        (r#"{"text":"x","hints":{"prod":1}}"#, json, "", 400, "unknown-field", Some("hints.prod"), Some((1, 22))),
        (r#"{"text":7}"#, json, "", 400, "wrong-type", Some("text"), Some((1, 9))),
        (r#"{"text":"x","min_confidence":1.5}"#, json, "", 400, "out-of-range", Some("min_confidence"), Some((1, 30))),
        (r#"{"text":"x","limit":0}"#, json, "", 400, "out-of-range", Some("limit"), Some((1, 21))),
        (r#"{"text":"x","payload":1}"#, json, "", 400, "conflicting-fields", Some("payload"), Some((1, 23))),
        (r#"{"text":""}"#, json, "", 400, "empty-report", None, None),
        ("", "text/plain", "", 400, "empty-report", None, None),
        ("", json, "", 400, "empty-report", None, None),
        ("x", "text/plain", "?limt=1", 400, "unknown-field", Some("limt"), None),
        ("x", "text/plain", "?min_confidence=-1", 400, "out-of-range", Some("min_confidence"), None),
        ("x", "text/plain", "?limit=x", 400, "out-of-range", Some("limit"), None),
        ("x", "text/plain; charset=klingon", "", 415, "unsupported-encoding", None, None),
        ("x", "multipart/form-data; boundary=zz", "", 400, "malformed-body", None, None),
    ];
    for (body, content_type, query, status, slug, field, place) in cases {
        let request = app.request(Method::POST, &format!("/v1/match{query}")).header("content-type", content_type);
        let problem = problem(request.body(body.to_owned()).send().await.unwrap()).await;
        assert_eq!(problem["status"], status, "{body:?} gave {problem}");
        assert_eq!(problem["type"], format!("/errors/{slug}"), "{body:?} gave {problem}");
        assert_eq!(problem["field"].as_str(), field, "{body:?} gave {problem}");
        let found = problem["line"].as_u64().zip(problem["column"].as_u64());
        assert_eq!(found, place, "{body:?} gave {problem}");
        let page = app.get(problem["type"].as_str().unwrap()).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("What to do"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_and_broken_encodings_are_told_apart() {
    let app = spawn_app().await;
    for (encoding, status, slug) in [("lzma", 415, "unsupported-encoding"), ("gzip", 400, "malformed-body")] {
        let request = app.request(Method::POST, "/v1/match").header("content-encoding", encoding).body("not packed");
        let problem = problem(request.send().await.unwrap()).await;
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("/errors/{slug}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_over_the_limits_are_refused_and_the_limits_can_be_set() {
    let settings = Settings {
        max_report_bytes: Some("10KiB".parse().unwrap()),
        max_unpacked_bytes: Some("100KiB".parse().unwrap()),
        max_import_bytes: Some("20KiB".parse().unwrap()),
        ..Settings::default()
    };
    let app = spawn_with(&[("column-missing.md", COLUMN)], settings).await;
    let refused = problem(app.send("x".repeat(10 * 1024 + 1), "text/plain").await).await;
    assert_eq!((&refused["status"], &refused["type"]), (&Value::from(413), &Value::from("/errors/body-too-large")));
    assert_eq!(app.send("x".repeat(10 * 1024), "text/plain").await.status(), 200);

    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, &vec![b'a'; 200 << 10]).unwrap();
    let bomb = packer.finish().unwrap();
    let request = app.request(Method::POST, "/v1/match").header("content-encoding", "gzip").body(bomb);
    let refused = problem(request.send().await.unwrap()).await;
    assert_eq!((&refused["status"], &refused["type"]), (&Value::from(413), &Value::from("/errors/unpacks-too-large")));

    let request = app.request(Method::POST, "/v1/import").header("content-type", "text/markdown");
    assert_eq!(request.body("x".repeat(21 << 10)).send().await.unwrap().status(), 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_a_length_is_cut_off_at_the_limit() {
    let app = spawn_app().await;
    let mut socket = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let head = "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..40 {
        if socket.write_all(chunk.as_bytes()).await.is_err() {
            break;
        }
    }
    let mut answer = vec![0; 12];
    socket.read_exact(&mut answer).await.unwrap();
    assert_eq!(String::from_utf8(answer).unwrap(), "HTTP/1.1 413");
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_reports_are_answered_in_time_of_their_size() {
    let app = spawn_app().await;
    let deep = |depth: usize| format!("{{\"payload\":{}\"x\"{}}}", "[".repeat(depth), "]".repeat(depth));
    let wide: Vec<String> = (0..10_000).map(|i| format!("\"field{i}\":\"value {i}\",")).collect();
    let wide = wide.concat();
    for (name, body, content_type) in [
        ("200 deep", deep(200), "application/json"),
        ("10,000 deep", deep(10_000), "application/json"),
        ("10,000 fields", format!("{{{wide}\"error\":\"x\"}}"), "application/json"),
        ("one line of 1 MB", "x".repeat(1 << 20), "text/plain"),
        ("braces", "{".repeat(1 << 20), "text/plain"),
        ("backslashes", "\\".repeat(1 << 20), "text/plain"),
    ] {
        let started = Instant::now();
        let response = app.send(body, content_type).await;
        assert_eq!(response.status(), 200, "{name}");
        assert!(started.elapsed() < Duration::from_secs(10), "{name} took {:?}", started.elapsed());
    }
    assert_eq!(first(&app.answer(REPORT, "text/plain").await), "relation-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_addresses_and_methods_are_problems_too() {
    let app = spawn_app().await;
    let response = problem(app.get("/v2/match").send().await.unwrap()).await;
    assert_eq!((&response["status"], &response["type"]), (&Value::from(404), &Value::from("/errors/not-found")));
    let response = app.request(Method::DELETE, "/v1/match").send().await.unwrap();
    assert_eq!(response.headers()["allow"], "POST");
    assert_eq!(problem(response).await["status"], 405);
    let response = problem(app.get("/v1/articles/No-Slug").send().await.unwrap()).await;
    assert_eq!((&response["status"], &response["field"]), (&Value::from(400), &Value::from("id")));
    let response = app.request(Method::PUT, "/v1/articles/x").header("content-type", "image/png").send().await.unwrap();
    assert_eq!(problem(response).await["status"], 415);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_peoples_names_and_pages_do_not_reach_the_server() {
    let app = spawn_app().await;
    let response = app.get("/health/live").header("host", "evil.example.com").send().await.unwrap();
    assert_eq!(problem(response).await["type"], "/errors/unknown-host");
    let request = app.request(Method::POST, "/v1/match").header("origin", "https://evil.example.com").body(REPORT);
    assert_eq!(problem(request.send().await.unwrap()).await["type"], "/errors/foreign-origin");
    let request = app.request(Method::POST, "/v1/match").header("origin", app.url("")).body(REPORT);
    assert_eq!(request.send().await.unwrap().status(), 200);
}
