//! Headlines: the line with the error's name and message, found before the first frame of a trace.

use super::super::ByteSpan;
use super::source::{Line, Source};

/// How far back a headline is looked for.
const MAX_LINES_BACK: usize = 12;
/// The same for names that do not look like an error's.
const MAX_LINES_BACK_PLAIN: usize = 3;
const MAX_BYTES_BACK: usize = 4096;

/// Words that say that an error is the cause of the one before.
const CAUSE_MARKS: &[&str] = &["Caused by: ", "caused by: ", "[cause]: ", "---> "];

/// Words that say that an error wraps the one before: PHP's, and Java's when the root cause is printed first.
const WRAP_MARKS: &[&str] = &["Next ", "Wrapped by: "];

/// Endings of names that alone make a word the name of an error.
const NAME_ENDINGS: &[&str] = &[
    "Error",
    "Exception",
    "Warning",
    "Failure",
    "Fault",
    "Interrupt",
    "Violation",
    "Panic",
    "Timeout",
    "Exit",
    "Throwable",
];

/// What a headline says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Headline<'t> {
    /// The error's type.
    pub(super) name: Option<&'t str>,
    /// What follows it.
    pub(super) message: &'t str,
    /// Where the headline starts.
    pub(super) start: usize,
    /// How it hangs together with the trace before.
    pub(super) link: Link,
}

/// How a trace hangs together with the one before it in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Link {
    /// Not at all.
    #[default]
    None,
    /// It is the cause of the one before.
    CauseOfPrevious,
    /// The one before is its cause.
    WrapsPrevious,
}

impl Headline<'_> {
    /// Span of the name.
    pub(super) fn name_span(&self, source: Source<'_>) -> Option<ByteSpan> {
        self.name.and_then(|name| source.some_span(name))
    }

    /// Span of the message.
    pub(super) fn message_span(&self, source: Source<'_>) -> Option<ByteSpan> {
        source.some_span(self.message)
    }
}

/// Finds the headline of a trace whose first frame starts at `frame`, in the line that starts at `line_start`. Nothing
/// before `floor` is read. Nearest line first; a line that starts with a time starts a log record and ends the search.
pub(super) fn before(source: Source<'_>, line_start: usize, frame: usize, floor: usize) -> Option<Headline<'_>> {
    let lead = source.suffix(line_start.max(floor), frame, MAX_BYTES_BACK);
    if let Some(headline) = read(source, lead, frame) {
        return Some(headline);
    }
    let mut below = line_start;
    let mut fallback = None;
    for distance in 0..MAX_LINES_BACK {
        let reach = MAX_BYTES_BACK.saturating_sub(line_start - below);
        let Some(line) = source.line_before(below, floor, reach) else { break };
        if let Some(headline) = read(source, line.text, line_start) {
            return Some(headline);
        }
        if fallback.is_none() && distance < MAX_LINES_BACK_PLAIN {
            fallback = plain_name(source, line, line_start);
        }
        if starts_log_record(line.text) {
            break;
        }
        below = line.start;
    }
    fallback
}

/// Reads a headline inside `line`; its message runs on to `end`.
pub(super) fn read<'t>(source: Source<'t>, line: &'t str, end: usize) -> Option<Headline<'t>> {
    let (name, after) = find_name(line)?;
    let start = source.span(name).start();
    let message = source.text.get(source.span(after).start()..end).unwrap_or(after).trim();
    let before = &line[..start - source.span(line).start()];
    Some(Headline { name: Some(name), message, start, link: link(before) })
}

/// How the words before an error's name tie it to the trace before.
fn link(before: &str) -> Link {
    let ends_with = |marks: &[&str]| marks.iter().any(|mark| before.ends_with(mark));
    if ends_with(CAUSE_MARKS) {
        Link::CauseOfPrevious
    } else if ends_with(WRAP_MARKS) {
        Link::WrapsPrevious
    } else {
        Link::None
    }
}

/// The first error name of a line and what follows its colon. A name is followed by a colon, by a code in brackets and a
/// colon, or by the end of the line. A warning that only announces another error gives way to it.
pub(super) fn find_name(line: &str) -> Option<(&str, &str)> {
    let mut rest = line;
    let mut announced = None;
    loop {
        let start = rest.find(|letter: char| letter.is_ascii_alphabetic())?;
        let word = &rest[start..][..word_length(&rest[start..])];
        let name = word.trim_end_matches([':', '.', '\\', '/', '-']);
        let after = &rest[start + name.len()..];
        if is_error_name(name)
            && let Some(message) = after_name(after)
        {
            if !name.ends_with("Warning") {
                return Some((name, message));
            }
            announced = announced.or(Some((name, message)));
        } else if announced.is_some() {
            return announced;
        }
        rest = &rest[start + word.len().max(1)..];
        if !rest.bytes().any(|byte| byte.is_ascii_alphabetic()) {
            return announced;
        }
    }
}

/// Length of the word that starts a text: a name with dots, `::` or `\` between its segments.
fn word_length(text: &str) -> usize {
    text.bytes()
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$' | b':' | b'\\' | b'/' | b'-')
        })
        .count()
}

/// What follows an error's name, after the colon; none when the name is not followed as one is.
fn after_name(after: &str) -> Option<&str> {
    let mut rest = after;
    while let Some(code) = rest.strip_prefix(" [").or_else(|| rest.strip_prefix(" (")) {
        let close = code.find([']', ')']).filter(|close| *close <= 64)?;
        rest = &code[close + 1..];
    }
    match rest.strip_prefix(':') {
        Some(message) if message.is_empty() || message.starts_with(|c: char| c.is_whitespace()) => Some(message),
        Some(_) => None,
        None => rest.trim().is_empty().then_some(rest),
    }
}

/// Whether a word names an error: by its ending, or as a class in packages (`psycopg2.errors.UndefinedTable`).
fn is_error_name(word: &str) -> bool {
    if word.len() > 200 || word.contains('/') {
        return false;
    }
    let last = last_segment(word);
    if !last.starts_with(|letter: char| letter.is_ascii_uppercase()) || !last.bytes().any(|b| b.is_ascii_lowercase()) {
        return false;
    }
    NAME_ENDINGS.iter().any(|ending| last.ends_with(ending))
        || (last.len() < word.len() && word.starts_with(|letter: char| letter.is_ascii_lowercase()))
}

/// What stands after the last separator of a qualified name.
fn last_segment(word: &str) -> &str {
    word.rsplit(['.', '$', '\\', ':']).next().unwrap_or(word)
}

/// A line of the form `Name: message` at its very start, where the name alone would not be taken for an error.
fn plain_name<'t>(source: Source<'t>, line: Line<'t>, end: usize) -> Option<Headline<'t>> {
    let text = line.text.trim_ascii_start();
    let name = &text[..word_length(text)];
    let bare = name.strip_suffix(':')?;
    let has_lower = bare.bytes().any(|byte| byte.is_ascii_lowercase());
    if !has_lower || !bare.starts_with(|letter: char| letter.is_ascii_uppercase()) || bare.contains(['/', ':']) {
        return None;
    }
    let after = source.span(&text[name.len()..]).start();
    let message = source.text.get(after..end)?.trim();
    Some(Headline { name: Some(bare), message, start: source.span(bare).start(), link: Link::None })
}

/// Whether a line starts with a date or a time, perhaps in brackets.
fn starts_log_record(line: &str) -> bool {
    let line = line.trim_start_matches(['[', '(', '<', ' ', '\t']);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    digits >= 2 && line[digits..].starts_with(['-', ':', '/', '.'])
}
