//! Proof that a request is genuine, over the bytes as sent.
//!
//! A platform's way of signing is a [`Scheme`], a value; [`verify`] knows them all. Nothing here parses the body, but for
//! the platforms that put their token into it. The ways of the platforms we speak to are in [`schemes`].

mod key;
mod keyed;
pub mod schemes;
mod stamp;
#[cfg(test)]
mod tests;

use ed25519_dalek::VerifyingKey;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::endpoint::Secrets;
use super::model::{InboundRequest, Secret};

pub use key::{SecretProblem, check_secret};

/// Most seconds between the sender's clock and ours unless an endpoint says otherwise, as the Standard Webhooks libraries
/// have it.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Most signatures of one request that are looked at.
const MAX_SIGNATURES: usize = 8;

/// Most bytes of an identifier that is signed.
const MAX_ID_BYTES: usize = 256;

/// How old a signed timestamp may be, or how far ahead, and what is done about others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// Seconds; a timestamp that is off by exactly these passes.
    pub seconds: i64,
    /// What is done about others.
    pub check: TimestampCheck,
}

impl From<TimestampCheck> for Freshness {
    fn from(check: TimestampCheck) -> Self {
        Self { seconds: TOLERANCE_SECONDS, check }
    }
}

/// What is done about a timestamp that is too old or too far ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampCheck {
    /// The request is refused.
    #[default]
    Refuse,
    /// The request is taken and [`Verified::stale`] says so: for the first week of an endpoint whose platform publishes no
    /// window.
    Warn,
}

/// Which of an endpoint's secrets proved a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched {
    /// The one that holds.
    Current,
    /// The one before it.
    Previous,
}

/// A request is genuine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The secret that proved it.
    pub matched: Matched,
    /// Seconds by which the sender's timestamp lies behind our clock, where the scheme signs one.
    pub skew_seconds: Option<i64>,
    /// Whether the timestamp lies outside the tolerance; only under [`TimestampCheck::Warn`].
    pub stale: bool,
}

/// Why a request is refused. For logs and metrics: the sender learns nothing but the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// A header that the scheme needs is missing or empty, or the body holds no token.
    #[error("no signature")]
    Missing,
    /// A header that may occur once occurs more than once.
    #[error("a signature header occurs twice")]
    Doubled,
    /// The signature is not written as the scheme writes it.
    #[error("malformed signature")]
    Malformed,
    /// The timestamp cannot be read.
    #[error("malformed timestamp")]
    BadTimestamp,
    /// The identifier cannot be signed: too long, or it holds the character that joins the signed parts.
    #[error("malformed identifier")]
    BadId,
    /// The timestamp lies outside the tolerance; the signature is right.
    #[error("timestamp {}", of_skew(*skew_seconds))]
    Stale {
        /// Seconds behind our clock; negative when ahead of it.
        skew_seconds: i64,
    },
    /// The endpoint has no secret that can be used.
    #[error("the endpoint has no usable secret")]
    NoSecret,
    /// No secret matches.
    #[error("wrong signature")]
    Mismatch,
}

/// A skew in words.
fn of_skew(seconds: i64) -> String {
    let side = if seconds < 0 { "ahead of" } else { "behind" };
    format!("{} s {side} our clock", seconds.unsigned_abs())
}

