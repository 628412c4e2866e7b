//! Variable and secret pieces of a text, found once.
//!
//! [`recognise`] names what differs between two reports of one error (ids, times, paths, hosts) and what must never be
//! kept (tokens, passwords, cookies). Two policies read its pieces: `normalise` masks the variable ones, `redact`
//! overwrites the secret ones. What identifies an error is no piece: error codes, HTTP statuses, errno numbers, exit
//! codes, constants, option names and exception types.
//!
//! One scanner walks the text from left to right and asks, at every place where a piece can start, the recognisers from
//! the most specific to the least. Each looks ahead a bounded number of bytes, or over a run of bytes that is looked at
//! once, so the time is linear in the text.

mod bytes;
mod context;
mod keyed;
mod naming;
mod network;
mod number;
mod path;
mod place;
mod quiet;
mod scanner;
mod tables;
mod time;
mod token;
mod upcoming;

pub use naming::{NamedSecret, named_secret};
pub(crate) use token::{joins_words, looks_secret};

use super::ByteSpan;

/// A piece of a text that varies between reports of one error, or that must not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands.
    pub span: ByteSpan,
    /// What it is.
    pub kind: PieceKind,
    /// Whether it must be overwritten before the text is stored, logged or sent on.
    pub secret: bool,
}

/// What a [`Piece`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PieceKind {
    /// UUID in its 8-4-4-4-12 form (RFC 9562).
    Uuid,
    /// ULID: 26 characters of Crockford's base 32.
    Ulid,
    /// Hexadecimal of 8 digits or more: hashes, ids, pointers.
    Hex,
    /// A number that names nothing.
    Number,
    /// Version of a program: `4.3.0`, `v18.2.0-rc.1`.
    Version,
    /// Date with time, time of day, or seconds since 1970.
    Timestamp,
    /// Date.
    Date,
    /// Number with a unit of time.
    Duration,
    /// Number with a unit of bytes.
    Size,
    /// IPv4 or IPv6 address, with its prefix length.
    IpAddress,
    /// Port after a host or an address.
    Port,
    /// MAC address.
    MacAddress,
    /// E-mail address.
    Email,
    /// Host name with a registered or conventional top level.
    Host,
    /// Address with a scheme. One that holds secrets comes as several pieces that touch, of this kind and the secrets'.
    Url,
    /// Path of a file or route, or a file name with a position behind it.
    Path,
    /// JSON web token (RFC 7519).
    Jwt,
    /// API key of a published shape, or a long random-looking word.
    Token,
    /// Generated suffix of an instance name, such as that of a pod.
    Instance,
    /// Value of a cookie.
    Cookie,
    /// Credentials of an `Authorization` header.
    AuthorizationHeader,
    /// Value of a field that is secret by its name.
    Password,
    /// PEM block of a private key.
    PrivateKey,
    /// PEM block of a certificate, request or public key.
    PemBlock,
    /// Payment card number: known issuer range and a right check digit (ISO/IEC 7812).
    CardNumber,
    /// Short value in quotes that holds no other piece. It often identifies the error, so no policy changes it.
    Quoted,
    /// What somebody wrote in place of a value: `<DOMAIN>`, `REDACTED`, `***`.
    Placeholder,
}

impl PieceKind {
    /// Whether pieces of this kind are secret wherever they stand.
    fn is_secret(self) -> bool {
        matches!(
            self,
            Self::Email
                | Self::Jwt
                | Self::Token
                | Self::Cookie
                | Self::AuthorizationHeader
                | Self::Password
                | Self::PrivateKey
                | Self::CardNumber
        )
    }
}

/// Finds the pieces of a text, in order and without overlap; where several kinds fit, the most specific wins. Spans lie
/// on character boundaries. Time is linear in the length of the text.
pub fn recognise(text: &str) -> Vec<Piece> {
    scanner::Scanner::new(text, token::MAX_DECODING).run()
}

/// Whether a text certainly holds no piece that is secret, found in a fraction of the time that [`recognise`] takes. Of a
/// text for which this is `false` nothing is known.
pub(crate) fn is_quiet(text: &str) -> bool {
    quiet::is_quiet(text)
}

/// Whether what stands in a text that [is quiet](is_quiet) from `start` on, up to any place, holds no secret when it is read
/// alone either.
pub(crate) fn is_quiet_from(text: &str, start: usize) -> bool {
    quiet::starts_whole(text, start)
}

#[cfg(test)]
mod tests;
