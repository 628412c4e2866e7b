//! A small document: what every dialect can write. Articles' Markdown becomes blocks here, without its raw HTML.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::render::html::is_safe_address;

/// Deepest nesting that is kept; what lies deeper is written at this depth.
const MAX_DEPTH: usize = 8;

/// A piece of a note between which it may be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading and its level, 1 to 6.
    Heading(u8, Vec<Span>),
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// Lines as they are, with the language of the code.
    Code(Option<String>, String),
    /// A list: the first number of a numbered one, and the items.
    List(Option<u64>, Vec<Vec<Block>>),
    /// Something quoted.
    Quote(Vec<Block>),
    /// Rows of cells, the first of which is the head.
    Table(Vec<Vec<Vec<Span>>>),
    /// A line across.
    Rule,
    /// The mark that finds the note again; readers need not see it.
    Marker(String),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// Text that stands for itself.
    Text(String),
    /// Text that is code.
    Code(String),
    /// Strong.
    Strong(Vec<Span>),
    /// Emphasised.
    Emphasis(Vec<Span>),
    /// An address that can be followed without running anything, and what stands for it.
    Link(String, Vec<Span>),
    /// The end of a line inside a paragraph.
    Break,
}

impl Span {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Text that leads to an address when there is one that is safe.
    pub fn link(address: Option<&str>, text: impl Into<String>) -> Self {
        let text = Self::Text(text.into());
        match address.filter(|address| is_absolute(address)) {
            Some(address) => Self::Link(address.to_owned(), vec![text]),
            None => text,
        }
    }
}

/// The blocks of an article's Markdown. Raw HTML is left out, links keep `http`, `https` and `mailto` addresses.
pub fn from_markdown(markdown: &str) -> Vec<Block> {
    let mut reader = Reader::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        reader.event(event);
    }
    reader.finish()
}

/// Whether an address leads somewhere from inside another system.
fn is_absolute(address: &str) -> bool {
    is_safe_address(address) && ["http:", "https:", "mailto:"].iter().any(|scheme| starts_with(address, scheme))
}

fn starts_with(address: &str, scheme: &str) -> bool {
    address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// An element that is open.
enum Open {
    List(Option<u64>, Vec<Vec<Block>>),
    Item(Vec<Block>),
    Quote(Vec<Block>),
    Table(Vec<Vec<Vec<Span>>>),
    Strong(Vec<Span>),
    Emphasis(Vec<Span>),
    Link(String, Vec<Span>),
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    open: Vec<Open>,
    /// The line being read.
    line: Vec<Span>,
    code: Option<(Option<String>, String)>,
    row: Vec<Vec<Span>>,
    /// Lists and quotations that were not opened because they lie too deep.
    skipped: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.span(Span::Text(text.into_string())),
            },
            Event::Code(code) => self.span(Span::Code(code.into_string())),
            Event::SoftBreak => self.span(Span::text(" ")),
            Event::HardBreak => self.span(Span::Break),
            Event::Rule => self.block(Block::Rule),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::Heading { .. } => self.end_line(),
            Tag::CodeBlock(kind) => {
                self.end_line();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => info.split_whitespace().next().map(str::to_owned),
                    CodeBlockKind::Indented => None,
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(first) => self.nest(Open::List(first, Vec::new())),
            Tag::Item => self.nest(Open::Item(Vec::new())),
            Tag::BlockQuote(_) => self.nest(Open::Quote(Vec::new())),
            Tag::Table(_) => self.nest(Open::Table(Vec::new())),
            Tag::Strong => self.inline(Open::Strong(Vec::new())),
            Tag::Emphasis => self.inline(Open::Emphasis(Vec::new())),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.inline(Open::Link(dest_url.into_string(), Vec::new()));
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph => self.end_line(),
            TagEnd::Heading(level) => {
                let line = std::mem::take(&mut self.line);
                self.block(Block::Heading(level as u8, line));
            }
            TagEnd::CodeBlock => {
                if let Some((language, code)) = self.code.take() {
                    self.block(Block::Code(language, code.trim_end_matches('\n').to_owned()));
                }
            }
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.line);
                self.row.push(cell);
            }
            TagEnd::TableRow | TagEnd::TableHead => {
                let row = std::mem::take(&mut self.row);
                if let Some(Open::Table(rows)) = self.open.last_mut() {
                    rows.push(row);
                }
            }
            TagEnd::List(_) | TagEnd::Item | TagEnd::BlockQuote(_) | TagEnd::Table => self.close(),
            TagEnd::Strong | TagEnd::Emphasis | TagEnd::Link | TagEnd::Image => self.close_inline(),
            _ => {}
        }
    }

    fn nest(&mut self, open: Open) {
        self.end_line();
        // A list and its item are one level.
        if self.open.len() >= MAX_DEPTH * 2 {
            self.skipped += 1;
        } else {
            self.open.push(open);
        }
    }

    fn close(&mut self) {
        self.end_line();
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match self.open.pop() {
            Some(Open::Item(blocks)) => match self.open.last_mut() {
                Some(Open::List(_, items)) => items.push(blocks),
                _ => blocks.into_iter().for_each(|block| self.block(block)),
            },
            Some(Open::List(first, items)) => self.block(Block::List(first, items)),
            Some(Open::Quote(blocks)) => self.block(Block::Quote(blocks)),
            Some(Open::Table(rows)) => self.block(Block::Table(rows)),
            _ => {}
        }
    }

    fn inline(&mut self, open: Open) {
        self.open.push(open);
    }

    fn close_inline(&mut self) {
        match self.open.pop() {
            Some(Open::Strong(spans)) => self.span(Span::Strong(spans)),
            Some(Open::Emphasis(spans)) => self.span(Span::Emphasis(spans)),
            Some(Open::Link(address, spans)) if is_absolute(&address) => self.span(Span::Link(address, spans)),
            Some(Open::Link(_, spans)) => spans.into_iter().for_each(|span| self.span(span)),
            Some(other) => self.open.push(other),
            None => {}
        }
    }

    fn span(&mut self, span: Span) {
        let line = match self.open.last_mut() {
            Some(Open::Strong(spans) | Open::Emphasis(spans) | Open::Link(_, spans)) => spans,
            _ => &mut self.line,
        };
        match (line.last_mut(), span) {
            (Some(Span::Text(before)), Span::Text(text)) => before.push_str(&text),
            (_, span) => line.push(span),
        }
    }

    /// Ends the paragraph, or the text of a tight list's item.
    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.block(Block::Paragraph(line));
        }
    }

    fn block(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(Open::Item(blocks) | Open::Quote(blocks)) => blocks.push(block),
            // Too deep: the items of a list that was not opened stand in the item around it.
            Some(Open::List(_, items)) => items.push(vec![block]),
            _ => self.blocks.push(block),
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.end_line();
        self.blocks
    }
}
