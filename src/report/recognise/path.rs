//! Paths of files and routes.

use super::bytes::{before, byte, is_word, run, run_back};
use super::tables::{FILE_EXTENSIONS, MEDIA_TYPES, has};

/// Longest path that is looked at, in bytes (`PATH_MAX` of Linux).
const MAX_PATH: usize = 4096;
/// How far behind a slash a letter or digit must stand, in bytes.
const MAX_PREFIX: usize = 16;
/// How far a Windows path is followed over a space to its next backslash, in bytes.
const MAX_SPACED: usize = 48;

fn is_path_byte(byte: u8) -> bool {
    is_word(byte) || byte >= 0x80 || matches!(byte, b'/' | b'.' | b'-' | b'+' | b'@' | b'~' | b'%')
}

/// End of the Unix path or route that starts with `/`, `~/`, `./` or `../` at `at`.
pub(super) fn unix_end(bytes: &[u8], at: usize) -> Option<usize> {
    let previous = before(bytes, at);
    if is_word(previous) || matches!(previous, b'/' | b'.' | b'<' | b')' | b'>' | b'\\') || previous >= 0x80 {
        return None;
    }
    let start = run(bytes, at, 3, |b| matches!(b, b'.' | b'~'));
    if byte(bytes, start) != b'/' || byte(bytes, start + 1) == b'/' {
        return None;
    }
    let named = bytes[start + 1..].iter().take(MAX_PREFIX).any(u8::is_ascii_alphanumeric);
    let end = if named { trim(bytes, at, run(bytes, at, MAX_PATH, is_path_byte)) } else { at };
    (end > start + 1).then_some(end)
}

/// End of the run of path bytes at `at`, backslashes included.
pub(super) fn run_end(bytes: &[u8], at: usize) -> usize {
    run(bytes, at, usize::MAX, |b| is_path_byte(b) || b == b'\\')
}

/// End of the Windows path at `at`: `C:\dev\x`, `C:/dev/x`, `\\server\share`, with doubled backslashes too.
pub(super) fn windows_end(bytes: &[u8], at: usize) -> Option<usize> {
    let drive = byte(bytes, at).is_ascii_alphabetic()
        && byte(bytes, at + 1) == b':'
        && matches!(byte(bytes, at + 2), b'\\' | b'/')
        && !(byte(bytes, at + 2) == b'/' && byte(bytes, at + 3) == b'/')
        && !is_word(before(bytes, at));
    let share = bytes.get(at..at + 2) == Some(b"\\\\")
        && !matches!(before(bytes, at), b'\\' | b':')
        && !is_word(before(bytes, at))
        && byte(bytes, run(bytes, at, 4, |b| b == b'\\')).is_ascii_alphabetic()
        && has_share(bytes, at);
    if !drive && !share {
        return None;
    }
    let mut end = if drive { at + 2 } else { at };
    loop {
        end = run(bytes, end, MAX_PATH, |b| is_path_byte(b) || b == b'\\' || b == b'`' || b == b'&');
        if end - at > MAX_PATH || byte(bytes, end) != b' ' {
            break;
        }
        // `C:\Program Files\…`: go on when a backslash follows before anything that ends a path.
        let next = run(bytes, end, MAX_SPACED, |b| is_word(b) || matches!(b, b' ' | b'.' | b'-' | b'(' | b')'));
        let word_end = run(bytes, end + 1, MAX_SPACED, |b| is_word(b) || b == b'.');
        if byte(bytes, next) != b'\\' || byte(bytes, word_end) == b':' {
            break;
        }
        end = next;
    }
    Some(trim(bytes, at, end))
}

fn has_share(bytes: &[u8], at: usize) -> bool {
    let host = run(bytes, at, 4, |b| b == b'\\');
    let host_end = run(bytes, host, 64, |b| is_word(b) || matches!(b, b'.' | b'-'));
    host_end > host + 1 && byte(bytes, host_end) == b'\\'
}

/// End of the relative path or file name at `at`: `src/main.rs`, `node_modules/x/index.js`,
/// and `main.rs` where a position follows.
pub(super) fn relative_end(bytes: &[u8], at: usize) -> Option<usize> {
    if matches!(before(bytes, at), b'.' | b'/' | b'\\' | b'@') {
        return None;
    }
    let run_end = run(bytes, at, MAX_PATH, |b| is_path_byte(b) || b == b'\\');
    let end = trim(bytes, at, run_end);
    let path = &bytes[at..end];
    let (name, folders) = match path.iter().rposition(|&b| matches!(b, b'/' | b'\\')) {
        Some(slash) => (&path[slash + 1..], &path[..slash]),
        None => (path, &path[..0]),
    };
    let dot = name.iter().rposition(|&b| b == b'.')?;
    if dot == 0 || !has(FILE_EXTENSIONS, &name[dot + 1..]) {
        return None;
    }
    let first = folders.split(|&b| matches!(b, b'/' | b'\\')).next().unwrap_or_default();
    if folders.is_empty() {
        return has_position(bytes, end).then_some(end);
    }
    (!has(MEDIA_TYPES, first)).then_some(end)
}

/// Whether a position in a file follows: `:12`, `(12,5)`, `(12)`.
fn has_position(bytes: &[u8], at: usize) -> bool {
    matches!(byte(bytes, at), b':' | b'(') && byte(bytes, at + 1).is_ascii_digit()
}

/// Cuts closing punctuation and escapes (`\n`, `\"`) off a path.
fn trim(bytes: &[u8], at: usize, mut end: usize) -> usize {
    while end > at && matches!(bytes[end - 1], b'.' | b'\\' | b'`' | b'!' | b'*' | b'=' | b'&') {
        end -= 1;
    }
    // The letter of an escape that a run of backslashes took along: `…/x.js\n    at`.
    let escape = run_back(bytes, end, 2, |b| matches!(b, b'n' | b'r' | b't'));
    let after_escape =
        matches!(byte(bytes, end), b' ' | b'\\' | b'"') && escape < end && before(bytes, escape) == b'\\';
    if after_escape && end - escape == 1 {
        return run_back(bytes, escape, 4, |b| b == b'\\');
    }
    end
}
