//! API keys: made, listed, revoked, and kept in step with the database, which other processes write too.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{Clock, Service, ServiceError};
use crate::access::{ApiKey, KeyId, Keyring, PresentedKey, Scopes};
use crate::store::{Store, Watch};

/// How often other processes' writes are looked for.
const POLL: Duration = Duration::from_millis(250);
/// How often it is written when keys were used.
const WRITE_USES: Duration = Duration::from_mins(1);
/// Longest name of a key, in characters.
const MAX_NAME: usize = 100;

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// Keeps the keyring equal to the store.
#[derive(Debug)]
pub(super) struct KeyKeeper {
    ring: Arc<Keyring>,
    // The task ends when this is used or dropped.
    stop: Mutex<Option<(oneshot::Sender<()>, JoinHandle<()>)>>,
}

impl KeyKeeper {
    pub(super) async fn start(store: Arc<Store>) -> Result<Self, ServiceError> {
        let mut watch = store.watch().await?;
        watch.poll().await?;
        let ring = Arc::new(Keyring::default());
        ring.replace(store.keys().await?);
        let (stop, stopped) = oneshot::channel();
        let task = Task { store, watch, ring: Arc::clone(&ring) };
        let handle = tokio::spawn(task.run(stopped));
        Ok(Self { ring, stop: Mutex::new(Some((stop, handle))) })
    }

    /// Writes when keys were used and stops.
    pub(super) async fn stop(&self) {
        let task = self.stop.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some((stop, handle)) = task {
            // The task is gone already when it does not listen.
            let _ = stop.send(());
            let _ = handle.await;
        }
    }
}

struct Task {
    store: Arc<Store>,
    watch: Watch,
    ring: Arc<Keyring>,
}

impl Task {
    async fn run(mut self, mut stopped: oneshot::Receiver<()>) {
        let mut write_at = Instant::now() + WRITE_USES;
        loop {
            tokio::select! {
                _ = &mut stopped => break,
                () = tokio::time::sleep(POLL) => {}
            }
            if let Err(error) = self.keep_up().await {
                tracing::error!(%error, "the keys could not be read again; those known last still count");
            }
            if Instant::now() >= write_at {
                self.write_uses().await;
                write_at = Instant::now() + WRITE_USES;
            }
        }
        self.write_uses().await;
        self.watch.close().await;
    }

    async fn keep_up(&mut self) -> Result<(), ServiceError> {
        if self.watch.poll().await?.is_some() {
            match self.store.keys().await {
                Ok(keys) => self.ring.replace(keys),
                Err(error) => {
                    // What was not read is looked for again, although nobody writes in between.
                    self.watch.forget();
                    return Err(error.into());
                }
            }
        }
        Ok(())
    }

    async fn write_uses(&self) {
        let used = self.ring.take_used();
        if used.is_empty() {
            return;
        }
        if let Err(error) = self.store.touch_keys(used).await {
            tracing::warn!(%error, "when keys were used could not be written");
        }
    }
}

impl Service {
    /// The keys that count now.
    pub fn keyring(&self) -> &Keyring {
        &self.keys.ring
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Makes a key. What is given back is the only place where its secret stands.
    pub async fn create_key(&self, new: NewKey) -> Result<(ApiKey, PresentedKey), ServiceError> {
        let bad = |reason: &str| ServiceError::BadKey { reason: reason.to_owned() };
        let name = new.name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(bad("a name has 1 to 100 characters, all of them printable"));
        }
        if new.scopes.is_empty() {
            return Err(bad("a key needs at least one scope"));
        }
        let created_at = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= created_at) {
            return Err(bad("a key cannot end before it is made"));
        }
        let secret = PresentedKey::generate()
            .map_err(|error| ServiceError::BrokeOff { doing: "making a key", reason: error.to_string() })?;
        let key = ApiKey {
            id: secret.id.clone(),
            name: name.to_owned(),
            scopes: new.scopes,
            hash: secret.secret.hash(),
            created_at,
            expires_at: new.expires_at,
            last_used_at: None,
            revoked_at: None,
        };
        self.store.add_key(key.clone()).await?;
        self.keys.ring.replace(self.store.keys().await?);
        Ok((key, secret))
    }

    /// Every key, oldest first, revoked ones too.
    pub async fn keys(&self) -> Result<Vec<ApiKey>, ServiceError> {
        Ok(self.store.keys().await?)
    }

    /// Revokes a key; doing so twice is the same as once.
    pub async fn revoke_key(&self, id: KeyId) -> Result<ApiKey, ServiceError> {
        let revoked = self.store.revoke_key(id.clone(), self.clock.now()).await?;
        let revoked = revoked.ok_or(ServiceError::NoKey { id })?;
        self.keys.ring.replace(self.store.keys().await?);
        Ok(revoked)
    }
}
