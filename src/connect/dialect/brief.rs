//! What a chat says of a note, the same in every dialect: title, confidence, cause in two sentences, first steps.

use super::block::{Span, from_markdown};
use super::cut::plain;
use super::sentence::first_sentences;
use super::text::{Address, Dialect, Text, Unit, shorten_plain};
use super::{Note, NoteArticle};
use crate::engine::Outcome;
use crate::render::{in_words, per_cent};

/// Label of the button that says it helped.
pub const YES: &str = "This solved it";
/// Label of the button that says it did not.
pub const NO: &str = "Not it";
/// Label of the button that opens the article.
pub const OPEN: &str = "Open article";
/// Answer to a vote that it helped.
pub const THANKS_YES: &str = "Thanks, noted that this solved it.";
/// Answer to a vote that it did not.
pub const THANKS_NO: &str = "Thanks, noted that this was not it.";
/// What is said when nothing matches.
pub const NO_MATCH: &str = "No article matches this report.";
/// What is said above the question.
pub const SEVERAL: &str = "Several articles explain this report.";
/// What is said when nobody asked anything.
pub const EMPTY: &str = "Send the error text with the command, for example the message, the log line or the response.";

/// Most candidates and nearest titles that are shown.
const MOST_CANDIDATES: usize = 5;
const MOST_NEAREST: usize = 3;
/// Most units of a title, a cause and a quote.
const TITLE: usize = 200;
const CAUSE: usize = 700;
const QUOTE: usize = 120;
const QUESTION: usize = 1000;

/// The answer to a vote.
pub fn thanks(helpful: bool) -> &'static str {
    if helpful { THANKS_YES } else { THANKS_NO }
}

/// A note as a chat shows it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shown<'a> {
    /// One article answers.
    Article(&'a NoteArticle),
    /// The question and its candidates.
    Choice(&'a str, &'a [NoteArticle]),
    /// Nothing matches; the nearest.
    Nothing(&'a [NoteArticle]),
}

impl Note {
    /// What a chat shows of it.
    pub fn shown(&self) -> Shown<'_> {
        let at_most = |most: usize| &self.articles[..self.articles.len().min(most)];
        match (self.outcome, self.articles.first()) {
            (Outcome::Match, Some(first)) => Shown::Article(first),
            (Outcome::Ambiguous, Some(_)) => {
                Shown::Choice(self.question.as_deref().unwrap_or_default(), at_most(MOST_CANDIDATES))
            }
            _ => Shown::Nothing(at_most(MOST_NEAREST)),
        }
    }

    /// One line that says what the note says, without marks.
    pub fn headline(&self, most: usize, unit: Unit) -> String {
        match self.shown() {
            Shown::Article(article) => {
                let certainty = format!(" ({})", per_cent(article.confidence));
                let title =
                    shorten_plain(unit, &printable(&article.title), most.saturating_sub(unit.measure(&certainty)));
                title + &certainty
            }
            Shown::Choice(question, _) if !question.is_empty() => shorten_plain(unit, &printable(question), most),
            Shown::Choice(..) => shorten_plain(unit, SEVERAL, most),
            Shown::Nothing(_) => shorten_plain(unit, NO_MATCH, most),
        }
    }

    /// The address of a vote's page; `None` where people cannot reach the server.
    pub fn vote_address(&self, token: &str) -> Option<Address> {
        Address::new(&format!("{}{token}", self.feedback_url.as_deref()?))
    }
}

impl NoteArticle {
    /// Its address.
    pub fn address(&self) -> Option<Address> {
        Address::new(self.url.as_deref()?)
    }

    /// Its title as a label of a button.
    pub fn label(&self, most: usize, unit: Unit) -> String {
        shorten_plain(unit, &printable(&self.title), most)
    }

    /// Its title, linked.
    pub fn heading<D: Dialect>(&self) -> Text<D> {
        Text::shortened(&self.title, TITLE).linked(self.address().as_ref())
    }

