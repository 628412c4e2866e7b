//! All SQL: articles with every revision, reports, feedback, and the generation of the knowledge base, in `SQLite`.
//!
//! One task owns the one connection that writes; reads go to a pool of read-only connections. Rows become domain types
//! here. The store knows nothing of matching and keeps whatever text it is given; redaction comes before.

mod articles;
mod backup;
mod check;
mod conflicts;
mod delivery;
mod edit;
mod error;
mod feedback;
mod files;
mod generation;
mod import;
mod keys;
mod lock;
mod open;
mod ownership;
mod reports;
mod restore;
mod snapshot_file;
mod types;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

pub use articles::{Changes, Current, CurrentRevision};
pub use conflicts::Conflict;
pub use delivery::{
    Budget, DELIVERY_STATES, Decide, Decision, DeliveryFilter, DeliveryRow, Kept, LeasedDelivery, Levels, Mute,
    NewDelivery, Pause, ReplyFilter, ReplyResult, ReplyRow, Settlement, Stored, TicketState, Want,
};
pub use edit::{EditError, Expected, Put, Written};
pub use error::StoreError;
pub use feedback::{Feedback, FeedbackFilter, RevisionVotes};
pub use import::{Action, Batch, Folders, ImportFile, ImportOutcome, Imported, OnConflict};
pub use reports::{KeptMatch, KeptPart, KeptReport, Retention};
pub use restore::{CopyContents, OldDatabase, Restored};
pub use snapshot_file::{KeptSections, SnapshotFile};
pub use types::{ArticleRow, ArticleState, Author, Digest, Origin, Revision, SignatureRow, Text, etag};

use crate::access::{ApiKey, KeyId};
use crate::article::Slug;
use crate::telemetry::StoreTimings;
use lock::DatabaseLock;
use writer::{Ending, Writer};

/// Connections that read.
const READERS: u32 = 4;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// This file, created when it is not there.
    File(PathBuf),
    /// A file of its own that is gone when the store is dropped, for throw-away work.
    Temporary,
}

/// An open database.
#[derive(Debug)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    path: PathBuf,
    timings: StoreTimings,
    // Dropped last, after the connections.
    _lock: DatabaseLock,
    _temporary: Option<TemporaryFolder>,
}

impl Store {
    /// Opens the database, creates it when it is not there, and brings it to the current schema; an existing one is
    /// backed up beside itself before that. Refuses files of other applications and of newer versions. Must be called
    /// in a tokio runtime, which then runs the writing task.
    pub async fn open(location: &Location, now: Timestamp) -> Result<Self, StoreError> {
        Self::open_with(location, &open::MIGRATOR, now).await
    }

    async fn open_with(location: &Location, migrator: &Migrator, now: Timestamp) -> Result<Self, StoreError> {
        let (path, temporary) = match location {
            Location::File(path) => (path.clone(), None),
            Location::Temporary => {
                let folder = TemporaryFolder::create()?;
                (folder.0.join("kbmatch.db"), Some(folder))
            }
        };
        open::prepare_file(&path)?;
        let lock = DatabaseLock::shared(&path)?;
        let connection = open::open_writer(&path, migrator, now).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .test_before_acquire(false)
            .connect_lazy_with(open::reader_options(&path));
        let timings = StoreTimings::default();
        let writer = Writer::start(connection, timings.clone());
        Ok(Self { writer, readers, path, timings, _lock: lock, _temporary: temporary })
    }

    /// How long writes and reads took.
    pub fn timings(&self) -> &StoreTimings {
        &self.timings
    }

    /// Why the database takes no writes now, if it takes none: its disk is full, or fails. Known from the first write that
    /// failed; a small write is tried every two seconds from then on until one succeeds.
    pub fn write_failure(&self) -> Option<Arc<String>> {
        self.writer.failure()
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finishes what is queued, closes every connection and folds the log into the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// A connection that notices commits of others cheaply.
    pub async fn watch(&self) -> Result<Watch, StoreError> {
        let connection = open::reader_options(&self.path)
            .connect()
            .await
            .map_err(StoreError::sql("opening a connection to watch for changes"))?;
        Ok(Watch { connection, seen: None })
    }

    /// The row of an article, deleted or not.
    pub async fn article(&self, id: &Slug) -> Result<Option<ArticleRow>, StoreError> {
        articles::find(&mut *self.reader().await?, id).await
    }

    /// An article and its current text, read at one moment; deleted ones too.
    pub async fn article_with_text(&self, id: &Slug) -> Result<Option<(ArticleRow, Revision)>, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        let Some(row) = articles::find(&mut transaction, id).await? else { return Ok(None) };
        let revision = articles::revision(&mut transaction, id, row.revision).await?;
        Ok(revision.map(|revision| (row, revision)))
    }

