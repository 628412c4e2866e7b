//! Building the text and the map of a view in one pass over its parent: pieces are replaced in order, everything between
//! them is copied.

use std::ops::Range;

use crate::report::SegmentMap;

/// Text of a view and its map to the text it was made from.
pub(super) type Peeled = (String, SegmentMap);

/// A text being rewritten from front to back.
pub(super) struct Rewrite<'a> {
    source: &'a str,
    out: String,
    map: SegmentMap,
    read: usize,
}

impl<'a> Rewrite<'a> {
    /// Starts at the beginning of `source`.
    pub(super) fn new(source: &'a str) -> Self {
        Self { source, out: String::new(), map: SegmentMap::new(), read: 0 }
    }

    /// Replaces a range of the source, which must lie on character boundaries and not before an earlier one. What stands
    /// between the last replaced range and this one is copied.
    pub(super) fn replace(&mut self, range: Range<usize>, with: &str) {
        self.copy_to(range.start);
        self.out.push_str(with);
        self.map.push_replaced(with.len(), range.start, range.len());
        self.read = range.end;
    }

    /// Replaces a range by one character.
    pub(super) fn replace_char(&mut self, range: Range<usize>, with: char) {
        self.replace(range, with.encode_utf8(&mut [0; 4]));
    }

    /// Removes a range.
    pub(super) fn remove(&mut self, range: Range<usize>) {
        self.replace(range, "");
    }

    /// Replaces encoded bytes by the characters they make in UTF-8. Byte `i` stands in the source from `starts(i)` to
    /// `starts(i + 1)`. Bytes that make no character are given to `fallback`; where it returns nothing they stay as
    /// written.
    pub(super) fn replace_bytes(
        &mut self,
        bytes: &[u8],
        starts: impl Fn(usize) -> usize,
        fallback: impl Fn(u8) -> Option<char>,
    ) {
        let mut at = 0;
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                self.replace_char(starts(at)..starts(at + character.len_utf8()), character);
                at += character.len_utf8();
            }
            for &byte in chunk.invalid() {
                if let Some(character) = fallback(byte) {
                    self.replace_char(starts(at)..starts(at + 1), character);
                }
                at += 1;
            }
        }
    }

    /// Whether the next replacement at `position` would stand at the start of a line of the view.
    pub(super) fn at_line_start(&self, position: usize) -> bool {
        let copied = self.source.as_bytes().get(self.read..position).and_then(<[u8]>::last);
        copied.or(self.out.as_bytes().last()).is_none_or(|&byte| byte == b'\n')
    }

    /// The view, or `None` when nothing was replaced.
    pub(super) fn finish(mut self) -> Option<Peeled> {
        if self.read == 0 {
            return None;
        }
        self.copy_to(self.source.len());
        Some((self.out, self.map))
    }

    fn copy_to(&mut self, end: usize) {
        if self.out.capacity() == 0 {
            self.out.reserve(self.source.len());
        }
        self.out.push_str(&self.source[self.read..end]);
        self.map.push_identity(self.read, end - self.read);
    }
}
