//! Events of ticketing platforms over HTTP: what senders are told, and the one that everything began with, up to its note.

use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kbmatch::access::Scope;
use kbmatch::config::Settings;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Executor as _};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::access::key;
use crate::app::{COLUMN, RELATION, TestApp, problem, spawn_with};
use crate::votes::{place, secret};

const SECRET: &str = "kb-test-secret";
/// What an endpoint takes that takes little.
const SMALL: usize = 2048;

/// A server with endpoints of Zammad: one that observes, one that takes little, one that is gone; and a chat that takes
/// little.
async fn spawn(most_waiting: u64) -> (TestApp, tempfile::NamedTempFile) {
    let file = secret(SECRET);
    let endpoint = |connector: &str, name: &str, rest: &str| {
        format!("[[endpoint]]\nconnector = {connector:?}\nname = {name:?}\nsecret = {:?}\n{rest}\n", place(&file))
    };
    let small = format!("max_body_bytes = {SMALL}");
    let toml = [
        format!("max_waiting_deliveries = {most_waiting}\n"),
        endpoint("zammad", "desk", "mode = \"observe\"\nown_user = \"43\""),
        endpoint("zammad", "small", &small),
        endpoint("zammad", "gone", "removed = true"),
        endpoint("mattermost", "small", &small),
        endpoint("rasa", "bot", ""),
    ];
    let settings: Settings = toml::from_str(&toml.concat()).unwrap();
    (spawn_with(&[("relation-missing.md", RELATION), ("column-missing.md", COLUMN)], settings).await, file)
}

/// A customer's words in a ticket.
fn ticket(number: u64, text: &str) -> Vec<u8> {
    let article = json!({ "id": 5, "body": text, "content_type": "text/plain", "sender": "Customer" });
    json!({ "ticket": { "id": number, "title": "Help" }, "article": article }).to_string().into_bytes()
}

/// The header that proves a body.
fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(body);
    format!("sha1={}", kbmatch::text::hex(&mac.finalize().into_bytes()))
}

fn event(app: &TestApp, endpoint: &str, delivery: &str, body: &[u8]) -> RequestBuilder {
    let request = app.request(Method::POST, &format!("/v1/webhooks/zammad/{endpoint}"));
    let request = request.header("content-type", "application/json").header("x-zammad-delivery", delivery);
    request.header("x-hub-signature", signature(body)).body(body.to_vec())
}

