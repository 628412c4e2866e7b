//! "Why not this article?": the change that is suggested makes it answer.

use kbmatch::article::{Article, Example, ExampleInput};
use kbmatch::engine::{Explain, MatchOptions, SuggestedEdit};
use kbmatch::report::{Hints, Limits, Report};

use crate::knowledge::{articles, confidence_of, read, snapshot};

/// A report that an article nearly answers.
struct NearMiss<'a> {
    article: &'a Article,
    report: Report,
    options: MatchOptions,
    /// Characters that a mutation replaced; 0 for a sibling's report.
    mutated: usize,
}

const WANTED: usize = 100;

fn text_of(example: &Example) -> Option<&str> {
    match &example.input {
        ExampleInput::Text { text, .. } => Some(text),
        ExampleInput::Payload(_) => None,
    }
}

fn near_miss<'a>(article: &'a Article, example: &Example, text: &str, mutated: usize) -> Option<NearMiss<'a>> {
    let report = read(text.as_bytes(), Some("text/plain"), None);
    let options = MatchOptions { hints: example.hints.clone(), ..MatchOptions::default() };
    let answer = snapshot().answer(&report, &options);
    (confidence_of(&answer, article.id.as_str()) == 0.0).then_some(NearMiss { article, report, options, mutated })
}

/// One of its own examples with a word of the evidence changed, so that no signature matches any more.
fn spoiled(article: &Article) -> Option<NearMiss<'_>> {
    article.examples.matching.iter().find_map(|example| {
        let text = text_of(example)?;
        let report = read(text.as_bytes(), Some("text/plain"), None);
        let options = MatchOptions { hints: example.hints.clone(), ..MatchOptions::default() };
        let answer = snapshot().answer(&report, &options);
        let own = answer.matches.iter().find(|found| found.article.id == article.id)?;
        let words = own.evidence.iter().flat_map(|evidence| evidence.quote.split(|c: char| !c.is_alphabetic()));
        let mut words: Vec<&str> = words.filter(|word| word.len() >= 4).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        words.into_iter().find_map(|word| near_miss(article, example, &text.replace(word, "quux"), word.len()))
    })
}

/// A sibling's report, which the article must not answer.
fn siblings(article: &Article) -> Option<NearMiss<'_>> {
    article.examples.no_match.iter().find_map(|example| near_miss(article, example, text_of(example)?, 0))
}

fn edit_of(miss: &NearMiss<'_>) -> Option<SuggestedEdit> {
    let options = MatchOptions { explain: Explain::Article(miss.article.id.clone()), ..miss.options.clone() };
    snapshot().answer(&miss.report, &options).explain.into_iter().find_map(|explanation| explanation.edit)
}

/// Makes the suggested changes as somebody who reads the suggestion would.
fn follow(miss: &NearMiss<'_>, edit: &SuggestedEdit) -> Report {
    let mut parts = miss.report.parts.clone();
    let mut changes: Vec<_> = edit.changes.iter().collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.start));
    for change in changes {
        let part = parts.iter_mut().find(|part| part.address.to_string() == change.field).unwrap();
        assert_eq!(part.text[change.start..change.end], change.old);
        part.text.replace_range(change.start..change.end, &change.new);
    }
    Report::from_parts(parts, &Hints::clone(&miss.options.hints), &Limits::default())
}

fn size(edit: &SuggestedEdit) -> usize {
    edit.changes.iter().map(|change| change.old.chars().count().max(change.new.chars().count())).sum()
}

#[test]
fn the_smallest_edit_that_is_suggested_for_two_hundred_near_misses_does_match() {
    let spoiled: Vec<NearMiss<'_>> = articles().iter().filter_map(|a| spoiled(a)).take(WANTED).collect();
    let siblings: Vec<NearMiss<'_>> = articles().iter().filter_map(|a| siblings(a)).take(WANTED).collect();
    assert_eq!((spoiled.len(), siblings.len()), (WANTED, WANTED));
    let mut failed = Vec::new();
    let mut close = 0;
    for miss in spoiled.iter().chain(&siblings) {
        let id = miss.article.id.as_str();
        let Some(edit) = edit_of(miss) else {
            failed.push(format!("{id}: nothing is suggested"));
            continue;
        };
        let answer = snapshot().answer(&follow(miss, &edit), &miss.options);
        let confidence = confidence_of(&answer, id);
        if confidence < 0.5 || (confidence - edit.confidence.value()).abs() > 1e-9 {
            failed.push(format!("{id}: {edit:?} gives {confidence}"));
        }
        // A word was spoiled: putting it back takes as many characters, twice when it stands twice.
        close += usize::from(miss.mutated > 0 && size(&edit) <= 2 * miss.mutated.max(4));
    }
    assert!(failed.is_empty(), "{} of 200:\n{}", failed.len(), failed.join("\n"));
    assert!(close >= 90, "only {close} of {WANTED} spoiled words are put back with a change of their size");
}
