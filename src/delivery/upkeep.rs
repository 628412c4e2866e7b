//! What is done from time to time: counting what waits, deleting what is old.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::Deliveries;
use crate::store::{Kept, Levels};

/// Time between two counts.
const COUNT: Duration = Duration::from_secs(2);
/// Time between two clean-ups.
const CLEAN_UP: Duration = Duration::from_hours(1);
/// Days that the keys of deliveries are known at least: longer than any sender tries.
const KEYS: u32 = 30;
/// Days that a note is known: one for the same article is not posted again on a ticket that lives that long.
const REPLIES: u32 = 365;

/// Runs until the deliveries are stopped.
pub(super) async fn run(deliveries: Arc<Deliveries>) {
    let mut cleaned: Option<Instant> = None;
    while !deliveries.is_stopping() {
        if let Err(error) = count(&deliveries).await {
            tracing::warn!(%error, "deliveries could not be counted");
        }
        if cleaned.is_none_or(|at| at.elapsed() >= CLEAN_UP) {
            cleaned = Some(Instant::now());
            clean_up(&deliveries).await;
        }
        tokio::select! {
            () = deliveries.stop.notified() => {}
            () = tokio::time::sleep(COUNT) => {}
        }
    }
}

async fn count(deliveries: &Deliveries) -> Result<(), crate::store::StoreError> {
    let Levels { deliveries: states, replies, dead_calls, oldest } =
        deliveries.service.store().delivery_levels().await?;
    let of = |rows: &[(String, u64)], state: &str| rows.iter().find(|(name, _)| name == state).map_or(0, |(_, n)| *n);
    deliveries.room.set(of(&states, "received") + of(&states, "failed"));
    let numbers = deliveries.service.telemetry().deliveries();
    for state in ["received", "matched", "replied", "no_match", "ignored", "failed"] {
        numbers.set_in_state(state, of(&states, state));
    }
    for state in ["queued", "sending", "retry_wait", "unknown", "sent", "rejected", "observed", "withdrawn"] {
        numbers.set_in_state(state, of(&replies, state));
    }
    numbers.set_in_state("dead", of(&states, "dead") + dead_calls);
    let now = deliveries.service.clock().now();
    let age = oldest.and_then(|at| Timestamp::from_microsecond(at).ok()).map(|at| now.duration_since(at));
    numbers.set_oldest(age.and_then(|age| Duration::try_from(age).ok()).unwrap_or_default());
    Ok(())
}

async fn clean_up(deliveries: &Deliveries) {
    let now = deliveries.service.clock().now();
    let endpoints = deliveries.endpoints.keys().cloned().collect();
    let stale = now.checked_sub(deliveries.settings.timing.stale).unwrap_or(Timestamp::MIN);
    match deliveries.service.store().give_up_orphans(endpoints, stale).await {
        Ok(0) => {}
        Ok(replies) => tracing::error!(replies, "gave up replies of endpoints that are not configured any more"),
        Err(error) => tracing::error!(%error, "replies of endpoints that are gone could not be given up"),
    }
    let before =
        |days: u32| now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN);
    let days = deliveries.settings.retention_days;
    let kept = Kept { texts: before(days), keys: before(days.max(KEYS)), replies: before(days.max(REPLIES)) };
    match deliveries.service.store().delete_old_deliveries(kept).await {
        Ok(0) => {}
        Ok(changed) => tracing::info!(changed, "deleted old deliveries"),
        Err(error) => tracing::error!(%error, "old deliveries could not be deleted"),
    }
}
