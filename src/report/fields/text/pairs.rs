//! `key: value` and `key=value` in texts: logfmt, header and form dumps, settings files.
//!
//! A text is read once, from separator to separator. Whether a separator makes a pair is decided by the name before it
//! and by what stands before the name; a value that may run to the end of its line stays open until the next pair shows
//! that it ended earlier.

mod head;
mod name;
mod value;

use crate::report::ByteSpan;
use crate::report::fields::FieldValue;
use crate::report::fields::collector::{Collector, Source};
use crate::report::fields::synonyms::Canonical;
use name::{Before, Key};

/// Reads a run of lines; what stands in `documents` has been read as values and belongs at most to a pair's value.
pub(super) fn read(collector: &mut Collector<'_>, source: &Source<'_>, run: ByteSpan, documents: &[ByteSpan]) {
    let text = &*source.text;
    let mut reader = Reader {
        collector,
        source,
        text,
        bytes: text.as_bytes(),
        end: run.end(),
        line: Line { start: run.start(), ..Line::default() },
        open: None,
        token: None,
        empty: None,
        value_end: (0, 0),
    };
    let mut at = run.start();
    for document in documents {
        at = reader.read_between(at, document.start()).max(document.end());
    }
    reader.read_between(at, run.end());
    reader.end_line(run.end(), true);
}

/// A pair whose value has not ended yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    key: Key,
    start: usize,
    /// Where it ends at the latest; the end of its line when not known.
    latest: Option<usize>,
    /// A pair in the same line shows that the value is one word.
    word_if_more: bool,
}

/// A pair at the end of whose line nothing stood; what follows decides whether it is empty.
#[derive(Debug, Clone, Copy)]
struct Empty {
    key: ByteSpan,
    indent: usize,
    end: usize,
    /// The line before held a pair, too.
    after_pair: bool,
}

/// The line being read.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    start: usize,
    pairs: usize,
    heads: usize,
    /// It began with a pair of a form (`a=1&b=2`), whose values may hold spaces.
    is_form: bool,
    /// The line before held a pair.
    after_pair: bool,
}

struct Reader<'c, 'p, 's> {
    collector: &'c mut Collector<'p>,
    source: &'s Source<'s>,
    text: &'s str,
    bytes: &'s [u8],
    end: usize,
    line: Line,
    /// `key: value`, which lasts to the end of the line.
    open: Option<Open>,
    /// `key=value`, which may stand inside the value of the other.
    token: Option<Open>,
    empty: Option<Empty>,
    /// From where to where no byte ends an unquoted value, so that long runs are looked at once.
    value_end: (usize, usize),
}

