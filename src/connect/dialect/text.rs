//! Text that is written in one dialect and can be made in no other way than escaped.
//!
//! A [`Text`] of a dialect holds marks that were put there and letters that were escaped; a plain string becomes one only
//! through [`Text::escaped`]. What it may be long is counted in the platform's own unit.

use std::fmt::{self, Write as _};
use std::marker::PhantomData;

use super::block::{Block, Span};
pub use super::cut::Unit;
use super::cut::plain;
use crate::render::html::is_safe_address;

/// A plain text cut to `most` units at a word, with an ellipsis.
pub fn shorten_plain(unit: Unit, text: &str, most: usize) -> String {
    shorten(unit, text, most, &mut |c, out| out.push(c))
}

/// How a platform marks text.
pub trait Dialect: fmt::Debug + Clone + Copy + PartialEq + Eq {
    /// How it counts.
    const UNIT: Unit;
    /// What a bullet looks like.
    const BULLET: &'static str = "- ";
    /// Whether code inside a list item is indented as the item is.
    const INDENTS_CODE: bool = false;

    /// Writes letters that stand for themselves.
    fn escape(text: &str, out: &mut String);
    /// Strong text; `inner` is in this dialect already, here and below.
    fn strong(inner: &str) -> String;
    /// Emphasised text.
    fn emphasis(inner: &str) -> String;
    /// Code within a line, as it stands.
    fn code(text: &str) -> String;
    /// Code on lines of its own, as it stands.
    fn code_block(text: &str) -> String;
    /// A link.
    fn link(inner: &str, address: &Address) -> String;
    /// A quotation.
    fn quote(inner: &str) -> String {
        let lines: Vec<String> = inner.lines().map(|line| format!("> {line}")).collect();
        lines.join("\n")
    }
}

/// An `http` or `https` address in characters that end no link in any dialect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address(String);

impl Address {
    /// Takes an absolute address; `None` for any other.
    pub fn new(text: &str) -> Option<Self> {
        let lower = text.get(..8.min(text.len())).unwrap_or_default().to_ascii_lowercase();
        if !is_safe_address(text) || !(lower.starts_with("http://") || lower.starts_with("https://")) {
            return None;
        }
        let mut address = String::with_capacity(text.len());
        for byte in text.bytes() {
            // RFC 3986, section 2: these stand for themselves. Brackets and quotes are legal, but end links.
            if byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&*+,;=%".contains(&byte) {
                address.push(char::from(byte));
            } else {
                let _ = write!(address, "%{byte:02X}");
            }
        }
        Some(Self(address))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Text in a dialect.
#[derive(Clone, PartialEq, Eq)]
pub struct Text<D: Dialect> {
    text: String,
    dialect: PhantomData<D>,
}

impl<D: Dialect> fmt::Debug for Text<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<D: Dialect> Default for Text<D> {
    fn default() -> Self {
        Self::marked(String::new())
    }
}

impl<D: Dialect> Text<D> {
    fn marked(text: String) -> Self {
        Self { text, dialect: PhantomData }
    }

    /// Letters that stand for themselves. Control and direction characters are made visible.
    pub fn escaped(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 8);
        D::escape(&crate::text::printable(text, true), &mut out);
        Self::marked(out)
    }

    /// As [`escaped`](Self::escaped), in one line, cut to `most` units at a word.
    pub fn shortened(text: &str, most: usize) -> Self {
        let clean = crate::text::printable(text.trim(), true).replace(['\n', '\t'], " ");
        Self::marked(shorten(D::UNIT, &clean, most, &mut |c, out| D::escape(c.encode_utf8(&mut [0; 4]), out)))
    }

