//! Keys: `kbm_<id>_<secret>`, both parts in lower-case hexadecimal, so that secret scanners find them by
//! `kbm_[0-9a-f]{12}_[0-9a-f]{64}`.
//!
//! The secret is 256 random bits, and its SHA-256 is what is stored. Slow hashes (bcrypt, Argon2) slow down the guessing
//! of passwords that people choose; nobody guesses 256 random bits, and a slow hash on each request would only help those
//! who want to keep the server busy.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::Scopes;
use crate::text::hex;

/// How every key begins.
const PREFIX: &str = "kbm_";
/// Bytes of an id.
const ID: usize = 6;
/// Bytes of a secret.
const SECRET: usize = 32;

/// Names a key. It is no secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// The twelve digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for KeyId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match decode::<ID>(text) {
            Some(_) => Ok(Self(text.to_owned())),
            None => Err("the id of a key is 12 hexadecimal digits; `kbmatch keys list` shows them".to_owned()),
        }
    }
}

/// The SHA-256 of a secret.
#[derive(Clone, Copy)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Takes a hash from 64 hexadecimal digits.
    pub fn from_hex(hex: &str) -> Option<Self> {
        decode(hex).map(Self)
    }
}

impl PartialEq for SecretHash {
    /// Takes the same time wherever the two differ.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretHash {}

impl fmt::Display for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(…)")
    }
}

/// The secret part of a key. Neither `Debug` nor anything else shows it; [`PresentedKey::reveal`] does, once.
#[derive(Clone)]
pub struct KeySecret([u8; SECRET]);

impl KeySecret {
    /// What is stored of it.
    pub fn hash(&self) -> SecretHash {
        SecretHash(Sha256::digest(self.0).into())
    }
}

impl fmt::Debug for KeySecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeySecret(…)")
    }
}

/// A key as its holder has it: id and secret.
#[derive(Debug, Clone)]
pub struct PresentedKey {
    /// Which key it says it is.
    pub id: KeyId,
    /// What proves it.
    pub secret: KeySecret,
}

impl PresentedKey {
    /// A new key from the system's random numbers.
    pub fn generate() -> Result<Self, getrandom::Error> {
        let (mut id, mut secret) = ([0; ID], [0; SECRET]);
        getrandom::fill(&mut id)?;
        getrandom::fill(&mut secret)?;
        Ok(Self { id: KeyId(hex(&id)), secret: KeySecret(secret) })
    }

    /// Reads `kbm_<id>_<secret>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        Some(Self { id: id.parse().ok()?, secret: KeySecret(decode(secret)?) })
    }

    /// The whole key, for the one time that it is shown.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, hex(&self.secret.0))
    }
}

/// A key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it.
    pub id: KeyId,
    /// What it is for, in the words of who made it.
    pub name: String,
    /// What it may do.
    pub scopes: Scopes,
    /// Hash of its secret.
    pub hash: SecretHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to a minute or so.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// `active`, `expired` or `revoked`.
    pub fn state(&self, now: Timestamp) -> &'static str {
        match (self.revoked_at, self.expires_at) {
            (Some(_), _) => "revoked",
            (None, Some(end)) if end <= now => "expired",
            _ => "active",
        }
    }
}

/// Reads exactly `N` bytes of lower-case hexadecimal.
fn decode<const N: usize>(digits: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_shown_and_no_piece_of_it_is() {
        let key = PresentedKey::generate().unwrap();
        let text = key.reveal();
        let scanned = regex::Regex::new("^kbm_[0-9a-f]{12}_[0-9a-f]{64}$").unwrap();
        assert!(scanned.is_match(&text), "{text}");
        let read = PresentedKey::parse(&text).unwrap();
        assert_eq!((&read.id, read.secret.hash()), (&key.id, key.secret.hash()));
        for end in 0..text.len() {
            assert!(PresentedKey::parse(&text[..end]).is_none(), "{end} characters were taken");
        }
        for bad in [text.to_uppercase(), format!("{text}0"), format!(" {text}"), text.replace('_', "-")] {
            assert!(PresentedKey::parse(&bad).is_none(), "{bad}");
        }
        assert_ne!(PresentedKey::generate().unwrap().reveal(), text);
    }

    #[test]
    fn nothing_shows_the_secret_by_accident() {
        let key = PresentedKey::generate().unwrap();
        let secret = key.reveal().split_off(17);
        let shown = format!("{key:?} {:?} {}", key.secret.hash(), key.secret.hash());
        assert!(!shown.contains(&secret) && shown.contains(key.id.as_str()), "{shown}");
    }
}
