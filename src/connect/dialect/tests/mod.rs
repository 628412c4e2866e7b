//! One note in every ticketing dialect, and text that tries to be more than text.

mod hostile;
mod limits;

use super::adf::{ADF_LIMITS, Adf};
use super::html::{HTML_LIMITS, Html};
use super::markdown::{Flavour, Markdown};
use super::plain::{JOURNAL_LIMITS, PlainText};
use super::*;

const MARKER: &str = "kbmatch:01JGFJJZ00000000000000000A";

/// An article as a note has it.
pub(crate) fn article() -> NoteArticle {
    NoteArticle {
        id: "npm-eresolve".to_owned(),
        revision: 3,
        title: "npm cannot resolve peer dependencies".to_owned(),
        url: Some("https://kb.example.com/articles/npm-eresolve".to_owned()),
        confidence: Confidence::new(0.87).unwrap(),
        overview: String::new(),
        cause: "Two packages want **different** majors of a peer.".to_owned(),
        solution: "1. Find the pair with `npm ls`.\n2. Align them:\n\n   ```sh\n   npm install react@18\n   ```\n\nSee [the docs](https://docs.npmjs.com).".to_owned(),
        checks: vec![("npm is 7 or later".to_owned(), true), ("A lockfile exists".to_owned(), false)],
        evidence: vec!["npm ERR! code ERESOLVE".to_owned()],
        reviewed_at: Some("2026-01-02".to_owned()),
        fixed_in: None,
        votes: Some(Votes { yes: "v1.y".to_owned(), no: "v1.n".to_owned(), choose: "v1.c".to_owned() }),
    }
}

/// A note with one article that answers.
pub(crate) fn note() -> Note {
    Note {
        outcome: Outcome::Match,
        report_id: "01JGFJJZ00000000000000000R".to_owned(),
        articles: vec![article()],
        question: None,
        feedback_url: Some("https://kb.example.com/f/".to_owned()),
        withdrawn: false,
    }
}

fn ambiguous() -> Note {
    let other = NoteArticle {
        id: "npm-proxy".to_owned(),
        title: "npm behind a proxy".to_owned(),
        confidence: Confidence::new(0.55).unwrap(),
        overview: String::new(),
        cause: "The proxy answers for the registry.".to_owned(),
        ..article()
    };
    Note {
        outcome: Outcome::Ambiguous,
        articles: vec![article(), other],
        question: Some("Does `npm ping` work?".to_owned()),
        ..note()
    }
}

fn no_match() -> Note {
    Note { outcome: Outcome::NoMatch, ..note() }
}

fn written_as_markdown(note: &Note) -> String {
    Markdown::note(note, Some(MARKER), Flavour::GitHub).as_str().to_owned()
}

#[test]
fn an_answer_in_markdown() {
    insta::assert_snapshot!(written_as_markdown(&note()));
}

#[test]
fn candidates_in_markdown() {
    insta::assert_snapshot!(written_as_markdown(&ambiguous()));
}

#[test]
fn nothing_found_in_markdown() {
    insta::assert_snapshot!(written_as_markdown(&no_match()));
}

#[test]
fn an_answer_in_html() {
    insta::assert_snapshot!(Html::note(&note(), Some(MARKER), HTML_LIMITS).as_str().replace("><", ">\n<"));
}

#[test]
fn candidates_in_html() {
    insta::assert_snapshot!(Html::note(&ambiguous(), Some(MARKER), HTML_LIMITS).as_str().replace("><", ">\n<"));
}

#[test]
fn an_answer_in_plain_text() {
    insta::assert_snapshot!(PlainText::note(&note(), Some(MARKER), JOURNAL_LIMITS).as_str());
}

#[test]
fn an_answer_as_a_document() {
    insta::assert_json_snapshot!(Adf::note(&note(), ADF_LIMITS).into_value());
}
