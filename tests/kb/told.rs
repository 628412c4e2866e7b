//! Questions told in somebody's words, without anything that software printed: they can match no signature, and are
//! answered by words.

use std::path::Path;

use kbmatch::engine::Outcome;
use kbmatch::eval::dataset::read as read_reports;

use crate::knowledge::{answer, read};

#[test]
fn questions_told_in_words_are_answered_and_mostly_by_the_right_article() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports/told/starter.jsonl");
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for question in read_reports(&[file]).unwrap() {
        let answer = answer(&read(question.text.as_bytes(), Some("text/plain"), None));
        if answer.outcome != Outcome::Match {
            continue;
        }
        let found = answer.matches[0].article.id.to_string();
        let acceptable = question.article.iter().chain(&question.also).any(|id| *id == found);
        if acceptable { &mut right } else { &mut wrong }.push((question.id, answer.matches[0].confidence.value()));
    }
    assert!(right.len() >= 15, "answered right: {right:?}");
    // What their confidences say, or better.
    let said: f64 = right.iter().chain(&wrong).map(|(_, confidence)| confidence).sum();
    assert!(right.len() as f64 >= said - 2.0, "right {right:?}, wrong {wrong:?}");
}

#[test]
fn what_was_printed_matches_no_article_whose_signatures_failed() {
    let told = "my build of the image works on the laptop and on the server the container is dead the moment it starts, \
                since it is another processor architecture. How do I build it for both?";
    let outcome = |text: &str| answer(&read(text.as_bytes(), Some("text/plain"), None)).outcome;
    assert_eq!(outcome(told), Outcome::Match);
    assert_eq!(outcome(&format!("{told}\n[exited with code 159]")), Outcome::NoMatch);
}
