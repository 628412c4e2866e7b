//! Bytes by class, and runs of them.

/// Letters, digits and `_`: what a word is made of.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// End of the run of bytes from `at` that satisfy `class`, at most `max` bytes long.
pub(super) fn run(bytes: &[u8], at: usize, max: usize, class: impl Fn(u8) -> bool) -> usize {
    let limit = bytes.len().min(at.saturating_add(max));
    let rest = bytes.get(at..limit).unwrap_or_default();
    at + rest.iter().position(|&byte| !class(byte)).unwrap_or(rest.len())
}

/// Start of the run of bytes before `at` that satisfy `class`, at most `max` bytes long.
pub(super) fn run_back(bytes: &[u8], at: usize, max: usize, class: impl Fn(u8) -> bool) -> usize {
    let rest = bytes.get(at.saturating_sub(max)..at).unwrap_or_default();
    at - rest.iter().rev().position(|&byte| !class(byte)).unwrap_or(rest.len())
}

/// The byte at `at`; 0, which no recogniser looks for, outside the text.
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The byte before `at`; 0 at the start.
pub(super) fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |index| byte(bytes, index))
}

/// Whether `prefix` stands at `at`, letter case ignored.
pub(super) fn starts_with_ignore_case(bytes: &[u8], at: usize, prefix: &str) -> bool {
    bytes.get(at..at + prefix.len()).is_some_and(|have| have.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Value of the digits from `start` to `end`; `None` beyond nine digits.
pub(super) fn number(bytes: &[u8], start: usize, end: usize) -> Option<u32> {
    let digits = bytes.get(start..end)?;
    if digits.is_empty() || digits.len() > 9 {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |sum: u32, digit| Some(sum * 10 + u32::from(digit.checked_sub(b'0').filter(|d| *d < 10)?)))
}
