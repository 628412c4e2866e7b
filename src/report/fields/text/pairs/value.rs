//! Where a value ends, and what it says without its quotes and marks.

use std::borrow::Cow;

use super::Reader;
use crate::report::ByteSpan;
use crate::report::fields::{FieldValue, FieldValue::Text};
use crate::report::json::decode_string;

impl Reader<'_, '_, '_> {
    /// Where the quoted value that starts at `start` ends in its line, behind the quote.
    pub(super) fn closing_quote(&self, start: usize, quote: u8) -> Option<usize> {
        let mut at = start + 1;
        while let Some(found) = memchr::memchr3(quote, b'\\', b'\n', &self.bytes[at..self.end]) {
            at += found;
            match self.bytes[at] {
                b'\\' => at = (at + 2).min(self.end),
                byte => return (byte == quote).then_some(at + 1),
            }
        }
        None
    }

    /// End of the unquoted word that starts at `start`.
    pub(super) fn word_end(&mut self, start: usize) -> usize {
        let (from, to) = self.value_end;
        if from <= start && start < to {
            return to;
        }
        let ends = |byte: u8| byte.is_ascii_whitespace() || matches!(byte, b'&' | b'"' | b'\'' | b'`' | b';');
        let len = self.bytes[start..self.end].iter().take_while(|byte| !ends(**byte)).count();
        self.value_end = (start, start + len);
        start + len
    }

    /// White space and the mark-up and separators around a value.
    pub(super) fn trimmed(&self, span: ByteSpan) -> ByteSpan {
        let marks = |c: char| c.is_whitespace() || matches!(c, '*' | '`');
        let written = span.slice(self.text);
        let inside = written.trim_start_matches(marks);
        let start = span.end() - inside.len();
        let inside = inside.trim_end_matches(|c: char| marks(c) || matches!(c, ',' | ';'));
        ByteSpan::new(start, start + inside.len())
    }

    /// The value that stands at a span, and where without its quotes.
    pub(super) fn value(&self, span: ByteSpan) -> (FieldValue, ByteSpan) {
        let span = self.trimmed(span);
        let written = span.slice(self.text);
        match written.as_bytes() {
            [quote @ (b'"' | b'\''), .., last] if quote == last => {
                let inside = ByteSpan::new(span.start() + 1, span.end() - 1);
                let value = if memchr::memchr(b'\\', written.as_bytes()).is_some() {
                    Cow::Owned(decode_string(self.text, span).0)
                } else {
                    Cow::Borrowed(inside.slice(self.text))
                };
                (Text(value.into_owned()), inside)
            }
            b"null" | b"[]" | b"{}" => (FieldValue::Empty, span),
            _ => {
                // Brackets around the pair: `(code: 42P01)`, `{a=1}`.
                let unclosed = written.trim_end_matches([')', ']', '}']);
                let inside = if unclosed.contains(['(', '[', '{', '<']) { written } else { unclosed };
                (Text(inside.to_owned()), ByteSpan::new(span.start(), span.start() + inside.len()))
            }
        }
    }
}
