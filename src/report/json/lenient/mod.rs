//! The lenient parser: JSON as people paste it, loggers cut it and other languages print it.
//!
//! It never fails in the middle: what cannot go on ends the document there. Every choice it makes agrees with
//! RFC 8259 on texts that are valid JSON. The work beyond one pass is bounded by an [`Effort`].

mod effort;
mod strings;
mod words;

use memchr::{memchr, memchr3};

pub(super) use effort::Effort;

use super::tree::Tree;
use super::{ByteSpan, Document, Kind};

/// What came of reading at one place.
pub(super) struct Attempt {
    /// The document and where it ends.
    pub(super) found: Option<(Document, usize)>,
    /// Where to look for the next document: what lies before was read.
    pub(super) resume: usize,
}

pub(super) fn parse(text: &str, start: usize, max_nodes: usize) -> Option<(Document, usize)> {
    if !matches!(text.as_bytes().get(start), Some(b'{' | b'[')) {
        return None;
    }
    attempt(text, start, max_nodes, &mut Effort::for_text(&text[start..])).found
}

/// Reads the document that starts with the `{` or `[` at `start`.
pub(super) fn attempt(text: &str, start: usize, max_nodes: usize, effort: &mut Effort) -> Attempt {
    let tree = Tree::new(max_nodes);
    let mut parser = Parser { bytes: text.as_bytes(), at: start, end: start, tree, useful: false, effort };
    let mut going = parser.value(None);
    while going.is_some()
        && let Some((kind, held)) = parser.tree.innermost()
    {
        going = if kind == Kind::Object { parser.member(held) } else { parser.element(held) };
    }
    let Parser { end, at, mut tree, useful, .. } = parser;
    tree.close_all(end);
    let found = useful.then(|| (tree.into(), end));
    Attempt { found, resume: at }
}

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
    /// End of the last piece that belongs to the document.
    end: usize,
    tree: Tree,
    /// Whether a member or a scalar element was read.
    useful: bool,
    effort: &'a mut Effort,
}

