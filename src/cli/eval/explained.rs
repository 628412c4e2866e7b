//! How one report was decided, for people.

use std::fmt::Write as _;

use crate::engine::{Confidence, Explain, Explanation, MatchOptions};
use crate::eval::run::{Bench, Case};
use crate::report::normalise;

/// Candidates that are shown.
const SHOWN: usize = 5;
/// Longest text that is shown of a view, in characters.
const MAX_TEXT: usize = 2000;

/// Views, masked tokens, the candidates with every contribution, and the article that should have matched.
pub(super) fn explain(bench: &Bench, case: &Case) -> String {
    let mut out = format!("report {}\n\nviews\n", case.query.id);
    for (number, view) in case.report.views.iter().enumerate() {
        let layers: Vec<String> = case.report.decoded_by(number).iter().map(|layer| format!("{layer:?}")).collect();
        let layers = if layers.is_empty() { "as sent".to_owned() } else { layers.join(" > ") };
        let part = &case.report.parts[view.part].address;
        let masked = normalise(case.report.view_text(number)).text;
        let _ =
            writeln!(out, "  {part} ({layers}), masked:\n    {}", masked.chars().take(MAX_TEXT).collect::<String>());
    }
    let options = MatchOptions {
        limit: SHOWN,
        min_confidence: Confidence::ZERO,
        explain: Explain::Candidates,
        ..MatchOptions::default()
    };
    let snapshot = bench.service().snapshot();
    let answer = snapshot.answer(&case.report, &options);
    let _ = writeln!(out, "\noutcome {}", snapshot.answer(&case.report, &MatchOptions::default()).outcome.as_str());
    if let Some(question) = &answer.question {
        let _ = writeln!(out, "question {question}");
    }
    for explanation in &answer.explain {
        let expected = if case.right.contains(&explanation.article) { " (acceptable)" } else { "" };
        show(&mut out, explanation, expected);
    }
    for article in case.right.iter().filter(|id| answer.explain.iter().all(|e| e.article != **id)) {
        let options = MatchOptions { explain: Explain::Article(article.clone()), ..options.clone() };
        for explanation in snapshot.answer(&case.report, &options).explain {
            show(&mut out, &explanation, " (acceptable, not among the first)");
        }
    }
    out
}

fn show(out: &mut String, explanation: &Explanation, remark: &str) {
    let _ = writeln!(out, "\n{} {:.3}{remark}", explanation.article, explanation.confidence.value());
    if let Some(why) = &explanation.left_out {
        let _ = writeln!(out, "  left out: {why}");
    }
    for doubted in &explanation.doubted {
        let _ = writeln!(out, "  {doubted}");
    }
    if let Some(edit) = &explanation.edit {
        let changes = edit.changes.iter().map(|change| format!("{:?} instead of {:?}", change.new, change.old));
        let changes: Vec<String> = changes.collect();
        let _ = writeln!(out, "  would answer with {:.3} for {}", edit.confidence.value(), changes.join(" and "));
    }
    for (name, value) in &explanation.contributions {
        let _ = writeln!(out, "  {value:>8.3}  {name}");
    }
    let words: Vec<String> = explanation.words.iter().map(|(word, worth)| format!("{word} {worth:.2}")).collect();
    let _ = writeln!(out, "  shares: {}", words.join(", "));
    for condition in &explanation.conditions {
        let indent = "  ".repeat(condition.depth + 1);
        let _ = writeln!(out, "{indent}{:?}: {} {}", condition.state, condition.of, condition.condition);
        if let Some(nearest) = &condition.nearest {
            let _ = writeln!(out, "{indent}  nearest: {nearest}");
        }
    }
}
