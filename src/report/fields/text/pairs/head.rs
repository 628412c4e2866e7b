//! The error whose type or code ends at a colon, and its message: `TypeError: …`, `ORA-00942: …`.

use super::Reader;
use crate::report::ByteSpan;
use crate::report::fields::synonyms::{WellKnown, add_type};
use crate::report::fields::text::problems::{Head, head_before};
use crate::report::fields::{FieldValue, FieldValue::Text};

/// Most error heads read in one line: each may take the rest of it as its message.
const HEADS_PER_LINE: usize = 8;

impl Reader<'_, '_, '_> {
    /// Adds the error whose type or code ends at the colon, and its message.
    pub(super) fn head(&mut self, colon: usize) {
        if self.line.heads >= HEADS_PER_LINE {
            return;
        }
        let Some(head) = head_before(&self.bytes[..colon], colon) else { return };
        self.line.heads += 1;
        let (span, mut error) = match head {
            Head::Type(span) => {
                let place = self.source.place(span);
                let mut add = |name: WellKnown, value: FieldValue| self.collector.canonical(name, value, place, None);
                add_type(span.slice(self.text), &mut add);
                (span, self.line_rest(colon + 1))
            }
            Head::Code(span) => {
                let value = Text(span.slice(self.text).to_owned());
                self.collector.canonical(WellKnown::Code, value, self.source.place(span), None);
                (span, self.line_rest(colon + 1))
            }
        };
        // An error quoted in a sentence ends with its quote, an outer one of .NET where its cause begins.
        if let Some(quote @ (b'"' | b'\'' | b'`')) = self.bytes[..span.start()].last()
            && let Some(found) = memchr::memchr(*quote, error.slice(self.text).as_bytes())
        {
            error = ByteSpan::new(error.start(), error.start() + found);
        }
        if let Some(found) = memchr::memmem::find(error.slice(self.text).as_bytes(), b" --->") {
            error = ByteSpan::new(error.start(), error.start() + found);
        }
        let written = error.slice(self.text);
        let message = written.trim();
        if !message.is_empty() {
            let start = error.start() + (written.len() - written.trim_start().len());
            let place = self.source.place(ByteSpan::new(start, start + message.len()));
            self.collector.canonical(WellKnown::Message, Text(message.to_owned()), place, None);
        }
    }

    fn line_rest(&self, start: usize) -> ByteSpan {
        let rest = &self.bytes[start..self.end];
        ByteSpan::new(start, memchr::memchr(b'\n', rest).map_or(self.end, |found| start + found))
    }
}
