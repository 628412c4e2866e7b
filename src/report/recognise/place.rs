//! Placeholders: what people and tools write where a value was.

use super::bytes::{before, byte, is_word, run};
use super::tables::{BARE_PLACEHOLDERS, PLACEHOLDER_WORDS, has};

/// Longest placeholder in angle brackets, in bytes.
const MAX_LEN: usize = 48;

/// Whether a whole value is a placeholder.
pub(super) fn is_placeholder(value: &str) -> bool {
    let bytes = value.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    let wrapped = matches!((first, last), (b'<', b'>') | (b'[', b']') | (b'{', b'}') | (b'(', b')'));
    let variable =
        value.starts_with("${") || (first == b'$' && bytes[1..].iter().all(|&b| is_word(b)) && bytes.len() > 1);
    let percent = first == b'%' && (bytes.len() == 2 || (last == b'%' && bytes.len() > 2));
    let dots = bytes.iter().all(|&b| matches!(b, b'*' | b'.' | b'x' | b'X' | b'-' | b'_' | b'#'))
        || value.chars().all(|c| matches!(c, '•' | '●' | '…' | '*'));
    wrapped || variable || percent || dots || BARE_PLACEHOLDERS.iter().any(|word| value.contains(word))
}

/// End of the placeholder that starts at `at`: `<DOMAIN>`, `<your-tenant>`, `[REDACTED]`, `REDACTED`, `****`.
pub(super) fn placeholder_end(bytes: &[u8], at: usize) -> Option<usize> {
    match byte(bytes, at) {
        b'<' if !is_word(before(bytes, at)) || before(bytes, at) == b'_' => {
            let end = run(bytes, at + 1, MAX_LEN, |b| is_word(b) || matches!(b, b' ' | b'-' | b'.'));
            let inner = &bytes[at + 1..end];
            let shouted = inner.len() >= 2
                && inner.iter().any(u8::is_ascii_uppercase)
                && !inner.iter().any(u8::is_ascii_lowercase);
            let named = has(PLACEHOLDER_WORDS, inner) || inner.starts_with(b"your");
            (byte(bytes, end) == b'>' && (shouted || named)).then_some(end + 1)
        }
        b'*' => {
            let end = run(bytes, at, usize::MAX, |b| b == b'*');
            (end - at >= 3 && !is_word(before(bytes, at))).then_some(end)
        }
        b'[' => {
            let end = bare_end(bytes, at + 1)?;
            (byte(bytes, end) == b']').then_some(end + 1)
        }
        _ => bare_end(bytes, at),
    }
}

fn bare_end(bytes: &[u8], at: usize) -> Option<usize> {
    BARE_PLACEHOLDERS.iter().map(|word| (word, at + word.len())).find_map(|(word, end)| {
        let here =
            bytes.get(at..end) == Some(word.as_bytes()) && !is_word(before(bytes, at)) && !is_word(byte(bytes, end));
        here.then_some(end)
    })
}
