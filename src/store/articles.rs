//! Articles and their revisions, read.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::{
    ArticleRow, ArticleState, Digest, Origin, Revision, RevisionVotes, StoreError, feedback, generation, number,
    timestamp,
};
use crate::article::{Slug, Status};

/// What changed in the knowledge base after some generation.
#[derive(Debug)]
pub struct Changes {
    /// The generation that was read.
    pub generation: u64,
    /// The current revision of every article that changed since, by id. A damaged one is an error of its own.
    pub revisions: Vec<Result<Revision, StoreError>>,
    /// All votes that hold, by article and revision.
    pub votes: Vec<RevisionVotes>,
}

/// Every article as it stands, without its text.
#[derive(Debug)]
pub struct Current {
    /// The generation that was read.
    pub generation: u64,
    /// The current revision of every article, by id.
    pub revisions: Vec<CurrentRevision>,
    /// All votes that hold, by article and revision.
    pub votes: Vec<RevisionVotes>,
}

/// What tells a revision from another, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CurrentRevision {
    /// The article.
    pub article: Slug,
    /// Its number.
    pub revision: u32,
    /// Hash of its text.
    pub sha256: Digest,
    /// Whether the article is there.
    pub state: ArticleState,
}

impl Changes {
    /// The articles that changed.
    pub fn articles(&self) -> impl Iterator<Item = Slug> {
        self.revisions.iter().filter_map(|revision| match revision {
            Ok(revision) => Some(revision.article.clone()),
            Err(StoreError::Damaged { article, .. }) => Some(article.clone()),
            Err(_) => None,
        })
    }
}

/// The row of an article, deleted or not.
pub(super) async fn find(connection: &mut SqliteConnection, id: &Slug) -> Result<Option<ArticleRow>, StoreError> {
    sqlx::query(
        "SELECT a.id, a.revision, a.state, a.status, a.origin, a.source_path, a.imported_sha256,
                a.imported_text_sha256, a.created_at, a.updated_at, r.sha256, r.via
         FROM articles a JOIN article_revisions r ON r.article = a.id AND r.revision = a.revision
         WHERE a.id = ?",
    )
    .bind(id.as_str())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("reading an article"))?
    .map(|row| read_article(&row))
    .transpose()
}

/// The rows of all articles that a file owns.
pub(super) async fn owned_by_files(connection: &mut SqliteConnection) -> Result<Vec<ArticleRow>, StoreError> {
    sqlx::query(
        "SELECT a.id, a.revision, a.state, a.status, a.origin, a.source_path, a.imported_sha256,
                a.imported_text_sha256, a.created_at, a.updated_at, r.sha256, r.via
         FROM articles a JOIN article_revisions r ON r.article = a.id AND r.revision = a.revision
         WHERE a.source_path IS NOT NULL ORDER BY a.id",
    )
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("listing the articles that files own"))?
    .iter()
    .map(read_article)
    .collect()
}

/// One revision, its text checked against its hash.
pub(super) async fn revision(
    connection: &mut SqliteConnection,
    id: &Slug,
    revision: u32,
) -> Result<Option<Revision>, StoreError> {
    sqlx::query(
        "SELECT article, revision, state, markdown, sha256, via, changed_by, changed_at, reason, generation
         FROM article_revisions WHERE article = ? AND revision = ?",
    )
    .bind(id.as_str())
    .bind(revision)
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("reading a revision"))?
    .map(|row| read_revision(&row))
    .transpose()
}

/// All revisions of an article, oldest first.
pub(super) async fn revisions(connection: &mut SqliteConnection, id: &Slug) -> Result<Vec<Revision>, StoreError> {
    sqlx::query(
        "SELECT article, revision, state, markdown, sha256, via, changed_by, changed_at, reason, generation
         FROM article_revisions WHERE article = ? ORDER BY revision",
    )
    .bind(id.as_str())
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading an article's revisions"))?
    .iter()
    .map(read_revision)
    .collect()
}

/// The current revisions of the articles that changed after `since`. Must run inside one read transaction.
pub(super) async fn changed_since(connection: &mut SqliteConnection, since: u64) -> Result<Changes, StoreError> {
    let generation = generation::current(&mut *connection).await?;
    // For the order's sake SQLite would read every article otherwise.
    let rows = sqlx::query(
        "SELECT r.article, r.revision, r.state, r.markdown, r.sha256, r.via, r.changed_by, r.changed_at, r.reason,
                r.generation
         FROM articles a INDEXED BY articles_by_generation
         JOIN article_revisions r ON r.article = a.id AND r.revision = a.revision
         WHERE a.generation > ? ORDER BY a.id",
    )
    .bind(i64::try_from(since).unwrap_or(i64::MAX))
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("reading what changed"))?;
    let votes = feedback::votes(connection, generation).await?;
    Ok(Changes { generation, revisions: rows.iter().map(read_revision).collect(), votes })
}

/// Every article's current revision without its text. Must run inside one read transaction.
pub(super) async fn current(connection: &mut SqliteConnection) -> Result<Current, StoreError> {
    let generation = generation::current(&mut *connection).await?;
    let rows = sqlx::query(
        "SELECT r.article, r.revision, r.sha256, r.state
         FROM articles a JOIN article_revisions r ON r.article = a.id AND r.revision = a.revision ORDER BY a.id",
    )
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("reading which revisions are current"))?;
    let votes = feedback::votes(connection, generation).await?;
    Ok(Current { generation, revisions: rows.iter().map(read_current).collect::<Result<_, _>>()?, votes })
}

