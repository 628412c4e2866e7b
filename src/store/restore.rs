//! Putting a backup in the place of a database.
//!
//! The copy is written under a temporary name beside the database, checked there, and takes the database's name in one
//! step; so whenever this is cut short, the name is that of the old database or of the new one, whole. What `SQLite` keeps
//! beside a database is gone before that step: a log that a crash left would otherwise be read into the copy.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::backup::{Temporary, verify_open};
use super::files::{beside, folder_of, give_owner, is_same_file, private, real, remove, sync_folder};
use super::lock::DatabaseLock;
use super::open::{MIGRATOR, check_header, reader_options, schema_number, user_version};
use super::{SnapshotFile, StoreError, timestamp};

/// What is added to the name of the database that was in place.
const KEPT: &str = "-before-restore";
/// What is added to the name while the copy is written.
const NEW: &str = "-restoring";
/// Logs of `SQLite`: they belong to the database that they lie beside and hold changes that it does not.
const LOGS: [&str; 2] = ["-wal", "-journal"];
/// How long another program is waited for that has the database open: only as long as a commit takes.
const PATIENCE: Duration = Duration::from_millis(500);

/// What becomes of the database that is in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldDatabase {
    /// It stays under another name.
    Keep,
    /// It is gone.
    Discard,
}

/// What a restore did.
#[derive(Debug)]
pub struct Restored {
    /// Where the database is that was in place, if one was and is kept.
    pub kept: Option<PathBuf>,
    /// What was wrong with the database that was in place.
    pub damage: Option<String>,
    /// What the copy holds.
    pub holds: CopyContents,
    /// Schema number of this build, to which an older copy is brought by the next command.
    pub schema: i64,
}

/// What a backup holds, for whoever asks whether it is the right one.
#[derive(Debug)]
pub struct CopyContents {
    /// Its schema number.
    pub schema: i64,
    /// Articles that are neither deleted nor archived.
    pub articles: i64,
    /// When an article or a vote was last written; `None` when never.
    pub changed_at: Option<Timestamp>,
    /// Deliveries and replies that wait for a server to go on with them.
    pub waiting: i64,
}

/// Puts the backup `copy` in the place of `database`, which need not be there.
pub(super) async fn run(copy: &Path, database: &Path, old: OldDatabase) -> Result<Restored, StoreError> {
    let failed = |reason: String| StoreError::Restore { path: copy.to_owned(), reason };
    check_copy(copy, database)?;
    let database = &real(database);
    let busy = || failed(in_use(database));
    let folder = folder_of(database);
    if !folder.is_dir() {
        return Err(failed(format!("the folder {} does not exist", folder.display())));
    }
    let lock = DatabaseLock::alone(database)
        .map_err(|error| failed(format!("{} cannot be locked: {error}", database.display())))?;
    let _lock = lock.ok_or_else(busy)?;
    let kept = beside(database, KEPT);
    if old == OldDatabase::Keep && database.exists() && kept.exists() && !is_same_file(database, &kept) {
        return Err(failed(taken(database, &kept)));
    }
    let new = Incoming::write(copy, database).map_err(|error| failed(error.to_string()))?;
    let holds = inspect(&new.0, copy).await?;
    let in_place = settle(database).await.map_err(&failed)?;
    if old == OldDatabase::Discard && in_place.is_foreign() {
        let reason =
            format!("{} is no kbmatch database and is not thrown away; leave --discard out", database.display());
        return Err(failed(reason));
    }
    new.take_attributes(database).map_err(&failed)?;
    let keep = (old == OldDatabase::Keep && in_place.is_there()).then_some(kept.as_path());
    replace(&new.0, database, keep).map_err(|error| failed(error.to_string()))?;
    let kept = keep.map(Path::to_owned);
    Ok(Restored { kept, damage: in_place.damage(), holds, schema: schema_number(&MIGRATOR) })
}

fn in_use(database: &Path) -> String {
    format!(
        "another process has {} open; stop the server, let other commands end, and run this again",
        database.display()
    )
}

fn taken(database: &Path, kept: &Path) -> String {
    format!(
        "{} would be kept as {}, which exists already; move that away or delete it, or give --discard to keep nothing",
        database.display(),
        kept.display()
    )
}

