//! Deliveries under SIGKILL, judged by the platform's own ledger: none is lost, no ticket gets two notes of one article,
//! our own notes are never answered. What is put off in a chat is in [`chat`].
//!
//! The test starts this very binary again as a server, sends it a stream of deliveries with repetitions, kills it at
//! random moments, and lets the last one finish. Half way through every article gets another revision, so that notes are
//! edited, and later the notes of one article's first revision are withdrawn. The platform is a small server of the test
//! that fails in many ways.

mod chat;
mod platform;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::SignedDuration;
use kbmatch::config::{Config, EndpointTable, Settings as Given};
use kbmatch::delivery::{Deliveries, Settings, Timing};
use kbmatch::http;
use kbmatch::service::{self, Clock, Service};
use kbmatch::store::Location;
use platform::Platform;
use serde_json::{Value, json};

const KILLS: u64 = 50;
const SECRET: &str = "a secret for tests";
const DIRECTORY: &str = "KBMATCH_DELIVERY_CRASH_DIRECTORY";
const PLATFORM: &str = "KBMATCH_DELIVERY_CRASH_PLATFORM";
const ARTICLES: u64 = 4;
/// From this kill on the articles have their second revision, and from that one on the first of [`WITHDRAWN`] is withdrawn.
const REVISED: u64 = 20;
const TAKEN_BACK: u64 = 35;
const WITHDRAWN: u64 = 0;
/// A file whose presence asks the server for the withdrawal, anew at each start.
const WITHDRAW: &str = "withdraw";

/// How many deliveries of a ticket were accepted or found to be there already, and how many of them were accepted.
type Acknowledged = Arc<Mutex<BTreeMap<u64, (usize, usize)>>>;

#[test]
fn every_acknowledged_delivery_is_answered_once_whatever_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    write_articles(&directory.path().join("kb"), FIRST_CAUSE);
    let platform = Platform::start();
    let acknowledged = Acknowledged::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ u64::from(std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let tickets = Arc::new(AtomicU64::new(1));
    for round in 0..KILLS {
        if round == REVISED {
            write_articles(&directory.path().join("kb"), "Wear and tear.");
        }
        if round == TAKEN_BACK {
            std::fs::write(directory.path().join(WITHDRAW), "").unwrap();
        }
        let (mut child, port) = spawn(directory.path(), &platform.address);
        let stop = Arc::new(AtomicBool::new(false));
        let stream =
            runtime.spawn(send_stream(port, Arc::clone(&tickets), Arc::clone(&acknowledged), Arc::clone(&stop)));
        let echoes = runtime.spawn(echo(port, Arc::clone(&platform.ledger), Arc::clone(&stop)));
        std::thread::sleep(Duration::from_millis(20 + random.below(if round % 5 == 0 { 1_500 } else { 400 })));
        child.kill().unwrap();
        child.wait().unwrap();
        stop.store(true, Ordering::Relaxed);
        runtime.block_on(async { (stream.await.unwrap(), echoes.await.unwrap()) });
    }
    let (mut child, port) = spawn(directory.path(), &platform.address);
    let states = runtime.block_on(finish(port));
    wait_for_removals(&platform);
    child.kill().unwrap();
    child.wait().unwrap();
    judge(&platform, &acknowledged.lock().unwrap(), &states);
}

