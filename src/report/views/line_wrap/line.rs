//! Lines, and what their words say about whether one goes on with the next.

use memchr::memchr;

use super::widths::{CUT_WIDTHS, WORD_WIDTHS};

/// Quote marks of mail that are still encoded.
const ENCODED_QUOTES: [&str; 4] = ["&gt;", "&amp;gt;", "&#62;", "%3E"];
/// A line longer than this, in bytes, is not wrapped.
const LONGEST: usize = 1000;

pub(super) struct Line<'a> {
    pub(super) start: usize,
    /// Without its line break.
    pub(super) whole: &'a str,
    /// Without white space at its end as well.
    pub(super) words: &'a str,
    /// Characters of `whole` and of `words`; the largest number for lines that are too long to be wrapped.
    pub(super) whole_width: usize,
    pub(super) width: usize,
}

/// The lines of a text.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { text, at: 0 }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        let start = self.at;
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let len = memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        self.at = start + len + 1;
        let whole = trim_end(&rest[..len], |byte| byte == b'\r');
        let words = trim_end(whole, |byte| matches!(byte, b' ' | b'\t'));
        let whole_width = match whole.len() {
            len if len > LONGEST => usize::MAX,
            len if whole.is_ascii() => len,
            _ => whole.chars().count(),
        };
        Some(Line { start, whole, words, whole_width, width: whole_width - (whole.len() - words.len()) })
    }
}

/// A text without the bytes at its end that `is_end` names, which are ASCII.
fn trim_end(text: &str, is_end: impl Fn(u8) -> bool) -> &str {
    let kept = text.bytes().rposition(|byte| !is_end(byte)).map_or(0, |last| last + 1);
    &text[..kept]
}

/// Whether a line can be the rest of the one before it, wrapped at words. It must not begin anything
/// new, which is looked at first.
pub(super) fn may_continue(line: &Line<'_>, next: &Line<'_>) -> bool {
    line.width <= *WORD_WIDTHS.end()
        && line.width >= WORD_WIDTHS.start() / 2
        && !next.words.is_empty()
        && !line.words.ends_with('=')
        && line.words.contains(' ')
        && !ENCODED_QUOTES.iter().any(|mark| next.whole.starts_with(mark))
        && !next.whole.starts_with([' ', '\t', '[', '{', '}', '<', '>', '|', '+', '#', '*', '•', '-', '@'])
}

/// Whether a line can be the rest of the one before it, cut anywhere, if it begins nothing new. Quoted lines have their marks to lose first, and
/// quoted-printable knows its own breaks.
pub(super) fn may_be_cut(line: &Line<'_>, next: &Line<'_>) -> bool {
    next.whole_width <= line.whole_width.saturating_add(1)
        && !line.whole.ends_with('=')
        && !next.whole.starts_with(['>', '|', '\0'])
        && (!is_base64(line.whole) || !begins_sentence(next.whole))
}

fn is_base64(line: &str) -> bool {
    line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
}

/// Whether a line starts with a word of letters and goes on with others, and so follows a block of base64.
fn begins_sentence(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(word, _)| word.chars().all(char::is_alphabetic))
}

/// Whether a line begins something: a log line, a stack frame, a numbered item.
pub(super) fn begins_new(line: &str) -> bool {
    const STARTS: [&str; 14] = [
        "at ",
        "in ./",
        "File \"",
        "Caused by",
        "Traceback",
        "TRACE",
        "DEBUG",
        "INFO",
        "WARN",
        "ERROR",
        "FATAL",
        "CRITICAL",
        "NOTICE",
        "[",
    ];
    let bare = line.trim_start_matches([' ', '\t', '[', '(', '<']);
    // What takes least time first.
    begins_with_number(bare) || STARTS.iter().any(|start| bare.starts_with(start) || line.starts_with(start))
}

/// A date, a time or an item's number: digits followed by `-`, `/`, `:`, `.` or `)`.
fn begins_with_number(line: &str) -> bool {
    let digits = line.bytes().take(20).take_while(u8::is_ascii_digit).count();
    let after = line.as_bytes().get(digits..).unwrap_or_default();
    match after {
        [b')', ..] | [b'.', b' ', ..] => digits > 0,
        [b'-' | b'/' | b':' | b'.', next, ..] => digits > 0 && next.is_ascii_digit(),
        _ => false,
    }
}

/// Characters of the first word, as far as they matter.
pub(super) fn first_word(words: &str) -> usize {
    words.chars().take(CUT_WIDTHS.end() + 1).take_while(|character| *character != ' ').count()
}
