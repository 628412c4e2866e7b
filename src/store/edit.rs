//! Changes to one article: new revisions, written by the API or by an import.

use sqlx::SqliteConnection;

use super::writer::JobError;
use super::{ArticleRow, ArticleState, Author, Origin, StoreError, Text, articles, generation};
use crate::article::Slug;

/// What must be true of an article before it is written (RFC 9110, section 13.1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Expected {
    /// The caller did not say: enough to create an article, not to change one.
    #[default]
    Unsaid,
    /// It does not exist (`If-None-Match: *`).
    Missing,
    /// It exists (`If-Match: *`).
    Existing,
    /// Its entity tag is one of these, quotes included (`If-Match`).
    Tags(Vec<String>),
}

/// Why an article was not written.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The article exists and the caller did not say which revision is meant to be changed.
    #[error("the article exists; send its entity tag {current} in If-Match")]
    PreconditionRequired {
        /// Its entity tag.
        current: String,
    },
    /// The article is not as the caller expected.
    #[error("{}", stale(current.as_deref()))]
    PreconditionFailed {
        /// Its entity tag; `None` when there is no such article.
        current: Option<String>,
    },
    /// There is no such article.
    #[error("there is no article {id}")]
    NotFound {
        /// The identifier.
        id: Slug,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl JobError for EditError {
    fn of_store(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

fn stale(current: Option<&str>) -> String {
    current.map_or_else(
        || "there is no such article".to_owned(),
        |tag| format!("the article was changed in the meantime; its entity tag is now {tag}"),
    )
}

/// A new text for an article, through the API.
#[derive(Debug, Clone)]
pub struct Put {
    /// The text.
    pub text: Text,
    /// Who writes it, when.
    pub author: Author,
    /// What must be true of the article before.
    pub expected: Expected,
    /// Whether it may bring an article into being.
    pub creates: bool,
    /// Whether it brings back an article whose file is gone.
    pub revives: bool,
}

/// What a write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The article as it is now.
    pub row: ArticleRow,
    /// Whether it did not exist before.
    pub created: bool,
    /// The generation the write made; `None` when nothing changed.
    pub generation: Option<u64>,
}

/// Writes a text. The same text again changes nothing.
pub(super) async fn put(connection: &mut SqliteConnection, put: &Put) -> Result<Written, EditError> {
    let id = &put.text.id;
    let before = articles::find(&mut *connection, id).await?;
    let existing = before.as_ref().filter(|row| row.state != ArticleState::Deleted);
    if existing.is_none() && !put.creates {
        return Err(EditError::NotFound { id: id.clone() });
    }
    check(existing, &put.expected)?;
    let state = existing.filter(|_| !put.revives).map_or(ArticleState::Live, |row| row.state);
    if let Some(row) = existing
        && row.sha256 == put.text.sha256
        && row.state == state
    {
        return Ok(Written { row: row.clone(), created: false, generation: None });
    }
    let generation = generation::advance(&mut *connection, put.author.at).await?;
    let revision = NewRevision {
        text: &put.text,
        state,
        via: Origin::Api,
        author: &put.author,
        reason: if existing.is_some() { "edited" } else { "created" },
        generation,
    };
    let mut row = write_revision(&mut *connection, before.as_ref(), &revision).await?;
    // An article that comes back without its file has no file until one turns up.
    if state == ArticleState::Live && before.as_ref().is_some_and(|row| row.state != ArticleState::Live) {
        set_source(&mut *connection, id, Origin::Api, None).await?;
        row.origin = Origin::Api;
        row.source_path = None;
    }
    Ok(Written { row, created: existing.is_none(), generation: Some(generation) })
}

/// Deletes an article; its revisions stay.
pub(super) async fn delete(
    connection: &mut SqliteConnection,
    id: &Slug,
    expected: &Expected,
    author: &Author,
) -> Result<Written, EditError> {
    let before = articles::find(&mut *connection, id).await?;
    let existing = before.filter(|row| row.state != ArticleState::Deleted);
    let Some(row) = existing else {
        return Err(EditError::NotFound { id: id.clone() });
    };
    check(Some(&row), expected)?;
    let generation = generation::advance(&mut *connection, author.at).await?;
    let change = StateChange { state: ArticleState::Deleted, via: Origin::Api, author, reason: "deleted", generation };
    let row = change_state(&mut *connection, &row, &change).await?;
    Ok(Written { row, created: false, generation: Some(generation) })
}

/// Whether an article is as the caller expects.
pub(super) fn check(existing: Option<&ArticleRow>, expected: &Expected) -> Result<(), EditError> {
    match (existing, expected) {
        (Some(row), Expected::Unsaid) => Err(EditError::PreconditionRequired { current: row.etag() }),
        (Some(row), Expected::Missing) => Err(EditError::PreconditionFailed { current: Some(row.etag()) }),
        (Some(row), Expected::Tags(tags)) if !tags.contains(&row.etag()) => {
            Err(EditError::PreconditionFailed { current: Some(row.etag()) })
        }
        (None, Expected::Existing | Expected::Tags(_)) => Err(EditError::PreconditionFailed { current: None }),
        _ => Ok(()),
    }
}

/// A revision about to be written.
pub(super) struct NewRevision<'a> {
    pub(super) text: &'a Text,
    pub(super) state: ArticleState,
    pub(super) via: Origin,
    pub(super) author: &'a Author,
    pub(super) reason: &'a str,
    pub(super) generation: u64,
}

/// Writes the next revision of an article, or the first one, and makes it current.
pub(super) async fn write_revision(
    connection: &mut SqliteConnection,
    before: Option<&ArticleRow>,
    new: &NewRevision<'_>,
) -> Result<ArticleRow, StoreError> {
    let text = new.text;
    let revision = before.map_or(1, |row| row.revision.saturating_add(1));
    sqlx::query(
        "INSERT INTO articles (id, revision, state, status, title, origin, generation, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
         ON CONFLICT (id) DO UPDATE SET
           revision = ?2, state = ?3, status = ?4, title = ?5, generation = ?7, updated_at = ?8",
    )
    .bind(text.id.as_str())
    .bind(revision)
    .bind(new.state.as_str())
    .bind(text.status.as_str())
    .bind(&text.title)
    .bind(new.via.as_str())
    .bind(i64::try_from(new.generation).unwrap_or(i64::MAX))
    .bind(new.author.at.as_microsecond())
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql("writing an article"))?;
    sqlx::query(
        "INSERT INTO article_revisions
           (article, revision, state, markdown, sha256, via, changed_by, changed_at, reason, generation)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(text.id.as_str())
    .bind(revision)
    .bind(new.state.as_str())
    .bind(&text.markdown)
    .bind(text.sha256.to_string())
    .bind(new.via.as_str())
    .bind(&new.author.by)
    .bind(new.author.at.as_microsecond())
    .bind(new.reason)
    .bind(i64::try_from(new.generation).unwrap_or(i64::MAX))
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql("writing a revision"))?;
    write_signatures(&mut *connection, text, revision).await?;
    Ok(ArticleRow {
        id: text.id.clone(),
        revision,
        sha256: text.sha256,
        state: new.state,
        written_status: text.status,
        origin: before.map_or(new.via, |row| row.origin),
        via: new.via,
        source_path: before.and_then(|row| row.source_path.clone()),
        imported_sha256: before.and_then(|row| row.imported_sha256),
        imported_text_sha256: before.and_then(|row| row.imported_text_sha256),
        created_at: before.map_or(new.author.at, |row| row.created_at),
        updated_at: new.author.at,
    })
}

