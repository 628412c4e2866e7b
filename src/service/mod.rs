//! The one place where store, engine and clock meet.
//!
//! HTTP, CLI and evaluation all call a [`Service`], so that they cannot disagree. It keeps the engine's snapshot equal
//! to the store, also when another process writes, and swaps it in whole: an answer never mixes two versions of the
//! knowledge base, and a write returns when answers show it.

mod articles;
mod catalog;
pub mod check;
mod clock;
pub mod conditions;
mod error;
mod export;
mod feedback;
mod folder;
mod ids;
mod import;
mod keeper;
mod keeping;
mod kept;
mod keys;
mod parallel;
mod precondition;
mod published;
mod publisher;
mod recall;
mod renewal;
mod reply;
mod reports;
pub mod request;
mod settings;
mod text;
mod votes;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;

pub use articles::{KnowledgeBase, ListQuery, ListedArticle, Listing, StoredArticle, WriteOutcome};
pub use clock::Clock;
pub use error::ServiceError;
pub use export::{ExportItem, ExportItemOutcome, ExportSummary};
pub use feedback::NewFeedback;
pub use folder::{FilesRead, FolderReading, MAX_FILE_BYTES, Unread, read_file, read_folder};
pub use import::{
    ImportCounts, ImportItem, ImportItemOutcome, ImportOptions, ImportProblem, ImportProgress, ImportSource,
    ImportSummary, no_progress,
};
pub use keeper::KeptCounts;
pub use keys::NewKey;
pub use precondition::expected;
pub use reply::Reply;
pub use settings::{KeepReports, Settings};

use crate::article::{ArticleProblem, Slug};
use crate::engine::{Answer, MatchOptions, Snapshot};
use crate::report::{Limits, Report};
use crate::store::{Digest, Store};
use crate::telemetry::{Levels, Telemetry};
use catalog::ParsedArticles;
use ids::Ids;
use keeper::{Keeper, Receipt};
use keys::KeyKeeper;
use publisher::Publisher;
use recall::Recall;
use request::{RawRequest, RequestError, parse_match_request};

/// Something of the knowledge base that was left out of the answers, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// The file, or the article's id.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// A file that the last load of the folders did not take.
#[derive(Debug)]
struct FileLeftOut {
    left_out: LeftOut,
    /// For a conflict the article, and the hash of the text that the file stands for.
    conflict: Option<(Slug, Digest)>,
}

impl FileLeftOut {
    /// What an import left out of a file; `texts` are the hashes of what the files stand for, by article.
    fn of(item: &ImportItem, texts: &HashMap<Slug, Digest>) -> Option<Self> {
        let reason = item.reason.clone().unwrap_or_default();
        let (reason, conflict) = match (item.outcome, &item.id) {
            (ImportItemOutcome::Failed, _) => (reason, None),
            (ImportItemOutcome::Conflict, Some(id)) => {
                (format!("article {id}: {reason}"), texts.get(id).map(|text| (id.clone(), *text)))
            }
            _ => return None,
        };
        Some(Self { left_out: LeftOut { name: item.file.clone(), reason }, conflict })
    }
}

/// The knowledge base, ready to answer.
#[derive(Debug)]
pub struct Service {
    store: Arc<Store>,
    clock: Clock,
    publisher: Publisher,
    keeper: Keeper,
    recall: Recall,
    keys: KeyKeeper,
    ids: Ids,
    telemetry: Telemetry,
    /// Files that the last load of the folders did not take.
    files_left_out: ArcSwap<Vec<FileLeftOut>>,
}

impl Service {
    /// Opens the database, loads the folders of the settings (what cannot be taken is left out, see
    /// [`Service::left_out`]) and builds the snapshot. Must be called in a tokio runtime, which then runs the service's
    /// tasks until [`Service::close`].
    pub async fn open(settings: Settings, clock: Clock) -> Result<Arc<Self>, ServiceError> {
        let store = Arc::new(Store::open(&settings.database, clock.now()).await?);
        let parsed = Arc::new(ParsedArticles::default());
        let publisher = Publisher::start(Arc::clone(&store), parsed, settings.keep_snapshot).await?;
        let keeper = Keeper::start(Arc::clone(&store), settings.reports, clock.clone());
        let keys = KeyKeeper::start(Arc::clone(&store)).await?;
        let files_left_out = ArcSwap::default();
        let telemetry = Telemetry::new(store.timings());
        let recall = Recall::new(settings.recall_bytes);
        let service = Arc::new(Self {
            store,
            clock,
            publisher,
            keeper,
            recall,
            keys,
            ids: Ids::new(),
            telemetry,
            files_left_out,
        });
        if !settings.folders.is_empty() {
            let summary =
                service.import_folders(&settings.folders, &ImportOptions::new("folder"), no_progress()).await?;
            tracing::info!(
                files = summary.files,
                passed_over = summary.passed_over,
                "loaded the folders: {}",
                summary.counts
            );
            summary.items.iter().for_each(warn_of_conflict);
        }
        for left_out in service.broken() {
            tracing::error!(name = left_out.name, reason = left_out.reason, "left out of the knowledge base");
        }
        Ok(service)
    }