/// Proves a request genuine or refuses it.
///
/// Each active secret is tried: the current one, and the previous one before its expiry. Comparisons take the same time
/// whatever the bytes. A signed timestamp that is off by more than [`TOLERANCE_SECONDS`] is refused unless `freshness` says
/// otherwise.
pub fn verify(
    scheme: Scheme,
    secrets: &Secrets,
    request: &InboundRequest<'_>,
    now: Timestamp,
    freshness: impl Into<Freshness>,
) -> Result<Verified, Refused> {
    let active = Active::of(secrets, now)?;
    let freshness = freshness.into();
    match scheme {
        Scheme::Hmac(hmac) => {
            let skew = stamp::skew(hmac.signed.timestamp(), request, now)?;
            skew.verified(keyed::matching(&hmac, &active, request)?, freshness)
        }
        Scheme::Ed25519 { signature, timestamp } => {
            let skew = stamp::skew(Some(stamp::Stamp::Seconds(timestamp)), request, now)?;
            skew.verified(ed25519(signature, timestamp, &active, request)?, freshness)
        }
        Scheme::Token { header, prefix } => {
            let value = single(request, header)?;
            let token = value.strip_prefix(prefix).filter(|token| !token.is_empty()).ok_or(Refused::Malformed)?;
            active.matching_token(token)
        }
        Scheme::BodyToken(pointer) => {
            let body: serde_json::Value = serde_json::from_slice(request.body).map_err(|_| Refused::Malformed)?;
            let token = body.pointer(pointer).and_then(serde_json::Value::as_str).filter(|token| !token.is_empty());
            active.matching_token(token.ok_or(Refused::Missing)?)
        }
        Scheme::FirstOf(schemes) => {
            let carried = schemes.iter().find(|scheme| scheme.is_carried_by(request)).ok_or(Refused::Missing)?;
            verify(*carried, secrets, request, now, freshness)
        }
    }
}

/// The secrets that count now.
struct Active<'a>(Vec<(Matched, &'a Secret)>);

impl<'a> Active<'a> {
    fn of(secrets: &'a Secrets, now: Timestamp) -> Result<Self, Refused> {
        let previous = secrets.previous.as_ref().filter(|(_, until)| now < *until).map(|(secret, _)| secret);
        let active: Vec<_> = [(Matched::Current, secrets.current.as_ref()), (Matched::Previous, previous)]
            .into_iter()
            .filter_map(|(which, secret)| Some((which, secret?)))
            // An empty secret proves nothing: everybody knows it.
            .filter(|(_, secret)| !secret.reveal().is_empty())
            .collect();
        if active.is_empty() { Err(Refused::NoSecret) } else { Ok(Self(active)) }
    }

    fn matching_token(&self, token: &str) -> Result<Verified, Refused> {
        let matched = self.0.iter().find(|(_, secret)| is_same(secret.reveal(), token)).ok_or(Refused::Mismatch)?.0;
        Ok(Verified { matched, skew_seconds: None, stale: false })
    }
}

/// Compares hashes, so that not even the length of the secret shows in the time.
fn is_same(secret: &str, presented: &str) -> bool {
    Sha256::digest(secret.as_bytes()).ct_eq(&Sha256::digest(presented.as_bytes())).into()
}

/// The value of a header that must occur exactly once, in ASCII.
fn single<'r>(request: &'r InboundRequest<'_>, name: &str) -> Result<&'r str, Refused> {
    let mut values = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let value = values.next().map(|(_, value)| value.as_str()).filter(|value| !value.is_empty());
    if values.next().is_some() {
        return Err(Refused::Doubled);
    }
    let value = value.ok_or(Refused::Missing)?;
    if value.is_ascii() { Ok(value) } else { Err(Refused::Malformed) }
}

fn ed25519(
    signature: &str,
    timestamp: &str,
    active: &Active<'_>,
    request: &InboundRequest<'_>,
) -> Result<Matched, Refused> {
    let bytes = Encoding::Hex.decode(single(request, signature)?).ok_or(Refused::Malformed)?;
    let signature = ed25519_dalek::Signature::from_slice(&bytes).map_err(|_| Refused::Malformed)?;
    let message = [single(request, timestamp)?.as_bytes(), request.body].concat();
    let keys: Vec<(Matched, VerifyingKey)> =
        active.0.iter().filter_map(|(which, secret)| Some((*which, key::ed25519(secret)?))).collect();
    if keys.is_empty() {
        return Err(Refused::NoSecret);
    }
    keys.iter()
        .find(|(_, key)| key.verify_strict(&message, &signature).is_ok())
        .map(|(which, _)| *which)
        .ok_or(Refused::Mismatch)
}

