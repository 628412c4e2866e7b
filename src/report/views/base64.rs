//! Base64 and base64url of text (RFC 4648), decoded where it stands: in headers, in `data:` URLs, in MIME bodies with
//! their line breaks, in tokens. A run counts only when what it decodes to is text; words, hex and paths do not.

use std::ops::Range;
use std::slice;

use ::base64::alphabet::STANDARD;
use ::base64::engine::{DecodePaddingMode, Engine, GeneralPurpose, GeneralPurposeConfig};

use super::rewrite::{Peeled, Rewrite};

/// Shortest run that is tried, in characters.
const MIN_RUN: usize = 24;
/// Characters decoded first, to turn away images and other binary data early.
const SAMPLE: usize = 64;
/// Shortest first line of a run that is continued on the next line; MIME writes 76, PEM 64.
const MIN_LINE: usize = 40;
/// Longest line break inside a run, in bytes: gateways double them and add carriage returns.
const MAX_BREAK: usize = 4;
/// Deepest indentation of a continued run, as in YAML.
const MAX_INDENT: usize = 16;

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(first_line) = next_run(bytes, from) {
        let lines = continued_lines(bytes, first_line.clone());
        from = decode_lines(&mut rewrite, bytes, &lines).unwrap_or(first_line.end);
    }
    rewrite.finish()
}

/// Whether a text holds a run that would be tried.
pub(super) fn has_run(text: &str) -> bool {
    next_run(text.as_bytes(), 0).is_some()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// The next run of at least [`MIN_RUN`] digits at or after `from`, which stands at the start of one or on no digit.
/// Looks at the last byte of each window first, so that ordinary text is skipped over in strides.
fn next_run(bytes: &[u8], mut from: usize) -> Option<Range<usize>> {
    loop {
        let window = bytes.get(from..from + MIN_RUN)?;
        match window.iter().rposition(|&byte| !is_digit(byte)) {
            Some(other) => from += other + 1,
            None => return Some(from..from + digits_at(bytes, from)),
        }
    }
}

fn digits_at(bytes: &[u8], from: usize) -> usize {
    bytes[from..].iter().position(|&byte| !is_digit(byte)).unwrap_or(bytes.len() - from)
}

/// The lines of a run: the first, and as long as lines are as long as it, the next one.
fn continued_lines(bytes: &[u8], first: Range<usize>) -> Vec<Range<usize>> {
    let width = first.len();
    let mut lines = vec![first.clone()];
    let mut end = first.end;
    if width < MIN_LINE {
        return lines;
    }
    loop {
        let rest = &bytes[end..];
        let newline = rest.iter().take(MAX_BREAK).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if newline == 0 {
            break;
        }
        let indent = rest[newline..].iter().take(MAX_INDENT).take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let start = end + newline + indent;
        let len = digits_at(bytes, start);
        if len == 0 || len > width {
            break;
        }
        end = start + len;
        lines.push(start..end);
        if len < width {
            break;
        }
    }
    lines
}

/// Decodes a run and returns where the text goes on: the whole run, the run without its last line (which may be a word
/// that follows it), its first line, or the parts of its first line between slashes. `None` when none of them is text.
fn decode_lines(rewrite: &mut Rewrite<'_>, bytes: &[u8], lines: &[Range<usize>]) -> Option<usize> {
    let first = lines.first()?.clone();
    let sample = first.start..first.end.min(first.start + SAMPLE);
    if decode(&digits(bytes, slice::from_ref(&sample))).is_none() {
        return decode_between_slashes(rewrite, bytes, first);
    }
    let tries = [lines.len(), lines.len() - 1, 1];
    for count in tries.into_iter().filter(|&count| count > 0) {
        if let Some(end) = decode_run(rewrite, bytes, &lines[..count]) {
            return Some(end);
        }
    }
    decode_between_slashes(rewrite, bytes, first)
}

fn decode_between_slashes(rewrite: &mut Rewrite<'_>, bytes: &[u8], run: Range<usize>) -> Option<usize> {
    let mut start = run.start;
    let mut decoded = None;
    for piece in bytes[run].split(|&byte| byte == b'/') {
        let range = start..start + piece.len();
        start = range.end + 1;
        if range.len() >= MIN_RUN
            && let Some(end) = decode_run(rewrite, bytes, slice::from_ref(&range))
        {
            decoded = Some(end);
        }
    }
    // Padding may follow the last piece; other digits after a decoded piece have been looked at.
    decoded.map(|end| end.max(start - 1))
}

/// The digits of some ranges in the standard alphabet; empty when they mix both alphabets or are plain hexadecimal.
fn digits(bytes: &[u8], lines: &[Range<usize>]) -> Vec<u8> {
    let (mut standard, mut url, mut hex) = (false, false, true);
    let mut digits = Vec::with_capacity(lines.iter().map(Range::len).sum());
    for &byte in lines.iter().flat_map(|line| &bytes[line.clone()]) {
        standard |= matches!(byte, b'+' | b'/');
        url |= matches!(byte, b'-' | b'_');
        hex &= byte.is_ascii_hexdigit();
        digits.push(match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        });
    }
    if hex || (standard && url) {
        digits.clear();
    }
    digits
}

