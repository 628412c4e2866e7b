//! Deleting what is older than it is to be kept.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::store::StoreError;

/// Rows in one transaction.
const SLICE: i64 = 500;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// Texts of deliveries that came in before this go.
    pub texts: Timestamp,
    /// Deliveries that came in before this go, and with them the knowledge of their keys.
    pub keys: Timestamp,
    /// Replies whose last delivery came in before this go: a note for the same article would be posted again.
    pub replies: Timestamp,
}

/// With a plus sign for the same reason as [`FORGET_SENT`].
const FORGET_REPLIES: &str = "UPDATE replies SET body = NULL WHERE body IS NOT NULL
    AND +state IN ('sent', 'rejected', 'dead', 'observed', 'withdrawn')
    AND id IN (SELECT reply_id FROM deliveries WHERE report_id = ? AND state NOT IN ('received', 'failed'))";

/// Deletes what deliveries keep of a report: their texts, and what was posted for them. What still waits to be matched or
/// sent stays until it is done; [`forget_sent`] sees to it then. Gives how many rows lost their text.
pub(in crate::store) async fn forget_report(
    connection: &mut SqliteConnection,
    report: &str,
) -> Result<u64, StoreError> {
    let doing = "deleting what deliveries keep of a report";
    let replies =
        sqlx::query(FORGET_REPLIES).bind(report).execute(&mut *connection).await.map_err(StoreError::sql(doing))?;
    let deliveries = sqlx::query(
        "UPDATE deliveries SET raw = NULL, ticket = NULL WHERE report_id = ? AND state NOT IN ('received', 'failed')
         AND (raw IS NOT NULL OR ticket IS NOT NULL)",
    )
    .bind(report)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(replies.rows_affected() + deliveries.rows_affected())
}

/// The plus sign keeps `SQLite` from the index of states, by which it would walk every reply that was ever sent.
const FORGET_SENT: &str = "UPDATE replies SET body = NULL
    WHERE id IN (SELECT value ->> 'id' FROM jsonb_each(?)) AND body IS NOT NULL
    AND +state IN ('sent', 'rejected', 'dead', 'observed', 'withdrawn')
    AND EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_by_reply WHERE d.reply_id = replies.id)
    AND NOT EXISTS (SELECT 1 FROM deliveries d INDEXED BY deliveries_by_reply WHERE d.reply_id = replies.id
        AND d.ticket IS NOT NULL)";

/// Deletes the texts of replies that are done when no delivery that wanted them has a text any more: their reports were
/// deleted while they waited. `rows` is a JSON list of objects with an `id`.
pub(super) async fn forget_sent(connection: &mut SqliteConnection, rows: &str) -> Result<(), StoreError> {
    sqlx::query(FORGET_SENT)
        .bind(rows)
        .execute(connection)
        .await
        .map_err(StoreError::sql("deleting the texts of replies"))?;
    Ok(())
}

/// Deletes a slice of each kind; gives how many rows changed.
pub(super) async fn slice(connection: &mut SqliteConnection, kept: Kept) -> Result<u64, StoreError> {
    let done = "state IN ('replied', 'no_match', 'ignored', 'dead')";
    let statements = [
        (
            format!(
                "UPDATE deliveries SET raw = NULL, ticket = NULL WHERE id IN (SELECT id FROM deliveries
                 WHERE received_at < ?1 AND {done} AND (raw IS NOT NULL OR ticket IS NOT NULL) LIMIT ?2)"
            ),
            kept.texts,
        ),
        (
            "UPDATE replies SET body = NULL WHERE id IN (SELECT id FROM replies WHERE wanted_at < ?1
             AND state IN ('sent', 'rejected', 'dead', 'observed', 'withdrawn') AND body IS NOT NULL LIMIT ?2)"
                .to_owned(),
            kept.texts,
        ),
        (
            format!(
                "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries
                 WHERE received_at < ?1 AND {done} LIMIT ?2)"
            ),
            kept.keys,
        ),
        (
            "DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE wanted_at < ?1 AND kind = 'chat'
             AND state IN ('sent', 'rejected', 'dead') LIMIT ?2)"
                .to_owned(),
            kept.keys,
        ),
        (
            "DELETE FROM replies WHERE id IN (SELECT id FROM replies WHERE wanted_at < ?1
             AND state IN ('sent', 'rejected', 'dead', 'observed', 'withdrawn') LIMIT ?2)"
                .to_owned(),
            kept.replies,
        ),
    ];
    let mut changed = 0;
    for (sql, before) in statements {
        let result = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(before.as_microsecond())
            .bind(SLICE)
            .execute(&mut *connection)
            .await
            .map_err(StoreError::sql("deleting old deliveries"))?;
        changed += result.rows_affected();
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn replies_are_found_by_their_identifiers_and_not_by_walking_all_that_were_sent() {
        let mut connection = <SqliteConnection as sqlx::Connection>::connect("sqlite::memory:").await.unwrap();
        crate::store::open::MIGRATOR.run(&mut connection).await.unwrap();
        for statement in [FORGET_SENT, FORGET_REPLIES] {
            let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let plan: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(explain).bind("[]").fetch_all(&mut connection).await.unwrap();
            let steps: Vec<&str> = plan.iter().map(|(.., step)| step.as_str()).collect();
            let found = "SEARCH replies USING INDEX sqlite_autoindex_replies_1 (id=?)";
            assert!(steps.contains(&found), "{steps:?}");
        }
    }
}
