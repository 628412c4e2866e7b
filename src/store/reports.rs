//! Reports that were kept, redacted before they come here.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use utoipa::ToSchema;

use super::articles::{integer, optional_text, text};
use super::{StoreError, number, timestamp};
use crate::article::Slug;
use crate::engine::Outcome;
use crate::report::{Hints, PartKind};

/// Rows deleted in one transaction, so that a long clean-up never holds up other writes.
const SLICE: i64 = 500;

/// A report as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeptReport {
    /// Identifier, a ULID.
    pub id: String,
    /// When it came in.
    #[schema(value_type = String)]
    pub received_at: Timestamp,
    /// What came out.
    pub outcome: Outcome,
    /// Version of the knowledge base that answered.
    pub kb_version: String,
    /// Version of the engine that answered.
    pub engine_version: String,
    /// `text`, `json`, `form`, `html` or `file`.
    pub content_kind: String,
    /// Bytes over all its parts.
    pub bytes: u64,
    /// Its parts, redacted; `None` when it was too large to keep.
    pub parts: Option<Vec<KeptPart>>,
    /// Its hints, redacted.
    pub hints: Hints,
    /// The articles that answered, best first.
    pub matches: Vec<KeptMatch>,
}

impl KeptReport {
    /// The texts of its parts; `None` when they were not kept or say nothing.
    pub fn text(&self) -> Option<String> {
        let parts = self.parts.iter().flatten().map(|part| part.text.trim()).filter(|text| !text.is_empty());
        let text = parts.collect::<Vec<_>>().join("\n");
        (!text.is_empty()).then_some(text)
    }
}

/// A part of a kept report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KeptPart {
    /// How the caller named it, as displayed.
    pub address: String,
    /// What kind of value it is.
    #[schema(value_type = String)]
    pub kind: PartKind,
    /// Its text, secrets overwritten, length kept.
    pub text: String,
}

/// An article that answered a kept report.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeptMatch {
    /// The article.
    #[schema(value_type = String)]
    pub article: Slug,
    /// Its revision.
    pub revision: u32,
    /// Confidence, 0..=1.
    pub confidence: f64,
}

/// How long reports are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Reports received before this go.
    pub before: Timestamp,
    /// Of the rest the newest so many stay.
    pub most: u64,
}

/// Reports written with one statement: together they stay small enough to be held twice.
const TOGETHER: usize = 64;

/// A report as [`add`] writes it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    received_at: i64,
    outcome: &'a str,
    kb_version: &'a str,
    engine_version: &'a str,
    content_kind: &'a str,
    bytes: i64,
    parts: Option<String>,
    hints: String,
    matches: &'a [KeptMatch],
}

impl<'a> Row<'a> {
    fn new(report: &'a KeptReport) -> Result<Self, StoreError> {
        let unreadable =
            |error: serde_json::Error| StoreError::Unreadable { table: "reports", value: error.to_string() };
        Ok(Self {
            id: &report.id,
            received_at: report.received_at.as_microsecond(),
            outcome: report.outcome.as_str(),
            kb_version: &report.kb_version,
            engine_version: &report.engine_version,
            content_kind: &report.content_kind,
            bytes: i64::try_from(report.bytes).unwrap_or(i64::MAX),
            parts: report.parts.as_ref().map(serde_json::to_string).transpose().map_err(unreadable)?,
            hints: serde_json::to_string(&report.hints).map_err(unreadable)?,
            matches: &report.matches,
        })
    }
}

/// Writes reports, many with one statement: deliveries that come in wait until all are written.
pub(super) async fn add(connection: &mut SqliteConnection, reports: &[KeptReport]) -> Result<(), StoreError> {
    for some in reports.chunks(TOGETHER) {
        add_some(&mut *connection, some).await?;
    }
    Ok(())
}

async fn add_some(connection: &mut SqliteConnection, reports: &[KeptReport]) -> Result<(), StoreError> {
    let doing = "writing reports";
    let rows = reports.iter().map(Row::new).collect::<Result<Vec<_>, _>>()?;
    let rows = super::delivery::as_json(&rows, doing)?;
    sqlx::query(
        "INSERT INTO reports (id, received_at, outcome, kb_version, engine_version, content_kind, bytes,
            parts, hints, best_article, best_revision, best_confidence)
         SELECT r.value ->> 'id', r.value ->> 'received_at', r.value ->> 'outcome', r.value ->> 'kb_version',
            r.value ->> 'engine_version', r.value ->> 'content_kind', r.value ->> 'bytes', r.value ->> 'parts',
            r.value ->> 'hints', r.value ->> '$.matches[0].article', r.value ->> '$.matches[0].revision',
            r.value ->> '$.matches[0].confidence'
         FROM jsonb_each(?) r",
    )
    .bind(&rows)
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    sqlx::query(
        "INSERT INTO report_matches (report, rank, article, revision, confidence)
         SELECT r.value ->> 'id', m.key + 1, m.value ->> 'article', m.value ->> 'revision', m.value ->> 'confidence'
         FROM jsonb_each(?) r, jsonb_each(r.value, '$.matches') m",
    )
    .bind(&rows)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(())
}

