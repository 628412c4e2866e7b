//! A probability that can only be made valid.

use serde::{Deserialize, Serialize};

/// The calibrated probability, 0..=1, that a support engineer would agree that an article answers a report.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schema(value_type = f64, minimum = 0.0, maximum = 1.0)]
pub struct Confidence(f64);

/// A number that is no probability.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("a confidence lies between 0 and 1, {0} does not")]
pub struct ConfidenceError(f64);

impl Confidence {
    /// Certainly not.
    pub const ZERO: Self = Self(0.0);
    /// Even odds: the default below which an article is left out.
    pub const HALF: Self = Self(0.5);

    /// Takes a probability; refuses anything outside 0..=1 and NaN.
    pub fn new(value: f64) -> Result<Self, ConfidenceError> {
        if (0.0..=1.0).contains(&value) { Ok(Self(value)) } else { Err(ConfidenceError(value)) }
    }

    /// The probability with log-odds `logit`.
    pub fn from_logit(logit: f64) -> Self {
        Self(if logit.is_nan() { 0.0 } else { 1.0 / (1.0 + (-logit).exp()) })
    }

    /// The probability, 0..=1.
    pub fn value(self) -> f64 {
        self.0
    }

    /// Rounded to four decimals, as answers show it.
    #[must_use]
    pub fn rounded(self) -> Self {
        Self((self.0 * 10_000.0).round() / 10_000.0)
    }

    /// The larger of the two.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    /// The smaller of the two.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

impl TryFrom<f64> for Confidence {
    type Error = ConfidenceError;

    fn try_from(value: f64) -> Result<Self, ConfidenceError> {
        Self::new(value)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_probabilities_are_confidences() {
        for good in [0.0, 0.5, 1.0] {
            assert!(Confidence::new(good).is_ok());
        }
        for bad in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
            assert!(Confidence::new(bad).is_err(), "{bad} was accepted");
        }
    }
}
