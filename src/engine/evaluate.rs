//! Conditions evaluated on one report.
//!
//! A [`Reading`] is one report and what the scan saw in it. Evaluating a condition gives the places that make it hold,
//! so that evidence, captures and explanations all come from the same walk.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use regex::Regex;

use super::EvidenceKind;
use super::compiled::{LiteralId, Node, Pattern, TextMatcher};
use super::fields::{FieldHit, WhereMatcher};
use super::found::{Found, Place};
use crate::report::{ByteSpan, Report, ViewIndex};

/// Most places of one text condition that are kept: enough to find an ordered set, bounded for hostile repetition.
const MAX_PLACES: usize = 32;
/// Most alternatives of one condition that are handed up.
const MAX_FOUND: usize = 32;

/// A report and what the scan saw in it.
pub(super) struct Reading<'r> {
    pub(super) report: &'r Report,
    /// Views in which each literal occurs, in order.
    pub(super) views_by_literal: HashMap<LiteralId, Vec<ViewIndex>, BuildHasherDefault<LiteralHasher>>,
    /// All views, for conditions without a literal.
    pub(super) all_views: Vec<ViewIndex>,
}

/// Spreads the numbers of literals. They are given in order, so nobody outside can choose them; 2^64 divided by the golden
/// ratio is Fibonacci hashing's multiplier (Knuth, volume 3, 6.4).
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct LiteralHasher(u64);

impl Hasher for LiteralHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never taken: a number is written as one. Kept correct all the same.
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = (self.0.rotate_left(32) ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl<'r> Reading<'r> {
    /// A report in which nothing was seen yet.
    pub(super) fn new(report: &'r Report) -> Self {
        Self { report, views_by_literal: HashMap::default(), all_views: (0..report.views.len()).collect() }
    }
}

impl Node {
    /// The ways in which the condition holds; empty when it does not.
    pub(super) fn evaluate(&self, reading: &Reading<'_>) -> Vec<Found> {
        match self {
            Self::Text(matcher) => {
                matcher.places(reading).into_iter().map(|place| Found { places: vec![place] }).collect()
            }
            Self::Where(matcher) => matcher.evaluate(reading),
            Self::Any(nodes) => {
                let mut found: Vec<Found> = nodes.iter().flat_map(|node| node.evaluate(reading)).collect();
                found.truncate(MAX_FOUND);
                found
            }
            Self::None(nodes) => {
                let holds = nodes.iter().all(|node| node.evaluate(reading).is_empty());
                if holds { vec![Found::default()] } else { Vec::new() }
            }
            Self::All { nodes, within_lines, ordered } => evaluate_all(nodes, *within_lines, *ordered, reading),
        }
    }
}

fn evaluate_all(nodes: &[Node], within_lines: Option<u32>, ordered: bool, reading: &Reading<'_>) -> Vec<Found> {
    let mut alternatives = Vec::with_capacity(nodes.len());
    for node in nodes {
        let found = node.evaluate(reading);
        if found.is_empty() {
            return Vec::new();
        }
        alternatives.push(found);
    }
    if within_lines.is_none() && !ordered {
        let first_of_each = alternatives.iter().filter_map(|found| found.first());
        return vec![Found { places: first_of_each.flat_map(|found| found.places.clone()).collect() }];
    }
    super::proximity::nearest(&alternatives, within_lines, ordered, reading.report).into_iter().collect()
}

impl TextMatcher {
    /// Where the pattern matches, fewest decoding layers first, each stretch of a part once.
    pub(super) fn places(&self, reading: &Reading<'_>) -> Vec<Place> {
        let mut places: Vec<Place> = Vec::new();
        let mut seen: Vec<(usize, ByteSpan)> = Vec::new();
        // Once for all places: the cache it comes from is shared by every report.
        let regex = match &self.pattern {
            Pattern::Regex(regex) => regex.get(),
            Pattern::Template(_) | Pattern::Code(_) => None,
        };
        for &view in &self.views(reading) {
            let text = reading.report.view_text(view);
            let part = reading.report.views[view].part;
            let mut from = 0;
            while places.len() < MAX_PLACES {
                let Some((span, captures)) = self.find(regex.as_deref(), text, from) else { break };
                from = span.end().max(from + 1);
                while !text.is_char_boundary(from) {
                    from += 1;
                }
                let in_part = reading.report.part_span(view, span);
                if !seen.iter().any(|&(p, s)| p == part && s.overlaps(in_part)) {
                    seen.push((part, in_part));
                    places.push(Place {
                        kind: self.pattern.kind(),
                        label: self.label.clone(),
                        view: Some(view),
                        span,
                        captures,
                        weight: self.weight,
                    });
                }
                if from >= text.len() {
                    break;
                }
            }
        }
        places
    }

    /// The views in which it can match, in order.
    fn views(&self, reading: &Reading<'_>) -> Vec<ViewIndex> {
        let Some(literals) = &self.literals else { return reading.all_views.clone() };
        let mut views: Vec<ViewIndex> =
            literals.iter().filter_map(|id| reading.views_by_literal.get(id)).flatten().copied().collect();
        views.sort_unstable();
        views.dedup();
        views
    }

    /// The next place; `regex` is the pattern compiled, where it is a regular expression.
    fn find(&self, regex: Option<&Regex>, text: &str, from: usize) -> Option<(ByteSpan, Vec<(String, String)>)> {
        match &self.pattern {
            Pattern::Template(template) => {
                let found = template.find(text, from)?;
                let captures =
                    found.captures.into_iter().map(|(name, span)| (name, span.slice(text).trim().to_owned())).collect();
                Some((found.span, captures))
            }
            Pattern::Code(code) => code.find(text, from).map(|span| (span, Vec::new())),
            Pattern::Regex(_) => {
                let regex = regex?;
                let found = regex.captures_at(text, from)?;
                let whole = found.get(0)?;
                let captures = regex
                    .capture_names()
                    .flatten()
                    .filter_map(|name| Some((name.to_owned(), found.name(name)?.as_str().to_owned())))
                    .collect();
                Some((whole.range().into(), captures))
            }
        }
    }
}

impl WhereMatcher {
    fn evaluate(&self, reading: &Reading<'_>) -> Vec<Found> {
        let alternatives = self.find(reading.report.fields());
        let share = self.weight() / self.positive_tests().max(1) as f64;
        let place = |hit: FieldHit<'_>| Place {
            kind: EvidenceKind::Where,
            label: self.label.clone(),
            view: hit.field.view,
            span: hit.field.span,
            captures: hit.captures,
            weight: share,
        };
        alternatives.into_iter().map(|hits| Found { places: hits.into_iter().map(place).collect() }).collect()
    }
}
