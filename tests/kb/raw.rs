//! The first article as its vendor published it, with no signature written, beside articles of other problems.

use std::sync::Arc;

use kbmatch::article::{SourceFormat, parse, sniff};
use kbmatch::engine::{Confidence, MatchOptions, Outcome, PublishedArticle, Snapshot};

use crate::knowledge::{articles, read};
use crate::seed::{ID, PAYLOAD};
use crate::wrapped::{WRAPPINGS, wrap};

fn snapshot() -> Snapshot {
    let text = include_str!("../data/articles/vendor/passkey-progressive-enrollment.txt");
    let markdown = parse(text, sniff(text, "seed.txt"), ID).unwrap().markdown;
    let raw = Arc::new(parse(&markdown, SourceFormat::Markdown, ID).unwrap().article);
    let others = articles().iter().filter(|article| !article.id.as_str().starts_with("passkey-")).cloned();
    let published = others.chain([raw]).map(|article| PublishedArticle { article, revision: 1 });
    Snapshot::build(published.collect(), "test".to_owned()).0
}

#[test]
fn every_wrapping_of_the_payload_finds_the_raw_article() {
    let snapshot = snapshot();
    for (name, wrapping) in WRAPPINGS {
        let body = wrap(PAYLOAD, wrapping);
        let report = read(&body.bytes, Some(body.content_type), body.content_encoding);
        let answer = snapshot.answer(&report, &MatchOptions::default());
        assert_eq!(answer.outcome, Outcome::Match, "{name}");
        assert_eq!(answer.matches[0].article.id.as_str(), ID, "{name}");
    }
}

#[test]
fn its_siblings_and_words_that_stand_everywhere_do_not() {
    let snapshot = snapshot();
    let sibling = |member: &str| {
        let name = "'name' property from 'PublicKeyCredentialEntity'";
        PAYLOAD.replace(name, &format!("'{member}' property from 'PublicKeyCredentialUserEntity'"))
    };
    let texts = [
        sibling("displayName"),
        sibling("id"),
        "Required parameters missing in options.user".to_owned(),
        "Resident credentials or empty 'allowCredentials' lists are not supported at this time.".to_owned(),
        "Something went wrong…".to_owned(),
        "Thank you so much, that did the trick!".to_owned(),
    ];
    for text in texts {
        let report = read(text.as_bytes(), Some("text/plain"), None);
        let answer =
            snapshot.answer(&report, &MatchOptions { min_confidence: Confidence::ZERO, ..MatchOptions::default() });
        let raw = answer.matches.iter().find(|found| found.article.id.as_str().starts_with("passkey-"));
        let confidence = raw.map_or(0.0, |found| found.confidence.value());
        assert!(confidence < 0.5, "{text}: {confidence}");
    }
}
