//! The keys of a running server, looked up without waiting.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use jiff::Timestamp;

use super::{ApiKey, KeyId, PresentedKey};

/// A key was not used since the last time that was written.
const UNUSED: i64 = i64::MIN;

/// Why a key does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such key, or its secret is another.
    Unknown,
    /// It ended by itself.
    Expired,
    /// It was revoked.
    Revoked,
}

impl Refusal {
    /// What is told to whoever holds the key; only its holder learns that it expired or was revoked.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "the key is not known here",
            Self::Expired => "the key has expired",
            Self::Revoked => "the key was revoked",
        }
    }
}

#[derive(Debug)]
struct Entry {
    key: Arc<ApiKey>,
    /// Microseconds; shared by the entries of one key over every reload.
    used_at: Arc<AtomicI64>,
}

/// The keys of a running server.
#[derive(Debug, Default)]
pub struct Keyring(ArcSwap<HashMap<KeyId, Entry>>);

impl Keyring {
    /// Takes the keys as they are stored now.
    pub fn replace(&self, keys: Vec<ApiKey>) {
        let before = self.0.load();
        let entries = keys.into_iter().map(|key| {
            let used_at =
                before.get(&key.id).map_or_else(|| Arc::new(AtomicI64::new(UNUSED)), |e| Arc::clone(&e.used_at));
            (key.id.clone(), Entry { key: Arc::new(key), used_at })
        });
        self.0.store(Arc::new(entries.collect()));
    }

    /// Whether requests need a key: there is one, or was.
    pub fn is_locked(&self) -> bool {
        !self.0.load().is_empty()
    }

    /// How many keys can be used.
    pub fn active(&self, now: Timestamp) -> u64 {
        self.0.load().values().filter(|entry| entry.key.state(now) == "active").count() as u64
    }

    /// The key that was presented, when it counts, and notes that it was used.
    pub fn check(&self, presented: &PresentedKey, now: Timestamp) -> Result<Arc<ApiKey>, Refusal> {
        let keys = self.0.load();
        let entry = keys.get(&presented.id).ok_or(Refusal::Unknown)?;
        if entry.key.hash != presented.secret.hash() {
            return Err(Refusal::Unknown);
        }
        match entry.key.state(now) {
            "revoked" => return Err(Refusal::Revoked),
            "expired" => return Err(Refusal::Expired),
            _ => {}
        }
        entry.used_at.fetch_max(now.as_microsecond(), Ordering::Relaxed);
        Ok(Arc::clone(&entry.key))
    }

    /// The keys used since this was asked last, and when.
    pub fn take_used(&self) -> Vec<(KeyId, Timestamp)> {
        let keys = self.0.load();
        let used = keys.iter().filter_map(|(id, entry)| {
            let at = entry.used_at.swap(UNUSED, Ordering::Relaxed);
            Some((id.clone(), Timestamp::from_microsecond(at).ok().filter(|_| at != UNUSED)?))
        });
        used.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Scope, Scopes};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn key() -> (PresentedKey, ApiKey) {
        let presented = PresentedKey::generate().unwrap();
        let stored = ApiKey {
            id: presented.id.clone(),
            name: "bot".to_owned(),
            scopes: Scopes::new([Scope::Match]),
            hash: presented.secret.hash(),
            created_at: at(0),
            expires_at: Some(at(100)),
            last_used_at: None,
            revoked_at: None,
        };
        (presented, stored)
    }

    #[test]
    fn a_key_counts_until_it_ends_or_is_revoked() {
        let ring = Keyring::default();
        let (presented, stored) = key();
        assert!(!ring.is_locked());
        assert_eq!(ring.check(&presented, at(1)).unwrap_err(), Refusal::Unknown);
        ring.replace(vec![stored.clone()]);
        assert!(ring.is_locked() && ring.check(&presented, at(99)).is_ok() && ring.active(at(99)) == 1);
        assert_eq!(ring.check(&presented, at(100)).unwrap_err(), Refusal::Expired);
        let other = PresentedKey { id: presented.id.clone(), secret: PresentedKey::generate().unwrap().secret };
        assert_eq!(ring.check(&other, at(1)).unwrap_err(), Refusal::Unknown);
        ring.replace(vec![ApiKey { revoked_at: Some(at(2)), ..stored }]);
        assert_eq!(ring.check(&presented, at(3)).unwrap_err(), Refusal::Revoked);
        assert_eq!(ring.check(&other, at(3)).unwrap_err(), Refusal::Unknown);
        assert!(ring.is_locked() && ring.active(at(3)) == 0, "revoking the last key must not open a server");
    }

    #[test]
    fn uses_are_told_once_and_outlive_a_reload() {
        let ring = Keyring::default();
        let (presented, stored) = key();
        ring.replace(vec![stored.clone()]);
        assert_eq!(ring.take_used(), []);
        ring.check(&presented, at(7)).unwrap();
        ring.check(&presented, at(5)).unwrap();
        ring.replace(vec![stored]);
        assert_eq!(ring.take_used(), [(presented.id.clone(), at(7))]);
        assert_eq!(ring.take_used(), []);
    }
}
