//! The text that is read, its lines, and the way from a piece of it back to byte offsets.

use super::super::ByteSpan;

/// A text under reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t> {
    /// All of it.
    pub(super) text: &'t str,
}

/// One line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// The line without its line break.
    pub(super) text: &'t str,
    /// Offset of its first byte.
    pub(super) start: usize,
    /// Offset of the next line's first byte; the length of the text after the last line.
    pub(super) next: usize,
}

impl Line<'_> {
    /// Offset after the last byte of the line's text.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it holds nothing but white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim_ascii().is_empty()
    }
}

impl<'t> Source<'t> {
    /// Where a piece of the text stands. `piece` must be a slice of the text.
    pub(super) fn span(self, piece: &str) -> ByteSpan {
        let start = piece.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        ByteSpan::new(start, start + piece.len())
    }

    /// The span of a piece, unless it is empty.
    pub(super) fn some_span(self, piece: &str) -> Option<ByteSpan> {
        (!piece.is_empty()).then(|| self.span(piece))
    }

    /// The first `length` bytes of the text from `start` to `end`, fewer where a character would be cut.
    pub(super) fn prefix(self, start: usize, end: usize, length: usize) -> &'t str {
        let mut high = end.min(start.saturating_add(length));
        while !self.text.is_char_boundary(high) {
            high -= 1;
        }
        self.text.get(start..high).unwrap_or_default()
    }

    /// The last `length` bytes of the text from `start` to `end`, fewer where a character would be cut.
    pub(super) fn suffix(self, start: usize, end: usize, length: usize) -> &'t str {
        let mut low = start.max(end.saturating_sub(length));
        while !self.text.is_char_boundary(low) {
            low += 1;
        }
        self.text.get(low..end).unwrap_or_default()
    }

    /// Whether nothing but a little white space stands from `start` to `end`.
    pub(super) fn is_indent(self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|text| text.len() <= 200 && text.trim().is_empty())
    }

    /// The line that starts at `start`; none at the end of the text.
    pub(super) fn line_from(self, start: usize) -> Option<Line<'t>> {
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let (line, next) = match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (&rest[..end], start + end + 1),
            None => (rest, self.text.len()),
        };
        Some(Line { text: line.strip_suffix('\r').unwrap_or(line), start, next })
    }

    /// The line before the one that starts at `start`; none at or before `floor`. Reads at most `reach` bytes back and
    /// gives the end of a longer line.
    pub(super) fn line_before(self, start: usize, floor: usize, reach: usize) -> Option<Line<'t>> {
        if start <= floor {
            return None;
        }
        let body = self.suffix(floor, start, reach);
        let low = start - body.len();
        let body = body.strip_suffix('\n').unwrap_or(body);
        let begin = memchr::memrchr(b'\n', body.as_bytes()).map_or(0, |newline| newline + 1);
        let line = &body[begin..];
        Some(Line { text: line.strip_suffix('\r').unwrap_or(line), start: low + begin, next: start })
    }
}
