//! Numbers, versions, durations, sizes, hexadecimal.

use super::bytes::{before, byte, is_word, run, starts_with_ignore_case};
use super::tables::{SIZE_UNITS, TIME_UNITS};
use super::{PieceKind, context};

/// What stands at a digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numeric {
    /// A piece that ends there.
    Piece(usize, PieceKind),
    /// A number that identifies, or a word that starts with a digit; it ends there.
    Kept(usize),
}

/// Reads the number, version, duration or size that starts at the digit at `at`.
pub(super) fn numeric_at(bytes: &[u8], at: usize) -> Numeric {
    let digits = run(bytes, at, usize::MAX, |b| b.is_ascii_digit());
    let mut end = digits;
    let mut dots = 0;
    while byte(bytes, end) == b'.' && byte(bytes, end + 1).is_ascii_digit() {
        end = run(bytes, end + 1, usize::MAX, |b| b.is_ascii_digit());
        dots += 1;
    }
    if dots >= 2 {
        if context::is_enhanced_status(bytes, at) && dots == 2 {
            return Numeric::Kept(end);
        }
        return Numeric::Piece(version_tail(bytes, end), PieceKind::Version);
    }
    if dots == 0 {
        while byte(bytes, end) == b',' && run(bytes, end + 1, 4, |b| b.is_ascii_digit()) == end + 4 {
            end += 4;
        }
    }
    if let Some((end, kind)) = unit_end(bytes, end) {
        return Numeric::Piece(end, kind);
    }
    if is_word(byte(bytes, end)) || byte(bytes, end) >= 0x80 {
        return Numeric::Kept(run(bytes, end, usize::MAX, is_word));
    }
    if context::identifies(bytes, at, end)
        || (matches!(before(bytes, at), b'/') && end - at < 3 && is_word(before(bytes, at - 1)))
    {
        return Numeric::Kept(end);
    }
    let prerelease = dots == 1 && byte(bytes, end) == b'-' && byte(bytes, end + 1).is_ascii_alphabetic();
    if prerelease {
        return Numeric::Piece(version_tail(bytes, end), PieceKind::Version);
    }
    // Seconds, milliseconds, … since 1970, from 2014 to 2033.
    let epoch = matches!(end - at, 10 | 13 | 16 | 19)
        && digits == end
        && matches!((bytes[at], bytes[at + 1]), (b'1', b'4'..=b'9'));
    Numeric::Piece(end, if epoch { PieceKind::Timestamp } else { PieceKind::Number })
}

/// End of the version that starts with `v` at `at`: `v1.2`, `v18.20.4-rc.1`.
pub(super) fn v_version_end(bytes: &[u8], at: usize) -> Option<usize> {
    let digits = run(bytes, at + 1, 9, |b| b.is_ascii_digit());
    if digits == at + 1 || byte(bytes, digits) != b'.' || !byte(bytes, digits + 1).is_ascii_digit() {
        return None;
    }
    let end = run(bytes, digits, usize::MAX, |b| b.is_ascii_digit() || b == b'.');
    Some(version_tail(bytes, end - usize::from(bytes[end - 1] == b'.')))
}

