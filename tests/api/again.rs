//! Requests that come again.

use reqwest::Method;
use serde_json::Value;

use crate::app::{COLUMN, RELATION, REPORT, TestApp, spawn_with};
use kbmatch::config::Settings;

async fn spawn_keeping(share: &str) -> TestApp {
    let files = [("relation-missing.md", RELATION), ("column-missing.md", COLUMN)];
    spawn_with(&files, Settings { report_sample: Some(share.parse().unwrap()), ..Settings::default() }).await
}

/// How many answers were given again.
async fn again(app: &TestApp) -> u64 {
    let numbers = app.get("/metrics").send().await.unwrap().text().await.unwrap();
    let line = numbers.lines().find_map(|line| line.strip_prefix("kbmatch_answers_again_total ")).unwrap();
    line.parse().unwrap()
}

/// An answer without what differs with every report.
fn said(mut answer: Value) -> Value {
    let fields = answer.as_object_mut().unwrap();
    assert!(fields.remove("report_id").is_some() && fields.remove("took_us").is_some());
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gets_the_same_answer_under_another_id() {
    let app = spawn_keeping("0").await;
    let one = app.answer(REPORT, "text/plain").await;
    app.answer(REPORT, "text/plain").await;
    assert_eq!(again(&app).await, 0, "remembered the second time");
    let other = app.answer(REPORT, "text/plain").await;
    assert_eq!(again(&app).await, 1);
    assert_ne!(one["report_id"], other["report_id"]);
    assert_eq!(said(one), said(other));
    let explained = app.request(Method::POST, "/v1/match?explain=true").body(REPORT);
    let explained: Value = explained.send().await.unwrap().json().await.unwrap();
    assert!(explained["explain"].is_array(), "{explained}");
    assert_eq!(again(&app).await, 1, "another question");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_article_answers_at_once() {
    let app = spawn_keeping("0").await;
    for _ in 0..3 {
        assert_eq!(app.answer(REPORT, "text/plain").await["matches"][0]["solution"], "1. Create it.");
    }
    assert_eq!(again(&app).await, 1);
    let changed = RELATION.replace("Create it", "Restore it");
    let tag = app.get("/v1/articles/relation-missing").send().await.unwrap().headers()["etag"].clone();
    let put = app.request(Method::PUT, "/v1/articles/relation-missing").header("content-type", "text/markdown");
    assert!(put.header("if-match", tag).body(changed).send().await.unwrap().status().is_success());
    assert_eq!(app.answer(REPORT, "text/plain").await["matches"][0]["solution"], "1. Restore it.");
    assert_eq!(again(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_to_be_kept_is_read_every_time() {
    let all = spawn_keeping("1").await;
    let unmatched = spawn_keeping("0").await;
    for _ in 0..3 {
        all.answer(REPORT, "text/plain").await;
        unmatched.answer("the weather is fine today", "text/plain").await;
    }
    for app in [all, unmatched] {
        app.service.flush_reports().await;
        assert_eq!((again(&app).await, app.service.kept_counts().kept), (0, 3));
    }
}
