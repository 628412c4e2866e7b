//! How a report is to be answered.

use super::Confidence;
use crate::article::Slug;
use crate::report::Hints;

/// How a report is to be answered.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchOptions {
    /// Most articles in the answer, 1..=20.
    pub limit: usize,
    /// Articles below this are left out.
    pub min_confidence: Confidence,
    /// Context sent with the report.
    pub hints: Hints,
    /// Which articles to explain.
    pub explain: Explain,
}

impl Default for MatchOptions {
    fn default() -> Self {
        Self { limit: 3, min_confidence: Confidence::HALF, hints: Hints::default(), explain: Explain::None }
    }
}

/// Which articles an answer explains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Explain {
    /// None.
    #[default]
    None,
    /// The candidates.
    Candidates,
    /// This one, whether it matched or not.
    Article(Slug),
}
