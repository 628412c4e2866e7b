//! The outbox: what is to be posted, taken by the sender and marked as being sent before any call is made.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::as_json;
use super::reply::{ReplyRow, with_columns};
use crate::store::StoreError;

/// How many calls an endpoint may make now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// Calls.
    pub most: u32,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplyResult {
    /// The reply.
    pub id: String,
    /// What was done: `post`, `edit` or `withdraw`.
    pub action: String,
    /// The text that is on the ticket when it was done, and the article's revision that it is of.
    pub version: i64,
    /// See there.
    pub revision: u32,
    /// `queued` for an answer that was found, `sent`, `retry_wait`, `unknown`, `rejected`, `dead`, `withdrawn`, or `kept`
    /// for a note that stays as it was.
    pub state: &'static str,
    /// When it is due again.
    pub next_attempt_at: Timestamp,
    /// Whether this call may have been carried out although it failed.
    pub check_first: bool,
    /// Whether a later text can be put in its place.
    pub editable: bool,
    /// Whether a call was made that counts against its attempts.
    pub counts: bool,
    /// The platform's identifier of the note.
    pub external_reply_id: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What is kept of it from now on, where that changes.
    pub body: Option<String>,
}

/// The notes of tickets, oldest first. `tickets` is a JSON list of objects that name each one.
pub(super) async fn of_tickets(connection: &mut SqliteConnection, tickets: &str) -> Result<Vec<ReplyRow>, StoreError> {
    let after = "FROM jsonb_each(?) t CROSS JOIN replies
         ON connector = t.value ->> 'connector' AND endpoint = t.value ->> 'endpoint'
            AND external_id = t.value ->> 'external_id'
         WHERE kind IN ('note', 'public') ORDER BY created_at, replies.id";
    sqlx::query_as(with_columns("SELECT", after))
        .bind(tickets)
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("reading tickets' replies"))
}

/// Writes a reply; `false` when the ticket has one for the article.
pub(super) async fn insert(connection: &mut SqliteConnection, reply: &ReplyRow) -> Result<bool, StoreError> {
    Ok(insert_all(connection, &[reply]).await? > 0)
}

/// Writes replies, but for those whose ticket has one for the article; gives how many were written.
pub(super) async fn insert_all(connection: &mut SqliteConnection, replies: &[&ReplyRow]) -> Result<u64, StoreError> {
    if replies.is_empty() {
        return Ok(0);
    }
    let doing = "queueing replies";
    let written = sqlx::query(
        "INSERT INTO replies (id, delivery_id, connector, endpoint, external_id, article_id, revision, confidence, kind,
            action, body, version, sending_version, marker, state, check_first, attempts, next_attempt_at, created_at,
            wanted_at, request_id)
         SELECT r.value ->> 'id', r.value ->> 'delivery_id', r.value ->> 'connector', r.value ->> 'endpoint',
            r.value ->> 'external_id', r.value ->> 'article_id', r.value ->> 'revision', r.value ->> 'confidence',
            r.value ->> 'kind', r.value ->> 'action', r.value ->> 'body', r.value ->> 'version',
            r.value ->> 'sending_version', r.value ->> 'marker', r.value ->> 'state', r.value ->> 'check_first',
            r.value ->> 'attempts', r.value ->> 'next_attempt_at', r.value ->> 'created_at', r.value ->> 'wanted_at',
            r.value ->> 'request_id'
         FROM jsonb_each(?) r WHERE true
         ON CONFLICT (connector, endpoint, external_id, article_id) DO NOTHING",
    )
    .bind(as_json(&replies, doing)?)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(written.rows_affected())
}

