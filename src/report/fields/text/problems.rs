//! First lines of errors: a type or code, a colon, a message.

use crate::report::ByteSpan;

/// Longest type with its package, in bytes.
const MAX_TYPE: usize = 160;
const MAX_CODE: usize = 32;
/// Fewest digits of a code that stands without the word `error` before it.
const CODE_DIGITS: usize = 4;

/// What stands before a colon at the beginning of an error message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Head {
    /// `TypeError`, `java.io.IOException`
    Type(ByteSpan),
    /// `E0382` of `error[E0382]`, `LNK1104`, `ORA-00942`
    Code(ByteSpan),
}

/// The type or code that ends right before the colon at `colon`.
pub(super) fn head_before(bytes: &[u8], colon: usize) -> Option<Head> {
    match bytes[..colon].last()? {
        b']' => bracketed_code(bytes, colon).map(Head::Code),
        last if last.is_ascii_digit() => code(bytes, colon).map(Head::Code),
        last if last.is_ascii_alphabetic() => error_type(bytes, colon).map(Head::Type),
        _ => None,
    }
}

fn word_start(bytes: &[u8], end: usize, max: usize, belongs: impl Fn(u8) -> bool) -> Option<usize> {
    let len = bytes[..end].iter().rev().take(max).take_while(|byte| belongs(**byte)).count();
    (0 < len && len < max).then_some(end - len)
}

/// `error[E0382]`
fn bracketed_code(bytes: &[u8], end: usize) -> Option<ByteSpan> {
    let start = word_start(bytes, end - 1, MAX_CODE, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
    let before = bytes[..start].strip_suffix(b"[")?;
    ends_with_error(before).then(|| ByteSpan::new(start, end - 1))
}

/// Capital letters and digits, perhaps with a hyphen between.
fn code(bytes: &[u8], end: usize) -> Option<ByteSpan> {
    let start = word_start(bytes, end, MAX_CODE, |byte| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
    })?;
    let word = &bytes[start..end];
    let letters = word.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let inside_word = bytes[..start].last().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'.');
    let announced = ends_with_error(bytes[..start].trim_ascii_end());
    let is_code = letters > 0 && !inside_word && (announced && digits > 1 || digits >= CODE_DIGITS && letters > 1);
    is_code.then(|| ByteSpan::new(start, end))
}

fn ends_with_error(bytes: &[u8]) -> bool {
    bytes.len().checked_sub(5).is_some_and(|start| bytes[start..].eq_ignore_ascii_case(b"error"))
}

/// A name that says of itself that it is an error or exception.
fn error_type(bytes: &[u8], end: usize) -> Option<ByteSpan> {
    const ENDINGS: [&[u8]; 4] = [b"Error", b"Exception", b"Fault", b"Failure"];
    const PACKAGES: [&[u8]; 4] = [b".errors.", b".exceptions.", b".exc.", b"Errors::"];
    let start = word_start(bytes, end, MAX_TYPE, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b':')
    })?;
    let word = &bytes[start..end];
    let word = &word[word.iter().take_while(|byte| !byte.is_ascii_alphabetic()).count()..];
    let own = word.rsplit(|byte| matches!(byte, b'.' | b'$' | b':')).next().unwrap_or(word);
    let says_so = ENDINGS.iter().any(|ending| own.ends_with(ending))
        || PACKAGES.iter().any(|package| memchr::memmem::find(word, package).is_some());
    (own.first().is_some_and(u8::is_ascii_uppercase) && says_so).then(|| ByteSpan::new(end - word.len(), end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(line: &str) -> Option<(&'static str, &str)> {
        memchr::memchr_iter(b':', line.as_bytes()).find_map(|colon| {
            Some(match head_before(line.as_bytes(), colon)? {
                Head::Type(span) => ("type", span.slice(line)),
                Head::Code(span) => ("code", span.slice(line)),
            })
        })
    }

    #[test]
    fn types_and_codes_before_a_message_are_recognised() {
        let lines = [
            ("TypeError: x is undefined", "type", "TypeError"),
            ("Uncaught (in promise) NotAllowedError: no", "type", "NotAllowedError"),
            ("Caused by: java.net.ConnectException: refused", "type", "java.net.ConnectException"),
            ("psycopg2.errors.UndefinedTable: relation", "type", "psycopg2.errors.UndefinedTable"),
            ("a.b.Outer$InnerException: x", "type", "a.b.Outer$InnerException"),
            ("(System.IO.IOException: x)", "type", "System.IO.IOException"),
            ("error[E0382]: borrow of moved value", "code", "E0382"),
            ("LINK : fatal error LNK1104: cannot open file", "code", "LNK1104"),
            ("Program.cs(3,5): error CS1002: ; expected", "code", "CS1002"),
            ("ORA-00942: table or view does not exist", "code", "ORA-00942"),
        ];
        for (line, kind, text) in lines {
            assert_eq!(head(line), Some((kind, text)), "{line}");
        }
    }

    #[test]
    fn other_words_before_a_colon_are_no_error() {
        for line in ["ERROR: x", "error: x", "Note: x", "UTF-8: x", "10:12:13: x", "worker-1234: x", "SHA256: x"] {
            assert_eq!(head(line), None, "{line}");
        }
    }
}
