//! reStructuredText to Markdown, for articles kept beside documentation that Sphinx or docutils builds.
//!
//! Read as <https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html> says, as far as articles need it: block by
//! block, nested ones after their indentation. What is unknown is read as prose and never refused.

mod inline;
mod table;

use std::collections::HashMap;

use super::super::front::split;
use super::super::heading::known;
use super::markup::{Blocks, MAX_DEPTH, dedent, dedented, fenced, fenced_as, heading, indent_of};
use inline::Inline;

/// Directives whose content was printed or typed.
const VERBATIM: [&str; 8] =
    ["code-block", "code", "sourcecode", "parsed-literal", "prompt", "terminal", "console", "productionlist"];
/// Those of them whose argument is a language.
const LANGUAGE_NAMED: [&str; 3] = ["code-block", "code", "sourcecode"];
/// Directives that say nothing to a reader of one article.
const SILENT: [&str; 18] = [
    "contents",
    "toctree",
    "index",
    "highlight",
    "meta",
    "include",
    "literalinclude",
    "raw",
    "image",
    "figure",
    "default-role",
    "role",
    "module",
    "currentmodule",
    "sectionauthor",
    "codeauthor",
    "tags",
    "todo",
];

/// Makes Markdown of reStructuredText. Front matter above the text stays as it is.
pub(crate) fn from_rst(source: &str) -> String {
    // Broken front matter is reported where it is read; nothing below it is of use until it is mended.
    let Ok(split) = split(source) else { return source.to_owned() };
    let lines: Vec<&str> = source[split.body..].lines().map(str::trim_end).collect();
    let mut reader = Reader { inline: Inline::new(substitutions(&lines)), levels: Vec::new(), level: 1 };
    let blocks = reader.blocks(&lines, 0);
    format!("{}{}", source[..split.body].trim_start_matches('\u{feff}'), blocks.text())
}

/// `.. |name| replace:: text`, which may stand anywhere.
fn substitutions(lines: &[&str]) -> HashMap<String, String> {
    let definition = |line: &&str| {
        let (name, rest) = line.trim_start().strip_prefix(".. |")?.split_once('|')?;
        let text = rest.trim_start().strip_prefix("replace::")?;
        Some((name.trim().to_lowercase(), text.trim().to_owned()))
    };
    lines.iter().filter_map(definition).collect()
}

struct Reader {
    inline: Inline,
    /// Underlines of headings, with whether there is an overline, in the order in which they came.
    levels: Vec<(char, bool)>,
    /// Level of the section being read.
    level: usize,
}

/// A run of lines and where reading goes on.
type Taken<'a> = (Vec<&'a str>, usize);

impl Reader {
    fn blocks(&mut self, lines: &[&str], depth: usize) -> Blocks {
        let mut out = Blocks::default();
        let mut at = 0;
        while at < lines.len() {
            at = if lines[at].trim().is_empty() { at + 1 } else { self.block(lines, at, depth, &mut out) };
        }
        out
    }

    /// Blocks inside of another one; those that lie too deep are one piece of prose.
    fn nested(&mut self, lines: &[&str], depth: usize) -> Blocks {
        if depth < MAX_DEPTH {
            return self.blocks(lines, depth + 1);
        }
        let mut out = Blocks::default();
        out.add(&self.inline.text(&lines.join("\n")));
        out
    }

    /// Reads the block that begins at a line; gives where the next may begin.
    fn block(&mut self, lines: &[&str], at: usize, depth: usize, out: &mut Blocks) -> usize {
        if let Some((level, text, next)) = (depth == 0).then(|| self.section(lines, at)).flatten() {
            out.add(&heading(level, &self.inline.text(text)));
            return next;
        }
        let line = lines[at];
        if indent_of(line) > 0 {
            let (quoted, next) = indented(lines, at);
            out.add_quoted(self.nested(&dedent(&quoted), depth));
            return next;
        }
        if let Some(explicit) = line.strip_prefix("..").filter(|rest| rest.is_empty() || rest.starts_with(' ')) {
            return self.explicit(explicit.trim(), lines, at, depth, out);
        }
        if let Some((rows, next)) = table::read(lines, at) {
            self.rows(&rows, out);
            return next;
        }
        if adornment(line).is_some_and(|_| line.len() >= 4) {
            out.add("---");
            return at + 1;
        }
        if line.starts_with(">>> ") {
            let end = lines[at..].iter().position(|line| line.is_empty()).map_or(lines.len(), |length| at + length);
            out.add(&fenced(&lines[at..end].join("\n")));
            return end;
        }
        if let Some((mark, width)) = item(line) {
            return self.item(lines, at, (&mark, width), depth, out);
        }
        if let Some((name, rest)) = field(line) {
            let (body, next) = indented(lines, at + 1);
            self.field(name, rest, &body, depth, out);
            return next;
        }
        self.paragraph(lines, at, depth, out)
    }

