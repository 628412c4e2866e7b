//! Latency of `/v1/match` over HTTP for reports of 300 B, 4 KB and 64 KB, and of a cold start, beside a bare handler that
//! only parses the same JSON and returns 600 fixed bytes. Prints a table; fails on a wrong answer, never on a time.
//!
//! `cargo bench --bench latency [-- --requests N]`

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};

const PAYLOAD: &str = r#"state: hKFo...5pag``passkey:``action: showError::{"name":"TypeError","message":"Failed to execute 'create' on 'CredentialsContainer': Failed to read the 'publicKey' property from 'CredentialCreationOptions': Failed to read the 'user' property from 'PublicKeyCredentialCreationOptions': Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined.","stack":"TypeError: Required member is undefined.\n at HTMLButtonElement.<anonymous> (https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514:6352)"}"#;
const MESSAGE: &str = "Failed to execute 'create' on 'CredentialsContainer': Failed to read the 'publicKey' property from 'CredentialCreationOptions': Failed to read the 'user' property from 'PublicKeyCredentialCreationOptions': Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required member is undefined.";

fn main() {
    let requests = std::env::args().skip_while(|arg| arg != "--requests").nth(1).map_or(2000, |n| n.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let kb = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");

    println!("cold start: from the process's start to the answer to the first report (medians of 5)");
    let mut fresh = Vec::new();
    let mut again = Vec::new();
    for round in 0..5 {
        let database = folder.path().join(format!("cold-{round}.db"));
        fresh.push(cold_start(&database, &kb));
        again.push(cold_start(&database, &kb));
    }
    println!("  no database yet, articles imported   {:>8.1} ms", median(&mut fresh));
    println!("  database there, articles unchanged   {:>8.1} ms", median(&mut again));

    let server = Server::start(&folder.path().join("latency.db"), &kb);
    let floor = bare_handler();
    println!("\nlatency of one connection, {requests} requests each (microseconds)");
    println!("{:<10}{:>12}{:>12}{:>16}{:>16}{:>10}", "report", "p50", "p99", "bare p50", "bare p99", "p50 ratio");
    for (name, size) in [("300 B", 300), ("4 KB", 4 << 10), ("64 KB", 64 << 10)] {
        let body = serde_json::json!({ "text": report_of(size) }).to_string();
        let ours = latencies(server.address, "/v1/match", &body, requests, Some("passkey-progressive-enrollment"));
        let bare = latencies(floor, "/bare", &body, requests, None);
        println!(
            "{name:<10}{:>12.0}{:>12.0}{:>16.0}{:>16.0}{:>10.1}",
            quantile(&ours, 0.5),
            quantile(&ours, 0.99),
            quantile(&bare, 0.5),
            quantile(&bare, 0.99),
            quantile(&ours, 0.5) / quantile(&bare, 0.5)
        );
    }
}

/// A report of about `size` bytes with one known error in the middle of ordinary log lines.
fn report_of(size: usize) -> String {
    if size <= MESSAGE.len() + 10 {
        return MESSAGE.to_owned();
    }
    let mut lines = Vec::new();
    let mut length = PAYLOAD.len();
    for number in 0.. {
        let line = format!(
            "2026-11-02T10:{:02}:{:02}.{:03}Z INFO worker-{} request {:016x} for /api/items/{} took {} ms",
            number / 60 % 60,
            number % 60,
            number * 7 % 1000,
            number % 8,
            number * 0x9e37_79b9_u64,
            number,
            number * 13 % 900
        );
        length += line.len() + 1;
        if length > size {
            break;
        }
        lines.push(line);
    }
    lines.insert(lines.len() / 2, PAYLOAD.to_owned());
    lines.join("\n")
}

struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(database: &std::path::Path, kb: &std::path::Path) -> Self {
        let address = free_address();
        let child = Command::new(env!("CARGO_BIN_EXE_kbmatch"))
            .args(["serve", "--listen", &address.to_string(), "--kb"])
            .arg(kb)
            .arg("--database")
            .arg(format!("sqlite://{}", database.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "the server did not start");
            std::thread::sleep(Duration::from_millis(1));
        }
        Self { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn cold_start(database: &std::path::Path, kb: &std::path::Path) -> f64 {
    let started = Instant::now();
    let server = Server::start(database, kb);
    let body = serde_json::json!({ "text": PAYLOAD }).to_string();
    latencies(server.address, "/v1/match", &body, 1, Some("passkey-progressive-enrollment"));
    started.elapsed().as_secs_f64() * 1e3
}

fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What actix-web alone takes for the same request.
fn bare_handler() -> SocketAddr {
    async fn bare(body: web::Bytes) -> HttpResponse {
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(parsed["text"].is_string());
        HttpResponse::Ok().content_type("application/json").body("x".repeat(600))
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let app = || App::new().app_data(web::PayloadConfig::new(1 << 20)).route("/bare", web::post().to(bare));
            HttpServer::new(app).workers(1).listen(listener).unwrap().run().await.unwrap();
        });
    });
    address
}

/// Microseconds of each request, one after another on one connection.
fn latencies(address: SocketAddr, path: &str, body: &str, requests: usize, expected: Option<&str>) -> Vec<f64> {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let warm_up = requests.min(50);
    let mut times = Vec::with_capacity(requests);
    for number in 0..warm_up + requests {
        let started = Instant::now();
        writer.write_all(request.as_bytes()).unwrap();
        let answer = read_response(&mut reader);
        if number >= warm_up || requests == 1 {
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
        if let Some(expected) = expected {
            assert!(answer.contains(expected), "wrong answer: {answer}");
        }
    }
    times.sort_by(f64::total_cmp);
    times
}

fn read_response(reader: &mut BufReader<TcpStream>) -> String {
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let rank = (1..sorted.len()).find(|&rank| rank as f64 >= q * sorted.len() as f64).unwrap_or(sorted.len());
    sorted[rank - 1]
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(values, 0.5)
}