/// Writes the call that follows when nothing matched. A ticket has one at a time: once it is made or given up, a later
/// delivery asks for it again.
pub(super) async fn follow(connection: &mut SqliteConnection, call: &ReplyRow) -> Result<(), StoreError> {
    if insert(&mut *connection, call).await? {
        return Ok(());
    }
    sqlx::query(
        "UPDATE replies SET state = 'queued', body = ?5, attempts = 0, check_first = 0, next_attempt_at = ?6,
            wanted_at = ?6, delivery_id = ?7, request_id = ?8, last_error = NULL
         WHERE connector = ?1 AND endpoint = ?2 AND external_id = ?3 AND article_id = ?4 AND kind = 'follow'
            AND state IN ('sent', 'rejected', 'dead', 'observed')",
    )
    .bind(&call.connector)
    .bind(&call.endpoint)
    .bind(&call.external_id)
    .bind(&call.article_id)
    .bind(&call.body)
    .bind(call.next_attempt_at)
    .bind(&call.delivery_id)
    .bind(&call.request_id)
    .execute(connection)
    .await
    .map_err(StoreError::sql("queueing a call that follows"))?;
    Ok(())
}

/// Gives a reply another text and state.
pub(super) async fn replace(connection: &mut SqliteConnection, reply: &ReplyRow) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE replies SET revision = ?2, confidence = ?3, kind = ?4, action = ?5, body = ?6, version = ?7, state = ?8,
            check_first = ?9, attempts = ?10, next_attempt_at = ?11, wanted_at = ?12, external_reply_id = ?13,
            request_id = ?14, delivery_id = ?15, marker = ?16
         WHERE id = ?1",
    )
    .bind(&reply.id)
    .bind(reply.revision)
    .bind(reply.confidence)
    .bind(&reply.kind)
    .bind(&reply.action)
    .bind(&reply.body)
    .bind(reply.version)
    .bind(&reply.state)
    .bind(reply.check_first)
    .bind(reply.attempts)
    .bind(reply.next_attempt_at)
    .bind(reply.wanted_at)
    .bind(&reply.external_reply_id)
    .bind(&reply.request_id)
    .bind(&reply.delivery_id)
    .bind(&reply.marker)
    .execute(connection)
    .await
    .map_err(StoreError::sql("changing a reply"))?;
    Ok(())
}

/// The endpoints of the budgets that have a reply that is due. The index is named here and below because `SQLite`, which
/// knows nothing of how the rows are spread, would walk an endpoint's whole history.
pub(super) async fn due(
    connection: &mut SqliteConnection,
    budgets: Vec<Budget>,
    now: Timestamp,
) -> Result<Vec<Budget>, StoreError> {
    let mut due = Vec::new();
    for budget in budgets {
        let waits: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM replies INDEXED BY replies_waiting
                WHERE state IN ('queued', 'sending', 'retry_wait', 'unknown') AND connector = ? AND endpoint = ?
                AND next_attempt_at <= ?)",
        )
        .bind(&budget.connector)
        .bind(&budget.endpoint)
        .bind(now.as_microsecond())
        .fetch_one(&mut *connection)
        .await
        .map_err(StoreError::sql("looking for replies"))?;
        if waits {
            due.push(budget);
        }
    }
    Ok(due)
}

/// Takes replies that are due. One that was being sent when its lease ran out may have been posted: the sender died
/// between the call and the record of it. What may be on the ticket is then the text that was being sent, not a later one.
pub(super) async fn claim(
    connection: &mut SqliteConnection,
    budgets: &[Budget],
    now: Timestamp,
    until: Timestamp,
) -> Result<Vec<ReplyRow>, StoreError> {
    let before =
        "UPDATE replies SET check_first = MAX(check_first, state IN ('sending', 'unknown')), state = 'sending',
            sending_version = CASE WHEN check_first OR state IN ('sending', 'unknown') THEN sending_version ELSE version END,
            sending_revision = CASE WHEN check_first OR state IN ('sending', 'unknown') THEN sending_revision
                ELSE revision END,
            lease_until = ?2, next_attempt_at = ?2
         WHERE id IN (SELECT id FROM replies INDEXED BY replies_waiting
            WHERE state IN ('queued', 'sending', 'retry_wait', 'unknown') AND connector = ?3 AND endpoint = ?4
            AND next_attempt_at <= ?1
            AND NOT EXISTS (SELECT 1 FROM pauses WHERE connector = ?3 AND endpoint = ?4 AND until > ?1)
            ORDER BY next_attempt_at LIMIT ?5)
         RETURNING";
    let mut claimed = Vec::new();
    for budget in budgets {
        let rows: Vec<ReplyRow> = sqlx::query_as(with_columns(before, ""))
            .bind(now.as_microsecond())
            .bind(until.as_microsecond())
            .bind(&budget.connector)
            .bind(&budget.endpoint)
            .bind(budget.most)
            .fetch_all(&mut *connection)
            .await
            .map_err(StoreError::sql("taking replies"))?;
        claimed.extend(rows);
    }
    Ok(claimed)
}