/// The server; without the variables it is a test that has nothing to do.
#[test]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let platform = std::env::var(PLATFORM).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let database = Location::File(directory.join("kb.db"));
        let settings = service::Settings { folders: vec![directory.join("kb")], ..service::Settings::new(database) };
        let service = Service::open(settings, Clock::system()).await.unwrap();
        if directory.join(WITHDRAW).exists() {
            let article = format!("lost-{WITHDRAWN}");
            service.store().withdraw_replies(article, 1, service.clock().now()).await.unwrap();
        }
        let table: EndpointTable = toml::from_str(&format!(
            "connector = \"zammad\"\nname = \"desk\"\nmode = \"suggest\"\nbase_url = \"{platform}\"\nallow_private = true\n\
             secret = \"file:{}\"\nown_user = \"99\"\ncalls_per_minute = 60000",
            directory.join("secret").display()
        ))
        .unwrap();
        let chat: EndpointTable = toml::from_str(&format!(
            "connector = \"slack\"\nname = \"ops\"\nbase_url = \"{platform}\"\nallow_private = true\nsecret = \"file:{0}\"\n\
             credential = {{ bearer = \"file:{0}\" }}",
            directory.join("secret").display()
        ))
        .unwrap();
        std::fs::write(directory.join("secret"), SECRET).unwrap();
        let config = Config { endpoints: vec![table, chat], rate_limit_per_address: u32::MAX, ..Config::from(Given::default()) };
        let settings = Settings { timing: timing(), ..Settings::default() };
        let endpoints = config.resolve_endpoints().unwrap();
        let deliveries = Deliveries::start(Arc::clone(&service), endpoints, settings).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let running = http::start_with(service, Some(deliveries), &config, listener).unwrap();
        let mut output = std::io::stdout();
        output.write_all(format!("\nlistening {}\n", running.address.port()).as_bytes()).unwrap();
        output.flush().unwrap();
        running.server.await.unwrap();
    });
}

fn timing() -> Timing {
    Timing {
        lease: SignedDuration::from_millis(1_000),
        sending: SignedDuration::from_millis(2_500),
        look: Duration::from_millis(20),
        connect: Duration::from_millis(300),
        call: Duration::from_millis(400),
        backoff_first: SignedDuration::from_millis(20),
        backoff_most: SignedDuration::from_millis(500),
        settle: SignedDuration::from_millis(600),
        attempts: 100,
        pause: SignedDuration::from_millis(100),
        circuit: SignedDuration::from_millis(50),
        put_off: SignedDuration::from_millis(1_000),
        ..Timing::default()
    }
}

fn spawn(directory: &Path, platform: &str) -> (Child, u16) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(PLATFORM, platform)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| line.unwrap().strip_prefix("listening ").map(|port| port.parse().unwrap()));
    // The rest is read so that the child never waits for us.
    std::thread::spawn(move || lines.for_each(drop));
    (child, port.expect("the server says where it listens"))
}

const FIRST_CAUSE: &str = "Wear.";

fn write_articles(folder: &Path, cause: &str) {
    std::fs::create_dir_all(folder).unwrap();
    for number in 0..ARTICLES {
        let text = format!(
            "---\nid: lost-{number}\ntitle: Lost sprocket number {number}\nsignatures:\n  - template: '{}'\n---\n\
             ## Cause\n\n{cause}\n\n## Solution\n\nReplace sprocket {number}.\n",
            message(number)
        );
        std::fs::write(folder.join(format!("lost-{number}.md")), text).unwrap();
    }
}

fn message(number: u64) -> String {
    format!("the frobnicator lost its sprocket number {number} while starting")
}

/// The article that a ticket is about; every fifth is about none.
fn article_of(ticket: u64) -> Option<u64> {
    (!ticket.is_multiple_of(5)).then_some(ticket % ARTICLES)
}

fn body(ticket: u64, article: &Value) -> Vec<u8> {
    json!({ "ticket": { "id": ticket, "title": "It is broken" }, "article": article }).to_string().into_bytes()
}

/// A ticket's text, with what a later event adds to it.
fn text(ticket: u64, added: &str) -> Vec<u8> {
    let text = article_of(ticket).map_or_else(|| format!("the lamp {ticket} is green"), message);
    let text = format!("{text}\n{added}");
    body(ticket, &json!({ "id": ticket * 10, "body": text, "content_type": "text/plain", "sender": "Customer" }))
}

async fn deliver(client: &reqwest::Client, port: u16, id: &str, body: Vec<u8>) -> Option<(u16, Value)> {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(&body);
    let signature = kbmatch::text::hex(&mac.finalize().into_bytes());
    let request = client
        .post(format!("http://127.0.0.1:{port}/v1/webhooks/zammad/desk"))
        .header("content-type", "application/json")
        .header("x-zammad-delivery", id)
        .header("x-hub-signature", format!("sha1={signature}"))
        .body(body);
    let response = request.send().await.ok()?;
    Some((response.status().as_u16(), response.json().await.ok()?))
}

