//! Placeholders in cause and solution: `{{capture}}` and `{{capture|fallback}}`.
//!
//! Only these two forms, without spaces around the name, are placeholders; the template languages that articles quote
//! (`{{ .Values.image }}`) stay as they are. Values go in once and are never looked at again.

use std::collections::BTreeMap;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::condition::{MAX_NAME_BYTES, name_length};

/// Longest fallback, in bytes.
const MAX_FALLBACK_BYTES: usize = 512;

/// A placeholder in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placeholder<'a> {
    /// Name of the capture.
    pub name: &'a str,
    /// What stands there when nothing was captured.
    pub fallback: Option<&'a str>,
}

/// Where in Markdown a value is put, which decides how it has to be escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Running text.
    Prose,
    /// A code span or code block, where backslashes escape nothing.
    Code,
}

/// Puts captured values into `markdown`, each passed through `escape`. Without a value the fallback stands there, as the
/// author wrote it; without a fallback the capture's name in words.
pub fn fill(markdown: &str, captures: &BTreeMap<String, String>, escape: impl Fn(&str, Setting) -> String) -> String {
    let mut placeholders = scan(markdown).peekable();
    if placeholders.peek().is_none() {
        return markdown.to_owned();
    }
    let code = code_ranges(markdown);
    let mut filled = String::with_capacity(markdown.len());
    let mut done = 0;
    for (start, end, placeholder) in placeholders {
        filled.push_str(&markdown[done..start]);
        let in_code = code.iter().any(|range| range.contains(&start));
        let setting = if in_code { Setting::Code } else { Setting::Prose };
        match (captures.get(placeholder.name), placeholder.fallback) {
            (Some(value), _) => filled.push_str(&escape(value, setting)),
            (None, Some(fallback)) => filled.push_str(fallback),
            (None, None) => filled.push_str(&placeholder.name.replace('_', " ")),
        }
        done = end;
    }
    filled.push_str(&markdown[done..]);
    filled
}

/// Code spans and code blocks, in order.
fn code_ranges(markdown: &str) -> Vec<Range<usize>> {
    let events = Parser::new(markdown).into_offset_iter();
    let code = events.filter(|(event, _)| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_))));
    code.map(|(_, range)| range).collect()
}

/// The placeholders of `markdown`, in order.
pub fn names(markdown: &str) -> Vec<Placeholder<'_>> {
    scan(markdown).map(|(_, _, placeholder)| placeholder).collect()
}

/// Start, end and content of every placeholder.
fn scan(text: &str) -> impl Iterator<Item = (usize, usize, Placeholder<'_>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(open) = memchr::memmem::find(&text.as_bytes()[at..], b"{{") {
            let start = at + open;
            if let Some((length, placeholder)) = placeholder(&text[start + 2..]) {
                at = start + 2 + length;
                return Some((start, at, placeholder));
            }
            at = start + 1;
        }
        None
    })
}

/// Reads `name}}` or `name|fallback}}` at the head of `text`, within fixed lengths; the number of bytes read.
fn placeholder(text: &str) -> Option<(usize, Placeholder<'_>)> {
    let length = name_length(text).filter(|length| *length <= MAX_NAME_BYTES)?;
    let (name, rest) = text.split_at(length);
    if rest.starts_with("}}") {
        return Some((length + 2, Placeholder { name, fallback: None }));
    }
    let fallback = rest.strip_prefix('|')?;
    let window = &fallback.as_bytes()[..fallback.len().min(MAX_FALLBACK_BYTES + 2)];
    let close = memchr::memmem::find(window, b"}}")?;
    let fallback = &fallback[..close];
    (!fallback.contains('\n')).then_some((length + 1 + close + 2, Placeholder { name, fallback: Some(fallback) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(markdown: &str) -> String {
        let captures = BTreeMap::from([
            ("property".to_owned(), "na*me {{type}}".to_owned()),
            ("type".to_owned(), "Entity".to_owned()),
        ]);
        fill(markdown, &captures, |value, setting| match setting {
            Setting::Prose => value.replace('*', "\\*"),
            Setting::Code => value.to_owned(),
        })
    }

    #[test]
    fn values_are_escaped_and_never_expanded_again() {
        assert_eq!(filled("a {{property}} `{{type}}`"), "a na\\*me {{type}} `Entity`");
    }

    #[test]
    fn the_setting_of_a_value_decides_how_it_is_escaped() {
        assert_eq!(filled("{{property}} `x {{property}}`"), "na\\*me {{type}} `x na*me {{type}}`");
        assert_eq!(filled("```\n{{property}}\n```\n{{property}}"), "```\nna*me {{type}}\n```\nna\\*me {{type}}");
    }

    #[test]
    fn what_was_not_captured_reads_as_its_fallback_or_its_name() {
        assert_eq!(
            filled("{{relation|the *relation*}} {{host_name}} {{type|x}} {{gone|}}."),
            "the *relation* host name Entity ."
        );
    }

    #[test]
    fn other_braces_stay() {
        for text in ["{{ type }}", "{{.Values.x}}", "{{1a}}", "{type}", "{{type|a\nb}}", "{{type", "{{", "{{type}"] {
            assert_eq!(filled(text), text);
        }
        assert_eq!(filled("{{{type}}}"), "{Entity}");
    }

    #[test]
    fn megabytes_of_braces_take_linear_time() {
        let start = std::time::Instant::now();
        for unit in ["{", "{{a|", "{{a", "{{a|}"] {
            let text = unit.repeat(1_000_000 / unit.len());
            assert!(names(&text).is_empty());
        }
        assert!(start.elapsed() < std::time::Duration::from_secs(20));
    }
}
