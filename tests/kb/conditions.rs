//! Every condition of every signature earns its place.

use kbmatch::service::check::check;
use kbmatch::service::conditions::conditions;

use crate::knowledge::articles;

#[test]
fn the_starter_knowledge_base_passes_its_check() {
    let report = check(articles(), |_, _| ());
    let problems: Vec<String> =
        report.problems.iter().map(|p| format!("{}:{}: {}: {}", p.article, p.line, p.field, p.message)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(report.articles >= 60, "{} articles", report.articles);
    assert!(report.examples >= 4 * report.articles, "{} examples", report.examples);
}

#[test]
fn deleting_any_one_condition_fails_an_example_for_nineteen_signatures_of_twenty() {
    let report = conditions(articles(), |_, _| ());
    let unguarded: Vec<String> =
        report.unguarded.iter().map(|p| format!("{} {}: {}", p.article, p.field, p.message)).collect();
    let share = report.guarded_signatures as f64 / report.signatures as f64;
    assert!(share >= 0.95, "{share:.3} of {} signatures:\n{}", report.signatures, unguarded.join("\n"));
    assert!(report.conditions >= report.signatures, "{report:?}");
    assert!(report.examples_run >= 2 * report.conditions, "only {} examples ran", report.examples_run);
}
