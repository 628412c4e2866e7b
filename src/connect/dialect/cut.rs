//! Making a text fit: whole blocks, then as much of the next as can be shown well.

use super::block::{Block, Span};

/// What platforms count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of UTF-8.
    Bytes,
    /// Units of UTF-16.
    Utf16,
    /// Unicode characters.
    Characters,
}

impl Unit {
    /// The length of a text.
    pub fn measure(self, text: &str) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Utf16 => text.encode_utf16().count(),
            Self::Characters => text.chars().count(),
        }
    }
}

/// Limits of a note on one platform, in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What is counted.
    pub unit: Unit,
    /// Where a cause or a solution is cut.
    pub part: usize,
    /// Most of the whole note.
    pub whole: usize,
}

/// The longest beginning of `blocks` that takes at most `room`, and whether something was left out. Between blocks first;
/// a list loses its last items, code its last lines, and only a first paragraph that is too long by itself is cut at a
/// word, so that never nothing is said.
pub(super) fn fit(blocks: Vec<Block>, room: usize, size: &dyn Fn(&Block) -> usize) -> (Vec<Block>, bool) {
    let mut kept = Vec::with_capacity(blocks.len());
    let mut left = room;
    for block in blocks {
        let needed = size(&block);
        if needed <= left {
            left -= needed;
            kept.push(block);
            continue;
        }
        let is_first = kept.is_empty();
        kept.extend(shorten(block, is_first, &|shorter| size(shorter) <= left));
        // A heading with nothing below it promises what is not there.
        while matches!(kept.last(), Some(Block::Heading(..))) {
            kept.pop();
        }
        return (kept, true);
    }
    (kept, false)
}

fn shorten(block: Block, is_first: bool, fits: &dyn Fn(&Block) -> bool) -> Option<Block> {
    match block {
        Block::List(first, items) => {
            let count = most(items.len(), &|count| fits(&Block::List(first, items[..count].to_vec())));
            (count > 0).then(|| Block::List(first, items[..count].to_vec()))
        }
        Block::Code(language, code) => {
            let ends: Vec<usize> = code.match_indices('\n').map(|(at, _)| at).chain([code.len()]).collect();
            let shorter = |count: usize| Block::Code(language.clone(), code[..ends[count - 1]].to_owned());
            let count = most(ends.len(), &|count| fits(&shorter(count)));
            (count > 0).then(|| shorter(count))
        }
        Block::Paragraph(spans) if is_first => {
            let text = plain(&spans);
            let ends: Vec<usize> = text.match_indices(' ').map(|(at, _)| at).collect();
            let shorter = |count: usize| Block::Paragraph(vec![Span::text(&text[..ends[count - 1]])]);
            let count = most(ends.len(), &|count| fits(&shorter(count)));
            (count > 0).then(|| shorter(count))
        }
        _ => None,
    }
}

/// The largest count from 1 to `all` that fits, 0 when none does. What fits with more fits with less.
fn most(all: usize, fits: &dyn Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, all);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) { low = middle } else { high = middle - 1 }
    }
    low
}

/// The text of a line without what dresses it.
pub(super) fn plain(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Text(piece) | Span::Code(piece) => text.push_str(piece),
            Span::Strong(inner) | Span::Emphasis(inner) | Span::Link(_, inner) => text.push_str(&plain(inner)),
            Span::Break => text.push(' '),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::dialect::block::from_markdown;

    fn length(block: &Block) -> usize {
        match block {
            Block::Code(_, code) => code.len(),
            Block::Paragraph(spans) | Block::Heading(_, spans) => plain(spans).len(),
            Block::List(_, items) => items.iter().flatten().map(length).sum(),
            _ => 1,
        }
    }

    fn cut(markdown: &str, room: usize) -> (Vec<Block>, bool) {
        fit(from_markdown(markdown), room, &length)
    }

    #[test]
    fn whole_blocks_come_first_and_lists_and_code_lose_their_end() {
        let markdown = "One two.\n\n1. aaaa\n2. bbbb\n3. cccc\n\n```sh\nx1\ny22\nz333\n```";
        assert_eq!(cut(markdown, 1000), (from_markdown(markdown), false));
        assert_eq!(cut(markdown, 10), (from_markdown("One two."), true));
        assert_eq!(cut(markdown, 16), (from_markdown("One two.\n\n1. aaaa\n2. bbbb"), true));
        let most = from_markdown("One two.\n\n1. aaaa\n2. bbbb\n3. cccc\n\n```sh\nx1\ny22\n```");
        assert_eq!(cut(markdown, 27), (most, true));
    }

    #[test]
    fn a_first_paragraph_is_cut_at_a_word_and_no_heading_ends_a_text() {
        assert_eq!(cut("one two three", 8), (from_markdown("one two"), true));
        assert_eq!(cut("text\n\n# head\n\nmore text", 9), (from_markdown("text"), true));
        assert_eq!(cut("word", 2), (Vec::new(), true));
    }
}