    /// Markdown up to `most` units, cut between paragraphs, list items and code blocks; whether something was left out.
    pub fn from_blocks(blocks: &[Block], most: usize) -> (Self, bool) {
        let mut out = Self::default();
        for (unit, separator) in units(blocks) {
            let separator = if out.is_empty() { "" } else { separator };
            let piece = unit.write::<D>();
            if D::UNIT.measure(&out.text) + separator.len() + D::UNIT.measure(&piece) > most {
                if out.is_empty() {
                    out = unit.shortened(most);
                }
                return (out, true);
            }
            out.text.push_str(separator);
            out.text.push_str(&piece);
        }
        (out, false)
    }

    /// Pieces of a line.
    pub fn from_spans(spans: &[Span]) -> Self {
        Self::marked(line::<D>(spans).trim().to_owned())
    }

    /// Strong text.
    #[must_use]
    pub fn strong(&self) -> Self {
        if self.is_empty() { Self::default() } else { Self::marked(D::strong(&self.text)) }
    }

    /// A link, or the text alone without an address.
    #[must_use]
    pub fn linked(&self, address: Option<&Address>) -> Self {
        Self::marked(address.map_or_else(|| self.text.clone(), |address| D::link(&self.text, address)))
    }

    /// Code within a line, cut to `most` units; line breaks become blanks.
    pub fn code(text: &str, most: usize) -> Self {
        let clean = crate::text::printable(&text.replace(['\n', '\r', '\t'], " "), false).into_owned();
        Self::marked(D::code(&shorten_plain(D::UNIT, clean.trim(), most)))
    }

