//! Small help with words: the nearest known name, text made safe for a terminal.

use std::borrow::Cow;

/// The known name that was most likely meant; `None` when none is near.
pub fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    // Names far longer than any known one are no slips of the finger, and comparing them would cost their length.
    if name.len() > 64 {
        return None;
    }
    let scored = known.iter().map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate));
    let (distance, candidate) = scored.min()?;
    let allowed = (candidate.len().max(name.chars().count()) / 3).max(1);
    (distance <= allowed).then_some(candidate)
}

/// A count with its noun: `1 problem`, `2 problems`, `0 deliveries` of `delivery`.
pub fn counted<N: std::fmt::Display + PartialEq + From<u8> + Copy>(count: N, noun: &str) -> String {
    match noun.strip_suffix('y') {
        _ if count == N::from(1) => format!("{count} {noun}"),
        Some(stem) => format!("{count} {stem}ies"),
        None if noun.ends_with('s') => format!("{count} {noun}es"),
        None => format!("{count} {noun}s"),
    }
}

/// Line and column in characters, both from 1, of a byte offset.
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Text with control and direction characters made visible, so that it can neither steer a terminal nor forge a log
/// line. Line breaks and tabs stay when `lines` is set.
pub fn printable(text: &str, lines: bool) -> Cow<'_, str> {
    let kept = |c: char| lines && matches!(c, '\n' | '\t');
    // Nearly every text is of plain ASCII.
    let plain = |b: u8| matches!(b, b' '..=b'~') || lines && matches!(b, b'\n' | b'\t');
    if text.bytes().all(plain) || !text.chars().any(|c| steers(c) && !kept(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if kept(c) || !steers(c) => shown.push(c),
            // Unicode has a picture of every ASCII control character.
            '\0'..='\x1f' => shown.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
            '\x7f' => shown.push('\u{2421}'),
            _ => shown.push('\u{fffd}'),
        }
    }
    Cow::Owned(shown)
}

/// Control characters, and the characters that change the direction of what follows (UAX #9).
fn steers(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_a_stranger_finds_none() {
        assert_eq!(nearest("limt", &["limit", "hints"]), Some("limit"));
        assert_eq!(nearest("hnits", &["limit", "hints"]), Some("hints"));
        assert_eq!(nearest("weather", &["limit", "hints"]), None);
        assert_eq!(nearest(&"limit".repeat(1000), &["limit"]), None);
    }

    #[test]
    fn one_is_singular_and_none_is_not() {
        assert_eq!([0, 1, 2].map(|count| counted(count, "problem")), ["0 problems", "1 problem", "2 problems"]);
        assert_eq!([1_usize, 3].map(|count| counted(count, "delivery")), ["1 delivery", "3 deliveries"]);
        assert_eq!(counted(2_u32, "miss"), "2 misses");
    }

    #[test]
    fn text_for_a_terminal_cannot_steer_it() {
        assert_eq!(printable("\x1b[31mred\u{202e}\r\n", true), "␛[31mred\u{fffd}␍\n");
        assert_eq!(printable("one\ntwo", false), "one␊two");
        assert!(matches!(printable("plain ä 日本", true), Cow::Borrowed(_)));
    }
}
