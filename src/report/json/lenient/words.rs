//! Values without quotes: numbers, the literals of several languages, labels and bare words.

use memchr::memchr3;

use super::Parser;
use crate::report::json::Kind;

/// Longest `[Function: name]` or `<name>`, in bytes.
const LABEL_LEN: usize = 128;

impl Parser<'_> {
    /// End of a `[Function: name]` or `[Object]` that starts at `start` inside a document: a value and no array, whose
    /// first word would be a literal or in quotes.
    pub(super) fn labelled(&self, start: usize) -> Option<usize> {
        if self.tree.len() == 0 || self.byte(start)? != b'[' || !self.byte(start + 1)?.is_ascii_alphabetic() {
            return None;
        }
        let end = self.label_end(start)?;
        let inner = &self.bytes[start + 1..end - 1];
        let word = inner.iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let quoted = matches!(inner.get(1), Some(b'"' | b'\''));
        (literal(&inner[..word]).is_none() && !quoted).then_some(end)
    }

    /// End of a label in square or angle brackets that starts at `start`, on one line and not long.
    pub(super) fn label_end(&self, start: usize) -> Option<usize> {
        let (open, close) = if self.byte(start)? == b'[' { (b'[', b']') } else { (b'<', b'>') };
        let window = &self.bytes[start + 1..self.bytes.len().min(start + LABEL_LEN)];
        let len = memchr3(close, open, b'\n', window)?;
        (window[len] == close && len > 0).then_some(start + len + 2)
    }

    /// Skips the class name that Node.js prints before an object: `Headers {`, `Map(1) {`, `Object [Name] {`.
    pub(super) fn skip_class_name(&mut self) {
        let mut at = self.at;
        let word = self.bytes[at..].iter().take(LABEL_LEN).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        at += word;
        if word > 0 && self.byte(at) == Some(b'(') {
            let digits = self.bytes[at + 1..].iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
            at += digits + 1;
            if self.byte(at) != Some(b')') {
                return;
            }
            at += 1;
        }
        let label = at + usize::from(word > 0 && self.byte(at) == Some(b' '));
        at = self.labelled(label).unwrap_or(at);
        if at > self.at && self.byte(at) == Some(b' ') && matches!(self.byte(at + 1), Some(b'{' | b'[')) {
            self.at = at + 1;
        }
    }

    /// Reads a number, a literal or, as the value of a member, an elision or one bare word.
    pub(super) fn bare(&mut self, is_member: bool) -> Option<Kind> {
        if is_member {
            let elision = self.elision_len();
            if elision > 0 {
                self.at += elision;
                return Some(Kind::String);
            }
            if self.peek() == Some(b'<') {
                self.at = self.label_end(self.at)?;
                return Some(Kind::String);
            }
        }
        let rest = &self.bytes[self.at..];
        let len = rest.iter().take_while(|&&byte| !ends_word(byte)).count();
        let word = &rest[..len];
        let kind = match literal(word) {
            Some(kind) => kind,
            None if is_number(word) => Kind::Number,
            None if is_member && len > 0 && !word.starts_with(b"//") && self.ends_value(self.at + len, None) => {
                Kind::String
            }
            None => return None,
        };
        if !rest.get(len).is_none_or(|&byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b'}' | b']')) {
            return None;
        }
        self.at += len;
        Some(kind)
    }
}

/// Whether a byte cannot stand in a bare word.
fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace()
        || matches!(byte, b',' | b'{' | b'}' | b'[' | b']' | b'"' | b'\'' | b'(' | b')' | b';' | b'<' | b'>' | b'=')
}

/// The literals of JSON, JavaScript, Python and Ruby.
fn literal(word: &[u8]) -> Option<Kind> {
    Some(match word {
        b"true" | b"True" => Kind::True,
        b"false" | b"False" => Kind::False,
        b"null" | b"None" | b"nil" | b"undefined" => Kind::Null,
        b"NaN" | b"Infinity" | b"-Infinity" => Kind::Number,
        _ => return None,
    })
}

/// Whether a word is a number as JSON writes it, or with a sign or point in front.
fn is_number(word: &[u8]) -> bool {
    let unsigned = match word {
        [b'-' | b'+', rest @ ..] => rest,
        _ => word,
    };
    unsigned.iter().any(u8::is_ascii_digit)
        && unsigned.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'))
        && std::str::from_utf8(word).is_ok_and(|word| word.parse::<f64>().is_ok())
}
