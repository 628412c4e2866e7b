//! Percent-encoding of URLs and forms, one level: `%XX` as UTF-8, `%uXXXX` as the old JavaScript `escape` wrote it, and
//! `+` as a space where the text around it is form-encoded.

use super::rewrite::{Peeled, Rewrite};
use crate::report::recognise::joins_words;

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let token_end = bytes[at..].iter().position(|&byte| ends_token(byte)).map_or(bytes.len(), |len| at + len);
        let plus_is_space = is_form_encoded(&bytes[at..token_end]);
        for value in pairs(at, &bytes[at..token_end]) {
            decode_value(&mut rewrite, bytes, value, plus_is_space);
        }
        at = token_end + 1;
    }
    rewrite.finish()
}

/// White space, quotes and angle brackets never stand in encoded text.
fn ends_token(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'"' | b'<' | b'>')
}

/// The pieces of a token between `&`, as ranges of the text.
fn pairs(start: usize, token: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> {
    token.split(|&byte| byte == b'&').scan(start, |at, pair| {
        let range = *at..*at + pair.len();
        *at = range.end + 1;
        Some(range)
    })
}

/// Whether a token is plainly `name=value&…` as forms write it: with an escape in it a `=` or `&` is enough; without
/// one, `=` must stand before two or more `+`, and either nothing may occur that a form would have escaped or words stand
/// between them.
fn is_form_encoded(token: &[u8]) -> bool {
    let pluses = memchr::memchr_iter(b'+', token).count();
    if pluses == 0 {
        return false;
    }
    let separated = memchr::memchr2(b'=', b'&', token);
    if memchr::memchr_iter(b'%', token).any(|at| escaped_byte(&token[at..]).is_some()) {
        return separated.is_some() || pluses > 1;
    }
    pluses > 1
        && separated < memchr::memchr(b'+', token)
        && separated.is_some()
        && !token.ends_with(b"=")
        && (joins_words(token) || token.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"*-._+&=".contains(&byte)))
}

fn escaped_byte(at_percent: &[u8]) -> Option<u8> {
    match *at_percent.get(..3)? {
        [b'%', high, low] => {
            let high = char::from(high).to_digit(16)?;
            let low = char::from(low).to_digit(16)?;
            u8::try_from(high * 16 + low).ok()
        }
        _ => None,
    }
}

/// `%uXXXX`.
fn escaped_unit(at_percent: &[u8]) -> Option<char> {
    let digits = at_percent.get(..6)?.strip_prefix(b"%u")?;
    let unit = digits.iter().try_fold(0, |unit, &digit| Some(unit * 16 + char::from(digit).to_digit(16)?))?;
    char::from_u32(unit)
}

/// Decodes one `name=value`. A writer that escapes spaces as `%20` means `+` when it writes one.
fn decode_value(rewrite: &mut Rewrite<'_>, bytes: &[u8], range: std::ops::Range<usize>, plus_is_space: bool) {
    let value = &bytes[range.clone()];
    let plus_is_space = plus_is_space && memchr::memmem::find(value, b"%20").is_none();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'%', b'+', &value[at..]) {
        at += found;
        let start = range.start + at;
        if value[at] == b'+' {
            if plus_is_space {
                rewrite.replace(start..start + 1, " ");
            }
            at += 1;
            continue;
        }
        let mut run = Vec::new();
        while let Some(byte) = escaped_byte(&value[at + 3 * run.len()..]) {
            run.push(byte);
        }
        if !run.is_empty() {
            rewrite.replace_bytes(&run, |index| start + 3 * index, |_| None);
            at += 3 * run.len();
        } else if let Some(character) = escaped_unit(&value[at..]) {
            rewrite.replace_char(start..start + 6, character);
            at += 6;
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn escapes_are_read_as_utf_8_and_what_is_none_stays() {
        for (source, decoded) in [
            ("Failed%20to%20read%20the%20%27name%27", "Failed to read the 'name'"),
            ("%E2%80%99 and %F0%9F%98%80", "’ and 😀"),
            ("%ff%41 %E2%80", "%ffA %E2%80"),
            ("50% of %41 and %4", "50% of A and %4"),
            ("%u0027name%u2019", "'name’"),
            ("%2520", "%20"),
        ] {
            assert_eq!(text(source).as_deref(), Some(decoded), "{source}");
        }
        for source in ["100% sure", "%d of %s", "%", "%%", "rate 5%\n"] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_plus_is_a_space_only_in_a_form() {
        for (source, decoded) in [
            ("state=x&error=Failed+to+read%3A+name", "state=x&error=Failed to read: name"),
            ("error=Failed+to+read+it&x=1", "error=Failed to read it&x=1"),
            ("GET /x?q=C%2B%2B+is+hard HTTP/1.1", "GET /x?q=C++ is hard HTTP/1.1"),
            ("q=1+1%20and&r=a+b%3F", "q=1+1 and&r=a b?"),
            (
                "key=E50:+The+resource+named+https://x+was+not+found",
                "key=E50: The resource named https://x was not found",
            ),
        ] {
            assert_eq!(text(source).as_deref(), Some(decoded), "{source}");
        }
        for source in ["x = a + b", "c=a+b", "YWJj+ZGVm+Z2hp=", "at Foo+Bar+Baz.Run()", "f(x=a+b+c)"] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_character_of_several_bytes_is_one_piece() {
        let (text, map) = peel("a%C3%A9%20b").unwrap();
        assert_eq!(text, "aé b");
        assert_eq!(map.to_parent((1..3).into()), (1..7).into());
        assert_eq!(map.to_parent((3..5).into()), (7..11).into());
    }
}
