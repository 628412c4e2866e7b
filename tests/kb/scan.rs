//! The scan leaves nothing out: with every signature tried on every view instead, every answer is the same.

use std::path::Path;
use std::sync::Arc;

use kbmatch::article::{Example, ExampleInput, SourceFormat, parse};
use kbmatch::engine::{MatchOptions, PublishedArticle, Snapshot};
use kbmatch::eval::dataset;
use kbmatch::report::{Hints, Incoming, Limits, decode};
use kbmatch::service::read_folder;

/// Every second of the reports keeps the test under ten seconds.
const STEP: usize = 2;

#[test]
fn every_answer_is_the_same_when_every_signature_is_tried() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = read_folder(&root.join("kb")).unwrap().sources;
    let articles: Vec<PublishedArticle> = sources
        .iter()
        .filter_map(|source| {
            let text = String::from_utf8(source.bytes.clone()).ok()?;
            let article = parse(&text, SourceFormat::Markdown, &source.name).ok()?.article;
            Some(PublishedArticle { article: Arc::new(article), revision: 1 })
        })
        .collect();
    assert!(articles.len() >= 100, "{} articles", articles.len());
    let examples = articles.iter().flat_map(|a| &a.article.examples.matching);
    let mut texts: Vec<String> = examples.filter_map(text_of).collect();
    let reports =
        ["mixed", "msvc", "nuget", "runbooks"].map(|name| root.join(format!("tests/data/reports/dev/{name}.jsonl")));
    texts.extend(dataset::read(&reports).unwrap().into_iter().map(|query| query.text));
    let (snapshot, refused) = Snapshot::build(articles, "1".to_owned());
    assert_eq!(refused, []);
    let exhaustive = snapshot.without_scan();
    let options = MatchOptions { limit: 20, ..MatchOptions::default() };
    let mut matched = 0;
    for text in texts.iter().step_by(STEP) {
        let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
        let Ok(report) = decode(incoming, &Hints::default(), &Limits::default()) else { continue };
        let answer = snapshot.answer(&report, &options);
        matched += usize::from(!answer.matches.is_empty());
        assert_eq!(answer, exhaustive.answer(&report, &options), "{text}");
    }
    assert!(matched >= 100, "{matched} of {} matched", texts.len());
}

fn text_of(example: &Example) -> Option<String> {
    match &example.input {
        ExampleInput::Text { text, .. } => Some(text.clone()),
        ExampleInput::Payload(_) => None,
    }
}
