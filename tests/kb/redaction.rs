//! The answer from what is stored equals the answer from what came in, on every real report.

use std::path::{Path, PathBuf};

use kbmatch::engine::Answer;
use kbmatch::eval::dataset::read as read_reports;
use kbmatch::report::redact_report;

use crate::knowledge::{answer, read};

/// What must not change.
fn essence(answer: &Answer) -> (String, Vec<(String, f64)>) {
    let matches = answer.matches.iter().map(|found| (found.article.id.to_string(), found.confidence.value()));
    (answer.outcome.as_str().to_owned(), matches.collect())
}

#[test]
fn the_stored_text_of_every_report_is_answered_as_the_original() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
    let names = ["mixed", "msvc", "nuget", "runbooks"];
    let files: Vec<PathBuf> = ["dev", "held-out"]
        .iter()
        .flat_map(|side| names.iter().map(|name| folder.join(side).join(format!("{name}.jsonl"))).collect::<Vec<_>>())
        .collect();
    let reports = read_reports(&files).unwrap();
    let (mut changed, mut redacted, mut answered) = (Vec::new(), 0, 0);
    for report in &reports {
        let original = read(report.text.as_bytes(), Some("text/plain"), None);
        let stored = redact_report(&original).concat();
        assert_eq!(stored.len(), original.parts.iter().map(|part| part.text.len()).sum::<usize>(), "{}", report.id);
        redacted += usize::from(stored != report.text);
        let first = essence(&answer(&original));
        answered += usize::from(!first.1.is_empty());
        let second = essence(&answer(&read(stored.as_bytes(), Some("text/plain"), None)));
        if first != second {
            changed.push(format!("{}: {first:?} became {second:?}", report.id));
        }
    }
    assert!(changed.is_empty(), "{} of {} changed:\n{}", changed.len(), reports.len(), changed.join("\n"));
    assert!(reports.len() > 500 && redacted > 20 && answered > 20, "{} {redacted} {answered}", reports.len());
}
