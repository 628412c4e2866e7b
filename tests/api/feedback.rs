use kbmatch::config::Settings;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{RELATION, REPORT, problem, spawn_app, spawn_with};

#[tokio::test(flavor = "multi_thread")]
async fn feedback_is_kept_listed_and_taken_back() {
    let app = spawn_app().await;
    let answer = app.answer(REPORT, "text/plain").await;
    let post = |body: Value| app.request(Method::POST, "/v1/feedback").json(&body).send();
    let body =
        json!({ "report_id": answer["report_id"], "article": "relation-missing", "helpful": true, "comment": "yes" });
    let response = post(body.clone()).await.unwrap();
    assert_eq!(response.status(), StatusCode::CREATED);
    let address = response.headers()["location"].to_str().unwrap().to_owned();
    let kept: Value = response.json().await.unwrap();
    assert_eq!((&kept["by"], &kept["revision"]), (&"anonymous".into(), &1.into()));
    let list = || async {
        app.get("/v1/feedback?article=relation-missing").send().await.unwrap().json::<Value>().await.unwrap()
    };
    assert_eq!(list().await["feedback"][0]["id"], kept["id"]);
    assert_eq!(app.request(Method::DELETE, &address).send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(list().await["feedback"], json!([]));

    for (body, kind) in [
        (json!({ "report_id": "x", "article": "relation-missing", "helpful": true }), "out-of-range"),
        (json!({ "report_id": answer["report_id"], "article": "none-such", "helpful": true }), "not-found"),
        (json!({ "report_id": answer["report_id"], "article": "relation-missing", "helpfull": true }), "unknown-field"),
        (json!({ "report_id": answer["report_id"], "article": "relation-missing", "helpful": "yes" }), "wrong-type"),
    ] {
        assert_eq!(problem(post(body).await.unwrap()).await["type"], format!("/errors/{kind}"));
    }
    let unknown = app.request(Method::DELETE, "/v1/feedback/01J00000000000000000000000").send().await.unwrap();
    assert_eq!(problem(unknown).await["status"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn feedback_counts_in_the_next_answer_and_a_rejected_one_becomes_an_example() {
    let settings = Settings { report_sample: Some("1".parse().unwrap()), ..Settings::default() };
    let app = spawn_with(&[("relation-missing.md", RELATION)], settings).await;
    let before = app.answer(REPORT, "text/plain").await;
    let confidence = |answer: &Value| answer["matches"][0]["confidence"].as_f64().unwrap();
    app.service.flush_reports().await;
    let body = json!({ "report_id": before["report_id"], "article": "relation-missing", "helpful": false });
    let given: Value =
        app.request(Method::POST, "/v1/feedback").json(&body).send().await.unwrap().json().await.unwrap();
    let after = app.answer(REPORT, "text/plain").await;
    assert!(confidence(&after) < confidence(&before), "{after}");

    let address = format!("/v1/feedback/{}/example", given["id"].as_str().unwrap());
    let tried = app.request(Method::POST, &format!("{address}?dry_run=true")).send().await.unwrap();
    let tried: Value = tried.json().await.unwrap();
    assert_eq!(tried["check"]["passed"], false, "the signature claims the example: {tried}");
    let written = app.request(Method::POST, &address).send().await.unwrap();
    assert_eq!(written.status(), StatusCode::OK);
    let article: Value = written.json().await.unwrap();
    assert_eq!(article["examples"]["no_match"][1], REPORT, "{article}");
    let again = app.request(Method::POST, &address).send().await.unwrap();
    assert_eq!(problem(again).await["type"], "/errors/invalid-request");
}