    fn rows(&self, rows: &[Vec<String>], out: &mut Blocks) {
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| self.inline.text(cell)).collect();
            out.add(&cells.join(" | "));
        }
    }

    /// An item of a list, whose mark in Markdown and whose own mark's width are given.
    fn item(
        &mut self,
        lines: &[&str],
        at: usize,
        (mark, width): (&str, usize),
        depth: usize,
        out: &mut Blocks,
    ) -> usize {
        let (body, next) = indented(lines, at + 1);
        let rest = body.iter().map(|line| dedented(line, width));
        let item: Vec<&str> = std::iter::once(&lines[at][width..]).chain(rest).collect();
        out.add_item(mark, self.nested(&item, depth));
        next
    }

    /// A heading: its level, its text and where it ends.
    fn section<'a>(&mut self, lines: &[&'a str], at: usize) -> Option<(usize, &'a str, usize)> {
        let over = adornment(lines[at]);
        let (text, under, overlined, next) = match over {
            Some(_) => (*lines.get(at + 1)?, *lines.get(at + 2)?, true, at + 3),
            None => (lines[at], *lines.get(at + 1)?, false, at + 2),
        };
        let mark = adornment(under)?;
        let is_long = under.chars().count() + 2 >= text.trim().chars().count() && under.len() >= 2;
        let fits = !text.trim().is_empty() && adornment(text).is_none() && over.is_none_or(|over| over == mark);
        if !fits || !is_long || (!overlined && indent_of(text) > 0) {
            return None;
        }
        let style = (mark, overlined);
        let level = self.levels.iter().position(|known| *known == style).unwrap_or_else(|| {
            self.levels.push(style);
            self.levels.len() - 1
        });
        self.level = level + 1;
        Some((self.level, text.trim(), next))
    }

    /// What begins with two dots: a directive, a footnote, or something that is not shown.
    fn explicit(&mut self, text: &str, lines: &[&str], at: usize, depth: usize, out: &mut Blocks) -> usize {
        let (body, next) = indented(lines, at + 1);
        if let Some((name, argument)) = text.split_once("::").filter(|(name, _)| is_directive(name)) {
            self.directive(name.rsplit(':').next().unwrap_or(name), argument.trim(), &body, depth, out);
        } else if let Some((_, note)) = text.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
            let mut lines = vec![note];
            lines.extend(dedent(&body));
            out.add_all(self.nested(&lines, depth));
        }
        next
    }

    fn directive(&mut self, name: &str, argument: &str, body: &[&str], depth: usize, out: &mut Blocks) {
        let name = name.to_ascii_lowercase();
        if SILENT.contains(&name.as_str()) {
            return;
        }
        let body = dedent(body);
        let options = body.iter().take_while(|line| field(line).is_some()).count();
        let content = dedent(&body[options..]);
        if VERBATIM.contains(&name.as_str()) {
            let language = if LANGUAGE_NAMED.contains(&name.as_str()) { argument } else { "" };
            out.add(&fenced_as(language, &content.join("\n")));
        } else if name == "rubric" {
            out.add(&heading(self.level + 1, &self.inline.text(argument)));
        } else {
            // A note's first line, or the caption of a table.
            out.add(&self.inline.text(argument));
            out.add_all(self.nested(&content, depth));
        }
    }

    /// `:Cause: text`: a section where its name is one, else prose.
    fn field(&mut self, name: &str, rest: &str, body: &[&str], depth: usize, out: &mut Blocks) {
        let mut content = vec![rest];
        content.extend(dedent(body));
        let content = self.nested(&content, depth);
        if depth == 0 && known(name).is_some() {
            out.add(&heading(self.level + 1, &self.inline.text(name)));
        } else {
            out.add(&format!("**{}**", self.inline.text(name)));
        }
        out.add_all(content);
    }

    /// Prose up to a blank line, with what it announces: a literal block after `::`, a definition below a term.
    fn paragraph(&mut self, lines: &[&str], at: usize, depth: usize, out: &mut Blocks) -> usize {
        let is_end = |line: &&str| line.is_empty() || indent_of(line) > 0;
        let end = lines[at..].iter().position(is_end).map_or(lines.len(), |length| at + length.max(1));
        let text = lines[at..end].iter().map(|line| line.strip_prefix("| ").unwrap_or(line));
        let text = text.collect::<Vec<_>>().join("\n");
        let below = lines.get(end).is_some_and(|line| !line.is_empty());
        if let Some(announced) = text.strip_suffix("::").filter(|_| !below) {
            let announced = announced.trim_end();
            if !announced.is_empty() {
                out.add(&format!("{}:", self.inline.text(announced)));
            }
            let (literal, next) = literal(lines, end);
            out.add(&fenced(&dedent(&literal).join("\n")));
            return next;
        }
        if below && end == at + 1 {
            let (definition, next) = indented(lines, end);
            out.add(&format!("**{}**", self.inline.text(&text)));
            out.add_all(self.nested(&dedent(&definition), depth));
            return next;
        }
        out.add(&self.inline.text(&text));
        end
    }
}

