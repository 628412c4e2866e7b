//! Slack: `mrkdwn` and blocks.

use serde_json::{Value, json};

use super::brief::{NO, Shown, YES, nothing, question};
use super::text::{Address, Dialect, Text, Unit, escape_markup, fenced};
use super::{Note, NoteArticle};

/// Most units of the text of a section.
pub const SECTION: usize = 3000;
/// Where a solution is cut.
pub const SOLUTION: usize = 2800;
/// Most units of a button's text (unconfirmed).
pub const BUTTON: usize = 75;
/// Most units of the text that notifications show; ours is short.
const FALLBACK: usize = 300;

/// Text in Slack's `mrkdwn`.
pub type SlackText = Text<Slack>;

/// Slack's `mrkdwn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slack;

impl Dialect for Slack {
    const UNIT: Unit = Unit::Utf16;
    const BULLET: &'static str = "• ";

    /// The three characters that Slack asks to be escaped. Its marks cannot be, and are harmless.
    fn escape(text: &str, out: &mut String) {
        escape_markup(text, out);
    }

    fn strong(inner: &str) -> String {
        format!("*{inner}*")
    }

    fn emphasis(inner: &str) -> String {
        format!("_{inner}_")
    }

    /// A backtick cannot be escaped within code, so one that looks like it stands in.
    fn code(text: &str) -> String {
        let mut out = String::from("`");
        Self::escape(&text.replace('`', "ˋ"), &mut out);
        out.push('`');
        out
    }

    fn code_block(text: &str) -> String {
        let mut out = String::new();
        Self::escape(&fenced(text), &mut out);
        out
    }

    fn link(inner: &str, address: &Address) -> String {
        format!("<{}|{}>", address.as_str().replace('&', "&amp;"), inner.replace('|', "¦"))
    }
}

/// A message: text for notifications, and blocks.
pub fn message(note: &Note) -> Value {
    let mut blocks = Vec::new();
    match note.shown() {
        Shown::Article(article) => {
            let mut head = article.heading::<Slack>().strong();
            let cause = article.cause_line();
            if !cause.is_empty() {
                head.line_break();
                head.push(&cause);
            }
            blocks.push(section(&head));
            let steps = article.first_steps::<Slack>(SOLUTION);
            if !steps.is_empty() {
                blocks.push(section(&steps));
            }
            blocks.push(json!({"type": "context", "elements": [mrkdwn(&article.facts())]}));
            blocks.extend(votes(article));
        }
        Shown::Choice(asked, candidates) => {
            blocks.push(section(&question(asked)));
            let buttons: Vec<Value> = candidates.iter().enumerate().filter_map(choice).collect();
            if !buttons.is_empty() {
                blocks.push(json!({"type": "actions", "block_id": "kb", "elements": buttons}));
            }
        }
        Shown::Nothing(nearest) => blocks.push(section(&nothing(nearest))),
    }
    let mut fallback = String::new();
    Slack::escape(&note.headline(FALLBACK, Unit::Utf16), &mut fallback);
    json!({"text": fallback, "blocks": blocks})
}

/// A message of one sentence.
pub fn sentence(text: &str) -> Value {
    let text = SlackText::escaped(text);
    json!({"text": text.as_str(), "blocks": [section(&text)]})
}

fn section(text: &SlackText) -> Value {
    debug_assert!(text.length() <= SECTION);
    json!({"type": "section", "text": mrkdwn(text)})
}

fn mrkdwn(text: &SlackText) -> Value {
    json!({"type": "mrkdwn", "text": text.as_str()})
}

fn votes(article: &NoteArticle) -> Option<Value> {
    let votes = article.votes.as_ref()?;
    let mut yes = button("kb_yes", YES, &votes.yes);
    yes["style"] = "primary".into();
    Some(json!({"type": "actions", "block_id": "kb", "elements": [yes, button("kb_no", NO, &votes.no)]}))
}

fn choice((index, article): (usize, &NoteArticle)) -> Option<Value> {
    let value = &article.votes.as_ref()?.choose;
    Some(button(&format!("kb_choose_{index}"), &article.label(BUTTON, Unit::Utf16), value))
}

fn button(action: &str, label: &str, value: &str) -> Value {
    json!({
        "type": "button", "action_id": action,
        "text": {"type": "plain_text", "text": label, "emoji": false}, "value": value,
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn notes_read_well() {
        insta::assert_json_snapshot!(sample::all(message));
    }

    #[test]
    fn nothing_in_an_article_can_call_or_link() {
        let hostile = SlackText::escaped("<!channel> <https://x|y> &amp;");
        assert_eq!(hostile.as_str(), "&lt;!channel&gt; &lt;https://x|y&gt; &amp;amp;");
        assert_eq!(SlackText::code("a `b` <@U1>", 100).as_str(), "`a ˋbˋ &lt;@U1&gt;`");
    }

    #[test]
    fn a_long_article_stays_within_the_limits() {
        for note in sample::long() {
            let text = message(&note);
            for block in text["blocks"].as_array().unwrap() {
                let length = block["text"]["text"].as_str().unwrap_or_default().encode_utf16().count();
                assert!(length <= SECTION, "{length}");
                assert_eq!(block["text"]["text"].as_str().unwrap_or_default().matches("```").count() % 2, 0);
            }
        }
    }
}
