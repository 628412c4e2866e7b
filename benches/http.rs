//! Requests a second of `/v1/match` with a report of 1 KB against 10,000 signatures in 1,000 articles, beside a bare
//! actix-web handler that only parses the same JSON and returns 600 fixed bytes: both in processes of their own with one
//! worker, in turn, under the same load: reports each of which comes for the first time, and reports that come again, byte
//! for byte, whose answers the service remembers. Then both over many connections, and twice the load that the service can
//! take, over as many connections as that needs: of new reports, and of new reports for which the words of all articles are
//! looked at too. The servers run on one core and the load comes from another, where `taskset` is there to say so. Prints a
//! table; fails on a wrong answer, never on a time.
//!
//! `cargo bench --bench http [-- --seconds N --connections N --rounds N]`

mod workload;

use std::cell::Cell;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use workload::{ARTICLES, REPORT, SIGNATURES_EACH, articles, request};

/// Distinct requests, sent in turn; each gets a number of its own where it is to be new.
const REQUESTS: usize = 2_000;
/// What stands before the number that makes a report new, and its digits.
const NUMBER: (&[u8], usize) = (b"served request ", 8);
/// Connections that are many: what serving them costs by itself is seen on the bare handler.
const MANY: usize = 4_000;
/// Most connections under overload; when all of them wait, requests are not sent.
const MOST_CONNECTIONS: usize = 8_000;

fn main() {
    let option = |name: &str, default: usize| {
        std::env::args().skip_while(|arg| arg != name).nth(1).map_or(default, |text| text.parse().unwrap())
    };
    if let Some(address) = std::env::args().skip_while(|arg| arg != "--bare").nth(1) {
        return bare(&address);
    }
    let (seconds, connections, rounds) = (option("--seconds", 5), option("--connections", 16), option("--rounds", 3));
    let folder = tempfile::tempdir().unwrap();
    let kb = folder.path().join("kb");
    std::fs::create_dir_all(&kb).unwrap();
    for (id, text) in articles() {
        std::fs::write(kb.join(format!("{id}.md")), text).unwrap();
    }
    let ours = Server::kbmatch(&folder.path().join("http.db"), &kb);
    let floor = Server::bare();
    leave_first_core();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let bodies: Vec<(String, String)> = (0..REQUESTS).map(request).collect();
    let by_words: Vec<(String, String)> =
        bodies.iter().map(|(body, article)| (looked_at_by_words(body), article.clone())).collect();
    let time = Duration::from_secs(seconds as u64);
    println!(
        "{} signatures in {ARTICLES} articles, reports of {REPORT} B, {connections} connections, {seconds} s a run",
        ARTICLES * SIGNATURES_EACH
    );
    println!("{:<12}{:>14}{:>12}{:>12}", "", "requests/s", "p50 us", "p99 us");
    // The port is open before the articles are read.
    runtime.block_on(closed(ours.load("/v1/match", &bodies).again(), connections, Duration::from_secs(1)));
    let (mut new_ones, mut repeated) = (Ratios::default(), Ratios::default());
    for _ in 0..rounds {
        let new = runtime.block_on(closed(ours.load("/v1/match", &bodies).each_new(), connections, time));
        let again = runtime.block_on(closed(ours.load("/v1/match", &bodies).again(), connections, time));
        let bare = runtime.block_on(closed(floor.load("/bare", &bodies).again(), connections, time));
        new.print("new");
        again.print("again");
        bare.print("bare");
        new_ones.add(&new, &bare);
        repeated.add(&again, &bare);
    }
    println!("ratios to the bare handler, medians of {rounds}:");
    println!("reports that are new: {new_ones}; that come again: {repeated}");
    let many = runtime.block_on(closed(ours.load("/v1/match", &bodies).each_new(), MANY, time));
    let bare_many = runtime.block_on(closed(floor.load("/bare", &bodies).again(), MANY, time));
    println!(
        "over {MANY} connections: /v1/match {:.0}/s and {:.0}/s refused, bare {:.0}/s",
        many.rate(),
        many.refused as f64 / many.took.as_secs_f64(),
        bare_many.rate()
    );
    for (name, bodies) in [("new reports", &bodies), ("by words as well", &by_words)] {
        let alone = runtime.block_on(closed(ours.load("/v1/match", bodies).each_new(), connections, time));
        let (best, offered) = (alone.rate(), 2 * alone.times.len() as u128 / u128::from(time.as_secs()));
        let over = runtime.block_on(open(ours.load("/v1/match", bodies).each_new(), offered, time));
        println!(
            "{name}, at twice the load of {best:.0}/s: {:.0}/s answered ({:.2} of that), {:.0}/s refused with 503, p99 of the \
             answered {:.1} ms",
            over.rate(),
            over.rate() / best,
            over.refused as f64 / over.took.as_secs_f64(),
            over.quantile(0.99) / 1e3,
        );
    }
}

