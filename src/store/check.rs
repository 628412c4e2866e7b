//! Looking for damage: what `SQLite` finds, texts that are not what was written, rows that point nowhere.

use sqlx::SqliteConnection;

use super::articles::{integer, text};
use super::{Digest, StoreError};

/// Everything that is wrong with the database, in words; empty when nothing is.
pub(super) async fn run(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let verdicts: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("checking the database's integrity"))?;
    findings.extend(verdicts.into_iter().filter(|verdict| verdict != "ok"));
    let orphans =
        sqlx::query("SELECT \"table\", COUNT(*) AS number, parent FROM pragma_foreign_key_check GROUP BY 1, 3")
            .fetch_all(&mut *connection)
            .await
            .map_err(StoreError::sql("looking for rows that point nowhere"))?;
    for row in orphans {
        let (table, number, parent) = (text(&row, "table")?, integer(&row, "number")?, text(&row, "parent")?);
        findings.push(format!("{number} rows of {table} point to rows of {parent} that are not there"));
    }
    findings.extend(damaged_revisions(&mut *connection).await?);
    findings.extend(broken_articles(connection).await?);
    Ok(findings)
}

/// Reads every revision in slices, so that a large history takes little memory.
async fn damaged_revisions(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let mut last = (String::new(), 0_i64);
    loop {
        let rows = sqlx::query(
            "SELECT article, revision, markdown, sha256 FROM article_revisions
             WHERE (article, revision) > (?, ?) ORDER BY article, revision LIMIT 200",
        )
        .bind(&last.0)
        .bind(last.1)
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("checking the hashes of revisions"))?;
        for row in &rows {
            let (article, revision) = (text(row, "article")?, integer(row, "revision")?);
            if Digest::of(text(row, "markdown")?).to_string() != text(row, "sha256")? {
                findings.push(format!("revision {revision} of article {article} is not what was written"));
            }
            last = (article, revision);
        }
        if rows.is_empty() {
            return Ok(findings);
        }
    }
}

/// Articles whose current revision is not their newest one or whose generation is ahead of the knowledge base.
async fn broken_articles(connection: &mut SqliteConnection) -> Result<Vec<String>, StoreError> {
    let rows: Vec<String> = sqlx::query_scalar(
        "SELECT a.id FROM articles a
         WHERE a.revision IS NOT (SELECT MAX(r.revision) FROM article_revisions r WHERE r.article = a.id)
            OR a.generation > (SELECT number FROM generation) ORDER BY a.id",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("comparing articles with their revisions"))?;
    Ok(rows.into_iter().map(|id| format!("article {id} does not stand at its newest revision")).collect())
}
