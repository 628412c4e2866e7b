//! Byte encodings of forms and mail: percent, quoted-printable, base64. What is no valid escape stays as it stands.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Base64 that takes missing padding and stray bits at the end.
const LENIENT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes `%XX` and, where `plus` says so, `+` as a space.
pub(super) fn decode_percent(bytes: &[u8], plus: bool) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, after) {
            (b'%', [high, low, after @ ..]) if let Some(byte) = hex_byte(*high, *low) => {
                decoded.push(byte);
                rest = after;
            }
            (b'+', _) if plus => decoded.push(b' '),
            (other, _) => decoded.push(other),
        }
    }
    decoded
}

/// Undoes a `Content-Transfer-Encoding`. Data that is no base64 although it says so stays as it stands.
pub(super) fn decode_transfer<'a>(bytes: &'a [u8], encoding: &str) -> Cow<'a, [u8]> {
    if encoding.eq_ignore_ascii_case("quoted-printable") {
        return Cow::Owned(decode_quoted_printable(bytes));
    }
    if encoding.eq_ignore_ascii_case("base64") {
        let packed: Vec<u8> = bytes.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        if let Ok(decoded) = LENIENT_BASE64.decode(packed) {
            return Cow::Owned(decoded);
        }
    }
    Cow::Borrowed(bytes)
}

/// RFC 2045, section 6.7: `=XX` is a byte, `=` at the end of a line joins it with the next.
fn decode_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'=' {
            decoded.push(*first);
            continue;
        }
        match after {
            [b'\n', after @ ..] | [b'\r', b'\n', after @ ..] => rest = after,
            [high, low, after @ ..] if let Some(byte) = hex_byte(*high, *low) => {
                decoded.push(byte);
                rest = after;
            }
            _ => decoded.push(b'='),
        }
    }
    decoded
}

fn hex_byte(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_escapes_are_decoded_and_broken_ones_stay() {
        assert_eq!(decode_percent(b"a%20b%C3%A9+c%2B%zz%4", true), "a b\u{e9} c+%zz%4".as_bytes());
        assert_eq!(decode_percent(b"a+b", false), b"a+b");
    }

    #[test]
    fn quoted_printable_joins_soft_breaks_and_keeps_a_bare_equals_sign() {
        let decoded = decode_transfer(b"caf=C3=A9 is l=\r\nong=\n. a = b =", "Quoted-Printable");
        assert_eq!(*decoded, *"caf\u{e9} is long. a = b =".as_bytes());
    }

    #[test]
    fn base64_is_decoded_over_line_breaks_and_what_is_none_stays() {
        assert_eq!(*decode_transfer(b"VHlwZUVy\r\ncm9y", "BASE64"), *b"TypeError");
        assert_eq!(*decode_transfer(b"YQ", "base64"), *b"a");
        assert_eq!(*decode_transfer(b"not base64!", "base64"), *b"not base64!");
        assert_eq!(*decode_transfer(b"YQ==", "8bit"), *b"YQ==");
    }
}
