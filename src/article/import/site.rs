//! Markdown as site generators read it: shortcodes, template tags, admonitions and components around plain Markdown.
//!
//! The wrappers are dropped and what they hold stays; a shortcode or a component that shows what was printed becomes a
//! code block. Placeholders such as `{{ port }}` are text, and nothing in code is touched.

mod inline;

use std::borrow::Cow;

use super::super::front::split;
use super::super::list::after_bullet;
use inline::Inline;

/// Shortcodes, template tags and components that hold code or output.
const CODE_NAMES: [&str; 9] =
    ["text", "highlight", "code", "codeblock", "code-block", "console", "terminal", "output", "log"];
/// Parts of a component's name that say that it shows output.
const OUTPUT_PARTS: [&str; 3] = ["Console", "Terminal", "Output"];
/// Longest block of a shortcode, tag or component that is looked for, in lines.
const MOST_LINES: usize = 300;
/// Columns by which an admonition's content is indented.
const ADMONITION_INDENT: usize = 4;

/// Makes plain Markdown of a site generator's; text without any of its markup is left as it is, byte for byte.
pub fn without_site_markup(source: &str) -> Cow<'_, str> {
    // Broken front matter is reported where it is read.
    let Ok(split) = split(source) else { return Cow::Borrowed(source) };
    let (front, body) = source.split_at(split.body);
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let mut cleaner = Cleaner { inline: Inline::of(body), ..Cleaner::default() };
    let mut at = 0;
    while at < lines.len() {
        at = cleaner.line(&lines, at);
    }
    if cleaner.changed { Cow::Owned(format!("{front}{}", cleaner.out)) } else { Cow::Borrowed(source) }
}

#[derive(Default)]
struct Cleaner {
    inline: Inline,
    out: String,
    /// Something else than blank lines was written.
    has_text: bool,
    changed: bool,
    /// The fence of the code block being read.
    fence: Option<String>,
    /// The column at which each admonition begins that is being read.
    admonitions: Vec<usize>,
    /// The line up to which no block of code is looked for, since a fence of its own comes first.
    unclosed: usize,
    /// The last line that was not indented is an item of a list, so that indented ones belong to it.
    in_list: bool,
}

impl Cleaner {
    /// Takes the line at an index and those that belong to it; gives the index of the next.
    fn line(&mut self, lines: &[&str], at: usize) -> usize {
        let line = self.dedented(lines[at]);
        let (text, end) = cut(line);
        if self.in_fence(text) {
            self.push(line);
            return at + 1;
        }
        if let Some(next) = self.code(lines, at).or_else(|| self.module(lines, at)) {
            return next;
        }
        if let Some(title) = admonition(text) {
            let column = lines[at].len() - lines[at].trim_start_matches(' ').len();
            self.admonitions.push(column);
            self.replace(title, end);
        } else if let Some(title) = container(text) {
            self.replace(title, end);
        } else {
            match self.inline.without_tags(text) {
                Cow::Borrowed(_) => self.push(line),
                Cow::Owned(rest) => self.replace(rest.trim_end(), end),
            }
        }
        at + 1
    }

    /// Writes what is left of a line that had markup.
    fn replace(&mut self, rest: &str, end: &str) {
        self.changed = true;
        if !rest.trim().is_empty() {
            self.push(rest);
        }
        self.out.push_str(end);
    }

    fn push(&mut self, text: &str) {
        self.has_text |= !text.trim().is_empty();
        self.out.push_str(text);
    }

