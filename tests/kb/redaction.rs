//! The answer from what is stored equals the answer from what came in, on every real report.

use std::path::{Path, PathBuf};

use kbmatch::engine::Answer;
use kbmatch::eval::dataset::read as read_reports;
use kbmatch::report::{Limits, Part, Report, redact, redact_report};
use kbmatch::service::request::MatchRequest;

use crate::knowledge::{answer, articles, read, snapshot};

/// What must not change.
fn essence(answer: &Answer) -> (String, Vec<(String, f64)>) {
    let matches = answer.matches.iter().map(|found| (found.article.id.to_string(), found.confidence.value()));
    (answer.outcome.as_str().to_owned(), matches.collect())
}

#[test]
fn the_stored_text_of_every_report_is_answered_as_the_original() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
    let mut files: Vec<PathBuf> = Vec::new();
    for side in ["dev", "held-out", "told"] {
        let found = std::fs::read_dir(folder.join(side)).unwrap().map(|entry| entry.unwrap().path());
        files.extend(found.filter(|path| path.extension().is_some_and(|kind| kind == "jsonl")));
    }
    files.sort();
    assert!(files.iter().any(|file| file.ends_with("held-out/vendors.jsonl")), "{files:?}");
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
    assert!(reports.len() > 500 && redacted > 10 && answered >= 10, "{} {redacted} {answered}", reports.len());
}

/// Lines that hold secrets, as logs and tickets do.
const SECRETS: &str = "\nAuthorization: Bearer q7ZtX2mV9rLk4TnB8wPc\nCookie: sid=9f86d081884c7d659a2feaa0\n\
                       DB_PASSWORD=Tr0ub4dor-and-3\nreported by gertrud.muster@customer.example\n";

#[test]
fn the_stored_parts_of_every_example_are_answered_as_the_original() {
    let (mut changed, mut asked, mut answered) = (Vec::new(), 0, 0);
    let examples = articles().iter().flat_map(|article| {
        article
            .examples
            .matching
            .iter()
            .chain(&article.examples.no_match)
            .map(move |example| (article.id.as_str(), example))
    });
    for (id, example) in examples {
        let MatchRequest { mut report, options } = MatchRequest::from_example(example).unwrap();
        if let [part] = report.parts.as_mut_slice() {
            let parts = vec![Part { text: format!("{}{SECRETS}", part.text), ..part.clone() }];
            report = Report::from_parts(parts, &options.hints, &Limits::default());
        }
        let texts = redact_report(&report).into_iter();
        let parts = report.parts.iter().zip(texts).map(|(part, text)| Part { text, ..part.clone() }).collect();
        let stored = Report::from_parts(parts, &options.hints, &Limits::default());
        assert!(stored.parts.iter().all(|part| redact(&part.text) == part.text), "{id}: redacting twice changes more");
        let first = essence(&snapshot().answer(&report, &options));
        let second = essence(&snapshot().answer(&stored, &options));
        asked += 1;
        answered += usize::from(!first.1.is_empty());
        if first != second {
            changed.push(format!("{id}: {first:?} became {second:?}"));
        }
    }
    assert!(changed.is_empty(), "{} of {asked} changed:\n{}", changed.len(), changed.join("\n"));
    assert!(asked > 250 && answered > 130, "{asked} {answered}");
}
