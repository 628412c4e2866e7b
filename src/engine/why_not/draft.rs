//! Changes of a report that may make a condition hold.

use std::collections::HashSet;

use super::alignment::{FILLER, Piece, align};
use super::{end_of, last_text};
use crate::engine::compiled::{Node, Pattern, TextMatcher};
use crate::engine::evaluate::Reading;
use crate::engine::fields::WhereMatcher;
use crate::engine::retrieve::terms::tokens;
use crate::report::ByteSpan;

/// Most alternatives of one condition.
const MAX_ALTERNATIVES: usize = 4;
/// Most lines that a message is aligned with.
const MAX_LINES: usize = 4;
/// Longest stretch of a line that is aligned, in characters.
const MAX_LINE: usize = 1_200;
/// Longest message that is aligned, in pieces.
const MAX_MESSAGE: usize = 600;

/// One replacement in a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) part: usize,
    pub(super) span: ByteSpan,
    pub(super) new: String,
    /// Characters written and dropped.
    size: usize,
}

/// Changes that are made together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Draft {
    pub(super) changes: Vec<Change>,
}

impl Draft {
    /// Characters written and dropped, over all changes.
    pub(super) fn size(&self) -> usize {
        self.changes.iter().map(|change| change.size).sum()
    }

    fn one(change: Change) -> Self {
        Self { changes: vec![change] }
    }

    /// Both, where they do not touch the same text.
    fn and(&self, other: &Self) -> Option<Self> {
        let meets = |change: &Change| {
            other.changes.iter().any(|more| more.part == change.part && more.span.overlaps(change.span))
        };
        if self.changes.iter().any(meets) {
            return None;
        }
        Some(Self { changes: self.changes.iter().chain(&other.changes).cloned().collect() })
    }
}

/// Turns conditions into changes.
pub(super) struct Drafter<'a, 'r> {
    pub(super) reading: &'a Reading<'r>,
    /// Texts that the article's signatures recognise.
    pub(super) examples: &'a [String],
}

impl Drafter<'_, '_> {
    /// Ways to make a condition hold, smallest first; an empty one when it holds already. The recursion is as deep as the
    /// article's conditions, which parsing bounds.
    pub(super) fn drafts(&self, node: &Node) -> Vec<Draft> {
        if !node.evaluate(self.reading).is_empty() {
            return vec![Draft::default()];
        }
        let mut drafts = match node {
            Node::Text(matcher) => self.text(matcher),
            Node::Where(matcher) => self.fields(matcher),
            Node::Any(nodes) => nodes.iter().flat_map(|node| self.drafts(node)).collect(),
            Node::All { nodes, .. } => {
                nodes.iter().map(|node| self.drafts(node)).fold(vec![Draft::default()], |so_far, more| {
                    let both = so_far.iter().flat_map(|draft| more.iter().filter_map(|other| draft.and(other)));
                    smallest(both.collect())
                })
            }
            Node::None(nodes) => self.without(nodes).into_iter().collect(),
        };
        drafts = smallest(drafts);
        drafts
    }

