//! What becomes of a delivery once its text was matched, decided in the transaction that writes it down.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sqlx::SqliteConnection;

use super::outbox;
use super::reply::ReplyRow;
use super::{Decide, LeasedDelivery, as_json};
use crate::store::{StoreError, number};

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

/// Writes what becomes of deliveries. Those of different tickets are looked at and written together; what comes later of
/// one ticket must see what came of the earlier.
pub(super) async fn all(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
    decide: &Decide,
    now: Timestamp,
) -> Result<Vec<Decision>, StoreError> {
    let mut decisions = Vec::with_capacity(settlements.len());
    let mut rest = settlements;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let group = rest.iter().take_while(|settlement| seen.insert(ticket_of(&settlement.delivery))).count();
        let (settlements, later) = rest.split_at(group);
        let tickets = ticket_states(connection, settlements).await?;
        let decided = settlements.iter().zip(&tickets).map(|(settlement, ticket)| match ticket {
            Some(ticket) => decide(settlement, ticket),
            None => Decision::Lost,
        });
        let decided: Vec<Decision> = decided.collect();
        apply(connection, settlements, &decided, now).await?;
        decisions.extend(decided);
        rest = later;
    }
    Ok(decisions)
}

type TicketKey<'a> = (&'a str, &'a str, &'a str);

fn ticket_of(delivery: &LeasedDelivery) -> TicketKey<'_> {
    (&delivery.connector, &delivery.endpoint, &delivery.external_id)
}

/// A delivery as [`ticket_states`] asks for it.
#[derive(Serialize)]
struct Asked<'a> {
    id: &'a str,
    lease_until: i64,
    leases: i64,
    connector: &'a str,
    endpoint: &'a str,
    external_id: &'a str,
    received_at: i64,
}

/// What the tickets of deliveries got before; `None` where the lease of the delivery is lost. Of most deliveries the lease
/// holds and theirs is the only one of the ticket: only of the others a row comes back, since a row takes longer on its
/// way from the database's thread than it takes to find.
async fn ticket_states(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
) -> Result<Vec<Option<TicketState>>, StoreError> {
    let asked = settlements.iter().map(|Settlement { delivery, .. }| Asked {
        id: &delivery.id,
        lease_until: delivery.lease_until,
        leases: delivery.leases,
        connector: &delivery.connector,
        endpoint: &delivery.endpoint,
        external_id: &delivery.external_id,
        received_at: delivery.received_at,
    });
    let doing = "looking at leases and their tickets' deliveries";
    let asked = as_json(&asked.collect::<Vec<_>>(), doing)?;
    let unusual: Vec<(i64, bool, i64, bool)> = sqlx::query_as(
        "SELECT key, holds, within_a_minute, superseded FROM (SELECT a.key AS key,
            EXISTS (SELECT 1 FROM deliveries WHERE id = a.id AND state = 'received' AND lease_until = a.lease_until
                AND leases = a.leases) AS holds,
            (SELECT COUNT(*) FROM deliveries d INDEXED BY deliveries_by_ticket WHERE d.connector = a.connector
                AND d.endpoint = a.endpoint AND d.external_id = a.external_id
                AND d.received_at > a.received_at - 60000000
                AND (d.received_at < a.received_at OR (d.received_at = a.received_at AND d.id <= a.id))
                AND (d.state <> 'ignored' OR d.reason = 'loop')) AS within_a_minute,
            EXISTS (SELECT 1 FROM deliveries me CROSS JOIN deliveries d INDEXED BY deliveries_by_ticket
                WHERE me.id = a.id AND d.connector = me.connector AND d.endpoint = me.endpoint
                AND d.external_id = me.external_id AND d.id <> me.id AND d.occurred_at > me.occurred_at
                AND d.text_sha256 = me.text_sha256 AND d.state NOT IN ('failed', 'dead', 'ignored')) AS superseded
         FROM (SELECT key, value ->> 'id' AS id, value ->> 'lease_until' AS lease_until, value ->> 'leases' AS leases,
                value ->> 'connector' AS connector, value ->> 'endpoint' AS endpoint,
                value ->> 'external_id' AS external_id, value ->> 'received_at' AS received_at
              FROM jsonb_each(?)) a)
         WHERE NOT holds OR within_a_minute <> 1 OR superseded",
    )
    .bind(&asked)
    .fetch_all(&mut *connection)
    .await
    .map_err(StoreError::sql(doing))?;
    let mut replies: HashMap<(String, String, String), Vec<ReplyRow>> = HashMap::new();
    for reply in outbox::of_tickets(connection, &asked).await? {
        let ticket = (reply.connector.clone(), reply.endpoint.clone(), reply.external_id.clone());
        replies.entry(ticket).or_default().push(reply);
    }
    let unusual: HashMap<usize, (bool, i64, bool)> = unusual
        .into_iter()
        .map(|(key, holds, within, superseded)| Ok((number("deliveries", key)?, (holds, within, superseded))))
        .collect::<Result<_, StoreError>>()?;
    let state = |(at, settlement): (usize, &Settlement)| {
        let (holds, within_a_minute, superseded) = unusual.get(&at).copied().unwrap_or((true, 1, false));
        let (connector, endpoint, external_id) = ticket_of(&settlement.delivery);
        let ticket = (connector.to_owned(), endpoint.to_owned(), external_id.to_owned());
        let replies = replies.remove(&ticket).unwrap_or_default();
        holds.then_some(TicketState { replies, within_a_minute, superseded })
    };
    Ok(settlements.iter().enumerate().map(state).collect())
}