    /// The articles that files own, by id, deleted ones too.
    pub async fn articles_owned_by_files(&self) -> Result<Vec<ArticleRow>, StoreError> {
        articles::owned_by_files(&mut *self.reader().await?).await
    }

    /// One revision.
    pub async fn revision(&self, id: &Slug, revision: u32) -> Result<Option<Revision>, StoreError> {
        articles::revision(&mut *self.reader().await?, id, revision).await
    }

    /// All revisions of an article, oldest first; none when there never was such an article.
    pub async fn revisions(&self, id: &Slug) -> Result<Vec<Revision>, StoreError> {
        articles::revisions(&mut *self.reader().await?, id).await
    }

    /// What changed after generation `since` (0: everything), read at one moment.
    pub async fn changed_since(&self, since: u64) -> Result<Changes, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        articles::changed_since(&mut transaction, since).await
    }

    /// Every article's current revision without its text, and the votes, read at one moment.
    pub async fn current(&self) -> Result<Current, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        articles::current(&mut transaction).await
    }

    /// The current revisions of some articles, by id. A damaged one is an error of its own.
    pub async fn current_of(&self, ids: &[Slug]) -> Result<Vec<Result<Revision, StoreError>>, StoreError> {
        articles::current_of(&mut *self.reader().await?, ids).await
    }

    /// The revisions that were current at generation `at`, by id.
    pub async fn current_at(&self, at: u64) -> Result<Vec<Revision>, StoreError> {
        articles::current_at(&mut *self.reader().await?, at).await
    }

    /// The current generation; 0 before the first write.
    pub async fn generation(&self) -> Result<u64, StoreError> {
        generation::current(&mut *self.reader().await?).await
    }

    /// Writes an article through the API; a dry run only says what would come of it.
    pub async fn put(&self, put: Put, dry_run: bool) -> Result<Written, EditError> {
        self.writer
            .write_ending(ending(dry_run), move |connection| Box::pin(async move { edit::put(connection, &put).await }))
            .await
    }

    /// Deletes an article through the API; a dry run only says what would come of it.
    pub async fn delete(
        &self,
        id: Slug,
        expected: Expected,
        author: Author,
        dry_run: bool,
    ) -> Result<Written, EditError> {
        self.writer
            .write_ending(ending(dry_run), move |connection| {
                Box::pin(async move { edit::delete(connection, &id, &expected, &author).await })
            })
            .await
    }

    /// Imports files, all or nothing; a dry run only says what would come of it.
    pub async fn import(&self, batch: Batch, dry_run: bool) -> Result<ImportOutcome, StoreError> {
        self.writer
            .write_ending(ending(dry_run), move |connection| {
                Box::pin(async move { import::apply(connection, &batch).await })
            })
            .await
    }

    /// Import conflicts, open ones first.
    pub async fn conflicts(&self) -> Result<Vec<Conflict>, StoreError> {
        conflicts::list(&mut *self.reader().await?).await
    }

    /// Writes reports; they must be redacted.
    pub async fn add_reports(&self, reports: Vec<KeptReport>) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { reports::add(connection, &reports).await })).await
    }

    /// A kept report.
    pub async fn report(&self, id: &str) -> Result<Option<KeptReport>, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        reports::find(&mut transaction, id).await
    }

    /// The newest kept reports, at most `most`.
    pub async fn newest_reports(&self, most: u32) -> Result<Vec<KeptReport>, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        reports::newest(&mut transaction, most).await
    }

    /// Deletes a report and what hangs on it; gives whether there was anything.
    pub async fn delete_report(&self, id: String) -> Result<bool, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { reports::delete(connection, &id).await })).await
    }

    /// Deletes reports beyond `retention` in slices, other writes in between, and gives how many went.
    pub async fn delete_old_reports(&self, retention: Retention) -> Result<u64, StoreError> {
        let mut deleted = 0;
        loop {
            let slice = self
                .writer
                .write(move |connection| Box::pin(async move { reports::delete_slice(connection, retention).await }))
                .await?;
            if slice == 0 {
                return Ok(deleted);
            }
            deleted += slice;
        }
    }

    /// Writes feedback; its comment must be redacted.
    /// Gives the generation that counts it.
    pub async fn add_feedback(&self, feedback: Feedback) -> Result<u64, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { feedback::add(connection, &feedback).await })).await
    }

    /// Writes a vote, which takes the place of an earlier one by the same person on the same report; gives the one that
    /// holds, and the generation that counts it. Its comment must be redacted.
    pub async fn vote(&self, vote: Feedback) -> Result<(Feedback, u64), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { feedback::vote(connection, vote).await })).await
    }

    /// Takes feedback back, and gives the generation that no longer counts it; `None` when there is none with this id.
    pub async fn withdraw_feedback(&self, id: String, now: Timestamp) -> Result<Option<(Feedback, u64)>, StoreError> {
        self.writer
            .write(move |connection| Box::pin(async move { feedback::withdraw(connection, &id, now).await }))
            .await
    }

    /// One word of feedback.
    pub async fn feedback_of(&self, id: &str) -> Result<Option<Feedback>, StoreError> {
        feedback::find(&mut *self.reader().await?, id).await
    }

    /// The votes that held at generation `at`.
    pub async fn votes_at(&self, at: u64) -> Result<Vec<RevisionVotes>, StoreError> {
        feedback::votes(&mut *self.reader().await?, at).await
    }

    /// Feedback, newest first, at most `most`.
    pub async fn feedback(&self, filter: &FeedbackFilter, most: u32) -> Result<Vec<Feedback>, StoreError> {
        feedback::list(&mut *self.reader().await?, filter, most).await
    }

    /// Writes a new key.
    pub async fn add_key(&self, key: ApiKey) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { keys::add(connection, &key).await })).await
    }

    /// Every key, oldest first, revoked ones too.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, StoreError> {
        keys::list(&mut *self.reader().await?).await
    }

    /// Revokes a key; `None` when there is none with this id.
    pub async fn revoke_key(&self, id: KeyId, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        self.writer.write(move |connection| Box::pin(async move { keys::revoke(connection, &id, now).await })).await
    }

    /// Writes when keys were last used.
    pub async fn touch_keys(&self, used: Vec<(KeyId, Timestamp)>) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { keys::touch(connection, &used).await })).await
    }

    /// Whether the database at `path` holds a key that can be used. Changes nothing; the file may be missing.
    pub async fn any_active_key(path: &Path, now: Timestamp) -> Result<bool, StoreError> {
        keys::any_active(path, now).await
    }

    /// Writes a checked copy of the database to `target`; refuses when that exists.
    pub async fn backup(&self, target: &Path) -> Result<(), StoreError> {
        backup::write(&self.path, target).await
    }

    /// Puts the backup `copy`, which is checked first, in the place of the database at `path`, which need not be there and
    /// which no process may have open.
    pub async fn restore(copy: &Path, path: &Path, old: OldDatabase) -> Result<Restored, StoreError> {
        restore::run(copy, path, old).await
    }

    /// Everything that is wrong with the database, in words; empty when nothing is. Reads all of it.
    pub async fn check(&self) -> Result<Vec<String>, StoreError> {
        let mut transaction = self.readers.begin().await.map_err(StoreError::sql("starting to read"))?;
        check::run(&mut transaction).await
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<sqlx::Sqlite>, StoreError> {
        let asked = std::time::Instant::now();
        let reader = self.readers.acquire().await.map_err(StoreError::sql("waiting for a connection to read"));
        self.timings.waited_to_read(asked.elapsed());
        reader
    }
}

