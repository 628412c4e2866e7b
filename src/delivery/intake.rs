//! From a request to a stored delivery: verified, read, redacted, and committed before it is acknowledged.
//!
//! One task writes: whatever came in while a commit ran goes into the next one, so that durability costs one wait for
//! the disk a group and not one a delivery.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Mutex, mpsc, oneshot};

use super::room::Room;
use super::{Connector, Deliveries, EndpointKey, Served, StoredTicket, mask};
use crate::config::ConfiguredEndpoint;
use crate::connect::model::{AuthorKind, InboundRequest, InboundTicket, Reading, TicketEvent, Unreadable};
use crate::connect::ticket::TicketConnector;
use crate::connect::verify::{Matched, Refused, Scheme, Verified, verify};
use crate::service::Service;
use crate::store::{NewDelivery, StoreError, Stored};
use crate::text::hex;

/// Requests that may wait for the commit.
const QUEUE: usize = 4_096;
/// Bodies up to this size are read on the thread that serves the request.
const INLINE: usize = 16 << 10;
/// Seconds after which a sender is asked to try again.
const TRY_AGAIN: u32 = 30;

/// What a sender is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receipt {
    /// Stored.
    Accepted,
    /// It was stored before.
    Duplicate,
    /// Genuine, but not for us, with the reason.
    Ignored(String),
}

/// Why nothing is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntakeError {
    /// It is not proved genuine.
    Unauthorized,
    /// There is no room or no store; try again after so many seconds.
    Unavailable(u32),
}

type Answer = oneshot::Sender<Result<Stored, ()>>;

/// The task that writes.
#[derive(Debug)]
pub(super) struct Intake {
    queue: Mutex<Option<mpsc::Sender<(NewDelivery, Answer)>>>,
    sender: mpsc::WeakSender<(NewDelivery, Answer)>,
    ended: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Intake {
    pub(super) fn start(service: Arc<Service>, room: Arc<Room>, group: usize) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let ended = tokio::spawn(run(service, room, waiting, group.max(1)));
        Self { sender: queue.downgrade(), queue: Mutex::new(Some(queue)), ended: Mutex::new(Some(ended)) }
    }

    /// Stores a delivery; returns once it is on disk.
    async fn store(&self, delivery: NewDelivery) -> Result<Stored, IntakeError> {
        let unavailable = IntakeError::Unavailable(TRY_AGAIN);
        let queue = self.sender.upgrade().ok_or(unavailable)?;
        let (answer, answered) = oneshot::channel();
        queue.try_send((delivery, answer)).map_err(|_| unavailable)?;
        drop(queue);
        answered.await.ok().and_then(Result::ok).ok_or(unavailable)
    }

    /// Writes what waits and takes nothing more.
    pub(super) async fn close(&self) {
        self.queue.lock().await.take();
        if let Some(ended) = self.ended.lock().await.take() {
            let _ = ended.await;
        }
    }
}

async fn run(service: Arc<Service>, room: Arc<Room>, mut waiting: mpsc::Receiver<(NewDelivery, Answer)>, group: usize) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, group).await > 0 {
        let (deliveries, answers): (Vec<NewDelivery>, Vec<Answer>) = batch.drain(..).unzip();
        let results = match write(&service, deliveries).await {
            Ok(stored) => stored.into_iter().map(Ok).collect(),
            Err(error) => {
                tracing::error!(%error, deliveries = answers.len(), "deliveries could not be stored; their senders try again");
                vec![Err(()); answers.len()]
            }
        };
        for (answer, result) in answers.into_iter().zip(results) {
            // Whoever sent it may have gone; it is stored all the same.
            let _ = answer.send(result);
        }
        room.turn().await;
    }
}

async fn write(service: &Service, deliveries: Vec<NewDelivery>) -> Result<Vec<Stored>, StoreError> {
    service.store().add_deliveries(deliveries).await
}

