//! The sender: takes replies, marked as being sent before any call, and writes what became of them.

mod conclusion;
mod look;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::conclusion::CANNOT_LOOK;
pub(super) use self::conclusion::Finished;
use super::call::Outcome;
use super::gate::Health;
use super::{Connector, Deliveries, EndpointKey, Served, StoredCall, chat};
use crate::connect::dialect::Note;
use crate::connect::endpoint::{Endpoint, Mode};
use crate::connect::ticket::{Audience, Posted, Posting, TicketConnector, say_withdrawn, take_back};
use crate::store::{Budget, Pause, ReplyResult, ReplyRow, StoreError};

/// Results that wait to be written.
const QUEUE: usize = 256;
/// Why a note of a muted article is not posted, in a word.
const MUTED: &str = "muted";
/// How long the sender and the recorder wait for more: a commit for each reply would hold up the deliveries that come in.
const GATHER: Duration = Duration::from_millis(3);

/// Runs until the deliveries are stopped and what is under way has ended.
pub(super) async fn run(deliveries: Arc<Deliveries>) {
    let (results, finished) = mpsc::channel(QUEUE);
    let recorder = tokio::spawn(record(Arc::clone(&deliveries), finished));
    while !deliveries.is_stopping() {
        match pass(&deliveries, &results).await {
            Ok(0) => deliveries.rest(&deliveries.wanted).await,
            Ok(_) => tokio::time::sleep(GATHER).await,
            Err(error) => {
                tracing::error!(%error, "the sender could not reach the store; it tries again");
                deliveries.rest(&deliveries.wanted).await;
            }
        }
    }
    drop(results);
    let _ = recorder.await;
}

/// Takes what is due and starts its calls; gives how many were taken.
async fn pass(deliveries: &Arc<Deliveries>, results: &mpsc::Sender<Finished>) -> Result<usize, StoreError> {
    let (store, now) = (deliveries.service.store(), deliveries.service.clock().now());
    let paused: HashSet<EndpointKey> =
        store.pauses(now).await?.into_iter().map(|pause| (pause.connector, pause.endpoint)).collect();
    let open = deliveries.endpoints.keys().filter(|key| !paused.contains(*key));
    let budgets = open.map(|key| Budget {
        connector: key.0.clone(),
        endpoint: key.1.clone(),
        most: deliveries.gates.allowance(key, now),
    });
    let budgets: Vec<Budget> = budgets.filter(|budget| budget.most > 0).collect();
    let until = now.checked_add(deliveries.settings.timing.sending).unwrap_or(now);
    let claimed = store.claim_replies(budgets, now, until).await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let mutes = store.mutes(now).await?;
    let muted = |reply: &ReplyRow| {
        mutes.iter().any(|mute| {
            (&mute.connector, &mute.endpoint, &mute.article) == (&reply.connector, &reply.endpoint, &reply.article_id)
        })
    };
    let taken = claimed.len();
    for reply in claimed {
        let key = (reply.connector.clone(), reply.endpoint.clone());
        deliveries.gates.start(&key);
        let (deliveries, results, muted) = (Arc::clone(deliveries), results.clone(), muted(&reply));
        tokio::spawn(async move {
            let finished = deliveries.send(&reply, muted).await.keeping_what_is_posted();
            tell(&reply, &finished.result);
            // It fails only when the recorder is gone; the lease then runs out.
            let _ = results.send(finished).await;
        });
    }
    Ok(taken)
}

/// Says what became of a reply, with the id of the request that it goes back to.
fn tell(reply: &ReplyRow, result: &ReplyResult) {
    let ReplyRow { delivery_id: delivery, connector, endpoint, kind, action, .. } = reply;
    let request_id = reply.request_id.as_deref().unwrap_or_default();
    let (state, error) = (result.state, result.error.as_deref().unwrap_or_default());
    match state {
        "dead" | "rejected" => {
            tracing::error!(
                delivery,
                request_id,
                connector,
                endpoint,
                kind,
                action,
                state,
                error,
                "a reply was given up"
            );
        }
        "retry_wait" | "unknown" => {
            tracing::warn!(delivery, request_id, connector, endpoint, kind, action, state, error, "a reply waits");
        }
        _ => tracing::debug!(delivery, request_id, connector, endpoint, kind, action, state, "a reply is done"),
    }
}

