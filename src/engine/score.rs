//! From evidence to one confidence per article, with ties and abstention.
//!
//! Each article collects log-odds: what its strongest signature says, further signatures, supporting conditions, context,
//! checks, or shared words when no signature of it matched. Then articles that explain the same place are held against
//! each other: the more specific one wins, and where none is, the answer is `ambiguous`.

use super::checks::CheckVerdict;
use super::context::ContextNote;
use super::found::{Found, Place};
use super::retrieve::Near;
use super::starts::Start;
use super::{CheckResult, Confidence};
use crate::report::{ByteSpan, Report};

/// Log-odds of a signature match as a function of its weight in characters of rare literal text: 12 characters are a
/// short phrase that other problems may share (0.73), 25 a message of its own (0.9), 60 leave no doubt (0.97).
const STRENGTH_AT_12: f64 = 1.0;
const STRENGTH_PER_E: f64 = 1.6;
const STRENGTH_MOST: f64 = 3.6;
const STRENGTH_LEAST: f64 = -2.0;
/// A signature that import derived has not been tried by anybody.
const DERIVED: f64 = -0.5;
/// Each further signature that matches, at most two.
const FURTHER_SIGNATURE: f64 = 0.25;
/// Each supporting condition that holds, at most four.
const SUPPORT: f64 = 0.35;
const CHECK_CONFIRMED: f64 = 0.7;
const CHECK_CONTRADICTED: f64 = -1.6;
/// No answer is more certain than 0.99.
const MOST: f64 = 4.6;
/// The more specific signature wins when it weighs this much more, as a factor and in characters.
const DOMINANCE_FACTOR: f64 = 1.15;
const DOMINANCE_MARGIN: f64 = 2.0;
/// Highest confidence of an article whose every place another article explains better.
const DOMINATED: f64 = 0.3;
/// Highest confidence of an article that cannot be told apart from another: even odds between two and some more, since
/// one of two siblings often helps with the other.
const TIED: f64 = 0.7;
/// Candidates whose log-odds differ by more than this are told apart by context, checks or supporting evidence.
const TIE_BREAK: f64 = 0.6;
/// Highest confidence of an article known by words alone, of one whose own signatures were tried and did not match, and
/// of one known by words beside another article whose signature matched.
const WORDS_MOST: f64 = 0.85;
const WORDS_BESIDE_UNMATCHED_SIGNATURES: f64 = 0.45;
pub(super) const WORDS_BESIDE_A_DECISION: f64 = 0.4;
/// Most that the beginning of a template says when the report ends inside it, as a probability: from none of it to all.
const START_LEAST: f64 = 0.45;
const START_MOST: f64 = 0.82;
/// Highest confidence of a beginning that ends between two words and that no other article shares: most likely a finished
/// message of another problem.
const START_AT_A_WORD: f64 = 0.45;

/// One way in which a signature of an article matched.
#[derive(Debug, Clone)]
pub(super) struct SignatureHit {
    /// Name or source of the signature.
    pub(super) label: String,
    /// Position among the article's signatures.
    pub(super) number: usize,
    pub(super) derived: bool,
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
    /// Whether the article has signatures that a person wrote.
    pub(super) has_written: bool,
    pub(super) contributions: Vec<(String, f64)>,
    pub(super) confidence: Confidence,
    /// Why the confidence was capped, in words.
    pub(super) capped: Option<String>,
    /// Number of the tie it belongs to; candidates with the same one cannot be told apart.
    pub(super) tie: Option<usize>,
}

impl Candidate {
    /// Whether a check says that its cause does not hold.
    pub(super) fn contradicted(&self) -> bool {
        self.checks.iter().any(|check| check.result == CheckResult::Contradicted)
    }

    fn log_odds(&self) -> f64 {
        self.contributions.iter().map(|(_, value)| value).sum()
    }

    fn cap(&mut self, most: f64, why: impl FnOnce() -> String) {
        let most = Confidence::new(most).unwrap_or(Confidence::ZERO);
        if self.confidence > most {
            self.confidence = most;
            self.capped = Some(why());
        }
    }

    /// Its whole matches, or when it has none its beginnings.
    fn has_whole_hit(&self) -> bool {
        self.hits.iter().any(|hit| hit.start.is_none())
    }

    fn best_weight(&self) -> f64 {
        self.hits.iter().map(SignatureHit::weight).fold(0.0, f64::max)
    }
}

