use kbmatch::access::{Scope, Scopes};
use kbmatch::config::Settings;
use kbmatch::service::NewKey;
use reqwest::Method;
use serde_json::{Value, json};

use crate::app::{COLUMN, RELATION, REPORT, TestApp, problem, spawn_app, spawn_with};

/// Makes a key with some scopes.
pub(crate) async fn key(app: &TestApp, scopes: &[Scope]) -> String {
    let new = NewKey { name: "test".to_owned(), scopes: Scopes::new(scopes.to_vec()), expires_at: None };
    app.service.create_key(new).await.unwrap().1.reveal()
}

/// Every address with the scope it needs; none for those that ask for no key.
const ADDRESSES: [(Method, &str, Option<Scope>); 27] = [
    (Method::POST, "/v1/match", Some(Scope::Match)),
    (Method::POST, "/v1/match/batch", Some(Scope::Match)),
    (Method::GET, "/v1/lookup?q=x", Some(Scope::Match)),
    (Method::HEAD, "/v1/lookup?q=x", Some(Scope::Match)),
    (Method::GET, "/v1/articles", Some(Scope::Read)),
    (Method::GET, "/v1/articles/relation-missing", Some(Scope::Read)),
    (Method::PUT, "/v1/articles/relation-missing", Some(Scope::Write)),
    (Method::PATCH, "/v1/articles/relation-missing", Some(Scope::Write)),
    (Method::DELETE, "/v1/articles/relation-missing", Some(Scope::Write)),
    (Method::GET, "/v1/articles/relation-missing/revisions", Some(Scope::Read)),
    (Method::POST, "/v1/import", Some(Scope::Write)),
    (Method::GET, "/v1/feedback", Some(Scope::Read)),
    (Method::POST, "/v1/feedback", Some(Scope::Match)),
    (Method::DELETE, "/v1/feedback/x", Some(Scope::Write)),
    (Method::GET, "/v1/reports/01ARZ3NDEKTSV4RRFFQ69G5FAV", Some(Scope::Read)),
    (Method::DELETE, "/v1/reports/01ARZ3NDEKTSV4RRFFQ69G5FAV", Some(Scope::Admin)),
    (Method::GET, "/v1/deliveries", Some(Scope::Admin)),
    (Method::GET, "/v1/deliveries/x", Some(Scope::Admin)),
    (Method::POST, "/v1/deliveries/x/retry", Some(Scope::Admin)),
    (Method::GET, "/metrics", Some(Scope::Read)),
    (Method::GET, "/openapi.json", Some(Scope::Read)),
    (Method::GET, "/docs/", Some(Scope::Read)),
    (Method::POST, "/mcp", Some(Scope::Match)),
    (Method::GET, "/articles/relation-missing", None),
    (Method::GET, "/errors/unauthorized", None),
    (Method::GET, "/health/live", None),
    (Method::GET, "/health/ready", None),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_address_asks_for_its_scope_once_there_is_a_key() {
    let app = spawn_app().await;
    for (method, path, _) in &ADDRESSES {
        let status = app.request(method.clone(), path).send().await.unwrap().status();
        assert!(!matches!(status.as_u16(), 401 | 403), "{method} {path} asked for a key before there was one");
    }
    let all = [Scope::Match, Scope::Read, Scope::Write, Scope::Admin];
    let mut keys = Vec::new();
    for scope in &all {
        keys.push((scope, key(&app, std::slice::from_ref(scope)).await));
    }
    let mut refused = 0;
    for (method, path, need) in &ADDRESSES {
        let response = app.request(method.clone(), path).send().await.unwrap();
        let Some(need) = need else {
            assert!(response.status().is_success(), "{method} {path}");
            continue;
        };
        assert_eq!(response.status(), 401, "{method} {path}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"kbmatch\"");
        if *method != Method::HEAD {
            assert_eq!(problem(response).await["type"], "/errors/unauthorized");
        }
        for (scope, key) in &keys {
            let response = app.request(method.clone(), path).bearer_auth(key).send().await.unwrap();
            if scope.includes(need) {
                assert!(!matches!(response.status().as_u16(), 401 | 403), "{method} {path} refused {scope}");
                continue;
            }
            assert_eq!(response.status(), 403, "{method} {path} took {scope}");
            let challenge = response.headers()["www-authenticate"].to_str().unwrap().to_owned();
            assert!(challenge.contains(&format!("insufficient_scope\", scope=\"{need}\"")), "{challenge}");
            if *method != Method::HEAD {
                assert!(problem(response).await["detail"].as_str().unwrap().contains(&need.to_string()));
            }
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_taken_from_either_header_and_never_from_both() {
    let app = spawn_app().await;
    let key = key(&app, &[Scope::Match]).await;
    let other = PRESENTED_NOWHERE;
    let ask = |headers: &[(&str, String)]| {
        let mut request = app.get("/v1/lookup?q=x");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        async move { request.send().await.unwrap().status().as_u16() }
    };
    assert_eq!(ask(&[("authorization", format!("Bearer {key}"))]).await, 200);
    assert_eq!(ask(&[("authorization", format!("bearer  {key}"))]).await, 200);
    assert_eq!(ask(&[("x-api-key", key.clone())]).await, 200);
    assert_eq!(ask(&[("authorization", "Basic dXNlcjpwYXNz".to_owned()), ("x-api-key", key.clone())]).await, 200);
    for bad in [
        vec![],
        vec![("authorization", key.clone())],
        vec![("authorization", "Bearer".to_owned())],
        vec![("authorization", format!("Bearer {other}"))],
        vec![("authorization", format!("Bearer {}", &key[..key.len() - 1]))],
        vec![("authorization", format!("Bearer {key}")), ("x-api-key", key.clone())],
        vec![("authorization", format!("Bearer {key}")), ("authorization", format!("Bearer {key}"))],
        vec![("x-api-key", key.to_uppercase())],
    ] {
        assert_eq!(ask(&bad).await, 401, "{bad:?}");
    }
    // What a key's secret starts with is not enough: the id of one with the secret of another.
    let mixed = format!("{}{}", &key[..17], &other[17..]);
    let response = app.get("/v1/lookup?q=x").bearer_auth(&mixed).send().await.unwrap();
    assert_eq!(response.headers()["www-authenticate"], "Bearer realm=\"kbmatch\", error=\"invalid_token\"");
    assert_eq!(problem(response).await["detail"], "the key is not known here");
}

/// A key of the right form that nobody made.
const PRESENTED_NOWHERE: &str = "kbm_0123456789ab_000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[tokio::test(flavor = "multi_thread")]
async fn no_spelling_of_a_path_gets_around_the_table() {
    let app = spawn_app().await;
    let key = key(&app, &[Scope::Match]).await;
    for path in ["/v1/%61rticles/relation-missing", "/v1/articles/relation%2Dmissing", "//v1/articles/relation-missing"]
    {
        // By hand: a client would tidy the path.
        let answer = app.raw(&format!("DELETE {path} HTTP/1.1\r\nhost: localhost\r\nif-match: *\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\r\n")).await;
        let status = &answer[9..12];
        assert!(matches!(status, "403" | "404"), "{path} gave {answer}");
    }
    assert!(app.service.get(&"relation-missing".to_owned().try_into().unwrap()).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_stops_at_once_and_the_server_stays_locked() {
    let app = spawn_app().await;
    let key = key(&app, &[Scope::Match]).await;
    let lookup = |key: String| app.get("/v1/lookup?q=x").bearer_auth(key).send();
    assert_eq!(lookup(key.clone()).await.unwrap().status(), 200);
    app.service.revoke_key(key[4..16].parse().unwrap()).await.unwrap();
    let refused = lookup(key).await.unwrap();
    assert_eq!(problem(refused).await["detail"], "the key was revoked");
    assert_eq!(app.get("/v1/lookup?q=x").send().await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_asks_too_often_waits_and_others_do_not() {
    let settings = Settings { rate_limit_per_key: Some(1), rate_limit_per_address: Some(3), ..Settings::default() };
    let files = [("relation-missing.md", RELATION), ("column-missing.md", COLUMN)];
    let app = spawn_with(&files, settings).await;
    let (one, two) = (key(&app, &[Scope::Match]).await, key(&app, &[Scope::Match]).await);
    let ask = |key: String| app.get("/v1/lookup?q=x").bearer_auth(key).send();
    let mut limited = None;
    for _ in 0..20 {
        let response = ask(one.clone()).await.unwrap();
        if response.status() == 429 {
            limited = Some(response);
            break;
        }
    }
    let limited = limited.expect("twenty requests at once passed a limit of one a second");
    assert_eq!(limited.headers()["retry-after"], "1");
    assert_eq!(problem(limited).await["type"], "/errors/rate-limited");
    assert_eq!(ask(two).await.unwrap().status(), 200);
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(app.get("/health/live").send().await.unwrap().status().as_u16());
    }
    assert!(statuses[..6].iter().all(|status| *status == 200) && statuses.contains(&429), "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_can_be_read_redacted_and_deleted_with_what_hangs_on_it() {
    let app = spawn_app().await;
    let body = "nothing knows this error, password=hunter2hunter2\nmail to jane.doe@example.com";
    let answer = app.answer(body, "text/plain").await;
    let id = answer["report_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/reports/{id}");
    let kept: Value = app.get(&path).send().await.unwrap().json().await.unwrap();
    assert_eq!((&kept["id"], &kept["outcome"]), (&id.as_str().into(), &"no_match".into()));
    let text = kept["parts"][0]["text"].as_str().unwrap();
    assert!(text.contains("password=xxxxxx0xxxxxx0") && !text.contains("jane"), "{text}");
    let given = json!({"report_id": id, "article": "relation-missing", "helpful": false, "by": "jane.doe@example.com"});
    let given = app.request(Method::POST, "/v1/feedback").json(&given).send().await.unwrap();
    assert_eq!(given.status(), 201);
    assert_eq!(given.json::<Value>().await.unwrap()["by"], "xxxx.xxx@xxxxxxx.xxx");
    assert_eq!(app.request(Method::DELETE, &path).send().await.unwrap().status(), 204);
    assert_eq!(problem(app.get(&path).send().await.unwrap()).await["type"], "/errors/not-found");
    let feedback: Value = app.get(&format!("/v1/feedback?report_id={id}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(feedback["feedback"], json!([]));
    assert_eq!(app.request(Method::DELETE, &path).send().await.unwrap().status(), 404);
    assert_eq!(problem(app.get("/v1/reports/x").send().await.unwrap()).await["field"], "report_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_tell_confidence_refusals_and_the_times_of_the_store() {
    let app = spawn_app().await;
    assert_eq!(app.first(REPORT).await, "relation-missing");
    let key = key(&app, &[Scope::Read]).await;
    app.get("/v1/lookup?q=x").send().await.unwrap();
    app.get("/v1/lookup?q=x").bearer_auth(&key).send().await.unwrap();
    let text = app.get("/metrics").bearer_auth(&key).send().await.unwrap().text().await.unwrap();
    for line in [
        "kbmatch_confidence_count 1",
        "kbmatch_match_seconds_count 1",
        "kbmatch_http_refused_total{reason=\"unauthorized\"} 1",
        "kbmatch_http_refused_total{reason=\"missing-scope\"} 1",
        "kbmatch_api_keys 1",
    ] {
        assert!(text.lines().any(|have| have == line), "{line} is missing in\n{text}");
    }
    let writes = text.lines().find_map(|line| line.strip_prefix("kbmatch_store_write_seconds_count ")).unwrap();
    assert!(writes.parse::<u32>().unwrap() >= 2, "{writes}");
    assert!(!text.contains(&key[17..]));
}