    /// Appends a text.
    pub fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
    }

    /// Appends the mark of a list item.
    pub fn bullet(&mut self) {
        self.text.push_str(D::BULLET);
    }

    /// Appends a line break.
    pub fn line_break(&mut self) {
        self.text.push('\n');
    }

    /// Appends a paragraph, below a blank line when something stands before it.
    pub fn paragraph(&mut self, other: &Self) {
        if !other.is_empty() {
            if !self.is_empty() {
                self.text.push_str("\n\n");
            }
            self.push(other);
        }
    }

    /// Length in the platform's unit.
    pub fn length(&self) -> usize {
        D::UNIT.measure(&self.text)
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// As it goes over the wire.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// What is kept or left out as a whole.
enum Piece<'a> {
    Block(&'a Block),
    Item { marker: Option<u64>, blocks: &'a [Block] },
}

impl Piece<'_> {
    fn write<D: Dialect>(&self) -> String {
        match self {
            Self::Block(block) => write::<D>(block),
            Self::Item { marker, blocks } => item::<D>(*marker, blocks),
        }
    }

    /// As much of it as fits; nothing of code, which is no use in part.
    fn shortened<D: Dialect>(&self, most: usize) -> Text<D> {
        match self {
            Self::Block(Block::Code(..)) => Text::default(),
            Self::Block(block) => Text::shortened(&plain_block(block), most),
            Self::Item { blocks, .. } => blocks
                .iter()
                .find(|block| !matches!(block, Block::Code(..)))
                .map_or_else(Text::default, |block| Text::shortened(&plain_block(block), most)),
        }
    }
}

/// The text of a block without marks, in one line.
pub(super) fn plain_block(block: &Block) -> String {
    let joined = |blocks: &[Block]| blocks.iter().map(plain_block).collect::<Vec<_>>().join(" ");
    match block {
        Block::Paragraph(spans) | Block::Heading(_, spans) => plain(spans),
        Block::Code(_, text) => text.clone(),
        Block::List(_, items) => items.iter().map(|item| joined(item)).collect::<Vec<_>>().join(" "),
        Block::Quote(blocks) => joined(blocks),
        Block::Table(rows) => rows.iter().flatten().map(|cell| plain(cell)).collect::<Vec<_>>().join(" "),
        Block::Rule | Block::Marker(_) => String::new(),
    }
}

/// Blocks and items of lists, each with what separates it from the one before.
fn units(blocks: &[Block]) -> Vec<(Piece<'_>, &'static str)> {
    let mut units = Vec::new();
    for block in blocks {
        let Block::List(first, items) = block else {
            units.push((Piece::Block(block), "\n\n"));
            continue;
        };
        for (number, blocks) in (0_u64..).zip(items) {
            let marker = first.map(|first| first.saturating_add(number));
            units.push((Piece::Item { marker, blocks }, if number == 0 { "\n\n" } else { "\n" }));
        }
    }
    units
}

fn write<D: Dialect>(block: &Block) -> String {
    match block {
        Block::Paragraph(spans) => line::<D>(spans),
        Block::Heading(_, spans) => D::strong(&line::<D>(spans)),
        Block::Code(_, text) => D::code_block(&crate::text::printable(text, true)),
        Block::List(first, items) => {
            let items = (0_u64..)
                .zip(items)
                .map(|(number, blocks)| item::<D>(first.map(|first| first.saturating_add(number)), blocks));
            items.collect::<Vec<_>>().join("\n")
        }
        Block::Quote(blocks) => D::quote(&blocks.iter().map(write::<D>).collect::<Vec<_>>().join("\n\n")),
        Block::Table(rows) => {
            let row = |cells: &Vec<Vec<Span>>| cells.iter().map(|cell| line::<D>(cell)).collect::<Vec<_>>().join(" · ");
            rows.iter().map(row).collect::<Vec<_>>().join("\n")
        }
        Block::Rule => "―――".to_owned(),
        Block::Marker(_) => String::new(),
    }
}

fn item<D: Dialect>(marker: Option<u64>, blocks: &[Block]) -> String {
    let marker = marker.map_or_else(|| D::BULLET.to_owned(), |number| format!("{number}. "));
    let indent = " ".repeat(marker.chars().count());
    let mut text = marker;
    for (index, block) in blocks.iter().enumerate() {
        let written = write::<D>(block);
        let indents = D::INDENTS_CODE || !matches!(block, Block::Code(..));
        for (number, line) in written.split('\n').enumerate() {
            if index > 0 || number > 0 {
                text.push('\n');
                if indents && !line.is_empty() {
                    text.push_str(&indent);
                }
            }
            text.push_str(line);
        }
    }
    text
}

fn line<D: Dialect>(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        match span {
            Span::Text(text) => D::escape(&crate::text::printable(text, false), &mut out),
            Span::Code(text) => out.push_str(&D::code(&crate::text::printable(text, false))),
            Span::Strong(inner) => out.push_str(&D::strong(&line::<D>(inner))),
            Span::Emphasis(inner) => out.push_str(&D::emphasis(&line::<D>(inner))),
            Span::Link(url, text) => {
                let inner = line::<D>(text);
                match Address::new(url) {
                    Some(address) if inner.trim().is_empty() => D::escape(address.as_str(), &mut out),
                    Some(address) => out.push_str(&D::link(&inner, &address)),
                    None => out.push_str(&inner),
                }
            }
            Span::Break => out.push('\n'),
        }
    }
    out
}

/// A text cut to `most` units after escaping, at a word where one is near, with an ellipsis.
fn shorten(unit: Unit, text: &str, most: usize, escape: &mut dyn FnMut(char, &mut String)) -> String {
    let mut out = String::new();
    let mut length = 0;
    // Where the text may end so that the ellipsis still fits, and the same at the end of a word.
    let (mut fits, mut word) = (0, 0);
    let ellipsis = unit.measure("…");
    for c in text.chars() {
        if c.is_whitespace() && length + ellipsis <= most {
            word = out.len();
        }
        let before = out.len();
        escape(c, &mut out);
        length += unit.measure(&out[before..]);
        if length > most {
            out.truncate(if word * 2 > fits { word } else { fits });
            out.push('…');
            return out;
        }
        if length + ellipsis <= most {
            fits = out.len();
        }
    }
    out
}

/// Code whose fence no run of backticks in it can end, for dialects that know only fences of three.
pub(super) fn fenced(text: &str) -> String {
    format!("```\n{}\n```", text.replace("```", "`\u{200b}``"))
}

/// Escapes what opens a tag or an entity.
pub(super) fn escape_markup(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c => out.push(c),
        }
    }
}
