//! What the answer to a call means.

use jiff::{SignedDuration, Timestamp};

use super::backoff::{limit_resets, retry_after};
use super::gate::Health;
use super::{Answered, CallError, Timing};

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    /// It was carried out.
    Done(Answered),
    /// It is to be tried again, after the pause if the platform names one.
    Again {
        /// What went wrong.
        error: String,
        /// What the platform asks for.
        after: Option<SignedDuration>,
        /// Whether it may have been carried out all the same.
        maybe: bool,
        /// Whether the platform fails, or is only busy.
        busy: bool,
    },
    /// It broke off: nobody knows whether it was carried out.
    Unknown(String),
    /// The platform refuses it for good.
    Refused(String),
    /// The platform does not take our credential.
    Unauthorized(String),
    /// What it was about is gone.
    Gone(String),
}

impl Outcome {
    /// Reads the result of a call.
    pub(super) fn of(result: Result<Answered, CallError>, timing: &Timing, now: Timestamp) -> Self {
        let again = |error, maybe| Self::Again { error, after: None, maybe, busy: false };
        match result {
            Err(CallError::Forbidden(error)) => Self::Refused(error),
            Err(error @ CallError::NotSent(_)) => again(error.to_string(), false),
            Err(CallError::MaybeSent(error)) => Self::Unknown(error),
            Ok(answered) => Self::answered(answered, timing, now),
        }
    }

    fn answered(answered: Answered, timing: &Timing, now: Timestamp) -> Self {
        let response = &answered.response;
        let header =
            |name: &str| response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let used_up = header("x-ratelimit-remaining") == Some("0");
        let after = header("retry-after").and_then(|value| retry_after(timing, value, now)).or_else(|| {
            header("x-ratelimit-reset").filter(|_| used_up).and_then(|value| limit_resets(timing, value, now))
        });
        // GitHub's limits come as 403 with one of these: https://docs.github.com/rest/using-the-rest-api (unconfirmed).
        let limited = response.status == 403 && (after.is_some() || used_up);
        let error = format!("the platform answered {}", response.status);
        match response.status {
            200..300 => Self::Done(answered),
            429 => Self::Again { error, after, maybe: false, busy: true },
            403 if limited => Self::Again { error, after, maybe: false, busy: true },
            409 | 425 => Self::Again { error, after, maybe: false, busy: false },
            408 | 500..600 => Self::Again { error, after, maybe: true, busy: false },
            401 | 403 => Self::Unauthorized(error),
            404 | 410 => Self::Gone(error),
            300..=399 => Self::Refused(format!("{error}, a redirect, which is not followed; correct base_url")),
            _ => Self::Refused(error),
        }
    }

    /// What it says of the platform.
    pub(super) fn health(&self, pause: SignedDuration) -> Health {
        match self {
            Self::Done(_) | Self::Refused(_) | Self::Gone(_) | Self::Unauthorized(_) => Health::Well,
            Self::Again { busy: true, after, .. } => Health::Busy(after.unwrap_or(pause)),
            Self::Again { .. } | Self::Unknown(_) => Health::Failing,
        }
    }

    /// The word for it among the numbers.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Done(_) => "sent",
            Self::Again { .. } => "retry",
            Self::Unknown(_) => "unknown",
            Self::Refused(_) | Self::Unauthorized(_) | Self::Gone(_) => "rejected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::model::OutboundResponse;

    fn of(status: u16, headers: &[(&str, &str)]) -> Outcome {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let response = OutboundResponse { status, headers, body: Vec::new() };
        Outcome::of(Ok(Answered { response, whole: true }), &Timing::default(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn every_status_has_its_meaning() {
        for status in [200, 201, 204] {
            assert!(matches!(of(status, &[]), Outcome::Done(_)), "{status}");
        }
        for (status, expected) in [(408, true), (409, false), (425, false), (500, true), (502, true), (503, true)] {
            assert!(
                matches!(of(status, &[]), Outcome::Again { maybe, busy: false, .. } if maybe == expected),
                "{status}"
            );
        }
        for status in [400, 405, 413, 415, 422, 451, 301, 302, 307] {
            assert!(matches!(of(status, &[]), Outcome::Refused(_)), "{status}");
        }
        for status in [401, 403] {
            assert!(matches!(of(status, &[]), Outcome::Unauthorized(_)), "{status}");
        }
        for status in [404, 410] {
            assert!(matches!(of(status, &[]), Outcome::Gone(_)), "{status}");
        }
    }

    #[test]
    fn a_busy_platform_is_left_alone_for_as_long_as_it_asks() {
        let minute = Some(SignedDuration::from_secs(60));
        for outcome in [of(429, &[("retry-after", "60")]), of(403, &[("retry-after", "60")])] {
            assert!(matches!(&outcome, Outcome::Again { after, busy: true, .. } if *after == minute), "{outcome:?}");
        }
        assert!(matches!(of(403, &[("x-ratelimit-remaining", "0")]), Outcome::Again { busy: true, .. }));
        for status in [403, 429] {
            let outcome = of(status, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "60")]);
            assert!(matches!(&outcome, Outcome::Again { after, busy: true, .. } if *after == minute), "{outcome:?}");
        }
        assert!(
            matches!(of(503, &[("retry-after", "60")]), Outcome::Again { after, busy: false, .. } if after == minute)
        );
    }
}
