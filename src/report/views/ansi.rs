//! Terminal escape sequences (ECMA-48 and xterm's OSC): real ones, written-out ones (`\x1b[31m`, `\033[0m`, `^[[0m`,
//! `␛[1m`, `←[31m`, `#033[0m`), and colours whose escape byte was lost on the way (`[31m … [0m`).

use memchr::{memchr2, memmem};

use super::rewrite::{Peeled, Rewrite};

/// Longest string sequence (title, hyperlink), in bytes.
const MAX_STRING: usize = 4096;
/// Longest parameters of a written-out sequence, in bytes.
const MAX_PARAMETERS: usize = 32;
/// How the escape byte is written out, longest first where one ends another. `^[` is what terminals echo, `←` what old
/// Windows consoles show, `#033` what syslog daemons write.
const WRITTEN_ESCAPES: [&str; 10] =
    ["\\u001b", "\\u001B", "\\u{1b}", "\\x1b", "\\x1B", "\\033", "\\e", "#033", "^[", "\u{241b}"];
/// Written-out escapes that may also be something else, and then only colours count.
const SHOWN_ESCAPES: [&str; 2] = ["\u{2190}", "\u{fffd}"];

/// Ends of an escape byte that is still encoded: `=1B`, `%1b`, `&#27;`, `&#x1b;`, `\u{1b}`. Once decoded it takes its
/// sequence with it.
const ENCODED_ESCAPES: [&str; 8] = ["1B", "1b", "1B;", "1b;", "27;", "1b}", "1B}", "\\33"];

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    let bytes = text.as_bytes();
    let mut colours_are_reset = None;
    let mut at = 0;
    let mut done = 0;
    while let Some(found) = memchr2(0x1b, b'[', &bytes[at..]) {
        let start = at + found;
        at = start + 1;
        if bytes[start] == 0x1b {
            at = start + escape_sequence(&bytes[start..]);
            rewrite.remove(start..at);
            done = at;
            continue;
        }
        let written = written_escape(&text[done..start]);
        let len = match written {
            Some(_) => written_sequence(&bytes[start + 1..]),
            None => colour(&bytes[start + 1..])
                .filter(|_| !ENCODED_ESCAPES.iter().any(|escape| text[done..start].ends_with(escape)))
                .filter(|_| *colours_are_reset.get_or_insert_with(|| has_reset(bytes))),
        };
        if let Some(len) = len {
            let shown = SHOWN_ESCAPES.iter().find(|escape| text[done..start].ends_with(**escape));
            let before = written.or(shown.map(|escape| escape.len())).unwrap_or(0);
            at = start + 1 + len;
            rewrite.remove(start - before..at);
            done = at;
        }
    }
    rewrite.finish()
}

/// Length of the escape byte as written out at the end of `before`, with the backslashes that escape its backslash.
fn written_escape(before: &str) -> Option<usize> {
    let written = WRITTEN_ESCAPES.iter().find(|escape| before.ends_with(**escape))?;
    let rest = &before[..before.len() - written.len()];
    let escaping = if written.starts_with('\\') { rest.len() - rest.trim_end_matches('\\').len() } else { 0 };
    Some(written.len() + escaping)
}

/// Length of what follows the `[` of a written-out sequence: parameters and a final letter that terminals know.
fn written_sequence(rest: &[u8]) -> Option<usize> {
    let parameters =
        rest.iter().take(MAX_PARAMETERS).take_while(|byte| byte.is_ascii_digit() || b";:?".contains(byte)).count();
    b"mKJHABCDGhlsu".contains(rest.get(parameters)?).then_some(parameters + 1)
}

/// Length of a colour after its `[`: numbers up to three digits, `;` between them, `m`. `[5m]` is a range, `[maybe` a word.
fn colour(rest: &[u8]) -> Option<usize> {
    let len = rest.iter().take(MAX_PARAMETERS).position(|&byte| byte == b'm')?;
    let mut numbers = rest[..len].split(|&byte| byte == b';');
    let fits = numbers.all(|number| number.len() <= 3 && number.iter().all(u8::is_ascii_digit));
    let ends = match rest.get(len + 1) {
        Some(b']') => false,
        Some(byte) => len > 0 || !byte.is_ascii_alphanumeric(),
        None => true,
    };
    (fits && ends).then_some(len + 1)
}

/// Whether colours are switched off somewhere, so that `[31m` is a colour and not a time in brackets.
fn has_reset(bytes: &[u8]) -> bool {
    ["[0m", "[m", "[00m", "[39m", "[22m", "[49m", "[39;49m", "[0;"]
        .iter()
        .any(|reset| memmem::find(bytes, reset.as_bytes()).is_some())
}

/// Length of the sequence at an escape byte.
fn escape_sequence(bytes: &[u8]) -> usize {
    match bytes.get(1) {
        Some(b'[') => {
            let parameters = bytes[2..].iter().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
            2 + parameters + usize::from(matches!(bytes.get(2 + parameters), Some(0x40..=0x7e)))
        }
        Some(b']' | b'P' | b'X' | b'^' | b'_') => string_sequence(bytes).unwrap_or(2),
        Some(0x20..=0x2f) => {
            let intermediates = bytes[1..].iter().take_while(|byte| matches!(byte, 0x20..=0x2f)).count();
            1 + intermediates + usize::from(matches!(bytes.get(1 + intermediates), Some(0x30..=0x7e)))
        }
        Some(0x30..=0x7e) => 2,
        _ => 1,
    }
}

/// Length of a string sequence with its terminator, BEL or `ESC \`.
fn string_sequence(bytes: &[u8]) -> Option<usize> {
    let window = &bytes[2..bytes.len().min(MAX_STRING)];
    let end = memchr2(0x07, 0x1b, window)?;
    match window[end..] {
        [0x07, ..] => Some(2 + end + 1),
        [0x1b, b'\\', ..] => Some(2 + end + 2),
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
    fn sequences_go_however_they_are_written() {
        for source in [
            "\u{1b}[31mred\u{1b}[0m x",
            "\u{1b}[1;38;5;196mred\u{1b}[m x",
            "\u{1b}]0;title\u{7}red x",
            "\u{1b}]8;;https://a.example\u{1b}\\red\u{1b}]8;;\u{1b}\\ x",
            "\u{1b}(Bred\u{1b}[K x\u{1b}",
            r"\x1b[31mred\x1B[0m x",
            r"\033[31mred\033[0m x",
            r"\\u001b[31mred\\u001b[39m x",
            r"\e[0;31mred\e[K x",
            "^[[31mred^[[0m x",
            "\u{241b}[31mred\u{241b}[0m x",
            "\u{2190}[31mred\u{2190}[0m x",
            "#033[31mred#033[0m x",
            "[31mred[0m x",
            "[1m[31mred[39m[22m x",
        ] {
            assert_eq!(text(source).as_deref(), Some("red x"), "{source}");
        }
    }

    #[test]
    fn brackets_of_other_kinds_stay() {
        for source in [
            "rate(http_requests[5m]) and [0m]",
            "took [31m so far",
            "^[[:alpha:]]+$",
            "[Errno 111]",
            "a[0] b[m] c\\[x",
            "[[maybe_unused]]",
        ] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_sequence_that_never_ends_hides_nothing() {
        assert_eq!(text("\u{1b}]0;title and the error").as_deref(), Some("0;title and the error"));
        assert_eq!(text("error\u{1b}[31").as_deref(), Some("error"));
    }
}
