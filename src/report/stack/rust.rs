//! Rust: panics with their place, numbered backtraces, and chains of causes as `anyhow` prints them.

use super::headline::Link;
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{ByteSpan, Frame, Language, MAX_FRAMES, Trace};

/// Lines that a panic's message may have.
const MAX_MESSAGE_LINES: usize = 8;
/// Lines between an error and the backtrace under it.
const MAX_LINES_BACK: usize = 16;
const MAX_BYTES_BACK: usize = 4096;
/// Longest `thread 'name' (id) panicked at` that is read.
const MAX_THREAD_NAME: usize = 200;

/// Reads a panic; `after` is where its place or message starts, in `line`.
pub(super) fn read_panic(source: Source<'_>, line: Line<'_>, after: usize, floor: usize) -> Option<Block> {
    let rest = source.prefix(after, line.end(), MAX_BYTES_BACK);
    let before = source.suffix(line.start.max(floor), after, MAX_THREAD_NAME);
    let start = source.span(&before[before.rfind("thread '")?..]).start();
    let (place_text, mut message) = match rest.trim_end().strip_suffix(':') {
        Some(place) => (place, ""),
        // Until 2023: `'message', src/main.rs:4:5`.
        None => rest.rsplit_once("', ").map(|(message, place)| (place.trim_end(), message.trim_start_matches('\'')))?,
    };
    let place = place::read_with_column(place_text)?;
    let mut end = line.end();
    let mut next = source.line_from(line.next);
    let mut lines = 0;
    while let Some(current) = next.filter(|_| lines < MAX_MESSAGE_LINES) {
        if current.is_blank() || current.text.contains("note: ") || current.text.contains("stack backtrace:") {
            break;
        }
        let continues = current.text.starts_with([' ', '\t']);
        if lines > 0 && !continues || lines == 0 && !message.is_empty() {
            break;
        }
        lines += 1;
        end = current.end();
        next = source.line_from(current.next);
    }
    if message.is_empty() && lines > 0 {
        message = source.text.get(line.next..end)?.trim();
    }
    let span = ByteSpan::new(after, after + place_text.len());
    let span = if span.contains(source.span(place_text)) { span } else { source.span(place_text) };
    let frame = Frame { function: None, file: source.some_span(place.file), line: Some(place.line), span };
    let mut frames = vec![frame];
    for _ in 0..2 {
        let Some(current) = next else { break };
        next = source.line_from(current.next);
        if current.text.contains("stack backtrace:") {
            let (more, backtrace_end) = backtrace(source, current.next);
            end = backtrace_end.max(current.end());
            frames.extend(more);
            frames.truncate(MAX_FRAMES);
            break;
        }
    }
    let message = source.some_span(message);
    Some(block(vec![trace(message, frames, start, end)], end))
}

/// Reads a backtrace that follows no panic, with the error and the causes above it.
pub(super) fn read_backtrace(source: Source<'_>, line: Line<'_>, floor: usize) -> Option<Block> {
    if !line.text.trim_end().ends_with("backtrace:") {
        return None;
    }
    let (frames, end) = backtrace(source, line.next);
    if frames.is_empty() {
        return None;
    }
    let (error, causes) = error_above(source, line.start, floor);
    let start = error.map_or(line.start, ByteSpan::start);
    let mut traces = vec![trace(error, frames, start, end)];
    for cause in causes {
        traces.push(Trace { caused_by: true, ..trace(Some(cause), Vec::new(), cause.start(), cause.end()) });
    }
    Some(block(traces, end))
}

fn block(traces: Vec<Trace>, end: usize) -> Block {
    Block { traces, end, link: Link::None }
}

fn trace(message: Option<ByteSpan>, frames: Vec<Frame>, start: usize, end: usize) -> Trace {
    let span = (start..end).into();
    Trace { language: Language::Rust, error_name: None, message, frames, span, caused_by: false }
}

/// The message after `Error: ` and the lines under `Caused by:`, outermost first.
fn error_above(source: Source<'_>, line_start: usize, floor: usize) -> (Option<ByteSpan>, Vec<ByteSpan>) {
    let mut below = line_start;
    let mut lines = Vec::new();
    for _ in 0..MAX_LINES_BACK {
        let Some(line) = source.line_before(below, floor, MAX_BYTES_BACK) else { break };
        if let Some((_, message)) = line.text.split_once("Error: ") {
            let under_heading = lines.pop_if(|line: &mut &str| *line == "Caused by:").is_some();
            let causes = if under_heading { lines } else { Vec::new() };
            let causes = causes.iter().rev().filter_map(|cause| source.some_span(without_number(cause))).collect();
            return (source.some_span(message.trim()), causes);
        }
        if !line.is_blank() {
            lines.push(line.text.trim());
        }
        below = line.start;
    }
    (None, Vec::new())
}

fn without_number(text: &str) -> &str {
    match text.split_once(": ") {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// Frames from `start` on: `N: function`, each perhaps with a line `at file:line:column` under it.
fn backtrace(source: Source<'_>, start: usize) -> (Vec<Frame>, usize) {
    let mut frames: Vec<Frame> = Vec::new();
    let mut end = start;
    let mut next = source.line_from(start);
    while let Some(line) = next {
        if let Some(place_text) = line.text.trim().strip_prefix("at ")
            && let Some(place) = place::read(place_text)
            && !frames.is_empty()
        {
            if let Some(frame) = frames.last_mut().filter(|frame| frame.file.is_none()) {
                frame.file = source.some_span(place.file);
                frame.line = Some(place.line);
                frame.span = frame.span.cover(source.span(place_text));
            }
        } else if let Some(name) = numbered(line.text) {
            // One frame more than is kept, so that a place under a dropped frame does not go to the last that is kept.
            if frames.len() <= MAX_FRAMES {
                frames.push(Frame {
                    function: source.some_span(name),
                    file: None,
                    line: None,
                    span: source.span(name),
                });
            }
        } else {
            break;
        }
        end = line.end();
        next = source.line_from(line.next);
    }
    frames.truncate(MAX_FRAMES);
    (frames, end)
}

/// `12: core::panicking::panic_fmt`, `3: 0x55d0 - std::rt::lang_start`: the function.
fn numbered(text: &str) -> Option<&str> {
    let (number, rest) = text.trim().split_once(':')?;
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) || !rest.starts_with(' ') {
        return None;
    }
    let rest = rest.trim();
    let name = if rest.starts_with("0x") { rest.split_once(" - ").map_or("", |(_, name)| name.trim()) } else { rest };
    Some(name)
}