/// Writes results, many at a time.
async fn record(deliveries: Arc<Deliveries>, mut finished: mpsc::Receiver<Finished>) {
    let mut batch = Vec::new();
    while finished.recv_many(&mut batch, QUEUE).await > 0 {
        tokio::time::sleep(GATHER).await;
        while batch.len() < QUEUE
            && let Ok(done) = finished.try_recv()
        {
            batch.push(done);
        }
        let now = deliveries.service.clock().now();
        for done in batch.iter().filter(|done| done.unauthorized) {
            deliveries.pause(&done.key, now).await;
        }
        let results: Vec<ReplyResult> = batch.iter().map(|done| done.result.clone()).collect();
        if let Err(error) = deliveries.service.store().finish_replies(results, now).await {
            // The leases run out, and the platform is asked what was carried out.
            tracing::error!(%error, replies = batch.len(), "what became of calls could not be written");
        }
        for done in batch.drain(..) {
            if deliveries.gates.end(&done.key, done.health, now, deliveries.settings.timing.circuit) {
                tracing::error!(
                    connector = done.key.0,
                    endpoint = done.key.1,
                    "the platform fails again and again; calls rest for a while"
                );
            }
        }
        deliveries.wanted.notify_one();
    }
}

/// Whether a platform can put another text in place of a note. That depends on whom it is for and not on what it says, so
/// the shortest note is tried.
pub(super) fn can_edit(connector: &dyn TicketConnector, endpoint: &Endpoint, reply: &ReplyRow) -> bool {
    reply.body.is_some() && say_withdrawn(connector, endpoint, posted(reply, "0")).is_some()
}

fn posting(reply: &ReplyRow) -> Option<(Note, Audience)> {
    let note = serde_json::from_str(reply.body.as_deref()?).ok()?;
    Some((note, audience(reply)))
}

fn audience(reply: &ReplyRow) -> Audience {
    if reply.kind == "public" { Audience::Public } else { Audience::Internal }
}

fn posted<'r>(reply: &'r ReplyRow, id: &'r str) -> Posted<'r> {
    Posted { external_id: &reply.external_id, marker: &reply.marker, audience: audience(reply), id }
}

/// The call that says in the place of a note that it was withdrawn, once the platform refused to remove it: some remove
/// notes for a while only, or not for everybody who may edit them.
fn instead_of_removal(served: &Served, reply: &ReplyRow, finished: &Finished, outcome: &Outcome) -> Option<StoredCall> {
    let (Connector::Ticket(connector), "withdraw", Outcome::Refused(_) | Outcome::Unauthorized(_)) =
        (served.connector, reply.action.as_str(), outcome)
    else {
        return None;
    };
    let (endpoint, id) = (&served.configured.endpoint, finished.result.external_reply_id.as_deref()?);
    // Where it cannot remove at all, the edit is what it refused.
    connector.withdraw(endpoint, &reply.external_id, id)?;
    say_withdrawn(connector, endpoint, posted(reply, id)).map(StoredCall::from)
}

/// Why an endpoint makes no call for a reply that was queued when its mode was another: the word for it.
fn held_back(endpoint: &Endpoint, reply: &ReplyRow) -> Option<&'static str> {
    match endpoint.mode {
        Mode::Observe => Some("the endpoint only observes now"),
        Mode::Suggest if reply.kind == "public" => Some("the endpoint does not answer in public now"),
        Mode::Suggest | Mode::Answer => None,
    }
}

