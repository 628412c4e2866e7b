//! One real-looking trace per way of writing them, and what must not be taken for one.

mod bounds;
mod compiled;
mod javascript;
mod managed;
mod scripting;

use super::{Trace, find_traces};

/// A trace in one line: `language Name: message | function file:line | …`; a cause starts with `<- `.
fn shown(text: &str) -> Vec<String> {
    find_traces(text).iter().map(|trace| show(text, trace)).collect()
}

fn show(text: &str, trace: &Trace) -> String {
    let piece = |span: Option<super::ByteSpan>| span.map_or("-", |span| span.slice(text));
    let mut shown = format!(
        "{}{} {}: {}",
        if trace.caused_by { "<- " } else { "" },
        trace.language,
        piece(trace.error_name),
        piece(trace.message)
    );
    for frame in &trace.frames {
        let line = frame.line.map_or("-".to_owned(), |line| line.to_string());
        shown.extend([" | ", piece(frame.function), " ", piece(frame.file), ":", &line]);
    }
    shown
}

/// Asserts what a text's traces are.
#[track_caller]
fn assert_traces(text: &str, expected: &[&str]) {
    assert_eq!(shown(text), expected, "in:\n{text}");
}