impl Deliveries {
    /// Takes a request for an endpoint of a ticketing platform. Its id goes into every log line about what becomes of it.
    pub async fn receive(
        self: &Arc<Self>,
        served: &Arc<Served>,
        request_id: &str,
        headers: Vec<(String, String)>,
        body: Bytes,
    ) -> Result<Receipt, IntakeError> {
        let Connector::Ticket(connector) = served.connector else { return Err(IntakeError::Unauthorized) };
        let endpoint = &served.configured.endpoint;
        let count =
            |result| self.service.telemetry().deliveries().received(&endpoint.connector, &endpoint.name, result);
        let request = InboundRequest { headers, body: &body };
        self.verified(served, connector.scheme(endpoint), &request)?;
        let headers = request.headers;
        if self.room.is_full() {
            count("unavailable");
            return Err(IntakeError::Unavailable(TRY_AGAIN));
        }
        let work = {
            let (this, served) = (Arc::clone(self), Arc::clone(served));
            let body = body.clone();
            move || this.prepare(&served.configured, connector, &InboundRequest { headers, body: &body })
        };
        let mut delivery = if body.len() <= INLINE {
            work()
        } else {
            tokio::task::spawn_blocking(work).await.map_err(|_| IntakeError::Unavailable(TRY_AGAIN))?
        };
        delivery.request_id = Some(request_id.to_owned());
        let (state, reason) = (delivery.state, delivery.reason.clone());
        let stored = self.intake.store(delivery).await.inspect_err(|_| count("unavailable"))?;
        Ok(match (stored, state, reason) {
            // Whatever became of the one that is stored.
            (Stored::Duplicate, ..) => {
                count("duplicate");
                Receipt::Duplicate
            }
            (Stored::New, "received", _) => {
                self.room.enter();
                self.arrived.notify_one();
                count("accepted");
                Receipt::Accepted
            }
            (Stored::New, _, reason) => {
                count("ignored");
                Receipt::Ignored(reason.unwrap_or_default())
            }
        })
    }

    /// Proves a request genuine. Nothing of what was presented is logged.
    pub fn verified(
        &self,
        served: &Served,
        scheme: Scheme,
        request: &InboundRequest<'_>,
    ) -> Result<Verified, IntakeError> {
        let endpoint = &served.configured.endpoint;
        let key = (endpoint.connector.clone(), endpoint.name.clone());
        let now = self.service.clock().now();
        let numbers = self.service.telemetry().deliveries();
        match verify(scheme, &endpoint.secrets, request, now, served.configured.freshness) {
            Ok(verified) => {
                let (connector, endpoint) = (&key.0, &key.1);
                if verified.matched == Matched::Previous {
                    tracing::info!(connector, endpoint, "a request was signed with the previous secret");
                }
                if verified.stale {
                    tracing::warn!(
                        connector,
                        endpoint,
                        skew = verified.skew_seconds,
                        "a request was signed too long ago"
                    );
                }
                if let Some(seconds) = verified.skew_seconds {
                    self.note_skew(&key, seconds, now);
                }
                Ok(verified)
            }
            Err(refused @ Refused::Stale { skew_seconds }) => {
                tracing::warn!(connector = key.0, endpoint = key.1, %refused, "a request was refused");
                numbers.received(&key.0, &key.1, "stale");
                self.note_skew(&key, skew_seconds, now);
                Err(IntakeError::Unauthorized)
            }
            Err(refused) => {
                tracing::warn!(connector = key.0, endpoint = key.1, %refused, "a request was refused");
                numbers.received(&key.0, &key.1, "bad_signature");
                if self.watches.wrong_signature(&key, now) {
                    tracing::error!(
                        connector = key.0,
                        endpoint = key.1,
                        "20 requests in 10 minutes had no right signature; the secret may have been rotated"
                    );
                }
                Err(IntakeError::Unauthorized)
            }
        }
    }

    /// Takes note of how far a platform's clock, by a signature that is right, lies behind ours.
    fn note_skew(&self, key: &EndpointKey, seconds: i64, now: Timestamp) {
        #[expect(clippy::cast_precision_loss, reason = "clocks differ by small numbers")]
        self.service.telemetry().deliveries().set_clock_skew(&key.0, &key.1, seconds as f64);
        if let Some(median) = self.watches.skew(key, seconds, now) {
            tracing::error!(
                connector = key.0,
                endpoint = key.1,
                seconds = median,
                "the platform's clock and ours drift apart; correct ours"
            );
        }
    }

