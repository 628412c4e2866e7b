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

/// How far a timestamp lies behind our clock.
pub(super) struct Skew {
    seconds: Option<i64>,
    is_stale: bool,
}

impl Skew {
    pub(super) fn verified(&self, matched: Matched) -> Verified {
        Verified { matched, skew_seconds: self.seconds, stale: self.is_stale }
    }
}

/// Reads a timestamp and compares it with our clock; a scheme without one passes.
pub(super) fn skew(
    stamp: Option<Stamp>,
    request: &InboundRequest<'_>,
    now: Timestamp,
    freshness: Freshness,
) -> Result<Skew, Refused> {
    let Some(stamp) = stamp else { return Ok(Skew { seconds: None, is_stale: false }) };
    let sent = match stamp {
        Stamp::Seconds(header) => seconds(single(request, header)?),
        Stamp::Rfc3339(header) => rfc3339(single(request, header)?),
    };
    let skew_seconds = now.as_second() - sent.ok_or(Refused::BadTimestamp)?;
    let is_stale = skew_seconds.abs() > freshness.seconds;
    if is_stale && freshness.check == TimestampCheck::Refuse {
        return Err(Refused::Stale { skew_seconds });
    }
    Ok(Skew { seconds: Some(skew_seconds), is_stale })
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
