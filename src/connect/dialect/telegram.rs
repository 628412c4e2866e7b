//! Telegram: its subset of HTML and inline keyboards.

use serde_json::{Value, json};

use super::brief::{NO, OPEN, Shown, YES, nothing, question};
use super::text::{Address, Dialect, Text, Unit, escape_markup};
use super::{Note, NoteArticle};
use crate::render::html;

/// Most units of a message (unconfirmed). Telegram counts after reading the marks, we with them.
pub const MESSAGE: usize = 4096;
/// Where a solution is cut.
const SOLUTION: usize = 3600;
/// Most units of a button's text that a phone shows.
const LABEL: usize = 64;

/// Text in Telegram's HTML.
pub type TelegramText = Text<Telegram>;

/// Telegram's HTML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Telegram;

impl Dialect for Telegram {
    const UNIT: Unit = Unit::Utf16;
    const BULLET: &'static str = "• ";

    fn escape(text: &str, out: &mut String) {
        escape_markup(text, out);
    }

    fn strong(inner: &str) -> String {
        format!("<b>{inner}</b>")
    }

    fn emphasis(inner: &str) -> String {
        format!("<i>{inner}</i>")
    }

    fn code(text: &str) -> String {
        let mut out = String::from("<code>");
        Self::escape(text, &mut out);
        out.push_str("</code>");
        out
    }

    fn code_block(text: &str) -> String {
        let mut out = String::from("<pre>");
        Self::escape(text, &mut out);
        out.push_str("</pre>");
        out
    }

    fn link(inner: &str, address: &Address) -> String {
        format!("<a href=\"{}\">{inner}</a>", html::escape(address.as_str()))
    }

    fn quote(inner: &str) -> String {
        format!("<blockquote>{inner}</blockquote>")
    }
}

/// The text of a message and the buttons below it.
pub fn message(note: &Note) -> (TelegramText, Value) {
    let (text, rows) = match note.shown() {
        Shown::Article(article) => (answer(article), answer_rows(article)),
        Shown::Choice(asked, candidates) => (question(asked), candidates.iter().filter_map(choice).collect()),
        Shown::Nothing(nearest) => (nothing(nearest), Vec::new()),
    };
    debug_assert!(text.length() <= MESSAGE);
    (text, json!({"inline_keyboard": rows}))
}

fn answer(article: &NoteArticle) -> TelegramText {
    let mut text = article.heading::<Telegram>().strong();
    text.paragraph(&article.cause_line());
    let facts = Text::escaped(&article.certainty());
    let room = MESSAGE.saturating_sub(text.length() + facts.length() + 2 * "\n\n".len());
    text.paragraph(&article.first_steps(SOLUTION.min(room)));
    text.paragraph(&facts);
    text
}

fn answer_rows(article: &NoteArticle) -> Vec<Value> {
    let votes = article.votes.as_ref();
    let voting = votes.map(|votes| json!([button(YES, &votes.yes), button(NO, &votes.no)]));
    let open = article.address().map(|address| json!([{"text": OPEN, "url": address.as_str()}]));
    voting.into_iter().chain(open).collect()
}

fn choice(article: &NoteArticle) -> Option<Value> {
    Some(json!([button(&article.label(LABEL, Unit::Utf16), &article.votes.as_ref()?.choose)]))
}

fn button(text: &str, value: &str) -> Value {
    json!({"text": text, "callback_data": value})
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn notes_read_well() {
        insta::assert_json_snapshot!(sample::all(|note| {
            let (text, keyboard) = message(note);
            json!({"text": text.as_str(), "keyboard": keyboard})
        }));
    }

    #[test]
    fn a_long_article_stays_within_the_limits() {
        for note in sample::long() {
            let (text, _) = message(&note);
            assert!(text.length() <= MESSAGE);
            for tag in ["pre", "code", "b", "a", "i"] {
                let opened = text.as_str().matches(&format!("<{tag}>")).count()
                    + text.as_str().matches(&format!("<{tag} ")).count();
                assert_eq!(opened, text.as_str().matches(&format!("</{tag}>")).count(), "{tag}");
            }
        }
    }
}