/// What a sender is told with 200.
async fn told(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    response.json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_told_whether_it_was_stored_now_or_before_or_is_not_for_us() {
    let (app, _secret) = spawn(100).await;
    let body = ticket(7, "the lamp is green");
    assert_eq!(told(event(&app, "desk", "a", &body)).await, json!({"status": "accepted"}));
    assert_eq!(told(event(&app, "desk", "a", &body)).await, json!({"status": "duplicate"}), "the same delivery");
    assert_eq!(told(event(&app, "desk", "b", &body)).await, json!({"status": "duplicate"}), "the same text");
    // A repeat is one whatever became of the first: of an internal note, of what cannot be read.
    let internal = json!({"ticket": {"id": 7}, "article": {"id": 6, "body": "x", "internal": true}}).to_string();
    let first = told(event(&app, "desk", "c", internal.as_bytes())).await;
    assert_eq!(first, json!({"status": "ignored", "reason": "internal"}));
    assert_eq!(told(event(&app, "desk", "c", internal.as_bytes())).await, json!({"status": "duplicate"}));
    let broken = b"{\"ticket\": ";
    let first = told(event(&app, "desk", "d", broken)).await;
    assert!(first["status"] == "ignored" && first["reason"].as_str().unwrap().starts_with("unreadable"), "{first}");
    assert_eq!(told(event(&app, "desk", "d", broken)).await, json!({"status": "duplicate"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_proved_genuine_is_refused_without_saying_why() {
    let (app, _secret) = spawn(100).await;
    let (body, other) = (ticket(7, "the lamp is green"), ticket(7, "the lamp is red"));
    let path = "/v1/webhooks/zammad/desk";
    let post = || app.request(Method::POST, path).body(body.clone());
    let signed = |value: &str| post().header("x-hub-signature", value.to_owned());
    for request in [post(), signed("sha1=0"), signed(&signature(&other)), signed(&signature(&body).replace('1', "256"))]
    {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        let problem = problem(response).await;
        assert_eq!(problem["type"], "/errors/not-genuine");
        assert_eq!(problem["detail"], "the request is not proved genuine");
    }
    let list: Value = app.get("/v1/deliveries").send().await.unwrap().json().await.unwrap();
    assert_eq!(list["deliveries"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_are_answered_and_what_is_gone_or_was_never_there_says_so() {
    let (app, _secret) = spawn(100).await;
    let head = app.request(Method::HEAD, "/v1/webhooks/zammad/desk").send().await.unwrap();
    assert_eq!((head.status(), head.bytes().await.unwrap().len()), (StatusCode::OK, 0));
    let get = app.get("/v1/webhooks/zammad/desk").send().await.unwrap();
    assert_eq!(
        (get.status(), get.headers()["allow"].to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "HEAD, POST")
    );
    let body = ticket(7, "the lamp is green");
    // One that the settings call removed, and one that they name no more.
    add_waiting(&app, "former").await;
    for endpoint in ["gone", "former"] {
        let gone = event(&app, endpoint, "a", &body).send().await.unwrap();
        assert_eq!(gone.status(), StatusCode::GONE, "{endpoint}");
        assert_eq!(problem(gone).await["type"], "/errors/gone");
    }
    assert_eq!(event(&app, "nonesuch", "a", &body).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    let chat = app.request(Method::POST, "/v1/webhooks/mattermost/small").send().await.unwrap();
    assert_eq!(chat.status(), StatusCode::NOT_FOUND, "a chat has another address");
}

async fn assert_too_large(response: Response) {
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem(response).await["type"], "/errors/body-too-large");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_of_its_endpoint_is_refused_also_of_a_chat() {
    let (app, _secret) = spawn(100).await;
    let long = |bytes: usize| {
        let empty = ticket(7, "").len();
        ticket(7, &"x".repeat(bytes - empty))
    };
    assert_eq!(told(event(&app, "small", "a", &long(SMALL))).await["status"], "accepted");
    assert_too_large(event(&app, "small", "b", &long(SMALL + 1)).send().await.unwrap()).await;
    assert_too_large(event(&app, "desk", "c", &long((1 << 20) + 1)).send().await.unwrap()).await;
    // However much of it comes before its end is announced.
    let body = long(SMALL + 1);
    let chunked = reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(body.clone())]));
    assert_too_large(event(&app, "small", "d", &body).body(chunked).send().await.unwrap()).await;

    let ask = |name: &str, bytes: usize| {
        let request = app.request(Method::POST, &format!("/v1/chat/mattermost/{name}"));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let form = format!("user_id=u1&text={}", "x".repeat(bytes - "user_id=u1&text=".len()));
        request.header("authorization", format!("Token {SECRET}")).body(form)
    };
    assert_eq!(ask("small", SMALL).send().await.unwrap().status(), StatusCode::OK);
    assert_too_large(ask("small", SMALL + 1).send().await.unwrap()).await;
    // A platform that sends more by itself may, unless the settings say otherwise.
    let rasa = app.request(Method::POST, "/v1/chat/rasa/bot").body(vec![b'x'; (1 << 20) + 1]).send().await.unwrap();
    assert_eq!(rasa.status(), StatusCode::UNAUTHORIZED, "read, then found without a token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_is_proved_by_its_bytes_as_they_were_sent() {
    let (app, _secret) = spawn(100).await;
    let body = ticket(7, "the lamp is green");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&body).unwrap();
    let packed = packed.finish().unwrap();
    let proved = told(event(&app, "desk", "a", &packed).header("content-encoding", "gzip")).await;
    // No platform compresses: it is kept, and not unpacked.
    assert!(proved["reason"].as_str().unwrap().starts_with("unreadable"), "{proved}");
    let path = "/v1/webhooks/zammad/desk";
    let of_the_inside = app.request(Method::POST, path).header("x-hub-signature", signature(&body));
    let of_the_inside = of_the_inside.header("content-encoding", "gzip").body(packed).send().await.unwrap();
    assert_eq!(of_the_inside.status(), StatusCode::UNAUTHORIZED);
}

/// Adds a delivery of an endpoint of Zammad that waits for its turn for a long time.
async fn add_waiting(app: &TestApp, endpoint: &str) {
    let mut connection: SqliteConnection =
        SqliteConnectOptions::new().filename(app.database()).connect().await.unwrap();
    let row = format!(
        "INSERT INTO deliveries (id, connector, endpoint, dedup_key, content_key, text_sha256, raw_sha256, headers, event,
         external_id, received_at, state, next_attempt_at) VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAV', 'zammad', '{endpoint}', 'k',
         'k', 's', 's', '{{}}', 'opened', '1', 1, 'failed', 9000000000000000)"
    );
    connection.execute(AssertSqlSafe(row)).await.unwrap();
}

async fn assert_put_off(response: Response) {
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "30");
    assert_eq!(problem(response).await["type"], "/errors/overloaded");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_put_off_while_the_inbox_is_full() {
    let (app, _secret) = spawn(1).await;
    add_waiting(&app, "desk").await;
    let started = Instant::now();
    for number in 100.. {
        let response =
            event(&app, "desk", &number.to_string(), &ticket(number, "the lamp is green")).send().await.unwrap();
        if response.status() != StatusCode::OK {
            assert_put_off(response).await;
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the inbox never fills");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Nobody who cannot prove anything learns that.
    let unproved = app.request(Method::POST, "/v1/webhooks/zammad/desk").body("{}").send().await.unwrap();
    assert_eq!(unproved.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_is_put_off_when_nothing_can_be_stored_any_more() {
    let (app, _secret) = spawn(100).await;
    app.deliveries.stop().await;
    assert_put_off(event(&app, "desk", "a", &ticket(7, "the lamp is green")).send().await.unwrap()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_for_one_endpoint_sees_its_deliveries_and_starts_them_anew_and_no_others() {
    let (app, _secret) = spawn(100).await;
    let of = |name: &str| Scope::Endpoint { connector: "zammad".to_owned(), name: name.to_owned() };
    let admin = key(&app, &[Scope::Admin]).await;
    let (desk, both) = (key(&app, &[of("desk")]).await, key(&app, &[of("desk"), of("small")]).await);
    for endpoint in ["desk", "small"] {
        assert_eq!(told(event(&app, endpoint, "a", &ticket(7, "the lamp is green"))).await["status"], "accepted");
    }
    let get = |key: &str, path: &str| app.get(path).bearer_auth(key).send();
    let list = async |key: &str, query: &str| -> Vec<Value> {
        let response = get(key, &format!("/v1/deliveries{query}")).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{query}");
        response.json::<Value>().await.unwrap()["deliveries"].as_array().unwrap().clone()
    };
    let of_all = list(&admin, "").await;
    let id_of =
        |name: &str| of_all.iter().find(|row| row["endpoint"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    let (own, other) = (id_of("desk"), id_of("small"));
    for query in ["", "?connector=zammad", "?endpoint=desk", "?connector=zammad&endpoint=desk&state=no_match"] {
        let rows = list(&desk, query).await;
        assert!(rows.iter().all(|row| row["id"] == own.as_str()), "{query}: {rows:?}");
    }
    assert_eq!((list(&desk, "").await.len(), list(&both, "?endpoint=small").await.len()), (1, 1));
    for query in ["?endpoint=small", "?connector=zendesk", "?connector=mattermost&endpoint=desk"] {
        let refused = get(&desk, &format!("/v1/deliveries{query}")).await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{query}");
        assert_eq!(problem(refused).await["type"], "/errors/missing-scope");
    }
    let several = get(&both, "/v1/deliveries").await.unwrap();
    assert_eq!(problem(several).await["field"], "endpoint");
    assert_eq!(get(&desk, &format!("/v1/deliveries/{own}")).await.unwrap().status(), StatusCode::OK);
    assert_eq!(get(&desk, &format!("/v1/deliveries/{other}")).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(get(&desk, "/v1/articles").await.unwrap().status(), StatusCode::FORBIDDEN);

    let started = Instant::now();
    while list(&admin, "?state=received").await.len() + list(&admin, "?state=failed").await.len() > 0 {
        assert!(started.elapsed() < Duration::from_secs(20), "deliveries are not matched");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut connection: SqliteConnection =
        SqliteConnectOptions::new().filename(app.database()).connect().await.unwrap();
    connection.execute("UPDATE deliveries SET state = 'dead'").await.unwrap();
    let retry = |id: &str| app.request(Method::POST, &format!("/v1/deliveries/{id}/retry")).bearer_auth(&desk).send();
    assert_eq!(retry(&other).await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(retry(&own).await.unwrap().status(), StatusCode::ACCEPTED);
    assert_eq!(list(&admin, "?endpoint=small").await[0]["state"], "dead");
}

/// What the page posts when passkey enrolment fails.
const PAYLOAD: &str = include_str!("../data/seed-payload.txt");

/// Every article of the starter knowledge base.
fn starter() -> Vec<(String, String)> {
    let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/kb")).unwrap();
    let files =
        folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    files
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_payload_in_a_ticket_of_zendesk_becomes_an_internal_note_with_cause_and_solution() {
    let platform = MockServer::start().await;
    let audit = json!({"audit": {"events": [{"id": 990, "type": "Comment"}]}});
    let taken = ResponseTemplate::new(200).set_body_json(audit);
    Mock::given(method("PUT")).and(path("/api/v2/tickets/123.json")).respond_with(taken).mount(&platform).await;
    let file = secret(SECRET);
    let toml = format!(
        "public_url = \"https://kb.example\"\n[[endpoint]]\nconnector = \"zendesk\"\nname = \"support\"\nmode = \"suggest\"\n\
         base_url = {:?}\nallow_private = true\nsecret = {:?}\ncredential = {{ user = \"bot@acme.com/token\", password = {:?} }}\n",
        platform.uri(),
        place(&file),
        place(&file)
    );
    let articles = starter();
    let files: Vec<(&str, &str)> = articles.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let app = spawn_with(&files, toml::from_str::<Settings>(&toml).unwrap()).await;

    let now = jiff::Timestamp::now();
    let time = format!("{now:.0}");
    let body = json!({
        "id": "e9f0", "type": "zen:event-type:ticket.created", "time": time, "account_id": 7, "subject": "zen:ticket:123",
        "zendesk_event_version": "2022-11-06", "event": {},
        "detail": {"id": "123", "subject": "Passkey enrollment fails", "description": PAYLOAD, "status": "NEW", "requester_id": "900"},
    });
    let body = body.to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}{body}").as_bytes());
    let request = app.request(Method::POST, "/v1/webhooks/zendesk/support").header("content-type", "application/json");
    let request = request.header("x-zendesk-webhook-signature-timestamp", time);
    let request = request.header("x-zendesk-webhook-signature", STANDARD.encode(mac.finalize().into_bytes()));
    let request = request.header("x-zendesk-webhook-invocation-id", "01HINV").body(body);
    assert_eq!(told(request).await, json!({"status": "accepted"}));

    let started = Instant::now();
    let posted = loop {
        if let [posted] = platform.received_requests().await.unwrap().as_slice() {
            break posted.clone();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "no note was posted");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let ticket: Value = serde_json::from_slice(&posted.body).unwrap();
    let (comment, metadata) = (&ticket["ticket"]["comment"], &ticket["ticket"]["metadata"]);
    assert_eq!(comment["public"], false);
    let note = comment["html_body"].as_str().unwrap();
    for part in [
        "https://kb.example/articles/passkey-progressive-enrollment",
        "Enrolling a passkey counts as a sign-up, so the passkey is named after an identifier",
        "Sign in again and repeat the enrollment.",
        "PublicKeyCredentialEntity",
    ] {
        assert!(note.contains(part), "{part} in {note}");
    }
    let list: Value = app.get("/v1/deliveries").send().await.unwrap().json().await.unwrap();
    assert_eq!(metadata["kbmatch"], list["deliveries"][0]["id"]);
}
