//! PHP: `#0 /app/index.php(12): Shop\Cart->total()`; the error that wraps another follows it after `Next`.

use super::headline::{self, Headline};
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{Frame, Language, MAX_FRAMES, Trace};

const MAX_PATH: usize = 1024;

/// Reads the trace whose `#0 ` stands at `mark`, in `line`.
pub(super) fn read(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> Option<Block> {
    let first = frame_at(source, mark, line.end())?;
    let mut headline = headline::before(source, line.start, mark, floor);
    let mut frames = Vec::new();
    if let Some(headline) = headline.as_mut() {
        headline.message = message(headline);
        frames.extend(thrown_at(source, headline));
    }
    let mut end = first.span.end();
    frames.push(first);
    let mut line = line;
    loop {
        let before = end;
        while let Some(frame) = next_frame(source, end, line) {
            end = frame.span.end();
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
    let start = headline.map_or(mark, |headline| headline.start);
    let trace = Trace {
        language: Language::Php,
        error_name: headline.and_then(|headline| headline.name_span(source)),
        message: headline.and_then(|headline| headline.message_span(source)),
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    Some(Block { traces: vec![trace], end, link: headline.map(|headline| headline.link).unwrap_or_default() })
}

/// The message up to the words that announce the trace.
fn message<'t>(headline: &Headline<'t>) -> &'t str {
    let end = ["Stack trace:", "[stacktrace]"].iter().find_map(|words| headline.message.rfind(words));
    headline.message[..end.unwrap_or(headline.message.len())].trim_end()
}

/// Cuts `in /app/index.php:12` from the end of the message: the place where the error was thrown.
fn thrown_at(source: Source<'_>, headline: &mut Headline<'_>) -> Option<Frame> {
    let cut = headline.message.rfind(" in ")?;
    let place_text = &headline.message[cut + 4..];
    let place = place::read(place_text).filter(|place| place.file.contains(['/', '\\', '.']))?;
    headline.message = &headline.message[..cut];
    let span = source.span(place_text);
    Some(Frame { function: None, file: source.some_span(place.file), line: Some(place.line), span })
}

fn next_frame(source: Source<'_>, from: usize, line: Line<'_>) -> Option<Frame> {
    let from = from.max(line.start);
    let rest = source.text.get(from..line.end())?;
    let mark = memchr::memchr(b'#', rest.as_bytes())?;
    if rest[..mark].len() > 200 || headline::find_name(&rest[..mark]).is_some_and(|(_, message)| !message.is_empty()) {
        return None;
    }
    frame_at(source, from + mark, line.end()).filter(|frame| !source.text[frame.span.start()..].starts_with("#0 "))
}

/// Reads `#N file(line): function(…)`, `#N [internal function]: function(…)` or `#N {main}` at `mark`.
fn frame_at(source: Source<'_>, mark: usize, end: usize) -> Option<Frame> {
    let body = source.text.get(mark + 1..end)?;
    place::number(body)?;
    let body = body.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(' ')?;
    let frame = |function: &str, file: Option<&str>, line, end| Frame {
        function: source.some_span(function),
        file: file.and_then(|file| source.some_span(file)),
        line,
        span: (mark..end).into(),
    };
    if body.starts_with("{main}") {
        return Some(frame(&body[..6], None, None, source.span(&body[..6]).end()));
    }
    if let Some(call) = body.strip_prefix("[internal function]: ") {
        let name = function(call);
        return Some(frame(name, None, None, source.span(name).end()));
    }
    let close = memchr::memmem::find(&body.as_bytes()[..body.len().min(MAX_PATH)], b"): ")?;
    let (file, number) = body[..close].rsplit_once('(')?;
    let line = number.parse().ok()?;
    let name = function(&body[close + 3..]);
    Some(frame(name, Some(file), Some(line), source.span(name).end()))
}

/// The function of a call: up to its arguments, white space or the end.
fn function(call: &str) -> &str {
    let call = &call[..call.find('(').unwrap_or(call.len())];
    // Closures are written `App\{closure}` and, since 8.4, `{closure:App\Foo::bar():12}`.
    call.split(' ').next().unwrap_or(call)
}
