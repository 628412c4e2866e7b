//! JSON values as YAML that reads back the same.

use std::fmt::Write as _;

use serde_json::Value;

use crate::article::tree::{Meaning, meaning};

/// Widest list of short values that is written on one line, in characters.
const MAX_FLOW_CHARS: usize = 100;

/// Longest key written on one line without a question mark, in bytes; YAML's own limit is 1024 characters.
const MAX_KEY_BYTES: usize = 900;

/// `key: value` with its line break; further lines are indented below `indent` spaces.
pub(crate) fn entry(key: &str, value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write_entry(&mut out, key, value, indent);
    out
}

fn write_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    if key.len() > MAX_KEY_BYTES {
        let _ = write!(out, "{:indent$}? {}\n{:indent$}:", "", scalar_text(key), "");
    } else {
        let _ = write!(out, "{:indent$}{}:", "", scalar_text(key));
    }
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            for (key, value) in map {
                write_entry(out, key, value, indent + 2);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            if let Some(list) = short_list(items, indent + key.len()) {
                let _ = writeln!(out, " {list}");
            } else {
                out.push('\n');
                for item in items {
                    write_item(out, item, indent + 2);
                }
            }
        }
        Value::String(text) if is_block(text) => write_block(out, text, indent + 2),
        other => {
            let _ = writeln!(out, " {}", flow(other));
        }
    }
}

fn write_item(out: &mut String, item: &Value, indent: usize) {
    let _ = write!(out, "{:indent$}-", "");
    match item {
        Value::Object(map) if !map.is_empty() => {
            let mut inner = String::new();
            for (key, value) in map {
                write_entry(&mut inner, key, value, indent + 2);
            }
            // The first key stands on the dash's line.
            let _ = write!(out, " {}", inner.trim_start_matches(' '));
        }
        Value::Array(items) if !items.is_empty() => {
            let mut inner = String::new();
            for item in items {
                write_item(&mut inner, item, indent + 2);
            }
            let _ = write!(out, " {}", inner.trim_start_matches(' '));
        }
        Value::String(text) if is_block(text) => write_block(out, text, indent + 2),
        other => {
            let _ = writeln!(out, " {}", flow(other));
        }
    }
}

/// A list of short scalars on one line.
fn short_list(items: &[Value], before: usize) -> Option<String> {
    let scalars = items.iter().all(|item| !item.is_array() && !item.is_object());
    let texts: usize = items.iter().map(|item| item.as_str().map_or(5, str::len) + 2).sum();
    if !scalars || texts + before > MAX_FLOW_CHARS {
        return None;
    }
    Some(flow(&Value::Array(items.to_vec())))
}

/// A value on one line.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar_text(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let key_text = |key: &str| {
                if key.len() > MAX_KEY_BYTES { format!("? {} ", scalar_text(key)) } else { scalar_text(key) }
            };
            let entries: Vec<String> =
                map.iter().map(|(key, value)| format!("{}: {}", key_text(key), flow(value))).collect();
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        other => other.to_string(),
    }
}

/// Text as a plain, single-quoted or double-quoted scalar, whichever is the plainest that reads back the same.
fn scalar_text(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    if text.chars().any(needs_escape) {
        return double_quoted(text);
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Whether text may stand without quotes, in lists too, and still be text.
fn is_plain(text: &str) -> bool {
    const MARKS: &str = "-?:,[]{}#&*!|>'\"%@`=~.+";
    let Some(first) = text.chars().next() else { return false };
    let reserved = matches!(
        text.to_ascii_lowercase().as_str(),
        "yes" | "no" | "on" | "off" | "y" | "n" | "null" | "true" | "false"
    );
    !reserved
        && !MARKS.contains(first)
        && !text.ends_with([' ', ':'])
        && !first.is_whitespace()
        && meaning(text, true) == Meaning::Text
        && !first.is_ascii_digit()
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(['[', ']', '{', '}', ','])
        && !text.chars().any(|c| needs_escape(c) || c == '\u{a0}')
        && !text.ends_with(char::is_whitespace)
}

/// Characters that only a double-quoted scalar can hold.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        || ('\u{f8f0}'..='\u{f8ff}').contains(&c)
}

fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => {
                let code = u32::from(c);
                let _ = if code <= 0xffff { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Whether text of several lines can be a literal block: no line break other than `\n`, nothing that a block would lose.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\n', '\t'])
        && !text.chars().any(|c| c != '\n' && c != '\t' && needs_escape(c))
        && text.lines().all(|line| !line.ends_with([' ', '\t']))
        && !text.ends_with("\n\n")
}

fn write_block(out: &mut String, text: &str, indent: usize) {
    out.push_str(if text.ends_with('\n') { " |\n" } else { " |-\n" });
    for line in text.lines() {
        if line.is_empty() {
            out.push('\n');
        } else {
            let _ = writeln!(out, "{:indent$}{line}", "");
        }
    }
}