fn decode(digits: &[u8]) -> Option<Text> {
    // One digit beyond whole groups carries no byte: the run was cut.
    let whole = digits.len() - usize::from(digits.len() % 4 == 1);
    Text::read(&ENGINE.decode(&digits[..whole]).ok()?)
}

/// Decodes one run in place, group by group, and returns its end.
fn decode_run(rewrite: &mut Rewrite<'_>, bytes: &[u8], lines: &[Range<usize>]) -> Option<usize> {
    let text = decode(&digits(bytes, lines))?;
    let last = lines.last()?.end;
    let padding = bytes[last..].iter().take(2).take_while(|&&byte| byte == b'=').count();
    let mut places = Places { lines, line: 0, before: 0 };
    let (mut piece_start, mut source_start, mut read) = (0, places.of(0), 0);
    for (at, character) in text.decoded.char_indices() {
        if read % 3 == 0 && at > piece_start {
            let source_end = places.of(read / 3 * 4);
            rewrite.replace(source_start..source_end, &text.decoded[piece_start..at]);
            (piece_start, source_start) = (at, source_end);
        }
        read += if text.wide { 2 * character.len_utf16() } else { character.len_utf8() };
    }
    rewrite.replace(source_start..last + padding, &text.decoded[piece_start..]);
    Some(last + padding)
}

/// Finds where digits stand, in ascending order.
struct Places<'a> {
    lines: &'a [Range<usize>],
    line: usize,
    before: usize,
}

impl Places<'_> {
    fn of(&mut self, digit: usize) -> usize {
        while self.line + 1 < self.lines.len() && digit - self.before >= self.lines[self.line].len() {
            self.before += self.lines[self.line].len();
            self.line += 1;
        }
        self.lines[self.line].start + (digit - self.before)
    }
}

/// Decoded bytes that are text.
struct Text {
    decoded: String,
    /// UTF-16, little-endian, as PowerShell encodes commands.
    wide: bool,
}

impl Text {
    fn read(bytes: &[u8]) -> Option<Self> {
        let zeros = bytes.iter().skip(1).step_by(2).filter(|&&byte| byte == 0).count();
        if bytes.len() >= 8 && zeros * 10 >= bytes.len() * 3 {
            let units = bytes.as_chunks().0.iter().map(|&pair| u16::from_le_bytes(pair));
            let decoded = char::decode_utf16(units).collect::<Result<String, _>>().ok()?;
            return is_plausible(&decoded).then_some(Self { decoded, wide: true });
        }
        // A run that was cut may end inside a character.
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
            Err(_) => return None,
        };
        is_plausible(text).then(|| Self { decoded: text.to_owned(), wide: false })
    }
}

