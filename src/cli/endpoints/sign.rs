//! Signing a sample as a platform would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use jiff::Timestamp;

use crate::connect::model::Secret;
use crate::connect::verify::{self, Encoding, Hash, Key, Scheme, Signed};

/// Identifier of the sample's delivery.
const ID: &str = "kbmatch-endpoints-test";

/// The headers that prove `body`; `None` where only the platform itself can sign.
pub(super) fn headers(scheme: Scheme, secret: &Secret, body: &[u8], now: Timestamp) -> Option<Vec<(String, String)>> {
    let owned = |name: &str, value: String| (name.to_owned(), value);
    match scheme {
        Scheme::Token { header, prefix } => Some(vec![owned(header, format!("{prefix}{}", secret.reveal()))]),
        Scheme::FirstOf(schemes) => schemes.iter().find_map(|scheme| headers(*scheme, secret, body, now)),
        Scheme::Ed25519 { .. } | Scheme::BodyToken(_) => None,
        Scheme::Hmac(hmac) => keyed(&hmac, secret, body, now),
    }
}

fn keyed(hmac: &verify::Hmac, secret: &Secret, body: &[u8], now: Timestamp) -> Option<Vec<(String, String)>> {
    let key = match hmac.key {
        Key::Utf8 => secret.reveal().as_bytes().to_vec(),
        Key::Base64 => STANDARD.decode(secret.reveal()).ok()?,
        Key::Whsec => STANDARD.decode(secret.reveal().strip_prefix("whsec_")?).ok()?,
    };
    let seconds = now.as_second().to_string();
    let rfc3339 = format!("{now:.0}");
    let mut headers: Vec<(String, String)> = Vec::new();
    let before: Vec<String> = match hmac.signed {
        Signed::Body => Vec::new(),
        Signed::TimestampBody(header) => {
            headers.push((header.to_owned(), rfc3339.clone()));
            vec![rfc3339]
        }
        Signed::TimestampDotBody(header) => {
            headers.push((header.to_owned(), seconds.clone()));
            vec![seconds, ".".to_owned()]
        }
        Signed::Slack(header) => {
            headers.push((header.to_owned(), seconds.clone()));
            vec!["v0:".to_owned(), seconds, ":".to_owned()]
        }
        Signed::IdTimestampBody { id, timestamp } => {
            headers.push((id.to_owned(), ID.to_owned()));
            headers.push((timestamp.to_owned(), seconds.clone()));
            vec![ID.to_owned(), ".".to_owned(), seconds, ".".to_owned()]
        }
    };
    let message = [before.concat().as_bytes(), body].concat();
    let tag = match hmac.hash {
        Hash::Sha1 => tag::<Hmac<sha1::Sha1>>(&key, &message)?,
        Hash::Sha256 => tag::<Hmac<sha2::Sha256>>(&key, &message)?,
    };
    let written = match hmac.encoding {
        Encoding::Hex => crate::text::hex(&tag),
        Encoding::Base64 => STANDARD.encode(&tag),
    };
    headers.push((hmac.header.to_owned(), format!("{}{written}", hmac.prefix)));
    Some(headers)
}

fn tag<M: hmac::Mac + hmac::KeyInit>(key: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    let mut mac = <M as hmac::KeyInit>::new_from_slice(key).ok()?;
    mac.update(message);
    Some(mac.finalize().into_bytes().to_vec())
}
