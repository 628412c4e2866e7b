//! From evidence to one confidence per article.
//!
//! Where a signature that a person wrote matched, the article collects log-odds: what its strongest signature says,
//! further signatures, supporting conditions, context, checks. Every other article is judged by the fitted
//! [`model`](super::model) from its features. Then the articles are held against each other ([`rivals`]).

use std::sync::Arc;

use super::ahead::{Ahead, ahead};
use super::checks::CheckVerdict;
use super::context::ContextNote;
use super::found::{Found, Place};
use super::model::Model;
use super::retrieve::{CONTEXT, CONTEXT_CONTRADICTS, Near};
use super::rivals;
use super::starts::Start;
use super::{CheckResult, Confidence, Votes};
use crate::report::Report;

/// Log-odds of a signature match as a function of its weight in characters of rare literal text: 12 characters are a
/// short phrase that other problems may share (0.73), 25 a message of its own (0.9), 60 leave no doubt (0.97).
const STRENGTH_AT_12: f64 = 1.0;
const STRENGTH_PER_E: f64 = 1.6;
const STRENGTH_MOST: f64 = 3.6;
const STRENGTH_LEAST: f64 = -2.0;
/// Each further signature that matches, at most two.
const FURTHER_SIGNATURE: f64 = 0.25;
/// Each supporting condition that holds, at most four.
const SUPPORT: f64 = 0.35;
const CHECK_CONFIRMED: f64 = 0.7;
const CHECK_CONTRADICTED: f64 = -1.6;
/// No answer is more certain than 0.99.
const MOST: f64 = 4.6;
/// Most that the beginning of a template says when the report ends inside it, as a probability: from none of it to all.
const START_LEAST: f64 = 0.45;
const START_MOST: f64 = 0.82;
/// One way in which a signature of an article matched.
#[derive(Debug, Clone)]
pub(super) struct SignatureHit {
    /// Name or source of the signature.
    pub(super) label: Arc<str>,
    /// Position among the article's signatures.
    pub(super) number: usize,
    pub(super) derived: bool,
    /// What other articles' texts leave of its weight, 0..=1.
    pub(super) trust: f64,
    pub(super) found: Found,
    /// Supporting conditions that held.
    pub(super) supports: Vec<Place>,
    /// Set when the report only shows the template's beginning.
    pub(super) start: Option<Start>,
}

/// An article and all that speaks for and against it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) article: usize,
    pub(super) hits: Vec<SignatureHit>,
    pub(super) near: Option<Near>,
    pub(super) context: Vec<ContextNote>,
    pub(super) checks: Vec<CheckVerdict>,
    pub(super) votes: Votes,
    /// Whether the article has signatures that a person wrote.
    pub(super) has_written: bool,
    /// Its ranking score by the model, and how it stands among the others.
    pub(super) ranking: f64,
    pub(super) ahead: Ahead,
    pub(super) contributions: Vec<(Reason, f64)>,
    pub(super) confidence: Confidence,
    /// Why the confidence was capped, in words.
    pub(super) capped: Option<String>,
    /// Number of the tie it belongs to; candidates with the same one cannot be told apart.
    pub(super) tie: Option<usize>,
}

