//! Charsets: bytes made text.

use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::{DecodeError, Header};

/// Bytes looked at to tell UTF-16 without a mark, and to guess a charset.
const SNIFFED: usize = 1 << 20;
/// Least share of 16-bit units with a NUL in the same half for UTF-16 text without a mark, in percent.
const UTF16_NULS_PERCENT: usize = 60;
/// Largest share of control characters in a text that a guess may give, in percent.
const GUESSED_CONTROLS_PERCENT: usize = 2;

/// Decodes bytes to text and names the charset used.
///
/// A byte order mark (which is not part of the text) decides over the `charset` of the content type; without both, UTF-16
/// is told by its NULs, then UTF-8 by its validity, then a guess is taken if the bytes decode without error under it
/// into text that looks like text. Bytes that are invalid become U+FFFD; NULs stay.
///
/// # Errors
/// [`DecodeError::Unsupported`] for a charset label that the Encoding Standard does not know.
pub fn to_text(bytes: &[u8], content_type: Option<&str>) -> Result<(String, &'static str), DecodeError> {
    let with_parameters = content_type.filter(|header| header.contains(';'));
    let label = with_parameters.and_then(|header| Header::parse(header).parameter("charset").map(str::to_owned));
    to_text_labelled(bytes, label.as_deref())
}

/// As [`to_text`], with the charset label alone.
pub(super) fn to_text_labelled(bytes: &[u8], label: Option<&str>) -> Result<(String, &'static str), DecodeError> {
    if let Some((encoding, mark_len)) = Encoding::for_bom(bytes) {
        return Ok(decode_as(encoding, &bytes[mark_len..]));
    }
    if label.is_none()
        && let Ok(text) = std::str::from_utf8(bytes)
        && sniff_utf16(bytes).is_none()
    {
        return Ok((text.to_owned(), UTF_8.name()));
    }
    let labelled = label.map(encoding_of).transpose()?.flatten();
    Ok(match labelled {
        // The label leaves the byte order open when no mark stands in front.
        Some(encoding) if encoding == UTF_16LE => decode_as(sniff_utf16(bytes).unwrap_or(UTF_16LE), bytes),
        Some(encoding) => decode_as(encoding, bytes),
        None => decode_as(sniff(bytes), bytes),
    })
}

/// The charset of a label; `None` for ASCII, which says nothing about the bytes that matter.
fn encoding_of(label: &str) -> Result<Option<&'static Encoding>, DecodeError> {
    let label = label.trim();
    if label.is_empty() || ["us-ascii", "ascii"].iter().any(|ascii| label.eq_ignore_ascii_case(ascii)) {
        return Ok(None);
    }
    match Encoding::for_label(label.as_bytes()) {
        Some(encoding) if encoding != REPLACEMENT => Ok(Some(encoding)),
        _ => Err(DecodeError::Unsupported {
            what: "charset",
            name: label.to_owned(),
            known: "UTF-8, UTF-16 and the legacy charsets of the WHATWG Encoding Standard",
        }),
    }
}

fn decode_as(encoding: &'static Encoding, bytes: &[u8]) -> (String, &'static str) {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), encoding.name())
}

fn sniff(bytes: &[u8]) -> &'static Encoding {
    if let Some(utf16) = sniff_utf16(bytes) {
        return utf16;
    }
    if std::str::from_utf8(bytes).is_ok() || is_broken_utf8(bytes) {
        return UTF_8;
    }
    guess(bytes).unwrap_or(UTF_8)
}

/// UTF-16 text without a mark has a NUL in the same half of most units and in the other half of none: the scripts of
/// most error messages fit one byte.
fn sniff_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    if !bytes.len().is_multiple_of(2) || bytes.len() < 4 || memchr::memchr(0, bytes).is_none() {
        return None;
    }
    let (units, _) = bytes[..bytes.len().min(SNIFFED)].as_chunks::<2>();
    let first = units.iter().filter(|unit| unit[0] == 0).count();
    let second = units.iter().filter(|unit| unit[1] == 0).count();
    let encoding = match (first, second) {
        (0, nuls) if nuls * 100 >= units.len() * UTF16_NULS_PERCENT => UTF_16LE,
        (nuls, 0) if nuls * 100 >= units.len() * UTF16_NULS_PERCENT => UTF_16BE,
        _ => return None,
    };
    encoding.decode_without_bom_handling_and_without_replacement(bytes).map(|_| encoding)
}

/// Whether bytes are UTF-8 with damage: more characters beyond ASCII are whole than broken, or only the last one is cut.
/// Text of another charset hardly ever forms whole UTF-8 characters.
fn is_broken_utf8(bytes: &[u8]) -> bool {
    let mut whole = 0;
    let mut broken = 0;
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    let cut_at_end = std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none());
    whole > broken || cut_at_end
}

