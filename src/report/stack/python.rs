//! Python tracebacks: `File "…", line N, in f`, the error after its frames, causes before what they caused.

use super::headline::{self, Headline, Link};
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{Frame, Language, MAX_FRAMES, Trace};

/// Lines of source text and marks under it that may follow a frame.
const MAX_GAP: usize = 16;
const MAX_PATH: usize = 1024;
/// How far behind the last frame of a line the error is looked for, when all stands in one line.
const MAX_TAIL: usize = 4096;
const BEGIN: &str = "Traceback (most recent call last)";

/// Words between an error and the one it was raised from; see `traceback.py` of `CPython`.
const CONNECTORS: &[&str] = &[
    "The above exception was the direct cause of the following exception",
    "During handling of the above exception, another exception occurred",
];

/// Reads the traceback whose first `File "` stands at `mark`, in `line`.
pub(super) fn read(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> Option<Block> {
    let first = frame_at(source, mark, line.end())?;
    let (start, link) = beginning(source, line, mark, floor);
    // Code of the error itself stands two columns before `File`.
    let column = (mark - line.start).saturating_sub(2);
    let mut end = first.span.end();
    let mut frames = vec![first];
    let mut line = line;
    let mut gap = 0;
    let headline = loop {
        if let Some(frame) = next_frame(source, end, line) {
            end = frame.span.end();
            keep_last(&mut frames, frame);
            gap = 0;
            continue;
        }
        if line.start < end {
            let tail = source.prefix(end, line.end(), MAX_TAIL);
            if let Some(found) = headline::read(source, tail, line.end()).filter(|found| !found.message.is_empty()) {
                break Some(found);
            }
        } else if let Some(found) = headline_in(source, line, column) {
            break Some(found);
        } else if ends_here(line, column) {
            break None;
        }
        gap += 1;
        match source.line_from(line.next).filter(|_| gap <= MAX_GAP) {
            Some(next) => line = next,
            None => break None,
        }
    };
    if let Some(headline) = headline {
        end = source.span(headline.message).end().max(headline.name_span(source).map_or(end, super::ByteSpan::end));
    }
    frames.reverse();
    frames.truncate(MAX_FRAMES);
    let trace = Trace {
        language: Language::Python,
        error_name: headline.and_then(|headline| headline.name_span(source)),
        message: headline.and_then(|headline| headline.message_span(source)),
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    Some(Block { traces: vec![trace], end, link })
}

/// Keeps at least the last [`MAX_FRAMES`] frames: Python writes the frame nearest to the error last.
fn keep_last(frames: &mut Vec<Frame>, frame: Frame) {
    if frames.len() >= 2 * MAX_FRAMES {
        frames.drain(..MAX_FRAMES);
    }
    frames.push(frame);
}

/// Where the traceback starts, and whether what stands before says that it wraps the error before.
fn beginning(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> (usize, Link) {
    let mut start = mark;
    let mut below = line.next.max(mark);
    let mut current = Some(Line { text: source.text.get(line.start.max(floor)..mark).unwrap_or_default(), ..line });
    for distance in 0..6 {
        let Some(line) = current else { break };
        if distance <= 1
            && let Some(at) = line.text.rfind(BEGIN)
        {
            start = source.span(line.text).start() + at;
        }
        if CONNECTORS.iter().any(|words| line.text.contains(words)) {
            return (start, Link::WrapsPrevious);
        }
        below = line.start.min(below);
        current = source.line_before(below, floor, 1024);
    }
    (start, Link::None)
}

fn next_frame(source: Source<'_>, from: usize, line: Line<'_>) -> Option<Frame> {
    let from = from.max(line.start);
    let found = memchr::memmem::find(source.text.as_bytes().get(from..line.end())?, b"File \"")?;
    frame_at(source, from + found, line.end())
}

/// Reads `File "path", line N, in function` at `mark`.
fn frame_at(source: Source<'_>, mark: usize, end: usize) -> Option<Frame> {
    let body = source.text.get(mark + 6..end)?;
    let close = memchr::memchr(b'"', &body.as_bytes()[..body.len().min(MAX_PATH)])?;
    let (file, rest) = (&body[..close], &body[close + 1..]);
    let number = rest.strip_prefix(", line ")?;
    let line = place::number(number)?;
    let after = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let function =
        after.strip_prefix(", in ").map_or("", |name| &name[..name.find(char::is_whitespace).unwrap_or(name.len())]);
    let frame_end = if function.is_empty() { source.span(after).start() } else { source.span(function).end() };
    Some(Frame {
        function: source.some_span(function),
        file: source.some_span(file),
        line: Some(line),
        span: (mark..frame_end).into(),
    })
}

/// The error's line: at the column of the traceback, a name that a colon or the end of the line follows.
fn headline_in<'t>(source: Source<'t>, line: Line<'t>, column: usize) -> Option<Headline<'t>> {
    if let Some(text) =
        line.text.get(column..).filter(|text| text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'))
    {
        let length =
            text.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')).count();
        let (name, after) = text.split_at(length);
        let message = after.strip_prefix(": ").or_else(|| after.trim().is_empty().then_some(after.trim()));
        if let Some(message) = message {
            let start = source.span(name).start();
            return Some(Headline { name: Some(name), message: message.trim_end(), start, link: Link::None });
        }
    }
    let indented = line.text.get(column..).is_some_and(|text| text.starts_with(char::is_whitespace));
    (!indented).then(|| headline::read(source, line.text, line.end()))?
}

/// Whether a line that is neither frame nor error ends the traceback: text at its column.
fn ends_here(line: Line<'_>, column: usize) -> bool {
    line.text.get(column..).is_some_and(|text| text.starts_with(|c: char| !c.is_whitespace() && c != '['))
        && !line.text.starts_with(char::is_whitespace)
}
