//! What became of calls, written many at a time: the one connection that writes is what everything waits for, and a
//! statement for each result would be a way to its thread and back.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::SqliteConnection;

use super::as_json;
use super::outbox::ReplyResult;
use super::retention::forget_sent;
use crate::store::StoreError;

/// A result as the statements below read it.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    action: &'a str,
    version: i64,
    revision: u32,
    state: &'a str,
    next_attempt_at: i64,
    check_first: bool,
    editable: bool,
    counts: bool,
    external_reply_id: Option<&'a str>,
    error: Option<&'a str>,
    body: Option<&'a str>,
    /// What becomes of the delivery that waited for it, and why.
    delivery: Option<(&'static str, Option<String>)>,
}

impl<'a> Row<'a> {
    fn new(result: &'a ReplyResult) -> Self {
        let delivery = match result.state {
            "sent" if result.action == "withdraw" => Some(("ignored", Some("withdrawn".to_owned()))),
            "sent" | "kept" => Some(("replied", None)),
            "rejected" | "dead" => Some(("dead", Some(format!("reply {}", result.state)))),
            "observed" => Some(("ignored", Some("observed".to_owned()))),
            "withdrawn" => Some(("ignored", result.error.clone().or_else(|| Some("withdrawn".to_owned())))),
            _ => None,
        };
        Self {
            id: &result.id,
            action: &result.action,
            version: result.version,
            revision: result.revision,
            state: result.state,
            next_attempt_at: result.next_attempt_at.as_microsecond(),
            check_first: result.check_first,
            editable: result.editable,
            counts: result.counts,
            external_reply_id: result.external_reply_id.as_deref(),
            error: result.error.as_deref(),
            body: result.body.as_deref(),
            delivery,
        }
    }
}

/// Writes what became of calls and of the deliveries that waited for them.
pub(super) async fn finish(
    connection: &mut SqliteConnection,
    results: &[ReplyResult],
    now: Timestamp,
) -> Result<(), StoreError> {
    // Of two results of one reply the later counts from what the earlier left.
    let mut rest = results;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let group = rest.iter().take_while(|result| seen.insert(&result.id)).count();
        finish_group(connection, &rest[..group], now).await?;
        rest = &rest[group..];
    }
    Ok(())
}

/// Results of different replies.
async fn finish_group(
    connection: &mut SqliteConnection,
    results: &[ReplyResult],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (kept, others): (Vec<_>, Vec<_>) = results.iter().map(Row::new).partition(|row| row.state == "kept");
    if !kept.is_empty() {
        keep(connection, &as_json(&kept, "writing what became of replies")?).await?;
    }
    if !others.is_empty() {
        record(connection, &as_json(&others, "writing what became of replies")?, now).await?;
    }
    let done: Vec<&Row<'_>> = kept.iter().chain(&others).filter(|row| row.delivery.is_some()).collect();
    if done.is_empty() {
        return Ok(());
    }
    let doing = "writing what became of deliveries";
    let done = as_json(&done, doing)?;
    sqlx::query(
        "UPDATE deliveries INDEXED BY deliveries_by_reply SET state = r.value ->> '$.delivery[0]',
            reason = r.value ->> '$.delivery[1]', last_error = r.value ->> 'error'
         FROM jsonb_each(?) r WHERE reply_id = r.value ->> 'id' AND deliveries.state = 'matched'",
    )
    .bind(&done)
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    forget_sent(connection, &done).await
}

/// A note that could be neither changed nor taken back is there as it was. Where its withdrawal came in meanwhile, that is
/// due at once.
async fn keep(connection: &mut SqliteConnection, rows: &str) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE replies SET
            state = CASE WHEN replies.action = 'withdraw' AND r.value ->> 'action' <> 'withdraw' THEN 'queued'
                ELSE 'sent' END,
            action = CASE WHEN replies.action = 'withdraw' AND r.value ->> 'action' <> 'withdraw' THEN 'withdraw'
                ELSE 'post' END,
            next_attempt_at = r.value ->> 'next_attempt_at', attempts = 0, check_first = 0, lease_until = NULL,
            external_reply_id = COALESCE(r.value ->> 'external_reply_id', external_reply_id),
            last_error = r.value ->> 'error'
         FROM jsonb_each(?) r WHERE replies.id = r.value ->> 'id'",
    )
    .bind(rows)
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing what became of replies"))?;
    Ok(())
}

/// A note that was sent while another text for it, or its withdrawal, came in is due again at once; one that was not sent
/// while its withdrawal came in is withdrawn. The call of a chat platform holds the address of a conversation, so it goes
/// once it is of no more use.
async fn record(connection: &mut SqliteConnection, rows: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE replies SET
            state = CASE
                WHEN r.state = 'sent' AND replies.action = 'withdraw' AND r.action <> 'withdraw' THEN 'queued'
                WHEN r.state = 'sent' AND replies.action = 'withdraw' THEN 'withdrawn'
                WHEN r.state = 'sent' AND replies.version > r.version AND r.editable THEN 'queued'
                WHEN r.state IN ('rejected', 'dead', 'observed') AND replies.action = 'withdraw' AND r.action = 'post'
                    THEN CASE WHEN r.check_first THEN 'queued' ELSE 'withdrawn' END
                ELSE r.state END,
            action = CASE WHEN r.state = 'sent' AND replies.action <> 'withdraw' AND replies.version > r.version
                AND r.editable THEN 'edit' ELSE replies.action END,
            next_attempt_at = r.next_attempt_at,
            check_first = r.check_first,
            attempts = CASE WHEN r.state = 'sent' THEN 0 ELSE attempts + r.counts END,
            sent_at = CASE WHEN r.state = 'sent' THEN ?2 ELSE sent_at END,
            external_reply_id = CASE WHEN r.state = 'withdrawn' OR (r.state = 'sent' AND r.action = 'withdraw') THEN NULL
                ELSE COALESCE(r.external_reply_id, replies.external_reply_id) END,
            posted_revision = CASE
                WHEN r.state = 'withdrawn' OR (r.state = 'sent' AND r.action = 'withdraw') THEN NULL
                WHEN r.state = 'sent' AND kind IN ('note', 'public') THEN r.revision
                ELSE posted_revision END,
            last_error = r.error,
            lease_until = NULL,
            body = CASE WHEN kind = 'chat' AND r.state IN ('sent', 'rejected', 'dead') THEN NULL
                ELSE COALESCE(r.body, replies.body) END
         FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state, value ->> 'action' AS action,
                value ->> 'version' AS version, value ->> 'revision' AS revision,
                value ->> 'next_attempt_at' AS next_attempt_at, value ->> 'check_first' AS check_first,
                value ->> 'editable' AS editable, value ->> 'counts' AS counts,
                value ->> 'external_reply_id' AS external_reply_id, value ->> 'error' AS error,
                value ->> 'body' AS body
              FROM jsonb_each(?1)) r
         WHERE replies.id = r.id",
    )
    .bind(rows)
    .bind(now.as_microsecond())
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing what became of replies"))?;
    Ok(())
}
