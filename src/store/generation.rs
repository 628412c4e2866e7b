//! The generation row: a number that every write to the knowledge base raises, in the same transaction.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::{StoreError, number};

/// Raises the generation and gives the new number, 1 for the first write.
pub(super) async fn advance(connection: &mut SqliteConnection, now: Timestamp) -> Result<u64, StoreError> {
    let next: i64 = sqlx::query_scalar("UPDATE generation SET number = number + 1, changed_at = ? RETURNING number")
        .bind(now.as_microsecond())
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("raising the generation"))?;
    number("generation", next)
}

/// The current generation; 0 before the first write.
pub(super) async fn current(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let current: i64 = sqlx::query_scalar("SELECT number FROM generation")
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("reading the generation"))?;
    number("generation", current)
}
