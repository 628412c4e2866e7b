//! What people and platforms tell an endpoint not to do for a while.

use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection};

use crate::store::StoreError;

/// An article that an endpoint keeps quiet about.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Mute {
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// The article.
    pub article: String,
    /// Until when, in microseconds.
    pub until: i64,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub muted_by: String,
    /// When, in microseconds.
    pub muted_at: i64,
}

/// An endpoint that makes no calls for a while.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Pause {
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// Until when, in microseconds.
    pub until: i64,
    /// Why.
    pub reason: String,
}

pub(super) async fn mute(connection: &mut SqliteConnection, mute: &Mute) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO mutes (connector, endpoint, article, until, reason, muted_by, muted_at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (connector, endpoint, article) DO UPDATE SET until = excluded.until, reason = excluded.reason,
            muted_by = excluded.muted_by, muted_at = excluded.muted_at",
    )
    .bind(&mute.connector)
    .bind(&mute.endpoint)
    .bind(&mute.article)
    .bind(mute.until)
    .bind(&mute.reason)
    .bind(&mute.muted_by)
    .bind(mute.muted_at)
    .execute(connection)
    .await
    .map_err(StoreError::sql("muting an article"))?;
    Ok(())
}

pub(super) async fn unmute(
    connection: &mut SqliteConnection,
    connector: &str,
    endpoint: &str,
    article: &str,
) -> Result<bool, StoreError> {
    let gone = sqlx::query("DELETE FROM mutes WHERE connector = ? AND endpoint = ? AND article = ?")
        .bind(connector)
        .bind(endpoint)
        .bind(article)
        .execute(connection)
        .await
        .map_err(StoreError::sql("ending a mute"))?;
    Ok(gone.rows_affected() > 0)
}

pub(super) async fn list(connection: &mut SqliteConnection, now: Timestamp) -> Result<Vec<Mute>, StoreError> {
    sqlx::query_as(
        "SELECT connector, endpoint, article, until, reason, muted_by, muted_at FROM mutes WHERE until > ?
         ORDER BY connector, endpoint, article",
    )
    .bind(now.as_microsecond())
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("listing mutes"))
}

pub(super) async fn pause(connection: &mut SqliteConnection, pause: &Pause) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO pauses (connector, endpoint, until, reason) VALUES (?, ?, ?, ?)
         ON CONFLICT (connector, endpoint) DO UPDATE SET until = excluded.until, reason = excluded.reason",
    )
    .bind(&pause.connector)
    .bind(&pause.endpoint)
    .bind(pause.until)
    .bind(&pause.reason)
    .execute(connection)
    .await
    .map_err(StoreError::sql("pausing an endpoint"))?;
    Ok(())
}

pub(super) async fn resume(
    connection: &mut SqliteConnection,
    endpoint: Option<&(String, String)>,
) -> Result<u64, StoreError> {
    let (connector, name) = endpoint.map(|(connector, name)| (connector, name)).unzip();
    let gone = sqlx::query("DELETE FROM pauses WHERE ?1 IS NULL OR (connector = ?1 AND endpoint = ?2)")
        .bind(connector)
        .bind(name)
        .execute(connection)
        .await
        .map_err(StoreError::sql("ending a pause"))?;
    Ok(gone.rows_affected())
}

pub(super) async fn pauses(connection: &mut SqliteConnection, now: Timestamp) -> Result<Vec<Pause>, StoreError> {
    sqlx::query_as("SELECT connector, endpoint, until, reason FROM pauses WHERE until > ? ORDER BY connector, endpoint")
        .bind(now.as_microsecond())
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("listing pauses"))
}
