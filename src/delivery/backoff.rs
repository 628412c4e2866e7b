//! How long to wait before a call is tried again.

use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use super::Timing;

/// The pause after the `attempt`th failure (from 1): exponential with full jitter, as `random` (0..1) has it.
pub(super) fn delay(timing: &Timing, attempt: i64, random: f64) -> SignedDuration {
    let doublings = u32::try_from(attempt - 1).unwrap_or(u32::MAX).min(30);
    let most = timing.backoff_first.as_secs_f64() * f64::from(1_u32 << doublings);
    let most = most.min(timing.backoff_most.as_secs_f64());
    SignedDuration::from_secs_f64(most * random)
}

/// A random number, 0..1: the random bits of an identifier.
pub(super) fn random() -> f64 {
    let bits = ulid::Ulid::generate().random() & ((1 << 53) - 1);
    bits as f64 / (1_u64 << 53) as f64
}

/// What `Retry-After` asks for, capped: seconds, or an HTTP date. A date that has passed asks for no pause.
pub(super) fn retry_after(timing: &Timing, value: &str, now: Timestamp) -> Option<SignedDuration> {
    let value = value.trim();
    let asked = if value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty() {
        // More digits than fit ask for more than the cap.
        SignedDuration::from_secs(value.parse().unwrap_or(i64::MAX))
    } else {
        let at = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
        at.duration_since(now).max(SignedDuration::ZERO)
    };
    Some(asked.min(timing.backoff_most))
}

/// How long it is until the second since 1970 that `X-RateLimit-Reset` names, capped.
pub(super) fn limit_resets(timing: &Timing, value: &str, now: Timestamp) -> Option<SignedDuration> {
    let at = Timestamp::from_second(value.trim().parse().ok()?).ok()?;
    Some(at.duration_since(now).clamp(SignedDuration::ZERO, timing.backoff_most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_spread_over_their_whole_width() {
        let timing = Timing::default();
        let most: Vec<f64> = (1..=13).map(|attempt| delay(&timing, attempt, 1.0).as_secs_f64()).collect();
        assert_eq!(&most[..4], [2.0, 4.0, 8.0, 16.0]);
        assert_eq!(&most[11..], [3600.0, 3600.0]);
        assert_eq!(delay(&timing, 5, 0.0), SignedDuration::ZERO);
        assert_eq!(delay(&timing, i64::MAX, 1.0), SignedDuration::from_hours(1));
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&random()));
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_and_capped() {
        let timing = Timing::default();
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let read = |value| retry_after(&timing, value, now).map(|pause| pause.as_secs());
        assert_eq!(read("120"), Some(120));
        assert_eq!(read("7200"), Some(3600));
        assert_eq!(read("99999999999999999999"), Some(3600));
        assert_eq!(read("Fri, 02 Jan 2026 03:05:05 GMT"), Some(60));
        assert_eq!(read("Fri, 02 Jan 2026 03:00:00 GMT"), Some(0));
        assert_eq!(read("Sat, 02 Jan 2027 03:00:00 GMT"), Some(3600));
        assert_eq!((read("soon"), read(""), read("-5")), (None, None, None));
    }
}