impl Reader<'_, '_, '_> {
    /// Reads from `start` to `end` and returns where reading stopped, which may be further on.
    fn read_between(&mut self, start: usize, end: usize) -> usize {
        let mut at = start;
        while at < end
            && !self.collector.is_full()
            && let Some(found) = memchr::memchr3(b':', b'=', b'\n', &self.bytes[at..end])
        {
            let here = at + found;
            at = here + 1;
            match self.bytes[here] {
                b'\n' => self.end_line(here, false),
                b':' => self.colon(here),
                _ => at = self.equals(here).max(at),
            }
        }
        at.max(end)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        (at < self.end).then(|| self.bytes[at])
    }

    fn colon(&mut self, at: usize) {
        let next = self.byte(at + 1);
        // Times, addresses, paths and qualified names have no space behind their colons.
        let unquoted =
            matches!(next, None | Some(b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'{' | b'[' | b'*' | b'<'));
        let after_quote = matches!(self.bytes[..at].trim_ascii_end().last(), Some(b'"' | b'\''));
        if !unquoted && !after_quote {
            return;
        }
        if next == Some(b' ') {
            self.head(at);
        }
        let Some(key) = self.key_before(at) else { return };
        match key.before {
            Before::Query => return,
            // `**Key:**`
            _ if next == Some(b'*') && self.byte(at + 2) != Some(b'*') => return,
            Before::Word if !key.quoted => return self.word_pair(key, at),
            _ if key.spaced && !key.quoted && !matches!(key.before, Before::Line(_)) => return,
            _ => {}
        }
        self.begin(key.before);
        if let Some(open) = self.open.take() {
            let end = match key.before {
                Before::Separator(end) => end,
                _ => key.span.start().saturating_sub(usize::from(key.quoted)),
            };
            // A pair inside another's value leaves that value whole.
            if matches!(key.before, Before::Separator(_)) || open.key.quoted {
                self.close(open, end);
            } else {
                self.open = Some(open);
                return self.inner_pair(key, at);
            }
        }
        self.open = Some(Open { key, start: at + 1, latest: None, word_if_more: false });
        self.line.pairs += 1;
    }

    /// A pair in the middle of another's value or of a sentence; it is as long as its first word.
    fn inner_pair(&mut self, key: Key, at: usize) {
        let start = at + 1 + self.bytes[at + 1..self.end].iter().take(4).take_while(|byte| **byte == b' ').count();
        let end = self.word_end(start);
        self.add(key.span, ByteSpan::new(start, end));
    }

    /// `with code: 42P01` in a sentence: taken for names that stand for one word.
    fn word_pair(&mut self, key: Key, at: usize) {
        let meaning = self.collector.meaning(key.span.slice(self.text));
        if matches!(meaning, Some(Canonical::Code | Canonical::Status | Canonical::Method | Canonical::Address))
            && !key.spaced
        {
            self.inner_pair(key, at);
        }
    }

    /// Reads the pair whose equals sign stands at `at`; returns where to go on.
    fn equals(&mut self, at: usize) -> usize {
        let operator = |byte: Option<u8>| {
            matches!(
                byte,
                Some(b'=' | b'!' | b'<' | b'>' | b'+' | b'*' | b'/' | b'|' | b'^' | b'%' | b'~' | b':' | b'-')
            )
        };
        let after = at + 1;
        if matches!(self.byte(after), Some(b'=' | b'>' | b'~')) || operator(self.bytes[..at].last().copied()) {
            return after;
        }
        let Some(key) = self.key_before(at) else { return after };
        let starts_line = matches!(key.before, Before::Line(_));
        if key.spaced && !starts_line {
            return after;
        }
        self.begin(key.before);
        let is_query = key.before == Before::Query;
        self.line.is_form = is_query && (self.line.is_form || self.token.is_some_and(|token| token.word_if_more));
        if let Some(token) = self.token.take() {
            let end = match key.before {
                Before::Separator(end) => end,
                // The query belongs to the address before it.
                Before::Query if self.bytes[key.span.start() - 1] == b'?' => self.word_end(token.start),
                _ if token.word_if_more && !is_query => self.word_end(token.start),
                _ => key.span.start().saturating_sub(1),
            };
            self.close(token, end);
        }
        self.line.pairs += 1;
        let start = after + self.bytes[after..self.end].iter().take(4).take_while(|byte| **byte == b' ').count();
        let start = if key.spaced { start } else { after };
        if let Some(quote @ (b'"' | b'\'')) = self.byte(start)
            && let Some(end) = self.closing_quote(start, quote)
        {
            self.add(key.span, ByteSpan::new(start, end));
            return end;
        }
        if self.line.is_form {
            self.token = Some(Open { key, start, latest: None, word_if_more: false });
            return start;
        }
        let latest = if starts_line { None } else { Some(self.word_end(start)) };
        self.token = Some(Open { key, start, latest, word_if_more: starts_line });
        start
    }

    /// Settles what the beginning of a pair says of the lines before.
    fn begin(&mut self, before: Before) {
        if let (Some(empty), Before::Line(indent)) = (self.empty.take(), before) {
            if indent > empty.indent {
                let place = self.source.place(ByteSpan::new(empty.end, empty.end));
                let key = empty.key.slice(self.text);
                self.collector.named("form", key, FieldValue::Container, place, None);
            } else {
                self.add_empty(empty.key, empty.end);
            }
        }
    }

    fn end_line(&mut self, at: usize, is_last: bool) {
        if let Some(token) = self.token.take() {
            self.close(token, at);
        }
        let is_blank = self.bytes[self.line.start.min(at)..at].trim_ascii().is_empty();
        if let Some(empty) = self.empty.take_if(|_| is_blank || self.line.pairs == 0 || is_last)
            && (is_blank || is_last)
            && empty.after_pair
        {
            self.add_empty(empty.key, empty.end);
        }
        if let Some(open) = self.open.take() {
            self.close_at_line_end(open, at);
        }
        if is_last && let Some(empty) = self.empty.take().filter(|empty| empty.after_pair) {
            self.add_empty(empty.key, empty.end);
        }
        self.line = Line { start: at + 1, after_pair: self.line.pairs > 0, ..Line::default() };
    }

    fn close_at_line_end(&mut self, open: Open, at: usize) {
        let value = self.trimmed(ByteSpan::new(open.start, at));
        match open.key.before {
            Before::Line(indent) if value.is_empty() => {
                let after_pair = self.line.after_pair;
                self.empty = Some(Empty { key: open.key.span, indent, end: open.start, after_pair });
            }
            _ => self.close(open, at),
        }
    }

    /// Ends a pair's value at `end` or before.
    fn close(&mut self, open: Open, end: usize) {
        let end = open.latest.map_or(end, |latest| latest.min(end)).max(open.start);
        let mut span = ByteSpan::new(open.start, end);
        if let Before::Opening(close) = open.key.before
            && let Some(found) = memchr::memchr(close, span.slice(self.text).as_bytes())
        {
            span = ByteSpan::new(span.start(), span.start() + found);
        }
        self.add(open.key.span, span);
    }

    fn add_empty(&mut self, key: ByteSpan, at: usize) {
        self.add(key, ByteSpan::new(at, at));
    }

    fn add(&mut self, key: ByteSpan, value: ByteSpan) {
        let (value, span) = self.value(value);
        self.collector.named("form", key.slice(self.text), value, self.source.place(span), None);
    }
}
