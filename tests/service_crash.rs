//! A service that is killed in the middle of imports, edits and feedback loses nothing it acknowledged.
//!
//! The test starts this very binary again as a child that writes without pause and prints what was acknowledged, kills
//! it with SIGKILL at a random moment, and then looks at what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use kbmatch::article::Slug;
use kbmatch::engine::{Answer, MatchOptions, Snapshot};
use kbmatch::report::{Hints, Incoming, Limits, Report, decode};
use kbmatch::service::{Clock, ImportOptions, NewFeedback, Service, Settings, no_progress};
use kbmatch::store::{Expected, FeedbackFilter, Location};

const KILLS: u64 = 20;
const FILES: usize = 40;
const DIRECTORY: &str = "KBMATCH_CRASH_TEST_DIRECTORY";
const ROUND: &str = "KBMATCH_CRASH_TEST_ROUND";

/// What a child said was done.
#[derive(Debug, Default)]
struct Acknowledged {
    /// State of the last import.
    import: Option<u64>,
    /// Last text of each article written through the API; every earlier one is in its history.
    puts: BTreeMap<String, BTreeSet<u64>>,
    /// Feedback that was given.
    feedback: BTreeSet<String>,
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::create_dir(directory.path().join("kb")).unwrap();
    let mut acknowledged = Acknowledged::default();
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ u64::from(std::process::id()));
    for round in 1..=KILLS {
        let mut child = spawn(directory.path(), round);
        let output = BufReader::new(child.stdout.take().unwrap());
        let reader = std::thread::spawn(move || output.split(b'\n').collect::<Result<Vec<_>, _>>().unwrap());
        // Some die while they still open the database.
        std::thread::sleep(Duration::from_millis(random.below(if round % 4 == 0 { 60 } else { 500 })));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            acknowledged.note(&String::from_utf8_lossy(&line));
        }
        runtime().block_on(verify(directory.path(), &acknowledged, round));
    }
    assert!(acknowledged.import.is_some(), "no import was acknowledged");
    assert!(acknowledged.puts.len() > 2 && acknowledged.feedback.len() > 20, "{acknowledged:?}");
}

#[test]
fn a_kill_while_the_database_is_created_leaves_one_that_opens() {
    let mut random = Random(0x51_7c_c1_b7 ^ u64::from(std::process::id()));
    for _ in 0..8 {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("kb")).unwrap();
        let mut child = spawn(directory.path(), 1);
        let database = directory.path().join("kb.db");
        let started = Instant::now();
        while !database.exists() && started.elapsed() < Duration::from_secs(5) {
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(random.below(15_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        let findings = runtime().block_on(async { open(directory.path()).await.store().check().await.unwrap() });
        assert_eq!(findings, Vec::<String>::new());
    }
}

/// The child; without the variables it is a test that has nothing to do.
#[test]
fn child() {
    let Some(directory) = std::env::var_os(DIRECTORY).map(PathBuf::from) else { return };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let service = open(&directory).await;
        let first = round * 1_000_000;
        let imports = tokio::spawn(import_for_ever(Arc::clone(&service), directory.join("kb"), first));
        let edits = tokio::spawn(edit_for_ever(Arc::clone(&service), first));
        let feedback = tokio::spawn(give_feedback_for_ever(service));
        let (imports, edits, feedback) = tokio::join!(imports, edits, feedback);
        imports.and(edits).and(feedback).unwrap();
    });
}

fn spawn(directory: &Path, round: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIRECTORY, directory)
        .env(ROUND, round.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn acknowledge(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("ack {line} end\n").as_bytes()).unwrap();
    output.flush().unwrap();
}

async fn import_for_ever(service: Arc<Service>, folder: PathBuf, first: u64) {
    for state in first.. {
        for file in 0..FILES {
            let id = format!("file-{file}");
            std::fs::write(folder.join(format!("{id}.md")), article(&id, state)).unwrap();
        }
        let options = ImportOptions::new("folder");
        service.import_folders(std::slice::from_ref(&folder), &options, no_progress()).await.unwrap();
        acknowledge(&format!("import {state}"));
    }
}

async fn edit_for_ever(service: Arc<Service>, first: u64) {
    for number in first.. {
        let id = format!("api-{}", number % 5);
        let slug = Slug::new(id.as_str()).unwrap();
        if number % 7 == 3 && service.get(&slug).await.unwrap().is_some() {
            service.delete(&slug, Expected::Existing, "child", false).await.unwrap();
        }
        let expected = if service.get(&slug).await.unwrap().is_some() { Expected::Existing } else { Expected::Missing };
        service.put(&slug, article(&id, number), expected, "child", false).await.unwrap();
        acknowledge(&format!("put {id} {number}"));
    }
}

