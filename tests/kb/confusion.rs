//! The examples of the starter knowledge base as reports: what they should find against what they find.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use kbmatch::engine::MatchOptions;
use kbmatch::service::check::report_of;

use crate::knowledge::{articles, snapshot};

/// Counts of (expected article, outcome, first article), the expected ones that come out right in one line each.
#[test]
fn the_confusion_matrix_of_all_examples_is_the_committed_one() {
    let mut right = 0;
    let mut cells: BTreeMap<(String, &str, String), usize> = BTreeMap::new();
    let mut silent: BTreeMap<String, usize> = BTreeMap::new();
    for article in articles() {
        for example in &article.examples.matching {
            let report = report_of(example).unwrap();
            let options = MatchOptions { hints: example.hints.clone(), ..MatchOptions::default() };
            let answer = snapshot().answer(&report, &options);
            let first = answer.matches.first().map_or_else(|| "-".to_owned(), |m| m.article.id.to_string());
            if first == article.id.as_str() && answer.outcome.as_str() == "match" {
                right += 1;
            } else {
                *cells.entry((article.id.to_string(), answer.outcome.as_str(), first)).or_default() += 1;
            }
        }
        for example in &article.examples.no_match {
            let report = report_of(example).unwrap();
            let options = MatchOptions { hints: example.hints.clone(), ..MatchOptions::default() };
            let answer = snapshot().answer(&report, &options);
            let first = answer.matches.first().map_or_else(|| "-".to_owned(), |m| m.article.id.to_string());
            *silent.entry(format!("not {} -> {first}", article.id)).or_default() += 1;
        }
    }
    let mut table =
        format!("match examples answered by their article: {right}\n\nmatch examples answered otherwise:\n");
    for ((expected, outcome, first), count) in cells {
        writeln!(table, "{expected} -> {outcome} {first}: {count}").unwrap();
    }
    table.push_str("\nno_match examples and what answers them:\n");
    for (cell, count) in silent {
        writeln!(table, "{cell}: {count}").unwrap();
    }
    insta::assert_snapshot!(table);
}
