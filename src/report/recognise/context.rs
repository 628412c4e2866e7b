//! What makes a number identify an error: the words around it. Such numbers are no pieces.

use super::bytes::{before, byte, is_word, number, run, run_back, starts_with_ignore_case};
use super::tables::{IDENTIFYING_SUFFIXES, IDENTIFYING_WORDS, LINKING_WORDS, STATUS_FOLLOWERS, has, reason_phrase_at};

/// Whether the number from `start` to `end` identifies: an errno, a code, an exit status, a signal, an HTTP status.
pub(super) fn identifies(bytes: &[u8], start: usize, end: usize) -> bool {
    before_is(bytes, start, "HTTP/")
        || follows_identifying_word(bytes, start)
        || is_status(bytes, start, end)
        || starts_enhanced_status(bytes, start, end)
}

fn before_is(bytes: &[u8], start: usize, word: &str) -> bool {
    start.checked_sub(word.len()).is_some_and(|at| starts_with_ignore_case(bytes, at, word))
}

fn follows_identifying_word(bytes: &[u8], start: usize) -> bool {
    let mut at = start;
    for _ in 0..3 {
        let word_end = run_back(bytes, at, 6, |b| {
            matches!(b, b' ' | b':' | b'=' | b'#' | b'(' | b'[' | b'"' | b'\'' | b'`' | b'-' | b'\\' | b'>' | b'<')
        });
        let word_start = run_back(bytes, word_end, 24, is_word);
        let word = &bytes[word_start..word_end];
        if word.is_empty() {
            return false;
        }
        if word.iter().all(u8::is_ascii_digit) {
            // `ERROR 1045 (28000)`: what identifies is in two numbers.
            if !bytes[word_end..at].iter().any(|b| matches!(b, b'(' | b'-')) {
                return false;
            }
            at = word_start;
            continue;
        }
        let lower_tail = |suffix: &&str| {
            word.len() >= suffix.len() && word[word.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
        };
        if IDENTIFYING_SUFFIXES.iter().any(lower_tail) || has(IDENTIFYING_WORDS, word) {
            return true;
        }
        if !has(LINKING_WORDS, word) {
            return false;
        }
        at = word_start;
    }
    false
}

/// Whether a three-digit number is an HTTP status by what stands beside it.
fn is_status(bytes: &[u8], start: usize, end: usize) -> bool {
    if end - start != 3 || !number(bytes, start, end).is_some_and(|n| (100..600).contains(&n)) {
        return false;
    }
    // `HTTP/1.1 400`, `"GET / HTTP/2.0" 400`, `[HTTP/2 400 187ms]`
    let window = &bytes[start.saturating_sub(12)..start];
    if window.windows(5).any(|w| w.eq_ignore_ascii_case(b"HTTP/")) {
        return true;
    }
    let after = run(bytes, end, 3, |b| matches!(b, b' ' | b'(' | b':' | b'-' | b','));
    after > end
        && (reason_phrase_at(bytes, after)
            || STATUS_FOLLOWERS
                .iter()
                .any(|word| starts_with_ignore_case(bytes, after, word) && !is_word(byte(bytes, after + word.len()))))
}

/// Whether a reply code of mail stands before its enhanced status code (RFC 3463): `550 5.7.1`.
fn starts_enhanced_status(bytes: &[u8], start: usize, end: usize) -> bool {
    let class = byte(bytes, start);
    end - start == 3
        && matches!(class, b'2' | b'4' | b'5')
        && matches!(byte(bytes, end), b' ' | b'-')
        && byte(bytes, end + 1) == class
        && byte(bytes, end + 2) == b'.'
        && byte(bytes, end + 3).is_ascii_digit()
}

/// Whether `X.Y.Z` from `start` is an enhanced status code of mail: behind its reply code, `#`, or an identifying word.
pub(super) fn is_enhanced_status(bytes: &[u8], start: usize) -> bool {
    let class = byte(bytes, start);
    if !matches!(class, b'2' | b'4' | b'5') || byte(bytes, start + 1) != b'.' {
        return false;
    }
    let reply = start.checked_sub(4).is_some_and(|reply| {
        bytes[reply] == class
            && bytes[reply + 1..reply + 3].iter().all(u8::is_ascii_digit)
            && matches!(bytes[start - 1], b' ' | b'-')
    });
    reply || before(bytes, start) == b'#' || follows_identifying_word(bytes, start)
}

/// Whether a pointer-like number `0x…` of `digits` is an error code: a failed HRESULT or NTSTATUS has its top bit set
/// and eight digits (MS-ERREF), small values are flags and codes.
pub(super) fn is_hex_code(digits: &[u8]) -> bool {
    digits.len() <= 4 || (digits.len() == 8 && matches!(digits[0], b'8' | b'C' | b'c' | b'E' | b'e'))
}
