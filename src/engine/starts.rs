//! Reports that end inside a message: cut by a form, a log line limit or a screenshot.

use std::collections::HashMap;

use borsh::{BorshDeserialize, BorshSerialize};

use super::EvidenceKind;
use super::compiled::{LiteralId, Pattern, TextMatcher};
use super::found::{Found, Place};
use super::scan::{LiteralIndex, SignatureRef};
use super::segment::{CompiledArticle, Segment};
use super::template::TemplateMatcher;
use crate::report::{FieldValue, Report, ViewIndex};

/// Only the end of a text can be the beginning of a message; no message is longer than this, in bytes.
const TAIL: usize = 2048;

/// Templates by the word they start with.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct StartIndex {
    words: LiteralIndex,
    /// For each word the signatures and which of their templates start with it.
    by_word: Vec<Vec<(SignatureRef, usize)>>,
}

/// The beginning of a template at the end of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Start {
    pub(super) share: f64,
    pub(super) missing: String,
    pub(super) inside_word: bool,
}

/// A template whose beginning stands at an end of the report.
pub(super) struct StartHit {
    pub(super) signature: SignatureRef,
    pub(super) found: Found,
    pub(super) start: Start,
}

impl StartIndex {
    /// Indexes the articles of a segment, the first of which has the position given.
    pub(super) fn new(first: usize, articles: &[CompiledArticle]) -> Self {
        let mut words: HashMap<&str, usize> = HashMap::new();
        let mut by_word: Vec<Vec<(SignatureRef, usize)>> = Vec::new();
        for (article, compiled) in (first..).zip(articles) {
            for (signature, source) in compiled.signatures.iter().enumerate().filter(|(_, s)| !s.derived) {
                for (number, matcher) in source.condition.templates().into_iter().enumerate() {
                    if let Some(word) = template_of(matcher).and_then(TemplateMatcher::first_word) {
                        let entry = (SignatureRef { article, signature }, number);
                        let number = *words.entry(word).or_insert_with(|| {
                            by_word.push(Vec::new());
                            by_word.len() - 1
                        });
                        by_word[number].push(entry);
                    }
                }
            }
        }
        let mut in_order = vec![""; words.len()];
        for (word, number) in words {
            in_order[number] = word;
        }
        Self { words: LiteralIndex::new(in_order.into_iter()), by_word }
    }

    /// The templates that begin at the end of a view or of a field's value; for each signature the longest beginning.
    pub(super) fn find(&self, segment: &Segment, report: &Report) -> Vec<StartHit> {
        let mut best: HashMap<SignatureRef, StartHit> = HashMap::new();
        let mut consider = |text: &str, view: Option<ViewIndex>, at: Option<crate::report::ByteSpan>| {
            let text = trim_closing(text);
            let tail = &text[text.floor_char_boundary(text.len().saturating_sub(TAIL))..];
            let mut there: Vec<LiteralId> = Vec::new();
            self.words.each(tail.as_bytes(), |word, _| there.push(word));
            there.sort_unstable();
            there.dedup();
            for word in there {
                for &(signature, number) in &self.by_word[word as usize] {
                    let templates = segment.signature(signature).condition.templates();
                    let Some(matcher) = templates.get(number) else { continue };
                    let Some(started) = template_of(matcher).and_then(|t| t.start_at_end(text, TAIL)) else { continue };
                    if best.get(&signature).is_some_and(|have| have.start.share >= started.share) {
                        continue;
                    }
                    let place = Place {
                        kind: EvidenceKind::TemplateStart,
                        label: matcher.label.clone(),
                        view,
                        span: at.unwrap_or(started.span),
                        captures: Vec::new(),
                        weight: matcher.weight,
                    };
                    let start =
                        Start { share: started.share, missing: started.missing, inside_word: started.inside_word };
                    best.insert(signature, StartHit { signature, found: Found { places: vec![place] }, start });
                }
            }
        };
        for view in 0..report.views.len() {
            consider(report.view_text(view), Some(view), None);
        }
        for field in report.fields().iter() {
            if let (FieldValue::Text(text), Some(view)) = (&field.value, field.view) {
                consider(text, Some(view), Some(field.span));
            }
        }
        let mut hits: Vec<StartHit> = best.into_values().collect();
        hits.sort_by_key(|hit| hit.signature);
        hits
    }
}

fn template_of(matcher: &TextMatcher) -> Option<&TemplateMatcher> {
    match &matcher.pattern {
        Pattern::Template(template) => Some(template),
        _ => None,
    }
}

/// Cuts off what wrappings and editors put behind a text that was cut: quotes, brackets, ellipses, white space.
fn trim_closing(text: &str) -> &str {
    text.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '”' | '’' | '`' | '}' | ']' | ')' | '>' | '…' | '.' | '\\' | ',')
    })
}
