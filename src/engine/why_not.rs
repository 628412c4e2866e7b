//! The smallest change of a report with which an article would answer it.
//!
//! "Why not this article?" is best answered by what would have to be different. Every failed condition of the article's
//! signatures is turned into changes of the report: the message is aligned with the lines that come nearest, a code is put
//! in the place of the most similar one, a field gets the value that was asked for, what must not be there is cut out. The
//! changes are tried in the order of their size, by answering the changed report; only one that works is suggested.

mod alignment;
mod draft;

use super::answering::{Known, answer};
use super::evaluate::Reading;
use super::model::Model;
use super::options::{Explain, MatchOptions};
use super::{Answer, SuggestedChange, SuggestedEdit};
use crate::article::{Article, Example, ExampleInput};
use crate::report::{ByteSpan, Limits, Part, PartKind, Report, redact, redact_address, redact_span};
use draft::{Change, Draft, Drafter};

/// Most changed reports that are answered.
const MAX_TRIED: usize = 12;
/// Longest report that is looked at, in bytes over its parts.
const MAX_BYTES: usize = 64 << 10;

/// The smallest change found that makes the article answer; `None` when it answers already or none was found.
pub(super) fn smallest_edit(
    known: &Known<'_>,
    article: usize,
    reading: &Reading<'_>,
    options: &MatchOptions,
    model: &Model,
) -> Option<SuggestedEdit> {
    let report = reading.report;
    if report.parts.iter().map(|part| part.text.len()).sum::<usize>() > MAX_BYTES {
        return None;
    }
    let compiled = known.index.article(article);
    let examples = example_texts(compiled.article());
    let drafter = Drafter { reading, examples: &examples };
    let written = |derived: bool| {
        compiled
            .signatures
            .iter()
            .filter(move |signature| signature.derived == derived && !signature.standing.dropped())
    };
    let mut drafts: Vec<Draft> = Vec::new();
    for signature in written(false).chain(written(true)) {
        drafts.extend(drafter.drafts(&signature.condition));
    }
    drafts.extend(drafter.messages(messages(compiled.article(), &examples)));
    drafts.retain(|draft| !draft.changes.is_empty());
    drafts.sort_by_key(Draft::size);
    drafts.dedup_by(|a, b| a.changes == b.changes);
    let plain = MatchOptions { explain: Explain::None, ..options.clone() };
    drafts.into_iter().take(MAX_TRIED).find_map(|draft| {
        let changed = apply(report, &draft.changes, options)?;
        let answer = answer(known, &changed, &plain, model);
        let confidence = found(&answer, compiled.article())?;
        let changes = draft.changes.iter().map(|change| suggested(change, report)).collect();
        Some(SuggestedEdit { changes, confidence })
    })
}

/// The confidence with which an answer shows the article.
fn found(answer: &Answer, article: &Article) -> Option<super::Confidence> {
    let shows = |found: &&super::Match| {
        found.article.id == article.id || found.article.supersedes.as_ref() == Some(&article.id)
    };
    answer.matches.iter().find(shows).map(|found| found.confidence)
}

/// The report with changes made, read anew.
fn apply(report: &Report, changes: &[Change], options: &MatchOptions) -> Option<Report> {
    let mut parts: Vec<Part> = report.parts.clone();
    let mut ordered: Vec<&Change> = changes.iter().collect();
    ordered.sort_by_key(|change| (change.part, std::cmp::Reverse(change.span.start())));
    for change in ordered {
        let text = &mut parts.get_mut(change.part)?.text;
        if text.get(change.span.start()..change.span.end())? == change.new {
            return None;
        }
        text.replace_range(change.span.start()..change.span.end(), &change.new);
    }
    Some(Report::from_parts(parts, &options.hints, &Limits::default()))
}

fn suggested(change: &Change, report: &Report) -> SuggestedChange {
    let part = &report.parts[change.part];
    SuggestedChange {
        field: redact_address(&part.address),
        start: change.span.start(),
        end: change.span.end(),
        old: redact_span(report, change.part, change.span),
        new: redact(&change.new).into_owned(),
    }
}

/// The texts of an article's match examples.
fn example_texts(article: &Article) -> Vec<String> {
    let text = |example: &Example| match &example.input {
        ExampleInput::Text { text, .. } => text.clone(),
        ExampleInput::Payload(value) => value.to_string(),
    };
    article.examples.matching.iter().map(text).collect()
}

/// What can be written into a report to make it about the article: its title, its opening, its examples.
fn messages<'a>(article: &'a Article, examples: &'a [String]) -> impl Iterator<Item = &'a str> {
    let opening = article.overview.lines().map(str::trim).filter(|line| !line.is_empty()).take(3);
    let plain = |line: &'a str| line.trim_start_matches(['>', '#', '`', ' ']);
    std::iter::once(article.title.as_str())
        .chain(opening.map(plain))
        .chain(examples.iter().map(String::as_str))
        .filter(|text| !text.trim().is_empty())
}

/// The last part that holds text, where something can be added.
fn last_text(report: &Report) -> Option<usize> {
    report.parts.iter().rposition(|part| matches!(part.kind, PartKind::Text | PartKind::Html))
}

/// A place at the end of a part.
fn end_of(report: &Report, part: usize) -> ByteSpan {
    let end = report.parts[part].text.trim_end().len();
    ByteSpan::new(end, end)
}