/// The current revisions of some articles, by id.
pub(super) async fn current_of(
    connection: &mut SqliteConnection,
    ids: &[Slug],
) -> Result<Vec<Result<Revision, StoreError>>, StoreError> {
    let ids = serde_json::to_string(ids)
        .map_err(|error| StoreError::sql("naming articles")(sqlx::Error::Encode(error.into())))?;
    let rows = sqlx::query(
        "SELECT r.article, r.revision, r.state, r.markdown, r.sha256, r.via, r.changed_by, r.changed_at, r.reason,
                r.generation
         FROM json_each(?) j
         JOIN articles a ON a.id = j.value
         JOIN article_revisions r ON r.article = a.id AND r.revision = a.revision ORDER BY a.id",
    )
    .bind(ids)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading some articles"))?;
    Ok(rows.iter().map(read_revision).collect())
}

/// The revisions that were current at generation `at`, by id.
pub(super) async fn current_at(connection: &mut SqliteConnection, at: u64) -> Result<Vec<Revision>, StoreError> {
    sqlx::query(
        "SELECT r.article, r.revision, r.state, r.markdown, r.sha256, r.via, r.changed_by, r.changed_at, r.reason,
                r.generation
         FROM article_revisions r
         JOIN (SELECT article, MAX(revision) AS revision FROM article_revisions WHERE generation <= ? GROUP BY article) c
           ON c.article = r.article AND c.revision = r.revision
         ORDER BY r.article",
    )
    .bind(i64::try_from(at).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("reading an old state of the knowledge base"))?
    .iter()
    .map(read_revision)
    .collect()
}

fn read_article(row: &SqliteRow) -> Result<ArticleRow, StoreError> {
    Ok(ArticleRow {
        id: slug(text(row, "id")?)?,
        revision: number("articles", integer(row, "revision")?)?,
        sha256: digest("article_revisions", &text(row, "sha256")?)?,
        state: ArticleState::read(&text(row, "state")?)?,
        written_status: status(&text(row, "status")?)?,
        origin: Origin::read(&text(row, "origin")?)?,
        via: Origin::read(&text(row, "via")?)?,
        source_path: optional_text(row, "source_path")?,
        imported_sha256: optional_text(row, "imported_sha256")?.map(|hex| digest("articles", &hex)).transpose()?,
        imported_text_sha256: optional_text(row, "imported_text_sha256")?
            .map(|hex| digest("articles", &hex))
            .transpose()?,
        created_at: timestamp("articles", integer(row, "created_at")?)?,
        updated_at: timestamp("articles", integer(row, "updated_at")?)?,
    })
}

fn read_current(row: &SqliteRow) -> Result<CurrentRevision, StoreError> {
    Ok(CurrentRevision {
        article: slug(text(row, "article")?)?,
        revision: number("article_revisions", integer(row, "revision")?)?,
        sha256: digest("article_revisions", &text(row, "sha256")?)?,
        state: ArticleState::read(&text(row, "state")?)?,
    })
}

fn read_revision(row: &SqliteRow) -> Result<Revision, StoreError> {
    let article = slug(text(row, "article")?)?;
    let revision = number("article_revisions", integer(row, "revision")?)?;
    let markdown = text(row, "markdown")?;
    let sha256 = digest("article_revisions", &text(row, "sha256")?)?;
    if Digest::of(&markdown) != sha256 {
        return Err(StoreError::Damaged { article, revision });
    }
    let changed_at: Timestamp = timestamp("article_revisions", integer(row, "changed_at")?)?;
    Ok(Revision {
        article,
        revision,
        state: ArticleState::read(&text(row, "state")?)?,
        markdown,
        sha256,
        via: Origin::read(&text(row, "via")?)?,
        changed_by: text(row, "changed_by")?,
        changed_at,
        reason: text(row, "reason")?,
        generation: number("article_revisions", integer(row, "generation")?)?,
    })
}

fn slug(text: String) -> Result<Slug, StoreError> {
    Slug::new(text.clone()).map_err(|_| StoreError::Unreadable { table: "articles", value: text })
}

fn status(text: &str) -> Result<Status, StoreError> {
    match text {
        "draft" => Ok(Status::Draft),
        "published" => Ok(Status::Published),
        "archived" => Ok(Status::Archived),
        _ => Err(StoreError::Unreadable { table: "articles", value: text.to_owned() }),
    }
}

fn digest(table: &'static str, hex: &str) -> Result<Digest, StoreError> {
    Digest::from_hex(hex).ok_or_else(|| StoreError::Unreadable { table, value: hex.to_owned() })
}

pub(super) fn text(row: &SqliteRow, column: &'static str) -> Result<String, StoreError> {
    row.try_get(column).map_err(StoreError::sql("reading a text from a row"))
}

pub(super) fn optional_text(row: &SqliteRow, column: &'static str) -> Result<Option<String>, StoreError> {
    row.try_get(column).map_err(StoreError::sql("reading a text from a row"))
}

pub(super) fn integer(row: &SqliteRow, column: &'static str) -> Result<i64, StoreError> {
    row.try_get(column).map_err(StoreError::sql("reading a number from a row"))
}
