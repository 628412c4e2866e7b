//! Keeps reports, redacted, off the path of the request that brought them.
//!
//! A report waits in memory, bounded in number and in bytes, and is written in batches. When there is no room it is
//! dropped and counted: answering never waits for keeping. The task that writes is woken for the first report of a batch
//! and for a whole batch, not for each. Nothing is written that was not redacted first.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::Instant;
use ulid::Ulid;

use super::{Clock, KeepReports};
use crate::engine::{Answer, Outcome};
use crate::report::{Hints, PartAddress, PartKind, Report, redact, redact_address, redact_report};
use crate::store::{KeptMatch, KeptPart, KeptReport, Retention, Store};

/// Reports that may wait.
const QUEUE: usize = 1_024;
/// Commands that may wait.
const COMMANDS: usize = 16;
/// Bytes of report text, decoded views included, that may wait.
const QUEUE_BYTES: usize = 64 << 20;
/// So many reports are written without waiting for more.
const BATCH: usize = 256;
/// Longest time a report waits for others to be written with.
const WAIT: Duration = Duration::from_millis(500);
/// Reports that are chosen in one second for the sample of matched ones: a sample tells no more for being larger, and under load it
/// would take as much of the machine as answering does. Who keeps all matched reports keeps them all.
const MOST_SAMPLED: u64 = 20;
/// Time between two clean-ups of old reports.
const CLEAN_UP: Duration = Duration::from_hours(1);

/// What is known of a report when it comes in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receipt {
    pub(super) id: Ulid,
    pub(super) received_at: Timestamp,
    /// Whether it is kept if it is matched.
    pub(super) sampled: bool,
}

/// A report and what was answered.
struct Offered {
    id: Ulid,
    received_at: Timestamp,
    report: Report,
    hints: Hints,
    outcome: Outcome,
    kb_version: String,
    engine_version: String,
    matches: Vec<KeptMatch>,
    cost: usize,
}

enum Command {
    Flush(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// How many reports were kept and dropped since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptCounts {
    /// Written to the store.
    pub kept: u64,
    /// Dropped since too many waited.
    pub dropped: u64,
    /// Dropped since they could not be written.
    pub failed: u64,
}

#[derive(Debug, Default)]
struct Counters {
    kept: AtomicU64,
    dropped: AtomicU64,
    failed: AtomicU64,
    waiting_bytes: AtomicUsize,
}

/// The reports that wait to be written.
#[derive(Default)]
struct Waiting {
    reports: Mutex<Vec<Offered>>,
    /// There is a first one, or a batch.
    ready: Notify,
}

impl Waiting {
    /// Adds a report; `false` when there is no room.
    fn push(&self, offered: Offered) -> bool {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if reports.len() >= QUEUE {
            return false;
        }
        reports.push(offered);
        if matches!(reports.len(), 1 | BATCH) {
            self.ready.notify_one();
        }
        true
    }

