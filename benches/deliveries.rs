//! Deliveries acknowledged a second, each durable before its 2xx: grouped, and one by one in the same run, beside what
//! the disk can do; then the time until everything is answered.
//!
//! `scripts/bench-deliveries [--seconds 60] [--clients 64]`

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use kbmatch::config::{Config, EndpointTable, Settings as Given};
use kbmatch::delivery::{Deliveries, Settings};
use kbmatch::http;
use kbmatch::service::{self, Clock, Service};
use kbmatch::store::Location;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SECRET: &str = "a secret for the benchmark";

/// What one run came to.
struct Run {
    acknowledged: usize,
    refused: usize,
    per_second: f64,
    p50: Duration,
    p99: Duration,
    backlog: Duration,
}

fn main() {
    let argument = |name: &str, default: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
        arguments.next().map_or(default, |value| value.parse().expect("a number"))
    };
    let (seconds, clients) = (argument("--seconds", 60), argument("--clients", 64));
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:>8.0} fsyncs a second on {}", fsyncs(folder.path()), folder.path().display());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let platform = platform();
    let run = |name: &str, group, seconds| {
        let directory = folder.path().join(name);
        std::fs::create_dir(&directory).expect("a folder");
        let run = runtime.block_on(measure(&directory, &platform, group, Duration::from_secs(seconds), clients));
        println!(
            "{:>8.0} deliveries a second {name}: {} acknowledged, {} put off, p50 {:.1} ms, p99 {:.1} ms; backlog zero {:.1} s later",
            run.per_second,
            run.acknowledged,
            run.refused,
            run.p50.as_secs_f64() * 1e3,
            run.p99.as_secs_f64() * 1e3,
            run.backlog.as_secs_f64()
        );
        run.per_second
    };
    let single = run("one-by-one", 1, seconds.min(20));
    let grouped = run("grouped", 256, seconds);
    println!("{:>8.1} times as many grouped", grouped / single);
}

/// What the disk can do: 4 KiB written and waited for.
fn fsyncs(folder: &Path) -> f64 {
    let mut file = std::fs::File::create(folder.join("fsync")).expect("a file");
    let (started, mut count) = (Instant::now(), 0_u32);
    while started.elapsed() < Duration::from_secs(2) {
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("a write");
        count += 1;
    }
    f64::from(count) / started.elapsed().as_secs_f64()
}

async fn measure(directory: &Path, platform: &str, group: usize, time: Duration, clients: u64) -> Run {
    std::fs::write(directory.join("secret"), SECRET).expect("the secret");
    let table = format!(
        "connector = \"zammad\"\nname = \"desk\"\nmode = \"suggest\"\nbase_url = \"{platform}\"\nallow_private = true\n\
         secret = \"file:{}\"\ncalls_per_minute = 600000",
        directory.join("secret").display()
    );
    let table: EndpointTable = toml::from_str(&table).expect("the endpoint");
    let config = Config { endpoints: vec![table], rate_limit_per_address: u32::MAX, ..Config::from(Given::default()) };
    let settings = service::Settings {
        folders: vec!["kb".into()],
        ..service::Settings::new(Location::File(directory.join("kb.db")))
    };
    let service = Service::open(settings, Clock::system()).await.expect("the service");
    let endpoints = config.resolve_endpoints().expect("the endpoints");
    let deliveries = Deliveries::start(Arc::clone(&service), endpoints, Settings { group, ..Settings::default() });
    let deliveries = deliveries.await.expect("the deliveries");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a listener");
    let running = http::start_with(Arc::clone(&service), Some(Arc::clone(&deliveries)), &config, listener);
    let running = running.expect("the server");
    let (handle, url) = (running.handle.clone(), format!("http://{}/v1/webhooks/zammad/desk", running.address));
    let server = tokio::spawn(running.server);
    let next = Arc::new(AtomicU64::new(1));
    let started = Instant::now();
    let work = (0..clients).map(|_| tokio::spawn(send(url.clone(), Arc::clone(&next), started + time)));
    let mut times = Vec::new();
    let mut refused = 0;
    for result in futures_util::future::join_all(work).await {
        let (mine, not) = result.expect("a client");
        times.extend(mine);
        refused += not;
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |per_cent: usize| times.get(times.len() * per_cent / 100).copied().unwrap_or_default();
    let ended = Instant::now();
    while !is_quiet(&service).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let backlog = ended.elapsed();
    deliveries.stop().await;
    handle.stop(false).await;
    let _ = server.await;
    service.close().await;
    Run {
        acknowledged: times.len(),
        refused,
        per_second: times.len() as f64 / took.as_secs_f64(),
        p50: at(50),
        p99: at(99),
        backlog,
    }
}

async fn is_quiet(service: &Service) -> bool {
    let levels = service.store().delivery_levels().await.expect("the levels");
    levels
        .deliveries
        .iter()
        .all(|(state, count)| *count == 0 || !["received", "failed", "matched"].contains(&state.as_str()))
}

/// One client: a delivery after the other, each of a new ticket. Gives the times of those acknowledged, and how many were
/// put off.
async fn send(url: String, next: Arc<AtomicU64>, until: Instant) -> (Vec<Duration>, usize) {
    let client = reqwest::Client::new();
    let (mut times, mut refused) = (Vec::new(), 0);
    while Instant::now() < until {
        let ticket = next.fetch_add(1, Ordering::Relaxed);
        let text = if ticket.is_multiple_of(4) {
            "the lamp is green"
        } else {
            "AADSTS50011: The reply URL specified in the request does not match"
        };
        let body = serde_json::json!({
            "ticket": { "id": ticket, "title": "Cannot sign in" },
            "article": { "id": ticket, "body": format!("{text} {ticket}"), "content_type": "text/plain", "sender": "Customer" }
        });
        let body = body.to_string();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).expect("any key");
        mac.update(body.as_bytes());
        let signature = kbmatch::text::hex(&mac.finalize().into_bytes());
        let request = client
            .post(&url)
            .header("content-type", "application/json")
            .header("x-zammad-delivery", ticket.to_string())
            .header("x-hub-signature", format!("sha1={signature}"))
            .body(body);
        let sent = Instant::now();
        match request.send().await {
            Ok(response) if response.status().is_success() => times.push(sent.elapsed()),
            _ => refused += 1,
        }
    }
    (times, refused)
}

/// A platform that takes every note at once.
fn platform() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || take(stream));
        }
    });
    address
}

fn take(mut stream: TcpStream) -> Option<()> {
    let mut bytes: Vec<u8> = Vec::new();
    let mut buffer = [0; 16 << 10];
    loop {
        let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&buffer[..length]);
        while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
            let wanted = head.lines().find_map(|line| line.strip_prefix("content-length:"));
            let whole = end + 4 + wanted.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
            if bytes.len() < whole {
                break;
            }
            bytes.drain(..whole);
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 8\r\n\r\n{\"id\":5}").ok()?;
        }
    }
}
