//! The worker: takes deliveries, matches their stored text through the one service, writes what becomes of them. While one
//! batch is written the next is matched; batches are written in the order in which they were taken, since what comes later
//! of one ticket must see what came of the earlier.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::{Connector, Deliveries, Served, StoredCall, StoredTicket, backoff, decide, mask};
use crate::connect::endpoint::Mode;
use crate::engine::{Answer, MatchOptions, Outcome};
use crate::report::Hints;
use crate::store::{Decision, LeasedDelivery, ReplyRow, Settlement, StoreError, Want};

/// Deliveries taken at a time: what a commit costs is shared by so many, and those that come in wait no longer than it takes
/// to write so many.
const BATCH: u32 = 256;
/// Deliveries matched at a time.
const AT_ONCE: usize = 2;
/// Texts up to this size are matched where they are: to hand one over takes about as long.
const INLINE: usize = 8 << 10;
/// Times that matching may fail.
const FAILURES: i64 = 3;
/// Times that a delivery may be taken: one that kills its worker every time does not come back for ever.
const LEASES: i64 = 20;

/// Bytes of text that a batch is to hold at most; what batches hold is known from the one before.
const BATCH_BYTES: usize = 8 << 20;

/// What matching one delivery came to.
enum Matched {
    Answer(Box<Answer>),
    Failed(String),
}

/// Runs until the deliveries are stopped.
pub(super) async fn run(deliveries: Arc<Deliveries>) {
    let (matched, batches) = mpsc::channel(1);
    let settler = tokio::spawn(settle(Arc::clone(&deliveries), batches));
    let mut most = BATCH;
    while !deliveries.is_stopping() {
        match pass(&deliveries, most, &matched).await {
            Ok(None) => deliveries.rest(&deliveries.arrived).await,
            Ok(Some(next)) => most = next,
            Err(error) => {
                tracing::error!(%error, "the worker could not reach the store; it tries again");
                deliveries.rest(&deliveries.arrived).await;
            }
        }
    }
    drop(matched);
    let _ = settler.await;
}

/// Takes what is due, at most `most`, and matches it; gives how many to take next, or `None` when nothing was due.
async fn pass(
    deliveries: &Arc<Deliveries>,
    most: u32,
    matched: &mpsc::Sender<Vec<Settlement>>,
) -> Result<Option<u32>, StoreError> {
    let (store, clock) = (deliveries.service.store(), deliveries.service.clock());
    let now = clock.now();
    let until = now.checked_add(deliveries.settings.timing.lease).unwrap_or(now);
    let leased = store.lease_deliveries(now, until, most).await?;
    if leased.is_empty() {
        return Ok(None);
    }
    let texts = leased.iter().filter_map(|delivery| delivery.ticket.as_deref());
    let next = next_batch(leased.len(), texts.map(str::len).sum());
    let mutes = store.mutes(now).await?;
    let muted: Arc<HashSet<(String, String, String)>> =
        Arc::new(mutes.into_iter().map(|mute| (mute.connector, mute.endpoint, mute.article)).collect());
    let started = Instant::now();
    let half = deliveries.settings.timing.lease.unsigned_abs() / 2;
    let work = leased.into_iter().map(|delivery| {
        let (deliveries, muted) = (Arc::clone(deliveries), Arc::clone(&muted));
        async move {
            // What cannot be done within the lease is left for the next worker.
            if started.elapsed() > half { None } else { Some(settlement(&deliveries, delivery, &muted).await) }
        }
    });
    let settlements: Vec<Settlement> =
        futures_util::stream::iter(work).buffered(AT_ONCE).filter_map(std::future::ready).collect().await;
    // It fails only when the settler broke down; the leases then run out.
    matched.send(settlements).await.map_err(|_| StoreError::Closed)?;
    Ok(Some(next))
}

/// How many deliveries to take after so many with so many bytes of text.
fn next_batch(taken: usize, bytes: usize) -> u32 {
    let fit = BATCH_BYTES / (bytes / taken.max(1)).max(1);
    u32::try_from(fit).map_or(BATCH, |fit| fit.clamp(1, BATCH))
}

/// Settles batches until no more come.
async fn settle(deliveries: Arc<Deliveries>, mut batches: mpsc::Receiver<Vec<Settlement>>) {
    while let Some(settlements) = batches.recv().await {
        if let Err(error) = settle_batch(&deliveries, settlements).await {
            // The leases run out, and what they were of is matched again.
            tracing::error!(%error, "what became of deliveries could not be written");
        }
    }
}

