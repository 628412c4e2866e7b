//! Fields that texts hold: which readings of a part are read, and for what.

mod http;
mod known_lines;
mod pairs;
mod problems;
mod traces;

use std::borrow::Cow;

use super::collector::{Collector, Source};
use super::documents;
use crate::report::{ByteSpan, Layer, PartKind, View, ViewIndex};
use known_lines::KnownLines;

pub(super) use http::{request_path, url_pieces};

/// Most levels of strings inside documents inside strings.
const MAX_NESTING: usize = 4;
/// Most bytes of readings of one part that are searched for documents, for each byte of the part, and what any part may
/// take.
const SEARCHED_PER_BYTE: usize = 8;
const SEARCHED_FREE: usize = 64 << 10;
/// Shortest text that can say anything.
const MIN_TEXT: usize = 3;

/// Reads the texts of all parts.
pub(super) fn read(collector: &mut Collector<'_>) {
    let views = collector.views;
    let mut first = 0;
    while first < views.len() && !collector.is_full() {
        let part = views[first].part;
        let count = views[first..].iter().take_while(|view| view.part == part).count();
        if matches!(collector.parts[part].kind, PartKind::Text | PartKind::Html)
            && is_worth_reading(&collector.parts[part].text)
        {
            read_part(collector, first, &views[first..first + count]);
        }
        first += count;
    }
}

/// Whether a text can hold a pair, a document, an error line or a status.
pub(super) fn is_worth_reading(text: &str) -> bool {
    text.len() >= MIN_TEXT && text.bytes().any(|byte| matches!(byte, b':' | b'=' | b'{' | b'[' | b'0'..=b'9'))
}

/// Reads the views of one part, of which the first has the index `first`.
fn read_part(collector: &mut Collector<'_>, first: ViewIndex, views: &[View]) {
    let lines_of = views_for_lines(collector, first, views);
    let mut known = KnownLines::default();
    let mut searched: Vec<&str> = Vec::new();
    let mut left = collector.text(first).len().saturating_mul(SEARCHED_PER_BYTE) + SEARCHED_FREE;
    for index in first..first + views.len() {
        let text = collector.text(index);
        let braced = braced_region(text);
        let read_lines = lines_of.contains(&index);
        let search = !braced.is_empty() && !searched.contains(&braced) && braced.len() <= left;
        if search {
            left -= braced.len();
            searched.push(braced);
        } else if !read_lines {
            continue;
        }
        let source = Source { view: index, text: Cow::Borrowed(text), maps: Vec::new(), repeats: views.len() > 1 };
        let lines = if read_lines { known.new_lines(text, lines_of.last() != Some(&index)) } else { Vec::new() };
        read_source(collector, &source, &lines);
    }
}

/// The views of a part that are read line by line: the raw one, the most decoded one, and the most decoded one whose
/// lines stand as they were written. HTML source is no text.
fn views_for_lines(collector: &Collector<'_>, first: ViewIndex, views: &[View]) -> Vec<ViewIndex> {
    let is_html = collector.parts[views[0].part].kind == PartKind::Html;
    let raw = (!is_html || views.len() == 1).then_some(0);
    let unjoined = views.iter().rposition(|view| view.layer != Some(Layer::LineWrap));
    let mut chosen: Vec<ViewIndex> = raw.into_iter().chain(unjoined).chain([views.len() - 1]).collect();
    chosen.dedup();
    chosen.iter().map(|offset| first + offset).collect()
}

/// From the first bracket of a text to its last.
fn braced_region(text: &str) -> &str {
    let bytes = text.as_bytes();
    let Some(start) = memchr::memchr2(b'{', b'[', bytes) else { return "" };
    let end = memchr::memrchr3(b'{', b'}', b']', bytes).map_or(start, |last| last + 1);
    &text[start..end.max(start)]
}

/// Reads the documents of a text, its lines, and the strings inside the documents.
fn read_source(collector: &mut Collector<'_>, source: &Source<'_>, lines: &[ByteSpan]) {
    let embedded = documents::read(collector, source);
    read_lines(collector, source, lines, &embedded.spans);
    let mut waiting: Vec<(Source<'_>, usize)> = embedded.strings.into_iter().rev().map(|inner| (inner, 1)).collect();
    while let Some((source, depth)) = waiting.pop()
        && !collector.is_full()
    {
        let embedded = documents::read(collector, &source);
        let whole = ByteSpan::new(0, source.text.len());
        read_lines(collector, &source, &[whole], &embedded.spans);
        if depth < MAX_NESTING {
            waiting.extend(embedded.strings.into_iter().rev().map(|inner| (inner, depth + 1)));
        }
    }
}

/// Reads runs of lines for what stands outside of documents.
fn read_lines(collector: &mut Collector<'_>, source: &Source<'_>, runs: &[ByteSpan], documents: &[ByteSpan]) {
    for &run in runs {
        let after = documents.partition_point(|document| document.end() <= run.start());
        let inside = &documents[after..];
        let inside = &inside[..inside.partition_point(|document| document.start() < run.end())];
        pairs::read(collector, source, run, inside);
        http::read(collector, source, run, inside);
        traces::read(collector, source, run, inside);
    }
}
