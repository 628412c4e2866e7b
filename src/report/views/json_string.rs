//! Backslash escapes, one level: those of JSON strings and of the string literals, reprs and dumps of common languages.
//!
//! `\"` `\\` `\/` `\n` `\r` `\t` `\b` `\f`, `\'` and `` \` ``, escaped typographic quotes (a quote that a mail program
//! bent after it was escaped), `\uXXXX` with surrogate pairs, `\u{…}`, `\UXXXXXXXX`, `\xHH` and `\ooo` (runs of them as
//! UTF-8 where they make it, else as Latin-1), `\0`. The octal escapes that syslog daemons write for control characters
//! (`#012`, rsyslog's `EscapeControlCharactersOnReceive`) are taken as well: they stand for the same line breaks, and
//! never overlap with backslashes. Everything else stays as it is, both characters.

use memchr::memchr2;

use super::rewrite::{Peeled, Rewrite};

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr2(b'\\', b'#', &bytes[at..]) {
        let start = at + found;
        let rest = &bytes[start + 1..];
        if bytes[start] == b'#' {
            at = start + 1;
            if let Some(control) = syslog_control(&bytes[..start], rest) {
                at = start + 4;
                rewrite.replace_char(start..at, control);
            }
            continue;
        }
        if byte_escape(&bytes[start..]).is_some() {
            at = byte_run(&mut rewrite, bytes, start);
        } else if let Some((character, len)) = escape(&text[start + 1..]) {
            at = start + 1 + len;
            rewrite.replace_char(start..at, character);
        } else {
            // An unknown escape: the backslash and what it stands before, so that `\q\"` is not read as `\` `q\` `"`.
            at = start + 1 + text[start + 1..].chars().next().map_or(0, char::len_utf8);
        }
    }
    rewrite.finish()
}

/// The character an escape stands for and its length in bytes after the backslash.
fn escape(rest: &str) -> Option<(char, usize)> {
    let first = rest.chars().next()?;
    let simple = match first {
        '"' | '\\' | '/' | '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => first,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'b' => '\u{8}',
        'f' => '\u{c}',
        '0' => '\0',
        'u' => return unicode_escape(rest.as_bytes()),
        'U' => return hex(rest.as_bytes().get(1..9)?).and_then(char::from_u32).map(|character| (character, 9)),
        _ => return None,
    };
    Some((simple, first.len_utf8()))
}

/// `uXXXX`, a pair of them for a character beyond the basic plane, or `u{…}`. A surrogate alone stands for nothing.
fn unicode_escape(rest: &[u8]) -> Option<(char, usize)> {
    if rest.get(1) == Some(&b'{') {
        let digits = rest[2..].iter().take(7).position(|&byte| byte == b'}')?;
        return char::from_u32(hex(&rest[2..2 + digits])?).map(|character| (character, digits + 3));
    }
    let unit = hex(rest.get(1..5)?)?;
    if (0xd800..0xdc00).contains(&unit) && rest.get(5..7) == Some(b"\\u") {
        let low = hex(rest.get(7..11)?).filter(|low| (0xdc00..0xe000).contains(low))?;
        return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).map(|character| (character, 11));
    }
    char::from_u32(unit).map(|character| (character, 5))
}

fn hex(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0, |value: u32, &digit| Some((value << 4) | char::from(digit).to_digit(16)?))
}

/// `\xHH` or `\ooo` (three octal digits): a byte, always written in four characters.
fn byte_escape(at_backslash: &[u8]) -> Option<u8> {
    match *at_backslash.get(..4)? {
        [b'\\', b'x', high, low] => hex(&[high, low]).and_then(|byte| u8::try_from(byte).ok()),
        [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] => {
            Some(((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0'))
        }
        _ => None,
    }
}

/// Replaces a run of byte escapes and returns its end.
fn byte_run(rewrite: &mut Rewrite<'_>, bytes: &[u8], start: usize) -> usize {
    let mut run = Vec::new();
    while let Some(byte) = byte_escape(&bytes[start + 4 * run.len()..]) {
        run.push(byte);
    }
    rewrite.replace_bytes(&run, |index| start + 4 * index, |byte| Some(char::from(byte)));
    start + 4 * run.len()
}

/// A control character in octal after `#`. With more digits after it, it may be a number, as in `issue #0123`.
fn syslog_control(before: &[u8], after: &[u8]) -> Option<char> {
    let starts_word = before.last().is_none_or(|&byte| byte.is_ascii_whitespace() || byte == b'(');
    if starts_word && after.get(3).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    match after.get(..3)? {
        b"011" => Some('\t'),
        b"012" => Some('\n'),
        b"015" => Some('\r'),
        b"033" => Some('\u{1b}'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn every_known_escape_is_taken_and_unknown_or_cut_ones_stay() {
        for (source, decoded) in [
            (r#"{\"a\":\"b\/c\"}"#, r#"{"a":"b/c"}"#),
            (r"a\nb\tc\rd\be\ff", "a\nb\tc\rd\u{8}e\u{c}f"),
            (r"it\'s \`x\`", "it's `x`"),
            (r"\\n", r"\n"),
            (r"\\\\\n", "\\\\\n"),
            (r"\u0027name\u0027 \u003cb\u003E", "'name' <b>"),
            (r"\ud83d\ude00 \u{1F600} \U0001f600", "😀 😀 😀"),
            (r"\xe2\x80\x99 \xe9 \x41", "’ é A"),
            (r"caf\303\251\012next", "café\nnext"),
            ("say \\\u{201c}x\\\u{201d}", "say \u{201c}x\u{201d}"),
            ("one#012two#0113", "one\ntwo\t3"),
            (r"\q\n", "\\q\n"),
            (r"\n\ud83d \ude00", "\n\\ud83d \\ude00"),
            (r#"\"cut \u00"#, r#""cut \u00"#),
            (r"\ncut \", "\ncut \\"),
            (r"nul\0end", "nul\0end"),
        ] {
            assert_eq!(text(source).as_deref(), Some(decoded), "{source}");
        }
        for source in [r"C:\Windows\system32", "issue #0123 and #12", r"\u{}", r"\u{1234567}", r"\xg0", "\\é", "plain"]
        {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn an_escape_maps_to_all_of_its_characters() {
        let (text, map) = peel(r"a\u0027b\xc3\xa9c").unwrap();
        assert_eq!(text, "a'béc");
        assert_eq!(map.to_parent((1..2).into()), (1..7).into());
        assert_eq!(map.to_parent((3..5).into()), (8..16).into());
        assert_eq!(map.to_parent((5..6).into()), (16..17).into());
    }
}
