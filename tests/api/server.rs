use std::time::Duration;

use kbmatch::config::Settings;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::app::{RELATION, REPORT, problem, spawn_app, spawn_with};

#[tokio::test(flavor = "multi_thread")]
async fn lookup_answers_in_a_sentence() {
    let app = spawn_app().await;
    let address = "/v1/lookup?product=postgresql&q=relation+%22public.orders%22+does+not+exist";
    let answer: Value = app.get(address).send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["outcome"], &answer["url"]), (&"match".into(), &"/articles/relation-missing".into()));
    assert_eq!(answer["answer"], "public.orders is not there. 1. Create it.");
    let plain = app.get(address).header("accept", "text/plain").send().await.unwrap();
    assert_eq!(plain.text().await.unwrap(), "public.orders is not there. 1. Create it.\n");
    let nothing: Value = app.get("/v1/lookup?q=lovely%20weather").send().await.unwrap().json().await.unwrap();
    assert_eq!((&nothing["outcome"], &nothing["title"]), (&"no_match".into(), &"".into()));
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(fields(&nothing), fields(&answer));
    assert!(nothing.as_object().unwrap().values().all(|value| !value.is_null()), "{nothing}");
    assert_eq!(answer["cause_text"], "public.orders is not there.");
    assert_eq!(
        (&answer["solution_text"], &answer["solution_markdown"]),
        (&"1. Create it.".into(), &"1. Create it.".into())
    );
    let long = app.get(&format!("/v1/lookup?q={}", "x".repeat((8 << 10) + 1))).send().await.unwrap();
    let long = problem(long).await;
    assert_eq!((&long["status"], &long["field"]), (&414.into(), &"q".into()));
    assert!(long["detail"].as_str().unwrap().contains("POST /v1/match"));
    assert_eq!(problem(app.get("/v1/lookup").send().await.unwrap()).await["field"], "q");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_article_is_left_out_and_named() {
    let bad = "---\ntitle: Bad\nsignatures:\n  - regex: '('\n---\nx\n";
    let app = spawn_with(&[("relation-missing.md", RELATION), ("bad.md", bad)], Settings::default()).await;
    let ready: Value = app.get("/health/ready").send().await.unwrap().json().await.unwrap();
    assert_eq!((&ready["status"], &ready["articles"]), (&"degraded".into(), &1.into()));
    assert!(ready["left_out"][0]["name"].as_str().unwrap().ends_with("bad.md"), "{ready}");
    assert!(ready["left_out"][0]["reason"].as_str().unwrap().contains("regex"), "{ready}");
    assert_eq!(app.first(REPORT).await, "relation-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn request_ids_are_taken_when_harmless_and_made_otherwise() {
    let app = spawn_app().await;
    for (given, kept) in [("abc-1.2_3", true), ("a b", false), (&"x".repeat(129), false), ("<script>", false)] {
        let response = app.get("/health/live").header("x-request-id", given).send().await.unwrap();
        let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(id == given, kept, "{given} gave {id}");
        assert!(kept || id.len() == 26);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_count_answers_and_name_routes_by_their_pattern() {
    let app = spawn_app().await;
    assert_eq!(app.first(REPORT).await, "relation-missing");
    app.get("/v1/articles/some-unlikely-id").send().await.unwrap();
    let text = app.get("/metrics").send().await.unwrap().text().await.unwrap();
    assert!(text.contains("kbmatch_answers_total{outcome=\"match\"} 1"), "{text}");
    assert!(
        text.contains("route=\"/v1/articles/{id}\",status=\"404\"") && !text.contains("some-unlikely-id"),
        "{text}"
    );
    assert!(text.contains("kbmatch_articles 2"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documentation_works_without_the_network() {
    let app = spawn_app().await;
    let page = app.get("/docs").send().await.unwrap();
    assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let html = page.text().await.unwrap();
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("src=\"//"), "{html}");
    let mut files = 0;
    let is_file = |piece: &&str| matches!(piece.rsplit_once('.'), Some((_, "js" | "css")));
    for piece in html.split(['"', '\'']).filter(is_file) {
        let name = piece.trim_start_matches("./").trim_start_matches("/docs/");
        let file = app.get(&format!("/docs/{name}")).send().await.unwrap();
        assert_eq!(file.status(), 200, "{name}");
        files += 1;
    }
    assert!(files >= 3, "{html}");
    let description: Value = app.get("/openapi.json").send().await.unwrap().json().await.unwrap();
    assert!(description["paths"]["/v1/match"]["post"].is_object());
}

#[test]
fn the_committed_description_is_the_one_served() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    let served = kbmatch::http::openapi_json();
    if std::env::var_os("KBMATCH_UPDATE_OPENAPI").is_some() {
        std::fs::write(path, served).unwrap();
    }
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(committed == served, "openapi.json is out of date; run the tests once with KBMATCH_UPDATE_OPENAPI=1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_stops_finishes_what_runs() {
    let app = spawn_app().await;
    let mut socket = tokio::net::TcpStream::connect(app.address).await.unwrap();
    let head = format!(
        "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n",
        REPORT.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&REPORT.as_bytes()[..10]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let stopping = tokio::spawn(app.handle.stop(true));
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(app.request(Method::GET, "/health/live").send().await.is_err(), "a new request was taken");
    socket.write_all(&REPORT.as_bytes()[10..]).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(8), socket.read_to_string(&mut answer)).await.unwrap().unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("relation-missing"), "{answer}");
    tokio::time::timeout(Duration::from_secs(8), stopping).await.unwrap().unwrap();
}
