//! Notes for tests of dialects and connectors.

use serde_json::Value;

use super::{Note, NoteArticle, Votes};
use crate::engine::{Confidence, Outcome};

/// The report of every sample.
pub(crate) const REPORT: &str = "01KDZ4T7A8000000000000000Z";

const SOLUTION: &str = "Do **one** of these:\n\n1. Open [the page](https://docs.example/a_(b)) and set `user.name` <b>now</b>.\n2. Run:\n\n   ```sh\n   echo \"a & b\" > `pwd`/x_y_z\n   ```\n3. Ask @channel about *it* & wait.\n\n> A note.\n";

/// An article.
pub(crate) fn article(id: &str, confidence: f64) -> NoteArticle {
    let value = |say: &str| format!("v1.{REPORT}.{id}.{say}.AAAAAAAAAAA");
    NoteArticle {
        id: id.to_owned(),
        revision: 3,
        title: format!("Passkey <{id}> fails & *stops*"),
        url: Some(format!("https://kb.example/articles/{id}")),
        confidence: Confidence::new(confidence).unwrap(),
        overview: String::new(),
        cause: "The browser sends no `name`. Chrome 120 wants it <always>. It is a third sentence.".to_owned(),
        solution: SOLUTION.to_owned(),
        checks: vec![("Connection asks for no name".to_owned(), true)],
        evidence: vec!["Required member `name` is\nundefined".to_owned()],
        reviewed_at: Some("2026-11-20".to_owned()),
        fixed_in: Some("2.1".to_owned()),
        votes: Some(Votes { yes: value("y"), no: value("n"), choose: value("c") }),
    }
}

/// A note of some outcome.
pub(crate) fn note(outcome: Outcome, articles: Vec<NoteArticle>) -> Note {
    let question = (outcome == Outcome::Ambiguous)
        .then(|| "Does the report name `PublicKeyCredentialUserEntity` or <another> *entity*?".to_owned());
    let feedback_url = Some("https://kb.example/f/".to_owned());
    Note { outcome, report_id: REPORT.to_owned(), articles, question, feedback_url, withdrawn: false }
}

/// One article that answers.
pub(crate) fn matched() -> Note {
    note(Outcome::Match, vec![article("passkey", 0.97)])
}

/// Two candidates.
pub(crate) fn ambiguous() -> Note {
    note(Outcome::Ambiguous, vec![article("passkey", 0.6), article("passkey-name", 0.58)])
}

/// Nothing, with one that is near.
pub(crate) fn nothing() -> Note {
    note(Outcome::NoMatch, vec![article("passkey", 0.2)])
}

/// Every kind of note, and one of a server without a public address, as `write` writes it.
pub(crate) fn all(write: impl Fn(&Note) -> Value) -> Value {
    let mut bare = matched();
    bare.feedback_url = None;
    bare.articles = vec![NoteArticle { url: None, votes: None, evidence: vec![], ..article("passkey", 0.97) }];
    let none = note(Outcome::NoMatch, vec![]);
    let notes =
        [("match", matched()), ("ambiguous", ambiguous()), ("no_match", nothing()), ("bare", bare), ("none", none)];
    notes.into_iter().map(|(name, note)| (name.to_owned(), write(&note))).collect::<serde_json::Map<_, _>>().into()
}

/// Articles that are longer than any platform takes, in ways that are hard to cut.
pub(crate) fn long() -> Vec<Note> {
    let code = format!("Before.\n\n```\n{}```\n\nAfter.\n", "some <line> & `more`\n".repeat(2000));
    let step = |n| format!("{n}. Step **{n}** with `code` & <more>\n\n   ```\n   run\n   ```\n");
    let steps = (1..2000).map(step).collect::<Vec<_>>().concat();
    let paragraph = "A long sentence & without <end> 日本語 😀 ".repeat(2000);
    let many = "Short & sweet.\n\n".repeat(5000);
    [code, steps, paragraph, many]
        .into_iter()
        .map(|text| {
            let mut article = article("passkey", 0.97);
            article.title = "Title & <more> 😀 ".repeat(200);
            article.cause = text.clone();
            article.solution = text;
            article.evidence = vec!["x`&<".repeat(5000)];
            note(Outcome::Match, vec![article])
        })
        .collect()
}