fn count(acknowledged: &Acknowledged, ticket: u64, answer: &Value) {
    let mut acknowledged = acknowledged.lock().unwrap();
    let (all, accepted) = acknowledged.entry(ticket).or_default();
    *all += 1;
    *accepted += usize::from(answer["status"] == "accepted");
}

/// Opens tickets: each is delivered five times at once under one id, then as its update in other words, and an older one
/// once more.
async fn send_stream(port: u16, tickets: Arc<AtomicU64>, acknowledged: Acknowledged, stop: Arc<AtomicBool>) {
    let client = reqwest::Client::new();
    while !stop.load(Ordering::Relaxed) {
        let ticket = tickets.fetch_add(1, Ordering::Relaxed);
        let created = format!("{ticket}-created");
        let five = (0..5).map(|_| deliver(&client, port, &created, text(ticket, "since today")));
        let answers = futures_util::future::join_all(five).await;
        let accepted = answers.iter().flatten().filter(|(_, answer)| answer["status"] == "accepted").count();
        assert!(accepted <= 1, "ticket {ticket} was accepted {accepted} times");
        let mut answers = answers;
        let updated = format!("{ticket}-updated");
        answers.push(deliver(&client, port, &updated, text(ticket, "it still does")).await);
        let older = ticket.div_ceil(2);
        let again = format!("{older}-again-{ticket}");
        let said = deliver(&client, port, &again, text(older, &format!("and again, for the {ticket}th"))).await;
        if let Some((status, answer)) = said {
            assert_eq!(status, 200, "{answer}");
            count(&acknowledged, older, &answer);
        }
        for (status, answer) in answers.into_iter().flatten() {
            assert_eq!(status, 200, "{answer}");
            assert!(answer["status"] == "accepted" || answer["status"] == "duplicate", "{answer}");
            count(&acknowledged, ticket, &answer);
        }
    }
}

/// The platform fires its trigger for our own notes as well, as if a customer had written them.
async fn echo(port: u16, ledger: Arc<Mutex<platform::Ledger>>, stop: Arc<AtomicBool>) {
    let client = reqwest::Client::new();
    while !stop.load(Ordering::Relaxed) {
        let note = ledger.lock().unwrap().next_echo();
        let Some(note) = note else {
            tokio::time::sleep(Duration::from_millis(5)).await;
            continue;
        };
        let article = json!({ "id": note.id, "body": note.body, "content_type": "text/html", "sender": "Customer" });
        if let Some((status, answer)) =
            deliver(&client, port, &format!("echo-{}", note.id), body(note.ticket, &article)).await
        {
            assert_eq!((status, answer["status"].as_str()), (200, Some("ignored")), "{answer}");
        }
    }
}

