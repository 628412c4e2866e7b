//! What people say of answers.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::articles::{integer, optional_text, text};
use super::{StoreError, number, timestamp};
use crate::article::Slug;

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

/// Writes a word of feedback.
pub(super) async fn add(connection: &mut SqliteConnection, feedback: &Feedback) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO feedback (id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
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
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing feedback"))?;
    Ok(())
}

/// Writes a vote: of one person on one report the last one holds, earlier ones are taken back. The same vote again
/// changes nothing. Gives the vote that holds.
pub(super) async fn vote(connection: &mut SqliteConnection, vote: Feedback) -> Result<Feedback, StoreError> {
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
        return Ok(repeated);
    }
    add(connection, &vote).await?;
    Ok(vote)
}

/// Takes feedback back; gives what it was, or `None` when there is none with this id. Once taken back, it stays so.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    id: &str,
    now: Timestamp,
) -> Result<Option<Feedback>, StoreError> {
    sqlx::query(
        "UPDATE feedback SET withdrawn_at = COALESCE(withdrawn_at, ?2) WHERE id = ?1
         RETURNING id, report_id, article, revision, helpful, comment, given_by, given_at, withdrawn_at",
    )
    .bind(id)
    .bind(now.as_microsecond())
    .fetch_optional(connection)
    .await
    .map_err(StoreError::sql("taking feedback back"))?
    .map(|row| read(&row))
    .transpose()
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

fn read(row: &SqliteRow) -> Result<Feedback, StoreError> {
    let article = text(row, "article")?;
    let withdrawn_at: Option<i64> =
        row.try_get("withdrawn_at").map_err(StoreError::sql("reading a number from a row"))?;
    Ok(Feedback {
        id: text(row, "id")?,
        report_id: text(row, "report_id")?,
        article: Slug::new(article.clone())
            .map_err(|_| StoreError::Unreadable { table: "feedback", value: article })?,
        revision: number("feedback", integer(row, "revision")?)?,
        helpful: integer(row, "helpful")? != 0,
        comment: optional_text(row, "comment")?,
        given_by: text(row, "given_by")?,
        given_at: timestamp("feedback", integer(row, "given_at")?)?,
        withdrawn_at: withdrawn_at.map(|at| timestamp("feedback", at)).transpose()?,
    })
}