impl SignatureHit {
    /// What the match says, in characters of rare literal text; a beginning says its share.
    pub(super) fn weight(&self) -> f64 {
        let whole = self.found.weight();
        self.start.as_ref().map_or(whole, |start| whole * start.share)
    }
}

/// Gives every candidate its confidence, best first.
pub(super) fn score(mut candidates: Vec<Candidate>, report: &Report) -> Vec<Candidate> {
    let runner_up_words = second_score(&candidates);
    for candidate in &mut candidates {
        candidate.contributions = contributions(candidate, runner_up_words);
        candidate.confidence = Confidence::from_logit(candidate.log_odds().min(MOST));
    }
    doubt_lone_beginnings(&mut candidates);
    let places: Vec<Vec<PlaceOf>> = candidates.iter().map(|candidate| places_of(candidate, report)).collect();
    hold_apart(&mut candidates, &places);
    limit_words(&mut candidates);
    mark_ties(&mut candidates, &places);
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

/// A text that ends between two words may be finished; that several articles begin so is a sign that it is not.
fn doubt_lone_beginnings(candidates: &mut [Candidate]) {
    let begun = |candidate: &Candidate| !candidate.hits.is_empty() && !candidate.has_whole_hit();
    if candidates.iter().filter(|candidate| begun(candidate)).count() > 1 {
        return;
    }
    for candidate in candidates.iter_mut().filter(|candidate| begun(candidate)) {
        let cut = candidate.hits.iter().filter_map(|hit| hit.start.as_ref()).any(|start| start.inside_word);
        if !cut {
            candidate.cap(START_AT_A_WORD, || "the report may end where its message goes on".to_owned());
        }
    }
}

fn contributions(candidate: &Candidate, runner_up_words: f64) -> Vec<(String, f64)> {
    let mut list = Vec::new();
    let strongest = candidate.hits.iter().max_by(|a, b| strength(a).total_cmp(&strength(b)));
    if let Some(hit) = strongest {
        list.push((format!("signature {:?}", shorten(&hit.label)), strength(hit)));
        let mut numbers: Vec<usize> = candidate.hits.iter().map(|hit| hit.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let further = numbers.len().saturating_sub(1).min(2);
        if further > 0 {
            list.push(("further signatures".to_owned(), FURTHER_SIGNATURE * further as f64));
        }
        let supports = candidate.hits.iter().map(|hit| hit.supports.len()).max().unwrap_or(0).min(4);
        if supports > 0 {
            list.push(("supporting conditions".to_owned(), SUPPORT * supports as f64));
        }
    } else if let Some(near) = &candidate.near {
        list.push(("shared words".to_owned(), words_log_odds(near, runner_up_words)));
    }
    list.extend(candidate.context.iter().map(|note| (note.name.clone(), note.log_odds)));
    for check in &candidate.checks {
        match check.result {
            CheckResult::Confirmed => list.push((format!("check {:?} confirmed", check.name), CHECK_CONFIRMED)),
            CheckResult::Contradicted => {
                list.push((format!("check {:?} contradicted", check.name), CHECK_CONTRADICTED));
            }
            CheckResult::NotSeen => {}
        }
    }
    list
}

fn strength(hit: &SignatureHit) -> f64 {
    let strength = STRENGTH_AT_12 + STRENGTH_PER_E * (hit.weight().max(0.1) / 12.0).ln();
    let most = hit.start.as_ref().map_or(STRENGTH_MOST, |start| {
        let probability = START_LEAST + (START_MOST - START_LEAST) * start.share;
        (probability / (1.0 - probability)).ln()
    });
    strength.clamp(STRENGTH_LEAST, most) + if hit.derived { DERIVED } else { 0.0 }
}

/// Log-odds of an article known by words alone: what the longest shared run says, how much of the article's heading the
/// report says, and how far the runner-up is behind.
fn words_log_odds(near: &Near, runner_up: f64) -> f64 {
    let margin = if near.score > runner_up { (near.score - runner_up) / near.score } else { 0.0 };
    -4.0 + 0.9 * (1.0 + near.best_run).ln() + 3.0 * near.coverage.sqrt() + 2.0 * margin
}

fn second_score(candidates: &[Candidate]) -> f64 {
    let mut scores: Vec<f64> = candidates.iter().filter_map(|c| c.near.as_ref()).map(|near| near.score).collect();
    scores.sort_by(|a, b| b.total_cmp(a));
    scores.get(1).copied().unwrap_or(0.0)
}

/// A place that a candidate explains and how specifically.
struct PlaceOf {
    part: usize,
    span: ByteSpan,
    weight: f64,
    derived: bool,
}

fn places_of(candidate: &Candidate, report: &Report) -> Vec<PlaceOf> {
    let mut places = Vec::new();
    for hit in candidate.hits.iter().filter(|hit| hit.start.is_none() || !candidate.has_whole_hit()) {
        for (part, span) in hit.found.anchors(report) {
            places.push(PlaceOf { part, span, weight: hit.weight(), derived: hit.derived });
        }
    }
    places
}

impl PlaceOf {
    fn same_place(&self, other: &Self) -> bool {
        self.part == other.part && self.span.overlaps(other.span)
    }

    /// Whether this place is explained more specifically than `other`, which it overlaps.
    fn beats(&self, other: &Self) -> bool {
        match (self.derived, other.derived) {
            (false, true) => self.weight >= 0.7 * other.weight,
            (true, false) => false,
            _ => self.weight > other.weight * DOMINANCE_FACTOR + DOMINANCE_MARGIN,
        }
    }
}

/// Caps every candidate whose places are all explained better by others.
fn hold_apart(candidates: &mut [Candidate], places: &[Vec<PlaceOf>]) {
    for (index, candidate) in candidates.iter_mut().enumerate() {
        let mine = &places[index];
        let beaten = |place: &PlaceOf| {
            places.iter().enumerate().any(|(other, theirs)| {
                other != index && theirs.iter().any(|their| their.same_place(place) && their.beats(place))
            })
        };
        if !mine.is_empty() && mine.iter().all(beaten) {
            candidate.cap(DOMINATED, || "another article explains the same place more specifically".to_owned());
        }
    }
}

/// Shared words answer only where no signature does.
fn limit_words(candidates: &mut [Candidate]) {
    let decided = candidates.iter().any(|c| !c.hits.is_empty() && c.confidence >= Confidence::HALF);
    for candidate in candidates.iter_mut().filter(|candidate| candidate.hits.is_empty()) {
        if decided {
            candidate.cap(WORDS_BESIDE_A_DECISION, || "another article's signature matched".to_owned());
        }
        if candidate.has_written {
            candidate.cap(WORDS_BESIDE_UNMATCHED_SIGNATURES, || "none of its signatures matched".to_owned());
        }
        candidate.cap(WORDS_MOST, || "known by shared words alone".to_owned());
    }
}

/// Marks candidates that explain the same place equally well and caps their confidence.
fn mark_ties(candidates: &mut [Candidate], places: &[Vec<PlaceOf>]) {
    let mut order: Vec<usize> =
        (0..candidates.len()).filter(|&i| candidates[i].confidence >= Confidence::HALF).collect();
    order.sort_by(|&a, &b| candidates[b].log_odds().total_cmp(&candidates[a].log_odds()));
    for (rank, &best) in order.iter().enumerate() {
        if candidates[best].tie.is_some() || candidates[best].contradicted() || places[best].is_empty() {
            continue;
        }
        let shares = |other: usize| places[best].iter().any(|mine| places[other].iter().any(|p| mine.same_place(p)));
        let rivals: Vec<usize> = order[rank + 1..].iter().copied().filter(|&other| shares(other)).collect();
        // A beginning that siblings share cannot be told apart by anything else that the report holds.
        let cut = !candidates[best].has_whole_hit();
        let tied: Vec<usize> = rivals
            .iter()
            .copied()
            .filter(|&other| {
                let close = candidates[best].log_odds() - candidates[other].log_odds() <= TIE_BREAK;
                (cut || close) && !candidates[other].contradicted()
            })
            .collect();
        for &other in &rivals {
            let rest = 1.0 - candidates[best].confidence.value();
            if !tied.contains(&other) {
                candidates[other].cap(rest.max(DOMINATED), || "context speaks for another article".to_owned());
            }
        }
        if !tied.is_empty() {
            for index in tied.into_iter().chain([best]) {
                candidates[index].tie = Some(rank);
                candidates[index].cap(TIED, || "it cannot be told apart from another article".to_owned());
            }
        }
    }
}

fn shorten(label: &str) -> String {
    let mut short: String = label.chars().take(60).collect();
    if short.len() < label.len() {
        short.push('…');
    }
    short
}
