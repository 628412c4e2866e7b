//! Secrets planted everywhere that a request can hold them are found nowhere afterwards: in no table, no log line, no
//! number, no answer.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use kbmatch::text::{hex, printable};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::command::{kbmatch, run, with_kb};

/// A text that holds a secret, and the secret.
const PLANTED: &[(&str, &str)] = &[
    ("Authorization: Bearer q7ZtX2mV9rLk4TnB8wPc", "q7ZtX2mV9rLk4TnB8wPc"),
    ("authorization: Basic c3VwcG9ydDpIdW50ZXIyIQ==", "c3VwcG9ydDpIdW50ZXIyIQ"),
    ("Cookie: sid=9f86d081884c7d659a2feaa0", "9f86d081884c7d659a2feaa0"),
    ("Set-Cookie: session=kJ8sLq2Wx9ZvB3nM; Path=/", "kJ8sLq2Wx9ZvB3nM"),
    ("password=Tr0ub4dor-and-3", "Tr0ub4dor-and-3"),
    ("token ghp_16C7e42F292c6912E7710c838347Ae178B4a", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"),
    (
        "id eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI5OTg4Nzc2NiJ9.dBjftJeZ4CVPmB92K27uhbUJU1p1r0aa end",
        "eyJzdWIiOiI5OTg4Nzc2NiJ9",
    ),
    (
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----",
        "MIIEvQIBADANBgkqhkiG9w0BAQEF",
    ),
    ("card 4111 1111 1111 1111 declined", "4111 1111 1111 1111"),
    ("from gertrud.muster@customer.example today", "gertrud.muster"),
    (
        "key kbm_0badc0ffee00_ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100 leaked",
        "ffeeddccbbaa99887766554433221100",
    ),
];

/// What platforms sign with, and what their calls carry.
const SIGNING: &str = "endpoint-signing-9c41d7e2b6";
const CREDENTIAL: &str = "endpoint-credential-5b83f0a1c9";

/// A ticketing platform and two chats, which are called at `PLATFORM`.
const ENDPOINTS: &str = r#"
public_url = "https://kb.example"
[[endpoint]]
connector = "zammad"
name = "desk"
mode = "suggest"
base_url = "PLATFORM"
allow_private = true
secret = "file:signing"
credential = { bearer = "file:credential" }
calls_per_minute = 60000
[[endpoint]]
connector = "mattermost"
name = "ops"
secret = "file:signing"
[[endpoint]]
connector = "slack"
name = "ops"
base_url = "PLATFORM"
allow_private = true
secret = "file:signing"
credential = { bearer = "file:credential" }
calls_per_minute = 60000
"#;

/// The binary, with what it logs in a file.
struct Server {
    child: Child,
    address: String,
    client: Client,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn start(folder: &Path) -> Server {
    let log = File::create(folder.join("log")).unwrap();
    let mut command = kbmatch(folder);
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--log-level", "trace", "-vv", "--report-sample", "1"];
    let child = command.args(arguments).stdout(Stdio::null()).stderr(log).spawn().unwrap();
    let started = Instant::now();
    let address = loop {
        let said = std::fs::read_to_string(folder.join("log")).unwrap();
        let address = said.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        if let Some(address) = address {
            break address.to_owned();
        }
        assert!(started.elapsed() < Duration::from_secs(20), "the server did not start: {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    Server { child, address, client: Client::builder().no_proxy().build().unwrap() }
}

impl Server {
    fn to(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address))
    }

    fn post(&self, path: &str, content_type: &str, body: String) -> RequestBuilder {
        self.to(Method::POST, path).header("content-type", content_type).body(body)
    }

    /// An event of Zammad, signed.
    fn zammad(&self, id: &str, body: String) -> RequestBuilder {
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SIGNING.as_bytes()).unwrap();
        mac.update(body.as_bytes());
        let request = self.post("/v1/webhooks/zammad/desk", "application/json", body);
        let request = request.header("x-hub-signature", format!("sha1={}", hex(&mac.finalize().into_bytes())));
        request.header("x-zammad-delivery", id).header("x-request-id", format!("edge-{id}"))
    }

    /// A mention in Slack, signed.
    fn slack(&self, body: String) -> RequestBuilder {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs().to_string();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(SIGNING.as_bytes()).unwrap();
        mac.update(format!("v0:{now}:{body}").as_bytes());
        let request = self.post("/v1/chat/slack/ops", "application/json", body);
        let request = request.header("x-slack-signature", format!("v0={}", hex(&mac.finalize().into_bytes())));
        request.header("x-slack-request-timestamp", now)
    }

    /// The events and questions of platforms that hold a planted text; `number` tells them apart.
    fn of_platforms(&self, number: usize, text: &str) -> Vec<(&'static str, RequestBuilder)> {
        let report = format!("tape loading failed at block 3\n{text}\n");
        let ticket = |id: usize, said: &str, kind: &str| {
            let article = json!({
                "id": 5, "body": said, "content_type": kind, "sender": "Customer", "from": text, "to": text,
                "created_by": { "id": 3, "email": text, "firstname": text, "note": text },
            });
            json!({ "ticket": { "id": id, "title": text, "note": text }, "article": article }).to_string()
        };
        let html = format!("<p>tape loading failed at block 3</p><p>{text}</p>");
        let form = |text: &str| {
            let pairs = [("text", text), ("user_id", "u1"), ("user_name", text), ("channel_id", "c1")];
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        let form_type = "application/x-www-form-urlencoded";
        let mention = json!({"type": "event_callback", "event_id": format!("Ev{number}"), "event": {
            "type": "app_mention", "user": "U1", "text": format!("<@UBOT> {report}"), "ts": "1.0", "channel": "C1",
        }});
        vec![
            ("ticket", self.zammad(&format!("a{number}"), ticket(1_000 + number, &report, "text/plain"))),
            ("ticket in HTML", self.zammad(&format!("b{number}"), ticket(2_000 + number, &html, "text/html"))),
            (
                "ticket without an answer",
                self.zammad(&format!("c{number}"), ticket(3_000 + number, text, "text/plain")),
            ),
            ("broken event", self.zammad(&format!("d{number}"), format!("{{\"ticket\": {text}"))),
            ("event of another form", self.zammad(&format!("e{number}"), json!({ text: text }).to_string())),
            ("forged event", self.zammad(&format!("f{number}"), report.clone()).header("x-hub-signature", "sha1=0")),
            (
                "command",
                self.post("/v1/chat/mattermost/ops", form_type, form(&report))
                    .header("authorization", format!("Token {SIGNING}")),
            ),
            (
                "command without an answer",
                self.post("/v1/chat/mattermost/ops", form_type, form(text))
                    .header("authorization", format!("Token {SIGNING}")),
            ),
            ("mention", self.slack(mention.to_string())),
            ("broken mention", self.slack(format!("{{\"type\": {text}"))),
        ]
    }

    /// Every request that holds a planted text.
    fn requests(&self, text: &str, secret: &str) -> Vec<(&'static str, RequestBuilder)> {
        // A report that matches, so that the answer quotes what stands around the secret.
        let report = format!("tape loading failed at block 3\n{text}\n");
        let beside = format!("{text} tape loading failed at block {text}");
        let encoded: String = text
            .bytes()
            .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
            .collect();
        let feedback = json!({
            "report_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV", "article": "tape", "helpful": true, "comment": text, "by": text,
        });
        // A token shows by itself what it is; a bare word of a password might be anybody's id.
        let word = text.split(' ').nth(1).unwrap_or_default().replace(|c: char| !c.is_ascii_graphic(), "");
        let header = printable(text, false).replace(|c: char| !c.is_ascii(), "");
        vec![
            ("text", self.post("/v1/match", "text/plain", report.clone())),
            ("text beside the match", self.post("/v1/match?explain=true&min_confidence=0", "text/plain", beside)),
            ("no match", self.post("/v1/match", "text/plain", format!("nobody knows this\n{text}"))),
            ("json", self.post("/v1/match?explain=true", "application/json", json!({"text": report}).to_string())),
            ("payload", self.post("/v1/match", "application/json", json!({"payload": {"log": report}}).to_string())),
            (
                "nested",
                self.post("/v1/match", "application/json", json!({"a": json!({"b": text}).to_string()}).to_string()),
            ),
            (
                "hints",
                self.post(
                    "/v1/match",
                    "application/json",
                    json!({"text": "x y z", "hints": {"route": text}}).to_string(),
                ),
            ),
            ("form", self.post("/v1/match", "application/x-www-form-urlencoded", format!("log={encoded}"))),
            (
                "html",
                self.post("/v1/match", "text/html", format!("<p>tape loading failed at block 3</p><p>{text}</p>")),
            ),
            (
                "field name",
                self.post("/v1/match", "application/json", json!({"payload": {"a": {text: report}}}).to_string()),
            ),
            ("broken json", self.post("/v1/match", "application/json", format!("{{\"text\": {text}"))),
            (
                "unknown field",
                self.post("/v1/match", "application/json", json!({"text": "x", "hints": {text: 1}}).to_string()),
            ),
            (
                "batch",
                self.post(
                    "/v1/match/batch",
                    "application/x-ndjson",
                    format!("{}\n{{\"text\": {}\n", json!({"text": report}), text.replace('\n', " ")),
                ),
            ),
            ("lookup", self.to(Method::GET, &format!("/v1/lookup?q={encoded}"))),
            ("query parameter", self.to(Method::GET, &format!("/v1/articles?{encoded}=1"))),
            ("query value", self.to(Method::GET, &format!("/v1/articles?limit={encoded}"))),
            ("path", self.to(Method::GET, &format!("/v1/articles/{encoded}"))),
            ("no such path", self.to(Method::GET, &format!("/{encoded}"))),
            ("report id", self.to(Method::GET, &format!("/v1/reports/{encoded}"))),
            ("feedback", self.post("/v1/feedback", "application/json", feedback.to_string())),
            ("feedback field", self.post("/v1/feedback", "application/json", json!({text: 1}).to_string())),
            (
                "feedback on nothing",
                self.post(
                    "/v1/feedback",
                    "application/json",
                    json!({"report_id": text, "article": "tape", "helpful": true}).to_string(),
                ),
            ),
            ("withdraw", self.to(Method::DELETE, &format!("/v1/feedback/{encoded}"))),
            (
                "broken article",
                self.to(Method::PUT, "/v1/articles/new")
                    .header("content-type", "text/markdown")
                    .header("if-none-match", "*")
                    .body(format!("---\ntitle: [x\n{text}\n---\n")),
            ),
            (
                "article without sense",
                self.to(Method::PUT, "/v1/articles/new")
                    .header("content-type", "text/markdown")
                    .header("if-none-match", "*")
                    .body(format!("---\ntitle: x\nsignatures:\n  - regex: '({secret}'\n---\nx\n")),
            ),
            ("content type", self.post("/v1/match", &header, "x".to_owned())),
            ("encoding", self.post("/v1/match", "text/plain", "x".to_owned()).header("content-encoding", &header)),
            ("request id", self.to(Method::GET, "/v1/articles").header("x-request-id", word)),
            ("host", self.to(Method::GET, "/v1/articles").header("host", header.replace(' ', ""))),
            ("origin", self.to(Method::GET, "/v1/articles").header("origin", &header)),
            (
                "authorization",
                self.to(Method::GET, "/v1/articles")
                    .header("authorization", header.trim_start_matches("Authorization: ")),
            ),
            ("key", self.to(Method::GET, "/v1/articles").header("x-api-key", secret)),
            ("cookie", self.to(Method::GET, "/v1/articles").header("cookie", &header)),
            ("etag", self.to(Method::DELETE, "/v1/articles/tape").header("if-match", &header)),
        ]
    }
}

/// Every value of every table as text.
async fn tables(database: &Path) -> Vec<(String, String)> {
    let mut connection: SqliteConnection = SqliteConnectOptions::new().filename(database).connect().await.unwrap();
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut connection).await.unwrap();
    let mut values = Vec::new();
    for name in names {
        let columns = format!("SELECT name FROM pragma_table_info('{name}')");
        let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(columns)).fetch_all(&mut connection).await.unwrap();
        let casts: Vec<String> = columns.iter().map(|column| format!("CAST(\"{column}\" AS BLOB)")).collect();
        let rows = format!("SELECT {} FROM \"{name}\"", casts.join(", "));
        for row in sqlx::query(AssertSqlSafe(rows)).fetch_all(&mut connection).await.unwrap() {
            for (index, column) in columns.iter().enumerate() {
                if let Some(value) = row.get::<Option<Vec<u8>>, _>(index) {
                    let value = String::from_utf8_lossy(&value).into_owned();
                    values.push((format!("{name}.{column}"), value));
                }
            }
        }
    }
    values
}

