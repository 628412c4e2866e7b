//! What waits for endpoints that are gone.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::as_json;
use crate::store::StoreError;

/// Both with the list of the replies' ids.
const GIVE_UP: [&str; 2] = [
    "UPDATE replies SET check_first = MAX(check_first, state IN ('sending', 'unknown')), state = 'dead',
        lease_until = NULL, last_error = 'its endpoint is not configured any more'
     WHERE id IN (SELECT value FROM jsonb_each(?))",
    "UPDATE deliveries SET state = 'dead', reason = 'reply dead', last_error = 'its endpoint is not configured any more'
     WHERE state = 'matched' AND reply_id IN (SELECT value FROM jsonb_each(?))",
];

/// Gives up the replies that wait for endpoints that the settings do not have any more, once they would come too late;
/// gives how many.
pub(super) async fn give_up(
    connection: &mut SqliteConnection,
    endpoints: &[(String, String)],
    before: Timestamp,
) -> Result<usize, StoreError> {
    let doing = "giving up replies of endpoints that are gone";
    let orphans: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM replies WHERE state IN ('queued', 'sending', 'retry_wait', 'unknown') AND wanted_at < ?2
            AND NOT EXISTS (SELECT 1 FROM jsonb_each(?1) e WHERE e.value ->> 0 = connector AND e.value ->> 1 = endpoint)",
    )
    .bind(as_json(&endpoints, doing)?)
    .bind(before.as_microsecond())
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    let ids = as_json(&orphans, doing)?;
    for statement in GIVE_UP {
        sqlx::query(statement).bind(&ids).execute(&mut *connection).await.map_err(StoreError::sql(doing))?;
    }
    Ok(orphans.len())
}
