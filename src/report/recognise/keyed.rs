//! Secrets known by the name beside them: `password=…`, `"client_secret": "…"`, `Authorization: Bearer …`, `Cookie: …`.

use std::ops::Range;

use super::bytes::{before, byte, is_word, run, run_back, starts_with_ignore_case};
use super::naming::{MAX_NAME, MAX_WORDS_BEFORE, classify, names_a_check};
use super::tables::{AUTH_SCHEMES, COOKIE_ATTRIBUTES, KeyClass, NOT_SECRET, has};
use super::{PieceKind, place, token};

/// How much of a value that may turn out harmless is looked at, in bytes.
const MAX_DECIDING: usize = 512;
/// Longest value that may be a placeholder or a state, in bytes.
const MAX_HARMLESS: usize = 256;
/// Most words of a password that is not in quotes.
const MAX_PASSWORD_WORDS: usize = 6;

/// Secrets beside a name, in order, and the offset after the value.
pub(super) type Found = (Vec<(Range<usize>, PieceKind)>, usize);

/// Whether the run of name bytes from `start` to `end`, with the words before it, is a name that some separator could make
/// that of a secret.
pub(super) fn names_secret(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let word = run(bytes, start, end - start, |b| matches!(b, b'-' | b'.'));
    text.get(words_before(bytes, word)..end).is_none_or(|name| classify(name).is_some())
}

/// Reads a name at `at` and the value beside it. `line_end` is the end of the line that `at` stands in; up to
/// `no_cookies_until` a cookie header was looked for in vain.
pub(super) fn secret_at(text: &str, at: usize, line_end: usize, no_cookies_until: &mut usize) -> Option<Found> {
    let bytes = text.as_bytes();
    let name_end = run(bytes, at, MAX_NAME + 1, is_name);
    if name_end - at > MAX_NAME {
        return None;
    }
    let separator = separator(bytes, at, name_end)?;
    let name_start = if separator.quoted_name { at } else { words_before(bytes, at) };
    let mut class = classify(text.get(name_start..name_end)?)?;
    if class == KeyClass::Password && separator.is_bare_colon(bytes) && names_a_check(text.get(at..name_end)?) {
        class = KeyClass::Weak;
    }
    if separator.kind == SeparatorKind::Is && class != KeyClass::Password {
        return None;
    }
    let is_cookie = matches!(class, KeyClass::Cookie | KeyClass::SetCookie);
    if is_cookie && at < *no_cookies_until {
        return None;
    }
    let value = value_range(text, at, class, separator, line_end)?;
    if separator.kind == SeparatorKind::Is && !token::has_letter_and_digit(&bytes[value.clone()]) {
        return None;
    }
    let mut secrets = judge(class, text, value.clone());
    if secrets.is_empty() && is_cookie {
        *no_cookies_until = value.end;
    }
    let (last, _) = secrets.last_mut()?;
    if last.end == value.start + MAX_DECIDING {
        // Only the start of a long value was looked at.
        last.end = match class {
            KeyClass::Weak => run(bytes, last.end, usize::MAX, is_bare_value),
            _ => header_end(bytes, at, last.end, line_end),
        };
    }
    let end = last.end;
    Some((secrets, end))
}

