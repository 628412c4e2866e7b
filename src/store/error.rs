//! What can go wrong in the store.

use std::path::PathBuf;

use crate::article::Slug;

/// A failure of the store, saying what was being done to what.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened or created, for a reason the user can act on.
    #[error("cannot open the database {}: {reason}", path.display())]
    Open {
        /// The database file.
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The file belongs to another application or is no `SQLite` database.
    #[error("{} is not a kbmatch database ({found}); nothing was changed; name another file", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        found: String,
    },
    /// A newer kbmatch wrote the database.
    #[error(
        "{} was written by a newer kbmatch (schema {found}, this one knows up to {known}); start the newer version, or \
         a backup made before the upgrade",
        path.display()
    )]
    NewerSchema {
        /// The database file.
        path: PathBuf,
        /// Schema number in the file.
        found: i64,
        /// Newest schema number this build knows.
        known: i64,
    },
    /// The `SQLite` linked into this build can lose committed writes.
    #[error("this build has SQLite {found}; at least {least} is needed, older ones can lose a committed write")]
    OldSqlite {
        /// Version found.
        found: String,
        /// Least version.
        least: &'static str,
    },
    /// A migration failed; the database is as it was before.
    #[error("cannot bring the database to the current schema: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A statement failed.
    #[error("the database failed while {doing}: {source}")]
    Sql {
        /// What was being done.
        doing: &'static str,
        /// What `SQLite` said.
        source: sqlx::Error,
    },
    /// Another process held the write lock for too long.
    #[error("the database stayed locked by another process while {doing}; try again")]
    Busy {
        /// What was being done.
        doing: &'static str,
    },
    /// The disk or the quota is full.
    #[error("no space is left for the database while {doing}")]
    Full {
        /// What was being done.
        doing: &'static str,
    },
    /// A stored text is not what was written.
    #[error("revision {revision} of article {article} is damaged: its hash is not the one recorded")]
    Damaged {
        /// The article.
        article: Slug,
        /// The revision.
        revision: u32,
    },
    /// A row holds a value that this version does not know.
    #[error("table {table} holds {value:?}, which this version cannot read")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// The value.
        value: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// A backup could not be put in the place of the database, which is as it was.
    #[error("cannot restore {}: {reason}", path.display())]
    Restore {
        /// The backup's file.
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A backup could not be made.
    #[error("cannot write the backup {}: {reason}", path.display())]
    Backup {
        /// The backup's file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

impl StoreError {
    /// Whether the file or its disk takes no writes, whatever they are.
    pub fn is_of_storage(&self) -> bool {
        match self {
            Self::Full { .. } => true,
            // https://www.sqlite.org/rescode.html: 8 SQLITE_READONLY, 10 SQLITE_IOERR, 14 SQLITE_CANTOPEN.
            Self::Sql { source, .. } => matches!(primary_code(source), Some(8 | 10 | 14)),
            _ => false,
        }
    }

    /// A closure for `map_err` that says what was being done.
    pub(super) fn sql(doing: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |source| {
            if matches!(source, sqlx::Error::PoolClosed) {
                return Self::Closed;
            }
            // https://www.sqlite.org/rescode.html: 5 SQLITE_BUSY, 13 SQLITE_FULL.
            match primary_code(&source) {
                Some(5) => Self::Busy { doing },
                Some(13) => Self::Full { doing },
                _ => Self::Sql { doing, source },
            }
        }
    }
}

/// `SQLite`'s primary result code, the low byte of the code (<https://www.sqlite.org/rescode.html>).
pub(super) fn primary_code(error: &sqlx::Error) -> Option<i32> {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code)?;
    code.parse::<i32>().ok().map(|code| code & 0xff)
}
