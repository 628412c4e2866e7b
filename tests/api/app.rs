//! A server on a random port with a knowledge base of two siblings.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;

use actix_web::dev::ServerHandle;
use kbmatch::config::{Config, Settings};
use kbmatch::delivery::{self, Deliveries};
use kbmatch::http;
use kbmatch::service::{self, Clock, Service};
use kbmatch::store::Location;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// The report that `relation-missing` answers.
pub(crate) const REPORT: &str = "ERROR:  relation \"public.orders\" does not exist at character 15";

/// An article of the knowledge base.
pub(crate) const RELATION: &str = r#"---
id: relation-missing
title: A relation does not exist
product: postgresql
tags: [database]
# kept as it is
signatures:
  - template: 'relation "{{relation}}" does not exist'
examples:
  match: ['ERROR: relation "a.b" does not exist']
  no_match: ['ERROR: column "a.b" does not exist']
---
## Overview

A table is missing.

## Cause

`{{relation|The table}}` is not there.

## Solution

1. Create it.
"#;

/// Its sibling.
pub(crate) const COLUMN: &str = r#"---
id: column-missing
title: A column does not exist
product: postgresql
signatures:
  - template: 'column "{{column}}" does not exist'
examples:
  match: ['ERROR: column "a.b" does not exist']
  no_match: ['ERROR: relation "a.b" does not exist']
---
## Cause

The column is not there.

## Solution

Add it.
"#;

/// A running server.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    pub(crate) handle: ServerHandle,
    pub(crate) service: Arc<Service>,
    pub(crate) deliveries: Arc<Deliveries>,
    /// Holds the database and the articles as long as the server runs.
    folder: tempfile::TempDir,
    client: reqwest::Client,
}

/// Starts a server over the two articles.
pub(crate) async fn spawn_app() -> TestApp {
    spawn_with(&[("relation-missing.md", RELATION), ("column-missing.md", COLUMN)], Settings::default()).await
}

/// Starts a server over some files.
pub(crate) async fn spawn_with(files: &[(&str, &str)], settings: Settings) -> TestApp {
    let folder = tempfile::tempdir().unwrap();
    let kb = folder.path().join("kb");
    std::fs::create_dir(&kb).unwrap();
    for (name, text) in files {
        std::fs::write(kb.join(name), text).unwrap();
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let config = Config { workers: 1, ..Config::from(settings) };
    let database = Location::File(PathBuf::from(folder.path()).join("kbmatch.db"));
    let reports = service::KeepReports { match_sample: config.report_sample, ..service::KeepReports::default() };
    let settings = service::Settings { folders: vec![kb], reports, ..service::Settings::new(database) };
    let service = Service::open(settings, Clock::system()).await.unwrap();
    let endpoints = config.resolve_endpoints().unwrap();
    let delivering = delivery::Settings {
        signer: config.signer().unwrap(),
        public_url: config.public_url.as_ref().map(|url| url.0.clone()),
        most_waiting: config.max_waiting_deliveries,
        ..delivery::Settings::default()
    };
    let deliveries = Deliveries::start(Arc::clone(&service), endpoints, delivering).await.unwrap();
    let running = http::start_with(Arc::clone(&service), Some(Arc::clone(&deliveries)), &config, listener).unwrap();
    let (address, handle) = (running.address, running.handle.clone());
    tokio::spawn(running.server);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    TestApp { address, handle, service, deliveries, folder, client }
}

impl TestApp {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// The database file.
    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("kbmatch.db")
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    /// Sends bytes as they are and reads the answer to its end.
    pub(crate) async fn raw(&self, request: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut socket = tokio::net::TcpStream::connect(self.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    /// Posts a body of a type to `/v1/match`.
    pub(crate) async fn send(&self, body: impl Into<reqwest::Body>, content_type: &str) -> Response {
        self.request(Method::POST, "/v1/match").header("content-type", content_type).body(body).send().await.unwrap()
    }

    /// Posts a body to `/v1/match` and reads the answer.
    pub(crate) async fn answer(&self, body: impl Into<reqwest::Body>, content_type: &str) -> Value {
        let response = self.send(body, content_type).await;
        assert_eq!(response.status(), StatusCode::OK);
        response.json().await.unwrap()
    }

    /// Id of the first article that answers a text, `null` when none does.
    pub(crate) async fn first(&self, text: &str) -> Value {
        first(&self.answer(text.to_owned(), "text/plain").await)
    }
}

/// Id of the first article of an answer.
pub(crate) fn first(answer: &Value) -> Value {
    answer["matches"][0]["article"]["id"].clone()
}

/// Reads a problem, and asserts that it is well formed.
pub(crate) async fn problem(response: Response) -> Value {
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let status = response.status().as_u16();
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["status"], status);
    assert_eq!(problem["request_id"], id);
    for key in ["type", "title", "detail"] {
        assert!(problem[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {problem}");
    }
    problem
}
