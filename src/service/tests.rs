//! The service on real files and folders.

mod articles;
mod history;
mod import;
mod kept;
mod model;
mod publishing;
mod reports;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

use super::{Clock, ImportItemOutcome, ImportOptions, ImportSource, ImportSummary, Service, Settings, no_progress};
use crate::article::Slug;
use crate::engine::{Answer, MatchOptions};
use crate::report::{Hints, Incoming, Limits, decode};
use crate::store::{Expected, Location};

/// A service over a database and a folder of its own.
struct Bench {
    directory: tempfile::TempDir,
    service: Arc<Service>,
}

impl Bench {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("kb")).unwrap();
        let service = open(directory.path()).await;
        Self { directory, service }
    }

    fn kb(&self) -> PathBuf {
        self.directory.path().join("kb")
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.kb().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// A file that never answers, so that a folder without the others is not an empty one.
    fn write_neighbour(&self) {
        self.write("zz.md", "---\nid: zz\ntitle: To be written\nstatus: draft\n---\n");
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.kb().join(name)).unwrap()
    }

    fn remove(&self, name: &str) {
        std::fs::remove_file(self.kb().join(name)).unwrap();
    }

    async fn load(&self) -> ImportSummary {
        self.service.import_folders(&[self.kb()], &ImportOptions::new("folder"), no_progress()).await.unwrap()
    }

    async fn put(&self, id: &str, text: &str) {
        let expected = match self.service.get(&slug(id)).await.unwrap() {
            Some(_) => Expected::Existing,
            None => Expected::Missing,
        };
        self.service.put(&slug(id), text.to_owned(), expected, "ada", false).await.unwrap();
    }

    async fn delete(&self, id: &str) {
        self.service.delete(&slug(id), Expected::Existing, "ada", false).await.unwrap();
    }

    async fn markdown(&self, id: &str) -> Option<String> {
        self.service.get(&slug(id)).await.unwrap().map(|stored| stored.markdown)
    }
}

async fn open(directory: &Path) -> Arc<Service> {
    Service::open(Settings::new(Location::File(directory.join("kb.db"))), clock()).await.unwrap()
}

/// A clock that ticks one second each time it is read.
fn clock() -> Clock {
    let seconds = AtomicI64::new(1_700_000_000);
    Clock::from_fn(move || Timestamp::from_second(seconds.fetch_add(1, Ordering::Relaxed)).unwrap())
}

fn slug(id: &str) -> Slug {
    Slug::new(id).unwrap()
}

/// An article that recognises `message` and says `solution`.
fn article(id: &str, message: &str, solution: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: Title of {id}\nsignatures:\n  - template: '{message}'\n---\n## Overview\n\nIt fails.\n\n\
         ## Cause\n\nUnknown.\n\n## Solution\n\n{solution}\n"
    )
}

fn ask(service: &Service, text: &str) -> Answer {
    let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    let report = decode(incoming, &Hints::default(), &Limits::default()).unwrap();
    service.answer(report, &MatchOptions::default())
}

/// The id and solution of the article that stands first.
fn first(answer: &Answer) -> Option<(String, String)> {
    answer.matches.first().map(|found| (found.article.id.to_string(), found.solution.trim().to_owned()))
}

fn outcomes(summary: &ImportSummary) -> Vec<(&str, ImportItemOutcome)> {
    summary.items.iter().map(|item| (item.id.as_ref().map_or("", Slug::as_str), item.outcome)).collect()
}

fn source(name: &str, text: &str) -> ImportSource {
    ImportSource { name: name.to_owned(), path: None, bytes: text.as_bytes().to_vec() }
}
