//! The one connection that writes, owned by one task.
//!
//! Callers send jobs over a bounded channel. A job that has been taken runs to its end whether or not its caller still
//! waits, so that a request that is dropped never leaves a write half-way. Every job is one `BEGIN IMMEDIATE`
//! transaction. The writer alone checkpoints: `SQLite` does it while writing, and when idle the log is cut to nothing.

use std::time::{Duration, Instant};

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

enum Command {
    Run(Job),
    Close(oneshot::Sender<()>),
}

/// Sends jobs to the writing task.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    commands: mpsc::Sender<Command>,
    timings: StoreTimings,
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
        tokio::spawn(run(connection, queue));
        Self { commands, timings }
    }

    /// Runs `job` in a transaction of its own; keeps its changes when it returns `Ok`.
    pub(super) async fn write<T, E, F>(&self, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        self.write_ending(Ending::Commit, job).await
    }

    /// As [`write`](Self::write), with a say in what becomes of the changes.
    pub(super) async fn write_ending<T, E, F>(&self, ending: Ending, job: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, E>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let (timings, asked) = (self.timings.clone(), Instant::now());
        let command = Command::Run(Box::new(move |connection| {
            Box::pin(async move {
                let started = Instant::now();
                timings.waited(started - asked);
                let result = transact(connection, ending, job).await;
                timings.wrote(started.elapsed());
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

async fn run(mut connection: SqliteConnection, mut queue: mpsc::Receiver<Command>) {
    let mut written = false;
    loop {
        let command = if written {
            let Ok(command) = tokio::time::timeout(IDLE, queue.recv()).await else {
                cut_log(&mut connection).await;
                written = false;
                continue;
            };
            command
        } else {
            queue.recv().await
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
