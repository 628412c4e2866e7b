use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::app::{COLUMN, RELATION, REPORT, TestApp, problem, spawn_app};

const ADDRESS: &str = "/v1/articles/relation-missing";

async fn etag(app: &TestApp, address: &str) -> String {
    app.get(address).send().await.unwrap().headers()["etag"].to_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_read_as_json_and_as_its_markdown() {
    let app = spawn_app().await;
    let json: Value = app.get(ADDRESS).send().await.unwrap().json().await.unwrap();
    assert_eq!((&json["title"], &json["meta"]["revision"]), (&"A relation does not exist".into(), &1.into()));
    let response = app.get(ADDRESS).header("accept", "text/markdown").send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), RELATION);
    let response = app.get(ADDRESS).header("accept", "image/png").send().await.unwrap();
    assert_eq!(problem(response).await["status"], 406);
    assert_eq!(problem(app.get("/v1/articles/none-such").send().await.unwrap()).await["status"], 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_needs_the_current_entity_tag_and_shows_at_once() {
    let app = spawn_app().await;
    let old = etag(&app, ADDRESS).await;
    let put = || app.request(Method::PUT, ADDRESS).header("content-type", "text/markdown");
    let changed = RELATION.replace("1. Create it.", "1. Make it.");

    let missing = problem(put().body(changed.clone()).send().await.unwrap()).await;
    assert_eq!((&missing["status"], &missing["current"]), (&428.into(), &Value::from(old.clone())));
    let malformed = put().header("if-match", "1-ab").body(changed.clone()).send().await.unwrap();
    assert_eq!(problem(malformed).await["status"], 400);

    let written = put().header("if-match", &old).body(changed.clone()).send().await.unwrap();
    assert_eq!(written.status(), StatusCode::OK);
    let new = written.headers()["etag"].to_str().unwrap().to_owned();
    assert_ne!(new, old);
    let answer = app.answer(REPORT, "text/plain").await;
    assert_eq!(answer["matches"][0]["solution"], "1. Make it.");
    assert_eq!(answer["matches"][0]["article"]["revision"], 2);

    let stale = problem(put().header("if-match", &old).body(RELATION).send().await.unwrap()).await;
    assert_eq!((&stale["status"], &stale["current"]), (&412.into(), &Value::from(new.clone())));
    let known = app.get(ADDRESS).header("if-none-match", &new).send().await.unwrap();
    assert_eq!((known.status(), known.text().await.unwrap().len()), (StatusCode::NOT_MODIFIED, 0));

    let revisions: Value = app.get(&format!("{ADDRESS}/revisions")).send().await.unwrap().json().await.unwrap();
    assert_eq!(revisions.as_array().unwrap().len(), 2);
    assert_eq!((&revisions[0]["markdown"], &revisions[1]["markdown"]), (&RELATION.into(), &Value::from(changed)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_changes_its_field_and_no_other_byte() {
    let app = spawn_app().await;
    let patch = || app.request(Method::PATCH, ADDRESS).header("content-type", "application/json");
    let body = json!({ "title": "A table does not exist" }).to_string();
    assert_eq!(patch().body(body.clone()).send().await.unwrap().status(), 428);
    let response = patch().header("if-match", etag(&app, ADDRESS).await).header("accept", "text/markdown").body(body);
    let markdown = response.send().await.unwrap().text().await.unwrap();
    assert_eq!(markdown, RELATION.replace("A relation does not exist", "A table does not exist"));

    let wrong = json!({ "titel": "x", "status": "gone" }).to_string();
    let refused = patch().header("if-match", etag(&app, ADDRESS).await).body(wrong).send().await.unwrap();
    let refused = problem(refused).await;
    assert_eq!(refused["type"], "/errors/invalid-article");
    assert_eq!(refused["problems"].as_array().unwrap().len(), 2, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_as_json_can_be_put_back() {
    let app = spawn_app().await;
    let mut article: Value = app.get(ADDRESS).send().await.unwrap().json().await.unwrap();
    article["tags"] = json!(["database", "new"]);
    let put = |address: &str, body: &Value| {
        app.request(Method::PUT, address).header("content-type", "application/json").body(body.to_string())
    };
    let response = put(ADDRESS, &article).header("if-match", "*").header("accept", "text/markdown");
    let markdown = response.send().await.unwrap().text().await.unwrap();
    assert_eq!(markdown, RELATION.replace("tags: [database]", "tags: [database, new]"));

    let new = json!({ "title": "New", "cause": "Why.", "signatures": [{ "code": "ZX81" }] });
    let created = put("/v1/articles/brand-new", &new).header("if-none-match", "*").send().await.unwrap();
    assert_eq!(
        (created.status(), &created.headers()["location"]),
        (StatusCode::CREATED, &"/v1/articles/brand-new".parse().unwrap())
    );
    assert_eq!(app.first("it said ZX81 again").await, "brand-new");
    let again = put("/v1/articles/brand-new", &new).header("if-none-match", "*").send().await.unwrap();
    assert_eq!(again.status(), 412);
    let other = put("/v1/articles/third", &json!({ "id": "fourth", "title": "x" })).send().await.unwrap();
    assert_eq!(problem(other).await["type"], "/errors/invalid-article");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_article_answers_no_more() {
    let app = spawn_app().await;
    assert_eq!(app.first(REPORT).await, "relation-missing");
    assert_eq!(app.request(Method::DELETE, ADDRESS).send().await.unwrap().status(), 428);
    let deleted = app.request(Method::DELETE, ADDRESS).header("if-match", etag(&app, ADDRESS).await);
    assert_eq!(deleted.send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_ne!(app.first(REPORT).await, "relation-missing");
    assert_eq!(app.get(ADDRESS).send().await.unwrap().status(), 404);
    assert_eq!(app.get(&format!("{ADDRESS}/revisions")).send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_check_would_say_and_writes_nothing() {
    let app = spawn_app().await;
    let before = etag(&app, ADDRESS).await;
    let greedy = RELATION.replace("relation \"{{relation}}\" does not exist", "\" does not exist");
    let request = app.request(Method::PUT, &format!("{ADDRESS}?dry_run=true")).header("content-type", "text/markdown");
    let response = request.header("if-match", &before).body(greedy).send().await.unwrap();
    let said: Value = response.json().await.unwrap();
    assert_eq!((&said["changed"], &said["check"]["passed"]), (&true.into(), &false.into()));
    let messages = said["check"]["problems"].to_string();
    assert!(messages.contains("column-missing"), "{messages}");
    assert_eq!(etag(&app, ADDRESS).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_listed_in_pieces_and_by_words() {
    let app = spawn_app().await;
    let first: Value = app.get("/v1/articles?limit=1").send().await.unwrap().json().await.unwrap();
    assert_eq!((&first["total"], &first["articles"][0]["id"]), (&2.into(), &"column-missing".into()));
    let after = first["next"].as_str().unwrap();
    let second: Value =
        app.get(&format!("/v1/articles?limit=1&after={after}")).send().await.unwrap().json().await.unwrap();
    assert_eq!((&second["articles"][0]["id"], &second["next"]), (&"relation-missing".into(), &Value::Null));
    let found: Value = app.get("/v1/articles?q=column%20postgresql").send().await.unwrap().json().await.unwrap();
    assert_eq!((&found["total"], &found["articles"][0]["id"]), (&1.into(), &"column-missing".into()));
    assert_eq!(problem(app.get("/v1/articles?statu=x").send().await.unwrap()).await["nearest"], "status");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_has_no_page() {
    let app = spawn_app().await;
    let put = app.request(Method::PUT, "/v1/articles/column-missing").header("content-type", "text/markdown");
    let draft = COLUMN.replacen("---\n", "---\nstatus: draft\n", 1).replace("status: published\n", "");
    assert_eq!(put.header("if-match", "*").body(draft).send().await.unwrap().status(), 200);
    assert_eq!(app.get("/articles/column-missing").send().await.unwrap().status(), 404);
    assert_eq!(app.get("/v1/articles/column-missing").send().await.unwrap().status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_has_a_page_that_runs_nothing() {
    let app = spawn_app().await;
    let hostile =
        COLUMN.replace("Add it.", "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <b onclick=x>**Add**</b> it.");
    let put = app.request(Method::PUT, "/v1/articles/column-missing").header("content-type", "text/markdown");
    assert_eq!(put.header("if-match", "*").body(hostile).send().await.unwrap().status(), 200);
    let page = app.get("/articles/column-missing").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script-src"));
    let html = page.text().await.unwrap();
    assert!(html.contains("<strong>Add</strong> it.") && html.contains("A column does not exist"));
    assert!(!html.contains("<script") && !html.contains("javascript:") && !html.contains("onclick"));
}
