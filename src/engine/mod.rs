//! The engine: a report in, an [`Answer`] out.
//!
//! A [`Snapshot`] is built from the published articles and never changes; one answer reads one snapshot. No I/O, no
//! async, no clock.

mod ablation;
pub(crate) mod ahead;
mod answer;
mod answering;
mod checks;
mod code;
mod compile;
mod compiled;
mod confidence;
mod context;
mod evaluate;
mod explain;
mod fields;
mod flat;
mod found;
mod frozen;
mod index;
mod literal;
mod masking;
pub mod model;
mod options;
mod pattern;
mod proximity;
mod question;
mod rarity;
mod retrieve;
mod rivals;
pub mod scan;
mod score;
mod segment;
mod snapshot;
mod standing;
mod starts;
mod template;
mod votes;
mod weighed;
mod why_not;

#[cfg(test)]
mod tests;

pub use ablation::EnginePart;
pub use answer::{
    Answer, ArticleSummary, CheckOutcome, CheckResult, ConditionReport, ConditionState, Evidence, EvidenceKind,
    Explanation, Match, Outcome, SuggestedChange, SuggestedEdit,
};
pub use answering::{FeatureRow, Fired};
pub use compile::describe;
pub use compiled::SignatureWeight;
pub use confidence::{Confidence, ConfidenceError};
pub use frozen::{Frozen, Thawed};
pub use index::{PublishedArticle, Refused};
pub use options::{Explain, MatchOptions};
pub use retrieve::{FEATURES, LEADS, UNRANKED};
pub use snapshot::Snapshot;
pub use standing::Doubted;
pub use votes::Votes;
