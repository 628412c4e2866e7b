//! TOML front matter as nodes.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Kind, Node, Place};

/// Reads TOML; `None` when it is none. `first_line` is the line of the source on which `text` begins.
pub(crate) fn from_toml(text: &str, first_line: usize) -> Option<Node> {
    let table = DeTable::parse(text).ok()?;
    let lines = LineStarts::new(text, first_line);
    let span = table.span();
    let entries = entries(table.into_inner(), &lines);
    Some(Node { place: lines.place(span.start), span, kind: Kind::Map(entries) })
}

fn entries(table: DeTable<'_>, lines: &LineStarts<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| {
            let span = key.span();
            let key = key.into_inner().into_owned();
            Entry { key, place: lines.place(span.start), span, value: node(value, lines) }
        })
        .collect();
    // The parser's tables are sorted by key; an article's fields are reported in the order written.
    entries.sort_by_key(|entry| entry.span.start);
    entries
}

fn node(value: Spanned<DeValue<'_>>, lines: &LineStarts<'_>) -> Node {
    let span: Range<usize> = value.span();
    let plain = |text: String| Kind::Scalar { text, plain: true };
    let kind = match value.into_inner() {
        DeValue::String(text) => Kind::Scalar { text: text.into_owned(), plain: false },
        DeValue::Integer(integer) => plain(integer.to_string()),
        DeValue::Float(float) => plain(float.to_string()),
        DeValue::Boolean(value) => plain(value.to_string()),
        DeValue::Datetime(time) => Kind::Scalar { text: time.to_string(), plain: false },
        DeValue::Array(items) => Kind::List(items.into_iter().map(|item| node(item, lines)).collect()),
        DeValue::Table(table) => Kind::Map(entries(table, lines)),
    };
    Node { place: lines.place(span.start), span, kind }
}

/// Finds line and column of a byte offset.
struct LineStarts<'a> {
    text: &'a str,
    starts: Vec<usize>,
    first_line: usize,
}

impl<'a> LineStarts<'a> {
    fn new(text: &'a str, first_line: usize) -> Self {
        let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1)).collect();
        Self { text, starts, first_line }
    }

    fn place(&self, offset: usize) -> Place {
        let index = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let column = self.text.get(self.starts[index]..offset).map_or(0, |before| before.chars().count()) + 1;
        Place { line: self.first_line + index, column }
    }
}
