//! Copies of the whole database, made while it is in use.
//!
//! `VACUUM INTO` does not sync and can leave a broken file when it is interrupted, so the copy is written under a
//! temporary name, checked, synced and only then given its own name. An existing file is never overwritten.

use std::path::{Path, PathBuf};

use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

use super::StoreError;
use super::files::{beside, private, sync_folder};
use super::open::{APPLICATION_ID, reader_options};

/// Writes a copy of the database at `source` to `target` and checks it. Refuses when `target` exists.
pub(super) async fn write(source: &Path, target: &Path) -> Result<(), StoreError> {
    let failed = |reason: String| StoreError::Backup { path: target.to_owned(), reason };
    if target.exists() {
        return Err(failed("the file exists already and is not overwritten".to_owned()));
    }
    if let Some(folder) = target.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists()) {
        return Err(failed(format!("the folder {} does not exist", folder.display())));
    }
    let temporary = Temporary::beside(target).map_err(|error| failed(error.to_string()))?;
    copy(source, &temporary.0).await.map_err(|error| failed(error.to_string()))?;
    verify(&temporary.0).await.map_err(&failed)?;
    publish(&temporary.0, target).map_err(|error| failed(error.to_string()))
}

/// The file under its temporary name; removed when dropped, whatever happened.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    /// Made empty beforehand, so that it is private from the start.
    pub(super) fn beside(target: &Path) -> std::io::Result<Self> {
        let path = beside(target, &format!(".{}.partial", ulid::Ulid::generate()));
        private().create_new(true).open(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // It is gone already when the backup succeeded.
        let _ = std::fs::remove_file(&self.0);
    }
}

async fn copy(source: &Path, target: &Path) -> Result<(), sqlx::Error> {
    let mut connection = reader_options(source).connect().await?;
    let name = target.to_str().ok_or_else(|| sqlx::Error::Protocol("the file's name is not UTF-8".to_owned()))?;
    let copied = sqlx::query("VACUUM INTO ?").bind(name).execute(&mut connection).await;
    connection.close().await?;
    copied.map(drop)
}

/// Opens the copy as a restore would and reads all of it.
async fn verify(path: &Path) -> Result<(), String> {
    let mut connection = reader_options(path).immutable(true).connect().await.map_err(|error| error.to_string())?;
    let checked = verify_open(&mut connection).await;
    connection.close().await.map_err(|error| error.to_string())?;
    checked
}

/// Reads all of an open copy.
pub(super) async fn verify_open(connection: &mut SqliteConnection) -> Result<(), String> {
    let verdict: String = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| error.to_string())?;
    if verdict != "ok" {
        return Err(format!("the copy failed its integrity check: {verdict}"));
    }
    let id: i64 = sqlx::query_scalar("PRAGMA application_id")
        .fetch_one(&mut *connection)
        .await
        .map_err(|error| error.to_string())?;
    if id == i64::from(APPLICATION_ID) { Ok(()) } else { Err("the copy lost its application id".to_owned()) }
}

/// Syncs the copy and gives it its name in one step that fails when the name is taken.
fn publish(temporary: &Path, target: &Path) -> std::io::Result<()> {
    std::fs::OpenOptions::new().write(true).open(temporary)?.sync_all()?;
    match std::fs::hard_link(temporary, target) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(error),
        // Some file systems have no hard links.
        Err(_) if !target.exists() => std::fs::rename(temporary, target)?,
        Err(error) => return Err(error),
    }
    sync_folder(target)
}
