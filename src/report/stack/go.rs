//! Go: goroutine dumps after a panic, and pairs of function and file that error packages print.

use super::headline::Link;
use super::place;
use super::scan::Block;
use super::source::{Line, Source};
use super::{ByteSpan, Frame, Language, MAX_FRAMES, Trace};

/// Lines between `panic:` and the first goroutine.
const MAX_LINES_BACK: usize = 8;
const MAX_BYTES_BACK: usize = 4096;
/// Longest line with a file's path.
const MAX_FILE_LINE: usize = 1024;

/// Reads the stack of `goroutine N [state]:` at `mark`, with the panic before it.
pub(super) fn read_goroutine(source: Source<'_>, line: Line<'_>, mark: usize, floor: usize) -> Option<Block> {
    let rest = source.text.get(mark..line.end())?.strip_prefix("goroutine ")?;
    place::number(rest)?;
    let state = rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(" [")?;
    if !state.trim_end().ends_with("]:") {
        return None;
    }
    let (frames, end) = pairs(source, source.line_from(line.next)?);
    let end = end.max(line.end());
    let panic = panic_before(source, line.start, floor);
    let start = panic.map_or(mark, |(name, _)| name.start());
    let trace = Trace {
        language: Language::Go,
        error_name: panic.map(|(name, _)| name),
        message: panic.and_then(|(_, message)| message),
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    (!trace.frames.is_empty()).then(|| Block { traces: vec![trace], end, link: Link::None })
}

/// Reads function and file pairs that stand without a goroutine; `line` is the file's line of the first.
pub(super) fn read_pairs(source: Source<'_>, line: Line<'_>, floor: usize) -> Option<Block> {
    if line.text.len() > MAX_FILE_LINE {
        return None;
    }
    file_line(line.text).filter(|_| line.text.starts_with([' ', '\t']))?;
    let above = source.line_before(line.start, floor, 512)?;
    let name = above.text.trim();
    if name.contains(' ') || !name.contains('.') || name.contains(".go:") {
        return None;
    }
    let (frames, end) = pairs(source, above);
    let message = source.line_before(above.start, floor, 1024).filter(|line| !line.is_blank());
    let message = message.and_then(|line| source.some_span(line.text.trim()));
    let start = message.map_or(source.span(name).start(), ByteSpan::start);
    let trace = Trace {
        language: Language::Go,
        error_name: None,
        message,
        frames,
        span: (start..end).into(),
        caused_by: false,
    };
    (!trace.frames.is_empty()).then(|| Block { traces: vec![trace], end, link: Link::None })
}

/// Name and message of the nearest `panic:` or `fatal error:` line before a goroutine.
fn panic_before(source: Source<'_>, line_start: usize, floor: usize) -> Option<(ByteSpan, Option<ByteSpan>)> {
    let mut below = line_start;
    for _ in 0..MAX_LINES_BACK {
        let line = source.line_before(below, floor, MAX_BYTES_BACK)?;
        for name in ["panic", "fatal error"] {
            if let Some(at) = line.text.find(name)
                && let Some(message) = line.text[at + name.len()..].strip_prefix(": ")
            {
                return Some((source.span(&line.text[at..at + name.len()]), source.some_span(message.trim())));
            }
        }
        below = line.start;
    }
    None
}

/// Frames from `line` on: a function's line and its file's line each. Ends at the first line that is neither.
fn pairs(source: Source<'_>, line: Line<'_>) -> (Vec<Frame>, usize) {
    let mut frames = Vec::new();
    let mut end = line.start;
    let mut function: Option<&str> = None;
    let mut next = Some(line);
    while let Some(line) = next {
        match (file_line(line.text), function) {
            (Some((file, number, rest)), Some(name)) => {
                let span = source.span(name).cover(ByteSpan::new(source.span(file).start(), source.span(rest).start()));
                end = line.end();
                if frames.len() < MAX_FRAMES {
                    let function = source.some_span(name);
                    frames.push(Frame { function, file: source.some_span(file), line: Some(number), span });
                }
                function = None;
            }
            (None, None) if line.text.contains("...additional frames elided...") => {}
            (None, None) if function.is_none() => match function_name(line.text) {
                Some(name) => function = Some(name),
                None => break,
            },
            _ => break,
        }
        next = source.line_from(line.next);
    }
    (frames, end)
}

/// `\t/src/main.go:12 +0x1d`: the path, the line and what follows.
fn file_line(text: &str) -> Option<(&str, u32, &str)> {
    let colon = text.find(".go:")? + 3;
    let number = &text[colon + 1..];
    let line = place::number(number)?;
    let rest = number.trim_start_matches(|c: char| c.is_ascii_digit());
    let start = text[..colon].rfind(['\t', ' ']).map_or(0, |space| space + 1);
    (rest.trim().is_empty() || rest.starts_with(" +0x")).then_some((&text[start..colon], line, rest))
}

/// The function of `main.(*Server).Handle(0xc000, …)`, `created by net/http.(*Server).Serve in goroutine 1`.
fn function_name(text: &str) -> Option<&str> {
    let text = text.trim_end();
    if let Some((_, name)) = text.split_once("created by ") {
        return Some(name.split(' ').next().unwrap_or(name));
    }
    let before_arguments = match text.strip_suffix(')') {
        Some(_) => &text[..arguments(text)?],
        None => text,
    };
    let start = before_arguments.rfind(['\t', ' ']).map_or(0, |space| space + 1);
    let name = &before_arguments[start..];
    (name.contains('.') || name == "panic").then_some(name)
}

/// Offset of the bracket that opens the arguments at the end of a call.
fn arguments(call: &str) -> Option<usize> {
    let mut depth = 0_u32;
    for (index, byte) in call.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(index);
                }
            }
            _ => {}
        }
    }
    None
}
