//! One frame of the form `at …`, as V8, Java and .NET write it.

use super::place;
use super::source::Source;
use super::{Frame, Language};

/// Longest function name and longest text in brackets that are read, in bytes; bounds the work on hostile input.
const MAX_FUNCTION: usize = 300;
const MAX_BRACKETS: usize = 2048;
const MAX_DEPTH: usize = 8;

/// A frame, whose it is, and where the text after it starts.
pub(super) struct Found {
    pub(super) language: Language,
    pub(super) frame: Frame,
    pub(super) end: usize,
}

/// Reads the frame that starts at `start` with `at `, within `line_end`. `leading` says that nothing but white space
/// stands before it in its line: then forms are taken that inside a sentence would be prose.
pub(super) fn read(source: Source<'_>, start: usize, line_end: usize, leading: bool) -> Option<Found> {
    let body = source.text.get(start + 3..line_end)?;
    let found = match function_before_bracket(body) {
        Some(open) => with_brackets(body, open, leading),
        None => None,
    };
    let read = found.or_else(|| bare_place(body, leading))?;
    let end = source.span(read.rest).start();
    let frame = Frame {
        function: source.some_span(read.function),
        file: source.some_span(read.file),
        line: read.line,
        span: (start..end).into(),
    };
    Some(Found { language: read.language, frame, end })
}

struct Read<'t> {
    language: Language,
    function: &'t str,
    file: &'t str,
    line: Option<u32>,
    rest: &'t str,
}

/// Offset of the bracket after a function's name. Names hold no punctuation of prose and at most five words.
fn function_before_bracket(body: &str) -> Option<usize> {
    let mut words = 0;
    let mut square = 0_usize;
    for (index, byte) in body.bytes().take(MAX_FUNCTION).enumerate() {
        match byte {
            b'(' => return (index > 0).then_some(index),
            b'[' => square += 1,
            b']' => square = square.saturating_sub(1),
            b',' if square > 0 => {}
            b',' | b';' | b'"' | b'\'' | b'{' | b'}' | b')' | b'\n' => return None,
            b' ' => {
                words += 1;
                if words > 5 {
                    return None;
                }
            }
            _ => {}
        }
    }
    None
}

/// The text in the brackets that open at `open`, and what follows. A text that is cut before they close gives all of it.
fn brackets(body: &str, open: usize) -> Option<(&str, Option<&str>)> {
    let mut depth = 0;
    for (index, byte) in body.bytes().enumerate().skip(open).take(MAX_BRACKETS) {
        match byte {
            b'(' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return None;
                }
            }
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return Some((&body[open + 1..index], Some(&body[index + 1..])));
                }
            }
            _ => {}
        }
    }
    (body.len() - open < MAX_BRACKETS).then(|| (&body[open + 1..], None))
}

fn with_brackets(body: &str, open: usize, leading: bool) -> Option<Read<'_>> {
    let (inside, rest) = brackets(body, open)?;
    let before = &body[..open];
    // A place without a function, then another frame in the same line.
    if before.contains(" at ") {
        return None;
    }
    if let Some(function) = before.strip_suffix(' ') {
        return match rest {
            Some(rest) => v8(function, inside, rest).or_else(|| mono(function, rest)),
            None => cut_v8(function, inside),
        };
    }
    let rest = rest?;
    if before.contains(' ') && !before.contains('[') || !before.contains(['.', '/']) {
        return None;
    }
    java(before, inside, rest).or_else(|| dot_net(before, rest, leading))
}

/// `new Foo`, `async Foo.bar`, `Object.foo [as bar]`: without the words around the name.
fn v8_function(function: &str) -> &str {
    let mut name = function.trim();
    for word in ["async ", "new "] {
        name = name.strip_prefix(word).unwrap_or(name);
    }
    name.split_once(" [as ").map_or(name, |(name, _)| name)
}

fn v8<'t>(function: &'t str, inside: &'t str, rest: &'t str) -> Option<Read<'t>> {
    // The innermost place of evaluated code and of Hermes (`address at bundle:1:2`) stands last.
    let inside = if inside.starts_with("eval at ") { inside.rsplit(", ").next().unwrap_or(inside) } else { inside };
    let inside = inside.strip_prefix("address at ").unwrap_or(inside);
    let known = matches!(inside, "<anonymous>" | "native" | "native code" | "<unknown>")
        || inside.strip_prefix("index ").is_some_and(|index| place::number(index).is_some());
    let read = |file, line| Read { language: Language::JavaScript, function: v8_function(function), file, line, rest };
    if known {
        return Some(read("", None));
    }
    let place = place::read(inside)?;
    let sure = place.column || place.file.contains(['/', '\\']) || place.file.ends_with("js");
    sure.then(|| read(place.file, Some(place.line)))
}