/// Bytes of a field's name.
pub(super) fn is_name(byte: u8) -> bool {
    is_word(byte) || matches!(byte, b'-' | b'.') || byte >= 0x80
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

fn is_bare_value(byte: u8) -> bool {
    !byte.is_ascii_whitespace()
        && !matches!(byte, b',' | b';' | b'&' | b'"' | b'\'' | b'<' | b'>' | b')' | b'}' | b']' | b'`' | b'\\' | b'|')
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SeparatorKind {
    Colon,
    Equals,
    /// `--password x`
    Option,
    /// `password is x`
    Is,
    /// `<password>x</password>`
    Tag,
}

#[derive(Debug, Clone, Copy)]
struct Separator {
    kind: SeparatorKind,
    quoted_name: bool,
    /// First byte of the value or of its opening quote.
    value: usize,
}

impl Separator {
    /// A colon with no quote behind it.
    fn is_bare_colon(self, bytes: &[u8]) -> bool {
        self.kind == SeparatorKind::Colon && !matches!(byte(bytes, self.value), b'"' | b'\'' | b'\\')
    }
}

fn separator(bytes: &[u8], at: usize, name_end: usize) -> Option<Separator> {
    let quoted_name = is_quote(before(bytes, at));
    let mut next = name_end;
    if quoted_name {
        next = run(bytes, next, 16, |b| b == b'\\');
        if is_quote(byte(bytes, next)) {
            next += 1;
        }
    }
    if matches!(byte(bytes, next), b']' | b')') {
        next += 1;
    }
    if byte(bytes, next) == b'>' && before(bytes, at) == b'<' {
        return Some(Separator { kind: SeparatorKind::Tag, quoted_name, value: next + 1 });
    }
    let spaced = run(bytes, next, 8, is_blank);
    let (kind, after) = match byte(bytes, spaced) {
        b':' if byte(bytes, spaced + 1) == b':' || bytes.get(spaced + 1..spaced + 3) == Some(b"//") => return None,
        b':' => (SeparatorKind::Colon, run(bytes, spaced + 1, 1, |b| b == b'=')),
        b'=' => (SeparatorKind::Equals, run(bytes, spaced + 1, 2, |b| matches!(b, b'=' | b'>'))),
        _ if spaced > next && is_option(bytes, at) => (SeparatorKind::Option, spaced),
        _ if spaced > next && starts_with_ignore_case(bytes, spaced, "is ") => (SeparatorKind::Is, spaced + 3),
        _ if spaced > next && starts_with_ignore_case(bytes, spaced, "was ") => (SeparatorKind::Is, spaced + 4),
        // `{"name": "authorization", "value": "…"}` and `<add key="Password" value="…"/>`
        _ if quoted_name => (SeparatorKind::Equals, value_member(bytes, spaced)?),
        _ => return None,
    };
    Some(Separator { kind, quoted_name, value: run(bytes, after, 64, is_blank) })
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether a command line option starts at `at`: `--password`.
fn is_option(bytes: &[u8], at: usize) -> bool {
    at >= 2 && &bytes[at - 2..at] == b"--"
}

/// The start of the value in `, "value": "…"` or ` value="…"`.
fn value_member(bytes: &[u8], at: usize) -> Option<usize> {
    let skip =
        |from: usize| run(bytes, from, 64, |b| b.is_ascii_whitespace() || matches!(b, b',' | b'\\') || is_quote(b));
    let word = skip(at);
    if !starts_with_ignore_case(bytes, word, "value") {
        return None;
    }
    let end = run(bytes, word + 5, 16, |b| b == b'\\' || is_quote(b) || is_blank(b));
    matches!(byte(bytes, end), b':' | b'=').then_some(end + 1)
}

/// Where the words of a name start that is written with spaces.
fn words_before(bytes: &[u8], at: usize) -> usize {
    if before(bytes, at) != b' ' {
        return at;
    }
    let start = run_back(bytes, at, MAX_WORDS_BEFORE, |b| is_word(b) || b == b' ' || b == b'-');
    // Not from the middle of a longer word.
    if is_word(before(bytes, start)) { run(bytes, start, at - start, is_word) } else { start }
}

/// The value: inside its quotes, or the rest of the line or the next word, as the class wants.
fn value_range(text: &str, at: usize, class: KeyClass, separator: Separator, line_end: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let start = separator.value;
    if start >= line_end {
        return None;
    }
    let backslashes = run(bytes, start, 16, |b| b == b'\\') - start;
    let opening = byte(bytes, start + backslashes);
    if is_quote(opening) {
        let inner = start + backslashes + 1;
        return Some(inner..closing_quote(&bytes[..line_end.max(inner)], inner, opening, backslashes));
    }
    if separator.kind == SeparatorKind::Tag {
        return Some(start..memchr::memchr(b'<', &bytes[start..line_end]).map_or(line_end, |len| start + len));
    }
    match class {
        KeyClass::Cookie | KeyClass::SetCookie => Some(start..header_end(bytes, at, start, line_end)),
        KeyClass::Authorization => Some(start..header_end(bytes, at, start, line_end.min(start + MAX_DECIDING))),
        KeyClass::Weak => Some(start..run(bytes, start, MAX_DECIDING.min(line_end - start), is_bare_value)),
        KeyClass::Password => {
            let end = run(bytes, start, line_end - start, is_bare_value);
            Some(start..passphrase_end(text, at, separator, line_end).map_or(end, |whole| whole.max(end)))
        }
    }
}

/// End of a header's value: of the line, of the quotes around the header, or before an escape.
fn header_end(bytes: &[u8], name: usize, start: usize, limit: usize) -> usize {
    let quote = before(bytes, name);
    let is_end = |b: u8| b == b'\\' || b == b'`' || (is_quote(quote) && b == quote);
    run(bytes, start, limit.saturating_sub(start), |b| !is_end(b))
}

/// End of the quoted text: the next quote that is escaped no deeper than the opening one, or the end of the line.
fn closing_quote(line: &[u8], inner: usize, quote: u8, backslashes: usize) -> usize {
    for found in memchr::memchr_iter(quote, &line[inner..]) {
        let end = inner + found;
        let escapes = end - run_back(line, end, end - inner, |b| b == b'\\');
        if (backslashes == 0 && escapes.is_multiple_of(2)) || (backslashes > 0 && escapes <= backslashes) {
            return end - escapes.min(backslashes);
        }
    }
    line.len()
}

/// The end of a password of several words: `password: correct horse` alone on its line.
fn passphrase_end(text: &str, at: usize, separator: Separator, line_end: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let first = run_back(bytes, at, 16, |b| is_blank(b) || matches!(b, b'-' | b'*' | b'>'));
    if separator.kind != SeparatorKind::Colon || !(first == 0 || byte(bytes, first - 1) == b'\n') {
        return None;
    }
    let limit = line_end.min(separator.value + 128);
    let end = run(bytes, separator.value, limit - separator.value, |b| !matches!(b, b':' | b'=' | b'`' | b'\\' | b'{'));
    if end < line_end {
        return None;
    }
    let value = text.get(separator.value..end)?.trim_end();
    let words = value.split_whitespace().count();
    let sentence = value.split_whitespace().next().is_some_and(|word| has(NOT_SECRET, word.as_bytes()));
    (words <= MAX_PASSWORD_WORDS && !sentence).then_some(separator.value + value.len())
}

/// What in a value is secret.
fn judge(class: KeyClass, text: &str, range: Range<usize>) -> Vec<(Range<usize>, PieceKind)> {
    let Some(value) = text.get(range.clone()) else { return Vec::new() };
    let whole = |kind| if is_harmless(value) { Vec::new() } else { vec![(range.clone(), kind)] };
    match class {
        KeyClass::Password => whole(PieceKind::Password),
        KeyClass::Weak if token::looks_secret(value.as_bytes()) => whole(PieceKind::Password),
        KeyClass::Weak => Vec::new(),
        KeyClass::Authorization => credentials(value)
            .map(|inner| (range.start + inner.start..range.start + inner.end, PieceKind::AuthorizationHeader))
            .into_iter()
            .collect(),
        KeyClass::Cookie | KeyClass::SetCookie => cookie_values(value, class == KeyClass::SetCookie, range.start),
    }
}

/// Whether a value beside a secret name is none: empty, a placeholder, a type, a state, or a path (`PWD=/home/me`).
fn is_harmless(value: &str) -> bool {
    if value.len() > MAX_HARMLESS {
        return false;
    }
    let bare = value.trim().trim_end_matches(['.', '!', '?', ':']);
    let path = bare.starts_with('/') && bare[1..].contains('/') && !bare.contains(['=', '+']);
    bare.is_empty() || has(NOT_SECRET, bare.as_bytes()) || place::is_placeholder(bare) || path
}

/// The credentials in an `Authorization` header's value, without the scheme.
fn credentials(value: &str) -> Option<Range<usize>> {
    let trimmed = value.trim_end();
    let (scheme, rest) = trimmed.split_once(' ').unwrap_or((trimmed, ""));
    let start = if has(AUTH_SCHEMES, scheme.as_bytes()) {
        if rest.trim().is_empty() {
            return None;
        }
        trimmed.len() - rest.trim_start().len()
    } else {
        0
    };
    let inner = &trimmed[start..];
    let first = inner.split_whitespace().next().unwrap_or_default();
    (!is_harmless(first) || (inner.len() > first.len() && start > 0 && inner.contains('=')))
        .then_some(start..trimmed.len())
}

/// The values of the cookies in a header's value; attributes of `Set-Cookie` stay.
fn cookie_values(value: &str, attributes: bool, offset: usize) -> Vec<(Range<usize>, PieceKind)> {
    let mut found = Vec::new();
    let mut at = 0;
    for pair in value.split(';') {
        let pair_start = at;
        at += pair.len() + 1;
        let Some((name, content)) = pair.split_once('=') else { continue };
        if attributes && has(COOKIE_ATTRIBUTES, name.trim().as_bytes()) {
            continue;
        }
        let content_start = pair_start + name.len() + 1;
        let trimmed = content.trim();
        let start = content_start + (content.len() - content.trim_start().len());
        if !trimmed.is_empty() && !place::is_placeholder(trimmed) {
            found.push((offset + start..offset + start + trimmed.len(), PieceKind::Cookie));
        }
    }
    let bare = value.trim_end();
    if found.is_empty() && !value.contains('=') && token::looks_secret(bare.as_bytes()) {
        found.push((offset..offset + bare.len(), PieceKind::Cookie));
    }
    found
}