async fn give_feedback_for_ever(service: Arc<Service>) {
    for number in 0_u64.. {
        let answer = ask(&service, &message(&format!("api-{}", number % 5)));
        let Some(found) = answer.matches.first() else {
            tokio::time::sleep(Duration::from_millis(1)).await;
            continue;
        };
        let new = NewFeedback {
            report_id: answer.report_id.clone(),
            article: found.article.id.clone(),
            helpful: number % 2 == 0,
            comment: None,
            by: "child".to_owned(),
        };
        let given = service.give_feedback(new).await.unwrap();
        acknowledge(&format!("feedback {}", given.id));
    }
}

impl Acknowledged {
    /// Takes a line of a child's output; the test harness's own lines and a last line cut by the kill say nothing.
    fn note(&mut self, line: &str) {
        // The harness prints the test's name before the first line.
        let Some(start) = line.find("ack ") else { return };
        match line[start..].split(' ').collect::<Vec<_>>().as_slice() {
            ["ack", "import", state, "end"] => self.import = Some(state.parse().unwrap()),
            ["ack", "put", id, number, "end"] => {
                self.puts.entry((*id).to_owned()).or_default().insert(number.parse().unwrap());
            }
            ["ack", "feedback", id, "end"] => {
                self.feedback.insert((*id).to_owned());
            }
            _ => {}
        }
    }
}

async fn verify(directory: &Path, acknowledged: &Acknowledged, round: u64) {
    let service = open(directory).await;
    assert_eq!(service.store().check().await.unwrap(), Vec::<String>::new(), "round {round}");

    let mut states = BTreeSet::new();
    for file in 0..FILES {
        let stored = service.get(&Slug::new(format!("file-{file}")).unwrap()).await.unwrap();
        states.insert(stored.map(|stored| state_of(&stored.markdown)));
    }
    assert_eq!(states.len(), 1, "round {round}: an import is half applied: {states:?}");
    let state = states.pop_first().flatten();
    assert!(state >= acknowledged.import, "round {round}: {state:?} is stored, {:?} acknowledged", acknowledged.import);

    for (id, numbers) in &acknowledged.puts {
        let revisions = service.revisions(&Slug::new(id.as_str()).unwrap()).await.unwrap();
        let stored: BTreeSet<u64> = revisions.iter().map(|revision| state_of(&revision.markdown)).collect();
        assert!(numbers.is_subset(&stored), "round {round}: lost of {id}: {:?}", numbers.difference(&stored));
    }
    let given = service.feedback(&FeedbackFilter::default(), u32::MAX).await.unwrap();
    let given: BTreeSet<String> = given.into_iter().map(|feedback| feedback.id).collect();
    assert!(acknowledged.feedback.is_subset(&given), "round {round}: feedback is lost");

    compare_with_rebuilt(&service, round).await;
    service.close().await;
}

/// The snapshot answers as one that is built anew from the revisions.
async fn compare_with_rebuilt(service: &Service, round: u64) {
    let snapshot = service.snapshot();
    let generation = snapshot.kb_version().split('-').next().unwrap().parse().unwrap();
    let base = service.articles_at(generation).await.unwrap();
    assert_eq!(base.kb_version, snapshot.kb_version(), "round {round}");
    let (rebuilt, refused) = Snapshot::build(base.articles, String::new());
    let rebuilt = rebuilt.with_votes(&base.votes, base.kb_version);
    assert_eq!(refused, []);
    assert_eq!(rebuilt.article_count(), snapshot.article_count(), "round {round}");
    for id in (0..5).map(|n| format!("api-{n}")).chain((0..FILES).map(|n| format!("file-{n}"))) {
        let report = report(&message(&id));
        let options = MatchOptions::default();
        assert_eq!(rebuilt.answer(&report, &options), snapshot.answer(&report, &options), "round {round}, {id}");
    }
}

async fn open(directory: &Path) -> Arc<Service> {
    Service::open(Settings::new(Location::File(directory.join("kb.db"))), Clock::system()).await.unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

fn message(id: &str) -> String {
    format!("the frobnicator of {id} lost its sprocket while starting")
}

fn article(id: &str, state: u64) -> String {
    let message = message(id);
    format!(
        "---\nid: {id}\ntitle: Lost sprocket of {id}\nsignatures:\n  - template: '{message}'\n---\n## Solution\n\n{state}\n"
    )
}

fn state_of(markdown: &str) -> u64 {
    markdown.trim_end().rsplit('\n').next().unwrap().parse().unwrap()
}

fn report(text: &str) -> Report {
    let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    decode(incoming, &Hints::default(), &Limits::default()).unwrap()
}

fn ask(service: &Service, text: &str) -> Answer {
    service.answer(report(text), &MatchOptions::default())
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
