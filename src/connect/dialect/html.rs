//! Notes as HTML of the subset that ticketing systems keep.

use super::Note;
use super::block::{Block, Span};
use super::compose::document;
use super::cut::{Limits, Unit};
use crate::render::html::push_escaped;
use crate::text::printable;

/// HTML in which whatever came from outside stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html(String);

impl Html {
    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A note within a platform's limits.
    pub fn note(note: &Note, marker: Option<&str>, limits: Limits) -> Self {
        let size = |block: &Block| {
            let mut html = Self::default();
            html.block(block);
            limits.unit.measure(&html.0)
        };
        let mut html = Self::default();
        html.blocks(&document(note, marker, limits, &size));
        html
    }

    /// Text that stands for itself.
    fn push(&mut self, text: &str) {
        push_escaped(&mut self.0, &printable(text, true));
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            self.block(block);
        }
    }

    fn element(&mut self, name: &'static str, inner: impl FnOnce(&mut Self)) {
        for piece in ["<", name, ">"] {
            self.0.push_str(piece);
        }
        inner(self);
        for piece in ["</", name, ">"] {
            self.0.push_str(piece);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, spans) => {
                let name = ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from(level.clamp(&1, &6) - 1)];
                self.element(name, |html| html.spans(spans));
            }
            Block::Paragraph(spans) => self.element("p", |html| html.spans(spans)),
            Block::Code(_, code) => self.element("pre", |html| html.element("code", |html| html.push(code))),
            Block::List(first, items) => self.list(*first, items),
            Block::Quote(blocks) => self.element("blockquote", |html| html.blocks(blocks)),
            Block::Table(rows) => self.table(rows),
            Block::Rule => self.0.push_str("<hr>"),
            Block::Marker(marker) => self.element("p", |html| html.element("small", |html| html.push(marker))),
        }
    }

    fn list(&mut self, first: Option<u64>, items: &[Vec<Block>]) {
        let inner = |html: &mut Self| {
            for item in items {
                html.element("li", |html| html.item(item));
            }
        };
        match first {
            None => self.element("ul", inner),
            Some(1) => self.element("ol", inner),
            Some(first) => {
                for piece in ["<ol start=\"", &first.to_string(), "\">"] {
                    self.0.push_str(piece);
                }
                inner(self);
                self.0.push_str("</ol>");
            }
        }
    }

    /// A single paragraph needs no element of its own.
    fn item(&mut self, blocks: &[Block]) {
        match blocks {
            [Block::Paragraph(spans), rest @ ..] if !matches!(rest.first(), Some(Block::Paragraph(_))) => {
                self.spans(spans);
                self.blocks(rest);
            }
            _ => self.blocks(blocks),
        }
    }

    fn table(&mut self, rows: &[Vec<Vec<Span>>]) {
        self.element("table", |html| {
            for (at, row) in rows.iter().enumerate() {
                let cell = if at == 0 { "th" } else { "td" };
                html.element("tr", |html| {
                    for spans in row {
                        html.element(cell, |html| html.spans(spans));
                    }
                });
            }
        });
    }

    fn spans(&mut self, spans: &[Span]) {
        for span in spans {
            match span {
                Span::Text(text) => self.push(text),
                Span::Code(code) => self.element("code", |html| html.push(code)),
                Span::Strong(inner) => self.element("strong", |html| html.spans(inner)),
                Span::Emphasis(inner) => self.element("em", |html| html.spans(inner)),
                Span::Link(address, inner) => {
                    self.0.push_str("<a href=\"");
                    push_escaped(&mut self.0, address);
                    self.0.push_str("\">");
                    self.spans(inner);
                    self.0.push_str("</a>");
                }
                Span::Break => self.0.push_str("<br>"),
            }
        }
    }
}

/// Zendesk: 64 KiB a comment (unconfirmed). The other platforms that take HTML name no limit, and the same serves them.
pub const HTML_LIMITS: Limits = Limits { unit: Unit::Bytes, part: 20_000, whole: 64 << 10 };
