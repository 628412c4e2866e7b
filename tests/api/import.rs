use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{problem, spawn_app};

const GOOD: &str = "# Code ZX81\n\n## Overview\n\n`ERROR ZX81: tape loading failed badly`\n\n## Cause\n\nTape.\n\n## Solution\n\nRewind.\n";
const BAD: &str = "---\ntitle: x\nsignatures:\n  - regex: '('\n---\n## Cause\n\nx\n";

#[tokio::test(flavor = "multi_thread")]
async fn files_are_imported_together_and_answer_at_once() {
    let app = spawn_app().await;
    let file = |name: &str, text: &'static str| Part::text(text).file_name(name.to_owned());
    let form = Form::new().part("f", file("zx81.md", GOOD)).part("g", file("second.txt", "Second\n\nCause\nIt is.\n"));
    let rst = "Third\n=====\n\nSymptoms\n--------\n\nIt prints::\n\n   ERROR QX17: spindle never came up\n\nSolution\n--------\n\nTurn it.\n";
    let adoc =
        "= Fourth\n\n.Symptoms\n----\nERROR QX18: lever bent at the joint\n----\n\n.Resolution\nStraighten it.\n";
    let form = form.part("h", file("third.rst", rst)).part("i", file("fourth.adoc", adoc));
    let response = app.request(Method::POST, "/v1/import").multipart(form).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let summary: Value = response.json().await.unwrap();
    assert_eq!(summary["counts"]["created"], 4, "{summary}");
    assert_eq!(app.first("ERROR ZX81: tape loading failed badly").await, "zx81");
    assert_eq!(app.first("ERROR QX17: spindle never came up").await, "third");
    assert_eq!(app.first("ERROR QX18: lever bent at the joint").await, "fourth");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_piece_that_is_no_file_is_refused_by_its_name() {
    let app = spawn_app().await;
    let file = Part::text(GOOD).file_name("zx81.md".to_owned());
    let form = Form::new().part("f", file).text("dry_run", "true");
    let refused = problem(app.request(Method::POST, "/v1/import").multipart(form).send().await.unwrap()).await;
    assert_eq!((&refused["type"], &refused["status"]), (&"/errors/malformed-body".into(), &400.into()));
    assert!(refused["detail"].as_str().unwrap().contains("field \"dry_run\" is no file"), "{refused}");
    assert_eq!(app.get("/v1/articles/zx81").send().await.unwrap().status(), 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_article_stops_the_whole_import() {
    let app = spawn_app().await;
    let line = |name: &str, markdown: &str| json!({ "name": name, "markdown": markdown }).to_string();
    let import = |body: String| {
        let request = app.request(Method::POST, "/v1/import").header("content-type", "application/x-ndjson");
        request.body(body).send()
    };
    let refused = import(format!("{}\n{}\n", line("zx81.md", GOOD), line("bad.md", BAD))).await.unwrap();
    let refused = problem(refused).await;
    assert_eq!(refused["type"], "/errors/import-refused");
    assert_eq!(refused["import"]["items"][0]["file"], "bad.md", "{refused}");
    assert_eq!(app.get("/v1/articles/zx81").send().await.unwrap().status(), 404);

    let taken = import(format!("{}\n", json!({ "id": "zx81", "markdown": GOOD }))).await.unwrap();
    assert_eq!(taken.json::<Value>().await.unwrap()["counts"]["created"], 1);
    let again = import(format!("{}\n", json!({ "id": "zx81", "markdown": GOOD }))).await.unwrap();
    assert_eq!(again.json::<Value>().await.unwrap()["counts"]["unchanged"], 1);
    let wrong = problem(import("{}\n{\"markdown\":1}\n".to_owned()).await.unwrap()).await;
    assert_eq!((&wrong["type"], &wrong["line"]), (&"/errors/wrong-type".into(), &1.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_article_is_imported_by_itself_or_only_tried() {
    let app = spawn_app().await;
    let import = |query: &str| {
        let request = app.request(Method::POST, &format!("/v1/import?name=zx81.md{query}"));
        request.header("content-type", "text/markdown").body(GOOD).send()
    };
    let tried: Value = import("&dry_run=true").await.unwrap().json().await.unwrap();
    assert_eq!((&tried["dry_run"], &tried["counts"]["created"]), (&true.into(), &1.into()));
    assert_eq!(app.get("/v1/articles/zx81").send().await.unwrap().status(), 404);
    assert_eq!(import("").await.unwrap().status(), 200);
    assert_eq!(app.get("/v1/articles/zx81").send().await.unwrap().status(), 200);
    let wrong = app.request(Method::POST, "/v1/import").header("content-type", "image/png").body("x");
    assert_eq!(problem(wrong.send().await.unwrap()).await["status"], 415);
}
