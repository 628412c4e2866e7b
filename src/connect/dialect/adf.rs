//! Notes as documents in Atlassian's format, for Jira.

use serde_json::{Value, json};

use super::Note;
use super::block::{Block, Span};
use super::compose::document;
use super::cut::{Limits, Unit, plain};
use crate::text::printable;

/// Jira: 32,767 characters a comment (unconfirmed), counted here over the whole document so that it holds either way.
pub const ADF_LIMITS: Limits = Limits { unit: Unit::Utf16, part: 20_000, whole: 32_767 };

/// What the empty document takes.
const ENVELOPE: usize = 48;

/// A text of a document: never empty, which Jira refuses, and without characters that steer a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdfText(String);

impl AdfText {
    /// A text; `None` when it is empty.
    pub fn new(text: &str) -> Option<Self> {
        let text = printable(text, true);
        (!text.is_empty()).then(|| Self(text.into_owned()))
    }

    /// The node with its marks.
    fn node(self, marks: &[Value]) -> Value {
        let mut node = json!({"type": "text", "text": self.0});
        if !marks.is_empty() {
            node["marks"] = Value::from(marks.to_vec());
        }
        node
    }
}

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub struct Adf(Value);

impl Adf {
    /// A note within Jira's limits. The marker is not part of the text: it goes into a property of the comment.
    pub fn note(note: &Note, limits: Limits) -> Self {
        let size = |block: &Block| top(block).iter().map(|node| limits.unit.measure(&node.to_string()) + 1).sum();
        let limits = Limits { whole: limits.whole.saturating_sub(ENVELOPE), ..limits };
        let content: Vec<Value> = document(note, None, limits, &size).iter().filter_map(top).collect();
        Self(json!({"type": "doc", "version": 1, "content": content}))
    }

    /// The document.
    pub fn into_value(self) -> Value {
        self.0
    }
}

fn node(kind: &str, content: Vec<Value>) -> Value {
    let mut node = json!({"type": kind});
    node["content"] = Value::Array(content);
    node
}

/// A block at the top of the document.
fn top(block: &Block) -> Option<Value> {
    Some(match block {
        Block::Heading(level, spans) => {
            json!({"type": "heading", "attrs": {"level": (*level).clamp(1, 6)}, "content": line(spans)})
        }
        Block::Quote(blocks) => node("blockquote", blocks.iter().filter_map(nested).collect()),
        Block::Rule => json!({"type": "rule"}),
        Block::Table(rows) => table(rows),
        block => nested(block)?,
    })
}

/// A block inside a list or a quotation, where there are neither headings nor tables.
fn nested(block: &Block) -> Option<Value> {
    Some(match block {
        Block::Heading(_, spans) => node("paragraph", line(&[Span::Strong(spans.clone())])),
        Block::Paragraph(spans) => node("paragraph", line(spans)),
        Block::Code(language, code) => {
            let language = language.as_deref().unwrap_or("text");
            let text = AdfText::new(code).map(|text| text.node(&[]));
            json!({"type": "codeBlock", "attrs": {"language": language}, "content": text.into_iter().collect::<Vec<_>>()})
        }
        Block::List(first, items) => list(*first, items),
        Block::Quote(blocks) => {
            let text: Vec<String> = blocks.iter().map(text_of).collect();
            node("paragraph", line(&[Span::text(text.join(" "))]))
        }
        Block::Table(rows) => {
            let rows: Vec<String> =
                rows.iter().map(|row| row.iter().map(|cell| plain(cell)).collect::<Vec<_>>().join(" | ")).collect();
            node("paragraph", line(&[Span::text(rows.join("\n"))]))
        }
        Block::Rule | Block::Marker(_) => return None,
    })
}

fn text_of(block: &Block) -> String {
    match block {
        Block::Heading(_, spans) | Block::Paragraph(spans) => plain(spans),
        Block::Code(_, code) => code.clone(),
        Block::List(_, items) => items.iter().flatten().map(text_of).collect::<Vec<_>>().join(" "),
        Block::Quote(blocks) => blocks.iter().map(text_of).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}

fn list(first: Option<u64>, items: &[Vec<Block>]) -> Value {
    let items = items.iter().map(|item| {
        let mut content: Vec<Value> = item.iter().filter_map(nested).collect();
        // An item begins with a paragraph or code.
        if !content.first().is_some_and(|node| node["type"] == "paragraph" || node["type"] == "codeBlock") {
            content.insert(0, node("paragraph", Vec::new()));
        }
        node("listItem", content)
    });
    let items: Vec<Value> = items.collect();
    match first {
        Some(first) => json!({"type": "orderedList", "attrs": {"order": first}, "content": items}),
        None => node("bulletList", items),
    }
}

fn table(rows: &[Vec<Vec<Span>>]) -> Value {
    let row = |(at, row): (usize, &Vec<Vec<Span>>)| {
        let kind = if at == 0 { "tableHeader" } else { "tableCell" };
        node("tableRow", row.iter().map(|spans| node(kind, vec![node("paragraph", line(spans))])).collect())
    };
    node("table", rows.iter().enumerate().map(row).collect())
}

fn line(spans: &[Span]) -> Vec<Value> {
    let mut nodes = Vec::new();
    push(spans, &[], &mut nodes);
    nodes
}

fn push(spans: &[Span], marks: &[Value], nodes: &mut Vec<Value>) {
    let with = |mark: Value| {
        let mut all: Vec<Value> = marks.iter().filter(|known| known["type"] != mark["type"]).cloned().collect();
        all.push(mark);
        all
    };
    for span in spans {
        match span {
            Span::Text(text) => nodes.extend(AdfText::new(text).map(|text| text.node(marks))),
            Span::Code(code) => {
                // Code goes with a link and with no other mark.
                let links: Vec<Value> = marks.iter().filter(|mark| mark["type"] == "link").cloned().collect();
                let marks = [links, vec![json!({"type": "code"})]].concat();
                nodes.extend(AdfText::new(code).map(|text| text.node(&marks)));
            }
            Span::Strong(inner) => push(inner, &with(json!({"type": "strong"})), nodes),
            Span::Emphasis(inner) => push(inner, &with(json!({"type": "em"})), nodes),
            Span::Link(address, inner) => {
                push(inner, &with(json!({"type": "link", "attrs": {"href": address}})), nodes);
            }
            Span::Break => nodes.push(json!({"type": "hardBreak"})),
        }
    }
}