/// The lines that are indented or blank, up to the first that is neither.
fn indented<'a>(lines: &[&'a str], from: usize) -> Taken<'a> {
    let rest = &lines[from.min(lines.len())..];
    let length = rest.iter().position(|line| !line.is_empty() && indent_of(line) == 0).unwrap_or(rest.len());
    (rest[..length].to_vec(), from + length)
}

/// A literal block: indented lines, or lines that all begin with the same punctuation.
fn literal<'a>(lines: &[&'a str], from: usize) -> Taken<'a> {
    let start = lines[from..].iter().position(|line| !line.is_empty()).map_or(lines.len(), |blank| from + blank);
    let mark = lines.get(start).and_then(|line| line.chars().next()).filter(char::is_ascii_punctuation);
    match mark {
        None => indented(lines, from),
        Some(mark) => {
            let length = lines[start..].iter().position(|line| !line.starts_with(mark));
            let end = length.map_or(lines.len(), |length| start + length);
            (lines[start..end].to_vec(), end)
        }
    }
}

/// The character of a line that holds nothing else.
fn adornment(line: &str) -> Option<char> {
    let mark = line.chars().next().filter(char::is_ascii_punctuation)?;
    (line.len() >= 2 && line.chars().all(|c| c == mark) && line != "::" && line != "..").then_some(mark)
}

fn is_directive(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b':' | b'.' | b'+'))
}

/// `:name: text`, and not an interpreted text such as `` :ref:`name` ``.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix(':')?.split_once(':')?;
    let is_name = !name.is_empty() && name.len() <= 60 && !name.starts_with(' ') && !name.contains('`');
    (is_name && (rest.is_empty() || rest.starts_with(' '))).then_some((name, rest.trim()))
}

/// The mark of a list's item in Markdown, and how many bytes its own mark takes with the space behind it.
fn item(line: &str) -> Option<(String, usize)> {
    let bullet = line.strip_prefix(['*', '-', '+', '•']).map(|rest| (rest, "- ".to_owned()));
    let (rest, mark) = bullet.or_else(|| numbered(line))?;
    let text = rest.trim_start();
    (rest.starts_with(' ') && !text.is_empty()).then(|| (mark, line.len() - text.len()))
}

/// `1. `, `1) `, `(1) `, `#. ` and the same with one letter.
fn numbered(line: &str) -> Option<(&str, String)> {
    let inside = line.strip_prefix('(').unwrap_or(line);
    let digits = inside.len() - inside.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let length = match digits {
        1..=9 => digits,
        0 if inside.starts_with(|c: char| c == '#' || c.is_ascii_alphabetic()) => 1,
        _ => return None,
    };
    let (number, rest) = inside.split_at(length);
    let rest = if inside.len() < line.len() { rest.strip_prefix(')')? } else { rest.strip_prefix(['.', ')'])? };
    let number = if digits > 0 { number } else { "1" };
    Some((rest, format!("{number}. ")))
}

#[cfg(test)]
mod tests;