/// Whether decoded text is meant to be read: no control characters, a quarter of it letters, mostly letters, digits and
/// spaces. By chance 24 bytes are all printable once in 10^10 runs; shorter texts must also show a space or punctuation.
fn is_plausible(text: &str) -> bool {
    let (mut count, mut letters, mut word, mut foreign, mut marks) = (0usize, 0usize, 0usize, 0usize, 0usize);
    // NULs show UTF-16 that was read byte by byte.
    for character in text.chars().filter(|character| *character != '\0') {
        if character.is_control() && !matches!(character, '\t' | '\n' | '\r' | '\u{1b}') {
            return false;
        }
        count += 1;
        letters += usize::from(character.is_alphabetic());
        word += usize::from(character.is_alphanumeric() || character.is_whitespace());
        foreign += usize::from(!character.is_ascii());
        marks += usize::from(character.is_ascii_whitespace() || character.is_ascii_punctuation());
    }
    let long = text.len() >= MIN_RUN;
    count > 8
        && letters * 4 >= count
        && word * 5 >= count * 2
        && (long || marks > 0)
        && (foreign * 2 <= count || text.len() > 48)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    const MESSAGE: &str = "{\"name\":\"TypeError\",\"message\":\"Required member is undefined… ¿qué?\"}";

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn text_is_decoded_where_it_stands() {
        for encoded in [STANDARD.encode(MESSAGE), URL_SAFE_NO_PAD.encode(MESSAGE)] {
            for (before, after) in [
                ("", ""),
                ("data:text/plain;base64,", "\n"),
                ("err=", "&x=1"),
                ("\"", "\""),
                ("https://h.example/a/", "?b"),
            ] {
                assert_eq!(text(&format!("{before}{encoded}{after}")), Some(format!("{before}{MESSAGE}{after}")));
            }
        }
    }

    #[test]
    fn wrapped_lines_are_one_run_and_a_word_after_them_is_none_of_it() {
        let encoded = STANDARD.encode(MESSAGE.repeat(3));
        for (separator, after) in
            [("\r\n", "\r\n\r\nthanks"), ("\n    ", "\nthanks"), ("\n", ""), ("\r\r\n", "\n"), ("\n\n", "\n")]
        {
            let wrapped: Vec<&str> =
                encoded.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let source = format!("key: {}{after}", wrapped.join(separator));
            assert_eq!(text(&source), Some(format!("key: {}{after}", MESSAGE.repeat(3))));
        }
        let full_lines = STANDARD.encode("Required member is undefined, says the page now");
        assert_eq!(full_lines.len(), 64);
        assert_eq!(
            text(&format!("{full_lines}\nthanks")).as_deref(),
            Some("Required member is undefined, says the page now\nthanks")
        );
    }

    #[test]
    fn a_run_that_was_cut_is_decoded_as_far_as_it_goes() {
        let encoded = STANDARD.encode(MESSAGE);
        for cut in 40..encoded.len() {
            let decoded = text(&encoded[..cut]).unwrap();
            assert!(MESSAGE.starts_with(&decoded), "{cut}: {decoded}");
            assert!(decoded.len() + 4 >= cut * 3 / 4, "{cut}: {decoded}");
        }
    }

    #[test]
    fn powershell_s_wide_text_is_decoded() {
        let wide: Vec<u8> = "Get-Item : not found".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text(&STANDARD.encode(wide)).as_deref(), Some("Get-Item : not found"));
    }

    #[test]
    fn words_hex_paths_and_binary_data_stay() {
        let image = STANDARD.encode((0..=255).collect::<Vec<u8>>());
        for source in [
            "PublicKeyCredentialCreationOptionsBuilderFactory",
            "0123456789abcdef0123456789abcdef01234567",
            "6f1ed002ab5595859014ebf0951522d9deadbeefcafebabe",
            "node_modules/react-dom/cjs/react-dom-development",
            "/usr/local/lib/python3/dist-packages/requests/adapters",
            "com/example/service/internal/handlers/RequestHandlerImplementation",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "------------------------------------------",
            "1234567890123456789012345678901234567890",
            "this_is_a_very_long_snake_case_identifier_in_a_test",
            &image,
            "short YWJjZGVm",
        ] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_span_maps_to_the_groups_that_hold_it() {
        let (text, map) = peel(&format!("x {}", STANDARD.encode("Required member is undefined"))).unwrap();
        let at = text.find("member").unwrap();
        assert_eq!(map.to_parent((at..at + 6).into()), (14..22).into());
    }
}
