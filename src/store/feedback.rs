//! What people say of answers.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::articles::{integer, optional_text, text};
use super::{StoreError, generation, number, timestamp};
use crate::article::Slug;
use crate::engine::Votes;

/// One person's word on one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// Identifier, a ULID.
    pub id: String,
    /// The report that was answered; it may not have been kept.
    pub report_id: String,
    /// The article that answered.
    pub article: Slug,
    /// Its revision.
    pub revision: u32,
    /// Whether it helped.
    pub helpful: bool,
    /// What else they say, redacted.
    pub comment: Option<String>,
    /// Who.
    pub given_by: String,
    /// When.
    pub given_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

/// Which feedback to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FeedbackFilter {
    /// On this report only.
    pub report_id: Option<String>,
    /// On this article only.
    pub article: Option<Slug>,
    /// Also what was taken back.
    pub withdrawn: bool,
}

/// Votes on one revision of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionVotes {
    /// The article.
    pub article: Slug,
    /// Its revision.
    pub revision: u32,
    /// How many say what.
    pub votes: Votes,
}

/// Writes a word of feedback; gives the generation that counts it.
pub(super) async fn add(connection: &mut SqliteConnection, feedback: &Feedback) -> Result<u64, StoreError> {
    let generation = generation::advance(&mut *connection, feedback.given_at).await?;
    sqlx::query(
        "INSERT INTO feedback (id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at,
                               generation)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(&feedback.id)
    .bind(&feedback.report_id)
    .bind(feedback.article.as_str())
    .bind(feedback.revision)
    .bind(feedback.helpful)
    .bind(&feedback.comment)
    .bind(&feedback.given_by)
    .bind(feedback.given_at.as_microsecond())
    .bind(feedback.withdrawn_at.map(Timestamp::as_microsecond))
    .bind(i64::try_from(generation).unwrap_or(i64::MAX))
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing feedback"))?;
    Ok(generation)
}

/// The votes that hold at a generation, by article and revision. Of several words of one person on one answer the last
/// counts.
pub(super) async fn votes(connection: &mut SqliteConnection, at: u64) -> Result<Vec<RevisionVotes>, StoreError> {
    sqlx::query(
        // Beside MAX the other columns are those of the row that has it: https://www.sqlite.org/lang_select.html#bareagg
        "SELECT article, revision, SUM(helpful) AS helpful, SUM(1 - helpful) AS unhelpful FROM (
           SELECT article, revision, helpful, MAX(id) FROM feedback
           WHERE generation <= ?1 AND (withdrawn_at IS NULL OR withdrawn_generation > ?1)
           GROUP BY report_id, article, given_by)
         GROUP BY article, revision ORDER BY article, revision",
    )
    .bind(i64::try_from(at).unwrap_or(i64::MAX))
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("counting feedback"))?
    .iter()
    .map(|row| {
        Ok(RevisionVotes {
            article: article_of(row)?,
            revision: number("feedback", integer(row, "revision")?)?,
            votes: Votes {
                helpful: number("feedback", integer(row, "helpful")?)?,
                unhelpful: number("feedback", integer(row, "unhelpful")?)?,
            },
        })
    })
    .collect()
}

/// One word of feedback.
pub(super) async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<Feedback>, StoreError> {
    sqlx::query(
        "SELECT id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at FROM feedback
         WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("reading feedback"))?
    .map(|row| read(&row))
    .transpose()
}

/// Writes a vote: of one person on one report the last one holds, earlier ones are taken back. The same vote again
/// changes nothing. Gives the vote that holds and the generation that counts it.
pub(super) async fn vote(connection: &mut SqliteConnection, vote: Feedback) -> Result<(Feedback, u64), StoreError> {
    let earlier = sqlx::query(
        "SELECT id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at FROM feedback
         WHERE report_id = ?1 AND given_by = ?2 AND withdrawn_at IS NULL",
    )
    .bind(&vote.report_id)
    .bind(&vote.given_by)
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql("looking for earlier votes"))?;
    let mut repeated = None;
    for row in &earlier {
        let earlier = read(row)?;
        let same = (&earlier.article, earlier.helpful) == (&vote.article, vote.helpful);
        if same && repeated.is_none() && vote.comment.is_none() {
            repeated = Some(earlier);
        } else {
            withdraw(connection, &earlier.id, vote.given_at).await?;
        }
    }
    if let Some(repeated) = repeated {
        return Ok((repeated, generation::current(connection).await?));
    }
    let generation = add(connection, &vote).await?;
    Ok((vote, generation))
}

/// Takes feedback back; gives what it was and the generation that no longer counts it, or `None` when there is none with
/// this id. Once taken back, it stays so.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    id: &str,
    now: Timestamp,
) -> Result<Option<(Feedback, u64)>, StoreError> {
    let Some(known) = find(&mut *connection, id).await? else { return Ok(None) };
    if known.withdrawn_at.is_some() {
        return Ok(Some((known, generation::current(connection).await?)));
    }
    let generation = generation::advance(&mut *connection, now).await?;
    sqlx::query("UPDATE feedback SET withdrawn_at = ?2, withdrawn_generation = ?3 WHERE id = ?1")
        .bind(id)
        .bind(now.as_microsecond())
        .bind(i64::try_from(generation).unwrap_or(i64::MAX))
        .execute(connection)
        .await
        .map_err(StoreError::sql("taking feedback back"))?;
    Ok(Some((Feedback { withdrawn_at: Some(now), ..known }, generation)))
}

/// Feedback, newest first, at most `most`.
pub(super) async fn list(
    connection: &mut SqliteConnection,
    filter: &FeedbackFilter,
    most: u32,
) -> Result<Vec<Feedback>, StoreError> {
    sqlx::query(
        "SELECT id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at FROM feedback
         WHERE (?1 IS NULL OR report_id = ?1) AND (?2 IS NULL OR article = ?2) AND (?3 OR withdrawn_at IS NULL)
         ORDER BY given_at DESC, id DESC LIMIT ?4",
    )
    .bind(&filter.report_id)
    .bind(filter.article.as_ref().map(Slug::as_str))
    .bind(filter.withdrawn)
    .bind(most)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("listing feedback"))?
    .iter()
    .map(read)
    .collect()
}

fn article_of(row: &SqliteRow) -> Result<Slug, StoreError> {
    let article = text(row, "article")?;
    Slug::new(article.clone()).map_err(|_| StoreError::Unreadable { table: "feedback", value: article })
}

fn read(row: &SqliteRow) -> Result<Feedback, StoreError> {
    let withdrawn_at: Option<i64> =
        row.try_get("withdrawn_at").map_err(StoreError::sql("reading a number from a row"))?;
    Ok(Feedback {
        id: text(row, "id")?,
        report_id: text(row, "report_id")?,
        article: article_of(row)?,
        revision: number("feedback", integer(row, "revision")?)?,
        helpful: integer(row, "helpful")? != 0,
        comment: optional_text(row, "comment")?,
        given_by: text(row, "given_by")?,
        given_at: timestamp("feedback", integer(row, "given_at")?)?,
        withdrawn_at: withdrawn_at.map(|at| timestamp("feedback", at)).transpose()?,
    })
}