/// Waits until nothing is under way; gives the state of every delivery by its ticket.
async fn finish(port: u16) -> BTreeMap<String, Vec<(String, String)>> {
    let started = Instant::now();
    loop {
        let mut states: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
        let mut before = String::new();
        loop {
            let url = format!("http://127.0.0.1:{port}/v1/deliveries?limit=200{before}");
            let page: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
            for delivery in page["deliveries"].as_array().unwrap() {
                let text = |name: &str| delivery[name].as_str().unwrap_or_default().to_owned();
                states.entry(text("external_id")).or_default().push((text("state"), text("reason")));
            }
            let Some(next) = page["next"].as_str() else { break };
            before = format!("&before={next}");
        }
        let done = |(state, _): &(String, String)| ["replied", "no_match", "ignored", "dead"].contains(&state.as_str());
        if states.values().flatten().all(done) {
            return states;
        }
        let open = states.values().flatten().filter(|state| !done(state)).count();
        assert!(started.elapsed() < Duration::from_secs(90), "{open} deliveries are still under way");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits for what is to be taken back, which no delivery waits for.
fn wait_for_removals(platform: &Platform) {
    let count = || platform.ledger.lock().unwrap().notes.iter().filter(|note| note.removed).count();
    let (mut before, mut quiet) = (count(), 0);
    while quiet < 20 {
        std::thread::sleep(Duration::from_millis(100));
        quiet = if count() == before { quiet + 1 } else { 0 };
        before = count();
    }
}

fn judge(
    platform: &Platform,
    acknowledged: &BTreeMap<u64, (usize, usize)>,
    states: &BTreeMap<String, Vec<(String, String)>>,
) {
    let ledger = platform.ledger.lock().unwrap();
    let mut seen = BTreeSet::new();
    let posted: BTreeSet<u64> = ledger.notes.iter().map(|note| note.ticket).collect();
    // Where the platform refuses to remove a note, the note itself says that it was withdrawn.
    let is_withdrawn = |note: &platform::Note| note.removed || note.body.contains("This note was withdrawn");
    for note in ledger.notes.iter().filter(|note| !is_withdrawn(note)) {
        let article = article_of(note.ticket).expect("a note on a ticket that no article is about");
        assert!(
            note.body.contains(&format!("Lost sprocket number {article}")),
            "ticket {}: {}",
            note.ticket,
            note.body
        );
        assert!(note.internal, "ticket {} got a public note", note.ticket);
        assert!(seen.insert(note.ticket), "ticket {} has two notes", note.ticket);
    }
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    for (ticket, (_, accepted)) in acknowledged {
        let states = states.get(&ticket.to_string()).map_or(&[][..], Vec::as_slice);
        assert!(states.len() >= (*accepted).max(1), "of {accepted} deliveries of ticket {ticket} are {}", states.len());
        let rank = |state: &str| ["replied", "no_match", "dead", "ignored"].iter().position(|known| *known == state);
        let state = states.iter().map(|(state, _)| state.as_str()).min_by_key(|state| rank(state)).unwrap_or_default();
        let withdrawn = states.iter().any(|(_, reason)| reason == "withdrawn");
        match (article_of(*ticket), state) {
            (Some(WITHDRAWN), "replied") => assert!(posted.contains(ticket), "ticket {ticket} never had a note"),
            (Some(WITHDRAWN), "ignored") if withdrawn => {}
            (Some(_), "replied") => assert!(seen.contains(ticket), "ticket {ticket} was replied to and has no note"),
            (Some(_), "dead") | (None, "no_match") => {}
            other => panic!("ticket {ticket} ended as {other:?}"),
        }
        *ends.entry(state).or_default() += 1;
    }
    eprintln!(
        "{} tickets acknowledged, {ends:?}, {} notes, platform: {:?}",
        acknowledged.len(),
        seen.len(),
        ledger.did
    );
    let is_first = |note: &&platform::Note| note.body.contains(FIRST_CAUSE) && !note.removed;
    let left = ledger.notes.iter().filter(is_first).filter(|note| article_of(note.ticket) == Some(WITHDRAWN)).count();
    let removed = ledger.notes.iter().filter(|note| is_withdrawn(note)).count();
    let of_others = |note: &&platform::Note| is_withdrawn(note) && article_of(note.ticket) != Some(WITHDRAWN);
    assert_eq!(ledger.notes.iter().filter(of_others).count(), 0, "notes of other articles were withdrawn");
    let edited = ledger.notes.iter().filter(|note| note.body.contains("Wear and tear")).count();
    // Left are those whose removal the platform refused last.
    assert!(left * 10 <= removed && removed > 5, "{left} of {removed} that were withdrawn are there");
    assert!(edited > 5, "only {edited} notes show the second revision");
    assert!(acknowledged.len() > 200, "only {} tickets were acknowledged", acknowledged.len());
    // Dead are those whose platform refused our credential just then.
    assert!(ends.get("dead").copied().unwrap_or(0) * 10 < acknowledged.len(), "{ends:?}");
    assert!(ledger.did.len() >= 7 && ledger.echoed > 50, "{:?}, {} echoes", ledger.did, ledger.echoed);
}

/// `xorshift64*` (Vigna 2016): moments to kill at need no more.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}