    /// Texts written at the end of the report.
    pub(super) fn messages<'m>(&self, messages: impl Iterator<Item = &'m str>) -> Vec<Draft> {
        let Some(part) = last_text(self.reading.report) else { return Vec::new() };
        let span = end_of(self.reading.report, part);
        let write =
            |text: &str| Draft::one(Change { part, span, new: format!("\n{text}"), size: text.chars().count() });
        messages.map(write).collect()
    }

    fn text(&self, matcher: &TextMatcher) -> Vec<Draft> {
        match &matcher.pattern {
            Pattern::Template(template) => self.message(&template.spelled(), &matcher.label),
            Pattern::Code(_) => self.code(&matcher.label),
            Pattern::Regex(regex) => {
                let Some(regex) = regex.get() else { return Vec::new() };
                let shown = self.examples.iter().find_map(|example| regex.find(example)).map(|found| found.as_str());
                let Some(shown) = shown else { return Vec::new() };
                self.message(&shown.chars().map(Some).collect::<Vec<_>>(), shown)
            }
        }
    }

    /// A message in the lines that come nearest to it, or behind the report.
    fn message(&self, pieces: &[Piece], words: &str) -> Vec<Draft> {
        if pieces.len() > MAX_MESSAGE {
            return Vec::new();
        }
        let report = self.reading.report;
        let mut drafts: Vec<Draft> = Vec::new();
        for (view, span) in self.nearest_lines(words) {
            let text = span.slice(report.view_text(view));
            let line: Vec<char> = text.chars().take(MAX_LINE).collect();
            let Some(found) = align(pieces, &line) else { continue };
            let bytes = |chars: usize| line[..chars].iter().map(|c| c.len_utf8()).sum::<usize>();
            let within = ByteSpan::new(span.start() + bytes(found.start), span.start() + bytes(found.end));
            let in_view = trimmed(report.view_text(view), within, &found.new);
            let part = report.views[view].part;
            let change = Change {
                part,
                span: report.part_span(view, in_view.0),
                new: in_view.1.to_owned(),
                size: usize::from(found.cost),
            };
            drafts.push(Draft::one(change));
        }
        let text: String = pieces.iter().map(|piece| piece.unwrap_or(FILLER)).collect();
        drafts.extend(self.messages(std::iter::once(text.as_str())));
        drafts
    }

    /// A code in the place of the most similar token, or behind the first line.
    fn code(&self, code: &str) -> Vec<Draft> {
        let report = self.reading.report;
        let mut similar: Option<(usize, Change)> = None;
        for view in 0..report.views.len() {
            let text = report.view_text(view);
            for token in tokens(text).iter().filter(|token| token.names()) {
                let old = token.span().slice(text);
                let distance = strsim::levenshtein(old, code);
                if distance < code.len().min(old.len()) && similar.as_ref().is_none_or(|(best, _)| distance < *best) {
                    let span = report.part_span(view, token.span());
                    let part = report.views[view].part;
                    similar = Some((distance, Change { part, span, new: code.to_owned(), size: distance }));
                }
            }
        }
        let mut drafts: Vec<Draft> = similar.into_iter().map(|(_, change)| Draft::one(change)).collect();
        drafts.extend(self.messages(std::iter::once(code)));
        drafts
    }

    /// Fields with other values get those that are asked for; missing ones are written behind the report.
    fn fields(&self, matcher: &WhereMatcher) -> Vec<Draft> {
        let report = self.reading.report;
        let mut draft = Draft::default();
        for wanted in matcher.wanted(report.fields()) {
            let place = wanted.field.and_then(|field| Some((field.view?, field.span)));
            let change = if let Some((view, span)) = place {
                let span = report.part_span(view, span);
                let part = report.views[view].part;
                let size = wanted.value.chars().count() + span.slice(&report.parts[part].text).chars().count();
                Change { part, span, new: wanted.value, size }
            } else {
                let Some(part) = last_text(report) else { return Vec::new() };
                let new = format!("\n{}: {}", wanted.path, wanted.value);
                Change { part, span: end_of(report, part), size: new.chars().count(), new }
            };
            match draft.and(&Draft::one(change)) {
                Some(both) => draft = both,
                None => return Vec::new(),
            }
        }
        vec![draft]
    }

    /// What must not be there cut out.
    fn without(&self, nodes: &[Node]) -> Option<Draft> {
        let report = self.reading.report;
        let mut draft = Draft::default();
        for place in nodes.iter().flat_map(|node| node.evaluate(self.reading)).flat_map(|found| found.places) {
            let (part, span) = place.in_part(report)?;
            let size = span.slice(&report.parts[part].text).chars().count();
            // Places may share text; cutting one cuts the other.
            if let Some(both) = draft.and(&Draft::one(Change { part, span, new: String::new(), size })) {
                draft = both;
            }
        }
        Some(draft)
    }

    /// The lines that share most words with a text.
    fn nearest_lines(&self, words: &str) -> Vec<(usize, ByteSpan)> {
        let report = self.reading.report;
        let wanted: HashSet<u64> = tokens(words).iter().map(|token| token.term).collect();
        let mut lines: Vec<(usize, usize, ByteSpan)> = Vec::new();
        for view in 0..report.views.len() {
            let text = report.view_text(view);
            let mut start = 0;
            for line in text.split_inclusive('\n') {
                let span = ByteSpan::new(start, start + line.trim_end().len());
                start += line.len();
                let shared: HashSet<u64> =
                    tokens(line).iter().map(|token| token.term).filter(|term| wanted.contains(term)).collect();
                if !shared.is_empty() {
                    lines.push((shared.len(), view, span));
                }
            }
        }
        lines.sort_by_key(|(shared, view, span)| (std::cmp::Reverse(*shared), *view, span.start()));
        lines.into_iter().take(MAX_LINES).map(|(_, view, span)| (view, span)).collect()
    }
}

/// The replacement without what old and new begin and end with.
fn trimmed<'n>(text: &str, span: ByteSpan, new: &'n str) -> (ByteSpan, &'n str) {
    let old = span.slice(text);
    let lead: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (old, new) = (&old[lead..], &new[lead..]);
    let tail: usize =
        old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let start = span.start() + lead;
    (ByteSpan::new(start, start + old.len() - tail), &new[..new.len() - tail])
}

fn smallest(mut drafts: Vec<Draft>) -> Vec<Draft> {
    drafts.sort_by_key(Draft::size);
    drafts.dedup();
    drafts.truncate(MAX_ALTERNATIVES);
    drafts
}