/// How a reply ends without a call, or the call that is made for it.
enum Step {
    End(&'static str, Option<String>),
    Call(StoredCall, &'static str),
}

impl Step {
    fn held_back(why: &str) -> Self {
        Self::End("observed", Some(why.to_owned()))
    }

    fn withdrawn(why: Option<&str>) -> Self {
        Self::End("withdrawn", why.map(str::to_owned))
    }
}

impl Deliveries {
    async fn pause(&self, key: &EndpointKey, now: Timestamp) {
        tracing::error!(
            connector = key.0,
            endpoint = key.1,
            "the platform refuses our credential; the endpoint rests until it is put right and `kbmatch endpoints resume` is run, or for an hour"
        );
        let until = now.checked_add(self.settings.timing.pause).unwrap_or(Timestamp::MAX);
        let pause = Pause {
            connector: key.0.clone(),
            endpoint: key.1.clone(),
            until: until.as_microsecond(),
            reason: "the platform refuses our credential".to_owned(),
        };
        if let Err(error) = self.service.store().pause(pause).await {
            tracing::error!(%error, "the pause could not be written");
        }
    }

    /// Brings one reply a step further.
    pub(super) async fn send(&self, reply: &ReplyRow, muted: bool) -> Finished {
        let key = (reply.connector.clone(), reply.endpoint.clone());
        let mut finished = Finished { result: self.result(reply), key, health: Health::NotCalled, unauthorized: false };
        let Some(served) = self.endpoint(&reply.connector, &reply.endpoint) else {
            return finished.end("dead", Some("its endpoint is not configured any more".to_owned()));
        };
        finished.result.editable = match served.connector {
            Connector::Ticket(connector) => can_edit(connector, &served.configured.endpoint, reply),
            Connector::Chat(_) => false,
        };
        let timing = &self.settings.timing;
        let stale = match served.connector {
            Connector::Chat(connector) => timing.stale_chat.min(connector.late_within()),
            Connector::Ticket(_) => timing.stale,
        };
        let age = self.service.clock().now().as_microsecond().saturating_sub(reply.wanted_at);
        if reply.action != "withdraw" && i128::from(age) > stale.as_micros() {
            return finished.end("dead", Some("stale: it would come too late".to_owned()));
        }
        match self.step(served, reply, muted, &mut finished).await {
            Some(Step::End(state, error)) => finished.end(state, error),
            Some(Step::Call(call, done)) => {
                let mut outcome = self.call(served, &call).await;
                if let Some(instead) = instead_of_removal(served, reply, &finished, &outcome) {
                    outcome = self.call(served, &instead).await;
                }
                if let (Connector::Ticket(connector), "withdraw", Outcome::Gone(_)) =
                    (served.connector, reply.action.as_str(), &outcome)
                {
                    return self.look_after_removal(served, connector, reply, finished).await;
                }
                let mut finished = self.conclude(served, reply, outcome, done, finished);
                // A refused call without a credential says nothing of it: response addresses run out.
                finished.unauthorized &= call.origin.is_none();
                finished
            }
            None => finished,
        }
    }

    /// What is to be done for a reply; `None` when there is no call to be made now, and `finished` says why.
    async fn step(&self, served: &Served, reply: &ReplyRow, muted: bool, finished: &mut Finished) -> Option<Step> {
        let held_back = held_back(&served.configured.endpoint, reply);
        if reply.kind == "follow" {
            return Some(held_back.map_or_else(|| stored_call(reply), Step::held_back));
        }
        let connector = match served.connector {
            Connector::Ticket(connector) => connector,
            Connector::Chat(connector) => {
                if let Some(question) = chat::question(reply) {
                    self.find_late(served, connector, reply, question, finished).await;
                    return None;
                }
                let maybe_made = reply.check_first.then(|| Step::End("dead", Some(CANNOT_LOOK.to_owned())));
                return Some(maybe_made.unwrap_or_else(|| stored_call(reply)));
            }
        };
        let endpoint = &served.configured.endpoint;
        let (mut posted_id, mut looked) = (reply.external_reply_id.clone(), false);
        if posted_id.is_none() && (reply.check_first || reply.action != "post") {
            match connector.list(endpoint, &reply.external_id) {
                Some(list) => {
                    posted_id = self.look(served, connector, list, reply, finished).await?;
                    looked = true;
                }
                None if reply.check_first => return Some(Step::End("dead", Some(CANNOT_LOOK.to_owned()))),
                None => {}
            }
        }
        finished.result.external_reply_id.clone_from(&posted_id);
        if reply.action == "withdraw" {
            let is_there = posted_id.is_some() || (!looked && reply.posted_revision.is_some());
            return Some(if is_there { removal(connector, endpoint, reply, posted_id) } else { Step::withdrawn(None) });
        }
        if reply.action == "post" && reply.check_first && posted_id.is_some() {
            // What is there is what was being sent when the call broke off.
            finished.result.version = reply.sending_version;
            finished.result.revision = reply.sending_revision;
            return Some(Step::End("sent", None));
        }
        if reply.action == "post"
            && looked
            && let Err(error) = self.service.store().sending(reply).await
        {
            tracing::error!(%error, "what is being sent could not be written");
            self.later(finished, reply, None, "unknown", error.to_string());
            return None;
        }
        let silent = if muted { Some(MUTED) } else { held_back };
        Some(match (silent, reply.action.as_str()) {
            (Some(why), "edit") => Step::End("kept", Some(why.to_owned())),
            (Some(MUTED), _) => Step::withdrawn(Some(MUTED)),
            (Some(why), _) => Step::held_back(why),
            (None, action) => post(connector, endpoint, reply, action, posted_id),
        })
    }

    pub(super) async fn call(&self, served: &Served, call: &StoredCall) -> Outcome {
        let started = Instant::now();
        let result = self.caller.call(&served.configured, call).await;
        let outcome = Outcome::of(result, &self.settings.timing, self.service.clock().now());
        let endpoint = &served.configured.endpoint;
        self.service.telemetry().deliveries().called(
            &endpoint.connector,
            &endpoint.name,
            outcome.word(),
            started.elapsed(),
        );
        outcome
    }

    fn result(&self, reply: &ReplyRow) -> ReplyResult {
        ReplyResult {
            id: reply.id.clone(),
            action: reply.action.clone(),
            version: reply.version,
            revision: reply.revision,
            state: "retry_wait",
            next_attempt_at: self.service.clock().now(),
            check_first: reply.check_first,
            editable: false,
            counts: false,
            external_reply_id: None,
            error: None,
            body: None,
        }
    }
}

/// Takes a note back.
fn removal(connector: &dyn TicketConnector, endpoint: &Endpoint, reply: &ReplyRow, posted_id: Option<String>) -> Step {
    let call = posted_id.and_then(|id| take_back(connector, endpoint, posted(reply, &id)));
    call.map_or_else(
        || Step::End("kept", Some("the platform cannot take notes back".to_owned())),
        |call| Step::Call(call.into(), "sent"),
    )
}

fn post(
    connector: &dyn TicketConnector,
    endpoint: &Endpoint,
    reply: &ReplyRow,
    action: &str,
    posted_id: Option<String>,
) -> Step {
    let Some((note, audience)) = posting(reply) else {
        return Step::End("dead", Some("its text is not there any more".to_owned()));
    };
    let posting = Posting { external_id: &reply.external_id, marker: &reply.marker, audience, note: &note };
    if action != "edit" {
        return Step::Call(connector.post(endpoint, posting).into(), "sent");
    }
    match posted_id.and_then(|id| connector.edit(endpoint, posting, &id)) {
        Some(call) => Step::Call(call.into(), "sent"),
        None => Step::End("kept", Some("the note was not found, so it keeps its text".to_owned())),
    }
}

fn stored_call(reply: &ReplyRow) -> Step {
    match reply.body.as_deref().and_then(|text| serde_json::from_str(text).ok()) {
        Some(call) => Step::Call(call, "sent"),
        None => Step::End("dead", Some("its call is not there any more".to_owned())),
    }
}
