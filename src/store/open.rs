//! Opening a database: is the file ours, can it be written, is its schema current.
//!
//! Nothing is changed before the file is known to be ours. A database with an older schema is backed up before it is
//! migrated, and all pending migrations run in one transaction, so that an interrupted one leaves the old schema.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::files::{beside, private};
use super::{StoreError, backup};

/// The migrations of this build.
pub(super) static MIGRATOR: Migrator = sqlx::migrate!("./migrations");

/// "kbma" in ASCII: marks a file as ours (<https://www.sqlite.org/fileformat.html>, offset 68).
pub(super) const APPLICATION_ID: u32 = 0x6b62_6d61;

/// Older versions can lose a committed write in WAL mode when one connection checkpoints while another writes.
const LEAST_SQLITE: &str = "3.51.3";

/// How long a statement waits for another process's lock; an import of a large folder holds it for seconds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens or migrates the database at `path`, which [`prepare_file`] has seen, and gives its one writing connection.
pub(super) async fn open_writer(
    path: &Path,
    migrator: &Migrator,
    now: Timestamp,
) -> Result<SqliteConnection, StoreError> {
    let unreadable = |source: sqlx::Error| StoreError::Open { path: path.to_owned(), reason: source.to_string() };
    let mut connection = writer_options(path).connect().await.map_err(unreadable)?;
    check_sqlite_version(&mut connection).await?;
    let known = schema_number(migrator);
    let found = user_version(&mut connection).await.map_err(unreadable)?;
    if found > known {
        return Err(StoreError::NewerSchema { path: path.to_owned(), found, known });
    }
    claim(path, &mut connection).await?;
    if found == 0 {
        migrate(&mut connection, migrator).await?;
    } else if found < known {
        let copy = backup_path(path, known, now);
        tracing::info!(backup = %copy.display(), from = found, to = known, "backing up before migrating");
        backup::write(path, &copy).await?;
        if let Err(error) = migrate(&mut connection, migrator).await {
            // Nothing changed, and a service that is started again and again must not fill the disk.
            let _ = std::fs::remove_file(&copy);
            return Err(error);
        }
    }
    Ok(connection)
}

/// Options of a connection that can only read.
pub(super) fn reader_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_TIMEOUT).disable_statement_logging()
}

/// The busy time-out is set when the connection opens, before any pragma runs.
fn writer_options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        // Pages in the log before they are copied into the file, 32 MB: pages that are written again and again are copied
        // once, and the file is waited for less often. The usual 1000 pages hold a few hundred deliveries.
        .pragma("wal_autocheckpoint", "8000")
        // Rows that may wait on their way from the database's thread: a whole batch, or the thread would wait for each.
        .row_buffer_size(512)
        // What is deleted is overwritten: a report that somebody asked to be gone does not stay in free pages.
        .pragma("secure_delete", "ON")
        // KiB: the pages that a busy inbox touches again and again, instead of the 2 MB that are usual.
        .pragma("cache_size", "-32768")
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

/// Makes the file when it is missing, and refuses what is no database of ours.
pub(super) fn prepare_file(path: &Path) -> Result<(), StoreError> {
    let refuse = |reason: String| Err(StoreError::Open { path: path.to_owned(), reason });
    if path.is_dir() {
        return refuse("it is a folder; name a file".to_owned());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return refuse(format!("the folder {} does not exist; create it first", folder.display()));
    }
    match private().read(true).create(true).truncate(false).open(path) {
        Ok(file) => check_header(path, file),
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
            refuse("this user may not read and write it and its folder".to_owned())
        }
        Err(error) => refuse(error.to_string()),
    }
}

/// Reads the header by hand, since opening a foreign database with `SQLite` may already change its files.
pub(super) fn check_header(path: &Path, file: std::fs::File) -> Result<(), StoreError> {
    let mut header = Vec::new();
    file.take(100)
        .read_to_end(&mut header)
        .map_err(|error| StoreError::Open { path: path.to_owned(), reason: error.to_string() })?;
    if header.is_empty() {
        return Ok(());
    }
    let foreign = |found: &str| Err(StoreError::Foreign { path: path.to_owned(), found: found.to_owned() });
    if !header.starts_with(b"SQLite format 3\0") {
        return foreign("it is no SQLite file");
    }
    let id = header.get(68..72).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).map(u32::from_be_bytes);
    match id {
        Some(APPLICATION_ID) => Ok(()),
        Some(0) => foreign("an SQLite database without an application id"),
        Some(other) => foreign(&format!("an SQLite database of another application, id {other:#010x}")),
        None => foreign("a cut-off SQLite file"),
    }
}

async fn check_sqlite_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("asking for SQLite's version"))?;
    if is_older(&found, LEAST_SQLITE) { Err(StoreError::OldSqlite { found, least: LEAST_SQLITE }) } else { Ok(()) }
}

fn is_older(version: &str, least: &str) -> bool {
    let numbers = |text: &str| text.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    numbers(version) < numbers(least)
}

/// The schema number in the file.
pub(super) async fn user_version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("PRAGMA user_version").fetch_one(connection).await
}

/// Marks the file as ours and turns WAL on. The mark is written first, while the file still has a rollback journal, so
/// that it is always in the file itself and never only in the log.
async fn claim(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let doing = "setting up the database file";
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    if id != i64::from(APPLICATION_ID) {
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA application_id = {APPLICATION_ID}")))
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql(doing))?;
    }
    // The change to WAL needs a lock that the busy time-out does not wait for, when two processes create the file.
    for attempt in 0.. {
        let mode: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await;
        match mode.map_err(StoreError::sql(doing)) {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(mode) => {
                let reason = format!("its folder does not support write-ahead logging (SQLite stayed in mode {mode})");
                return Err(StoreError::Open { path: path.to_owned(), reason });
            }
            Err(StoreError::Busy { .. }) if attempt < 100 => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The schema number of a build: how many migrations it has.
pub(super) fn schema_number(migrator: &Migrator) -> i64 {
    i64::try_from(migrator.iter().count()).unwrap_or(i64::MAX)
}

async fn migrate(connection: &mut SqliteConnection, migrator: &Migrator) -> Result<(), StoreError> {
    let doing = "bringing the database to the current schema";
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(StoreError::sql(doing))?;
    let known = schema_number(migrator);
    // Another process may have migrated while this one waited for the lock.
    if user_version(&mut transaction).await.map_err(StoreError::sql(doing))? < known {
        migrator.run_direct(None, &mut *transaction, false).await?;
        sqlx::raw_sql(AssertSqlSafe(format!("PRAGMA user_version = {known}")))
            .execute(&mut *transaction)
            .await
            .map_err(StoreError::sql(doing))?;
    }
    transaction.commit().await.map_err(StoreError::sql(doing))
}

fn backup_path(path: &Path, schema: i64, now: Timestamp) -> PathBuf {
    beside(path, &format!(".before-schema-{schema}-{}", now.strftime("%Y%m%dT%H%M%S%.6fZ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_compare_by_number_not_by_letter() {
        assert!(is_older("3.51.2", LEAST_SQLITE));
        assert!(is_older("3.9.9", LEAST_SQLITE));
        assert!(!is_older("3.51.3", LEAST_SQLITE));
        assert!(!is_older("3.60.0", LEAST_SQLITE));
        assert!(!is_older("4.0.0", LEAST_SQLITE));
    }
}
