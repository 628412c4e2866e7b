//! Who has the database open. Every store holds a shared lock on a file beside its database, and whoever puts another
//! database in its place holds it alone.
//!
//! The lock is the system's and ends with the process that holds it, however that ends. The file that carries it says
//! nothing by being there and is never removed: two processes could otherwise lock two files of one name.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::StoreError;
use super::files::{beside, folder_of, give_owner, private, real};

/// What is added to the database's name.
const SUFFIX: &str = "-lock";

/// A lock on a database; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct DatabaseLock {
    _file: Option<File>,
}

impl DatabaseLock {
    /// The lock of one who uses the database, as others may at the same time. Where files cannot be locked the database
    /// is used without, since only a restore asks for the lock.
    pub(super) fn shared(database: &Path) -> Result<Self, StoreError> {
        let refused = |error: io::Error| {
            tracing::warn!(%error, file = %path_of(database).display(), "not locked: a restore would not notice this process");
            Ok(Self { _file: None })
        };
        let file = match open(database) {
            Ok(file) => file,
            Err(error) => return refused(error),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::Error(error)) => refused(error),
            Err(TryLockError::WouldBlock) => {
                let reason = "another process is restoring it just now; try again when that is done".to_owned();
                Err(StoreError::Open { path: database.to_owned(), reason })
            }
        }
    }

    /// The lock of one who replaces the database; `None` when another process uses it.
    pub(super) fn alone(database: &Path) -> io::Result<Option<Self>> {
        let file = open(database)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: Some(file) })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn path_of(database: &Path) -> PathBuf {
    beside(&real(database), SUFFIX)
}

fn open(database: &Path) -> io::Result<File> {
    let path = path_of(database);
    let file = private().read(true).create(true).truncate(false).open(&path)?;
    // Of use to a server that runs as another user than the administrator who came first; only administrators can.
    let _ = give_owner(&path, if database.exists() { database } else { folder_of(database) });
    Ok(file)
}