/// Pre-release and build of a version (Semantic Versioning 2.0).
fn version_tail(bytes: &[u8], end: usize) -> usize {
    if !matches!(byte(bytes, end), b'-' | b'+') || !byte(bytes, end + 1).is_ascii_alphanumeric() {
        return if byte(bytes, end).is_ascii_alphabetic() {
            run(bytes, end, 16, |b| b.is_ascii_alphanumeric())
        } else {
            end
        };
    }
    let tail = run(bytes, end + 1, 64, |b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+'));
    tail - bytes[end..tail].iter().rev().take_while(|b| !b.is_ascii_alphanumeric()).count()
}

/// The unit behind a number; compounds such as `1h30m` as a whole.
fn unit_end(bytes: &[u8], at: usize) -> Option<(usize, PieceKind)> {
    let spaced = at + usize::from(byte(bytes, at) == b' ');
    if !byte(bytes, spaced).is_ascii_alphabetic() && byte(bytes, spaced) < 0x80 {
        return None;
    }
    let find = |units: &[(&str, bool)], start: usize| {
        units.iter().filter(|(_, may_be_spaced)| start == at || *may_be_spaced).find_map(|(unit, _)| {
            let end = start + unit.len();
            let next = byte(bytes, end);
            (starts_with_ignore_case(bytes, start, unit) && (next.is_ascii_digit() || (!is_word(next) && next < 0x80)))
                .then_some(end)
        })
    };
    let Some(mut end) = find(TIME_UNITS, spaced) else {
        let end = find(SIZE_UNITS, spaced).filter(|&end| !byte(bytes, end).is_ascii_digit())?;
        return Some((end, PieceKind::Size));
    };
    while byte(bytes, end).is_ascii_digit() {
        if spaced > at {
            return None;
        }
        let number = run(bytes, end, 16, |b| b.is_ascii_digit() || b == b'.');
        end = TIME_UNITS.iter().find_map(|(unit, _)| {
            let next = byte(bytes, number + unit.len());
            (starts_with_ignore_case(bytes, number, unit) && (next.is_ascii_digit() || !is_word(next)))
                .then_some(number + unit.len())
        })?;
    }
    Some((end, PieceKind::Duration))
}

/// Hexadecimal at a word start: a pointer, a hash, an id.
pub(super) fn hex_at(bytes: &[u8], at: usize, word_end: usize) -> Option<Numeric> {
    let word = &bytes[at..word_end];
    if word.starts_with(b"0x") || word.starts_with(b"0X") {
        let digits = &word[2..];
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        let kept = context::is_hex_code(digits) || (digits.len() <= 8 && context::identifies(bytes, at, word_end));
        return Some(if kept { Numeric::Kept(word_end) } else { Numeric::Piece(word_end, PieceKind::Hex) });
    }
    let is_hex = word.len() >= 8
        && word.iter().all(u8::is_ascii_hexdigit)
        && word.iter().any(u8::is_ascii_digit)
        && word.iter().any(u8::is_ascii_alphabetic);
    if !is_hex {
        return None;
    }
    let kept = word.len() == 8 && context::identifies(bytes, at, word_end);
    Some(if kept { Numeric::Kept(word_end) } else { Numeric::Piece(word_end, PieceKind::Hex) })
}

/// End of the UUID at `at`.
pub(super) fn uuid_end(bytes: &[u8], at: usize) -> Option<usize> {
    let candidate = bytes.get(at..at + 36)?;
    let fits = candidate.iter().enumerate().all(|(index, &byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    (fits && !is_word(byte(bytes, at + 36))).then_some(at + 36)
}

/// Whether a word is a ULID: 26 characters of Crockford's base 32, the first at most 7.
pub(super) fn is_ulid(word: &[u8]) -> bool {
    let is_digit = |b: &u8| b.is_ascii_digit() || (b.is_ascii_uppercase() && !matches!(b, b'I' | b'L' | b'O' | b'U'));
    word.len() == 26
        && matches!(word[0], b'0'..=b'7')
        && (word.iter().all(is_digit)
            || word.iter().all(|b| is_digit(&b.to_ascii_uppercase()) && !b.is_ascii_uppercase()))
        && word.iter().any(u8::is_ascii_alphabetic)
}

/// End of the card number at `at`: 13 to 19 digits, single spaces or hyphens between groups, an issuer's range
/// (ISO/IEC 7812 register, as published by the card networks) and a right check digit (Luhn).
///
/// Other numbers may follow behind a space, so every end of a group counts and the longest number that is a card's wins.
pub(super) fn card_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut digits = [0_u8; 19];
    let mut count = 0;
    let mut end = at;
    let mut card = None;
    loop {
        let byte_here = byte(bytes, end);
        if byte_here.is_ascii_digit() {
            let Some(place) = digits.get_mut(count) else { return card };
            *place = byte_here - b'0';
            count += 1;
        } else {
            let decimal = byte_here == b'.' && byte(bytes, end + 1).is_ascii_digit();
            let read = &digits[..count];
            if count >= 13 && !is_word(byte_here) && !decimal && is_issued(read) && passes_luhn(read) {
                card = Some(end);
            }
            if !(matches!(byte_here, b' ' | b'-') && count >= 4 && byte(bytes, end + 1).is_ascii_digit()) {
                return card;
            }
        }
        end += 1;
    }
}

fn is_issued(digits: &[u8]) -> bool {
    let prefix = |len: usize| digits[..len].iter().fold(0_u32, |sum, &digit| sum * 10 + u32::from(digit));
    match digits.len() {
        13 | 19 => digits[0] == 4 || matches!(prefix(2), 62 | 65) || prefix(4) == 6011,
        14 => matches!(prefix(3), 300..=305) || matches!(prefix(2), 36 | 38),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            digits[0] == 4
                || matches!(prefix(2), 51..=55 | 62 | 65 | 35)
                || matches!(prefix(3), 644..=649)
                || matches!(prefix(4), 2221..=2720 | 6011)
        }
        _ => false,
    }
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(index, &digit)| match (index % 2, digit) {
            (0, digit) => u32::from(digit),
            (_, digit) if digit > 4 => u32::from(digit) * 2 - 9,
            (_, digit) => u32::from(digit) * 2,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&digit| digit != digits[0])
}
