//! Secrets as keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::VerifyingKey;

use super::{Encoding, Hmac, Key, Scheme};
use crate::connect::model::Secret;

/// What Standard Webhooks secrets start with.
const WHSEC: &str = "whsec_";

/// Bytes of a Standard Webhooks secret.
const WHSEC_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Why a secret cannot be used. Says nothing of the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretProblem {
    /// It is empty.
    #[error("the secret is empty")]
    Empty,
    /// It is not base64.
    #[error("the secret must be base64 with padding, as the platform shows it")]
    NotBase64,
    /// It is not a Standard Webhooks secret.
    #[error("the secret must be `whsec_` and base64 of 24 to 64 bytes")]
    NotWhsec,
    /// It is not an Ed25519 public key.
    #[error("the public key must be 64 hexadecimal digits, as the platform shows it")]
    NotPublicKey,
    /// It has characters that no header or body can carry.
    #[error("the secret must be printable ASCII without blanks")]
    NotPrintable,
}

/// Whether a secret has the form that a scheme needs, for when an endpoint is configured.
pub fn check_secret(scheme: Scheme, secret: &Secret) -> Result<(), SecretProblem> {
    if secret.reveal().is_empty() {
        return Err(SecretProblem::Empty);
    }
    match scheme {
        Scheme::Hmac(Hmac { key: Key::Utf8, .. }) => Ok(()),
        Scheme::Hmac(Hmac { key: Key::Base64, .. }) => match of(Key::Base64, secret) {
            Some(_) => Ok(()),
            None => Err(SecretProblem::NotBase64),
        },
        Scheme::Hmac(Hmac { key: Key::Whsec, .. }) => match of(Key::Whsec, secret) {
            Some(key) if secret.reveal().starts_with(WHSEC) && WHSEC_BYTES.contains(&key.len()) => Ok(()),
            _ => Err(SecretProblem::NotWhsec),
        },
        Scheme::Ed25519 { .. } => ed25519(secret).map(|_| ()).ok_or(SecretProblem::NotPublicKey),
        Scheme::Token { .. } | Scheme::BodyToken(_) => {
            if secret.reveal().bytes().all(|b| b.is_ascii_graphic()) {
                Ok(())
            } else {
                Err(SecretProblem::NotPrintable)
            }
        }
        Scheme::FirstOf(schemes) => {
            let mut problem = SecretProblem::Empty;
            for scheme in schemes {
                match check_secret(*scheme, secret) {
                    Ok(()) => return Ok(()),
                    Err(found) => problem = found,
                }
            }
            Err(problem)
        }
    }
}

/// The bytes of a keyed hash's key; `None` when the secret has another form or holds none.
pub(super) fn of(key: Key, secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.reveal();
    let bytes = match key {
        Key::Utf8 => text.as_bytes().to_vec(),
        Key::Base64 => STANDARD.decode(text).ok()?,
        Key::Whsec => STANDARD.decode(text.strip_prefix(WHSEC)?).ok()?,
    };
    (!bytes.is_empty()).then_some(bytes)
}

/// The public key written in hexadecimal.
pub(super) fn ed25519(secret: &Secret) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = Encoding::Hex.decode(secret.reveal())?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

impl Encoding {
    /// The bytes that `text` writes; `None` when it is not written so.
    pub(super) fn decode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => STANDARD.decode(text).ok(),
            Self::Hex => {
                let digits: Option<Vec<u8>> =
                    text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
                let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
                rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
            }
        }
    }
}
