//! YAML front matter as nodes, built from parser events without recursion.

use std::collections::HashMap;
use std::ops::Range;

use granit_parser::{Event, Marker, Parser, ScalarStyle, Span, StructureStyle, Tag};

use super::{Entry, Kind, MAX_DEPTH, MAX_NODES, Node, Place, problem};
use crate::article::ArticleProblem;

/// Reads one YAML document. `first_line` is the line of the source on which `text` begins. `None` when the text holds
/// no value at all.
pub(crate) fn from_yaml(text: &str, first_line: usize) -> Result<Option<Node>, ArticleProblem> {
    let mut builder = Builder::new(first_line);
    let options = granit_parser::options! { emit_comments: false };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let place = builder.place(error.marker());
            problem(place, "", format!("the front matter is not valid YAML: {}", error.info()))
        })?;
        builder.event(event, &span)?;
    }
    Ok(builder.root)
}

/// A list or mapping whose end is still to come.
enum Open {
    List { items: Vec<Node>, start: Start },
    Map { entries: Vec<Entry>, key: Option<(String, Place, Range<usize>)>, start: Start },
}

/// What is known of a node when it begins.
struct Start {
    place: Place,
    byte: usize,
    anchor: usize,
    style: StructureStyle,
    nodes_before: usize,
}

struct Builder {
    first_line: usize,
    root: Option<Node>,
    open: Vec<Open>,
    /// Anchored nodes and their size in nodes.
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl Builder {
    fn new(first_line: usize) -> Self {
        Self { first_line, root: None, open: Vec::new(), anchors: HashMap::new(), nodes: 0 }
    }

    fn place(&self, marker: &Marker) -> Place {
        Place { line: self.first_line + marker.line().saturating_sub(1), column: marker.col() + 1 }
    }

    fn event(&mut self, event: Event<'_>, span: &Span) -> Result<(), ArticleProblem> {
        let place = self.place(&span.start);
        let bytes = span.byte_range().unwrap_or(0..0);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let kind = scalar(text.into_owned(), style, tag.as_deref());
                self.count(1, place)?;
                self.finish(Node { place, span: bytes, kind }, anchor, 1)
            }
            Event::SequenceStart(style, anchor, _) => {
                let start = self.start(place, bytes.start, anchor, style)?;
                self.open.push(Open::List { items: Vec::new(), start });
                Ok(())
            }
            Event::MappingStart(style, anchor, _) => {
                let start = self.start(place, bytes.start, anchor, style)?;
                self.open.push(Open::Map { entries: Vec::new(), key: None, start });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(bytes.end),
            Event::Alias(id) => {
                let (node, size) = self.anchors.get(&id).cloned().ok_or_else(|| {
                    problem(place, "", "an alias stands inside the value it names; write the value out".to_owned())
                })?;
                self.count(size, place)?;
                self.finish(Node { place, span: bytes, ..node }, 0, size)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(problem(place, "", "front matter holds one YAML document; remove the second".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn start(
        &mut self,
        place: Place,
        byte: usize,
        anchor: usize,
        style: StructureStyle,
    ) -> Result<Start, ArticleProblem> {
        if self.open.len() >= MAX_DEPTH {
            return Err(problem(place, "", format!("nested deeper than {MAX_DEPTH} levels; flatten it")));
        }
        let nodes_before = self.nodes;
        self.count(1, place)?;
        Ok(Start { place, byte, anchor, style, nodes_before })
    }

    fn count(&mut self, nodes: usize, place: Place) -> Result<(), ArticleProblem> {
        self.nodes += nodes;
        if self.nodes > MAX_NODES {
            return Err(problem(place, "", format!("more than {MAX_NODES} values in one front matter; split it")));
        }
        Ok(())
    }

    /// Ends the innermost list or mapping. A block collection's end marker stands at the next token, so its span ends
    /// with its last child instead.
    fn close(&mut self, end_byte: usize) -> Result<(), ArticleProblem> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let (kind, start, last) = match open {
            Open::List { items, start } => {
                let last = items.last().map(|item| item.span.end);
                (Kind::List(items), start, last)
            }
            Open::Map { entries, start, .. } => {
                let last = entries.last().map(|entry| entry.value.span.end.max(entry.span.end));
                (Kind::Map(entries), start, last)
            }
        };
        let last = last.filter(|_| start.style == StructureStyle::Block);
        let span = start.byte..last.unwrap_or(end_byte).max(start.byte);
        let size = self.nodes - start.nodes_before;
        self.finish(Node { place: start.place, span, kind }, start.anchor, size)
    }

    fn finish(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), ArticleProblem> {
        if anchor != 0 {
            self.anchors.insert(anchor, (node.clone(), size));
        }
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, key, .. }) => match (key.take(), node.kind) {
                (Some((name, place, span)), kind) => {
                    let value = Node { kind, ..node };
                    entries.push(Entry { key: name, place, span, value });
                }
                (None, Kind::Scalar { text, .. }) => *key = Some((text, node.place, node.span)),
                (None, _) => {
                    let message = "a key must be plain text, not a list or a mapping".to_owned();
                    return Err(problem(node.place, "", message));
                }
            },
        }
        Ok(())
    }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Kind {
    let forced_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
    Kind::Scalar { text, plain: style == ScalarStyle::Plain && !forced_text }
}
