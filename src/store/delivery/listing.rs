//! Reading deliveries and replies back.

use sqlx::{FromRow, SqliteConnection};

use super::reply::{ReplyRow, with_columns};
use crate::store::StoreError;

/// The states of a delivery.
pub const DELIVERY_STATES: [&str; 7] = ["received", "matched", "replied", "no_match", "ignored", "failed", "dead"];

/// A delivery as it is kept.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct DeliveryRow {
    /// ULID.
    pub id: String,
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// What tells its repetitions.
    pub dedup_key: String,
    /// The body, masked.
    pub raw: Option<String>,
    /// Hash of the body as sent.
    pub raw_sha256: String,
    /// The headers that matter, JSON.
    pub headers: String,
    /// What happened to the ticket.
    pub event: String,
    /// The ticket.
    pub external_id: String,
    /// What matching reads, JSON, redacted.
    pub ticket: Option<String>,
    /// By the platform's clock, in microseconds.
    pub occurred_at: Option<i64>,
    /// When it came in, in microseconds.
    pub received_at: i64,
    /// Where it stands.
    pub state: String,
    /// Why.
    pub reason: Option<String>,
    /// Times that matching failed.
    pub attempts: i64,
    /// When it is due, in microseconds.
    pub next_attempt_at: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The report that its text was matched as.
    pub report_id: Option<String>,
    /// Its reply.
    pub reply_id: Option<String>,
    /// Of the request it came with.
    pub request_id: Option<String>,
}

/// Which deliveries to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// In this state.
    pub state: Option<String>,
    /// Of this connector.
    pub connector: Option<String>,
    /// Of this endpoint.
    pub endpoint: Option<String>,
    /// Of this ticket.
    pub external_id: Option<String>,
    /// Older than the delivery with this id.
    pub before: Option<String>,
    /// At most so many.
    pub most: u32,
}

/// Which replies to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplyFilter {
    /// With this id.
    pub id: Option<String>,
    /// In this state.
    pub state: Option<String>,
    /// Of this connector.
    pub connector: Option<String>,
    /// Of this endpoint.
    pub endpoint: Option<String>,
    /// Made since then, in microseconds.
    pub since: i64,
    /// At most so many.
    pub most: u32,
}

/// How much is in which state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels {
    /// State of deliveries and how many.
    pub deliveries: Vec<(String, u64)>,
    /// State of replies and how many.
    pub replies: Vec<(String, u64)>,
    /// Replies that are dead although no delivery is: withdrawals, calls that follow, answers in chats.
    pub dead_calls: u64,
    /// When the oldest delivery came in that is not done, in microseconds.
    pub oldest: Option<i64>,
}

const COLUMNS: &str = "id, connector, endpoint, dedup_key, raw, raw_sha256, headers, event, external_id, ticket,
    occurred_at, received_at, state, reason, attempts, next_attempt_at, last_error, report_id, reply_id,
    request_id";

/// Deliveries, newest first, without their texts.
pub(super) async fn deliveries(
    connection: &mut SqliteConnection,
    filter: &DeliveryFilter,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let columns = COLUMNS.replace(" raw,", " NULL AS raw,").replace("ticket,", "NULL AS ticket,");
    let sql = format!(
        "SELECT {columns} FROM deliveries WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR connector = ?2)
         AND (?3 IS NULL OR endpoint = ?3) AND (?4 IS NULL OR external_id = ?4) AND (?5 IS NULL OR id < ?5)
         ORDER BY id DESC LIMIT ?6"
    );
    sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(&filter.state)
        .bind(&filter.connector)
        .bind(&filter.endpoint)
        .bind(&filter.external_id)
        .bind(&filter.before)
        .bind(filter.most)
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("listing deliveries"))
}

pub(super) async fn delivery(connection: &mut SqliteConnection, id: &str) -> Result<Option<DeliveryRow>, StoreError> {
    sqlx::query_as(sqlx::AssertSqlSafe(format!("SELECT {COLUMNS} FROM deliveries WHERE id = ?")))
        .bind(id)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::sql("reading a delivery"))
}