/// What is seen of the copy without reading all of it.
fn check_copy(copy: &Path, database: &Path) -> Result<(), StoreError> {
    let failed = |reason: String| Err(StoreError::Restore { path: copy.to_owned(), reason });
    let file = match File::open(copy) {
        Ok(_) if copy.is_dir() => return failed("it is a folder; name a backup".to_owned()),
        Ok(file) => file,
        Err(error) => return failed(error.to_string()),
    };
    if is_same_file(copy, database) {
        return failed("it is the database itself".to_owned());
    }
    if file.metadata().is_ok_and(|about| about.len() == 0) {
        return failed("the file is empty".to_owned());
    }
    check_header(copy, file)?;
    let log = LOGS.map(|suffix| beside(copy, suffix)).into_iter().find(|log| log.metadata().is_ok_and(|l| l.len() > 0));
    match log {
        Some(log) => failed(format!(
            "it is not whole without {}, as of a database that is in use or broke off; make a backup of it with `kbmatch \
             backup --database sqlite://{}`",
            log.display(),
            copy.display()
        )),
        None => Ok(()),
    }
}

/// The copy under its temporary name; removed when dropped, which does nothing once it has the database's name.
struct Incoming(PathBuf);

impl Incoming {
    /// Copies the bytes and syncs them. What an earlier restore left is written over.
    fn write(copy: &Path, database: &Path) -> io::Result<Self> {
        let path = beside(database, NEW);
        remove(&path)?;
        let mut file = private().create_new(true).open(&path)?;
        let new = Self(path);
        io::copy(&mut File::open(copy)?, &mut file)?;
        file.sync_all()?;
        Ok(new)
    }