/// A delivery that is done, as [`apply`] writes it.
#[derive(Serialize)]
struct Done<'a> {
    id: &'a str,
    state: &'a str,
    reason: Option<&'a str>,
    reply: Option<&'a str>,
    report: Option<&'a str>,
}

/// Writes what becomes of deliveries of different tickets.
async fn apply(
    connection: &mut SqliteConnection,
    settlements: &[Settlement],
    decisions: &[Decision],
    now: Timestamp,
) -> Result<(), StoreError> {
    let (mut queued, mut done) = (Vec::new(), Vec::new());
    for (settlement, decision) in settlements.iter().zip(decisions) {
        let id = &settlement.delivery.id;
        let posted = |reply: &ReplyRow| if reply.state == "observed" { "ignored" } else { "matched" };
        let (state, reason, reply) = match decision {
            Decision::Lost => continue,
            Decision::Again(error, delay) => {
                again(connection, id, error, *delay, now).await?;
                continue;
            }
            Decision::Done(state, reason) => (*state, Some(reason.as_str()), None),
            Decision::Wait(reply) => ("matched", None, Some(reply.as_str())),
            Decision::Queue(reply) => {
                queued.push(reply.as_ref());
                (posted(reply), observed(reply), Some(reply.id.as_str()))
            }
            Decision::Change(reply) => {
                outbox::replace(connection, reply).await?;
                (posted(reply), observed(reply), Some(reply.id.as_str()))
            }
        };
        if let ("no_match", Some(follow)) = (state, &settlement.follow) {
            outbox::follow(connection, follow).await?;
        }
        done.push(Done { id, state, reason, reply, report: settlement.report_id.as_deref() });
    }
    outbox::insert_all(connection, &queued).await?;
    if done.is_empty() {
        return Ok(());
    }
    let doing = "writing what became of deliveries";
    sqlx::query(
        "UPDATE deliveries SET state = r.state, reason = r.reason, reply_id = r.reply, report_id = r.report,
            lease_until = NULL, last_error = CASE WHEN r.state = 'dead' THEN r.reason END
         FROM (SELECT value ->> 'id' AS id, value ->> 'state' AS state, value ->> 'reason' AS reason,
                value ->> 'reply' AS reply, value ->> 'report' AS report FROM jsonb_each(?)) r
         WHERE deliveries.id = r.id",
    )
    .bind(as_json(&done, doing)?)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
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

/// Starts a dead delivery anew, or the reply that it died of, or the dead reply with this id, which may be a withdrawal or a
/// call that follows. The reply's text is still there, so it is sent as it is, after a look whether it is there already if
/// a call broke off; where the platform does not let anybody look, a person did.
pub(super) async fn retry(connection: &mut SqliteConnection, id: &str, now: Timestamp) -> Result<bool, StoreError> {
    let doing = "putting a delivery back to work";
    let reply: u64 = sqlx::query(
        "UPDATE replies SET state = 'retry_wait', attempts = 0,
            check_first = check_first AND COALESCE(last_error, '') NOT LIKE 'unknown:%', next_attempt_at = ?2,
            wanted_at = ?2, last_error = NULL
         WHERE id IN (?1, (SELECT reply_id FROM deliveries WHERE id = ?1 AND state = 'dead'))
            AND state IN ('dead', 'rejected') AND (body IS NOT NULL OR action = 'withdraw')",
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
         WHERE state = 'dead' AND ((id = ?1 AND (?3 = 'matched' OR ticket IS NOT NULL))
            OR (?3 = 'matched' AND reply_id = ?1))",
    )
    .bind(id)
    .bind(now.as_microsecond())
    .bind(state)
    .execute(connection)
    .await
    .map_err(StoreError::sql(doing))?;
    Ok(reply + changed.rows_affected() > 0)
}
