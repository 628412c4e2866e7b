//! Inline markup of `AsciiDoc`.

use std::collections::HashMap;

use super::super::markup::{MOST_SUBSTITUTED, between, clip, code_span, link, push_prose};
use super::super::text::escape;

/// Macros of which the text in brackets is shown, or the target where there is none.
const SHOWN: [&str; 9] = ["link:", "xref:", "mailto:", "kbd:", "btn:", "menu:", "pass:", "anchor:", "footnote:"];

/// Reads inline markup, with the attributes that a document sets.
#[derive(Debug, Default)]
pub(super) struct Inline {
    attributes: HashMap<String, String>,
}

impl Inline {
    /// Takes `:name: value`; `false` for any other line.
    pub(super) fn set(&mut self, line: &str) -> bool {
        let Some((name, value)) = line.strip_prefix(':').and_then(|rest| rest.split_once(':')) else { return false };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '!');
        if name.is_empty() || !name.chars().all(is_name) || !(value.is_empty() || value.starts_with(' ')) {
            return false;
        }
        if value.len() <= MOST_SUBSTITUTED {
            self.attributes.insert(name.to_owned(), value.trim().to_owned());
        }
        true
    }

    /// Makes Markdown of a text.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        let (mut plain, mut rest) = (0, 0);
        while let Some(at) = text[rest..].find(['`', '*', '_', '+', '{', '<', '[', ':', '#']).map(|at| rest + at) {
            let Some((from, end, markdown)) = self.markup(text, at, plain) else {
                rest = at + 1;
                continue;
            };
            push_prose(&mut out, &text[plain..from]);
            out.push_str(&markdown);
            (plain, rest) = (end, end);
        }
        push_prose(&mut out, &text[plain..]);
        // A plus at a line's end breaks the line.
        out.lines().map(|line| line.strip_suffix(" +").unwrap_or(line).trim_end()).collect::<Vec<_>>().join("\n")
    }

    /// The markup at a place: where it begins, which for a macro is before the place, where it ends, and its Markdown.
    fn markup(&self, text: &str, at: usize, least: usize) -> Option<(usize, usize, String)> {
        let (before, rest) = (&text[..at], clip(&text[at..]));
        let here = |(end, markdown): (usize, String)| (at, at + end, markdown);
        match rest.as_bytes()[0] {
            b'{' => self.attribute(rest).map(here),
            b'<' => cross_reference(rest).map(here),
            b'[' => anchor(rest).map(here),
            b':' => macro_at(text, at, least),
            mark => {
                let mark = char::from(mark);
                let inside_word = before.ends_with(char::is_alphanumeric);
                let double: String = [mark, mark].iter().collect();
                let (inner, end) = if rest.starts_with(&double) {
                    between(rest, &double, |_| true)?
                } else if inside_word {
                    return None;
                } else {
                    between(rest, &rest[..1], |next| !next.is_alphanumeric() && next != '_')?
                };
                Some(here((end, shown(mark, inner))))
            }
        }
    }

    fn attribute(&self, rest: &str) -> Option<(usize, String)> {
        let name = &rest[1..rest.find('}')?];
        let known = match name {
            "nbsp" | "sp" => " ",
            "empty" | "zwsp" => "",
            "lt" => "<",
            "gt" => ">",
            "amp" => "&",
            "plus" => "+",
            "asterisk" => "*",
            "apos" => "'",
            "backtick" => "`",
            _ => self.attributes.get(name)?,
        };
        Some((name.len() + 2, escape(known)))
    }
}

fn shown(mark: char, inner: &str) -> String {
    match mark {
        '`' => code_span(inner.strip_prefix('+').and_then(|inner| inner.strip_suffix('+')).unwrap_or(inner)),
        '*' => format!("**{}**", escape(inner)),
        '_' => format!("*{}*", escape(inner)),
        // Passed through as it is, or marked.
        _ => escape(inner),
    }
}

/// `<<place,text>>`
fn cross_reference(rest: &str) -> Option<(usize, String)> {
    let inner = &rest.strip_prefix("<<")?[..rest.find(">>")?.checked_sub(2)?];
    let shown = inner.split_once(',').map_or(inner, |(_, text)| text);
    (!inner.contains('\n')).then(|| (inner.len() + 4, escape(shown.trim())))
}

/// `[[place]]`, and the role before `#text#`.
fn anchor(rest: &str) -> Option<(usize, String)> {
    if let Some(inner) = rest.strip_prefix("[[") {
        return inner.find("]]").map(|end| (end + 4, String::new()));
    }
    let role = rest.strip_prefix("[.").and_then(|inner| inner.find(']'))?;
    let end = role + 3;
    rest[end..].starts_with(['#', '`', '*', '_']).then(|| (end, String::new()))
}

/// `name:target[text]` and `https://target[text]`, found by the colon.
fn macro_at(text: &str, at: usize, least: usize) -> Option<(usize, usize, String)> {
    let before = &text[least..at];
    let name = before.rfind(|c: char| !c.is_ascii_alphabetic()).map_or(before, |start| {
        let next = before[start..].chars().next().map_or(1, char::len_utf8);
        &before[start + next..]
    });
    let from = at - name.len();
    let rest = clip(&text[at + 1..]);
    let target = &rest[..rest.find('[')?];
    let inner = &rest[target.len() + 1..];
    let inner = &inner[..inner.find(']')?];
    let end = at + 1 + target.len() + inner.len() + 2;
    if target.contains(char::is_whitespace) {
        return None;
    }
    let shown = inner.split_once(',').map_or(inner, |(shown, _)| shown).trim().trim_matches('"').trim_end_matches('^');
    if target.starts_with("//") {
        return Some((from, end, link(shown, &text[from..at + 1 + target.len()])));
    }
    if !SHOWN.contains(&&text[from..=at]) {
        return None;
    }
    Some((
        from,
        end,
        if name == "link" { link(shown, target) } else { escape(if shown.is_empty() { target } else { shown }) },
    ))
}
