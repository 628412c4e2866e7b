//! The name before a separator, and what stands before the name.

use super::Reader;
use crate::report::ByteSpan;

/// Longest name of a pair, in bytes.
const MAX_KEY: usize = 40;
/// Most words of a name such as `Status Code`.
const MAX_KEY_WORDS: usize = 3;
/// Longest run of list marks and spaces before the first name of a line, in bytes.
const MAX_INDENT: usize = 24;

/// What stands before a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    /// Nothing in its line but so many bytes of marks and spaces.
    Line(usize),
    /// A comma or the like at this offset, which ends the pair before.
    Separator(usize),
    /// An opening bracket or quote; the value ends where this byte closes it.
    Opening(u8),
    /// `?` or `&` of a form or query.
    Query,
    /// A closing bracket or mark-up.
    Mark,
    /// Another word.
    Word,
}

/// The name of a pair.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) span: ByteSpan,
    pub(super) before: Before,
    pub(super) quoted: bool,
    /// White space stands between the name and the separator.
    pub(super) spaced: bool,
}

impl Reader<'_, '_, '_> {
    /// The name that ends before the separator at `at`.
    pub(super) fn key_before(&self, at: usize) -> Option<Key> {
        let from = self.line.start.min(at);
        let line = &self.bytes[from..at];
        let spaces = line.iter().rev().take(MAX_INDENT).take_while(|byte| **byte == b' ').count();
        let mut end = at - spaces;
        let quote = self.bytes[from..end].last().copied().filter(|byte| matches!(byte, b'"' | b'\''));
        end -= usize::from(quote.is_some());
        let bold = if quote.is_none() { self.bytes[from..end].ends_with(b"**") } else { false };
        end -= if bold { 2 } else { 0 };
        let len = self.bytes[from..end].iter().rev().take(MAX_KEY + 1).take_while(|byte| is_key(**byte)).count();
        // Options are written with hyphens before them.
        let marks = self.bytes[end - len..end].iter().take_while(|byte| matches!(byte, b'-' | b'.')).count();
        let mut start = end - len + marks;
        if len > MAX_KEY || !self.bytes[start..end].iter().any(u8::is_ascii_alphabetic) {
            return None;
        }
        let mut outside = end - len;
        if let Some(quote) = quote {
            if marks > 0 || self.bytes[from..outside].last() != Some(&quote) {
                return None;
            }
            outside -= 1;
        }
        let mut before = self.before(outside)?;
        if before == Before::Word
            && self.bytes[at] == b':'
            && spaces == 0
            && let Some((first, indent)) = self.words_before(start, end)
        {
            (start, before) = (first, Before::Line(indent));
        }
        Some(Key { span: ByteSpan::new(start, end), before, quoted: quote.is_some(), spaced: spaces > 0 })
    }

    /// Where a name of a few words begins, if it begins its line; and how far that is indented.
    fn words_before(&self, start: usize, end: usize) -> Option<(usize, usize)> {
        let mut first = start;
        for _ in 1..MAX_KEY_WORDS {
            let before = self.bytes[self.line.start..first].strip_suffix(b" ")?;
            let len = before.iter().rev().take(MAX_KEY).take_while(|byte| is_key(**byte)).count();
            first -= 1 + len;
            if len == 0 || end - first > MAX_KEY {
                return None;
            }
            if let Some(Before::Line(indent)) = self.before(first) {
                return self.bytes[first].is_ascii_alphabetic().then_some((first, indent));
            }
        }
        None
    }

    /// What stands before a name that begins at `start`; `None` where no name begins.
    fn before(&self, start: usize) -> Option<Before> {
        let from = self.line.start.min(start);
        let line = &self.bytes[from..start];
        let is_mark = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'-' | b'*' | b'>' | b'#' | b'+' | b'|' | b'`');
        if line.len() <= MAX_INDENT && line.iter().all(is_mark) && !line.ends_with(b"``") {
            return Some(Before::Line(line.len()));
        }
        let last = *line.last()?;
        let space = line.iter().rev().take(MAX_INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if space == 0 {
            return Some(match last {
                b',' | b';' | b'|' => Before::Separator(start - 1),
                b'`' if line.ends_with(b"``") => Before::Separator(start - 2),
                b'(' => Before::Opening(b')'),
                b'[' => Before::Opening(b']'),
                b'{' => Before::Opening(b'}'),
                b'"' | b'\'' => Before::Opening(last),
                b'?' | b'&' => Before::Query,
                b'>' | b'`' | b'*' | b')' => Before::Mark,
                _ => return None,
            });
        }
        let outside = &line[..line.len() - space];
        Some(match outside.last()? {
            b',' | b';' | b'|' => Before::Separator(start - space - 1),
            b'`' if outside.ends_with(b"``") => Before::Separator(start - space - 2),
            b'{' => Before::Opening(b'}'),
            b']' | b')' | b'}' | b'>' => Before::Mark,
            _ if space > 1 || last == b'\t' => Before::Separator(start - space),
            _ => Before::Word,
        })
    }
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}
