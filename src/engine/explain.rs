//! Why an article did or did not match.

use std::collections::HashSet;

use super::compiled::{Node, TextMatcher};
use super::evaluate::Reading;
use super::index::Index;
use super::options::MatchOptions;
use super::retrieve::terms::tokens;
use super::score::Candidate;
use super::standing::doubted;
use super::{ConditionReport, ConditionState, Confidence, Explanation};
use crate::report::{redact, redact_around};
use crate::text::counted;

/// Most characters of the nearest text that are shown.
const MAX_NEAREST: usize = 200;

/// Walks every condition of an article and says what became of it.
pub(super) fn explain(
    index: &Index,
    article: usize,
    ranked: &[Candidate],
    reading: &Reading<'_>,
    options: &MatchOptions,
) -> Explanation {
    let compiled = index.article(article);
    let mut walk = Walk { reading, conditions: Vec::new(), of: String::new() };
    for (index, signature) in compiled.signatures.iter().enumerate() {
        walk.of = format!("signature {}", index + 1);
        let met = walk.visit(&signature.condition, 0, true);
        walk.of = format!("signature {} supports", index + 1);
        for support in &signature.supports {
            walk.visit(support, 0, met);
        }
    }
    for (index, check) in compiled.checks.iter().enumerate() {
        for (side, node) in [("confirms", &check.confirms), ("contradicts", &check.contradicts)] {
            if let Some(node) = node {
                walk.of = format!("check {} {side}", index + 1);
                walk.visit(node, 0, true);
            }
        }
    }
    let candidate = ranked.iter().find(|candidate| candidate.article == article);
    let confidence = candidate.map_or(Confidence::ZERO, |candidate| candidate.confidence);
    Explanation {
        article: compiled.article().id.clone(),
        confidence: confidence.rounded(),
        conditions: walk.conditions,
        contributions: candidate.map(in_words).unwrap_or_default(),
        words: shared_words(index, article, reading),
        doubted: doubted(index, article).iter().map(ToString::to_string).collect(),
        left_out: left_out(candidate, options),
        edit: None,
    }
}

fn in_words(candidate: &Candidate) -> Vec<(String, f64)> {
    candidate.contributions.iter().map(|(reason, value)| (reason.in_words(), *value)).collect()
}

/// Most shared words that are listed.
const MAX_WORDS: usize = 20;

fn shared_words(index: &Index, article: usize, reading: &Reading<'_>) -> Vec<(String, f64)> {
    let mut words = index.words.shared(reading.report, article);
    words.truncate(MAX_WORDS);
    words
}

fn left_out(candidate: Option<&Candidate>, options: &MatchOptions) -> Option<String> {
    let Some(candidate) = candidate else {
        return Some("no signature matched and no words are shared".to_owned());
    };
    if candidate.confidence >= options.min_confidence {
        return None;
    }
    let capped = candidate.capped.as_ref().map(|why| format!("; {why}")).unwrap_or_default();
    Some(format!(
        "its confidence {:.2} is below {:.2}{capped}",
        candidate.confidence.value(),
        options.min_confidence.value()
    ))
}

struct Walk<'a, 'r> {
    reading: &'a Reading<'r>,
    conditions: Vec<ConditionReport>,
    of: String,
}

impl Walk<'_, '_> {
    /// Reports a condition and those inside it; says whether it held. The recursion is as deep as the article's
    /// conditions, which parsing bounds.
    fn visit(&mut self, node: &Node, depth: usize, reached: bool) -> bool {
        let held = reached && !node.evaluate(self.reading).is_empty();
        let state = match (reached, held) {
            (false, _) => ConditionState::NotReached,
            (true, true) => ConditionState::Met,
            (true, false) => ConditionState::Failed,
        };
        let mut report = |condition: String, nearest: Option<String>| {
            let of = self.of.clone();
            self.conditions.push(ConditionReport { of, condition, depth, state, nearest });
        };
        match node {
            Node::Text(matcher) => report(matcher.label.to_string(), self.reading.nearest(matcher)),
            Node::Where(matcher) => {
                let tests = matcher.explain(self.reading.report.fields());
                let seen: Vec<String> = tests.iter().filter_map(|(_, _, seen)| seen.clone()).collect();
                report(matcher.label.to_string(), (!seen.is_empty()).then(|| seen.join("; ")));
            }
            Node::All { nodes, within_lines, ordered } => {
                report(describe_all(*within_lines, *ordered), None);
                let mut reached = reached;
                for node in nodes {
                    reached &= self.visit(node, depth + 1, reached);
                }
            }
            Node::Any(nodes) => {
                report("any of".to_owned(), None);
                for node in nodes {
                    self.visit(node, depth + 1, reached);
                }
            }
            Node::None(nodes) => {
                report("none of".to_owned(), None);
                for node in nodes {
                    self.visit(node, depth + 1, reached);
                }
            }
        }
        held
    }
}

fn describe_all(within_lines: Option<u32>, ordered: bool) -> String {
    let lines = within_lines.map(|lines| format!(" within {}", counted(lines, "line"))).unwrap_or_default();
    let order = if ordered { " in this order" } else { "" };
    format!("all of{lines}{order}")
}

impl Reading<'_> {
    /// The text that matched, or the line of the report that shares most words with what was sought.
    fn nearest(&self, matcher: &TextMatcher) -> Option<String> {
        let cut = |text: &str| text.trim().chars().take(MAX_NEAREST).collect::<String>();
        if let Some(place) = matcher.places(self).first()
            && let Some(view) = place.view
        {
            return Some(cut(&redact_around(self.report.view_text(view), place.span)));
        }
        let wanted: HashSet<u64> = tokens(&matcher.label).iter().map(|token| token.term).collect();
        let lines = (0..self.report.views.len()).flat_map(|view| self.report.view_text(view).lines());
        let scored = lines.map(|line| {
            let shared: HashSet<u64> =
                tokens(line).iter().map(|token| token.term).filter(|term| wanted.contains(term)).collect();
            (shared.len(), line)
        });
        let (shared, line) = scored.max_by_key(|(shared, line)| (*shared, std::cmp::Reverse(line.len())))?;
        // Cut afterwards: half a token looks like a word.
        (shared > 0).then(|| cut(&redact(line)))
    }
}
