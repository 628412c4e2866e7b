//! What becomes of a delivery once its text was matched, decided in the transaction that writes it down.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use super::outbox;
use super::reply::ReplyRow;
use super::{Decide, LeasedDelivery};
use crate::store::StoreError;

/// A delivery and what matching made of it.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The delivery.
    pub delivery: LeasedDelivery,
    /// The report that its text was matched as.
    pub report_id: Option<String>,
    /// What is to become of it unless the ticket's history says otherwise.
    pub want: Want,
    /// The call that follows when nothing is found for it.
    pub follow: Option<Box<ReplyRow>>,
}

/// What matching made of a delivery.
#[derive(Debug, Clone)]
pub enum Want {
    /// This is to be posted.
    Reply(Box<ReplyRow>),
    /// Nothing is to be posted: the state and its reason.
    Nothing(&'static str, String),
    /// Matching failed; it is tried again after so long.
    Again(String, SignedDuration),
}

/// What a ticket got before.
#[derive(Debug, Clone, Default)]
pub struct TicketState {
    /// Its replies.
    pub replies: Vec<ReplyRow>,
    /// Its deliveries within the minute before this one, this one too.
    pub within_a_minute: i64,
    /// Whether a delivery with a later clock says the same.
    pub superseded: bool,
}

/// What becomes of a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// It is done: state and reason.
    Done(&'static str, String),
    /// A reply is queued.
    Queue(Box<ReplyRow>),
    /// A reply that is there gets another text or starts anew.
    Change(Box<ReplyRow>),
    /// It waits for a reply that is under way.
    Wait(String),
    /// It is tried again.
    Again(String, SignedDuration),
    /// Another worker has it, or finished it.
    Lost,
}

pub(super) async fn all(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
    decide: &Decide,
    now: Timestamp,
) -> Result<Vec<Decision>, StoreError> {
    let mut decisions = Vec::with_capacity(settlements.len());
    for settlement in settlements {
        let decision = match ticket_state(connection, &settlement.delivery).await? {
            Some(ticket) => decide(settlement, &ticket),
            None => Decision::Lost,
        };
        apply(connection, settlement, &decision, now).await?;
        decisions.push(decision);
    }
    Ok(decisions)
}

/// What the ticket of a delivery got before; `None` when the lease of the delivery is lost. All but the replies comes from
/// one statement: the one connection that writes is what everything waits for.
async fn ticket_state(
    connection: &mut SqliteConnection,
    delivery: &LeasedDelivery,
) -> Result<Option<TicketState>, StoreError> {
    let (holds, within_a_minute, superseded): (bool, i64, bool) = sqlx::query_as(
        "SELECT
            EXISTS (SELECT 1 FROM deliveries WHERE id = ?1 AND state = 'received' AND lease_until = ?2 AND leases = ?3),
            (SELECT COUNT(*) FROM deliveries WHERE connector = ?4 AND endpoint = ?5 AND external_id = ?6
                AND received_at > ?7 - 60000000 AND (received_at < ?7 OR (received_at = ?7 AND id <= ?1))
                AND (state <> 'ignored' OR reason = 'loop')),
            EXISTS (SELECT 1 FROM deliveries d JOIN deliveries me ON me.id = ?1
                WHERE d.connector = me.connector AND d.endpoint = me.endpoint AND d.external_id = me.external_id
                AND d.id <> me.id AND d.occurred_at > me.occurred_at AND d.text_sha256 = me.text_sha256
                AND d.state NOT IN ('failed', 'dead', 'ignored'))",
    )
    .bind(&delivery.id)
    .bind(delivery.lease_until)
    .bind(delivery.leases)
    .bind(&delivery.connector)
    .bind(&delivery.endpoint)
    .bind(&delivery.external_id)
    .bind(delivery.received_at)
    .fetch_one(&mut *connection)
    .await
    .map_err(StoreError::sql("looking at a lease and its ticket's deliveries"))?;
    if !holds {
        return Ok(None);
    }
    let replies = outbox::of_ticket(connection, &delivery.connector, &delivery.endpoint, &delivery.external_id).await?;
    Ok(Some(TicketState { replies, within_a_minute, superseded }))
}

async fn apply(
    connection: &mut SqliteConnection,
    settlement: &Settlement,
    decision: &Decision,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = &settlement.delivery.id;
    let (state, reason, reply) = match decision {
        Decision::Lost => return Ok(()),
        Decision::Again(error, delay) => return again(connection, id, error, *delay, now).await,
        Decision::Done(state, reason) => (*state, Some(reason.as_str()), None),
        Decision::Wait(reply) => ("matched", None, Some(reply.as_str())),
        Decision::Queue(reply) => {
            outbox::insert(connection, reply).await?;
            (if reply.state == "observed" { "ignored" } else { "matched" }, observed(reply), Some(reply.id.as_str()))
        }
        Decision::Change(reply) => {
            outbox::replace(connection, reply).await?;
            (if reply.state == "observed" { "ignored" } else { "matched" }, observed(reply), Some(reply.id.as_str()))
        }
    };
    if let ("no_match", Some(follow)) = (state, &settlement.follow) {
        outbox::follow(connection, follow).await?;
    }
    sqlx::query(
        "UPDATE deliveries SET state = ?2, reason = ?3, reply_id = ?4, report_id = ?5, lease_until = NULL,
            last_error = CASE WHEN ?2 = 'dead' THEN ?3 END WHERE id = ?1",
    )
    .bind(id)
    .bind(state)
    .bind(reason)
    .bind(reply)
    .bind(&settlement.report_id)
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing what became of a delivery"))?;
    Ok(())
}

fn observed(reply: &ReplyRow) -> Option<&'static str> {
    (reply.state == "observed").then_some("observed")
}

async fn again(
    connection: &mut SqliteConnection,
    id: &str,
    error: &str,
    delay: SignedDuration,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE deliveries SET state = 'failed', attempts = attempts + 1, lease_until = NULL, last_error = ?2,
            next_attempt_at = ?3 WHERE id = ?1",
    )
    .bind(id)
    .bind(error)
    .bind(now.checked_add(delay).unwrap_or(Timestamp::MAX).as_microsecond())
    .execute(connection)
    .await
    .map_err(StoreError::sql("writing that a delivery failed"))?;
    Ok(())
}

/// Starts a dead delivery anew, or the reply that it died of. The reply's text is still there, so it is sent as it is,
/// after a look whether it is there already; where the platform does not let anybody look, a person did.
pub(super) async fn retry(connection: &mut SqliteConnection, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let doing = "putting a delivery back to work";
    let reply: u64 = sqlx::query(
        "UPDATE replies SET state = 'retry_wait', attempts = 0,
            check_first = COALESCE(last_error, '') NOT LIKE 'unknown:%', next_attempt_at = ?2, wanted_at = ?2,
            last_error = NULL
         WHERE id = (SELECT reply_id FROM deliveries WHERE id = ?1 AND state = 'dead')
            AND state IN ('dead', 'rejected') AND body IS NOT NULL",
    )
    .bind(id)
    .bind(now.as_microsecond())
    .execute(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?
    .rows_affected();
    let state = if reply > 0 { "matched" } else { "received" };
    let changed = sqlx::query(
        "UPDATE deliveries SET state = ?3, reason = NULL, attempts = 0, leases = 0, next_attempt_at = ?2,
            lease_until = NULL, last_error = NULL
         WHERE id = ?1 AND state = 'dead' AND (?3 = 'matched' OR ticket IS NOT NULL)",
    )
    .bind(id)
    .bind(now.as_microsecond())
    .bind(state)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(changed.rows_affected() > 0)
}
