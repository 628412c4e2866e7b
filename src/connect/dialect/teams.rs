//! Microsoft Teams: an Adaptive Card.

use serde_json::{Value, json};

use super::block::{Block, from_markdown};
use super::brief::{NO, OPEN, Shown, YES, nothing, question};
use super::text::{Address, Dialect, Text, Unit, plain_block};
use super::{Note, NoteArticle};
use crate::render::per_cent;

/// Where a solution is cut, in bytes.
const SOLUTION: usize = 8000;
/// Most elements of a solution: what stands around the text of each counts as well.
const ELEMENTS: usize = 40;
/// Most bytes of a message (unconfirmed).
pub const MESSAGE: usize = 28 << 10;
/// Most bytes of a title, and of a button's.
const TITLE: usize = 300;
const LABEL: usize = 100;

/// Text in the Markdown of cards.
pub type TeamsText = Text<Teams>;

/// The Markdown of cards: bold, italic, lists and links. Code stands in elements of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Teams;

impl Dialect for Teams {
    const UNIT: Unit = Unit::Bytes;

    fn escape(text: &str, out: &mut String) {
        let mut before = ' ';
        for c in text.chars() {
            // Two braces would start a date that the card fills in.
            if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '<') || (c == '{' && before == '{') {
                out.push('\\');
            }
            out.push(c);
            before = c;
        }
    }

    fn strong(inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(inner: &str) -> String {
        format!("_{inner}_")
    }

    fn code(text: &str) -> String {
        let mut out = String::new();
        Self::escape(text, &mut out);
        out
    }

    fn code_block(text: &str) -> String {
        Self::code(text)
    }

    fn link(inner: &str, address: &Address) -> String {
        format!("[{inner}]({})", address.as_str())
    }
}

/// A message with one card.
pub fn message(note: &Note) -> Value {
    let (body, actions) = match note.shown() {
        Shown::Article(article) => (answer(article), answer_actions(note, article)),
        Shown::Choice(asked, candidates) => {
            let actions = candidates.iter().filter_map(|article| choice(note, article)).collect();
            (vec![block(&question(asked))], actions)
        }
        Shown::Nothing(nearest) => (vec![block(&nothing(nearest))], Vec::new()),
    };
    card(&body, &actions)
}

/// A message of one sentence.
pub fn sentence(text: &str) -> Value {
    card(&[block(&TeamsText::escaped(text))], &[])
}

fn card(body: &[Value], actions: &[Value]) -> Value {
    json!({"type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "type": "AdaptiveCard", "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.4",
            "body": body, "actions": actions,
        },
    }]})
}

fn answer(article: &NoteArticle) -> Vec<Value> {
    let title = TeamsText::shortened(&article.title, TITLE);
    let title = format!("{} ({})", title.as_str(), per_cent(article.confidence));
    let mut body =
        vec![json!({"type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": true, "text": title})];
    let cause = article.cause_line();
    if !cause.is_empty() {
        body.push(block(&cause));
    }
    body.extend(solution(article));
    let facts: TeamsText = article.facts();
    body.push(json!({"type": "TextBlock", "isSubtle": true, "size": "Small", "wrap": true, "text": facts.as_str()}));
    body
}

/// What helps: text in elements that read Markdown, code in elements that show it as it stands.
fn solution(article: &NoteArticle) -> Vec<Value> {
    let mut elements = Vec::new();
    let mut left = SOLUTION;
    let mut cut = false;
    for part in apart(from_markdown(article.help())) {
        if elements.len() == ELEMENTS {
            cut = true;
            break;
        }
        let (element, length, whole) = match &part {
            Part::Code(text) if text.len() <= left => (Some(monospace(text)), text.len(), true),
            Part::Code(_) => (None, 0, false),
            Part::Text(blocks) => {
                let (text, cut) = TeamsText::from_blocks(blocks, left);
                ((!text.is_empty()).then(|| block(&text)), text.length(), !cut)
            }
        };
        elements.extend(element);
        left = left.saturating_sub(length);
        if !whole {
            cut = true;
            break;
        }
    }
    if cut {
        elements.push(block(&TeamsText::escaped("… the article goes on.")));
    }
    elements
}

enum Part {
    Text(Vec<Block>),
    Code(String),
}

/// Text and code apart, in order. Items of a list keep their numbers across code between them.
fn apart(blocks: Vec<Block>) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for block in blocks {
        match block {
            Block::Code(_, text) => parts.push(Part::Code(text)),
            Block::List(first, items) => {
                for (number, item) in (0_u64..).zip(items) {
                    let (code, text): (Vec<_>, Vec<_>) =
                        item.into_iter().partition(|block| matches!(block, Block::Code(..)));
                    add(&mut parts, Block::List(first.map(|first| first + number), vec![text]));
                    parts.extend(code.into_iter().map(|block| Part::Code(plain_block(&block))));
                }
            }
            other => add(&mut parts, other),
        }
    }
    parts
}

fn add(parts: &mut Vec<Part>, block: Block) {
    match (parts.last_mut(), block) {
        (Some(Part::Text(blocks)), Block::List(first, mut items)) => match blocks.last_mut() {
            Some(Block::List(before, earlier)) if before.is_some() == first.is_some() => {
                earlier.append(&mut items);
            }
            _ => blocks.push(Block::List(first, items)),
        },
        (Some(Part::Text(blocks)), block) => blocks.push(block),
        (_, block) => parts.push(Part::Text(vec![block])),
    }
}

fn block(text: &TeamsText) -> Value {
    // Cards break a line of a list at a carriage return.
    let text = text.as_str().replace("\n\n", "\u{0}").replace('\n', "\r").replace('\u{0}', "\n\n");
    json!({"type": "TextBlock", "wrap": true, "text": text})
}

fn monospace(text: &str) -> Value {
    let text = crate::text::printable(text, true);
    json!({"type": "RichTextBlock", "inlines": [{"type": "TextRun", "fontType": "Monospace", "text": text}]})
}

fn answer_actions(note: &Note, article: &NoteArticle) -> Vec<Value> {
    let votes = article.votes.as_ref();
    let open = article.address().map(|address| open_url(OPEN, &address));
    let yes = votes.and_then(|votes| note.vote_address(&votes.yes)).map(|address| open_url(YES, &address));
    let no = votes.and_then(|votes| note.vote_address(&votes.no)).map(|address| open_url(NO, &address));
    [open, yes, no].into_iter().flatten().collect()
}

/// A card of an outgoing webhook can only open addresses, so a candidate opens its article.
fn choice(note: &Note, article: &NoteArticle) -> Option<Value> {
    let chosen = article.votes.as_ref().and_then(|votes| note.vote_address(&votes.choose));
    Some(open_url(&article.label(LABEL, Unit::Bytes), &chosen.or_else(|| article.address())?))
}

fn open_url(title: &str, address: &Address) -> Value {
    json!({"type": "Action.OpenUrl", "title": title, "url": address.as_str()})
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
    fn a_long_article_stays_within_the_limits() {
        for note in sample::long() {
            assert!(message(&note).to_string().len() <= MESSAGE);
        }
    }
}
