//! Ruby: ``app.rb:12:in `total': message (Shop::Error)`` and the callers under it, each perhaps after `from`.

use super::headline::{self, Link};
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{ByteSpan, Frame, Language, MAX_FRAMES, Trace};

const MAX_PATH: usize = 1024;
const MAX_FUNCTION: usize = 300;
const MAX_MESSAGE: usize = 4096;

/// Reads the trace whose first `` :in ` `` stands at `mark`, in `line`.
pub(super) fn read(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> Option<Block> {
    let (first, after) = frame_at(source, mark, line.start.max(floor), line.end())?;
    let start = first.span.start();
    let (name, message, start) = match message_after(source, after, line.end()) {
        Some((name, message)) => (Some(name), message, start),
        None => match headline::before(source, line.start, start, floor) {
            Some(headline) => (headline.name_span(source), headline.message_span(source), headline.start),
            None => (None, None, start),
        },
    };
    let mut end = message.map_or(after, |message| message.end().max(after));
    end = name.map_or(end, |name| name.end().max(end));
    let mut frames = vec![first];
    let mut line = line;
    loop {
        let before = end;
        while let Some((frame, after)) = next_frame(source, end, line) {
            end = after;
            if frames.len() < MAX_FRAMES {
                frames.push(frame);
            }
        }
        if end == before && line.start >= end {
            break;
        }
        match source.line_from(line.next) {
            Some(next) => line = next,
            None => break,
        }
    }
    let trace = Trace {
        language: Language::Ruby,
        error_name: name,
        message,
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    let directly_below = source.text.get(floor..start).is_some_and(|between| floor > 0 && between.trim().is_empty());
    let link = if directly_below { Link::CauseOfPrevious } else { Link::None };
    Some(Block { traces: vec![trace], end, link })
}

/// The next frame of a running trace; one with a message starts the next error.
fn next_frame(source: Source<'_>, from: usize, line: Line<'_>) -> Option<(Frame, usize)> {
    let from = from.max(line.start);
    let rest = source.prefix(from, line.end(), MAX_PATH);
    let mark = rest.match_indices(":in ").map(|(at, _)| at).find(|at| rest[at + 4..].starts_with(['`', '\'']))?;
    let (frame, after) = frame_at(source, from + mark, from, line.end())?;
    message_after(source, after, line.end()).is_none().then_some((frame, after))
}

/// Reads ``file:line:in `function'`` whose `:in` stands at `mark`, and where the text after it starts.
fn frame_at(source: Source<'_>, mark: usize, low: usize, end: usize) -> Option<(Frame, usize)> {
    let before = source.text.get(low..mark)?;
    let length: usize = before
        .chars()
        .rev()
        .take(MAX_PATH)
        .take_while(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`' | ','))
        .map(char::len_utf8)
        .sum();
    let place_text = &before[before.len() - length..];
    let place = place::read(place_text.trim_start_matches(['[', '(']))?;
    let body = source.text.get(mark + 5..end)?;
    let close = memchr::memchr(b'\'', &body.as_bytes()[..body.len().min(MAX_FUNCTION)])?;
    let function = &body[..close];
    let name = function.rsplit_once(" in ").map_or(function, |(_, name)| name);
    let after = mark + 5 + close + 1;
    let start = source.span(place.file).start();
    let frame = Frame {
        function: source.some_span(name),
        file: source.some_span(place.file),
        line: Some(place.line),
        span: (start..after).into(),
    };
    Some((frame, after))
}

/// `: message (Name)` after the first frame.
fn message_after(source: Source<'_>, after: usize, end: usize) -> Option<(ByteSpan, Option<ByteSpan>)> {
    let message = source.text.get(after..end).filter(|text| text.len() <= MAX_MESSAGE)?;
    let message = message.strip_prefix(": ")?.trim_end();
    let (message, name) = message.strip_suffix(')')?.rsplit_once('(')?;
    let is_class = name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.contains(' ');
    is_class.then(|| (source.span(name), source.some_span(message.trim_end())))
}