/// A request that asks for every article with a word in common, which a signature that matches spares otherwise.
fn looked_at_by_words(body: &str) -> String {
    body.replacen('{', "{\"min_confidence\":0,", 1)
}

/// Rates and slowest answers beside those of the bare handler, in rounds.
#[derive(Default)]
struct Ratios {
    rates: Vec<f64>,
    tails: Vec<f64>,
}

impl Ratios {
    fn add(&mut self, ours: &Outcome, bare: &Outcome) {
        self.rates.push(ours.rate() / bare.rate());
        self.tails.push(ours.quantile(0.99) / bare.quantile(0.99));
    }
}

impl std::fmt::Display for Ratios {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "rate {:.2}, p99 {:.1}", median(self.rates.clone()), median(self.tails.clone()))
    }
}

/// A server in a process of its own.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn kbmatch(database: &Path, kb: &Path) -> Self {
        let address = free_address();
        let mut command = Command::new(env!("CARGO_BIN_EXE_kbmatch"));
        command.args(["serve", "--workers", "1", "--rate-limit-per-address", "0", "--listen", &address.to_string()]);
        command.arg("--kb").arg(kb);
        command.arg("--database").arg(format!("sqlite://{}", database.display()));
        Self::start(command, address)
    }

    fn bare() -> Self {
        let address = free_address();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--bare", &address.to_string()]);
        Self::start(command, address)
    }

    fn start(command: Command, address: SocketAddr) -> Self {
        let child = pinned(command).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_mins(2);
        while std::net::TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "a server did not start");
            std::thread::sleep(Duration::from_millis(10));
        }
        Self { child, address }
    }

    fn load(&self, path: &str, bodies: &[(String, String)]) -> Load {
        let requests = bodies.iter().map(|(body, article)| {
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                self.address,
                body.len()
            );
            ((head + body).into_bytes(), if path == "/bare" { "x".to_owned() } else { format!("\"{article}\"") })
        });
        Load { address: self.address, requests: requests.collect(), sent: Cell::new(0), new: false }
    }
}

/// A command on the first core, so that the load does not take its time; as it is where that cannot be said.
fn pinned(command: Command) -> Command {
    if !Command::new("taskset").args(["-c", "0", "true"]).status().is_ok_and(|status| status.success()) {
        return command;
    }
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", "0"]).arg(command.get_program()).args(command.get_args());
    pinned
}

/// Keeps this process off the first core.
fn leave_first_core() {
    let me = std::process::id().to_string();
    // Without it the load shares the servers' core, as the documentation says.
    let _ = Command::new("taskset").args(["-cp", "1", &me]).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// What actix-web alone takes for the same request.
fn bare(address: &str) {
    async fn bare(body: web::Bytes) -> HttpResponse {
        let parsed: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert!(parsed["text"].is_string());
        HttpResponse::Ok().content_type("application/json").body("x".repeat(600))
    }
    let listener = std::net::TcpListener::bind(address).unwrap();
    actix_web::rt::System::new().block_on(async move {
        let app = || App::new().app_data(web::PayloadConfig::new(1 << 20)).route("/bare", web::post().to(bare));
        HttpServer::new(app).workers(1).listen(listener).unwrap().run().await.unwrap();
    });
}

/// Requests to one server, each with what its answer holds.
struct Load {
    address: SocketAddr,
    requests: Vec<(Vec<u8>, String)>,
    sent: Cell<usize>,
    /// Whether every report is sent with a number of its own.
    new: bool,
}

impl Load {
    fn each_new(self) -> Rc<Self> {
        // Of another run than the one before.
        static RUN: AtomicUsize = AtomicUsize::new(1);
        self.sent.set(RUN.fetch_add(1, Ordering::Relaxed) << 26);
        Rc::new(Self { new: true, ..self })
    }

    fn again(self) -> Rc<Self> {
        Rc::new(self)
    }

    /// Puts the next request into `request` and tells what its answer holds.
    fn next(&self, request: &mut Vec<u8>) -> &str {
        let number = self.sent.replace(self.sent.get() + 1);
        let (bytes, expected) = &self.requests[number % self.requests.len()];
        request.clear();
        request.extend_from_slice(bytes);
        if self.new {
            let at = memchr::memmem::find(request, NUMBER.0).unwrap() + NUMBER.0.len();
            request[at..at + NUMBER.1].copy_from_slice(format!("{number:0width$x}", width = NUMBER.1).as_bytes());
        }
        expected
    }
}

/// What came back.
#[derive(Default)]
struct Outcome {
    /// Microseconds of each answered request.
    times: Vec<f64>,
    refused: usize,
    took: Duration,
}

impl Outcome {
    fn rate(&self) -> f64 {
        self.times.len() as f64 / self.took.as_secs_f64()
    }

    fn quantile(&self, q: f64) -> f64 {
        let rank = (1..self.times.len()).find(|&rank| rank as f64 >= q * self.times.len() as f64);
        self.times[rank.unwrap_or(self.times.len()) - 1]
    }

    fn print(&self, name: &str) {
        println!("{name:<12}{:>14.0}{:>12.0}{:>12.0}", self.rate(), self.quantile(0.5), self.quantile(0.99));
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.refused += other.refused;
    }
}

/// As many connections, each of which sends its next request when it has the answer.
async fn closed(load: Rc<Load>, connections: usize, time: Duration) -> Outcome {
    let started = Instant::now();
    let local = tokio::task::LocalSet::new();
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let load = Rc::clone(&load);
        tasks.push(local.spawn_local(async move {
            let mut connection = Connection::open(load.address).await;
            let mut outcome = Outcome::default();
            while started.elapsed() < time {
                connection.ask(&load, &mut outcome, Instant::now()).await;
            }
            outcome
        }));
    }
    local.run_until(gather(tasks, started)).await
}