/// `None` ends the document where it stands.
type Going = Option<()>;

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    fn starts_with(&self, prefix: &[u8]) -> bool {
        self.bytes[self.at.min(self.bytes.len())..].starts_with(prefix)
    }

    /// Reads the next member of the innermost object, or its end.
    fn member(&mut self, held: usize) -> Going {
        let elided = self.skip_filler(true);
        if let close @ (b'}' | b']') = self.peek()? {
            return self.close(close, held, elided);
        }
        let start = self.at;
        let Some(key) = self.key() else {
            self.at = start;
            return None;
        };
        self.skip_filler(false);
        self.value(Some(key))
    }

    /// Reads the next element of the innermost array, or its end.
    fn element(&mut self, held: usize) -> Going {
        let elided = self.skip_filler(true);
        match self.peek()? {
            close @ (b'}' | b']') => self.close(close, held, elided),
            _ => self.value(None),
        }
    }

    /// Takes a closing bracket: of the innermost container, or of the nearest one of its kind.
    fn close(&mut self, bracket: u8, held: usize, elided: bool) -> Going {
        let kind = if bracket == b'}' { Kind::Object } else { Kind::Array };
        if !self.tree.has_open(kind) {
            return None;
        }
        while self.tree.innermost().is_some_and(|(innermost, _)| innermost != kind) {
            self.tree.close(self.end);
        }
        self.at += 1;
        self.end = self.at;
        if elided && held == 0 {
            self.tree.close_as_elided(self.end);
        } else {
            self.tree.close(self.end);
        }
        Some(())
    }

    /// Skips white space and comments and, between values, commas and elisions; says whether an elision was among them.
    fn skip_filler(&mut self, between_values: bool) -> bool {
        let mut elided = false;
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b',' if between_values => self.at += 1,
                b'/' => match self.comment_end() {
                    Some(end) => self.at = end,
                    None => break,
                },
                _ if between_values && self.elision_len() > 0 => {
                    self.at += self.elision_len();
                    elided = true;
                }
                // A no-break space.
                0xC2 if self.byte(self.at + 1) == Some(0xA0) => self.at += 2,
                _ => break,
            }
        }
        elided
    }

    /// End of the comment that starts here, if one does. `://` is no comment.
    fn comment_end(&mut self) -> Option<usize> {
        if self.at > 0 && self.byte(self.at - 1) == Some(b':') {
            return None;
        }
        match self.byte(self.at + 1)? {
            b'/' => Some(memchr(b'\n', &self.bytes[self.at..]).map_or(self.bytes.len(), |len| self.at + len)),
            b'*' => self.effort.block_comment_end(self.bytes, self.at),
            _ => None,
        }
    }

    /// Length of the elision (`...`, `…`) that starts here, or 0.
    fn elision_len(&self) -> usize {
        if self.starts_with("…".as_bytes()) {
            return "…".len();
        }
        if !self.starts_with(b"...") {
            return 0;
        }
        self.bytes[self.at..].iter().take_while(|&&byte| byte == b'.').count()
    }

    /// Reads a member name and the separator after it.
    fn key(&mut self) -> Option<ByteSpan> {
        self.skip_string_prefix();
        let start = self.at;
        let first = self.peek()?;
        self.at = match first {
            b'"' | b'\'' => self.key_string_end(first)?,
            b'[' => self.label_end(self.at)?,
            _ => self.bare_key_end()?,
        };
        let key = ByteSpan::new(start, self.at);
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
        if self.starts_with(b"=>") {
            self.at += 2;
            return Some(key);
        }
        if self.peek() != Some(b':') {
            return None;
        }
        self.at += 1;
        let next = self.peek();
        // `12:30` and `std::string` are no members.
        let clock = first.is_ascii_digit() && !next.is_some_and(|byte| byte.is_ascii_whitespace());
        if clock || next == Some(b':') { None } else { Some(key) }
    }

    /// End of a quoted member name: the next quote on its line that is not escaped.
    fn key_string_end(&self, quote: u8) -> Option<usize> {
        let mut at = self.at + 1;
        loop {
            at += memchr3(quote, b'\\', b'\n', self.bytes.get(at..)?)?;
            match self.bytes[at] {
                b'\\' => at += 2,
                b'\n' => return None,
                _ => return Some(at + 1),
            }
        }
    }

    /// End of an unquoted member name, or of a Ruby symbol.
    fn bare_key_end(&self) -> Option<usize> {
        let start = self.at + usize::from(self.peek() == Some(b':'));
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'.' | 0x80..);
        let len = self.bytes.get(start..)?.iter().take_while(|&&byte| is_word(byte)).count();
        (len > 0).then_some(start + len)
    }

    /// Skips the `u` or `b` that Python 2 and bytes literals have before a quote.
    fn skip_string_prefix(&mut self) {
        if matches!(self.peek(), Some(b'u' | b'b')) && matches!(self.byte(self.at + 1), Some(b'"' | b'\'')) {
            self.at += 1;
        }
    }

    /// Reads a scalar, or opens a container.
    fn value(&mut self, key: Option<ByteSpan>) -> Going {
        self.skip_string_prefix();
        self.skip_class_name();
        let start = self.at;
        let kind = match self.peek()? {
            quote @ (b'"' | b'\'') => {
                self.at = self.strings_end(quote);
                Kind::String
            }
            // A name left without a value.
            b',' | b'}' | b']' if key.is_some() => Kind::Null,
            bracket @ (b'{' | b'[') => match self.labelled(self.at) {
                Some(end) => {
                    self.at = end;
                    Kind::String
                }
                None => return self.open(bracket, key),
            },
            _ => self.bare(key.is_some())?,
        };
        self.tree.scalar(kind, ByteSpan::new(start, self.at), key).ok()?;
        self.useful = true;
        self.end = self.at;
        Some(())
    }

    fn open(&mut self, bracket: u8, key: Option<ByteSpan>) -> Going {
        let kind = if bracket == b'{' { Kind::Object } else { Kind::Array };
        self.tree.open(kind, self.at, key).ok()?;
        self.useful |= key.is_some();
        self.at += 1;
        self.end = self.at;
        Some(())
    }
}