    /// Reads a genuine request. Whatever it is, something is kept of it.
    fn prepare(
        &self,
        configured: &ConfiguredEndpoint,
        connector: &'static dyn TicketConnector,
        request: &InboundRequest<'_>,
    ) -> NewDelivery {
        let endpoint = &configured.endpoint;
        let read = catch_unwind(AssertUnwindSafe(|| connector.read(endpoint, request)));
        let broke_down = || Unreadable { field: "body".to_owned(), problem: "reading it broke down".to_owned() };
        let mut delivery = self.envelope(configured, request);
        match read.unwrap_or_else(|_| Err(broke_down())) {
            Err(unreadable) => {
                let problem: String = mask::redacted(&unreadable.to_string()).chars().take(500).collect();
                delivery.raw = Some(masked(request));
                (delivery.state, delivery.reason) = ("dead", Some(format!("unreadable: {problem}")));
            }
            Ok(Reading::Ignored(reason)) => (delivery.state, delivery.reason) = ("ignored", Some(reason.to_owned())),
            Ok(Reading::Ticket(ticket)) => {
                fill(&mut delivery, &ticket);
                if let Some(reason) = echo(endpoint.own_user.as_deref(), &ticket) {
                    (delivery.state, delivery.reason) = ("ignored", Some(reason.to_owned()));
                } else {
                    delivery.raw = Some(masked(request));
                    let stored = StoredTicket { text: mask::ticket_text(&ticket), locale: ticket.locale.clone() };
                    delivery.ticket = serde_json::to_string(&stored).ok();
                }
            }
        }
        delivery
    }

    /// A delivery of which nothing but the bytes is known.
    fn envelope(&self, configured: &ConfiguredEndpoint, request: &InboundRequest<'_>) -> NewDelivery {
        let sha256 = hex(&Sha256::digest(request.body));
        NewDelivery {
            id: self.service.next_id().to_string(),
            connector: configured.endpoint.connector.clone(),
            endpoint: configured.endpoint.name.clone(),
            dedup_key: format!("body:{sha256}"),
            content_key: format!("body:{sha256}"),
            text_sha256: sha256.clone(),
            raw: None,
            raw_sha256: sha256,
            headers: mask::kept_headers(request),
            event: "none",
            external_id: String::new(),
            ticket: None,
            occurred_at: None,
            received_at: self.service.clock().now(),
            state: "received",
            reason: None,
            request_id: None,
        }
    }
}

fn masked(request: &InboundRequest<'_>) -> String {
    catch_unwind(AssertUnwindSafe(|| mask::mask_body(request.body, request.header("content-type"))))
        .unwrap_or_else(|_| "{}".to_owned())
}

/// The hash keeps an edited comment from passing for a repetition.
fn fill(delivery: &mut NewDelivery, ticket: &InboundTicket) {
    let text = hex(&Sha256::digest(format!("{}\n{}", ticket.subject, ticket.body_text)));
    let place = match &ticket.comment_id {
        Some(comment) => format!("{}:{comment}", ticket.external_id),
        None => ticket.external_id.clone(),
    };
    delivery.content_key = format!("{place}:{text}");
    delivery.dedup_key = match &ticket.delivery_id {
        Some(id) => key_of(id),
        None => delivery.content_key.clone(),
    };
    delivery.text_sha256 = text;
    delivery.external_id.clone_from(&ticket.external_id);
    delivery.occurred_at = ticket.occurred_at;
    delivery.event = match ticket.event {
        TicketEvent::Opened => "opened",
        TicketEvent::Commented => "commented",
        TicketEvent::Edited => "edited",
    };
}

/// What tells the repetitions of a delivery that the platform gives an identifier.
pub(super) fn key_of(id: &str) -> String {
    format!("id:{id}")
}

/// Whether our own note came back, in the order of how sure each sign is.
fn echo(own_user: Option<&str>, ticket: &InboundTicket) -> Option<&'static str> {
    let author = ticket.author.as_ref();
    if author.is_some_and(|author| Some(author.external_id.as_str()) == own_user) {
        return Some("own_note");
    }
    if author.is_some_and(|author| author.kind == AuthorKind::Bot) {
        return Some("author");
    }
    holds_marker(&ticket.body_text).then_some("own_note")
}

/// Whether a text holds the marker of a note: `kbmatch:` and a ULID.
fn holds_marker(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find("kbmatch:") {
        rest = &rest[at + "kbmatch:".len()..];
        if rest.get(..ulid::ULID_LEN).is_some_and(|id| ulid::Ulid::from_string(id).is_ok()) {
            return true;
        }
    }
    false
}