    /// Gives it owner and rights of the database in place, else the owner of the folder: an administrator restores for a
    /// server that runs as another user.
    fn take_attributes(&self, database: &Path) -> Result<(), String> {
        let Ok(about) = std::fs::metadata(database) else {
            // Only administrators can, and only they need to.
            let _ = give_owner(&self.0, folder_of(database));
            return Ok(());
        };
        let given = give_owner(&self.0, database);
        given.map_err(|error| {
            format!("{} belongs to another user; run this as that user ({error})", database.display())
        })?;
        std::fs::set_permissions(&self.0, about.permissions()).map_err(|error| error.to_string())
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Reads all of the copy, as it will be in place, and says what it holds.
async fn inspect(new: &Path, copy: &Path) -> Result<CopyContents, StoreError> {
    let failed = |reason: String| StoreError::Restore { path: copy.to_owned(), reason };
    let connecting = reader_options(new).immutable(true).connect().await;
    let mut connection = connecting.map_err(|error| failed(error.to_string()))?;
    let inspected = match verify_open(&mut connection).await {
        Ok(()) => contents(&mut connection).await.map_err(|error| failed(error.to_string())),
        Err(reason) => Err(failed(reason)),
    };
    // Nothing was written, so nothing can be lost.
    let _ = connection.close().await;
    let holds = inspected?;
    let known = schema_number(&MIGRATOR);
    if holds.schema > known {
        return Err(StoreError::NewerSchema { path: copy.to_owned(), found: holds.schema, known });
    }
    Ok(holds)
}

async fn contents(connection: &mut SqliteConnection) -> Result<CopyContents, sqlx::Error> {
    let schema = user_version(connection).await?;
    // Another schema may have other tables, and one that was never used has none.
    let articles = number(connection, "SELECT COUNT(*) FROM articles WHERE state = 'live'").await;
    let changed = number(connection, "SELECT changed_at FROM generation").await;
    let waiting = "SELECT (SELECT COUNT(*) FROM deliveries WHERE state IN ('received', 'failed'))
                        + (SELECT COUNT(*) FROM replies WHERE state IN ('queued', 'sending', 'retry_wait'))";
    let waiting = number(connection, waiting).await;
    let changed_at = (changed > 0).then(|| timestamp("generation", changed).ok()).flatten();
    Ok(CopyContents { schema, articles, changed_at, waiting })
}

async fn number(connection: &mut SqliteConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(connection).await.unwrap_or(0)
}

/// What has the database's name.
#[derive(Debug, PartialEq, Eq)]
enum InPlace {
    /// Nothing, or an empty file.
    Nothing,
    /// A database that is whole in its one file.
    Whole,
    /// What was a database, or something else; why `SQLite` cannot use it.
    Damaged { reason: String, foreign: bool },
}

impl InPlace {
    fn is_there(&self) -> bool {
        *self != Self::Nothing
    }

    fn is_foreign(&self) -> bool {
        matches!(self, Self::Damaged { foreign: true, .. })
    }

    fn damage(self) -> Option<String> {
        if let Self::Damaged { reason, .. } = self { Some(reason) } else { None }
    }
}

/// Folds the log into the database in place, which also tells whether any program has it open.
async fn settle(database: &Path) -> Result<InPlace, String> {
    let file = match File::open(database) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(InPlace::Nothing),
        Err(error) => return Err(format!("{}: {error}", database.display())),
    };
    if file.metadata().is_ok_and(|about| about.len() == 0) {
        return Ok(InPlace::Nothing);
    }
    if let Err(error) = check_header(database, file) {
        let StoreError::Foreign { found, .. } = &error else { return Err(error.to_string()) };
        // A header that was overwritten is a reason to restore; another application's database is a mistake.
        let is_others = found.contains("application");
        return if is_others {
            Err(error.to_string())
        } else {
            Ok(InPlace::Damaged { reason: found.clone(), foreign: true })
        };
    }
    match fold(database).await {
        Ok(()) => Ok(InPlace::Whole),
        // https://www.sqlite.org/rescode.html: 5 SQLITE_BUSY, 6 SQLITE_LOCKED, 11 SQLITE_CORRUPT, 26 SQLITE_NOTADB.
        Err(error) => match super::error::primary_code(&error) {
            Some(5 | 6) => Err(in_use(database)),
            Some(11 | 26) => Ok(InPlace::Damaged { reason: error.to_string(), foreign: false }),
            _ => Err(format!("{}: {error}", database.display())),
        },
    }
}

/// A database leaves write-ahead logging only when nobody else has it open, and then has no log any more.
async fn fold(database: &Path) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(database).create_if_missing(false).busy_timeout(PATIENCE);
    let mut connection = options.disable_statement_logging().connect().await?;
    let folded: Result<String, _> = sqlx::query_scalar("PRAGMA journal_mode = DELETE").fetch_one(&mut connection).await;
    connection.close().await?;
    match folded? {
        mode if mode.eq_ignore_ascii_case("delete") => Ok(()),
        mode => Err(sqlx::Error::Protocol(format!("SQLite stayed in mode {mode}"))),
    }
}

/// The step itself: `kept` is where what is in place goes.
fn replace(new: &Path, database: &Path, kept: Option<&Path>) -> io::Result<()> {
    if let Some(kept) = kept {
        second_name(database, kept)?;
    }
    // Logs are here only of a database that SQLite cannot use, or of one whose file is gone.
    for suffix in LOGS {
        let log = beside(database, suffix);
        match kept {
            Some(kept) if log.exists() => std::fs::rename(&log, beside(kept, suffix))?,
            _ => drop(remove(&log)?),
        }
    }
    remove(&beside(database, "-shm"))?;
    SnapshotFile::beside(database).remove()?;
    sync_folder(database)?;
    std::fs::rename(new, database)?;
    sync_folder(database)
}

/// Gives a file a second name; where the file system has no such thing, a copy.
fn second_name(file: &Path, name: &Path) -> io::Result<()> {
    match std::fs::hard_link(file, name) {
        // A restore was cut short after this step.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_same_file(file, name) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => copy_whole(file, name),
        Ok(()) => Ok(()),
    }
}

fn copy_whole(file: &Path, name: &Path) -> io::Result<()> {
    let temporary = Temporary::beside(name)?;
    std::fs::copy(file, temporary.path())?;
    std::fs::OpenOptions::new().write(true).open(temporary.path())?.sync_all()?;
    std::fs::rename(temporary.path(), name)
}
