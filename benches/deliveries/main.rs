//! Deliveries acknowledged a second, each durable before its 2xx: grouped, and one by one in the same run, beside what
//! the disk can do; then the time until everything is answered.
//!
//! `scripts/bench-deliveries [--seconds 60] [--clients 256]`

mod clients;
mod platform;

use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clients::{SECRET, Seen};
use kbmatch::config::{Config, EndpointTable, Settings as Given};
use kbmatch::delivery::{Deliveries, Settings};
use kbmatch::http;
use kbmatch::service::{self, Clock, Service};
use kbmatch::store::Location;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What one run came to.
struct Run {
    acknowledged: usize,
    refused: usize,
    per_second: f64,
    p50: Duration,
    p99: Duration,
    backlog: Duration,
    /// Share of one processor that the clients took themselves.
    clients: f64,
}

fn main() {
    let argument = |name: &str, default: u64| {
        let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
        arguments.next().map_or(default, |value| value.parse().expect("a number"))
    };
    let (seconds, clients) = (argument("--seconds", 60), argument("--clients", 256));
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{:>8.0} fsyncs a second on {}", fsyncs(folder.path()), folder.path().display());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let platform = platform::start();
    let run = |name: &str, group, seconds| {
        let directory = folder.path().join(name);
        std::fs::create_dir(&directory).expect("a folder");
        let run = runtime.block_on(measure(&directory, &platform, group, Duration::from_secs(seconds), clients));
        println!(
            "{:>8.0} deliveries a second {name}: {} acknowledged, {} put off, p50 {:.1} ms, p99 {:.1} ms; backlog zero {:.1} s later; \
             {clients} clients took {:.0} % of one processor",
            run.per_second,
            run.acknowledged,
            run.refused,
            run.p50.as_secs_f64() * 1e3,
            run.p99.as_secs_f64() * 1e3,
            run.backlog.as_secs_f64(),
            run.clients * 1e2,
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
    let (handle, address) = (running.handle.clone(), running.address);
    let server = tokio::spawn(running.server);
    let started = Instant::now();
    let seen = tokio::task::spawn_blocking(move || clients::run(address, clients, time)).await;
    let Seen { times, refused, busy } = seen.expect("the clients");
    let took = started.elapsed();
    let at = |per_cent: usize| times.get(times.len() * per_cent / 100).copied().unwrap_or_default();
    let ended = Instant::now();
    while !is_quiet(&service).await {
        tokio::time::sleep(Duration::from_millis(250)).await;
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
        clients: busy.as_secs_f64() / took.as_secs_f64(),
    }
}

async fn is_quiet(service: &Service) -> bool {
    let levels = service.store().delivery_levels().await.expect("the levels");
    levels
        .deliveries
        .iter()
        .all(|(state, count)| *count == 0 || !["received", "failed", "matched"].contains(&state.as_str()))
}