/// Writes that the text of a reply as it was taken is what is being sent, since an earlier one was looked for and is not
/// there.
pub(super) async fn sending(connection: &mut SqliteConnection, reply: &ReplyRow) -> Result<(), StoreError> {
    sqlx::query("UPDATE replies SET sending_version = ?2, sending_revision = ?3 WHERE id = ?1 AND state = 'sending'")
        .bind(&reply.id)
        .bind(reply.version)
        .bind(reply.revision)
        .execute(connection)
        .await
        .map_err(StoreError::sql("writing what is being sent"))?;
    Ok(())
}

/// Puts the call with its answer in the place of a question that nobody took up yet.
pub(super) async fn found(
    connection: &mut SqliteConnection,
    reply: &str,
    call: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE replies SET body = ?2, next_attempt_at = ?3 WHERE id = ?1 AND kind = 'chat' AND state = 'queued'",
    )
    .bind(reply)
    .bind(call)
    .bind(now.as_microsecond())
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing the answer to a question"))?;
    Ok(())
}

/// The replies of an article that show a revision or are about to: `?1` is the article, `?2` the revision. What is done shows
/// what was posted last, whatever was wanted of it since.
const OF_REVISION: &str = "article_id = ?1 AND state <> 'withdrawn' AND CASE
        WHEN state IN ('sent', 'rejected', 'dead') AND posted_revision IS NOT NULL THEN posted_revision = ?2
        ELSE revision = ?2 OR posted_revision = ?2
            OR (sending_revision = ?2 AND (check_first = 1 OR state IN ('sending', 'unknown'))) END";

/// Asks for the notes of an article's revision to be taken back, those that show it and those that are about to: what is on
/// the ticket or may be is withdrawn, also where an earlier withdrawal failed; what waits is not sent.
pub(super) async fn withdraw(
    connection: &mut SqliteConnection,
    article: &str,
    revision: u32,
    now: Timestamp,
) -> Result<Vec<ReplyRow>, StoreError> {
    let after = format!("FROM replies WHERE {OF_REVISION} ORDER BY created_at, id");
    let rows: Vec<ReplyRow> = sqlx::query_as(with_columns("SELECT", &after))
        .bind(article)
        .bind(revision)
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql("looking for notes to withdraw"))?;
    // A later revision may be posted anew.
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "UPDATE replies SET revision = ?2,
            state = CASE WHEN state IN ('sending', 'unknown') THEN state
                WHEN state = 'sent' OR check_first = 1 OR posted_revision IS NOT NULL OR external_reply_id IS NOT NULL
                THEN 'queued' ELSE 'withdrawn' END,
            action = 'withdraw', version = version + 1, attempts = 0, wanted_at = ?3,
            next_attempt_at = CASE WHEN state IN ('sending', 'unknown', 'retry_wait') THEN next_attempt_at ELSE ?3 END
         WHERE {OF_REVISION}"
    )))
    .bind(article)
    .bind(revision)
    .bind(now.as_microsecond())
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql("asking for notes to be withdrawn"))?;
    // One that was muted would be posted when the mute ends.
    sqlx::query(
        "UPDATE replies SET last_error = 'withdrawn'
         WHERE article_id = ? AND revision = ? AND state = 'withdrawn' AND last_error = 'muted'",
    )
    .bind(article)
    .bind(revision)
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql("asking for notes to be withdrawn"))?;
    sqlx::query(
        "UPDATE deliveries SET state = 'ignored', reason = 'withdrawn' WHERE state = 'matched' AND reply_id IN
            (SELECT id FROM replies WHERE article_id = ? AND revision = ? AND state = 'withdrawn')",
    )
    .bind(article)
    .bind(revision)
    .execute(connection)
    .await
    .map_err(StoreError::sql("asking for notes to be withdrawn"))?;
    Ok(rows)
}
