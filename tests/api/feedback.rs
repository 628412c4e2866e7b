use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{REPORT, problem, spawn_app};

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
    let app = spawn_app().await;
    let before = app.answer(REPORT, "text/plain").await;
    let body = json!({ "report_id": before["report_id"], "article": "relation-missing", "helpful": false });
    let given = app.request(Method::POST, "/v1/feedback").json(&body).send().await.unwrap();
    let given: Value = given.json().await.unwrap();
    let confidence = |answer: &Value| answer["matches"][0]["confidence"].as_f64().unwrap();
    let after = app.answer(REPORT, "text/plain").await;
    assert!(confidence(&after) < confidence(&before), "{after}");

    let address = format!("/v1/feedback/{}/example?dry_run=true", given["id"].as_str().unwrap());
    let tried = app.request(Method::POST, &address).send().await.unwrap();
    assert_eq!(problem(tried).await["type"], "/errors/invalid-request");
}
