//! Votes by signed values.

use kbmatch::config::Settings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{COLUMN, RELATION, TestApp, problem, spawn_app, spawn_with};

const ASKED: &str = "/v1/lookup?q=relation+%22public.orders%22+does+not+exist";

/// A file with a secret.
pub(crate) fn secret(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

/// How settings name it.
pub(crate) fn place(file: &tempfile::NamedTempFile) -> String {
    format!("file:{}", file.path().display())
}

/// A server with a key to sign with, which it needs a file for.
async fn spawn_signing() -> (TestApp, tempfile::NamedTempFile) {
    let key = secret("a feedback key of a test, long enough");
    let settings = Settings { feedback_key: Some(place(&key).parse().unwrap()), ..Settings::default() };
    (spawn_with(&[("relation-missing.md", RELATION), ("column-missing.md", COLUMN)], settings).await, key)
}

async fn token(app: &TestApp) -> String {
    let answer: Value = app.get(ASKED).send().await.unwrap().json().await.unwrap();
    answer["feedback_token"].as_str().unwrap().to_owned()
}

/// What holds, newest first: whether it helped and who said so.
async fn kept(app: &TestApp) -> Vec<(bool, String)> {
    let list: Value = app.get("/v1/feedback").send().await.unwrap().json().await.unwrap();
    let item = |item: &Value| (item["helpful"].as_bool().unwrap(), item["by"].as_str().unwrap().to_owned());
    list["feedback"].as_array().unwrap().iter().map(item).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn fetching_a_link_counts_nothing_and_its_button_counts_once() {
    let (app, _key) = spawn_signing().await;
    let token = token(&app).await;
    let address = format!("/f/{token}");
    for method in [Method::GET, Method::HEAD, Method::GET] {
        let page = app.request(method, &address).send().await.unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()["referrer-policy"], "same-origin");
        assert!(page.headers()["content-security-policy"].to_str().unwrap().contains("form-action 'self'"));
    }
    let page = app.get(&address).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<form method=\"post\">") && page.contains("A relation does not exist"), "{page}");
    assert_eq!(kept(&app).await, []);
    for _ in 0..3 {
        let thanks = app.request(Method::POST, &address).send().await.unwrap();
        assert_eq!(thanks.status(), StatusCode::OK);
    }
    assert_eq!(kept(&app).await, [(true, "link".to_owned())]);
    for bad in [format!("{address}x"), "/f/v1".to_owned(), format!("/f/{}", token.replace(".y.", ".n."))] {
        for method in [Method::GET, Method::POST] {
            let page = app.request(method, &bad).send().await.unwrap();
            assert_eq!(page.status(), StatusCode::BAD_REQUEST, "{bad}");
            assert!(page.text().await.unwrap().contains("does not count"));
        }
    }
    let foreign = app.request(Method::POST, &address).header("origin", "https://evil.example").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_one_person_and_report_the_last_vote_holds() {
    let (app, _key) = spawn_signing().await;
    let token = token(&app).await;
    let post = |body: Value| app.request(Method::POST, "/v1/feedback").json(&body).send();
    for (helpful, by) in [(true, "ada"), (false, "ada"), (true, "kim"), (false, "ada")] {
        let response = post(json!({"feedback_token": token, "helpful": helpful, "by": by})).await.unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
    }
    let mut votes = kept(&app).await;
    votes.sort();
    assert_eq!(votes, [(false, "ada".to_owned()), (true, "kim".to_owned())]);
    let both = json!({"feedback_token": token, "report_id": "x", "helpful": true});
    assert_eq!(problem(post(both).await.unwrap()).await["type"], "/errors/conflicting-fields");
    let neither = problem(post(json!({"helpful": true})).await.unwrap()).await;
    assert_eq!((&neither["type"], &neither["field"]), (&"/errors/wrong-type".into(), &"report_id".into()));
    let forged = problem(post(json!({"feedback_token": "v1.x", "helpful": true})).await.unwrap()).await;
    assert_eq!((&forged["type"], &forged["field"]), (&"/errors/out-of-range".into(), &"feedback_token".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_key_hands_out_no_values() {
    let app = spawn_app().await;
    assert_eq!(token(&app).await, "");
    assert_eq!(app.get("/f/v1.x").send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
