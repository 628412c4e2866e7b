//! An answer as a note: said once, written in every platform's dialect within its limits.

pub mod adf;
pub mod block;
pub mod brief;
mod compose;
pub mod cut;
pub mod discord;
pub mod gfm;
pub mod html;
pub mod markdown;
pub mod plain;
#[cfg(test)]
pub(crate) mod sample;
mod sentence;
pub mod slack;
pub mod teams;
pub mod telegram;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub mod unmarked;

use serde::{Deserialize, Serialize};

pub use brief::Shown;

use crate::engine::{Confidence, Outcome};

/// One article of a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteArticle {
    /// The article's identifier and revision.
    pub id: String,
    /// Revision that answers.
    pub revision: u32,
    /// Title.
    pub title: String,
    /// Address people can open; `None` when the server has no public address.
    pub url: Option<String>,
    /// Probability that it answers.
    pub confidence: Confidence,
    /// Markdown: what the article says where it has no solution.
    #[serde(default)]
    pub overview: String,
    /// Markdown.
    pub cause: String,
    /// Markdown.
    pub solution: String,
    /// Checks: name, and whether the report confirms or contradicts the cause.
    pub checks: Vec<(String, bool)>,
    /// Quoted evidence, redacted.
    pub evidence: Vec<String>,
    /// Date of the last review, `YYYY-MM-DD`.
    pub reviewed_at: Option<String>,
    /// Version that no longer has the problem.
    pub fixed_in: Option<String>,
    /// Signed values for the two votes and, when ambiguous, the choice of this article.
    pub votes: Option<Votes>,
}

/// Signed values, see [`token`](super::token).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Votes {
    /// It solved the problem.
    pub yes: String,
    /// It did not.
    pub no: String,
    /// This is the one of the candidates.
    pub choose: String,
}

/// What is said about one report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What came out.
    pub outcome: Outcome,
    /// The report's identifier.
    pub report_id: String,
    /// The articles, best first: the one that answers, the candidates, or for `no_match` the nearest (titles only).
    pub articles: Vec<NoteArticle>,
    /// What would tell the candidates apart.
    pub question: Option<String>,
    /// Where feedback links lead, `https://host/f/`; `None` without a public address.
    pub feedback_url: Option<String>,
    /// It stands in the place of a note that was withdrawn and says only that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withdrawn: bool,
}

impl Note {
    /// What is put in the place of a note that was withdrawn, where it cannot be removed.
    pub fn withdrawn() -> Self {
        Self {
            outcome: Outcome::NoMatch,
            report_id: String::new(),
            articles: Vec::new(),
            question: None,
            feedback_url: None,
            withdrawn: true,
        }
    }
}