    /// A line without the indentation of the admonitions it stands in; one that lies outside ends them.
    fn dedented<'a>(&mut self, line: &'a str) -> &'a str {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        if !line.trim().is_empty() {
            while self.admonitions.last().is_some_and(|column| spaces < column + ADMONITION_INDENT) {
                self.admonitions.pop();
            }
        }
        &line[(self.admonitions.len() * ADMONITION_INDENT).min(spaces)..]
    }

    /// Whether a line is part of a code block.
    fn in_fence(&mut self, text: &str) -> bool {
        let trimmed = text.trim();
        if let Some(fence) = &self.fence {
            let mark = &fence[..1];
            if trimmed.starts_with(fence.as_str()) && trimmed.trim_matches(|c: char| mark.contains(c)).is_empty() {
                self.fence = None;
            }
            return true;
        }
        let is_indented = text.starts_with("    ") || text.starts_with('\t');
        if !is_indented && !trimmed.is_empty() {
            self.in_list = after_bullet(text).is_some();
        }
        self.fence = fence_of(trimmed);
        self.fence.is_some() || (is_indented && !self.in_list)
    }

    /// A shortcode, tag or component that holds code, with its lines.
    fn code(&mut self, lines: &[&str], at: usize) -> Option<usize> {
        let (text, end) = cut(self.dedented(lines[at]));
        let opening = inline::opening(text.trim())?;
        let by_part = opening.is_component && OUTPUT_PARTS.iter().any(|part| opening.name.contains(part));
        if !(CODE_NAMES.contains(&opening.name) && !opening.is_component || by_part) {
            return None;
        }
        if let Some(inside) = opening.closed_on_line() {
            self.block(opening.language(), &[inside], indent_of(text), end);
            return Some(at + 1);
        }
        if !opening.rest.is_empty() {
            return None;
        }
        if at < self.unclosed {
            return None;
        }
        let below = &lines[at + 1..];
        let ends = |line: &&str| opening.is_closed_by(line.trim()) || fence_of(line.trim()).is_some();
        let found = below.iter().take(MOST_LINES).position(ends);
        let Some(length) = found.filter(|length| opening.is_closed_by(below[*length].trim())) else {
            // The same lines are not searched again.
            self.unclosed = at + found.unwrap_or(0);
            return None;
        };
        let inside = &below[..length];
        let inside: Vec<&str> = inside.iter().map(|line| cut(self.dedented(line)).0).collect();
        self.block(opening.language(), &inside, indent_of(text), end);
        Some(at + length + 2)
    }

    fn block(&mut self, language: &str, lines: &[&str], indent: &str, end: &str) {
        self.changed = true;
        let end = if end.is_empty() { "\n" } else { end };
        let block = super::markup::fenced_as(language, &super::markup::dedent(lines).join("\n"));
        for line in block.lines() {
            self.out.push_str(indent);
            self.push(line);
            self.out.push_str(end);
        }
    }

    /// `import` and `export` of a module, which end with a blank line.
    fn module(&mut self, lines: &[&str], at: usize) -> Option<usize> {
        let before = at.checked_sub(1).map_or("", |before| lines[before].trim());
        let opens = !self.has_text || before.is_empty();
        if !opens || !is_module_line(lines[at]) {
            return None;
        }
        self.changed = true;
        let length = lines[at..].iter().position(|line| line.trim().is_empty()).unwrap_or(lines.len() - at);
        Some(at + length)
    }
}

/// A line without its line break, and that.
fn cut(line: &str) -> (&str, &str) {
    line.split_at(line.trim_end_matches(['\n', '\r']).len())
}

fn indent_of(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The fence that a line opens.
fn fence_of(text: &str) -> Option<String> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let length = text.len() - rest.len();
    (length >= 3 && !(mark == '`' && rest.contains('`'))).then(|| text[..length].to_owned())
}

/// The title of `!!! note "Title"`, `??? note`, `=== "Tab"`.
fn admonition(text: &str) -> Option<&str> {
    let text = text.trim();
    let rest = ["!!! ", "???+ ", "??? ", "=== "].iter().find_map(|mark| text.strip_prefix(mark))?;
    let title = rest.split_once('"').and_then(|(_, rest)| rest.strip_suffix('"'));
    let is_kind = rest.split_whitespace().all(|word| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    match title {
        Some(title) => Some(title),
        None => (is_kind && !text.starts_with('=')).then_some(""),
    }
}

/// The title of `:::warning Title`, `::: tip`, `:::note[Title]`; none for the `:::` that ends one.
fn container(text: &str) -> Option<&str> {
    let text = text.trim();
    let rest = text.trim_start_matches(':');
    if text.len() - rest.len() < 3 {
        return None;
    }
    let rest = rest.trim();
    let kind = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(rest.len());
    let title = rest[kind..].trim();
    let title = title.split('{').next().unwrap_or_default().trim();
    let title = title.strip_prefix('[').and_then(|title| title.strip_suffix(']')).unwrap_or(title);
    (rest.is_empty() || kind > 0 || rest.starts_with('{')).then_some(title)
}

fn is_module_line(line: &str) -> bool {
    let text = line.trim_end().trim_end_matches(';');
    let quoted = |text: &str| text.len() > 2 && text.starts_with(['\'', '"']) && text.ends_with(['\'', '"']);
    if let Some(rest) = text.strip_prefix("import ") {
        let from = rest.rsplit_once(" from ").is_some_and(|(_, module)| quoted(module.trim()));
        return from || quoted(rest.trim()) || rest.trim() == "{";
    }
    text.strip_prefix("export ").is_some_and(|rest| {
        let word = rest.split_whitespace().next().unwrap_or_default();
        matches!(word, "const" | "let" | "default" | "function" | "async" | "class" | "{" | "*")
    })
}

#[cfg(test)]
mod tests;
