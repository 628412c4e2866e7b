//! A snapshot that changes were put beside answers like one that was built of everything.

use std::collections::BTreeMap;
use std::sync::Arc;

use kbmatch::article::{Article, Example, ExampleInput, Slug};
use kbmatch::engine::{Answer, MatchOptions, PublishedArticle, Snapshot};

use crate::knowledge::{articles, read, snapshot};

/// What the rarity of words in the base instead of all articles may do to a confidence.
const TOLERANCE: f64 = 0.03;

fn published(article: &Arc<Article>) -> PublishedArticle {
    PublishedArticle { article: Arc::clone(article), revision: 1 }
}

fn text_of(example: &Example) -> Option<&str> {
    match &example.input {
        ExampleInput::Text { text, .. } => Some(text),
        ExampleInput::Payload(_) => None,
    }
}

/// An article of the same id about something else.
fn other_than(article: &Article) -> Arc<Article> {
    Arc::new(Article {
        title: "Lorem ipsum dolor".to_owned(),
        overview: "Sit amet consectetur.".to_owned(),
        signatures: Vec::new(),
        checks: Vec::new(),
        other_sections: Vec::new(),
        ..article.clone()
    })
}

fn first(answer: &Answer) -> Option<(&Slug, f64)> {
    answer.matches.first().map(|found| (&found.article.id, found.confidence.value()))
}

#[test]
fn changes_beside_the_base_answer_like_a_new_base() {
    // Of every four articles one is missing at first, one says something else, and a stranger stands there.
    let mut before: Vec<PublishedArticle> = Vec::new();
    let mut changes: BTreeMap<Slug, Option<PublishedArticle>> = BTreeMap::new();
    for (number, article) in articles().iter().enumerate() {
        match number % 4 {
            0 => drop(changes.insert(article.id.clone(), Some(published(article)))),
            1 => {
                before.push(published(&other_than(article)));
                changes.insert(article.id.clone(), Some(published(article)));
            }
            2 => {
                let id = Slug::new(format!("{}-twin", article.id)).unwrap();
                before.push(published(article));
                before.push(published(&Arc::new(Article { id: id.clone(), ..(**article).clone() })));
                changes.insert(id, None);
            }
            _ => before.push(published(article)),
        }
    }
    let (base, refused) = Snapshot::build(before, "before".to_owned());
    assert_eq!(refused, []);
    // In two steps, the second of which takes back nothing of the first.
    let later = changes.split_off(&articles()[articles().len() / 2].id);
    let changed = base.with_changes(changes, "half".to_owned()).with_changes(later, "test".to_owned());
    assert_eq!((changed.article_count(), changed.refused()), (articles().len(), Vec::new()));
    assert!(changed.changed() > articles().len() / 2);

    let (mut tried, mut apart) = (0, Vec::new());
    for text in articles().iter().flat_map(|article| &article.examples.matching).filter_map(text_of) {
        let report = read(text.as_bytes(), Some("text/plain"), None);
        let (answer, wanted) =
            (changed.answer(&report, &MatchOptions::default()), snapshot().answer(&report, &MatchOptions::default()));
        tried += 1;
        let same = match (first(&answer), first(&wanted)) {
            (Some((id, confidence)), Some((other, wanted))) => id == other && (confidence - wanted).abs() <= TOLERANCE,
            (None, None) => true,
            _ => false,
        };
        if !same || answer.outcome != wanted.outcome {
            apart.push(format!("{text:.80}: {:?}, not {:?}", first(&answer), first(&wanted)));
        }
    }
    assert!(tried > 200, "{tried}");
    assert!(apart.len() * 100 <= tried, "{} of {tried} differ:\n{}", apart.len(), apart.join("\n"));
}

#[test]
fn an_article_that_was_taken_away_no_longer_answers_and_comes_back() {
    let article = &articles()[0];
    let text = article.examples.matching.iter().find_map(text_of).unwrap();
    let report = read(text.as_bytes(), Some("text/plain"), None);
    let answers = |snapshot: &Snapshot| {
        let answer = snapshot.answer(&report, &MatchOptions::default());
        answer.matches.iter().any(|found| found.article.id == article.id)
    };
    assert!(answers(snapshot()));
    let without = snapshot().with_changes([(article.id.clone(), None)].into(), "without".to_owned());
    assert!(!answers(&without));
    assert!(without.article(&article.id).is_none());
    let again = without.with_changes([(article.id.clone(), Some(published(article)))].into(), "again".to_owned());
    assert!(answers(&again));
    assert_eq!(again.article_count(), articles().len());
}