async fn settle_batch(deliveries: &Arc<Deliveries>, settlements: Vec<Settlement>) -> Result<(), StoreError> {
    let (store, now) = (deliveries.service.store(), deliveries.service.clock().now());
    let settlements = Arc::new(settlements);
    let this = Arc::clone(deliveries);
    let decide = Arc::new(move |settlement: &Settlement, ticket: &crate::store::TicketState| {
        // To know it a call is made up; it matters only where there is a note already.
        let editable = !ticket.replies.is_empty() && this.is_editable(settlement);
        decide::decide(settlement, ticket, editable)
    });
    let decisions = store.settle_deliveries(Arc::clone(&settlements), decide, now).await?;
    for (settlement, decision) in settlements.iter().zip(&decisions) {
        tell(&settlement.delivery, decision);
    }
    let settled = decisions.iter().filter(|d| !matches!(d, Decision::Again(..) | Decision::Lost)).count() as u64;
    deliveries.room.leave(settled);
    deliveries.wanted.notify_one();
    Ok(())
}

fn tell(delivery: &LeasedDelivery, decision: &Decision) {
    let LeasedDelivery { id, connector, endpoint, external_id: ticket, .. } = delivery;
    let request_id = delivery.request_id.as_deref().unwrap_or_default();
    match decision {
        Decision::Done("ignored", reason) if reason == "loop" => {
            tracing::error!(
                delivery = id,
                request_id,
                connector,
                endpoint,
                ticket,
                "more than 5 deliveries a minute for one ticket: a rule of the platform answers our notes"
            );
        }
        Decision::Done("dead", reason) => {
            tracing::error!(delivery = id, request_id, connector, endpoint, reason, "a delivery is dead");
        }
        Decision::Again(error, _) => {
            tracing::warn!(delivery = id, request_id, connector, endpoint, error, "a delivery failed");
        }
        other => {
            tracing::debug!(delivery = id, request_id, connector, endpoint, decision = ?std::mem::discriminant(other), "settled");
        }
    }
}

/// Matches a delivery and says what it asks for.
async fn settlement(
    deliveries: &Arc<Deliveries>,
    delivery: LeasedDelivery,
    muted: &HashSet<(String, String, String)>,
) -> Settlement {
    let nothing = |state, reason: &str| Want::Nothing(state, reason.to_owned());
    let (want, report_id) = if delivery.leases > LEASES {
        (nothing("dead", "no worker finished it"), None)
    } else {
        match deliveries.endpoint(&delivery.connector, &delivery.endpoint).cloned() {
            None => (nothing("dead", "its endpoint is not configured any more"), None),
            Some(served) => match matched(deliveries, &delivery).await {
                Matched::Answer(answer) => {
                    let want = deliveries.want(&served, &delivery, &answer, muted);
                    (want, Some(answer.report_id))
                }
                Matched::Failed(error) if delivery.attempts + 1 >= FAILURES => (nothing("dead", &error), None),
                Matched::Failed(error) => {
                    let delay = backoff::delay(&deliveries.settings.timing, delivery.attempts + 1, backoff::random());
                    (Want::Again(error, delay), None)
                }
            },
        }
    };
    let follow = matches!(want, Want::Nothing("no_match", _)).then(|| deliveries.follow(&delivery)).flatten();
    Settlement { delivery, report_id, want, follow }
}

async fn matched(deliveries: &Arc<Deliveries>, delivery: &LeasedDelivery) -> Matched {
    let stored = delivery.ticket.as_deref().and_then(|text| serde_json::from_str::<StoredTicket>(text).ok());
    let Some(ticket) = stored else {
        return Matched::Failed("its text is not there any more".to_owned());
    };
    let service = Arc::clone(&deliveries.service);
    let is_small = ticket.text.len() <= INLINE;
    let work = move || catch_unwind(AssertUnwindSafe(|| answer(&service, &ticket)));
    let answer = if is_small {
        // Requests go first: those that come in wait for nothing else that is done here.
        tokio::task::yield_now().await;
        Ok(work())
    } else {
        match tokio::time::timeout(deliveries.settings.timing.matching, tokio::task::spawn_blocking(work)).await {
            Ok(answer) => answer,
            Err(_) => return Matched::Failed("matching took too long".to_owned()),
        }
    };
    match answer {
        Ok(Ok(Some(answer))) => Matched::Answer(Box::new(answer)),
        Ok(Ok(None)) => Matched::Failed("its text cannot be read".to_owned()),
        Ok(Err(_)) | Err(_) => Matched::Failed("matching broke down".to_owned()),
    }
}

/// The answer to a stored text.
fn answer(service: &crate::service::Service, ticket: &StoredTicket) -> Option<Answer> {
    let hints = Hints { locale: ticket.locale.clone(), ..Hints::default() };
    let options = MatchOptions { hints, ..MatchOptions::default() };
    Some(service.answer(mask::report(&ticket.text)?, &options))
}

