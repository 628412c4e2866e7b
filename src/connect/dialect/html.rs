//! Notes as HTML of the subset that ticketing systems keep.

use super::Note;
use super::block::{Block, Span};
use super::compose::document;
use super::cut::{Limits, Unit};
use crate::render::html::escape;
use crate::text::printable;

/// HTML in which whatever came from outside stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Html(String);

impl Html {
    /// Text that stands for itself.
    pub fn text(text: &str) -> Self {
        Self(escape(&printable(text, true)))
    }

    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A note within a platform's limits.
    pub fn note(note: &Note, marker: Option<&str>, limits: Limits) -> Self {
        let size = |block: &Block| limits.unit.measure(&Self::block(block).0);
        Self::blocks(&document(note, marker, limits, &size))
    }

    fn blocks(blocks: &[Block]) -> Self {
        Self(blocks.iter().map(|block| Self::block(block).0).collect())
    }

    fn element(name: &'static str, inner: &Self) -> Self {
        Self(format!("<{name}>{}</{name}>", inner.0))
    }

    fn block(block: &Block) -> Self {
        match block {
            Block::Heading(level, spans) => {
                let name = ["h1", "h2", "h3", "h4", "h5", "h6"][usize::from(level.clamp(&1, &6) - 1)];
                Self::element(name, &Self::spans(spans))
            }
            Block::Paragraph(spans) => Self::element("p", &Self::spans(spans)),
            Block::Code(_, code) => Self::element("pre", &Self::element("code", &Self::text(code))),
            Block::List(first, items) => Self::list(*first, items),
            Block::Quote(blocks) => Self::element("blockquote", &Self::blocks(blocks)),
            Block::Table(rows) => Self::table(rows),
            Block::Rule => Self("<hr>".to_owned()),
            Block::Marker(marker) => Self::element("p", &Self::element("small", &Self::text(marker))),
        }
    }

    fn list(first: Option<u64>, items: &[Vec<Block>]) -> Self {
        let items = Self(items.iter().map(|item| Self::element("li", &Self::item(item)).0).collect());
        match first {
            None => Self::element("ul", &items),
            Some(1) => Self::element("ol", &items),
            Some(first) => Self(format!("<ol start=\"{first}\">{}</ol>", items.0)),
        }
    }

    /// A single paragraph needs no element of its own.
    fn item(blocks: &[Block]) -> Self {
        match blocks {
            [Block::Paragraph(spans), rest @ ..] if !matches!(rest.first(), Some(Block::Paragraph(_))) => {
                Self(Self::spans(spans).0 + &Self::blocks(rest).0)
            }
            _ => Self::blocks(blocks),
        }
    }

    fn table(rows: &[Vec<Vec<Span>>]) -> Self {
        let mut inner = Self::default();
        for (at, row) in rows.iter().enumerate() {
            let cell = if at == 0 { "th" } else { "td" };
            let cells = row.iter().map(|spans| Self::element(cell, &Self::spans(spans)).0).collect();
            inner.0.push_str(&Self::element("tr", &Self(cells)).0);
        }
        Self::element("table", &inner)
    }

    fn spans(spans: &[Span]) -> Self {
        let mut html = Self::default();
        for span in spans {
            let piece = match span {
                Span::Text(text) => Self::text(text),
                Span::Code(code) => Self::element("code", &Self::text(code)),
                Span::Strong(inner) => Self::element("strong", &Self::spans(inner)),
                Span::Emphasis(inner) => Self::element("em", &Self::spans(inner)),
                Span::Link(address, inner) => {
                    Self(format!("<a href=\"{}\">{}</a>", escape(address), Self::spans(inner).0))
                }
                Span::Break => Self("<br>".to_owned()),
            };
            html.0.push_str(&piece.0);
        }
        html
    }
}

/// Zendesk: 64 KiB a comment (unconfirmed). The other platforms that take HTML name no limit, and the same serves them.
pub const HTML_LIMITS: Limits = Limits { unit: Unit::Bytes, part: 20_000, whole: 64 << 10 };