fn guess(bytes: &[u8]) -> Option<&'static Encoding> {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(SNIFFED)], true);
    let encoding = detector.guess(None, chardetng::Utf8Detection::Deny);
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let controls = text.chars().filter(|&character| is_odd(character)).count();
    (controls * 100 <= text.chars().count() * GUESSED_CONTROLS_PERCENT).then_some(encoding)
}

/// Whether a character has no place in text: a control that neither formats nor starts a terminal sequence, or one of
/// private use.
fn is_odd(character: char) -> bool {
    let formats = matches!(character, '\t' | '\n' | '\r' | '\u{c}' | '\u{1b}');
    (character.is_control() && !formats) || matches!(character, '\u{e000}'..='\u{f8ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(bytes: &[u8]) -> (String, &'static str) {
        to_text(bytes, None).unwrap()
    }

    fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn a_byte_order_mark_decides_and_is_no_part_of_the_text() {
        let le = [&b"\xff\xfe"[..], &utf16("é!", u16::to_le_bytes)].concat();
        let be = [&b"\xfe\xff"[..], &utf16("é!", u16::to_be_bytes)].concat();
        assert_eq!(sniffed("\u{feff}é!".as_bytes()), ("é!".to_owned(), "UTF-8"));
        assert_eq!(sniffed(&le), ("é!".to_owned(), "UTF-16LE"));
        assert_eq!(sniffed(&be), ("é!".to_owned(), "UTF-16BE"));
        assert_eq!(to_text(&be, Some("text/plain; charset=latin1")).unwrap().0, "é!");
    }

    #[test]
    fn the_charset_parameter_is_taken_in_any_case_and_quoting() {
        for header in
            ["text/plain; charset=windows-1251", "text/plain;Charset=\"CP1251\"", "text/plain ; CHARSET='x-cp1251'"]
        {
            assert_eq!(to_text(b"\xce\xf8\xe8\xe1\xea\xe0", Some(header)).unwrap().0, "Ошибка", "{header}");
        }
    }

    #[test]
    fn an_unknown_charset_is_refused_by_name() {
        let error = to_text(b"x", Some("text/plain; charset=ebcdic-9")).unwrap_err();
        assert!(error.to_string().starts_with("charset \"ebcdic-9\" is not supported; UTF-8, UTF-16"), "{error}");
        assert!(to_text(b"x", Some("text/plain; charset=iso-2022-kr")).is_err());
    }

    #[test]
    fn utf16_without_a_mark_is_told_by_its_nuls() {
        let text = "error: ошибка at C:\\Программы\\app.exe line 12, column 34";
        assert_eq!(sniffed(&utf16(text, u16::to_le_bytes)), (text.to_owned(), "UTF-16LE"));
        assert_eq!(sniffed(&utf16(text, u16::to_be_bytes)), (text.to_owned(), "UTF-16BE"));
        let labelled = to_text(&utf16(text, u16::to_be_bytes), Some("text/plain; charset=utf-16")).unwrap();
        assert_eq!(labelled, (text.to_owned(), "UTF-16BE"));
    }

    #[test]
    fn nuls_in_other_text_stay_as_they_are() {
        for text in ["PATH=/bin\0HOME=/root\0", "ab\0c", "\0", "a\0"] {
            assert_eq!(sniffed(text.as_bytes()), (text.to_owned(), "UTF-8"));
        }
    }

    #[test]
    fn legacy_text_without_a_label_is_guessed() {
        let german = "Die Verbindung wurde vom Server zurückgesetzt. Bitte später erneut versuchen.";
        let bytes = encoding_rs::WINDOWS_1252.encode(german).0;
        assert_eq!(sniffed(&bytes).0, german);
        let japanese = "接続がタイムアウトしました。サーバーの設定を確認してください。";
        let bytes = encoding_rs::SHIFT_JIS.encode(japanese).0;
        assert_eq!(sniffed(&bytes).0, japanese);
    }

    #[test]
    fn damaged_utf8_is_shown_with_replacements_and_not_as_another_charset() {
        assert_eq!(sniffed(b"caf\xc3\xa9 \xc3\xa8 \xff!").0, "café è \u{fffd}!");
        let cut = &"Fehler: ungültig".as_bytes()[..="Fehler: ung".len()];
        assert_eq!(sniffed(cut), ("Fehler: ung\u{fffd}".to_owned(), "UTF-8"));
    }

    #[test]
    fn binary_data_is_not_taken_for_a_legacy_charset() {
        let bytes: Vec<u8> = (0..4096u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[2]).collect();
        assert_eq!(sniffed(&bytes).1, "UTF-8");
    }
}