/// How a platform signs its requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// A keyed hash in a header.
    Hmac(Hmac),
    /// Ed25519 over timestamp and body; headers of signature and timestamp, both in lower case.
    Ed25519 {
        /// Signature in hex.
        signature: &'static str,
        /// Seconds since 1970.
        timestamp: &'static str,
    },
    /// A secret in a header after a prefix, compared whole.
    Token {
        /// Header in lower case.
        header: &'static str,
        /// What stands before the secret, `Token `, or nothing.
        prefix: &'static str,
    },
    /// A secret in the body, compared whole: JSON pointer of it.
    BodyToken(&'static str),
    /// The first that the request carries the header of; a request with none is refused.
    FirstOf(&'static [Scheme]),
}

/// A keyed hash in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hmac {
    /// Header of the signature in lower case.
    pub header: &'static str,
    /// What stands before it: `sha256=`, `v0=`, `v1,`, `HMAC `.
    pub prefix: &'static str,
    /// Hash function.
    pub hash: Hash,
    /// How the signature is written.
    pub encoding: Encoding,
    /// What the key is.
    pub key: Key,
    /// What is signed.
    pub signed: Signed,
    /// Whether the header holds several signatures separated by spaces.
    pub list: bool,
}

/// Hash function of a keyed hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1, for platforms that know no better.
    Sha1,
    /// SHA-256.
    Sha256,
}

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, either case.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// What the key of a keyed hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The secret's own bytes.
    Utf8,
    /// The secret decoded from base64.
    Base64,
    /// `whsec_` and base64.
    Whsec,
}

/// What a keyed hash covers. Names are of headers, in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The body.
    Body,
    /// Timestamp and body with nothing between; the timestamp as RFC 3339.
    TimestampBody(&'static str),
    /// Timestamp, a full stop, body; the timestamp in seconds since 1970.
    TimestampDotBody(&'static str),
    /// `v0:`, timestamp, `:`, body; the timestamp in seconds since 1970.
    Slack(&'static str),
    /// Identifier, timestamp, body, joined by full stops.
    IdTimestampBody {
        /// Header of the identifier.
        id: &'static str,
        /// Header of the seconds since 1970.
        timestamp: &'static str,
    },
}

impl Scheme {
    /// Whether a request carries this scheme's proof, right or wrong.
    fn is_carried_by(&self, request: &InboundRequest<'_>) -> bool {
        match self {
            Self::Hmac(hmac) => request.header(hmac.header).is_some(),
            Self::Ed25519 { signature, .. } => request.header(signature).is_some(),
            Self::Token { header, .. } => request.header(header).is_some(),
            Self::BodyToken(_) => true,
            Self::FirstOf(schemes) => schemes.iter().any(|scheme| scheme.is_carried_by(request)),
        }
    }

    /// The headers that prove something: their values never reach a log or the store.
    pub fn headers(&self) -> Vec<&'static str> {
        match self {
            Self::Hmac(hmac) => vec![hmac.header],
            Self::Ed25519 { signature, .. } => vec![signature],
            Self::Token { header, .. } => vec![header],
            Self::BodyToken(_) => Vec::new(),
            Self::FirstOf(schemes) => schemes.iter().flat_map(Self::headers).collect(),
        }
    }
}

impl Signed {
    fn timestamp(self) -> Option<stamp::Stamp> {
        match self {
            Self::Body => None,
            Self::TimestampBody(header) => Some(stamp::Stamp::Rfc3339(header)),
            Self::TimestampDotBody(header) | Self::Slack(header) | Self::IdTimestampBody { timestamp: header, .. } => {
                Some(stamp::Stamp::Seconds(header))
            }
        }
    }
}
