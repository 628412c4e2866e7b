//! Every scheme against its published or computed vector, and against every way to get it wrong.

mod cases;
mod rotation;
mod vectors;
mod wrong;

use jiff::Timestamp;

use super::*;

/// The second of the computed vectors: `2026-01-02T03:04:05Z`.
const AT: i64 = 1_767_323_045;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn only(secret: &str) -> Secrets {
    Secrets { current: Some(Secret::new(secret)), previous: None }
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn request<'a>(pairs: &[(&str, &str)], body: &'a [u8]) -> InboundRequest<'a> {
    InboundRequest { headers: headers(pairs), body }
}

const GOOD: Verified = Verified { matched: Matched::Current, skew_seconds: None, stale: false };
const TIMED: Verified = Verified { matched: Matched::Current, skew_seconds: Some(0), stale: false };
