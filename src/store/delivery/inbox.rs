//! The inbox: deliveries written many at a time, and leased to a worker.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use sqlx::{FromRow, Row as _, SqliteConnection};

use super::as_json;
use crate::store::StoreError;

/// A delivery to be written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewDelivery {
    /// ULID.
    pub id: String,
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// What tells its repetitions.
    pub dedup_key: String,
    /// Ticket, comment and hash of the text.
    pub content_key: String,
    /// Hash of the text.
    pub text_sha256: String,
    /// The body, masked.
    pub raw: Option<String>,
    /// Hash of the body as sent.
    pub raw_sha256: String,
    /// The headers that matter, JSON.
    pub headers: String,
    /// What happened: `opened`, `commented`, `edited`, or `none`.
    pub event: &'static str,
    /// The ticket.
    pub external_id: String,
    /// What matching reads, JSON, redacted.
    pub ticket: Option<String>,
    /// By the platform's clock.
    #[serde(serialize_with = "microseconds")]
    pub occurred_at: Option<Timestamp>,
    /// When it came in.
    #[serde(serialize_with = "microseconds")]
    pub received_at: Timestamp,
    /// `received`, `ignored` or `dead`.
    pub state: &'static str,
    /// Why, when it is done already.
    pub reason: Option<String>,
    /// Of the request it came with.
    pub request_id: Option<String>,
}

/// Whether a delivery was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is stored now, or was dead and starts anew.
    New,
    /// It was there.
    Duplicate,
}

/// A delivery that a worker holds.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct LeasedDelivery {
    /// ULID.
    pub id: String,
    /// Connector.
    pub connector: String,
    /// Endpoint's name.
    pub endpoint: String,
    /// The ticket.
    pub external_id: String,
    /// What matching reads, JSON.
    pub ticket: Option<String>,
    /// Microseconds.
    pub received_at: i64,
    /// Times that matching failed.
    pub attempts: i64,
    /// Times that a worker took it, this time too.
    pub leases: i64,
    /// Names the lease, in microseconds.
    pub lease_until: i64,
    /// Of the request it came with.
    pub request_id: Option<String>,
}

/// A time as rows hold it.
fn microseconds<S: Serializer>(time: &(impl Copy + Into<Option<Timestamp>>), serializer: S) -> Result<S::Ok, S::Error> {
    (*time).into().map(Timestamp::as_microsecond).serialize(serializer)
}

type Key<'a> = (&'a str, &'a str, &'a str);

/// Writes deliveries with one statement. Of several that are the same, the first counts.
pub(super) async fn add(connection: &mut SqliteConnection, new: &[NewDelivery]) -> Result<Vec<Stored>, StoreError> {
    let mut keys: HashSet<Key<'_>> = HashSet::new();
    let mut contents: HashSet<Key<'_>> = HashSet::new();
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut rows = Vec::new();
    for (index, delivery) in new.iter().enumerate() {
        let NewDelivery { connector, endpoint, dedup_key, content_key, .. } = delivery;
        let is_first =
            keys.insert((connector, endpoint, dedup_key)) & contents.insert((connector, endpoint, content_key));
        if is_first {
            first.insert(&delivery.id, index);
            rows.push(delivery);
        }
    }
    let doing = "writing deliveries";
    let rows = as_json(&rows, doing)?;
    let written = sqlx::query(
        "INSERT INTO deliveries (id, connector, endpoint, dedup_key, content_key, text_sha256, raw, raw_sha256, headers,
            event, external_id, ticket, occurred_at, received_at, state, reason, request_id,
            next_attempt_at)
         SELECT n.value ->> 'id', n.value ->> 'connector', n.value ->> 'endpoint', n.value ->> 'dedup_key',
            n.value ->> 'content_key', n.value ->> 'text_sha256', n.value ->> 'raw', n.value ->> 'raw_sha256',
            n.value ->> 'headers', n.value ->> 'event', n.value ->> 'external_id', n.value ->> 'ticket',
            n.value ->> 'occurred_at', n.value ->> 'received_at', n.value ->> 'state', n.value ->> 'reason',
            n.value ->> 'request_id',
            n.value ->> 'received_at'
         FROM jsonb_each(?1) n
         WHERE NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.connector = n.value ->> 'connector'
            AND d.endpoint = n.value ->> 'endpoint' AND d.content_key = n.value ->> 'content_key'
            AND d.state NOT IN ('failed', 'dead'))
         ON CONFLICT (connector, endpoint, dedup_key) DO UPDATE SET state = 'received', reason = NULL, attempts = 0,
            leases = 0, next_attempt_at = excluded.received_at, lease_until = NULL, raw = excluded.raw,
            ticket = excluded.ticket, request_id = excluded.request_id
         WHERE deliveries.state IN ('failed', 'dead') AND excluded.state = 'received'
         RETURNING connector, endpoint, dedup_key",
    )
    .bind(rows)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    let mut stored: HashSet<(String, String, String)> = HashSet::new();
    for row in written {
        let text = |column| row.try_get::<String, _>(column).map_err(StoreError::sql("reading what was written"));
        stored.insert((text("connector")?, text("endpoint")?, text("dedup_key")?));
    }
    let is_new = |(index, delivery): (usize, &NewDelivery)| {
        let key = (delivery.connector.clone(), delivery.endpoint.clone(), delivery.dedup_key.clone());
        let here = first.get(delivery.id.as_str()) == Some(&index);
        if here && stored.contains(&key) { Stored::New } else { Stored::Duplicate }
    };
    Ok(new.iter().enumerate().map(is_new).collect())
}

/// Whether any delivery waits and is due.
pub(super) async fn is_due(connection: &mut SqliteConnection, now: Timestamp) -> Result<bool, StoreError> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM deliveries INDEXED BY deliveries_waiting
            WHERE state IN ('received', 'failed') AND next_attempt_at <= ?)",
    )
    .bind(now.as_microsecond())
    .fetch_one(connection)
    .await
    .map_err(StoreError::sql("looking for deliveries"))
}

/// Takes deliveries that are due. One whose lease ran out is due again, which is how a crash is survived.
pub(super) async fn lease(
    connection: &mut SqliteConnection,
    now: Timestamp,
    until: Timestamp,
    most: u32,
) -> Result<Vec<LeasedDelivery>, StoreError> {
    let mut leased: Vec<LeasedDelivery> = sqlx::query_as(
        "UPDATE deliveries SET state = 'received', leases = leases + 1, lease_until = ?2, next_attempt_at = ?2
         WHERE id IN (SELECT id FROM deliveries INDEXED BY deliveries_waiting
            WHERE state IN ('received', 'failed') AND next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?3)
         RETURNING id, connector, endpoint, external_id, ticket, received_at, attempts, leases, lease_until,
            request_id",
    )
    .bind(now.as_microsecond())
    .bind(until.as_microsecond())
    .bind(most)
    .fetch_all(connection)
    .await
    .map_err(StoreError::sql("taking deliveries"))?;
    leased.sort_by(|a, b| (a.received_at, &a.id).cmp(&(b.received_at, &b.id)));
    Ok(leased)
}
