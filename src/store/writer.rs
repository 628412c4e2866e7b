//! The one connection that writes, owned by one task.
//!
//! Callers send jobs over a bounded channel. A job that has been taken runs to its end whether or not its caller still
//! waits, so that a request that is dropped never leaves a write half-way. Every job is one `BEGIN IMMEDIATE`
//! transaction. The writer alone checkpoints: `SQLite` does it while writing, and when idle the log is cut to nothing.
//! Once the disk took no write, the writer tries a small one again and again, so that it is known when it does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use futures_util::future::BoxFuture;
use sqlx::{Connection as _, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::StoreError;
use crate::telemetry::StoreTimings;

/// Jobs that may wait; a caller beyond that waits for its turn to queue.
const QUEUE: usize = 256;

/// After this long without a write the log is cut.
const IDLE: Duration = Duration::from_secs(5);

/// A transaction and the sending of its result.
type Job = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

/// Time between two attempts to write while none succeeds.
const ATTEMPTS: Duration = Duration::from_secs(2);

/// Errors of jobs.
pub(super) trait JobError: From<StoreError> {
    /// The failure of the store, if it is one and not a refusal of what was asked.
    fn of_store(&self) -> Option<&StoreError>;
}

impl JobError for StoreError {
    fn of_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}

/// Why the disk took no write, from the first one that failed to the next one that succeeds.
#[derive(Debug, Clone, Default)]
pub(super) struct WriteFailure(Arc<ArcSwapOption<String>>);

impl WriteFailure {
    pub(super) fn reason(&self) -> Option<Arc<String>> {
        self.0.load_full()
    }

    fn note(&self, error: &StoreError) {
        if error.is_of_storage() && self.0.swap(Some(Arc::new(error.to_string()))).is_none() {
            tracing::error!(%error, "the database takes no writes; the server is not ready until it does");
        }
    }

    fn end(&self) {
        if self.0.swap(None).is_some() {
            tracing::info!("the database takes writes again");
        }
    }
}

enum Command {
    Run(Job),
    Close(oneshot::Sender<()>),
}

/// Sends jobs to the writing task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    timings: StoreTimings,
    failure: WriteFailure,
}

/// What becomes of a job's changes when it succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// They are kept.
    Commit,
    /// They are undone: the job only wanted to know.
    RollBack,
}

impl Writer {
    pub(super) fn start(connection: SqliteConnection, timings: StoreTimings) -> Self {
        let (commands, queue) = mpsc::channel(QUEUE);
        let failure = WriteFailure::default();
        tokio::spawn(run(connection, queue, failure.clone()));
        Self { commands, timings, failure }
    }

    /// Why writes fail now, if they do.
    pub(super) fn failure(&self) -> Option<Arc<String>> {
        self.failure.reason()
    }

    /// Runs `job` in a transaction of its own; keeps its changes when it returns `Ok`.
    pub(super) async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        self.write_ending(Ending::Commit, job).await
    }

    /// As [`write`](Self::write), with a say in what becomes of the changes.
    pub(super) async fn write_ending<T, E, F>(&self, ending: Ending, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: JobError + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (timings, failure, asked) = (self.timings.clone(), self.failure.clone(), Instant::now());
        let command = Command::Run(Box::new(move |connection| {
            Box::pin(async move {
                let started = Instant::now();
                timings.waited(started - asked);
                let result = transact(connection, ending, job).await;
                timings.wrote(started.elapsed());
                if let Some(error) = result.as_ref().err().and_then(JobError::of_store) {
                    failure.note(error);
                }
                // The caller may have gone; what was written stays written.
                let _ = answer.send(result);
            })
        }));
        self.commands.send(command).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }

    /// Runs what is queued, closes the connection and, when no other process has the database open, folds the log into
    /// the file.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// One transaction, in plain statements: `SQLite` ends a transaction by itself when the disk is full, and sqlx's own count
/// of open transactions would not notice and refuse every later one.
async fn transact<T, E, F>(connection: &mut SqliteConnection, ending: Ending, job: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>>,
{
    sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *connection).await.map_err(StoreError::sql("starting a write"))?;
    let mut result = job(&mut *connection).await;
    if result.is_ok() && ending == Ending::Commit {
        let committed = sqlx::raw_sql("COMMIT").execute(&mut *connection).await;
        match committed {
            Ok(_) => return result,
            Err(error) => result = Err(StoreError::sql("committing a write")(error).into()),
        }
    }
    // It fails only when SQLite has undone the transaction already.
    let _ = sqlx::raw_sql("ROLLBACK").execute(connection).await;
    result
}

async fn run(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Command>, failure: WriteFailure) {
    let mut written = false;
    let mut attempt_at = None;
    loop {
        let due = if failure.reason().is_some() {
            Some(*attempt_at.get_or_insert_with(|| Instant::now() + ATTEMPTS))
        } else {
            attempt_at = None;
            written.then(|| Instant::now() + IDLE)
        };
        let command = tokio::select! {
            biased;
            () = until(due) => {
                if attempt_at.take().is_some() {
                    attempt(&mut connection, &failure).await;
                } else {
                    cut_log(&mut connection).await;
                    written = false;
                }
                continue;
            }
            command = queue.recv() => command,
        };
        match command {
            Some(Command::Run(job)) => {
                job(&mut connection).await;
                written = true;
            }
            Some(Command::Close(done)) => {
                queue.close();
                while let Some(command) = queue.recv().await {
                    if let Command::Run(job) = command {
                        job(&mut connection).await;
                    }
                }
                close(connection).await;
                let _ = done.send(());
                return;
            }
            None => return close(connection).await,
        }
    }
}

/// Waits until then; forever without a time.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

/// Writes a page as it is, and notes whether that was possible. What other jobs say is no sign: one that changes nothing
/// succeeds on a full disk, too. The log is cut before, which may make the room that is missing.
async fn attempt(connection: &mut SqliteConnection, failure: &WriteFailure) {
    cut_log(connection).await;
    let written: Result<(), StoreError> = transact(connection, Ending::Commit, |connection| {
        Box::pin(async move {
            let same = sqlx::query("UPDATE generation SET number = number").execute(connection).await;
            same.map(drop).map_err(StoreError::sql("trying to write"))
        })
    })
    .await;
    match written {
        Ok(()) => failure.end(),
        Err(error) => failure.note(&error),
    }
}

async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the database did not close cleanly; it recovers on the next start");
    }
}

/// Cuts the log while nobody writes. It gives way to readers at once: a later attempt does as well.
async fn cut_log(connection: &mut SqliteConnection) {
    let cut = sqlx::raw_sql("PRAGMA busy_timeout = 50; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA busy_timeout = 30000;")
        .execute(connection)
        .await;
    if let Err(error) = cut {
        tracing::debug!(%error, "the write-ahead log was not cut");
    }
}