/// A kept report.
pub(super) async fn find(connection: &mut SqliteConnection, id: &str) -> Result<Option<KeptReport>, StoreError> {
    let doing = "reading a report";
    let row = sqlx::query(
        "SELECT id, received_at, outcome, kb_version, engine_version, content_kind, bytes, parts, hints
         FROM reports WHERE id = ?",
    )
    .bind(id)
    .fetch_optional(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    let Some(row) = row else { return Ok(None) };
    let matches =
        sqlx::query("SELECT article, revision, confidence FROM report_matches WHERE report = ? ORDER BY rank")
            .bind(id)
            .fetch_all(connection)
            .await
            .map_err(StoreError::sql(doing))?;
    read(&row, &matches).map(Some)
}

/// The newest kept reports, at most `most`.
pub(super) async fn newest(connection: &mut SqliteConnection, most: u32) -> Result<Vec<KeptReport>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM reports ORDER BY received_at DESC, id DESC LIMIT ?")
        .bind(most)
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("listing reports"))?;
    let mut reports = Vec::with_capacity(ids.len());
    for id in ids {
        reports.extend(find(&mut *connection, &id).await?);
    }
    Ok(reports)
}

/// Deletes a report and what hangs on it: which articles answered, what was said of the answers, and the texts of the
/// deliveries it came with. Gives whether there was anything.
pub(super) async fn delete(connection: &mut SqliteConnection, id: &str) -> Result<bool, StoreError> {
    let doing = "deleting a report";
    let feedback = sqlx::query("DELETE FROM feedback WHERE report_id = ?")
        .bind(id)
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    let report = sqlx::query("DELETE FROM reports WHERE id = ?")
        .bind(id)
        .execute(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    let deliveries = super::delivery::forget_report(connection, id).await?;
    Ok(feedback.rows_affected() + report.rows_affected() + deliveries > 0)
}

/// Deletes one slice of the reports beyond `retention`, oldest first, and gives how many that were.
pub(super) async fn delete_slice(connection: &mut SqliteConnection, retention: Retention) -> Result<u64, StoreError> {
    let doing = "deleting old reports";
    let count: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM reports")
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    let most = i64::try_from(retention.most).unwrap_or(i64::MAX);
    let excess = count.saturating_sub(most).clamp(0, SLICE);
    let deleted = sqlx::query(
        "DELETE FROM reports WHERE id IN (
           SELECT id FROM (SELECT id, received_at, ROW_NUMBER() OVER (ORDER BY received_at, id) AS place
                           FROM (SELECT id, received_at FROM reports ORDER BY received_at, id LIMIT ?3))
           WHERE received_at < ?1 OR place <= ?2)",
    )
    .bind(retention.before.as_microsecond())
    .bind(excess)
    .bind(SLICE)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(deleted.rows_affected())
}

fn read(row: &SqliteRow, matches: &[SqliteRow]) -> Result<KeptReport, StoreError> {
    let unreadable = |value: String| StoreError::Unreadable { table: "reports", value };
    let parts = optional_text(row, "parts")?
        .map(|json| serde_json::from_str(&json).map_err(|error| unreadable(error.to_string())))
        .transpose()?;
    let hints = serde_json::from_str(&text(row, "hints")?).map_err(|error| unreadable(error.to_string()))?;
    let outcome = match text(row, "outcome")?.as_str() {
        "match" => Outcome::Match,
        "ambiguous" => Outcome::Ambiguous,
        "no_match" => Outcome::NoMatch,
        other => return Err(unreadable(other.to_owned())),
    };
    let matches = matches.iter().map(|row| {
        let article = text(row, "article")?;
        Ok(KeptMatch {
            article: Slug::new(article.clone()).map_err(|_| unreadable(article))?,
            revision: number("report_matches", integer(row, "revision")?)?,
            confidence: row.try_get("confidence").map_err(StoreError::sql("reading a number from a row"))?,
        })
    });
    Ok(KeptReport {
        id: text(row, "id")?,
        received_at: timestamp("reports", integer(row, "received_at")?)?,
        outcome,
        kb_version: text(row, "kb_version")?,
        engine_version: text(row, "engine_version")?,
        content_kind: text(row, "content_kind")?,
        bytes: number("reports", integer(row, "bytes")?)?,
        parts,
        hints,
        matches: matches.collect::<Result<_, StoreError>>()?,
    })
}
