//! The snapshot on disk: read back it answers the same, and it is only used where it fits.

use std::time::{Duration, Instant};

use super::*;
use crate::service::kept::Kept;
use crate::store::SnapshotFile;

const ARTICLES: usize = 300;

/// The message of an article, with a word of its own.
fn message(number: usize) -> String {
    format!("the frobnicator in bay {number} lost sprocket q{}x while turning", number * 7919)
}

fn text(number: usize, solution: &str) -> String {
    let regex = format!("  - regex: 'bay-{number}-[a-z]+ jammed'\n  - code: 'FROB{number:04}'\n");
    article(&format!("a{number}"), &message(number), solution).replacen("---\n## ", &format!("{regex}---\n## "), 1)
}

async fn keeping(directory: &Path) -> Arc<Service> {
    let settings = Settings { keep_snapshot: true, ..Settings::new(Location::File(directory.join("kb.db"))) };
    Service::open(settings, clock()).await.unwrap()
}

/// A database of many articles with its snapshot beside it, closed.
async fn kept() -> (tempfile::TempDir, SnapshotFile) {
    let directory = tempfile::tempdir().unwrap();
    let service = keeping(directory.path()).await;
    let sources = (0..ARTICLES).map(|n| source(&format!("a{n}.md"), &text(n, "Turn it back.")));
    service.import(sources.collect(), &ImportOptions::new("ada"), no_progress()).await.unwrap();
    let file = SnapshotFile::beside(service.store().path());
    let since = Instant::now();
    while !file.path().exists() {
        assert!(since.elapsed() < Duration::from_secs(30), "no snapshot is written");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    service.close().await;
    (directory, file)
}

/// What reports of some articles are answered with, without what differs from answer to answer.
fn answers(service: &Service) -> Vec<serde_json::Value> {
    let codes = (0..ARTICLES).step_by(17).map(|n| format!("failed with FROB{n:04}, twice"));
    let regexes = (0..ARTICLES).step_by(23).map(|n| format!("bay-{n}-left jammed"));
    let reports = (0..ARTICLES).step_by(7).map(message).chain(codes).chain(regexes).chain(["nothing".to_owned()]);
    let answer = |report: String| {
        let mut answer = ask(service, &report);
        (answer.report_id, answer.took_us) = (String::new(), 0);
        serde_json::to_value(answer).unwrap()
    };
    reports.map(answer).collect()
}

#[tokio::test]
async fn what_was_kept_answers_as_before_and_takes_in_what_changed_since() {
    let (directory, file) = kept().await;
    let service = open(directory.path()).await;
    let fits = Kept::read(&file).unwrap().expect("this build reads what it wrote");
    assert_eq!(fits.changed(&service.store().current().await.unwrap()), Some(Vec::new()));
    let read_back = answers(&service);
    let kept = fits.published().expect("what was read back fits together");
    assert_eq!(kept.snapshot.article_count(), ARTICLES);
    assert_eq!(kept.snapshot.signature_count(), 3 * ARTICLES);
    service.close().await;
    // The same articles compiled anew.
    let sound = std::fs::read(file.path()).unwrap();
    std::fs::remove_file(file.path()).unwrap();
    let service = open(directory.path()).await;
    assert_eq!(answers(&service), read_back);
    // What another start changes, without keeping it, is put beside what was kept.
    service.put(&slug("a7"), text(7, "Leave it."), Expected::Existing, "ada", false).await.unwrap();
    service.put(&slug("a9000"), text(9_000, "Buy one."), Expected::Missing, "ada", false).await.unwrap();
    service.delete(&slug("a14"), Expected::Existing, "ada", false).await.unwrap();
    service.close().await;
    std::fs::write(file.path(), sound).unwrap();
    let service = open(directory.path()).await;
    let differs = Kept::read(&file).unwrap().unwrap().changed(&service.store().current().await.unwrap());
    assert_eq!(differs, Some(vec![slug("a14"), slug("a7"), slug("a9000")]));
    let solution = |number| first(&ask(&service, &message(number)));
    assert_eq!(solution(7), Some(("a7".to_owned(), "Leave it.".to_owned())));
    assert_eq!(solution(9_000), Some(("a9000".to_owned(), "Buy one.".to_owned())));
    assert_ne!(solution(14).map(|(id, _)| id).as_deref(), Some("a14"));
    assert_eq!(solution(21), Some(("a21".to_owned(), "Turn it back.".to_owned())));
}

#[tokio::test]
async fn a_damaged_snapshot_and_one_of_another_database_are_passed_over() {
    let (directory, file) = kept().await;
    let sound = std::fs::read(file.path()).unwrap();
    let expected = {
        let service = open(directory.path()).await;
        let expected = answers(&service);
        service.close().await;
        expected
    };
    let mut damaged = sound.clone();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 0x55;
    for bytes in [damaged.as_slice(), &sound[..middle], b"not a snapshot", b""] {
        std::fs::write(file.path(), bytes).unwrap();
        let service = open(directory.path()).await;
        assert_eq!(answers(&service), expected);
        service.close().await;
    }
    // A database that lacks articles of the snapshot, as after a restored backup.
    let other = tempfile::tempdir().unwrap();
    let service = open(other.path()).await;
    service.put(&slug("a1"), text(1, "Other."), Expected::Missing, "ada", false).await.unwrap();
    service.close().await;
    std::fs::write(SnapshotFile::beside(&other.path().join("kb.db")).path(), &sound).unwrap();
    let service = open(other.path()).await;
    assert_eq!(service.snapshot().article_count(), 1);
    assert_eq!(first(&ask(&service, &message(1))), Some(("a1".to_owned(), "Other.".to_owned())));
    service.close().await;
    // Whoever only looks leaves it; the server takes it away.
    let file = SnapshotFile::beside(&other.path().join("kb.db"));
    assert!(file.path().exists());
    keeping(other.path()).await.close().await;
    assert!(!file.path().exists());
}