    /// What tells it from others: its cause, or what else it says.
    pub(super) fn reason(&self) -> &str {
        if self.cause.trim().is_empty() { &self.overview } else { &self.cause }
    }

    /// What helps: its solution, or what else it says.
    pub(super) fn help(&self) -> &str {
        if self.solution.trim().is_empty() { &self.overview } else { &self.solution }
    }

    /// Its cause in two sentences, without the word before it.
    fn cause_in_brief<D: Dialect>(&self) -> Text<D> {
        let parsed = from_markdown(&self.cause);
        let sentences = first_sentences(&parsed, 2);
        let text = Text::from_spans(&sentences);
        if text.length() <= CAUSE {
            return text;
        }
        Text::shortened(&plain(&sentences), CAUSE)
    }

    /// Its cause with the word before it; nothing when the article says none.
    pub fn cause_line<D: Dialect>(&self) -> Text<D> {
        let cause = self.cause_in_brief::<D>();
        if cause.is_empty() {
            return cause;
        }
        let mut line = Text::escaped("Cause:").strong();
        line.push(&Text::escaped(" "));
        line.push(&cause);
        line
    }

    /// The first steps of what helps in at most `most` units; where they end early, the way to the rest.
    pub fn first_steps<D: Dialect>(&self, most: usize) -> Text<D> {
        let parsed = from_markdown(self.help());
        let (whole, cut) = Text::from_blocks(&parsed, most);
        if !cut {
            return whole;
        }
        let tail = match self.address() {
            Some(address) => {
                let mut tail = Text::escaped("… full article: ");
                tail.push(&Text::from_spans(&[Span::Link(address.as_str().to_owned(), vec![])]));
                tail
            }
            None => Text::escaped("… the article goes on."),
        };
        let (mut steps, _) = Text::from_blocks(&parsed, most.saturating_sub(tail.length() + 2));
        steps.paragraph(&tail);
        steps
    }

    /// Confidence in words and as a number, and what else is worth a line.
    pub fn facts<D: Dialect>(&self) -> Text<D> {
        let mut facts = Text::escaped(&self.certainty());
        if let Some(quote) = self.evidence.iter().find(|quote| !quote.trim().is_empty()) {
            facts.push(&Text::escaped(" · matched "));
            facts.push(&Text::code(quote, QUOTE));
        }
        let fixed = self.fixed_in.iter().map(|version| format!(" · fixed in {version}"));
        let reviewed = self.reviewed_at.iter().map(|date| format!(" · reviewed {date}"));
        for fact in fixed.chain(reviewed) {
            facts.push(&Text::escaped(&fact));
        }
        facts
    }

    /// Confidence in words and as a number.
    pub fn certainty(&self) -> String {
        format!("Confidence: {} ({})", in_words(self.confidence), per_cent(self.confidence))
    }
}

/// The question that tells candidates apart, below what it is about.
pub fn question<D: Dialect>(question: &str) -> Text<D> {
    let mut text = Text::escaped(SEVERAL).strong();
    if !question.trim().is_empty() {
        text.line_break();
        text.push(&Text::shortened(question, QUESTION));
    }
    text
}

/// That nothing matches, and what is nearest.
pub fn nothing<D: Dialect>(nearest: &[NoteArticle]) -> Text<D> {
    let mut text = Text::escaped(NO_MATCH);
    if !nearest.is_empty() {
        text.push(&Text::escaped(" Nearest, though not the same:"));
        text.line_break();
        text.push(&titles(nearest));
    }
    text
}

/// Titles, a line each.
pub fn titles<D: Dialect>(articles: &[NoteArticle]) -> Text<D> {
    let mut text = Text::default();
    for article in articles {
        if !text.is_empty() {
            text.line_break();
        }
        text.bullet();
        text.push(&article.heading());
    }
    text
}

fn printable(text: &str) -> String {
    crate::text::printable(&text.replace(['\n', '\t'], " "), false).into_owned()
}
