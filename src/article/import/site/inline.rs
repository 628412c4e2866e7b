//! Tags of site generators inside a line.

use std::borrow::Cow;
use std::collections::HashSet;

/// Longest tag or code span that is looked for, in bytes.
const LONGEST: usize = 1000;

/// Drops tags from lines.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// Components that the document closes somewhere: `<Name>` of another is a placeholder.
    closed: HashSet<String>,
}

impl Inline {
    pub(super) fn of(body: &str) -> Self {
        let closing = body.split("</").skip(1).filter_map(|rest| component_name(rest)).map(str::to_owned);
        Self { closed: closing.collect() }
    }

    /// A line without the tags in it; what stands in code stays.
    pub(super) fn without_tags<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if text.trim().starts_with("{/*") && text.trim().ends_with("*/}") {
            return Cow::Owned(String::new());
        }
        let mut out = String::new();
        let (mut plain, mut at) = (0, 0);
        while let Some(found) = text[at..].find(['`', '{', '<', ']']).map(|found| at + found) {
            let rest = clip(&text[found..]);
            let length = match rest.as_bytes()[0] {
                b'`' => {
                    at = found + code_span(&text[found..]);
                    continue;
                }
                b'{' => template_tag(rest).map(|(_, length)| length),
                b'<' => self.component(rest),
                _ => link_end(rest),
            };
            let Some(length) = length else {
                at = found + 1;
                continue;
            };
            out.push_str(&text[plain..found]);
            if rest.starts_with(']') {
                take_link_start(&mut out);
            }
            at = found + length;
            plain = at;
        }
        if plain == 0 {
            return Cow::Borrowed(text);
        }
        out.push_str(&text[plain..]);
        Cow::Owned(out)
    }

    /// Length of the tag of a component that a text begins with.
    fn component(&self, text: &str) -> Option<usize> {
        let tag = Component::of(text)?;
        let is_markup =
            tag.is_closing || tag.is_empty || tag.attributes.contains(['=', '{']) || self.closed.contains(tag.name);
        is_markup.then_some(tag.length)
    }
}

/// The part of a text in which the tag must end that it begins with.
fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

/// A tag that opens a block, and what follows it on its line.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) name: &'a str,
    pub(super) is_component: bool,
    pub(super) rest: &'a str,
    arguments: &'a str,
    is_liquid: bool,
}

/// The tag that a line begins with, if it opens something.
pub(super) fn opening(text: &str) -> Option<Opening<'_>> {
    if let Some(tag) = Component::of(text).filter(|tag| !tag.is_closing && !tag.is_empty) {
        let rest = text[tag.length..].trim();
        return Some(Opening { name: tag.name, is_component: true, rest, arguments: "", is_liquid: false });
    }
    let (inner, length) = template_tag(text)?;
    let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    let rest = text[length..].trim();
    Some(Opening { name, is_component: false, rest, arguments: arguments.trim(), is_liquid: text.starts_with("{%") })
}

impl<'a> Opening<'a> {
    /// Whether a line holds nothing but the tag that ends the block.
    pub(super) fn is_closed_by(&self, line: &str) -> bool {
        if self.is_component {
            return Component::of(line)
                .is_some_and(|tag| tag.is_closing && tag.name == self.name && tag.length == line.len());
        }
        template_tag(line).is_some_and(|(inner, length)| length == line.len() && self.ends_with(inner))
    }

    fn ends_with(&self, inner: &str) -> bool {
        let mark = if self.is_liquid { "end" } else { "/" };
        inner.strip_prefix(mark).is_some_and(|name| name.trim() == self.name)
    }

    /// What stands before the tag that ends the block on the same line.
    pub(super) fn closed_on_line(&self) -> Option<&'a str> {
        let at = self
            .rest
            .rfind(if self.is_component { "</" } else { "{" })
            .map(|at| if self.rest[..at].ends_with('{') { at - 1 } else { at })?;
        self.is_closed_by(&self.rest[at..]).then(|| self.rest[..at].trim())
    }

    /// The language of the code, from the arguments or the kind of the block.
    pub(super) fn language(&self) -> &'a str {
        let named = ["lang=", "language=", "lang:"]
            .iter()
            .find_map(|key| self.arguments.split_whitespace().find_map(|argument| argument.strip_prefix(key)));
        let first = self.arguments.split_whitespace().next().filter(|first| !first.contains('='));
        match named.or(first) {
            Some(language) => language.trim_matches(['"', '\'']),
            None if self.is_component => "text",
            None if matches!(self.name, "highlight" | "code" | "codeblock" | "code-block") => "",
            None => self.name,
        }
    }
}

/// A tag of a component.
struct Component<'a> {
    name: &'a str,
    attributes: &'a str,
    is_closing: bool,
    is_empty: bool,
    length: usize,
}

impl<'a> Component<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('<')?;
        let (is_closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        let name = component_name(inner)?;
        let rest = &inner[name.len()..];
        let end = tag_end(rest)?;
        let attributes = rest[..end].trim_end();
        let is_empty = attributes.ends_with('/');
        let length = text.len() - rest.len() + end + 1;
        Some(Self { name, attributes, is_closing, is_empty, length })
    }
}

/// The name of a component at the start of a text: in camel case, as no element's of HTML and no placeholder's is.
fn component_name(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_name = name.starts_with(|c: char| c.is_ascii_uppercase()) && name.contains(|c: char| c.is_ascii_lowercase());
    (is_name && rest.starts_with([' ', '\t', '/', '>'])).then_some(name)
}

/// Byte of the `>` that ends a tag, outside of quotes and braces.
fn tag_end(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') => depth = depth.saturating_sub(1),
            (None, b'<') if depth == 0 => return None,
            (None, b'>') if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// A shortcode or a template's tag at the start of a text: what is in it, and its length. `{{ name }}` is a placeholder,
/// and `{{</* name */>}}` shows a shortcode.
fn template_tag(text: &str) -> Option<(&str, usize)> {
    const MARKS: [(&str, &str); 3] = [("{{<", ">}}"), ("{{%", "%}}"), ("{%", "%}")];
    let (open, close) = MARKS.iter().find(|(open, _)| text.starts_with(open))?;
    let inner = &text[open.len()..];
    let end = inner.find(close)?;
    let inside = inner[..end].trim_matches(|c: char| c.is_whitespace() || c == '-');
    let is_tag = inside.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') && !inside.starts_with("/*");
    is_tag.then_some((inside, open.len() + end + close.len()))
}

/// Length of a code span at the start of a text, or of its backticks where none ends soon.
fn code_span(text: &str) -> usize {
    let text = clip(text);
    let run = text.len() - text.trim_start_matches('`').len();
    let fence = &text[..run];
    let mut at = run;
    while let Some(found) = text[at..].find(fence).map(|found| at + found) {
        let length = text[found..].len() - text[found..].trim_start_matches('`').len();
        if length == run {
            return found + run;
        }
        at = found + length;
    }
    run
}

/// Length of `](…)` at the start of a text where the address is made by a tag.
fn link_end(text: &str) -> Option<usize> {
    let address = text.strip_prefix("](")?;
    let trimmed = address.trim_start();
    let (_, length) = template_tag(trimmed)?;
    let rest = &trimmed[length..];
    let end = rest.find(')').filter(|end| !rest[..*end].contains('('))?;
    Some(text.len() - rest.len() + end + 1)
}

/// Takes the bracket away at which a link began whose address is gone.
fn take_link_start(out: &mut String) {
    if let Some(at) = out.rfind('[') {
        out.remove(at);
        if out[..at].ends_with('!') {
            out.remove(at - 1);
        }
    }
}
