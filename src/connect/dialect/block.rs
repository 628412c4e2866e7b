//! Markdown as a tree of blocks: what every dialect is written from.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// Deepest nesting that is kept; what lies deeper joins the level above.
const MAX_DEPTH: usize = 12;

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A heading of any level.
    Heading(Vec<Inline>),
    /// Code as it stands, without a line break at its end.
    Code {
        /// Language, or nothing.
        language: String,
        /// The code.
        text: String,
    },
    /// A list.
    List {
        /// Number of the first item; `None` for bullets.
        first: Option<u64>,
        /// Its items.
        items: Vec<Vec<Block>>,
    },
    /// A quotation.
    Quote(Vec<Block>),
    /// Rows of cells, the head first.
    Table(Vec<Vec<Vec<Inline>>>),
}

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Text.
    Text(String),
    /// Code.
    Code(String),
    /// Strong text.
    Strong(Vec<Inline>),
    /// Emphasised text.
    Emphasis(Vec<Inline>),
    /// Text that is struck out.
    Strike(Vec<Inline>),
    /// A link or an image.
    Link {
        /// What is shown.
        text: Vec<Inline>,
        /// As written.
        url: String,
    },
    /// A line break.
    Break,
}

/// Reads Markdown. Raw HTML is left out.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut builder = Builder { frames: vec![Frame::new(Kind::Root)], dropped: 0 };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        builder.event(event);
    }
    builder.finish()
}

/// The text of some pieces without marks.
pub fn plain(inlines: &[Inline]) -> String {
    let piece = |inline: &Inline| match inline {
        Inline::Text(text) | Inline::Code(text) => text.clone(),
        Inline::Strong(inner) | Inline::Emphasis(inner) | Inline::Strike(inner) => plain(inner),
        Inline::Link { text, .. } => plain(text),
        Inline::Break => " ".to_owned(),
    };
    inlines.iter().map(piece).collect()
}

impl Block {
    /// The text without marks, in one line.
    pub fn plain(&self) -> String {
        match self {
            Self::Paragraph(inlines) | Self::Heading(inlines) => plain(inlines),
            Self::Code { text, .. } => text.clone(),
            Self::List { items, .. } => items.iter().flatten().map(Self::plain).collect::<Vec<_>>().join(" "),
            Self::Quote(blocks) => blocks.iter().map(Self::plain).collect::<Vec<_>>().join(" "),
            Self::Table(rows) => rows.iter().flatten().map(|cell| plain(cell)).collect::<Vec<_>>().join(" "),
        }
    }
}

#[derive(Debug)]
enum Kind {
    Root,
    Paragraph,
    Heading,
    Code(String),
    List(Option<u64>),
    Item,
    Quote,
    Table,
    Row,
    Cell,
    Strong,
    Emphasis,
    Strike,
    Link(String),
}

#[derive(Debug)]
struct Frame {
    kind: Kind,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
    items: Vec<Vec<Block>>,
    rows: Vec<Vec<Vec<Inline>>>,
    cells: Vec<Vec<Inline>>,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self { kind, blocks: vec![], inlines: vec![], items: vec![], rows: vec![], cells: vec![] }
    }

    /// Its blocks; text that stands in it without a paragraph of its own becomes one.
    fn into_blocks(mut self) -> Vec<Block> {
        self.settle();
        self.blocks
    }

    /// Text of a tight list item comes without a paragraph around it.
    fn settle(&mut self) {
        if !self.inlines.is_empty() {
            self.blocks.push(Block::Paragraph(std::mem::take(&mut self.inlines)));
        }
    }
}

