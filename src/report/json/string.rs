//! Strings: from their source with quotes and escapes to their value.

use std::borrow::Cow;

use memchr::memchr2;

use crate::report::{ByteSpan, SegmentMap};

/// Longest run of spaces on a side of the `+` that joins two strings, in bytes.
const JOINT_SPACE: usize = 64;

/// Decodes the string that stands at `span` of `text`, with its quotes, and maps the result to `text`: parent offsets
/// are absolute. Beside JSON's escapes it knows `\'`, `\0`, `\v`, `\xHH` and a line break after a backslash;
/// other escapes stay as they are. Literals
/// that a `+` joins (`'a' + 'b'`) are one string. Half of a surrogate pair becomes U+FFFD. Without an opening quote the span is taken
/// as it stands, without a closing one to its end.
///
/// # Panics
/// When the span does not lie on character boundaries of `text`.
pub fn decode_string(text: &str, span: ByteSpan) -> (String, SegmentMap) {
    let mut map = SegmentMap::new();
    let Some(inner) = inner(text, span) else {
        map.push_identity(span.start(), span.len());
        return (span.slice(text).to_owned(), map);
    };
    let source = inner.slice(text);
    let mut decoded = String::with_capacity(source.len());
    each_piece(source, text.as_bytes()[span.start()], |piece| match piece {
        Piece::Plain { start, end } => {
            decoded.push_str(&source[start..end]);
            map.push_identity(inner.start() + start, end - start);
        }
        Piece::Escape { value, start, len } => {
            decoded.extend(value);
            map.push_replaced(value.map_or(0, char::len_utf8), inner.start() + start, len);
        }
    });
    (decoded, map)
}

/// A piece of what stands between quotes.
enum Piece {
    /// Text as it is.
    Plain { start: usize, end: usize },
    /// An escape or a joint, and the character that it stands for.
    Escape { value: Option<char>, start: usize, len: usize },
}

/// Calls `visit` with the pieces between two quotes, in order.
fn each_piece(source: &str, quote: u8, mut visit: impl FnMut(Piece)) {
    let (mut literal, mut at) = (0, 0);
    while let Some(found) = memchr2(b'\\', quote, &source.as_bytes()[at..]) {
        at += found;
        let (value, len) = match source.as_bytes()[at] {
            b'\\' => escape(&source[at..]),
            _ => joint_len(source.as_bytes(), at, quote).map_or((Escaped::Unknown, 1), |len| (Escaped::Nothing, len)),
        };
        if !matches!(value, Escaped::Unknown) {
            visit(Piece::Plain { start: literal, end: at });
            visit(Piece::Escape { value: value.character(), start: at, len });
            literal = at + len;
        }
        at += len;
    }
    visit(Piece::Plain { start: literal, end: source.len() });
}

/// Length of a joint between two string literals (`' + '`) whose first quote stands at `at`, both quotes included.
pub(super) fn joint_len(source: &[u8], at: usize, quote: u8) -> Option<usize> {
    let space = |from: usize| {
        source
            .get(from..)
            .map(|rest| rest.iter().take(JOINT_SPACE).take_while(|byte| byte.is_ascii_whitespace()).count())
    };
    let plus = at + 1 + space(at + 1)?;
    if source.get(at) != Some(&quote) || source.get(plus) != Some(&b'+') {
        return None;
    }
    let next = plus + 1 + space(plus + 1)?;
    (source.get(next) == Some(&quote)).then_some(next + 1 - at)
}

/// Decoded value of the string at a span, borrowed when it has no escape.
pub(super) fn decode(text: &str, span: ByteSpan) -> Cow<'_, str> {
    let inner = inner(text, span).unwrap_or(span);
    let source = text.get(inner.start()..inner.end()).unwrap_or_default();
    if inner == span || memchr2(b'\\', text.as_bytes()[span.start()], source.as_bytes()).is_none() {
        return Cow::Borrowed(source);
    }
    let mut decoded = String::with_capacity(source.len());
    each_piece(source, text.as_bytes()[span.start()], |piece| match piece {
        Piece::Plain { start, end } => decoded.push_str(&source[start..end]),
        Piece::Escape { value, .. } => decoded.extend(value),
    });
    Cow::Owned(decoded)
}

/// What stands between the quotes of a span; `None` when it does not start with a quote.
fn inner(text: &str, span: ByteSpan) -> Option<ByteSpan> {
    let source = span.slice(text).as_bytes();
    let quote = *source.first().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let start = span.start() + 1;
    if source.len() < 2 || source.last() != Some(&quote) {
        return Some(ByteSpan::new(start, span.end()));
    }
    // An odd number of backslashes before the last quote escapes it: the string was cut there.
    let before = &source[1..source.len() - 1];
    let backslashes = before.iter().rev().take_while(|&&byte| byte == b'\\').count();
    Some(ByteSpan::new(start, span.end() - usize::from(backslashes % 2 == 0)))
}

enum Escaped {
    Character(char),
    Nothing,
    Unknown,
}

impl Escaped {
    fn character(&self) -> Option<char> {
        match self {
            Self::Character(character) => Some(*character),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

/// Reads the escape at the start of `source`, which begins with a backslash; returns it with its length in bytes.
fn escape(source: &str) -> (Escaped, usize) {
    let Some(&letter) = source.as_bytes().get(1) else { return (Escaped::Unknown, 1) };
    let character = match letter {
        b'"' | b'\'' | b'\\' | b'/' => char::from(letter),
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'v' => '\u{b}',
        b'0' if !source.as_bytes().get(2).is_some_and(u8::is_ascii_digit) => '\0',
        b'x' => return hex(source, 2, 2).map_or((Escaped::Unknown, 2), |code| (character_or_replacement(code), 4)),
        b'u' => return unicode(source),
        b'\n' => return (Escaped::Nothing, 2),
        b'\r' => return (Escaped::Nothing, if source.as_bytes().get(2) == Some(&b'\n') { 3 } else { 2 }),
        // The backslash alone, so that a character of several bytes is never cut.
        _ => return (Escaped::Unknown, 1),
    };
    (Escaped::Character(character), 2)
}

/// Reads `\uXXXX`, or a surrogate pair of two.
fn unicode(source: &str) -> (Escaped, usize) {
    let Some(high) = hex(source, 2, 4) else { return (Escaped::Unknown, 2) };
    if (0xD800..0xDC00).contains(&high)
        && source[6..].starts_with("\\u")
        && let Some(low) = hex(source, 8, 4)
        && (0xDC00..0xE000).contains(&low)
    {
        return (character_or_replacement(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)), 12);
    }
    (character_or_replacement(high), 6)
}

fn character_or_replacement(code: u32) -> Escaped {
    Escaped::Character(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Reads `len` hexadecimal digits at byte `start`.
fn hex(source: &str, start: usize, len: usize) -> Option<u32> {
    let digits = source.get(start..start + len)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}