/// Whether the customer sees what is posted; `None` when nothing may be. Candidates are for people who can tell them
/// apart, not for the customer.
fn audience(served: &Served, answer: &Answer, confidence: f64) -> Option<bool> {
    let endpoint = &served.configured.endpoint;
    let Connector::Ticket(connector) = served.connector else { return None };
    let sure = answer.outcome == Outcome::Match && confidence >= endpoint.answer_at;
    if connector.has_internal_notes() {
        return Some(endpoint.mode == Mode::Answer && sure && connector.has_public_replies());
    }
    // Everything posted there is public; what is only watched shows what would have been.
    (sure && endpoint.mode != Mode::Suggest).then_some(true)
}

impl Deliveries {
    fn is_editable(&self, settlement: &Settlement) -> bool {
        let Settlement { delivery, want: Want::Reply(reply), .. } = settlement else { return false };
        let Some(served) = self.endpoint(&delivery.connector, &delivery.endpoint) else { return false };
        let Connector::Ticket(connector) = served.connector else { return false };
        super::sender::can_edit(connector, &served.configured.endpoint, reply)
    }

    /// The call that follows when nothing is found for a delivery; none where everything is only watched.
    fn follow(&self, delivery: &LeasedDelivery) -> Option<Box<ReplyRow>> {
        let served = self.endpoint(&delivery.connector, &delivery.endpoint)?;
        let endpoint = &served.configured.endpoint;
        let Connector::Ticket(connector) = served.connector else { return None };
        let call = connector.no_match(endpoint, &delivery.external_id).filter(|_| endpoint.mode != Mode::Observe)?;
        let body = serde_json::to_string(&StoredCall::from(call)).ok()?;
        let reply = self.queued(delivery);
        Some(Box::new(ReplyRow { kind: "follow".to_owned(), body: Some(body), ..reply }))
    }

    /// A reply for a delivery that is to be made at once, without its article and text.
    fn queued(&self, delivery: &LeasedDelivery) -> ReplyRow {
        let (id, now) = (self.service.next_id().to_string(), self.service.clock().now());
        let endpoint = (delivery.connector.as_str(), delivery.endpoint.as_str());
        ReplyRow {
            wanted_at: delivery.received_at,
            request_id: delivery.request_id.clone(),
            ..ReplyRow::queued(id, &delivery.id, endpoint, delivery.external_id.clone(), now)
        }
    }

    /// What an answer asks for at an endpoint.
    fn want(
        &self,
        served: &Served,
        delivery: &LeasedDelivery,
        answer: &Answer,
        muted: &HashSet<(String, String, String)>,
    ) -> Want {
        let endpoint = &served.configured.endpoint;
        let nothing = |state, reason: &str| Want::Nothing(state, reason.to_owned());
        let is_muted = |id: &str| muted.contains(&(endpoint.connector.clone(), endpoint.name.clone(), id.to_owned()));
        let mut note = self.notes.note(answer);
        let Some(best) = note.articles.first().filter(|_| answer.outcome != Outcome::NoMatch) else {
            return nothing("no_match", "no_match");
        };
        if is_muted(&best.id) {
            return nothing("ignored", "muted");
        }
        let confidence = best.confidence.value();
        if confidence < endpoint.suggest_at {
            return nothing("no_match", "below_suggest_at");
        }
        note.articles.retain(|article| !is_muted(&article.id));
        if answer.outcome == Outcome::Match {
            note.articles.truncate(1);
        } else if note.articles.len() == 1 {
            // The others are muted: there is nothing to choose from.
            (note.outcome, note.question) = (Outcome::Match, None);
        }
        let Some(best) = note.articles.first() else { return nothing("ignored", "muted") };
        let observed = endpoint.mode == Mode::Observe;
        let Some(is_public) = audience(served, answer, confidence) else {
            return nothing("no_match", "below_answer_at");
        };
        let Ok(body) = serde_json::to_string(&note) else { return nothing("dead", "the note cannot be written") };
        Want::Reply(Box::new(ReplyRow {
            article_id: best.id.clone(),
            revision: best.revision,
            confidence,
            kind: if is_public { "public" } else { "note" }.to_owned(),
            body: Some(body),
            state: if observed { "observed" } else { "queued" }.to_owned(),
            ..self.queued(delivery)
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_large_as_the_texts_allow_that_came_last() {
        assert_eq!(next_batch(256, 256 << 10), BATCH, "short ones");
        assert_eq!(next_batch(256, 64 << 20), 32, "of 256 KiB each");
        assert_eq!(next_batch(1, usize::MAX), 1);
        assert_eq!(next_batch(3, 0), BATCH, "texts that are gone");
    }
}