    /// The index that answers now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.publisher.current().snapshot)
    }

    /// What does not answer though it should: files that could not be taken or stand against a change of their article,
    /// articles that could not be compiled. A conflict is gone as soon as the article says what its file said.
    pub fn left_out(&self) -> Vec<LeftOut> {
        let published = self.publisher.current();
        let says = |id: &Slug| published.catalog.entries.get(id).map(|entry| entry.sha256);
        let files = self.files_left_out.load();
        let open = files.iter().filter(|file| file.conflict.as_ref().is_none_or(|(id, text)| says(id) != Some(*text)));
        open.map(|file| &file.left_out).chain(&published.left_out).cloned().collect()
    }

    /// What was left out besides conflicts.
    fn broken(&self) -> Vec<LeftOut> {
        let files = self.files_left_out.load();
        let broken = files.iter().filter(|file| file.conflict.is_none()).map(|file| &file.left_out);
        broken.chain(&self.publisher.current().left_out).cloned().collect()
    }

    /// Answers a report, from one version of the knowledge base, and hands it over to be kept. Takes the processor for
    /// as long as matching takes and never waits.
    pub fn answer(&self, report: Report, options: &MatchOptions) -> Answer {
        self.answer_by(&self.snapshot(), self.receipt(), report, options)
    }

    /// Reads and answers a request as [`Service::answer`] does, or gives the answer again that the same request got before.
    pub fn answer_request(&self, request: RawRequest<'_>, limits: &Limits) -> Result<Reply, RequestError> {
        let started = Instant::now();
        let receipt = self.receipt();
        let published = self.publisher.current();
        let key = self.recall.key(published.number, &request);
        // A report that is to be kept has to be read.
        if let Some(known) = key.filter(|_| !receipt.sampled).and_then(|key| self.recall.find(key)) {
            let took_us = micros_since(started);
            self.telemetry.answer(&known.answer, took_us);
            self.telemetry.answered_again();
            return Ok(Reply::again(known, receipt.id, took_us));
        }
        let request = parse_match_request(request, limits)?;
        let answer = self.answer_by(&published.snapshot, receipt, request.report, &request.options);
        if let Some(key) = key {
            self.recall.note(key, &answer);
        }
        Ok(Reply::new(answer))
    }

    fn answer_by(&self, snapshot: &Snapshot, receipt: Receipt, report: Report, options: &MatchOptions) -> Answer {
        let started = Instant::now();
        let answer = snapshot.answer(&report, options);
        let answer = Answer { report_id: receipt.id.to_string(), took_us: micros_since(started), ..answer };
        self.telemetry.answer(&answer, answer.took_us);
        self.keeper.offer(receipt, report, &options.hints, &answer);
        answer
    }

    /// A new report's.
    fn receipt(&self) -> Receipt {
        let now = self.clock.now();
        self.keeper.receipt(self.ids.next(now), now)
    }

    /// A new identifier, greater than all before.
    pub fn next_id(&self) -> ulid::Ulid {
        self.ids.next(self.clock.now())
    }

    /// The numbers that are counted.
    pub fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    /// All numbers as `OpenMetrics` text.
    pub fn metrics_text(&self) -> Result<String, std::fmt::Error> {
        let snapshot = self.snapshot();
        let kept = self.kept_counts();
        self.telemetry.text(Levels {
            articles: snapshot.article_count() as u64,
            signatures: snapshot.signature_count() as u64,
            left_out: self.left_out().len() as u64,
            reports_kept: kept.kept,
            reports_dropped: kept.dropped + kept.failed,
            keys: self.keyring().active(self.clock.now()),
        })
    }

    /// How many reports were kept and dropped since the start.
    pub fn kept_counts(&self) -> KeptCounts {
        self.keeper.counts()
    }

    /// Waits until every report answered so far is written, if it is one to keep.
    pub async fn flush_reports(&self) {
        self.keeper.flush().await;
    }

    /// The store, for what needs no more than reading.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Writes a checked copy of the database to `target`; refuses when that exists.
    pub async fn backup(&self, target: &Path) -> Result<(), ServiceError> {
        Ok(self.store.backup(target).await?)
    }

    /// Writes what waits and closes the database. Afterwards reports are still answered, but nothing is written.
    pub async fn close(&self) {
        self.publisher.stop().await;
        self.keys.stop().await;
        self.keeper.close().await;
        self.store.close().await;
    }
}

fn warn_of_conflict(item: &ImportItem) {
    if let (ImportItemOutcome::Conflict, Some(id)) = (item.outcome, &item.id) {
        let reason = item.reason.as_deref().unwrap_or_default();
        tracing::warn!(file = item.file, article = id.as_str(), reason, "conflict: the file's text does not answer");
    }
}

fn micros_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// Runs work that takes the processor off the async threads.
async fn blocking<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| ServiceError::BrokeOff { doing, reason: error.to_string() })
}

/// Problems in one line.
fn in_words(problems: &[ArticleProblem]) -> String {
    let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
    problems.join("; ")
}

#[cfg(test)]
mod tests;
