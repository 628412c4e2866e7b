//! What the engine answers, as it goes over the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Confidence, PublishedArticle};
use crate::article::Slug;
use crate::report::Layer;

/// The answer to one report, from one version of the knowledge base.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Answer {
    /// Identifier of the report, a ULID.
    pub report_id: String,
    /// What came out.
    pub outcome: Outcome,
    /// Names the state of the knowledge base that answered.
    pub kb_version: String,
    /// Version of the engine that answered.
    pub engine_version: String,
    /// The articles, best first.
    pub matches: Vec<Match>,
    /// What would tell the candidates apart; set when `ambiguous`.
    pub question: Option<String>,
    /// Time from the decoded request to the answer, in microseconds.
    pub took_us: u64,
    /// Decoding limits that were reached; what lies beyond them was not read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub limits_reached: Vec<String>,
    /// Why each explained article did or did not match; only when asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub explain: Vec<Explanation>,
}

/// What came out of matching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one article answers.
    Match,
    /// The top articles explain the same place and cannot be told apart.
    Ambiguous,
    /// No article answers.
    NoMatch,
}

impl Outcome {
    /// The word used on the wire and in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::Ambiguous => "ambiguous",
            Self::NoMatch => "no_match",
        }
    }
}

/// One article that answers.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Match {
    /// The article.
    pub article: ArticleSummary,
    /// Probability that it answers the report.
    pub confidence: Confidence,
    /// Markdown: what the article says besides its cause where it has no solution under a heading of its own.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub overview: String,
    /// Markdown, captures filled in.
    pub cause: String,
    /// Markdown, captures filled in.
    pub solution: String,
    /// The article's checks and what the report says to each.
    pub checks: Vec<CheckOutcome>,
    /// Why it matched.
    pub evidence: Vec<Evidence>,
}

/// What an answer shows of an article.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ArticleSummary {
    /// Identifier.
    #[schema(value_type = String)]
    pub id: Slug,
    /// Title.
    pub title: String,
    /// Products, versions or situations.
    pub applies_to: Vec<String>,
    /// Address of the article on this server.
    pub url: String,
    /// Revision that answered.
    pub revision: u32,
    /// Date of the last review, `YYYY-MM-DD`.
    pub reviewed_at: Option<String>,
    /// Version that no longer has the problem.
    pub fixed_in: Option<String>,
    /// The superseded article whose signature matched, when this one answers in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub supersedes: Option<Slug>,
}

impl ArticleSummary {
    /// An article as it is published, in the place of the one that it supersedes if that one matched.
    pub(crate) fn of(published: &PublishedArticle, supersedes: Option<Slug>) -> Self {
        let article = &published.article;
        Self {
            id: article.id.clone(),
            title: article.title.clone(),
            applies_to: article.applies_to.clone(),
            url: format!("/articles/{}", article.id),
            revision: published.revision,
            reviewed_at: article.reviewed_at.clone(),
            fixed_in: article.fixed_in.clone(),
            supersedes,
        }
    }
}

/// What a report says to one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CheckOutcome {
    /// The check, in words.
    pub name: String,
    /// What the report says.
    pub result: CheckResult,
}

/// What a report says to a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    /// The cause holds.
    Confirmed,
    /// The cause does not hold.
    Contradicted,
    /// The report does not say.
    NotSeen,
}

/// One reason why an article matched.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Evidence {
    /// What kind of reason.
    pub kind: EvidenceKind,
    /// Name of the signature, or its condition as written; for retrieval what was compared.
    pub signature: String,
    /// Whether import derived the signature from the article's text.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub derived: bool,
    /// Address of the part: `body`, a JSON pointer, `form.NAME`, `file:NAME`, or `hints`.
    pub field: String,
    /// First byte of the quote in the part's UTF-8 text.
    pub start: usize,
    /// Byte after its last.
    pub end: usize,
    /// The part's text from `start` to `end`, secrets overwritten.
    pub quote: String,
    /// What matched after decoding; the same as `quote` when nothing was decoded.
    pub text: String,
    /// Decoding steps between part and text, outermost first.
    pub decoded_by: Vec<Layer>,
    /// Values of named wildcards and groups, secrets overwritten.
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub captures: BTreeMap<String, String>,
}

/// What kind of reason an [`Evidence`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// A template matched.
    Template,
    /// The report ends inside a template: its beginning matched.
    TemplateStart,
    /// A regular expression matched.
    Regex,
    /// A code stood as a whole token.
    Code,
    /// A field passed its test.
    Where,
    /// A supporting condition held.
    Support,
    /// Words, codes and phrases are shared with the article.
    Words,
    /// Product, version, route or status agree.
    Context,
}

/// Why an article did or did not match.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// The article.
    #[schema(value_type = String)]
    pub article: Slug,
    /// Confidence it reached, 0 when it was no candidate.
    pub confidence: Confidence,
    /// Every condition of every signature and check.
    pub conditions: Vec<ConditionReport>,
    /// What the confidence is made of: name and log-odds of each contribution, in order.
    pub contributions: Vec<(String, f64)>,
    /// Words, pairs and meanings that the report shares with it, and what each counts in retrieval, most first.
    pub words: Vec<(String, f64)>,
    /// Its derived signatures that count less or nothing, and why, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubted: Vec<String>,
    /// Why it is not among the matches, in words; `None` when it is.
    pub left_out: Option<String>,
    /// The smallest change found of the report with which it would be among them; only for an article that was asked for
    /// by name. It was tried: the changed report is answered so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edit: Option<SuggestedEdit>,
}

/// A change of a report that makes an article answer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SuggestedEdit {
    /// What is replaced, all of it together.
    pub changes: Vec<SuggestedChange>,
    /// The article's confidence afterwards.
    pub confidence: Confidence,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SuggestedChange {
    /// Address of the part.
    pub field: String,
    /// First byte that is replaced, in the part's UTF-8 text.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
    /// What stands there.
    pub old: String,
    /// What would have to.
    pub new: String,
}

/// One condition of an explained article.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ConditionReport {
    /// Name or number of the signature or check, counted from 1: `signature 1`, `check 2`.
    pub of: String,
    /// The condition as written.
    pub condition: String,
    /// Nesting depth, 0 for a signature's own condition.
    pub depth: usize,
    /// Whether it held.
    pub state: ConditionState,
    /// The text that met it, or the nearest text that the report has.
    pub nearest: Option<String>,
}

/// Whether a condition held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConditionState {
    /// It held.
    Met,
    /// It did not hold.
    Failed,
    /// An earlier condition already decided.
    NotReached,
}
