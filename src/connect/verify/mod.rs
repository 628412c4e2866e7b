//! Proof that a request is genuine, over the bytes as sent.

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
