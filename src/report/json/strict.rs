//! The strict parser: RFC 8259 and nothing beside it.

use super::tree::{Full, Tree};
use super::{ByteSpan, Document, JsonError, Kind};

pub(super) fn parse(text: &str, max_nodes: usize) -> Result<Document, JsonError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, tree: Tree::new(max_nodes), max_nodes };
    parser.skip_space();
    parser.value(None)?;
    while let Some((kind, held)) = parser.tree.innermost() {
        if kind == Kind::Object { parser.member(held)? } else { parser.element(held)? }
    }
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.expected("the end of the text after the document"));
    }
    Ok(parser.tree.into())
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    tree: Tree,
    max_nodes: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn expected(&self, wanted: &str) -> JsonError {
        JsonError::expected(self.text, self.at, wanted)
    }

    fn full(&self) -> JsonError {
        JsonError::at(self.text, self.at, format!("the document holds more than {} values", self.max_nodes))
    }

    /// Reads the next member of the innermost object, or its end.
    fn member(&mut self, held: usize) -> Result<(), JsonError> {
        self.skip_space();
        match (self.peek(), held) {
            (Some(b'}'), _) => {
                self.at += 1;
                self.tree.close(self.at);
                return Ok(());
            }
            (Some(b','), 1..) => {
                self.at += 1;
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return Err(self.expected("a member name in double quotes after ','"));
                }
            }
            (Some(b'"'), 0) => {}
            (_, 0) => return Err(self.expected("a member name in double quotes or '}'")),
            _ => return Err(self.expected("',' or '}' after a member")),
        }
        let key = self.string()?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.expected("':' after a member name"));
        }
        self.at += 1;
        self.skip_space();
        self.value(Some(key))
    }

    /// Reads the next element of the innermost array, or its end.
    fn element(&mut self, held: usize) -> Result<(), JsonError> {
        self.skip_space();
        match (self.peek(), held) {
            (Some(b']'), _) => {
                self.at += 1;
                self.tree.close(self.at);
                return Ok(());
            }
            (Some(b','), 1..) => {
                self.at += 1;
                self.skip_space();
            }
            (_, 0) => {}
            _ => return Err(self.expected("',' or ']' after an element")),
        }
        self.value(None)
    }

    /// Reads a scalar, or opens a container.
    fn value(&mut self, key: Option<ByteSpan>) -> Result<(), JsonError> {
        let start = self.at;
        let kind = match self.peek() {
            Some(opening @ (b'{' | b'[')) => {
                self.at += 1;
                let kind = if opening == b'{' { Kind::Object } else { Kind::Array };
                return self.tree.open(kind, start, key).map_err(|Full| self.full());
            }
            Some(b'"') => {
                self.string()?;
                Kind::String
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Kind::Number
            }
            _ => self.literal()?,
        };
        self.tree.scalar(kind, ByteSpan::new(start, self.at), key).map_err(|Full| self.full())
    }

    fn literal(&mut self) -> Result<Kind, JsonError> {
        let rest = &self.bytes[self.at..];
        let word = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let kind = match &rest[..word] {
            b"true" => Kind::True,
            b"false" => Kind::False,
            b"null" => Kind::Null,
            _ => return Err(self.expected("a value")),
        };
        self.at += word;
        Ok(kind)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
            if matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.expected("no digit after a leading zero"));
            }
        } else {
            self.digits()?;
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(())
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit of a number"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    /// Reads a string whose opening quote stands here; returns its span with quotes.
    fn string(&mut self) -> Result<ByteSpan, JsonError> {
        let start = self.at;
        self.at += 1;
        loop {
            let rest = &self.bytes[self.at..];
            let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            // The least of all bytes is found many at a time, the first below a bound one by one.
            if rest[..plain].iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20 {
                self.at += rest.iter().position(|byte| *byte < 0x20).unwrap_or_default();
                return Err(self.expected("control characters in a string to be escaped"));
            }
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(ByteSpan::new(start, self.at));
                }
                Some(_) => self.escape()?,
                None => return Err(self.expected("the closing '\"' of a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.expected("four hexadecimal digits after \\u"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.expected("one of \" \\ / b f n r t u after a backslash")),
        }
        Ok(())
    }
}
