use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{REPORT, first, spawn_app};

#[tokio::test(flavor = "multi_thread")]
async fn answers_come_in_order_and_a_bad_line_stays_on_its_line() {
    let app = spawn_app().await;
    let mut lines: Vec<String> = Vec::new();
    for number in 0..200 {
        lines.push(match number % 4 {
            0 => json!({ "text": REPORT }).to_string(),
            1 => json!({ "payload": { "e": "column \"x\" does not exist" } }).to_string(),
            2 => "{broken".to_owned(),
            _ => json!({ "text": REPORT, "limt": 1 }).to_string(),
        });
    }
    let body = lines.join("\n") + "\n\n";
    let response = app.request(Method::POST, "/v1/match/batch").body(body).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 200);
    for (number, answer) in answers.iter().enumerate() {
        match number % 4 {
            0 => assert_eq!(first(answer), "relation-missing"),
            1 => assert_eq!(first(answer), "column-missing"),
            2 => assert_eq!(answer["type"], "/errors/invalid-json"),
            _ => assert_eq!((&answer["type"], &answer["field"]), (&"/errors/unknown-field".into(), &"limt".into())),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_the_limit_is_refused_alone() {
    let app = spawn_app().await;
    let long = json!({ "text": "x".repeat(2 << 20) });
    let body = format!("{long}\n{}", json!({ "text": REPORT }));
    let text = app.request(Method::POST, "/v1/match/batch").body(body).send().await.unwrap().text().await.unwrap();
    let answers: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers[0]["type"], "/errors/body-too-large");
    assert_eq!(first(&answers[1]), "relation-missing");
}
