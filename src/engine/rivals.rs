//! Articles held against each other, each with its confidence so far.
//!
//! Of articles that explain the same place the more specific one wins, and where none is, they are tied, which makes the
//! answer `ambiguous`. Articles known by words alone stand back behind one whose written signature matched; those that the
//! report does not tell apart are tied as well.

use std::cell::LazyCell;

use super::Confidence;
use super::model::Model;
use super::score::Candidate;
use crate::report::{ByteSpan, Report};

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
/// Candidates whose ranking scores differ by less than this cannot be told apart; of more than eight nobody can choose.
const NEAR_TIE: f64 = 0.25;
const MAX_TIED: usize = 8;
/// Further apart they still cannot be told apart when the second explains nearly all that the first explains of the
/// report, and as much of its own message is there.
const SAID_ALIKE_TIE: f64 = 4.5;
const SAID_ALIKE: f32 = 0.9;
const COVERAGE_APART: f32 = 0.5;
/// Highest confidence of an article known by words about which there is a doubt.
const WORDS_IN_DOUBT: f64 = 0.45;
/// Highest confidence of an article whose own written signatures were tried and did not match, and of one known by words
/// beside another article whose written signature matched.
const WORDS_BESIDE_UNMATCHED_SIGNATURES: f64 = 0.45;
pub(super) const WORDS_BESIDE_A_DECISION: f64 = 0.4;
/// Highest confidence of a beginning that ends between two words and that no other article shares: most likely a finished
/// message of another problem.
const START_AT_A_WORD: f64 = 0.45;

/// Caps what others explain better, and marks what cannot be told apart.
pub(super) fn hold_apart(candidates: &mut [Candidate], report: &Report, model: &Model) {
    doubt_lone_beginnings(candidates);
    let places: Vec<Vec<PlaceOf>> = candidates.iter().map(|candidate| places_of(candidate, report)).collect();
    yield_places(candidates, &places);
    // Asked for where an article's written signatures did not match, and then once.
    let told = LazyCell::new(|| report.is_told());
    let told: &dyn Fn() -> bool = &|| *told;
    limit_words(candidates, told);
    mark_ties(candidates, &places);
    mark_near_ties(candidates, model, told);
}

/// A text that ends between two words may be finished; that several articles begin so is a sign that it is not.
fn doubt_lone_beginnings(candidates: &mut [Candidate]) {
    let begun = |candidate: &Candidate| candidate.is_decided() && !candidate.has_whole_hit();
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

/// A place that a candidate explains and how specifically.
struct PlaceOf {
    part: usize,
    span: ByteSpan,
    weight: f64,
}

fn places_of(candidate: &Candidate, report: &Report) -> Vec<PlaceOf> {
    let mut places = Vec::new();
    for hit in candidate.written().filter(|hit| hit.start.is_none() || !candidate.has_whole_hit()) {
        for (part, span) in hit.found.anchors(report) {
            places.push(PlaceOf { part, span, weight: hit.weight() });
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
        self.weight > other.weight * DOMINANCE_FACTOR + DOMINANCE_MARGIN
    }
}

/// Caps every candidate whose places are all explained better by others.
fn yield_places(candidates: &mut [Candidate], places: &[Vec<PlaceOf>]) {
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

/// What no written signature speaks for answers only where no written signature decides. That an article's own did not
/// match speaks against it where the report shows what software printed; a report told in words could match none.
fn limit_words(candidates: &mut [Candidate], told: &dyn Fn() -> bool) {
    let decided = candidates.iter().any(|c| c.is_decided() && c.confidence >= Confidence::HALF);
    for candidate in candidates.iter_mut().filter(|candidate| !candidate.is_decided()) {
        if decided {
            candidate.cap(WORDS_BESIDE_A_DECISION, || "another article's signature matched".to_owned());
        }
        if let Some(doubt) = candidate.near.as_ref().and_then(|near| near.doubt) {
            candidate.cap(WORDS_IN_DOUBT, || doubt.to_owned());
        }
        if candidate.has_written && !told() {
            candidate.cap(WORDS_BESIDE_UNMATCHED_SIGNATURES, || "none of its signatures matched".to_owned());
        }
    }
}

/// Marks the first candidates by the model as tied when they stand close together and together stand out: one of them
/// answers, and the report does not say which.
fn mark_near_ties(candidates: &mut [Candidate], model: &Model, told: &dyn Fn() -> bool) {
    let mut order: Vec<usize> = (0..candidates.len())
        .filter(|&at| candidates[at].near.is_some() && candidates[at].capped.is_none())
        .filter(|&at| !candidates[at].has_written || told())
        .collect();
    order.sort_by(|&a, &b| candidates[b].ranking.total_cmp(&candidates[a].ranking));
    let Some(&first) = order.first() else { return };
    let best = &candidates[first];
    let Some(near) = &best.near else { return };
    let said_alike = |other: &Candidate| {
        let Some(theirs) = &other.near else { return false };
        let apart = best.ranking - other.ranking;
        apart <= NEAR_TIE
            || (apart <= SAID_ALIKE_TIE
                && near.explained_by(theirs) >= SAID_ALIKE
                && near.coverage - theirs.coverage <= COVERAGE_APART)
    };
    let rivals = order.iter().copied().skip(1).filter(|&at| said_alike(&candidates[at]));
    let mut group: Vec<usize> = std::iter::once(first).chain(rivals).collect();
    let all_are_named = group.len() <= MAX_TIED;
    group.truncate(MAX_TIED);
    // At most one of them is meant: what counts is how far they stand before the others, not before each other.
    let outside = order.iter().copied().find(|at| !group.contains(at)).map_or(0.0, |at| candidates[at].ranking);
    let together = best.log_odds() + model.margin_says(best.ranking - outside) - model.margin_says(best.ahead.margin);
    // Nor is it less likely that one is meant than what they say of themselves comes to; where still more stand beside
    // them, that is not so of these.
    let said: f64 = group.iter().map(|&at| candidates[at].confidence.value()).sum();
    let together = Confidence::from_logit(together).value().max(if all_are_named { said } else { 0.0 });
    let decided = candidates.iter().any(|c| c.is_decided() && c.confidence >= Confidence::HALF);
    if group.len() < 2 || together < Confidence::HALF.value() || decided {
        return;
    }
    let tied = Confidence::new(TIED).unwrap_or(Confidence::HALF);
    for at in group {
        candidates[at].tie = Some(usize::MAX);
        candidates[at].confidence = candidates[at].confidence.max(Confidence::HALF).min(tied);
        candidates[at].capped = Some("it cannot be told apart from another article".to_owned());
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
