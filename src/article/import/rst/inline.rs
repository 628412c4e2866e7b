//! Inline markup of reStructuredText.

use std::collections::HashMap;

use super::super::markup::{MOST_SUBSTITUTED, between, clip, code_span, link, push_prose};
use super::super::text::escape;

/// Roles whose text is a title or prose; the text of any other is a name that programs know.
const PROSE: [&str; 13] = [
    "ref",
    "doc",
    "term",
    "abbr",
    "numref",
    "title",
    "emphasis",
    "strong",
    "sub",
    "sup",
    "guilabel",
    "menuselection",
    "download",
];

/// Reads inline markup, with the substitutions of a document.
#[derive(Debug, Default)]
pub(super) struct Inline {
    substitutions: HashMap<String, String>,
}

impl Inline {
    pub(super) fn new(mut substitutions: HashMap<String, String>) -> Self {
        substitutions.retain(|_, text| text.len() <= MOST_SUBSTITUTED);
        Self { substitutions }
    }

    /// Makes Markdown of a text.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        let (mut plain, mut rest) = (0, 0);
        while let Some(at) = text[rest..].find(['`', '*', '|', ':', '[', '\\', '_']).map(|at| rest + at) {
            let before = text[..at].chars().next_back();
            let Some((markdown, end)) = self.markup(clip(&text[at..]), before) else {
                rest = at + 1;
                continue;
            };
            push_prose(&mut out, &text[plain..at]);
            out.push_str(&markdown);
            (plain, rest) = (at + end, at + end);
        }
        push_prose(&mut out, &text[plain..]);
        out.truncate(out.trim_end().len());
        out
    }

    /// The markup that a text begins with, as Markdown, and its length; none begins inside a word.
    fn markup(&self, text: &str, before: Option<char>) -> Option<(String, usize)> {
        let inside_word = before.is_some_and(char::is_alphanumeric);
        match text.as_bytes()[0] {
            b'\\' => {
                let escaped = text[1..].chars().next()?;
                let shown = if escaped.is_whitespace() { String::new() } else { escape(&escaped.to_string()) };
                Some((shown, 1 + escaped.len_utf8()))
            }
            // `name_` refers to a target of that name.
            b'_' => {
                let ends = !text[1..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
                (inside_word && ends).then(|| (String::new(), 1))
            }
            _ if inside_word => None,
            b'`' if text.starts_with("``") => {
                let (code, end) = between(text, "``", is_outside_word)?;
                Some((code_span(code), end))
            }
            b'`' => {
                let (inner, end) = between(text, "`", is_outside_word)?;
                let underscores = text[end..].len() - text[end..].trim_start_matches('_').len();
                let shown = if underscores > 0 { reference(inner) } else { code_span(inner) };
                Some((shown, end + underscores))
            }
            b'*' if text.starts_with("**") => {
                let (strong, end) = between(text, "**", is_outside_word)?;
                Some((format!("**{}**", escape(strong)), end))
            }
            b'*' => {
                let (emphasis, end) = between(text, "*", is_outside_word)?;
                Some((format!("*{}*", escape(emphasis)), end))
            }
            b'|' => {
                let (name, end) = between(text, "|", is_outside_word)?;
                let known = self.substitutions.get(&name.to_lowercase())?;
                Some((escape(known), end))
            }
            b':' => role(text),
            // `[1]_` is a footnote.
            b'[' => {
                let (_, end) = text.split_once("]_").map(|(label, _)| (label, label.len() + 2))?;
                (end <= 32 && !text[..end].contains(char::is_whitespace)).then(|| (String::new(), end))
            }
            _ => None,
        }
    }
}

/// Whether markup may end before a character.
fn is_outside_word(next: char) -> bool {
    !next.is_alphanumeric()
}

/// `` :role:`text` ``, `` :role:`text <target>` ``.
fn role(text: &str) -> Option<(String, usize)> {
    let (name, rest) = text[1..].split_once(":`")?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.' | b'+'));
    if name.is_empty() || name.len() > 40 || !is_name {
        return None;
    }
    let inner = &rest[..rest.find('`')?];
    let end = 1 + name.len() + 2 + inner.len() + 1;
    let kind = name.rsplit(':').next().unwrap_or(name);
    // A sub-word such as `~module.name` shows its last part.
    let shown = target(inner).map_or(inner, |(shown, _)| shown).trim_start_matches(['~', '!']);
    Some((if PROSE.contains(&kind) { escape(shown) } else { code_span(shown) }, end))
}

/// `text <address>`, the text of which may be empty.
fn target(inner: &str) -> Option<(&str, &str)> {
    let (shown, address) = inner.strip_suffix('>')?.rsplit_once('<')?;
    Some((shown.trim(), address.trim()))
}

/// What `` `text <address>`_ `` shows.
fn reference(inner: &str) -> String {
    target(inner).map_or_else(|| escape(inner), |(shown, address)| link(shown, address))
}
