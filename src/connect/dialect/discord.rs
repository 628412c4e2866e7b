//! Discord: its Markdown, embeds and components.

use serde_json::{Value, json};

use super::brief::{NO, OPEN, Shown, YES, nothing, question};
use super::text::{Address, Dialect, Text, Unit, fenced, shorten_plain};
use super::{Note, NoteArticle};

/// Most units of an embed's title (unconfirmed).
const TITLE: usize = 256;
/// Most units of an embed's description (unconfirmed).
pub const DESCRIPTION: usize = 4096;
/// Where a solution is cut.
const SOLUTION: usize = 3800;
/// Most units of a button's label.
const LABEL: usize = 80;
/// Most characters of a link button's address.
const URL: usize = 512;
/// Colours of an embed: an answer, a question, nothing.
const COLOURS: [u32; 3] = [3_066_993, 15_844_367, 9_807_270];
/// Message that only the person who asked sees.
const EPHEMERAL: u32 = 64;

/// Text in Discord's Markdown.
pub type DiscordText = Text<Discord>;

/// Discord's Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discord;

impl Dialect for Discord {
    const UNIT: Unit = Unit::Utf16;

    fn escape(text: &str, out: &mut String) {
        for c in text.chars() {
            if matches!(c, '\\' | '`' | '*' | '_' | '~' | '|' | '[' | ']' | '<' | '>' | '#' | '@') {
                out.push('\\');
            }
            out.push(c);
        }
    }

    fn strong(inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(inner: &str) -> String {
        format!("*{inner}*")
    }

    fn code(text: &str) -> String {
        format!("`{}`", text.replace('`', "ˋ"))
    }

    fn code_block(text: &str) -> String {
        fenced(text)
    }

    fn link(inner: &str, address: &Address) -> String {
        format!("[{inner}]({})", address.as_str())
    }
}

/// The data of a message.
pub fn data(note: &Note) -> Value {
    let (embed, components) = match note.shown() {
        Shown::Article(article) => (answer(article), answer_buttons(article)),
        Shown::Choice(asked, candidates) => {
            let description = question::<Discord>(asked);
            (embed(&description, COLOURS[1]), rows(&candidates.iter().filter_map(choice).collect::<Vec<_>>()))
        }
        Shown::Nothing(nearest) => (embed(&nothing::<Discord>(nearest), COLOURS[2]), Vec::new()),
    };
    with_defaults(json!({"embeds": [embed], "components": components}))
}

/// The data of a message of one sentence.
pub fn sentence(text: &str) -> Value {
    with_defaults(json!({"content": DiscordText::escaped(text).as_str(), "embeds": [], "components": []}))
}

/// Only the person who asked sees it, and it calls nobody.
fn with_defaults(mut data: Value) -> Value {
    data["flags"] = EPHEMERAL.into();
    data["allowed_mentions"] = json!({"parse": []});
    data
}

fn embed(description: &DiscordText, colour: u32) -> Value {
    debug_assert!(description.length() <= DESCRIPTION);
    json!({"description": description.as_str(), "color": colour})
}

fn answer(article: &NoteArticle) -> Value {
    let mut description = article.cause_line::<Discord>();
    let room = DESCRIPTION.saturating_sub(description.length() + "\n\n".len());
    description.paragraph(&article.first_steps(SOLUTION.min(room)));
    let mut embed = embed(&description, COLOURS[0]);
    embed["title"] = article.label(TITLE, Unit::Utf16).into();
    if let Some(address) = article.address() {
        embed["url"] = address.as_str().into();
    }
    let mut facts = article.certainty();
    facts.extend(article.fixed_in.iter().map(|version| format!(" · fixed in {version}")));
    embed["footer"] = json!({"text": shorten_plain(Unit::Utf16, &facts, 300)});
    embed
}

fn answer_buttons(article: &NoteArticle) -> Vec<Value> {
    let votes = article.votes.as_ref();
    let voting = votes.map(|votes| [button(3, YES, &votes.yes), button(4, NO, &votes.no)]);
    let open = article.address().filter(|address| address.as_str().len() <= URL);
    let open = open.map(|address| json!({"type": 2, "style": 5, "label": OPEN, "url": address.as_str()}));
    rows(&voting.into_iter().flatten().chain(open).collect::<Vec<_>>())
}

fn choice(article: &NoteArticle) -> Option<Value> {
    Some(button(1, &article.label(LABEL, Unit::Utf16), &article.votes.as_ref()?.choose))
}

fn button(style: u8, label: &str, value: &str) -> Value {
    json!({"type": 2, "style": style, "label": label, "custom_id": value})
}

/// One row takes five buttons, and no more than five are ever shown.
fn rows(buttons: &[Value]) -> Vec<Value> {
    if buttons.is_empty() { Vec::new() } else { vec![json!({"type": 1, "components": buttons})] }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn notes_read_well() {
        insta::assert_json_snapshot!(sample::all(data));
    }

    #[test]
    fn a_long_article_stays_within_the_limits() {
        for note in sample::long() {
            let text = data(&note);
            let description = text["embeds"][0]["description"].as_str().unwrap();
            assert!(description.encode_utf16().count() <= DESCRIPTION);
            assert_eq!(description.matches("```").count() % 2, 0);
            assert!(serde_json::to_string(&text["embeds"]).unwrap().encode_utf16().count() <= 6000);
        }
    }
}
