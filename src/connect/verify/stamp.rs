//! Timestamps of signed requests.

use jiff::Timestamp;

use super::{Freshness, Matched, Refused, TimestampCheck, Verified, single};
use crate::connect::model::InboundRequest;

/// Most digits of seconds since 1970: beyond the year 9999 nothing is a time.
const MAX_DIGITS: usize = 12;

/// Header of a timestamp and how it is written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stamp {
    /// Seconds since 1970.
    Seconds(&'static str),
    /// RFC 3339.
    Rfc3339(&'static str),
}

/// By how many seconds a timestamp lies behind our clock, where the scheme has one.
pub(super) struct Skew(Option<i64>);

impl Skew {
    /// What comes of a request whose signature is right: only then is its timestamp the sender's.
    pub(super) fn verified(&self, matched: Matched, freshness: Freshness) -> Result<Verified, Refused> {
        let old = self.0.filter(|seconds| seconds.abs() > freshness.seconds);
        match old {
            Some(skew_seconds) if freshness.check == TimestampCheck::Refuse => Err(Refused::Stale { skew_seconds }),
            _ => Ok(Verified { matched, skew_seconds: self.0, stale: old.is_some() }),
        }
    }
}

/// Reads a timestamp and compares it with our clock.
pub(super) fn skew(stamp: Option<Stamp>, request: &InboundRequest<'_>, now: Timestamp) -> Result<Skew, Refused> {
    let Some(stamp) = stamp else { return Ok(Skew(None)) };
    let sent = match stamp {
        Stamp::Seconds(header) => seconds(single(request, header)?),
        Stamp::Rfc3339(header) => rfc3339(single(request, header)?),
    };
    Ok(Skew(Some(now.as_second() - sent.ok_or(Refused::BadTimestamp)?)))
}

/// Digits and nothing else: no sign, no blank, no fraction.
fn seconds(text: &str) -> Option<i64> {
    let is_digits = text.len() <= MAX_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    if is_digits { text.parse().ok() } else { None }
}

/// `2026-01-02T03:04:05Z`, with a fraction or an offset; what else the time library would take is no RFC 3339.
fn rfc3339(text: &str) -> Option<i64> {
    const SHAPE: &[u8] = b"dddd-dd-ddTdd:dd:dd";
    let (head, zone) = text.as_bytes().split_at_checked(SHAPE.len())?;
    let has_shape = head.iter().zip(SHAPE).all(|(byte, shape)| match shape {
        b'd' => byte.is_ascii_digit(),
        literal => byte == literal,
    });
    let zone = match zone {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            &rest[digits..]
        }
        zone => zone,
    };
    let has_zone = match zone {
        b"Z" => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if has_shape && has_zone { text.parse::<Timestamp>().ok().map(Timestamp::as_second) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strict_times_are_read() {
        assert_eq!(seconds("1767323045"), Some(1_767_323_045));
        for wrong in ["", " 1", "1 ", "+1", "-1", "1.0", "1e3", "0x1", "1767323045000000", "٣", "1_000"] {
            assert_eq!(seconds(wrong), None, "{wrong:?}");
        }
        for right in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.25Z", "2026-01-02T04:04:05+01:00"] {
            assert_eq!(rfc3339(right), Some(1_767_323_045), "{right:?}");
        }
        for wrong in [
            "",
            "2026-01-02",
            "2026-01-02 03:04:05Z",
            "2026-01-02T03:04:05",
            "2026-01-02T03:04Z",
            "2026-01-02T03:04:05.Z",
            "2026-13-02T03:04:05Z",
            "2026-01-02T03:04:05z",
            "2026-01-02T03:04:05Z[UTC]",
            "1767323045",
        ] {
            assert_eq!(rfc3339(wrong), None, "{wrong:?}");
        }
    }
}
