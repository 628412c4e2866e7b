//! A quick look at a text that tells whether it can hold a secret at all.
//!
//! Most texts that are redacted hold none, and the scanner asks a dozen recognisers at every word to find that out. Each
//! kind of secret needs something that is seen in one pass over the bytes: a mail address its `@`, a random word its
//! length, a named value its name and what separates the two. A text in which nothing of that stands holds no piece that
//! is secret; of one in which something does, nothing is known. So the look may be coarse, and never misses: a test holds
//! it against the scanner.

use super::bytes::{before, byte, is_word, run, starts_with_ignore_case};
use super::{keyed, token};

/// A run of token bytes that is as long can be a random word; its padding may add two bytes.
const RANDOM: usize = token::MIN_RANDOM - 2;
/// Digits of the shortest card number.
const CARD: usize = 13;
/// Bytes of the shortest API key, JSON web token or first line of a PEM block.
const SHAPED: usize = 10;
/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 64;

/// Bytes of a field's name.
const NAME: u8 = 1;
/// Bytes of a random word.
const TOKEN: u8 = 2;
/// Bytes of a card number: digits, and what separates groups of them.
const CARD_BYTE: u8 = 4;
const DIGIT: u8 = 8;
/// Bytes that leave it to the scanner: the sign of a mail address, escapes, and characters beyond ASCII.
const OTHER: u8 = 16;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let (mut table, mut at) = ([0; 256], 0);
    while at < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the table has 256 entries")]
        let byte = at as u8;
        table[at] = match byte {
            b'0'..=b'9' => NAME | TOKEN | CARD_BYTE | DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME | TOKEN,
            b'-' => NAME | TOKEN | CARD_BYTE,
            b'.' => NAME,
            b'+' | b'/' => TOKEN,
            b' ' => CARD_BYTE,
            b'@' | b'\\' | 0x80.. => OTHER,
            _ => 0,
        };
        at += 1;
    }
    table
}

/// Whether a text certainly holds nothing secret.
pub(super) fn is_quiet(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (mut token_bytes, mut digits) = (0, 0);
    let mut name: Option<usize> = None;
    for (at, &here) in bytes.iter().enumerate() {
        let class = CLASSES[usize::from(here)];
        token_bytes = if class & TOKEN == 0 { 0 } else { token_bytes + 1 };
        digits = if class & CARD_BYTE == 0 { 0 } else { digits + usize::from(class & DIGIT != 0) };
        if class & OTHER != 0 || token_bytes >= RANDOM || digits >= CARD {
            return false;
        }
        if class & NAME != 0 {
            name.get_or_insert(at);
        } else if let Some(start) = name.take()
            && may_be_secret(text, start, at)
        {
            return false;
        }
    }
    // What ends with the text has no value beside it, but may be a key.
    name.is_none_or(|start| !may_be_secret(text, start, bytes.len()))
}

/// Whether no word is cut at `start`. Every rule above holds for a piece of a quiet text as well, but that of names: `key`
/// is one, `monkey` none.
pub(super) fn starts_whole(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    !is_word(before(bytes, start)) || !is_word(byte(bytes, start))
}

/// Whether the run of name bytes from `start` to `end` may be a secret itself, or name one.
fn may_be_secret(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let name = &bytes[start..end];
    if name.len() > MAX_NAME || (name.len() >= SHAPED && may_be_shaped(bytes, start, end)) {
        return true;
    }
    match byte(bytes, end) {
        // The rest of a URL, which may hold anything.
        b':' if bytes.get(end..end + 3) == Some(b"://") => true,
        b' ' if is_scheme(name) => true,
        _ => may_be_separated(bytes, start, end) && keyed::names_secret(text, start, end),
    }
}

/// Whether a key of a published shape, a web token or a PEM block may start in the run.
fn may_be_shaped(bytes: &[u8], start: usize, end: usize) -> bool {
    let starts_word = |at: usize| is_word(bytes[at]) && (at == start || !is_word(bytes[at - 1]));
    let dashed = bytes[start..end].contains(&b'-') && memchr::memmem::find(&bytes[start..end], b"-----BEGIN").is_some();
    dashed || (start..end).filter(|&at| starts_word(at)).any(|at| token::starts_as_key(&bytes[at..end]))
}

/// Whether the run ends with the scheme of credentials.
fn is_scheme(name: &[u8]) -> bool {
    let ends_with =
        |scheme: &[u8]| name.len().checked_sub(scheme.len()).is_some_and(|at| name[at..].eq_ignore_ascii_case(scheme));
    [b"bearer".as_slice(), b"basic", b"negotiate"].into_iter().any(ends_with)
}

