use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use super::*;
use crate::connect::endpoint::{Endpoint, Mode, Secrets};
use crate::connect::verify::TimestampCheck;

fn endpoint(base_url: &str, allow_private: bool) -> ConfiguredEndpoint {
    ConfiguredEndpoint {
        endpoint: Endpoint {
            connector: "zammad".to_owned(),
            name: "desk".to_owned(),
            mode: Mode::Suggest,
            suggest_at: 0.6,
            answer_at: 0.9,
            secrets: Secrets::default(),
            base_url: Some(base_url.to_owned()),
            credential: Credential::Basic(Secret::new("bot"), Secret::new("hunter2")),
            own_user: None,
            options: BTreeMap::new(),
            public_url: None,
        },
        allow_private,
        removed: false,
        max_body_bytes: 1 << 20,
        calls_per_minute: 60,
        freshness: TimestampCheck::Refuse.into(),
        renewal: None,
    }
}

fn post(path: &str) -> StoredCall {
    let body = Some(serde_json::json!({ "text": "hello" }));
    StoredCall { origin: None, method: Method::Post, path: path.to_owned(), headers: Vec::new(), body }
}

fn caller() -> Caller {
    let times = Timing { connect: Duration::from_millis(300), call: Duration::from_millis(300), ..Timing::default() };
    Caller::new(&times).unwrap()
}

/// A server that answers its one request with these bytes; gives its address and what it received.
fn server(answer: &'static [u8]) -> (String, std::thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        stream.write_all(answer).unwrap();
        if answer.is_empty() {
            std::thread::sleep(Duration::from_millis(600));
        }
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    (address, thread)
}

#[tokio::test]
async fn a_call_carries_the_credential_and_gives_the_answer() {
    let (address, received) = server(b"HTTP/1.1 201 Created\r\ncontent-length: 9\r\nX-Thing: a\r\n\r\n{\"id\": 5}");
    let answered = caller().call(&endpoint(&address, true), &post("/api/notes?x=1")).await.unwrap();
    assert_eq!((answered.response.status, answered.whole), (201, true));
    assert_eq!(answered.response.body, b"{\"id\": 5}");
    assert!(answered.response.headers.contains(&("x-thing".to_owned(), "a".to_owned())));
    let received = received.join().unwrap();
    assert!(received.starts_with("POST /api/notes?x=1 HTTP/1.1\r\n"), "{received}");
    assert!(received.contains("authorization: Basic Ym90Omh1bnRlcjI=\r\n"), "{received}");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (address, received) =
        server(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
    let answered = caller().call(&endpoint(&address, true), &post("/x")).await.unwrap();
    assert_eq!(answered.response.status, 302);
    received.join().unwrap();
}

#[tokio::test]
async fn what_was_not_reached_is_told_from_what_broke_off() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = caller().call(&endpoint(&format!("http://{closed}"), true), &post("/x")).await.unwrap_err();
    assert!(matches!(error, CallError::NotSent(_)), "{error:?}");
    for answer in [&b""[..], b"HTTP/1.1 201 Cre"] {
        let (address, received) = server(answer);
        let error = caller().call(&endpoint(&address, true), &post("/x")).await.unwrap_err();
        assert!(matches!(error, CallError::MaybeSent(_)), "{error:?}");
        assert!(!error.to_string().contains("hunter2"));
        received.join().unwrap();
    }
    let (address, received) = server(b"HTTP/1.1 201 Created\r\ncontent-length: 900\r\n\r\n{\"id\":");
    let answered = caller().call(&endpoint(&address, true), &post("/x")).await.unwrap();
    assert_eq!((answered.response.status, answered.whole), (201, false));
    received.join().unwrap();
}

#[tokio::test]
async fn private_addresses_are_refused_by_number_and_by_name() {
    for base in [
        "http://127.0.0.1:1",
        "http://[::1]:1",
        "http://0x7f.1:1",
        "http://169.254.169.254",
        "http://[::ffff:10.0.0.1]",
    ] {
        let error = caller().call(&endpoint(base, false), &post("/x")).await.unwrap_err();
        assert!(matches!(&error, CallError::Forbidden(text) if text.contains("allow_private")), "{base}: {error:?}");
    }
    let error = caller().call(&endpoint("http://localhost:1", false), &post("/x")).await.unwrap_err();
    assert!(matches!(&error, CallError::NotSent(text) if text.contains("private address")), "{error:?}");
}

#[test]
fn a_path_cannot_lead_out_of_the_base_address() {
    let to = |base: &str, path: &str| address(&endpoint(base, false), &post(path));
    assert_eq!(to("https://desk.example.com/api", "/x").unwrap().as_str(), "https://desk.example.com/api/x");
    for (base, path) in [
        ("https://desk.example.com", "@evil.example.com/x"),
        ("https://desk.example.com", ".evil.example.com/x"),
        ("https://desk.example.com", "x"),
        ("https://desk.example.com/api", "/../admin"),
        ("https://desk.example.com/api", "/%2e%2e/admin"),
    ] {
        assert!(to(base, path).is_err(), "{base} {path}");
    }
}