/// What a platform was sent, each call as one text: all but the proof of who we are, which must be nothing else.
#[cfg(unix)]
async fn sent(platform: &MockServer) -> Vec<String> {
    let calls = platform.received_requests().await.unwrap();
    let shown = calls.iter().map(|call| {
        let mut text = format!("{} {}", call.method, call.url);
        for (name, value) in &call.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            if name == "authorization" {
                assert_eq!(value, format!("Bearer {CREDENTIAL}"));
            } else {
                text = format!("{text}\n{name}: {value}");
            }
        }
        format!("{text}\n{}", String::from_utf8_lossy(&call.body))
    });
    shown.collect()
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() {
    let folder = with_kb();
    // It takes whatever it is sent, and what it is sent is looked through.
    let platform = MockServer::start().await;
    let taken = ResponseTemplate::new(201).set_body_json(json!({ "id": 77, "ok": true }));
    Mock::given(any()).respond_with(taken).mount(&platform).await;
    let endpoints = ENDPOINTS.replace("PLATFORM", &platform.uri());
    for (name, text) in [("kbmatch.toml", endpoints.as_str()), ("signing", SIGNING), ("credential", CREDENTIAL)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let mut server = start(folder.path()).await;
    let mut found = Vec::new();
    let mut answered = 0;
    for (number, (text, secret)) in PLANTED.iter().enumerate() {
        let requests = server.requests(text, secret).into_iter().chain(server.of_platforms(number, text));
        for (name, request) in requests {
            // A client may refuse to send what no header can hold.
            let Ok(response) = request.send().await else { continue };
            answered += 1;
            let headers = format!("{:?}", response.headers());
            let shown = format!("{headers}\n{}", response.text().await.unwrap());
            if shown.contains(secret) {
                found.push(format!("the answer to {name} with {text:?}: {shown}"));
            }
        }
    }
    let database = folder.path().join("kbmatch.db");
    let started = Instant::now();
    let is_under_way = |(at, value): &(String, String)| match at.as_str() {
        "deliveries.state" => value == "received",
        "replies.state" => !["sent", "rejected", "dead"].contains(&value.as_str()),
        _ => false,
    };
    while tables(&database).await.iter().any(is_under_way) {
        assert!(started.elapsed() < Duration::from_mins(1), "deliveries are not matched, or their replies not sent");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let metrics = server.to(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    // A key of our own, made while the server runs.
    let key = run(folder.path(), &["keys", "create", "bot", "--scope", "match"]).out.trim().to_owned();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let asked = server.to(Method::GET, "/v1/lookup?q=x").bearer_auth(&key).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let killed = std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(killed.success() && server.child.wait().unwrap().success());

    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let values = tables(&database).await;
    let planted = PLANTED.iter().map(|(_, secret)| *secret).chain([&key[17..], SIGNING, CREDENTIAL]);
    let calls = sent(&platform).await;
    for secret in planted {
        found.extend(calls.iter().filter(|call| call.contains(secret)).map(|call| format!("sent: {call}")));
        found.extend(
            values.iter().filter(|(_, value)| value.contains(secret)).map(|(at, value)| format!("{at}: {value}")),
        );
        found.extend(log.lines().filter(|line| line.contains(secret)).map(|line| format!("log: {line}")));
        found.extend(metrics.lines().filter(|line| line.contains(secret)).map(|line| format!("metrics: {line}")));
    }
    for line in log.lines().filter(|line| line.starts_with('{')) {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON any more: {line}");
    }
    assert!(found.is_empty(), "{} were found:\n{}", found.len(), found.join("\n"));
    // What was looked through is what should be there.
    let reports = values.iter().filter(|(at, _)| at == "reports.parts").count();
    let comments = values.iter().filter(|(at, _)| at == "feedback.comment").count();
    assert!(answered > 30 * PLANTED.len() && reports > 5 * PLANTED.len() && comments == PLANTED.len());
    assert!(log.lines().filter(|line| line.contains("\"span\"")).count() > answered, "the log holds no requests");
    assert!(values.iter().any(|(at, value)| at == "api_keys.id" && *value == key[4..16]));
    let notes =
        values.iter().filter(|(at, value)| at == "replies.body" && value.contains("Tape does not load")).count();
    assert!(notes >= 2 * PLANTED.len(), "{notes} notes");
    let answers = calls.iter().filter(|call| call.contains("Tape does not load")).count();
    assert!(answers >= 3 * PLANTED.len(), "{answers} notes and answers were sent to platforms");
    let tickets = values.iter().filter(|(at, _)| at == "deliveries.ticket").count();
    assert!(tickets >= 3 * PLANTED.len(), "{tickets} tickets");
    // The id of a request is in what is logged of its delivery, up to the call.
    for said in ["settled", "a reply is done"] {
        let of = |line: &&str| line.contains(said) && line.contains("edge-a0");
        assert!(log.lines().any(|line| of(&line)), "no line {said:?} has the id of the request");
    }
}
