//! A ticketing platform that fails in many ways and keeps a ledger of what it carried out.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::Random;

/// A note as the platform has it.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) id: u64,
    pub(crate) ticket: u64,
    pub(crate) body: String,
    pub(crate) internal: bool,
    pub(crate) removed: bool,
}

/// What was carried out.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) notes: Vec<Note>,
    pub(crate) echoed: usize,
    /// How often the platform did what.
    pub(crate) did: BTreeMap<&'static str, usize>,
}

impl Ledger {
    /// The next note whose trigger fires.
    pub(crate) fn next_echo(&mut self) -> Option<Note> {
        let note = self.notes.get(self.echoed)?.clone();
        self.echoed += 1;
        Some(note)
    }
}

/// The platform.
pub(crate) struct Platform {
    pub(crate) address: String,
    pub(crate) ledger: Arc<Mutex<Ledger>>,
}

impl Platform {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let random = Arc::new(Mutex::new(Random(0x51_7c_c1_b7_27_22_0a_95)));
        let shared = Arc::clone(&ledger);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (ledger, random) = (Arc::clone(&shared), Arc::clone(&random));
                // A client that was killed leaves a broken connection behind.
                std::thread::spawn(move || serve(stream, &ledger, &random));
            }
        });
        Self { address, ledger }
    }
}

fn serve(mut stream: TcpStream, ledger: &Mutex<Ledger>, random: &Mutex<Random>) -> Option<()> {
    let (method, path, body) = read(&mut stream)?;
    let chance = random.lock().unwrap().below(100);
    if method == "GET" {
        let ticket: u64 = path.rsplit('/').next()?.parse().ok()?;
        if chance < 10 {
            return answer(&mut stream, ledger, "list fails", "500 Oops", "", "{}");
        }
        let notes = ledger.lock().unwrap().notes.clone();
        let notes = notes.iter().filter(|note| note.ticket == ticket && !note.removed);
        let list: Vec<Value> = notes.map(|note| json!({ "id": note.id, "body": note.body })).collect();
        return answer(&mut stream, ledger, "list", "200 OK", "", &Value::Array(list).to_string());
    }
    match chance {
        0..8 => return answer(&mut stream, ledger, "busy", "429 Slow", "retry-after: 0\r\n", "{}"),
        8..16 => return answer(&mut stream, ledger, "fails", "500 Oops", "", "{}"),
        16..18 => return answer(&mut stream, ledger, "unauthorized", "401 Who", "", "{}"),
        18..20 => {
            did(ledger, "hangs");
            std::thread::sleep(Duration::from_millis(700));
            return None;
        }
        20..22 => {
            did(ledger, "applies when nobody waits any more");
            std::thread::sleep(Duration::from_millis(700));
        }
        _ => {}
    }
    let id = match method.as_str() {
        "POST" => post(ledger, &body)?,
        "PUT" | "DELETE" => match change(ledger, &path, &method, &body) {
            Some(id) => id,
            None => return answer(&mut stream, ledger, "not there", "404 Gone", "", "{}"),
        },
        _ => return answer(&mut stream, ledger, "no such call", "405 No", "", "{}"),
    };
    let made = json!({ "id": id }).to_string();
    match chance {
        22..30 => {
            did(ledger, "applies and drops the reply");
            None
        }
        30..36 => answer(&mut stream, ledger, "applies and fails", "502 Oops", "", "{}"),
        36..42 => {
            did(ledger, "applies and closes half way");
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-le").ok()
        }
        42..48 => {
            did(ledger, "applies and cuts the body");
            stream.write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 500\r\n\r\n{\"id\": 1").ok()
        }
        _ => answer(&mut stream, ledger, "applies", "201 Created", "", &made),
    }
}

fn post(ledger: &Mutex<Ledger>, body: &[u8]) -> Option<u64> {
    let note: Value = serde_json::from_slice(body).ok()?;
    let mut ledger = ledger.lock().unwrap();
    let id = ledger.notes.len() as u64 + 1_000_000;
    ledger.notes.push(Note {
        id,
        ticket: note["ticket_id"].as_u64()?,
        body: note["body"].as_str()?.to_owned(),
        internal: note["internal"] == true,
        removed: false,
    });
    Some(id)
}

/// Puts another text in the place of a note, or removes it.
fn change(ledger: &Mutex<Ledger>, path: &str, method: &str, body: &[u8]) -> Option<u64> {
    let id: u64 = path.rsplit('/').next()?.parse().ok()?;
    let mut ledger = ledger.lock().unwrap();
    let what = if method == "PUT" { "edits" } else { "removes" };
    *ledger.did.entry(what).or_default() += 1;
    let note = ledger.notes.iter_mut().find(|note| note.id == id && !note.removed)?;
    if method == "PUT" {
        let text: Value = serde_json::from_slice(body).ok()?;
        text["body"].as_str()?.clone_into(&mut note.body);
    } else {
        note.removed = true;
    }
    Some(id)
}

fn did(ledger: &Mutex<Ledger>, what: &'static str) {
    *ledger.lock().unwrap().did.entry(what).or_default() += 1;
}

fn answer(
    stream: &mut TcpStream,
    ledger: &Mutex<Ledger>,
    what: &'static str,
    status: &str,
    headers: &str,
    body: &str,
) -> Option<()> {
    did(ledger, what);
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
    stream.write_all(text.as_bytes()).ok()
}

/// A request: method, path, body. A request that does not come whole is none.
pub(crate) fn read(stream: &mut TcpStream) -> Option<(String, String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&buffer[..length]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let wanted = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let wanted: usize = wanted.map_or(0, |length| length.trim().parse().unwrap());
        if bytes.len() < end + 4 + wanted {
            continue;
        }
        let mut words = head.lines().next()?.split(' ');
        let (method, path) = (words.next()?.to_ascii_uppercase(), words.next()?.to_owned());
        return Some((method, path, bytes[end + 4..end + 4 + wanted].to_vec()));
    }
}
