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
