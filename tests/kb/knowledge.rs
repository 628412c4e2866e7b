//! The starter knowledge base, loaded once.

use std::path::Path;
use std::sync::{Arc, LazyLock};

use kbmatch::article::{Article, SourceFormat, parse};
use kbmatch::engine::{Answer, Confidence, MatchOptions, PublishedArticle, Snapshot};
use kbmatch::report::{ByteSpan, Hints, Incoming, Limits, Report, decode, redact_span};

/// Every article of `kb/`.
pub(crate) fn articles() -> &'static [Arc<Article>] {
    static ARTICLES: LazyLock<Vec<Arc<Article>>> = LazyLock::new(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("kb");
        let mut paths: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
            .collect();
        paths.sort();
        let read = |path: &std::path::PathBuf| {
            let source = std::fs::read_to_string(path).unwrap();
            let id = path.file_stem().unwrap().to_str().unwrap();
            match parse(&source, SourceFormat::Markdown, id) {
                Ok(parsed) => Arc::new(parsed.article),
                Err(problems) => panic!("{}: {problems:?}", path.display()),
            }
        };
        paths.iter().map(read).collect()
    });
    &ARTICLES
}

/// The index over them.
pub(crate) fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: LazyLock<Snapshot> = LazyLock::new(|| {
        let published = articles().iter().map(|article| PublishedArticle { article: Arc::clone(article), revision: 1 });
        let (snapshot, refused) = Snapshot::build(published.collect(), "test".to_owned());
        assert_eq!(refused, []);
        snapshot
    });
    &SNAPSHOT
}

/// Decodes a body.
pub(crate) fn read(body: &[u8], content_type: Option<&str>, content_encoding: Option<&str>) -> Report {
    let incoming = Incoming { body, content_type, content_encoding };
    decode(incoming, &Hints::default(), &Limits::default()).unwrap_or_else(|error| panic!("{content_type:?}: {error}"))
}

/// Answers a report with the defaults of the API.
pub(crate) fn answer(report: &Report) -> Answer {
    let answer = snapshot().answer(report, &MatchOptions::default());
    assert_quotes_slice(report, &answer);
    answer
}

/// Answers a report with every candidate shown.
pub(crate) fn answer_all(report: &Report) -> Answer {
    let options = MatchOptions { limit: 20, min_confidence: Confidence::ZERO, ..MatchOptions::default() };
    snapshot().answer(report, &options)
}

/// Confidence that an answer gives an article, 0 when it is not among the matches.
pub(crate) fn confidence_of(answer: &Answer, id: &str) -> f64 {
    answer.matches.iter().find(|found| found.article.id.as_str() == id).map_or(0.0, |found| found.confidence.value())
}

/// Evidence must slice its part to the quote, secrets overwritten.
fn assert_quotes_slice(report: &Report, answer: &Answer) {
    for evidence in answer.matches.iter().flat_map(|found| &found.evidence).filter(|e| e.field != "hints") {
        let span = ByteSpan::new(evidence.start, evidence.end);
        let quoted = (0..report.parts.len())
            .filter(|part| report.parts[*part].address.to_string() == evidence.field)
            .any(|part| {
                redact_span(report, part, span) == evidence.quote && span.end() - span.start() == evidence.quote.len()
            });
        assert!(quoted, "{evidence:?} does not slice its part");
    }
}
