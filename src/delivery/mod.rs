//! Deliveries of ticketing platforms: stored before they are acknowledged, answered once.
//!
//! ```text
//! request -> intake: verify, read, redact -> deliveries (many in one commit) -> 2xx
//!            worker: lease -> match -> decide -> replies
//!            sender: claim, marked as being sent -> call -> what became of it
//! ```
//!
//! Every arrow is a commit, so whatever dies in between is taken up again. A call that may have been carried out is
//! never repeated before the platform was asked: a missing note is better than two.

mod backoff;
mod call;
mod caller;
mod chat;
mod decide;
mod gate;
mod intake;
mod mask;
mod missed;
mod note;
mod resolver;
mod room;
mod sender;
mod settings;
mod stored;
mod upkeep;
pub(crate) mod view;
mod watch;
mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;

pub use caller::{Answered, CallError, Caller};
pub use chat::Found;
pub use intake::{IntakeError, Receipt};
pub use mask::mask_body;
pub use note::NoteMaker;
pub use settings::{Settings, Timing};
pub use stored::{StoredCall, StoredTicket};
pub(crate) use view::moment;
pub use view::{DeliveryView, ReplyView};

use crate::config::ConfiguredEndpoint;
use crate::connect::chat::ChatConnector;
use crate::connect::ticket::TicketConnector;
use crate::service::Service;
use gate::Gates;
use intake::Intake;
use room::Room;
use watch::Watches;

/// An endpoint with its connector.
#[derive(Clone)]
pub struct Served {
    /// The endpoint and its settings.
    pub configured: ConfiguredEndpoint,
    /// What speaks to its platform.
    pub connector: Connector,
}

/// What speaks to a platform.
#[derive(Clone, Copy)]
pub enum Connector {
    /// A ticketing platform.
    Ticket(&'static dyn TicketConnector),
    /// A chat platform.
    Chat(&'static dyn ChatConnector),
}

/// What an address of an endpoint stands for.
pub enum Addressed<'a> {
    /// An endpoint.
    Served(&'a Arc<Served>),
    /// One that is gone: its senders are to stop.
    Removed,
    /// None.
    Unknown,
}

/// Why deliveries cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The connector of an endpoint is not known.
    #[error("endpoint {name}: there is no connector {connector:?}")]
    NoConnector {
        /// Its name.
        connector: String,
        /// The endpoint.
        name: String,
    },
    /// The HTTP client cannot be made.
    #[error("cannot set up calls to platforms: {0}")]
    Client(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

type EndpointKey = (String, String);

/// Everything that runs for deliveries.
pub struct Deliveries {
    service: Arc<Service>,
    settings: Settings,
    endpoints: BTreeMap<EndpointKey, Arc<Served>>,
    caller: Caller,
    notes: NoteMaker,
    intake: Intake,
    gates: Gates,
    watches: Watches,
    room: Arc<Room>,
    /// Wakes the worker.
    arrived: Notify,
    /// Wakes the sender.
    wanted: Notify,
    stopping: AtomicBool,
    stop: Notify,
    tasks: Mutex<JoinSet<()>>,
}

impl Deliveries {
    /// Starts the tasks. Must be called in a tokio runtime, which then runs them until [`Deliveries::stop`].
    pub async fn start(
        service: Arc<Service>,
        endpoints: Vec<ConfiguredEndpoint>,
        settings: Settings,
    ) -> Result<Arc<Self>, StartError> {
        let mut served = BTreeMap::new();
        for configured in endpoints {
            let key = (configured.endpoint.connector.clone(), configured.endpoint.name.clone());
            let connector = (settings.connectors)(&key.0);
            let connector =
                connector.ok_or_else(|| StartError::NoConnector { connector: key.0.clone(), name: key.1.clone() })?;
            served.insert(key, Arc::new(Served { configured, connector }));
        }
        let room = Arc::new(Room::new(settings.most_waiting));
        // What the platform refused may have been put right since.
        if !served.is_empty() {
            service.store().resume(None).await?;
        }
        let deliveries = Arc::new(Self {
            intake: Intake::start(Arc::clone(&service), Arc::clone(&room), settings.group),
            gates: Gates::new(served.values().map(|served| &served.configured)),
            watches: Watches::default(),
            caller: Caller::new(&settings.timing).map_err(StartError::Client)?,
            notes: NoteMaker::new(settings.signer.clone(), settings.public_url.clone()),
            endpoints: served,
            room,
            arrived: Notify::new(),
            wanted: Notify::new(),
            stopping: AtomicBool::new(false),
            stop: Notify::new(),
            tasks: Mutex::new(JoinSet::new()),
            service,
            settings,
        });
        let mut tasks = deliveries.tasks.lock().await;
        // What came for endpoints that are gone from the settings is brought to its end as well.
        tasks.spawn(worker::run(Arc::clone(&deliveries)));
        tasks.spawn(upkeep::run(Arc::clone(&deliveries)));
        if !deliveries.endpoints.is_empty() {
            tasks.spawn(sender::run(Arc::clone(&deliveries)));
            tasks.spawn(missed::run(Arc::clone(&deliveries)));
        }
        drop(tasks);
        Ok(deliveries)
    }

    /// What an address stands for.
    pub async fn addressed(&self, connector: &str, name: &str) -> Addressed<'_> {
        match self.endpoint(connector, name) {
            Some(served) if served.configured.removed => Addressed::Removed,
            Some(served) => Addressed::Served(served),
            // What was received for an endpoint outlives it.
            None => match self.service.store().knows_endpoint(connector, name).await {
                Ok(true) => Addressed::Removed,
                _ => Addressed::Unknown,
            },
        }
    }

    /// The endpoint with this name.
    pub fn endpoint(&self, connector: &str, name: &str) -> Option<&Arc<Served>> {
        self.endpoints.get(&(connector.to_owned(), name.to_owned()))
    }

    /// Every endpoint.
    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<Served>> {
        self.endpoints.values()
    }

    /// What makes notes of answers.
    pub fn notes(&self) -> &NoteMaker {
        &self.notes
    }

    /// The service that answers.
    pub fn service(&self) -> &Arc<Service> {
        &self.service
    }

    /// Puts a dead delivery back to work; `false` when it is not dead or nothing of its text is left.
    pub async fn retry(&self, id: &str) -> Result<bool, crate::store::StoreError> {
        let changed = self.service.store().retry_delivery(id.to_owned(), self.service.clock().now()).await?;
        self.arrived.notify_one();
        self.wanted.notify_one();
        Ok(changed)
    }

    /// Finishes what is under way and ends the tasks.
    pub async fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.stop.notify_waiters();
        self.intake.close().await;
        let mut tasks = self.tasks.lock().await;
        let ended =
            tokio::time::timeout(self.settings.timing.finish, async { while tasks.join_next().await.is_some() {} });
        if ended.await.is_err() {
            // What is under way is taken up again on the next start.
            tasks.abort_all();
        }
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Waits for a time, or the end.
    async fn sleep(&self, time: Duration) {
        // Before the look whether it is over, so that an end in between is not missed.
        let stop = self.stop.notified();
        if !self.is_stopping() {
            let _ = tokio::time::timeout(time, stop).await;
        }
    }

    /// Waits for `wake`, the next look, or the end.
    async fn rest(&self, wake: &Notify) {
        if self.is_stopping() {
            return;
        }
        tokio::select! {
            () = wake.notified() => {}
            () = self.stop.notified() => {}
            () = tokio::time::sleep(self.settings.timing.look) => {}
        }
    }
}

impl std::fmt::Debug for Deliveries {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Deliveries").field("endpoints", &self.endpoints.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
