//! Answers in a chat under SIGKILL: a question whose answer was put off is kept before the platform is told so, and the
//! server that dies then gives its answer after the restart, once.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit as _, Mac as _};
use kbmatch::store::{Location, ReplyFilter, ReplyRow, Store};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{FIRST_CAUSE, Random, SECRET, message, platform, spawn, write_articles};

/// Servers that are killed while an answer is put off.
const ROUNDS: u64 = 3;
/// Reports that keep the server's pool busy for longer than a chat waits.
const HEAVY: usize = 30;

/// How often each channel was told something, and by what.
type Said = Arc<Mutex<BTreeMap<String, Vec<String>>>>;

#[test]
fn an_answer_that_was_put_off_is_given_once_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    write_articles(&directory.path().join("kb"), FIRST_CAUSE);
    let said = Said::default();
    let address = chat_platform(Arc::clone(&said));
    let mut random = Random(0x2545_f491_4f6c_dd1d ^ u64::from(std::process::id()));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut put_off = BTreeSet::new();
    for round in 0..ROUNDS {
        let (mut child, port) = spawn(directory.path(), &address);
        let heavy: Vec<_> = (0..HEAVY).map(|_| runtime.spawn(keep_busy(port))).collect();
        std::thread::sleep(Duration::from_millis(400));
        assert_eq!(runtime.block_on(ask(port, round)), Some(200), "the platform is told");
        std::thread::sleep(Duration::from_millis(random.below(30)));
        child.kill().unwrap();
        child.wait().unwrap();
        heavy.iter().for_each(tokio::task::JoinHandle::abort);
        if !said.lock().unwrap().contains_key(&channel(round)) {
            put_off.insert(channel(round));
        }
        let (mut child, _) = spawn(directory.path(), &address);
        let replies = runtime.block_on(finished(directory.path()));
        assert_eq!(replies.len() as u64, round + 1, "every question was kept, once: {replies:?}");
        assert!(replies.iter().all(|reply| reply.body.is_none()), "what was said is not kept");
        // A second answer would come now.
        std::thread::sleep(Duration::from_millis(1_500));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    assert!(!put_off.is_empty(), "no answer was put off");
    judge(&said.lock().unwrap(), &put_off);
}

/// A chat platform that takes every message.
fn chat_platform(said: Said) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let said = Arc::clone(&said);
            std::thread::spawn(move || {
                let (_, _, body) = platform::read(&mut stream)?;
                let body: Value = serde_json::from_slice(&body).ok()?;
                let channel = body["channel"].as_str()?.to_owned();
                said.lock().unwrap().entry(channel).or_default().push(body.to_string());
                let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 11\r\n\r\n{\"ok\":true}";
                stream.write_all(answer.as_bytes()).ok()
            });
        }
    });
    address
}

fn channel(round: u64) -> String {
    format!("C{round}")
}

/// A report that takes long, since every place of it is explained.
async fn keep_busy(port: u16) {
    let text = format!("{}\n", message(0)).repeat(15_000);
    let body = json!({ "text": text, "explain": true }).to_string();
    let request = reqwest::Client::new().post(format!("http://127.0.0.1:{port}/v1/match")).body(body);
    // The server is killed before it answers.
    let _ = request.header("content-type", "application/json").send().await;
}

/// Asks in a channel of its own, as the platform passes a mention on; gives the status.
async fn ask(port: u16, round: u64) -> Option<u16> {
    let text = format!("<@UBOT> {}", message(round % 4));
    let event = json!({ "type": "event_callback", "event_id": format!("Ev{round}"), "event": {
        "type": "app_mention", "user": "U1", "text": text, "ts": "1.0", "channel": channel(round),
    }});
    let (body, now) = (event.to_string(), jiff::Timestamp::now().as_second());
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("v0:{now}:{body}").as_bytes());
    let signature = kbmatch::text::hex(&mac.finalize().into_bytes());
    let request = reqwest::Client::new()
        .post(format!("http://127.0.0.1:{port}/v1/chat/slack/ops"))
        .header("content-type", "application/json")
        .header("x-slack-signature", format!("v0={signature}"))
        .header("x-slack-request-timestamp", now.to_string())
        .body(body);
    Some(request.send().await.ok()?.status().as_u16())
}

/// Waits until nothing waits to be said.
async fn finished(directory: &Path) -> Vec<ReplyRow> {
    let database = Location::File(directory.join("kb.db"));
    let store = Store::open(&database, jiff::Timestamp::now()).await.unwrap();
    let started = Instant::now();
    loop {
        let replies = store.replies(&ReplyFilter { most: 100, ..ReplyFilter::default() }).await.unwrap();
        if replies.iter().all(|reply| matches!(reply.state.as_str(), "sent" | "dead" | "rejected")) {
            store.close().await;
            return replies;
        }
        assert!(started.elapsed() < Duration::from_mins(1), "{replies:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn judge(said: &BTreeMap<String, Vec<String>>, put_off: &BTreeSet<String>) {
    for round in 0..ROUNDS {
        let channel = channel(round);
        let texts = said.get(&channel).map_or(&[][..], Vec::as_slice);
        assert!(texts.len() <= 1, "the question of round {round} was answered {} times", texts.len());
        assert!(texts.len() == 1 || !put_off.contains(&channel), "the answer of round {round} is lost");
        assert!(texts.iter().all(|text| text.contains("Lost sprocket")), "{texts:?}");
    }
}
