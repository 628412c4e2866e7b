//! JSON documents inside texts.

use std::borrow::Cow;
use std::sync::Arc;

use super::FieldValue;
use super::collector::{Collector, Source};
use super::members::Walk;
use super::parts::number;
use super::text::is_worth_reading;
use crate::report::ByteSpan;
use crate::report::json::{Document, Kind, NodeId, decode_string, find_embedded};

/// What the documents of a text leave to read.
#[derive(Debug, Default)]
pub(super) struct Embedded<'a> {
    /// Where they stand.
    pub(super) spans: Vec<ByteSpan>,
    /// Strings inside them that say more than a value.
    pub(super) strings: Vec<Source<'a>>,
}

/// Adds the values of every document in a text.
pub(super) fn read<'a>(collector: &mut Collector<'_>, source: &Source<'_>) -> Embedded<'a> {
    let mut embedded = Embedded::default();
    if memchr::memchr2(b'{', b'[', source.text.as_bytes()).is_none() {
        return embedded;
    }
    for document in find_embedded(&source.text, collector.nodes_left()) {
        embedded.spans.push(document.node(document.root()).span);
        read_document(collector, source, &document, &mut embedded.strings);
    }
    embedded
}

fn read_document(
    collector: &mut Collector<'_>,
    source: &Source<'_>,
    document: &Document,
    strings: &mut Vec<Source<'_>>,
) {
    let text = &*source.text;
    let mut walk = Walk::default();
    let mut entered: Vec<NodeId> = Vec::new();
    for id in 0..document.len() {
        if collector.is_full() {
            return;
        }
        let node = document.node(id);
        while entered.last().copied() != node.parent {
            entered.pop();
        }
        walk.leave_to(entered.len());
        let key = match document.key(text, id) {
            Some(key) => key,
            None => Cow::Owned(node.index.to_string()),
        };
        if document.children(id).next().is_some() {
            let start = ByteSpan::new(node.span.start(), node.span.start());
            walk.enter(collector, node.parent.map(|_| &*key), source.place(start));
            entered.push(id);
            continue;
        }
        let inside = without_quotes(text, node.span);
        let written = inside.slice(text);
        let value = match node.kind {
            // Whoever wrote the report left something out here.
            Kind::String if inside == node.span && matches!(written, "..." | "…") => continue,
            Kind::String => FieldValue::Text(document.string(text, id).into_owned()),
            Kind::Number => number(written),
            Kind::True => FieldValue::Bool(true),
            Kind::False => FieldValue::Bool(false),
            Kind::Null | Kind::Object | Kind::Array => FieldValue::Empty,
        };
        if node.kind == Kind::String && inside != node.span && is_worth_reading(written) {
            strings.push(string_source(source, node.span));
        }
        walk.leaf(collector, &key, value, source.place(inside));
    }
}

/// A string of a document as a text of its own.
fn string_source<'a>(source: &Source<'_>, span: ByteSpan) -> Source<'a> {
    let (text, map) = decode_string(&source.text, span);
    let maps = std::iter::once(Arc::new(map)).chain(source.maps.iter().cloned()).collect();
    Source { view: source.view, text: Cow::Owned(text), maps, repeats: source.repeats }
}

/// What stands between the quotes of a value; the value itself when it has none.
fn without_quotes(text: &str, span: ByteSpan) -> ByteSpan {
    let written = span.slice(text).as_bytes();
    match written {
        [quote @ (b'"' | b'\''), .., last] if quote == last => ByteSpan::new(span.start() + 1, span.end() - 1),
        [b'"' | b'\'', ..] => ByteSpan::new(span.start() + 1, span.end()),
        _ => span,
    }
}