/// What a part of a confidence comes from. It is put into words only for who asks.
#[derive(Debug, Clone)]
pub(super) enum Reason {
    /// The strongest signature, as written.
    Signature(Arc<str>),
    FurtherSignatures,
    SupportingConditions,
    /// Product, version or locale, in words.
    Context(String),
    /// A term of the model.
    Term(&'static str),
    /// A check by its name, and what became of it.
    Check(String, &'static str),
    Feedback(Votes),
}

impl Reason {
    /// In words.
    pub(super) fn in_words(&self) -> String {
        match self {
            Self::Signature(label) => format!("signature {:?}", shorten(label)),
            Self::FurtherSignatures => "further signatures".to_owned(),
            Self::SupportingConditions => "supporting conditions".to_owned(),
            Self::Context(name) => name.clone(),
            Self::Term(name) => (*name).to_owned(),
            Self::Check(name, became) => format!("check {name:?} {became}"),
            Self::Feedback(Votes { helpful, unhelpful }) => {
                format!("feedback ({helpful} helped, {unhelpful} did not)")
            }
        }
    }
}

impl Candidate {
    /// Whether a check says that its cause does not hold.
    pub(super) fn contradicted(&self) -> bool {
        self.checks.iter().any(|check| check.result == CheckResult::Contradicted)
    }

    pub(super) fn log_odds(&self) -> f64 {
        self.contributions.iter().map(|(_, value)| value).sum()
    }

    pub(super) fn cap(&mut self, most: f64, why: impl FnOnce() -> String) {
        let most = Confidence::new(most).unwrap_or(Confidence::ZERO);
        if self.confidence > most {
            self.confidence = most;
            self.capped = Some(why());
        }
    }

    /// Whether a written signature matched as a whole, not only by its beginning.
    pub(super) fn has_whole_hit(&self) -> bool {
        self.written().any(|hit| hit.start.is_none())
    }

    /// What matched of the signatures that a person wrote.
    pub(super) fn written(&self) -> impl Iterator<Item = &SignatureHit> {
        self.hits.iter().filter(|hit| !hit.derived)
    }

    /// Whether a written signature speaks for it, so that the model does not.
    pub(super) fn is_decided(&self) -> bool {
        self.written().next().is_some()
    }

    fn best_weight(&self) -> f64 {
        self.hits.iter().map(SignatureHit::weight).fold(0.0, f64::max)
    }
}

impl SignatureHit {
    /// What the match says, in characters of rare literal text; a beginning says its share.
    pub(super) fn weight(&self) -> f64 {
        let whole = self.found.weight() * self.trust;
        self.start.as_ref().map_or(whole, |start| whole * start.share)
    }
}

/// Gives every candidate its confidence, best first.
pub(super) fn score(mut candidates: Vec<Candidate>, report: &Report, model: &Model) -> Vec<Candidate> {
    rank(&mut candidates, model);
    for candidate in &mut candidates {
        candidate.contributions = contributions(candidate, model);
        candidate.confidence = Confidence::from_logit(candidate.log_odds().min(MOST));
    }
    rivals::hold_apart(&mut candidates, report, model);
    candidates.sort_by(|a, b| {
        // A contradicted article stands behind every other that fits, yet before those that do not fit.
        let rank = |c: &Candidate| (c.confidence < Confidence::HALF, c.contradicted());
        let strength = |c: &Candidate| (c.confidence.value(), c.log_odds(), c.best_weight());
        rank(a)
            .cmp(&rank(b))
            .then(strength(b).partial_cmp(&strength(a)).unwrap_or(std::cmp::Ordering::Equal))
            .then(a.article.cmp(&b.article))
    });
    candidates
}

/// Ranks by the model, and measures how each candidate stands among the others.
fn rank(candidates: &mut [Candidate], model: &Model) {
    for candidate in candidates.iter_mut() {
        if let Some(near) = &mut candidate.near {
            let sum = |sign: f64| candidate.context.iter().map(|note| (sign * note.log_odds).max(0.0)).sum::<f64>();
            #[expect(clippy::cast_possible_truncation, reason = "log-odds of context are a few units")]
            let (agrees, contradicts) = (sum(1.0) as f32, sum(-1.0) as f32);
            near.features[CONTEXT] = agrees;
            near.features[CONTEXT_CONTRADICTS] = contradicts;
            candidate.ranking = model.rank(&near.features);
        }
    }
    let near = candidates.iter().filter_map(|c| Some((c.ranking, &c.near.as_ref()?.features)));
    let near: Vec<_> = near.collect();
    let standing = ahead(&near);
    for (candidate, ahead) in candidates.iter_mut().filter(|candidate| candidate.near.is_some()).zip(standing) {
        candidate.ahead = ahead;
    }
}

fn contributions(candidate: &Candidate, model: &Model) -> Vec<(Reason, f64)> {
    let mut list = Vec::new();
    let strongest = candidate.written().max_by(|a, b| strength(a).total_cmp(&strength(b)));
    if let Some(hit) = strongest {
        list.push((Reason::Signature(Arc::clone(&hit.label)), strength(hit)));
        let mut numbers: Vec<usize> = candidate.hits.iter().map(|hit| hit.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let further = numbers.len().saturating_sub(1).min(2);
        if further > 0 {
            list.push((Reason::FurtherSignatures, FURTHER_SIGNATURE * further as f64));
        }
        let supports = candidate.hits.iter().map(|hit| hit.supports.len()).max().unwrap_or(0).min(4);
        if supports > 0 {
            list.push((Reason::SupportingConditions, SUPPORT * supports as f64));
        }
        list.extend(candidate.context.iter().map(|note| (Reason::Context(note.name.clone()), note.log_odds)));
    } else if let Some(near) = &candidate.near {
        let terms = model.contributions(&near.features, candidate.ranking, &candidate.ahead);
        list.extend(terms.map(|(name, value)| (Reason::Term(name), value)));
    }
    for check in &candidate.checks {
        let (became, value) = match check.result {
            CheckResult::Confirmed => ("confirmed", CHECK_CONFIRMED),
            CheckResult::Contradicted => ("contradicted", CHECK_CONTRADICTED),
            CheckResult::NotSeen => continue,
        };
        list.push((Reason::Check(check.name.clone(), became), value));
    }
    if !candidate.votes.is_empty() {
        list.push((Reason::Feedback(candidate.votes), candidate.votes.log_odds()));
    }
    list
}

fn strength(hit: &SignatureHit) -> f64 {
    let strength = STRENGTH_AT_12 + STRENGTH_PER_E * (hit.weight().max(0.1) / 12.0).ln();
    let most = hit.start.as_ref().map_or(STRENGTH_MOST, |start| {
        let probability = START_LEAST + (START_MOST - START_LEAST) * start.share;
        (probability / (1.0 - probability)).ln()
    });
    strength.clamp(STRENGTH_LEAST, most)
}

fn shorten(label: &str) -> String {
    let mut short: String = label.chars().take(60).collect();
    if short.len() < label.len() {
        short.push('…');
    }
    short
}