/// Whether what stands around the run may make it the name of a value.
fn may_be_separated(bytes: &[u8], start: usize, end: usize) -> bool {
    if start > 0 && matches!(bytes[start - 1], b'"' | b'\'') {
        return true;
    }
    match byte(bytes, end) {
        b':' | b'=' | b'>' | b']' | b')' => true,
        b' ' | b'\t' => {
            let next = run(bytes, end, 8, |b| matches!(b, b' ' | b'\t'));
            matches!(byte(bytes, next), b':' | b'=')
                || starts_with_ignore_case(bytes, next, "is ")
                || starts_with_ignore_case(bytes, next, "was ")
                || bytes[start..end].windows(2).any(|pair| pair == b"--")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::report::recognise::recognise;

    fn holds_secret(text: &str) -> bool {
        recognise(text).iter().any(|piece| piece.secret)
    }

    #[test]
    fn ordinary_messages_are_quiet_and_secrets_are_not() {
        for text in [
            "",
            "ERROR E00017: the bafeco of dagibu was refused by item-42 after three attempts",
            "relation \"orders\" of schema shop does not exist at 12 of the statement",
            "javax.net.Exception: no such x on the class path",
        ] {
            assert!(is_quiet(text), "{text}");
        }
        for text in [
            "password: hunter2",
            "the password is hunter2",
            "--password hunter2",
            "mysql --db-password  hunter2",
            "80--password hunter2",
            "{\"name\": \"authorization\", \"value\": \"abc\"}",
            "<password>hunter2</password>",
            "client secret: abc",
            "Bearer abcd1234efgh5678",
            "jane@example.com",
            "xoxb-12345678",
            "eyJhbGciOi.x",
            "4111 1111 1111 1111",
            "-----BEGIN PRIVATE KEY-----",
            "redis://:pw@host",
        ] {
            assert!(!is_quiet(text), "{text}");
        }
    }

    /// Pieces that texts with and without secrets are made of.
    const PIECES: &[&str] = &[
        "password",
        "Pwd",
        "api",
        "key",
        "-",
        "_",
        ".",
        " ",
        "  ",
        ":",
        "=",
        "\"",
        "'",
        "--",
        "is ",
        "was ",
        "value",
        ",",
        "<",
        ">",
        "/",
        "\n",
        "\t",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        "&",
        "?",
        ";",
        "%20",
        "+",
        "~",
        "bearer",
        "Basic",
        "negotiate ",
        "cookie",
        "Set-Cookie",
        "authorization",
        "token",
        "hunter2",
        "a1B2c3D4e5",
        "ghp_",
        "xoxb-",
        "SG.",
        "AKIA",
        "sk-",
        "eyJ",
        "eyJhbGciOi",
        "4111",
        "1111",
        "12",
        "://",
        "http",
        "src/main.rs",
        "C:/",
        "127.0.0.1:80",
        "REDACTED",
        "<DOMAIN>",
        "-----BEGIN ",
        "PRIVATE KEY-----",
        "the",
        "error",
        "x",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn a_quiet_text_holds_no_secret(pieces in prop::collection::vec(0..PIECES.len(), 0..16)) {
            let text: String = pieces.into_iter().map(|at| PIECES[at]).collect();
            prop_assert!(!is_quiet(&text) || !holds_secret(&text), "{text:?}");
        }

        #[test]
        fn no_piece_of_a_quiet_text_that_starts_with_a_whole_word_holds_a_secret(
            pieces in prop::collection::vec(0..PIECES.len(), 0..12),
            start in 0..60_usize,
            length in 0..60_usize,
        ) {
            let text: String = pieces.into_iter().map(|at| PIECES[at]).collect();
            let piece = text.get(start..start + length).unwrap_or_default();
            prop_assert!(!is_quiet(&text) || !starts_whole(&text, start) || !holds_secret(piece), "{piece:?} of {text:?}");
        }

        #[test]
        fn a_quiet_text_of_any_characters_holds_no_secret(text in "[-a-z0-9A:=./ \"'_ey]{0,60}") {
            prop_assert!(!is_quiet(&text) || !holds_secret(&text), "{text:?}");
        }
    }

    #[test]
    fn no_line_of_the_reports_that_is_quiet_holds_a_secret() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/reports");
        let mut files = vec![folder];
        let (mut lines, mut quiet) = (0, 0);
        while let Some(path) = files.pop() {
            if path.is_dir() {
                files.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for line in text.split(['\n', '"']).flat_map(|part| part.split("\\n")) {
                lines += 1;
                quiet += usize::from(is_quiet(line));
                assert!(!is_quiet(line) || !holds_secret(line), "{line:?}");
            }
        }
        assert!(quiet * 2 > lines, "{quiet} of {lines} lines are quiet");
    }
}
