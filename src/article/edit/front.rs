//! Setting one key of front matter.

use std::ops::Range;

use serde_json::Value;

use crate::article::front::{Front, Syntax, line_end, line_start, split};
use crate::article::read::KNOWN;
use crate::article::tree::{Entry, Kind};
use crate::article::write::{toml_value, yaml_entry, yaml_scalar};

/// Whether the front matter has `key`.
pub(super) fn has(source: &str, key: &str) -> bool {
    matches!(split(source), Ok(split) if split.front.as_ref().is_some_and(|front| find(front, key).is_some()))
}

/// `source` with `key` set, or without it. Where old and new value fit on one line only the value's bytes change; a
/// missing key goes after the last one that stands before it in the documented order.
pub(super) fn set(source: &str, key: &str, value: Option<&Value>) -> Result<String, String> {
    change(source, key, value, true)
}

/// As [`set`], but all lines of the key are written anew.
pub(super) fn replace(source: &str, key: &str, value: &Value) -> Result<String, String> {
    change(source, key, Some(value), false)
}

fn change(source: &str, key: &str, value: Option<&Value>, in_place: bool) -> Result<String, String> {
    let split = split(source).map_err(|problem| problem.message)?;
    let Some(front) = split.front else {
        return Ok(match value {
            None => source.to_owned(),
            Some(value) => {
                let (head, body) = source.split_at(split.body);
                let front = format!("---\n{}---\n", yaml_entry(key, value, 0));
                format!("{head}{}{body}", with_breaks_of(source, &front))
            }
        });
    };
    if let Some(damage) = front.damage {
        return Err(damage.message);
    }
    match front.syntax {
        Syntax::Yaml => yaml(source, &front, key, value, in_place),
        Syntax::Toml => toml(source, &front, key, value),
    }
}

fn entries(front: &Front) -> &[Entry] {
    match &front.root.kind {
        Kind::Map(entries) => entries,
        Kind::Scalar { .. } | Kind::List(_) => &[],
    }
}

fn find<'f>(front: &'f Front, key: &str) -> Option<&'f Entry> {
    entries(front).iter().find(|entry| entry.key == key)
}

fn yaml(source: &str, front: &Front, key: &str, value: Option<&Value>, in_place: bool) -> Result<String, String> {
    let base = front.text.start;
    if source[base + front.root.span.start..].starts_with('{') {
        return Err(
            "the front matter is written in braces; write one field a line, and it can be edited here".to_owned()
        );
    }
    let indent = entries(front).first().map_or(0, |first| first.place.column - 1);
    let Some(entry) = find(front, key) else {
        let Some(value) = value else { return Ok(source.to_owned()) };
        let at = insertion(source, front, key);
        return Ok(splice(source, at..at, &with_breaks_of(source, &yaml_entry(key, value, indent))));
    };
    let value_bytes = base + entry.value.span.start..base + entry.value.span.end;
    let lines = entry_lines(source, front, entry);
    let Some(value) = value else { return Ok(splice(source, lines, "")) };
    if in_place && !value_bytes.is_empty() && is_one_line(&source[value_bytes.clone()]) {
        let multi_line = value.as_str().is_some_and(|text| text.contains('\n'));
        if !multi_line && !value.is_object() && !holds_collections(value) {
            return Ok(splice(source, value_bytes, &yaml_scalar(value)));
        }
    }
    // A comment beside the old value stays, on a line of its own.
    let last = value_bytes.end.max(base + entry.span.end);
    let beside = source[last..line_end(source, last)].trim_start_matches([':', ' ', '\t']);
    let comment = if beside.starts_with('#') { format!("{:indent$}{beside}", "") } else { String::new() };
    Ok(splice(source, lines, &format!("{comment}{}", with_breaks_of(source, &yaml_entry(key, value, indent)))))
}

fn is_one_line(text: &str) -> bool {
    !text.contains('\n') && !text.starts_with(['|', '>'])
}

fn holds_collections(value: &Value) -> bool {
    value.as_array().is_some_and(|items| items.iter().any(|item| item.is_array() || item.is_object()))
}

/// Bytes of all lines of an entry, the last line break included.
fn entry_lines(source: &str, front: &Front, entry: &Entry) -> Range<usize> {
    let base = front.text.start;
    let start = base + entry.span.start;
    // A block scalar's span may run on to the next key: its own text ends where white space begins.
    let value_end = entry.value.span.end.max(entry.span.end);
    let end = start + source[start..base + value_end].trim_end().len();
    line_start(source, start)..line_end(source, end)
}

/// Where a new key goes: after the last known key before it in the documented order, else above the first one after it
/// and the comments that stand over that, else at the end.
fn insertion(source: &str, front: &Front, key: &str) -> usize {
    let rank = |key: &str| KNOWN.iter().position(|known| *known == key);
    let Some(own) = rank(key) else { return front.text.end };
    let known = || entries(front).iter().filter_map(|entry| rank(&entry.key).map(|rank| (rank, entry)));
    if let Some((_, entry)) = known().filter(|(rank, _)| *rank < own).max_by_key(|(rank, _)| *rank) {
        return entry_lines(source, front, entry).end;
    }
    let Some((_, next)) = known().filter(|(rank, _)| *rank > own).min_by_key(|(_, entry)| entry.span.start) else {
        return front.text.end;
    };
    let mut at = entry_lines(source, front, next).start;
    while at > front.text.start {
        let above = line_start(source, at - 1);
        if !source[above..at].trim_start().starts_with('#') {
            break;
        }
        at = above;
    }
    at
}

fn toml(source: &str, front: &Front, key: &str, value: Option<&Value>) -> Result<String, String> {
    let base = front.text.start;
    let is_pair = |entry: &Entry| {
        source
            .get(base + entry.span.end..base + entry.value.span.start)
            .is_some_and(|between| between.trim_matches(['"', '\'', ' ', '\t']) == "=")
    };
    let text = value
        .map(|value| toml_value(value).ok_or("this value holds a null, which TOML front matter cannot"))
        .transpose()?;
    match (find(front, key), text) {
        (None, None) => Ok(source.to_owned()),
        (None, Some(text)) => {
            // Keys of the top level stand above the first table.
            let pairs = entries(front).iter().filter(|entry| is_pair(entry));
            let at = pairs.map(|entry| entry_lines(source, front, entry).end).max().unwrap_or(base);
            Ok(splice(source, at..at, &with_breaks_of(source, &format!("{key} = {text}\n"))))
        }
        (Some(entry), _) if !is_pair(entry) => {
            Err(format!("{key} is a table in this file's TOML front matter; edit the file by hand"))
        }
        (Some(entry), Some(text)) => {
            let bytes = base + entry.value.span.start..base + entry.value.span.end;
            Ok(splice(source, bytes, &text))
        }
        (Some(entry), None) => Ok(splice(source, entry_lines(source, front, entry), "")),
    }
}

/// `source` with `range` replaced.
pub(super) fn splice(source: &str, range: Range<usize>, text: &str) -> String {
    let mut spliced = String::with_capacity(source.len() + text.len());
    spliced.push_str(&source[..range.start]);
    spliced.push_str(text);
    spliced.push_str(&source[range.end..]);
    spliced
}

/// The line break that `source` uses.
pub(super) fn line_break(source: &str) -> &'static str {
    match memchr::memchr(b'\n', source.as_bytes()) {
        Some(at) if at > 0 && source.as_bytes()[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// `text` with the line breaks that `source` uses.
pub(super) fn with_breaks_of(source: &str, text: &str) -> String {
    match line_break(source) {
        "\n" => text.to_owned(),
        other => text.replace('\n', other),
    }
}