/// A frame that a limit cut inside its place.
fn cut_v8<'t>(function: &'t str, inside: &'t str) -> Option<Read<'t>> {
    let inside = inside.trim_end();
    let place = place::read(inside).filter(|place| place.file.contains('/') && !place.file.contains(' '))?;
    let line = place.column.then_some(place.line);
    let rest = &inside[inside.len()..];
    Some(Read { language: Language::JavaScript, function: v8_function(function), file: place.file, line, rest })
}

/// `System.String.Foo (System.String s) [0x00012] in <hash>:0`
fn mono<'t>(function: &'t str, rest: &'t str) -> Option<Read<'t>> {
    let qualified = function.contains('.') && !function.contains(' ');
    let after_offset = split_near(rest.strip_prefix(" [0x")?, "] in ")?.1;
    let end = after_offset.find([' ', '\t']).unwrap_or(after_offset.len());
    let place = place::read(&after_offset[..end]).filter(|_| qualified)?;
    let (file, line) = if place.file.starts_with('<') { ("", None) } else { (place.file, Some(place.line)) };
    Some(Read { language: Language::DotNet, function, file, line, rest: &after_offset[end..] })
}

/// Splits at a separator within the length that a path may have.
fn split_near<'t>(text: &'t str, separator: &str) -> Option<(&'t str, &'t str)> {
    let near = &text.as_bytes()[..text.len().min(MAX_BRACKETS)];
    let at = memchr::memmem::find(near, separator.as_bytes())?;
    Some((text.get(..at)?, text.get(at + separator.len()..)?))
}

/// `java.base/java.util.ArrayList.get(ArrayList.java:427)`
fn java<'t>(before: &'t str, inside: &'t str, rest: &'t str) -> Option<Read<'t>> {
    let function = before.rsplit_once('/').map_or(before, |(_, name)| name);
    let read = |file, line| Some(Read { language: Language::Java, function, file, line, rest });
    if matches!(inside, "Native Method" | "Unknown Source" | "<generated>" | "Unknown Source:0") {
        return read("", None);
    }
    if inside.is_empty() || !function.contains('.') || inside.contains([' ', ',', '/', '\\', '(']) {
        return None;
    }
    if let Some(place) = place::read(inside).filter(|place| !place.column) {
        return read(place.file, Some(place.line));
    }
    let extension = inside.rsplit_once('.')?.1;
    matches!(extension, "java" | "kt" | "scala" | "groovy" | "clj").then(|| read(inside, None))?
}

/// `Shop.Cart.Total(Item[] items) in C:\src\Cart.cs:line 12`
fn dot_net<'t>(before: &'t str, rest: &'t str, leading: bool) -> Option<Read<'t>> {
    let read = |file, line, rest| Read { language: Language::DotNet, function: before, file, line, rest };
    if let Some((file, number)) = rest.strip_prefix(" in ").and_then(|place| split_near(place, ":line "))
        && let Some(line) = place::number(number)
    {
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        return Some(read(file, Some(line), &number[digits..]));
    }
    let qualified = before.split('.').all(|segment| segment.starts_with(|c: char| c.is_uppercase() || c == '<'));
    (leading || qualified).then(|| read("", None, rest))
}

/// A frame without a function: `at https://host/app.js:1:2`, `at async file:///app/main.mjs:3:4`.
fn bare_place(body: &str, leading: bool) -> Option<Read<'_>> {
    let body = body.strip_prefix("async ").unwrap_or(body);
    let read = |file, line, rest| Read { language: Language::JavaScript, function: "", file, line, rest };
    let token = &body[..body.find([' ', '\t']).unwrap_or(body.len())];
    if leading && body.trim_end() == "<anonymous>" {
        return Some(read("", None, &body[11..]));
    }
    let whole = if leading { body.trim_end() } else { token };
    for candidate in [token, whole] {
        let candidate = candidate.trim_end_matches(['"', '\'', ',', ';', '.', ')', '}', ']']);
        if let Some(place) = place::read_with_column(candidate)
            && !place.file.contains(" at ")
        {
            return Some(read(place.file, Some(place.line), &body[candidate.len()..]));
        }
    }
    None
}