    fn count(&self) -> usize {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Takes all of them.
    fn take(&self) -> Vec<Offered> {
        std::mem::take(&mut *self.reports.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Waiting").field("reports", &self.count()).finish_non_exhaustive()
    }
}

/// Takes reports to be kept.
#[derive(Debug)]
pub(super) struct Keeper {
    waiting: Arc<Waiting>,
    commands: mpsc::Sender<Command>,
    counters: Arc<Counters>,
    match_sample: f64,
    sampled: PerSecond,
    /// Reports that may not grow old are not kept at all.
    keeps_none: bool,
}

impl Keeper {
    pub(super) fn start(store: Arc<Store>, settings: KeepReports, clock: Clock) -> Self {
        let (commands, queue) = mpsc::channel(COMMANDS);
        let counters = Arc::new(Counters::default());
        let waiting = Arc::new(Waiting::default());
        let task = Task { store, settings, clock, counters: Arc::clone(&counters), waiting: Arc::clone(&waiting) };
        tokio::spawn(task.run(queue));
        Self {
            waiting,
            commands,
            counters,
            match_sample: settings.match_sample,
            sampled: PerSecond::default(),
            keeps_none: settings.age.is_zero(),
        }
    }

    /// What is known of a report when it comes in.
    pub(super) fn receipt(&self, id: Ulid, now: Timestamp) -> Receipt {
        Receipt { id, received_at: now, sampled: self.samples(id, now) }
    }

    /// Takes a report if it is one to keep and there is room.
    pub(super) fn offer(&self, receipt: Receipt, report: Report, hints: &Hints, answer: &Answer) {
        if self.keeps_none || answer.outcome == Outcome::Match && !receipt.sampled {
            return;
        }
        let cost = cost(&report);
        let waiting = self.counters.waiting_bytes.fetch_add(cost, Ordering::Relaxed);
        let offered = Offered {
            id: receipt.id,
            received_at: receipt.received_at,
            report,
            hints: hints.clone(),
            outcome: answer.outcome,
            kb_version: answer.kb_version.clone(),
            engine_version: answer.engine_version.clone(),
            matches: kept_matches(answer),
            cost,
        };
        if waiting.saturating_add(cost) > QUEUE_BYTES || self.commands.is_closed() || !self.waiting.push(offered) {
            self.counters.waiting_bytes.fetch_sub(cost, Ordering::Relaxed);
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether a report is one to keep if it is matched.
    fn samples(&self, id: Ulid, now: Timestamp) -> bool {
        !self.keeps_none
            && sampled(id, self.match_sample)
            && (self.match_sample >= 1.0 || self.sampled.admits(now, MOST_SAMPLED))
    }

    /// Waits until everything offered so far is written.
    pub(super) async fn flush(&self) {
        self.send_and_wait(Command::Flush).await;
    }

    /// Writes what waits and stops.
    pub(super) async fn close(&self) {
        self.send_and_wait(Command::Close).await;
    }

    async fn send_and_wait(&self, command: impl FnOnce(oneshot::Sender<()>) -> Command) {
        let (done, finished) = oneshot::channel();
        if self.commands.send(command(done)).await.is_ok() {
            let _ = finished.await;
        }
    }

    pub(super) fn counts(&self) -> KeptCounts {
        KeptCounts {
            kept: self.counters.kept.load(Ordering::Relaxed),
            dropped: self.counters.dropped.load(Ordering::Relaxed),
            failed: self.counters.failed.load(Ordering::Relaxed),
        }
    }
}

/// What was admitted in the current second: the second in the upper half, the count in the lower.
#[derive(Debug, Default)]
struct PerSecond(AtomicU64);

impl PerSecond {
    fn admits(&self, now: Timestamp, most: u64) -> bool {
        const COUNT: u64 = (1 << 32) - 1;
        let second = now.as_second().cast_unsigned() << 32;
        let counted = |state: u64| {
            let count = if state & !COUNT == second { state & COUNT } else { 0 };
            (count < most).then_some(second | (count + 1))
        };
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, counted).is_ok()
    }
}

/// Whether a report belongs to the sample of `share`, 0..=1. Decided by the id alone, mixed with the finaliser of
/// `SplitMix64` (Steele, Lea, Flood 2014) since ids of one millisecond follow each other.
fn sampled(id: Ulid, share: f64) -> bool {
    let bits = u128::from(id);
    // Both halves count: the time and the random bits.
    #[expect(clippy::cast_possible_truncation, reason = "the halves of the number are wanted")]
    let mut mixed = (bits as u64) ^ ((bits >> 64) as u64);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    ((mixed >> 11) as f64 / (1_u64 << 53) as f64) < share
}

fn cost(report: &Report) -> usize {
    let parts: usize = report.parts.iter().map(|part| part.text.len()).sum();
    let views: usize = report.views.iter().filter_map(|view| view.decoded.as_ref()).map(String::len).sum();
    parts.saturating_add(views)
}

fn kept_matches(answer: &Answer) -> Vec<KeptMatch> {
    let matches = answer.matches.iter().map(|found| KeptMatch {
        article: found.article.id.clone(),
        revision: found.article.revision,
        confidence: found.confidence.value(),
    });
    matches.collect()
}

struct Task {
    store: Arc<Store>,
    settings: KeepReports,
    clock: Clock,
    counters: Arc<Counters>,
    waiting: Arc<Waiting>,
}

impl Task {
    async fn run(self, mut queue: mpsc::Receiver<Command>) {
        let mut clean_up_at = Instant::now();
        let mut write_at: Option<Instant> = None;
        loop {
            let wake_at = write_at.unwrap_or(clean_up_at).min(clean_up_at);
            tokio::select! {
                biased;
                command = queue.recv() => {
                    self.write().await;
                    write_at = None;
                    match command {
                        Some(Command::Flush(done)) => drop(done.send(())),
                        Some(Command::Close(done)) => {
                            queue.close();
                            // What came in during the last write.
                            self.write().await;
                            let _ = done.send(());
                            return;
                        }
                        None => return,
                    }
                    continue;
                }
                () = self.waiting.ready.notified() => {
                    write_at.get_or_insert_with(|| Instant::now() + WAIT);
                    if self.waiting.count() < BATCH {
                        continue;
                    }
                }
                () = tokio::time::sleep_until(wake_at) => {}
            }
            self.write().await;
            write_at = None;
            if Instant::now() >= clean_up_at {
                self.clean_up().await;
                clean_up_at = Instant::now() + CLEAN_UP;
            }
        }
    }

    /// Redacts and writes what waits.
    async fn write(&self) {
        let batch = self.waiting.take();
        if batch.is_empty() {
            return;
        }
        let cost: usize = batch.iter().map(|offered| offered.cost).sum();
        let offered = batch.len() as u64;
        let most = self.settings.bytes;
        let redacted = tokio::task::spawn_blocking(move || {
            batch.into_iter().map(|offered| redacted(offered, most)).collect::<Vec<_>>()
        });
        let written = match redacted.await {
            Ok(reports) => self.store.add_reports(reports).await.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        self.counters.waiting_bytes.fetch_sub(cost, Ordering::Relaxed);
        match written {
            Ok(()) => self.counters.kept.fetch_add(offered, Ordering::Relaxed),
            Err(error) => {
                tracing::error!(%error, reports = offered, "reports could not be kept");
                self.counters.failed.fetch_add(offered, Ordering::Relaxed)
            }
        };
    }

    async fn clean_up(&self) {
        let age = jiff::SignedDuration::try_from(self.settings.age).unwrap_or(jiff::SignedDuration::MAX);
        let before = self.clock.now().checked_sub(age).unwrap_or(Timestamp::MIN);
        match self.store.delete_old_reports(Retention { before, most: self.settings.most }).await {
            Ok(0) => {}
            Ok(deleted) => tracing::info!(deleted, "deleted old reports"),
            Err(error) => tracing::error!(%error, "old reports could not be deleted"),
        }
    }
}

/// A report as it is kept. When redaction breaks down nothing of the report's text is.
fn redacted(offered: Offered, most: usize) -> KeptReport {
    let Offered { report, hints, .. } = &offered;
    let bytes: usize = report.parts.iter().map(|part| part.text.len()).sum();
    let texts = std::panic::catch_unwind(|| {
        let parts = (bytes <= most).then(|| redacted_parts(report));
        (parts, redacted_hints(hints))
    });
    let (parts, hints) = texts.unwrap_or_default();
    KeptReport {
        id: offered.id.to_string(),
        received_at: offered.received_at,
        outcome: offered.outcome,
        content_kind: content_kind(report).to_owned(),
        kb_version: offered.kb_version,
        engine_version: offered.engine_version,
        bytes: bytes as u64,
        parts,
        hints,
        matches: offered.matches,
    }
}

fn redacted_parts(report: &Report) -> Vec<KeptPart> {
    let texts = redact_report(report).into_iter();
    let parts = report.parts.iter().zip(texts).map(|(part, text)| KeptPart {
        // Keys of JSON and names of files are the sender's words too.
        address: redact_address(&part.address),
        kind: part.kind,
        text,
    });
    parts.collect()
}

fn redacted_hints(hints: &Hints) -> Hints {
    let text = |text: &Option<String>| text.as_deref().map(|text| redact(text).into_owned());
    Hints {
        product: text(&hints.product),
        version: text(&hints.version),
        route: text(&hints.route),
        status: hints.status,
        locale: text(&hints.locale),
    }
}

/// What kind of content a report came as.
fn content_kind(report: &Report) -> &'static str {
    match report.parts.first() {
        Some(part) if part.kind == PartKind::Html => "html",
        None => "text",
        Some(part) => match &part.address {
            PartAddress::Body => "text",
            PartAddress::Pointer(_) => "json",
            PartAddress::Form(_) => "form",
            PartAddress::File { .. } => "file",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_admits_so_many_and_the_next_as_many_again() {
        let (seconds, now) = (PerSecond::default(), Timestamp::from_second(1_800_000_000).unwrap());
        let admitted = |now: Timestamp| (0..10).filter(|_| seconds.admits(now, 3)).count();
        assert_eq!(admitted(now), 3);
        assert_eq!(admitted(now + jiff::SignedDuration::from_millis(999)), 0);
        assert_eq!(admitted(now + jiff::SignedDuration::from_secs(1)), 3);
    }

    #[test]
    fn the_sample_has_the_size_asked_for() {
        let ids = super::super::ids::Ids::new();
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let ids: Vec<Ulid> = (0..20_000).map(|_| ids.next(now)).collect();
        let share = |share| ids.iter().filter(|id| sampled(**id, share)).count();
        assert_eq!((share(0.0), share(1.0)), (0, ids.len()));
        let twentieth = share(0.05);
        assert!((800..1_200).contains(&twentieth), "{twentieth} of 20000");
    }
}
