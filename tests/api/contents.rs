use std::io::Write as _;

use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::app::{REPORT, first, spawn_app};

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_found_however_it_is_sent() {
    let app = spawn_app().await;
    let form = "note=hello&error=ERROR%3A++relation+%22public.orders%22+does+not+exist";
    for (body, content_type, field) in [
        (REPORT.to_owned(), "text/plain", "body"),
        (json!({ "text": REPORT }).to_string(), "application/json", "/text"),
        (json!({ "payload": { "e": [REPORT] } }).to_string(), "application/json", "/payload/e/0"),
        (json!({ "error": REPORT }).to_string(), "application/json", "/error"),
        (json!([REPORT]).to_string(), "application/json; charset=utf-8", "/0"),
        (json!(REPORT).to_string(), "application/json", "body"),
        (form.to_owned(), "application/x-www-form-urlencoded", "form.error"),
        (format!("<p>{REPORT}</p>"), "text/html", "body"),
    ] {
        let answer = app.answer(body.clone(), content_type).await;
        assert_eq!(first(&answer), "relation-missing", "{body} as {content_type}");
        assert_eq!(answer["matches"][0]["evidence"][0]["field"], field, "{body} as {content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_slices_the_callers_own_text() {
    let app = spawn_app().await;
    let text = format!("Grüße, 日本\n{REPORT}\nthanks");
    let answer = app.answer(json!({ "text": text }).to_string(), "application/json").await;
    let evidence = &answer["matches"][0]["evidence"][0];
    let offset = |name: &str| usize::try_from(evidence[name].as_u64().unwrap()).unwrap();
    let (start, end) = (offset("start"), offset("end"));
    assert_eq!(evidence["quote"], text[start..end]);
    assert_eq!(evidence["captures"], json!({ "relation": "public.orders" }));
    assert_eq!(answer["matches"][0]["cause"], "`public.orders` is not there.");
    assert!(answer["report_id"].as_str().is_some_and(|id| id.len() == 26));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_read_and_named() {
    let app = spawn_app().await;
    let file = Part::text(format!("line one\n{REPORT}\n")).file_name("server.log");
    let form = Form::new().text("comment", "it broke").part("log", file);
    let response = app.request(Method::POST, "/v1/match?limit=1").multipart(form).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(first(&answer), "relation-missing");
    assert_eq!(answer["matches"][0]["evidence"][0]["field"], "file:server.log");
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_reports_are_unpacked() {
    let app = spawn_app().await;
    let body = json!({ "text": REPORT }).to_string().into_bytes();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&body).unwrap();
    let mut br = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    br.write_all(&body).unwrap();
    let zstd = zstd::encode_all(&body[..], 3).unwrap();
    for (encoding, packed) in [("gzip", gzip.finish().unwrap()), ("br", br.into_inner()), ("zstd", zstd)] {
        let request = app.request(Method::POST, "/v1/match").header("content-type", "application/json");
        let response = request.header("content-encoding", encoding).body(packed).send().await.unwrap();
        assert_eq!(first(&response.json().await.unwrap()), "relation-missing", "{encoding}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn options_are_taken_from_envelope_and_query() {
    let app = spawn_app().await;
    let body = json!({ "text": REPORT, "explain": "column-missing", "hints": { "product": "postgresql" } });
    let answer = app.answer(body.to_string(), "application/json").await;
    assert_eq!(answer["explain"][0]["article"], "column-missing");
    let request = app.request(Method::POST, "/v1/match?min_confidence=1&explain=true").body(REPORT);
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["outcome"], "no_match");
    assert_eq!(answer["explain"][0]["article"], "relation-missing");
    assert_eq!(app.first("the weather is fine today").await, Value::Null);
}
