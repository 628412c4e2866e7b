//! Secrets planted everywhere that a request can hold them are found nowhere afterwards: in no table, no log line, no
//! number, no answer.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use kbmatch::text::printable;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Row as _};

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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn planted_secrets_are_found_nowhere() {
    let folder = with_kb();
    let mut server = start(folder.path()).await;
    let mut found = Vec::new();
    let mut answered = 0;
    for (text, secret) in PLANTED {
        for (name, request) in server.requests(text, secret) {
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
    let metrics = server.to(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    // A key of our own, made while the server runs.
    let key = run(folder.path(), &["keys", "create", "bot", "--scope", "match"]).out.trim().to_owned();
    tokio::time::sleep(Duration::from_millis(600)).await;
    let asked = server.to(Method::GET, "/v1/lookup?q=x").bearer_auth(&key).send().await.unwrap();
    assert_eq!(asked.status(), 200);
    let killed = std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(killed.success() && server.child.wait().unwrap().success());

    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let values = tables(&folder.path().join("kbmatch.db")).await;
    let planted = PLANTED.iter().map(|(_, secret)| *secret).chain([&key[17..]]);
    for secret in planted {
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
}
