//! Front matter as a tree of nodes that know where they stand.
//!
//! YAML, TOML and JSON all become the same [`Node`]s, so that one reader checks articles from files and from the API and
//! every problem can name its line and column. What a plain scalar means (a number, a truth value, text) is decided only
//! where it matters, because `404` is a number in `where` and text in `code`.

mod json;
mod toml;
mod yaml;

use std::collections::HashSet;
use std::ops::Range;

pub(super) use json::from_json;
pub(super) use toml::from_toml;
pub(super) use yaml::from_yaml;

use super::ArticleProblem;

/// Deepest nesting of lists and mappings that is read.
pub(super) const MAX_DEPTH: usize = 64;
/// Most nodes in one front matter, aliases written out.
pub(super) const MAX_NODES: usize = 100_000;

/// Where something stands in its source: line and column (in characters), both from 1; 0 when unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    /// Bytes of the text the tree was read from; empty when it was made from JSON.
    pub(super) span: Range<usize>,
    pub(super) kind: Kind,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Text as written; `plain` when it stood without quotes and may mean a number, a truth value or nothing.
    Scalar { text: String, plain: bool },
    /// A list.
    List(Vec<Node>),
    /// A mapping in the order written; keys may repeat until [`duplicate_keys`] was asked.
    Map(Vec<Entry>),
}

/// One key of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) place: Place,
    /// Bytes of the key.
    pub(super) span: Range<usize>,
    pub(super) value: Node,
}

/// What a scalar means under the core schema of YAML 1.2 (<https://yaml.org/spec/1.2.2/#103-core-schema>).
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Meaning {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    Text,
}

impl Node {
    /// Whether this is a scalar that says "nothing": an empty value, `~` or `null`.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain } if meaning(text, *plain) == Meaning::Null)
    }

    /// The node as JSON.
    pub(super) fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Scalar { text, plain } => match meaning(text, *plain) {
                Meaning::Null => Value::Null,
                Meaning::Bool(value) => Value::Bool(value),
                Meaning::Number(number) => Value::Number(number),
                Meaning::Text => Value::String(text.clone()),
            },
            Kind::List(items) => Value::Array(items.iter().map(Self::to_json).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect())
            }
        }
    }
}

/// Reads a scalar under the core schema. A number that no JSON number can hold stays text.
pub(super) fn meaning(text: &str, plain: bool) -> Meaning {
    if !plain {
        return Meaning::Text;
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Null,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Meaning::Text;
    }
    number(text).map_or(Meaning::Text, Meaning::Number)
}

fn number(text: &str) -> Option<serde_json::Number> {
    if let Some(octal) = text.strip_prefix("0o") {
        return unsigned(octal, 8);
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return unsigned(hex, 16);
    }
    let bare = text.strip_prefix('+').unwrap_or(text);
    let digits = bare.strip_prefix('-').unwrap_or(bare);
    if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() {
        if let Ok(value) = bare.parse::<i64>() {
            return Some(value.into());
        }
        if let Ok(value) = bare.parse::<u64>() {
            return Some(value.into());
        }
    }
    let has_digit = digits.bytes().any(|b| b.is_ascii_digit());
    let shaped = digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !has_digit || !shaped {
        return None;
    }
    // Rust's grammar for floats is the core schema's, without the leading sign taken off above.
    bare.parse::<f64>().ok().and_then(serde_json::Number::from_f64)
}

fn unsigned(digits: &str, radix: u32) -> Option<serde_json::Number> {
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok().map(Into::into)
}

/// Every key that stands twice in one mapping, anywhere in the tree.
pub(super) fn duplicate_keys(node: &Node, path: &str, problems: &mut Vec<ArticleProblem>) {
    match &node.kind {
        Kind::Scalar { .. } => {}
        Kind::List(items) => {
            for (index, item) in items.iter().enumerate() {
                duplicate_keys(item, &format!("{path}[{index}]"), problems);
            }
        }
        Kind::Map(entries) => {
            let mut seen = HashSet::with_capacity(entries.len());
            for entry in entries {
                let field = join(path, &entry.key);
                if !seen.insert(entry.key.as_str()) {
                    problems.push(problem(
                        entry.place,
                        &field,
                        "this key stands twice in its mapping; keep one".to_owned(),
                    ));
                }
                duplicate_keys(&entry.value, &field, problems);
            }
        }
    }
}

/// Path of `key` under `path`.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A problem at a place; an empty path concerns the whole.
pub(super) fn problem(place: Place, path: &str, message: String) -> ArticleProblem {
    let field = (!path.is_empty()).then(|| path.to_owned());
    ArticleProblem { line: place.line, column: place.column, field, message }
}

#[cfg(test)]
mod tests;
