//! What people said of an article's answers, and what that weighs.

/// Most that feedback adds or takes away, in log-odds: at even odds 15 points. It orders what the report leaves open and
/// never speaks louder than the report.
const MOST: f64 = 0.6;
/// What the logarithm of the votes' ratio weighs.
const WEIGHT: f64 = 0.35;

/// Votes on an article as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Votes {
    /// People said that it helped.
    pub helpful: u32,
    /// People said that it did not.
    pub unhelpful: u32,
}

impl Votes {
    /// What they add to the article's log-odds: 0.24 for one vote, and never more than 0.6 either way. One more vote that
    /// it helped never lowers it.
    pub fn log_odds(self) -> f64 {
        let ratio = (f64::from(self.helpful) + 1.0) / (f64::from(self.unhelpful) + 1.0);
        (WEIGHT * ratio.ln()).clamp(-MOST, MOST)
    }

    /// Whether nobody said anything.
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_are_bounded_and_cancel_each_other() {
        assert!(Votes::default().log_odds().abs() < 1e-12);
        assert!(Votes { helpful: 7, unhelpful: 7 }.log_odds().abs() < 1e-12);
        assert!((Votes { helpful: 9_000, unhelpful: 0 }.log_odds() - MOST).abs() < 1e-12);
        assert!((Votes { helpful: 0, unhelpful: 9_000 }.log_odds() + MOST).abs() < 1e-12);
    }

    #[test]
    fn one_more_helpful_vote_never_lowers() {
        for helpful in 0..50 {
            let odds = |helpful| Votes { helpful, unhelpful: 3 }.log_odds();
            assert!(odds(helpful + 1) >= odds(helpful));
        }
    }
}