/// So many requests a second, whatever the answers take: each goes to a connection that is free, or to a new one.
async fn open(load: Rc<Load>, rate: u128, time: Duration) -> Outcome {
    let started = Instant::now();
    let local = tokio::task::LocalSet::new();
    let free: Rc<std::cell::RefCell<Vec<Connection>>> = Rc::default();
    let mut opened = 0;
    let run = async {
        let mut tasks = Vec::new();
        let mut sent = 0_usize;
        while started.elapsed() < time {
            let due = usize::try_from(started.elapsed().as_micros() * rate / 1_000_000).unwrap();
            for _ in sent..due {
                let (load, free) = (Rc::clone(&load), Rc::clone(&free));
                let known = free.borrow_mut().pop();
                if known.is_none() {
                    if opened == MOST_CONNECTIONS {
                        continue;
                    }
                    opened += 1;
                }
                tasks.push(tokio::task::spawn_local(async move {
                    let at = Instant::now();
                    let mut connection = match known {
                        Some(connection) => connection,
                        None => Connection::open(load.address).await,
                    };
                    let mut outcome = Outcome::default();
                    connection.ask(&load, &mut outcome, at).await;
                    free.borrow_mut().push(connection);
                    outcome
                }));
            }
            sent = due;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        gather(tasks, started).await
    };
    local.run_until(run).await
}

async fn gather(tasks: Vec<tokio::task::JoinHandle<Outcome>>, started: Instant) -> Outcome {
    let mut all = Outcome::default();
    for task in tasks {
        all.add(task.await.unwrap());
    }
    all.took = started.elapsed();
    all.times.sort_by(f64::total_cmp);
    all
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    buffer: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, request: Vec::with_capacity(2 << 10), buffer: Vec::with_capacity(8 << 10) }
    }

    async fn ask(&mut self, load: &Load, outcome: &mut Outcome, since: Instant) {
        let expected = load.next(&mut self.request);
        self.stream.write_all(&self.request).await.unwrap();
        self.buffer.clear();
        let end = loop {
            assert!(self.stream.read_buf(&mut self.buffer).await.unwrap() > 0, "the server closed the connection");
            if let Some(end) = end_of_response(&self.buffer) {
                break end;
            }
        };
        let response = &self.buffer[..end];
        if response.starts_with(b"HTTP/1.1 503") {
            outcome.refused += 1;
            return;
        }
        outcome.times.push(since.elapsed().as_secs_f64() * 1e6);
        let right = memchr::memmem::find(response, expected.as_bytes()).is_some();
        assert!(right, "wrong answer, {expected} expected: {}", String::from_utf8_lossy(response));
    }
}

/// Where the response ends, once all of it is there.
fn end_of_response(buffer: &[u8]) -> Option<usize> {
    let head = memchr::memmem::find(buffer, b"\r\n\r\n")?;
    let text = std::str::from_utf8(&buffer[..head]).ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let end = head + 4 + length.trim().parse::<usize>().ok()?;
    (buffer.len() >= end).then_some(end)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
