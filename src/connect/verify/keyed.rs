//! Keyed hashes in a header.

use hmac::{Hmac as Mac, KeyInit, Mac as _};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::{Active, Hash, Hmac, MAX_ID_BYTES, MAX_SIGNATURES, Matched, Refused, Signed, key, single};
use crate::connect::model::InboundRequest;

/// The secret with which the request is signed.
pub(super) fn matching(scheme: &Hmac, active: &Active<'_>, request: &InboundRequest<'_>) -> Result<Matched, Refused> {
    let presented = signatures(scheme, single(request, scheme.header)?)?;
    let parts = signed_parts(scheme.signed, request)?;
    let mut has_key = false;
    for (which, secret) in &active.0 {
        let Some(key) = key::of(scheme.key, secret) else { continue };
        has_key = true;
        let expected = scheme.hash.keyed(&key, &parts);
        if presented.iter().any(|signature| expected.ct_eq(signature).into()) {
            return Ok(*which);
        }
    }
    Err(if has_key { Refused::Mismatch } else { Refused::NoSecret })
}

/// The signatures of a header, decoded. In a list, those of other versions or of the wrong length are passed over.
fn signatures(scheme: &Hmac, value: &str) -> Result<Vec<Vec<u8>>, Refused> {
    let decode = |text: &str| {
        let encoded = text.strip_prefix(scheme.prefix)?;
        scheme.encoding.decode(encoded).filter(|bytes| bytes.len() == scheme.hash.bytes())
    };
    let found: Vec<Vec<u8>> = if scheme.list {
        let ours = value.split(' ').filter(|entry| entry.starts_with(scheme.prefix));
        ours.take(MAX_SIGNATURES).filter_map(decode).collect()
    } else {
        decode(value).into_iter().collect()
    };
    if found.is_empty() { Err(Refused::Malformed) } else { Ok(found) }
}

/// What is signed, in pieces.
fn signed_parts<'r>(signed: Signed, request: &'r InboundRequest<'_>) -> Result<Vec<&'r [u8]>, Refused> {
    Ok(match signed {
        Signed::Body => vec![request.body],
        Signed::TimestampBody(header) => vec![single(request, header)?.as_bytes(), request.body],
        Signed::TimestampDotBody(header) => vec![single(request, header)?.as_bytes(), b".", request.body],
        Signed::Slack(header) => vec![b"v0:", single(request, header)?.as_bytes(), b":", request.body],
        Signed::IdTimestampBody { id, timestamp } => {
            let id = single(request, id)?;
            // A full stop in the identifier would let its end pass for the timestamp.
            if id.contains('.') || id.len() > MAX_ID_BYTES {
                return Err(Refused::BadId);
            }
            vec![id.as_bytes(), b".", single(request, timestamp)?.as_bytes(), b".", request.body]
        }
    })
}

impl Hash {
    /// Bytes of a hash.
    fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    /// The keyed hash of `parts` one after another.
    fn keyed(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        const ANY_LENGTH: &str = "a keyed hash takes a key of any length";
        match self {
            Self::Sha1 => {
                let mut mac = <Mac<Sha1> as KeyInit>::new_from_slice(key).expect(ANY_LENGTH);
                for part in parts {
                    mac.update(part);
                }
                mac.finalize().into_bytes().to_vec()
            }
            Self::Sha256 => {
                let mut mac = <Mac<Sha256> as KeyInit>::new_from_slice(key).expect(ANY_LENGTH);
                for part in parts {
                    mac.update(part);
                }
                mac.finalize().into_bytes().to_vec()
            }
        }
    }
}