pub(super) async fn knows(
    connection: &mut SqliteConnection,
    connector: &str,
    endpoint: &str,
) -> Result<bool, StoreError> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM deliveries WHERE connector = ? AND endpoint = ?)")
        .bind(connector)
        .bind(endpoint)
        .fetch_one(connection)
        .await
        .map_err(StoreError::sql("looking for an endpoint's deliveries"))
}

/// Those of a JSON list of keys that no delivery of an endpoint has.
pub(super) async fn unknown(
    connection: &mut SqliteConnection,
    connector: &str,
    endpoint: &str,
    keys: &str,
) -> Result<Vec<String>, StoreError> {
    sqlx::query_scalar(
        "SELECT k.value FROM jsonb_each(?3) k WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE connector = ?1
            AND endpoint = ?2 AND dedup_key = k.value)",
    )
    .bind(connector)
    .bind(endpoint)
    .bind(keys)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("looking for deliveries"))
}

pub(super) async fn reply(connection: &mut SqliteConnection, id: &str) -> Result<Option<ReplyRow>, StoreError> {
    sqlx::query_as(with_columns("SELECT", "FROM replies WHERE id = ?"))
        .bind(id)
        .fetch_optional(connection)
        .await
        .map_err(StoreError::sql("reading a reply"))
}

pub(super) async fn replies(
    connection: &mut SqliteConnection,
    filter: &ReplyFilter,
) -> Result<Vec<ReplyRow>, StoreError> {
    let after = "FROM replies WHERE (?1 IS NULL OR id = ?1) AND (?2 IS NULL OR state = ?2)
         AND (?3 IS NULL OR connector = ?3) AND (?4 IS NULL OR endpoint = ?4) AND created_at >= ?5
         ORDER BY id DESC LIMIT ?6";
    sqlx::query_as(with_columns("SELECT", after))
        .bind(&filter.id)
        .bind(&filter.state)
        .bind(&filter.connector)
        .bind(&filter.endpoint)
        .bind(filter.since)
        .bind(filter.most)
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("listing replies"))
}

/// Replies that were given up although no delivery is dead of them, and that can be put back to work: withdrawals, and
/// calls that follow.
pub(super) async fn given_up(
    connection: &mut SqliteConnection,
    endpoint: Option<&(String, String)>,
) -> Result<Vec<ReplyRow>, StoreError> {
    let after = "FROM replies WHERE state IN ('dead', 'rejected') AND (action = 'withdraw' OR kind = 'follow')
         AND (?1 IS NULL OR connector = ?1) AND (?2 IS NULL OR endpoint = ?2) ORDER BY id DESC";
    sqlx::query_as(with_columns("SELECT", after))
        .bind(endpoint.map(|(connector, _)| connector))
        .bind(endpoint.map(|(_, name)| name))
        .fetch_all(connection)
        .await
        .map_err(StoreError::sql("listing replies"))
}

pub(super) async fn levels(connection: &mut SqliteConnection) -> Result<Levels, StoreError> {
    let doing = "counting deliveries";
    let deliveries: Vec<(String, i64)> = sqlx::query_as("SELECT state, COUNT(*) FROM deliveries GROUP BY state")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    let replies: Vec<(String, i64)> = sqlx::query_as("SELECT state, COUNT(*) FROM replies GROUP BY state")
        .fetch_all(&mut *connection)
        .await
        .map_err(StoreError::sql(doing))?;
    let dead_calls: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM replies WHERE state = 'dead' AND NOT EXISTS
            (SELECT 1 FROM deliveries d INDEXED BY deliveries_by_reply WHERE d.reply_id = replies.id AND d.state = 'dead')",
    )
    .fetch_one(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    let oldest =
        sqlx::query_scalar("SELECT MIN(received_at) FROM deliveries WHERE state IN ('received', 'failed', 'matched')")
            .fetch_one(connection)
            .await
            .map_err(StoreError::sql(doing))?;
    let counts = |rows: Vec<(String, i64)>| rows.into_iter().map(|(s, n)| (s, u64::try_from(n).unwrap_or(0))).collect();
    let dead_calls = u64::try_from(dead_calls).unwrap_or(0);
    Ok(Levels { deliveries: counts(deliveries), replies: counts(replies), dead_calls, oldest })
}