struct Builder {
    frames: Vec<Frame>,
    /// Open tags that were not taken since they lie too deep.
    dropped: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.inline(Inline::Text(text.into_string())),
            Event::Code(text) => self.inline(Inline::Code(text.into_string())),
            Event::SoftBreak => self.inline(Inline::Text(" ".to_owned())),
            Event::HardBreak => self.inline(Inline::Break),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        let kind = match tag {
            Tag::Paragraph => Kind::Paragraph,
            Tag::Heading { .. } => Kind::Heading,
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                Kind::Code(info.split_whitespace().next().unwrap_or_default().to_owned())
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => Kind::Code(String::new()),
            Tag::List(first) => Kind::List(first),
            Tag::Item => Kind::Item,
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::Table(_) => Kind::Table,
            Tag::TableHead | Tag::TableRow => Kind::Row,
            Tag::TableCell => Kind::Cell,
            Tag::Strong => Kind::Strong,
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strikethrough => Kind::Strike,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => Kind::Link(dest_url.into_string()),
            _ => return,
        };
        if self.dropped > 0 || self.frames.len() > MAX_DEPTH {
            self.dropped += 1;
        } else {
            self.frames.push(Frame::new(kind));
        }
    }

    fn end(&mut self, tag: TagEnd) {
        let known = !matches!(
            tag,
            TagEnd::HtmlBlock
                | TagEnd::FootnoteDefinition
                | TagEnd::DefinitionList
                | TagEnd::DefinitionListTitle
                | TagEnd::DefinitionListDefinition
                | TagEnd::Superscript
                | TagEnd::Subscript
                | TagEnd::MetadataBlock(_)
        );
        if !known {
            return;
        }
        if self.dropped > 0 {
            self.dropped -= 1;
        } else if self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.close(frame);
        }
    }

    /// Puts what a frame gathered into the one around it.
    fn close(&mut self, mut frame: Frame) {
        match std::mem::replace(&mut frame.kind, Kind::Root) {
            Kind::Paragraph => self.block(Block::Paragraph(frame.inlines)),
            Kind::Heading => self.block(Block::Heading(frame.inlines)),
            Kind::Code(language) => {
                let text = plain(&frame.inlines).trim_end_matches('\n').to_owned();
                self.block(Block::Code { language, text });
            }
            Kind::List(first) => self.block(Block::List { first, items: frame.items }),
            Kind::Quote => self.block(Block::Quote(frame.into_blocks())),
            Kind::Table => self.block(Block::Table(frame.rows)),
            Kind::Item => self.around().items.push(frame.into_blocks()),
            Kind::Row => self.around().rows.push(frame.cells),
            Kind::Cell => self.around().cells.push(frame.inlines),
            Kind::Strong => self.inline(Inline::Strong(frame.inlines)),
            Kind::Emphasis => self.inline(Inline::Emphasis(frame.inlines)),
            Kind::Strike => self.inline(Inline::Strike(frame.inlines)),
            Kind::Link(url) => self.inline(Inline::Link { text: frame.inlines, url }),
            Kind::Root => {}
        }
    }

    /// The frame that is open; the root never closes before the end.
    fn around(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Kind::Root));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn block(&mut self, block: Block) {
        let around = self.around();
        around.settle();
        around.blocks.push(block);
    }

    fn inline(&mut self, inline: Inline) {
        let around = self.around();
        match (around.inlines.last_mut(), inline) {
            (Some(Inline::Text(before)), Inline::Text(text)) => before.push_str(&text),
            (_, inline) => around.inlines.push(inline),
        }
    }

    fn finish(mut self) -> Vec<Block> {
        while self.frames.len() > 1
            && let Some(frame) = self.frames.pop()
        {
            self.close(frame);
        }
        self.frames.pop().map(Frame::into_blocks).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_with_code_keeps_its_shape() {
        let read = blocks("Do **this**:\n\n3. Run\n\n   ```sh\n   make\n   ```\n4. [Look](https://x.example)\n\n> q\n");
        insta::assert_debug_snapshot!(read);
    }

    #[test]
    fn nesting_without_end_is_flattened() {
        let deep = format!("{}x", "> ".repeat(5000));
        assert_eq!(blocks(&deep).first().map(Block::plain).as_deref(), Some("x"));
    }
}
