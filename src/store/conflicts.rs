//! Conflicts: files that changed while their article was changed too.

use jiff::Timestamp;
use sqlx::{Row as _, SqliteConnection};

use super::articles::{integer, optional_text, text};
use super::{Digest, StoreError, number, timestamp};
use crate::article::Slug;

/// A file and an article that were both changed since the file was last imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The article.
    pub article: Slug,
    /// The file's name as the import gave it.
    pub source_name: String,
    /// The file as Markdown.
    pub file_markdown: String,
    /// The article's revision when the conflict was found.
    pub revision: u32,
    /// When it was found.
    pub found_at: Timestamp,
    /// When and how it was settled; `None` while it is open.
    pub settled: Option<(Timestamp, String)>,
}

/// Records a conflict. One that is open for the same bytes stays as it is; one for other bytes is replaced.
pub(super) async fn record(
    connection: &mut SqliteConnection,
    conflict: &Conflict,
    file_sha256: &Digest,
) -> Result<(), StoreError> {
    let doing = "recording an import conflict";
    let open: Option<String> =
        sqlx::query_scalar("SELECT file_sha256 FROM import_conflicts WHERE article = ? AND settled_at IS NULL")
            .bind(conflict.article.as_str())
            .fetch_optional(&mut *connection)
            .await
            .map_err(StoreError::sql(doing))?;
    if open.as_deref() == Some(file_sha256.to_string().as_str()) {
        return Ok(());
    }
    settle(&mut *connection, &conflict.article, "the file changed again", conflict.found_at).await?;
    sqlx::query(
        "INSERT INTO import_conflicts (article, source_name, file_markdown, file_sha256, revision, found_at)
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(conflict.article.as_str())
    .bind(&conflict.source_name)
    .bind(&conflict.file_markdown)
    .bind(file_sha256.to_string())
    .bind(conflict.revision)
    .bind(conflict.found_at.as_microsecond())
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(())
}

/// Settles the open conflict of an article, if there is one.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    article: &Slug,
    how: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE import_conflicts SET settled_at = ?2, settled_how = ?3 WHERE article = ?1 AND settled_at IS NULL",
    )
    .bind(article.as_str())
    .bind(now.as_microsecond())
    .bind(how)
    .execute(connection)
    .await
    .map_err(StoreError::sql("settling an import conflict"))?;
    Ok(())
}

/// All conflicts, open ones first, then by article and time.
pub(super) async fn list(connection: &mut SqliteConnection) -> Result<Vec<Conflict>, StoreError> {
    let rows = sqlx::query(
        "SELECT article, source_name, file_markdown, revision, found_at, settled_at, settled_how
         FROM import_conflicts ORDER BY settled_at IS NOT NULL, article, found_at, id",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("listing import conflicts"))?;
    rows.iter()
        .map(|row| {
            let article = text(row, "article")?;
            let settled_at: Option<i64> =
                row.try_get("settled_at").map_err(StoreError::sql("reading a number from a row"))?;
            let settled = match (settled_at, optional_text(row, "settled_how")?) {
                (Some(at), Some(how)) => Some((timestamp("import_conflicts", at)?, how)),
                _ => None,
            };
            Ok(Conflict {
                article: Slug::new(article.clone())
                    .map_err(|_| StoreError::Unreadable { table: "import_conflicts", value: article })?,
                source_name: text(row, "source_name")?,
                file_markdown: text(row, "file_markdown")?,
                revision: number("import_conflicts", integer(row, "revision")?)?,
                found_at: timestamp("import_conflicts", integer(row, "found_at")?)?,
                settled,
            })
        })
        .collect()
}