/// Notices that anybody, another process too, committed to the database.
#[derive(Debug)]
pub struct Watch {
    connection: SqliteConnection,
    seen: Option<i64>,
}

impl Watch {
    /// The generation when anything was committed since the last call (always on the first one), else `None`. Costs a
    /// few microseconds when nothing was.
    pub async fn poll(&mut self) -> Result<Option<u64>, StoreError> {
        // Changes when another connection commits: https://www.sqlite.org/pragma.html#pragma_data_version
        let version: i64 = sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.connection)
            .await
            .map_err(StoreError::sql("watching for changes"))?;
        if self.seen == Some(version) {
            return Ok(None);
        }
        let generation = generation::current(&mut self.connection).await?;
        self.seen = Some(version);
        Ok(Some(generation))
    }

    /// Takes what was seen last for not seen.
    pub fn forget(&mut self) {
        self.seen = None;
    }

    /// Closes the connection.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "the watching connection did not close cleanly");
        }
    }
}

fn ending(dry_run: bool) -> Ending {
    if dry_run { Ending::RollBack } else { Ending::Commit }
}

/// A number from a column, in the range of its type.
fn number<T: TryFrom<i64>>(table: &'static str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|_| StoreError::Unreadable { table, value: value.to_string() })
}

/// A time from a column of microseconds.
fn timestamp(table: &'static str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| StoreError::Unreadable { table, value: microseconds.to_string() })
}

/// A folder that is removed when dropped.
#[derive(Debug)]
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn create() -> Result<Self, StoreError> {
        let path = std::env::temp_dir().join(format!("kbmatch-{}", ulid::Ulid::generate()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt as _;
            builder.mode(0o700);
        }
        builder.create(&path).map_err(|error| StoreError::Open { path: path.clone(), reason: error.to_string() })?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // What cannot be removed is left to the system's own cleaning.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