/// A revision that keeps the text and changes whether the article is there.
pub(super) struct StateChange<'a> {
    pub(super) state: ArticleState,
    pub(super) via: Origin,
    pub(super) author: &'a Author,
    pub(super) reason: &'a str,
    pub(super) generation: u64,
}

/// Writes a revision with the text of the current one and another state.
pub(super) async fn change_state(
    connection: &mut SqliteConnection,
    before: &ArticleRow,
    change: &StateChange<'_>,
) -> Result<ArticleRow, StoreError> {
    let doing = "changing an article's state";
    let revision = before.revision.saturating_add(1);
    sqlx::query(
        "INSERT INTO article_revisions
           (article, revision, state, markdown, sha256, via, changed_by, changed_at, reason, generation)
         SELECT article, ?3, ?4, markdown, sha256, ?5, ?6, ?7, ?8, ?9
         FROM article_revisions WHERE article = ?1 AND revision = ?2",
    )
    .bind(before.id.as_str())
    .bind(before.revision)
    .bind(revision)
    .bind(change.state.as_str())
    .bind(change.via.as_str())
    .bind(&change.author.by)
    .bind(change.author.at.as_microsecond())
    .bind(change.reason)
    .bind(i64::try_from(change.generation).unwrap_or(i64::MAX))
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    sqlx::query("UPDATE articles SET revision = ?2, state = ?3, generation = ?4, updated_at = ?5 WHERE id = ?1")
        .bind(before.id.as_str())
        .bind(revision)
        .bind(change.state.as_str())
        .bind(i64::try_from(change.generation).unwrap_or(i64::MAX))
        .bind(change.author.at.as_microsecond())
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    sqlx::query("UPDATE signatures SET revision = ?2 WHERE article = ?1")
        .bind(before.id.as_str())
        .bind(revision)
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    Ok(ArticleRow { revision, state: change.state, via: change.via, updated_at: change.author.at, ..before.clone() })
}

/// Says which file owns an article, and with it where the article comes from.
pub(super) async fn set_source(
    connection: &mut SqliteConnection,
    id: &Slug,
    origin: Origin,
    source_path: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE articles SET origin = ?2, source_path = ?3 WHERE id = ?1")
        .bind(id.as_str())
        .bind(origin.as_str())
        .bind(source_path)
        .execute(connection)
        .await
        .map_err(StoreError::sql("noting which file owns an article"))?;
    Ok(())
}

async fn write_signatures(connection: &mut SqliteConnection, text: &Text, revision: u32) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM signatures WHERE article = ?")
        .bind(text.id.as_str())
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql("replacing signatures"))?;
    for (ordinal, signature) in (1_i64..).zip(&text.signatures) {
        sqlx::query(
            "INSERT INTO signatures (article, revision, ordinal, name, kind, origin, text)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(text.id.as_str())
        .bind(revision)
        .bind(ordinal)
        .bind(&signature.name)
        .bind(signature.kind)
        .bind(signature.origin)
        .bind(&signature.text)
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql("writing a signature"))?;
    }
    Ok(())
}
