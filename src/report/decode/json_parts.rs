//! Parts of JSON documents.

use super::{Budget, Limits, Source};
use crate::report::json::{Document, Kind, NodeId};
use crate::report::{Part, PartAddress, PartKind};

/// The parts of the value `root` of a document made from `text`: one for every scalar and every empty container, in
/// document order, addressed by its JSON pointer from the document's root. At most `limits.fields` parts come out: a
/// container that is nested too deep or holds too much (see [`Leaves`](crate::report::json::Leaves)) becomes one part
/// with its JSON text, and `limits_reached` says so.
pub fn parts_of_json(
    text: &str,
    document: &Document,
    root: NodeId,
    limits: &Limits,
    limits_reached: &mut Vec<String>,
) -> Vec<Part> {
    let mut budget = Budget::new(limits);
    let parts = read_value(text, document, root, PartAddress::Pointer, &mut budget);
    limits_reached.append(&mut budget.notes);
    parts
}

/// The parts of a whole document.
pub(super) fn read_document(text: &str, document: &Document, source: &Source, budget: &mut Budget) -> Vec<Part> {
    read_value(text, document, document.root(), |pointer| source.pointer(pointer), budget)
}

fn read_value(
    text: &str,
    document: &Document,
    root: NodeId,
    address: impl Fn(String) -> PartAddress,
    budget: &mut Budget,
) -> Vec<Part> {
    let mut leaves = document.leaves_under(text, root, budget.parts_left);
    let parts: Vec<Part> = leaves
        .by_ref()
        .map(|(id, pointer)| {
            let kind = match document.node(id).kind {
                Kind::Number => PartKind::Number,
                Kind::True | Kind::False => PartKind::Bool,
                Kind::Null => PartKind::Null,
                Kind::Array if document.children(id).next().is_none() => PartKind::EmptyArray,
                Kind::Object if document.children(id).next().is_none() => PartKind::EmptyObject,
                Kind::String | Kind::Array | Kind::Object => PartKind::Text,
            };
            let text = match kind {
                PartKind::EmptyArray => "[]".to_owned(),
                PartKind::EmptyObject => "{}".to_owned(),
                _ => document.string(text, id).into_owned(),
            };
            Part { address: address(pointer), text, kind }
        })
        .collect();
    budget.parts_left = budget.parts_left.saturating_sub(parts.len());
    if leaves.gathered() {
        let values = budget.limits.fields;
        budget.note(format!(
            "JSON nested more than 512 deep, or beyond {values} values, was read as text and not value by value"
        ));
    }
    parts
}

/// Whether a text is two or more lines of which each is a JSON object, blank lines aside.
pub(super) fn are_json_lines(text: &str, max_nodes: usize) -> bool {
    let mut objects = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !line.starts_with('{') || Document::parse(line, max_nodes).is_err() {
            return false;
        }
        objects += 1;
    }
    objects >= 2
}

/// Reads a document on every line; pointers start with the line's index from 0. A line that is no JSON is a text part.
/// What lies beyond the limit on parts is one text part.
pub(super) fn read_json_lines(text: &str, source: &Source, budget: &mut Budget) -> Vec<Part> {
    let whole = |index: usize, text: &str| Part {
        address: source.pointer(format!("/{index}")),
        text: text.to_owned(),
        kind: PartKind::Text,
    };
    let mut parts = Vec::new();
    let mut broken = 0;
    let mut line_start = 0;
    for (index, line) in text.split('\n').enumerate() {
        let rest = &text[line_start..];
        line_start += line.len() + 1;
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        if budget.parts_left == 0 {
            budget.note(format!("the lines from {} on were read as one text", index + 1));
            parts.push(whole(index, rest));
            break;
        }
        if let Ok(document) = Document::parse(line, budget.limits.json_nodes) {
            let address = |pointer| source.pointer(format!("/{index}{pointer}"));
            parts.extend(read_value(line, &document, document.root(), address, budget));
        } else {
            broken += 1;
            budget.parts_left -= 1;
            parts.push(whole(index, line));
        }
    }
    match broken {
        0 => {}
        1 => budget.note("1 line is broken JSON and was read as text".to_owned()),
        more => budget.note(format!("{more} lines are broken JSON and were read as text")),
    }
    parts
}
