//! Frames of the form `function@address:line:column`, as `SpiderMonkey` and `JavaScriptCore` write them.

use super::headline;
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{Frame, Language, MAX_FRAMES, Trace};

const MAX_FUNCTION: usize = 256;

/// First words of function names that are written with a space, and how the second starts.
const TWO_WORDS: &[(&str, &str)] = &[
    ("global ", "code"),
    ("eval ", "code"),
    ("module ", "code"),
    ("promise ", "callback"),
    ("set ", ""),
    ("get ", ""),
];

/// Reads the trace whose first frame has its `@` at `mark`, in `line`.
pub(super) fn read(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> Option<Block> {
    let low = line.start.max(floor);
    let first = frame_at(source, mark, low, line.end())?;
    let headline = headline::before(source, line.start, first.span.start(), floor);
    let mut end = first.span.end();
    let mut frames = vec![first];
    let mut line = line;
    loop {
        let before = end;
        while let Some(frame) = next_frame(source, end, line) {
            end = frame.span.end();
            if frames.len() < MAX_FRAMES {
                frames.push(frame);
            }
        }
        // The first line may hold only the frame that was read already.
        if end == before && line.start >= end {
            break;
        }
        match source.line_from(line.next) {
            Some(next) => line = next,
            None => break,
        }
    }
    let start = headline.map_or(frames[0].span.start(), |headline| headline.start);
    let trace = Trace {
        language: Language::JavaScript,
        error_name: headline.and_then(|headline| headline.name_span(source)),
        message: headline.and_then(|headline| headline.message_span(source)),
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    Some(Block { traces: vec![trace], end, link: headline.map(|headline| headline.link).unwrap_or_default() })
}

/// The next frame of a running trace: with `@`, or in the first word of a line an address alone.
fn next_frame(source: Source<'_>, from: usize, line: Line<'_>) -> Option<Frame> {
    let from = from.max(line.start);
    let rest = source.text.get(from..line.end())?;
    if let Some(mark) = memchr::memchr(b'@', rest.as_bytes())
        && let Some(frame) = frame_at(source, from + mark, from, line.end())
        && headline::find_name(&source.text[from..frame.span.start()]).is_none()
    {
        return Some(frame);
    }
    let token = rest.trim();
    let alone = from == line.start && (token.contains("://") || token == "[native code]");
    if !alone || token.contains(char::is_whitespace) {
        return None;
    }
    let place = place::read_with_column(token);
    (place.is_some() || token == "[native code]").then(|| Frame {
        function: None,
        file: place.and_then(|place| source.some_span(place.file)),
        line: place.map(|place| place.line),
        span: source.span(token),
    })
}

/// The frame whose `@` stands at `mark`, between `low` and `end`.
fn frame_at(source: Source<'_>, mark: usize, low: usize, end: usize) -> Option<Frame> {
    let after = source.text.get(mark + 1..end)?;
    let (address, place) = address(after)?;
    let before = source.text.get(low..mark)?;
    let function = function(before)?;
    let start = mark - function.len();
    let frame_end = source.span(address).end();
    Some(Frame {
        function: source.some_span(function.trim_end_matches(['/', '<'])),
        file: place.and_then(|place| source.some_span(place.file)),
        line: place.map(|place| place.line),
        span: (start..frame_end).into(),
    })
}

/// The address that starts a text, and its place in a file.
fn address(after: &str) -> Option<(&str, Option<place::Place<'_>>)> {
    for native in ["[native code]", "[wasm code]"] {
        if after.starts_with(native) {
            return Some((&after[..native.len()], None));
        }
    }
    let spaces_allowed = after.starts_with("debugger eval code");
    let skip = if spaces_allowed { "debugger eval code".len() } else { 0 };
    let end = skip + after[skip..].find(char::is_whitespace).unwrap_or(after.len() - skip);
    let token = after[..end].trim_end_matches(['"', '\'', ',', ';', ')', '}', ']', '.', '\\']);
    let scheme = token.split_once(':').map_or("", |(scheme, _)| scheme);
    let rooted = token.starts_with('/')
        || spaces_allowed
        || (scheme.len() > 1 && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
    let place = place::read_with_column(token).filter(|place| rooted && place.file.contains(['/', ' ']))?;
    Some((token, Some(place)))
}

/// The function's name at the end of a text; empty for a frame without one. None for a name that is too long.
fn function(before: &str) -> Option<&str> {
    let ends_name = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '@');
    let length: usize =
        before.chars().rev().take(MAX_FUNCTION).take_while(|c| !ends_name(*c)).map(char::len_utf8).sum();
    if length >= MAX_FUNCTION {
        return None;
    }
    let (head, name) = before.split_at(before.len() - length);
    let first = TWO_WORDS.iter().find(|(first, second)| head.ends_with(first) && name.starts_with(second));
    Some(&before[head.len() - first.map_or(0, |(first, _)| first.len())..])
}
