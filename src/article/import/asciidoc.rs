//! `AsciiDoc` to Markdown.
//!
//! Read as <https://docs.asciidoctor.org/asciidoc/latest/> says, as far as articles need it, line by line; what is unknown
//! is read as prose and never refused.

mod inline;

use super::super::front::split;
use super::super::heading::known;
use super::markup::{Blocks, MAX_DEPTH, fenced, fenced_as, heading};
use inline::Inline;

/// Makes Markdown of `AsciiDoc`. Front matter above the text stays as it is.
pub(crate) fn from_asciidoc(source: &str) -> String {
    // Broken front matter is reported where it is read; nothing below it is of use until it is mended.
    let Ok(split) = split(source) else { return source.to_owned() };
    let lines: Vec<&str> = source[split.body..].lines().map(str::trim_end).collect();
    let mut reader = Reader::default();
    let blocks = reader.blocks(&lines, 0);
    format!("{}{}", source[..split.body].trim_start_matches('\u{feff}'), blocks.text())
}

#[derive(Default)]
struct Reader {
    inline: Inline,
    /// Level of the section being read; 0 before the document's title.
    level: usize,
    /// Language of the block below, from its attributes.
    language: String,
}

/// What stands between two equal lines.
enum Delimited {
    /// As it is.
    Verbatim,
    /// Blocks of their own.
    Blocks,
    /// Somebody's words.
    Quoted,
    /// Not shown.
    Silent,
    /// Cells.
    Table,
}

impl Delimited {
    fn of(line: &str) -> Option<Self> {
        let mark = line.chars().next()?;
        let is_run = line.len() >= 4 && line.chars().all(|c| c == mark);
        match mark {
            '-' | '.' if is_run => Some(Self::Verbatim),
            '`' if line.starts_with("```") => Some(Self::Verbatim),
            '=' | '*' if is_run => Some(Self::Blocks),
            '-' if line == "--" => Some(Self::Blocks),
            '_' if is_run => Some(Self::Quoted),
            '/' | '+' if is_run => Some(Self::Silent),
            '|' | ',' | '!' if line[1..] == *"===" => Some(Self::Table),
            _ => None,
        }
    }
}

impl Reader {
    fn blocks(&mut self, lines: &[&str], depth: usize) -> Blocks {
        let mut out = Blocks::default();
        let mut at = 0;
        while at < lines.len() {
            at = self.block(lines, at, depth, &mut out);
        }
        out
    }

    /// Reads the block that begins at a line; gives where the next may begin.
    fn block(&mut self, lines: &[&str], at: usize, depth: usize, out: &mut Blocks) -> usize {
        let line = lines[at];
        if let Some(language) = language(line) {
            language.clone_into(&mut self.language);
            return at + 1;
        }
        if line.is_empty() || line == "+" || is_silent(line) || self.inline.set(line) {
            return at + 1;
        }
        if let Some(title) = line.strip_prefix('.').filter(|rest| !rest.starts_with(['.', ' '])) {
            self.title(title, depth, out);
            return at + 1;
        }
        let language = std::mem::take(&mut self.language);
        if let Some(kind) = Delimited::of(line).filter(|_| depth < MAX_DEPTH) {
            let language = line.strip_prefix("```").filter(|named| !named.is_empty()).unwrap_or(&language);
            return self.delimited(&kind, lines, at, (depth, language), out);
        }
        if let Some((level, text)) = section(line) {
            out.add(&heading(level, &self.inline.text(text)));
            let is_title = std::mem::replace(&mut self.level, level) == 0 && level == 1;
            return if is_title { self.header(lines, at + 1) } else { at + 1 };
        }
        if line == "'''" || line == "<<<" {
            out.add("---");
            return at + 1;
        }
        if let Some((level, mark, text)) = item(line) {
            return self.item(lines, at, (level, &mark, text), depth, out);
        }
        if let Some((term, text)) = described(line) {
            return self.description(lines, at, (term, text), depth, out);
        }
        if line.starts_with([' ', '\t']) {
            let end = ends(lines, at, str::is_empty);
            out.add(&fenced(&super::markup::dedent(&lines[at..end]).join("\n")));
            return end;
        }
        let end = ends(lines, at + 1, |line| {
            line.is_empty() || line == "+" || Delimited::of(line).is_some() || is_silent(line)
        });
        out.add(&self.inline.text(&lines[at..end].join("\n")));
        end
    }

    /// The lines below a document's title: author, version and attributes, up to a blank line.
    fn header(&mut self, lines: &[&str], from: usize) -> usize {
        let mut at = from;
        while let Some(line) = lines.get(at).filter(|line| !line.is_empty()) {
            let is_header = self.inline.set(line) || is_silent(line) || line.contains('@') || is_version(line);
            if !is_header {
                break;
            }
            at += 1;
        }
        at
    }

    /// A block's title: a section where it names one.
    fn title(&self, title: &str, depth: usize, out: &mut Blocks) {
        let text = self.inline.text(title);
        let is_section = depth == 0 && known(title).is_some();
        out.add(&if is_section { heading(self.level.max(1) + 1, &text) } else { format!("**{text}**") });
    }

    fn delimited(
        &mut self,
        kind: &Delimited,
        lines: &[&str],
        at: usize,
        (depth, language): (usize, &str),
        out: &mut Blocks,
    ) -> usize {
        let opening = if lines[at].starts_with("```") { "```" } else { lines[at] };
        let end = ends(lines, at + 1, |line| line == opening);
        let inner = &lines[at + 1..end];
        match kind {
            Delimited::Verbatim => out.add(&fenced_as(language.trim(), &inner.join("\n"))),
            Delimited::Blocks => out.add_all(self.blocks(inner, depth + 1)),
            Delimited::Quoted => out.add_quoted(self.blocks(inner, depth + 1)),
            Delimited::Silent => {}
            Delimited::Table => self.table(inner, out),
        }
        (end + 1).min(lines.len())
    }

    /// A line of a table's source is a row, and so are the cells up to a blank line where each has a line of its own.
    fn table(&self, lines: &[&str], out: &mut Blocks) {
        let mut row: Vec<String> = Vec::new();
        for line in lines.iter().chain([&""]) {
            let begins = line.starts_with('|');
            let is_row = begins && line.matches('|').count() > 1;
            if !row.is_empty() && (is_row || line.is_empty()) {
                out.add(&row.join(" | "));
                row.clear();
            }
            let cells = line.split('|').skip(usize::from(begins)).map(|cell| self.inline.text(cell.trim()));
            match row.last_mut() {
                Some(last) if !begins => {
                    last.push(' ');
                    last.push_str(&cells.collect::<Vec<_>>().join(" | "));
                }
                _ => row.extend(cells.filter(|cell| !cell.is_empty())),
            }
        }
    }

    /// An item of a list with its continuation lines, the items below it, and the blocks joined to it by `+`.
    fn item(
        &mut self,
        lines: &[&str],
        at: usize,
        (level, mark, text): (usize, &str, &str),
        depth: usize,
        out: &mut Blocks,
    ) -> usize {
        let mut body = Blocks::default();
        let mut next = self.text_of_item(lines, at, text, &mut body);
        while let Some(below) = belongs(lines, next, level).filter(|_| depth < MAX_DEPTH) {
            next = self.block(lines, below, depth + 1, &mut body);
        }
        out.add_item(mark, body);
        next
    }

    /// `term:: text`.
    fn description(
        &mut self,
        lines: &[&str],
        at: usize,
        (term, text): (&str, &str),
        depth: usize,
        out: &mut Blocks,
    ) -> usize {
        self.title(term, depth, out);
        if text.is_empty() { at + 1 } else { self.text_of_item(lines, at, text, out) }
    }

    /// The first paragraph of an item, the first line of which is given.
    fn text_of_item(&self, lines: &[&str], at: usize, text: &str, out: &mut Blocks) -> usize {
        let is_end = |line: &str| {
            line.is_empty()
                || line == "+"
                || item(line).is_some()
                || described(line).is_some()
                || Delimited::of(line).is_some()
                || is_silent(line)
        };
        let end = ends(lines, at + 1, is_end);
        let rest = lines[at + 1..end].iter().map(|line| line.trim_start());
        let whole: Vec<&str> = std::iter::once(text).chain(rest).collect();
        out.add(&self.inline.text(&whole.join("\n")));
        end
    }
}

/// Where the next block begins that belongs to an item: one joined to it by `+`, or an item that lies deeper.
fn belongs(lines: &[&str], from: usize, level: usize) -> Option<usize> {
    if lines.get(from) == Some(&"+") && from + 1 < lines.len() {
        return Some(from + 1);
    }
    let below = ends(lines, from, |line| !line.is_empty());
    let (deeper, ..) = item(lines.get(below)?)?;
    (deeper > level).then_some(below)
}

/// Where the first line stands that ends a block, from one on.
fn ends(lines: &[&str], from: usize, is_end: impl Fn(&str) -> bool) -> usize {
    let rest = lines.get(from..).unwrap_or_default();
    rest.iter().position(|line| is_end(line)).map_or(lines.len(), |length| from + length)
}

/// A comment, the attributes of the block below, an anchor, a condition or what is taken from another file.
fn is_silent(line: &str) -> bool {
    const MACROS: [&str; 8] =
        ["include::", "ifdef::", "ifndef::", "ifeval::", "endif::", "image::", "toc::", "video::"];
    (line.starts_with("//") && !line.starts_with("///"))
        || (line.starts_with('[') && line.ends_with(']') && !line.contains("]("))
        || MACROS.iter().any(|name| line.starts_with(name))
}

/// `[source,python]`, `[source%linenums,python]`, `[,python]`: the language of the block below.
fn language(line: &str) -> Option<&str> {
    let (style, rest) = line.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
    let style = style.split(['%', '#', '.']).next().unwrap_or_default();
    let language = rest.split(',').next().unwrap_or_default().trim();
    (matches!(style, "" | "source" | "listing") && !language.contains('=')).then_some(language)
}

/// `v1.2, 2024-01-31`
fn is_version(line: &str) -> bool {
    line.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// `== Title`
fn section(line: &str) -> Option<(usize, &str)> {
    let mark = line.chars().next().filter(|mark| matches!(mark, '=' | '#'))?;
    let text = line.trim_start_matches(mark);
    let level = line.len() - text.len();
    (level <= 6 && text.starts_with(' ')).then(|| (level, text.trim()))
}

/// `** text`, `. text`, `1. text`: how deep it lies, its mark in Markdown, and its text.
fn item(line: &str) -> Option<(usize, String, &str)> {
    let line = line.trim_start();
    let mark = line.chars().next()?;
    let (level, bullet, rest) = match mark {
        '*' | '.' => {
            let rest = line.trim_start_matches(mark);
            (line.len() - rest.len(), if mark == '*' { "- " } else { "1. " }, rest)
        }
        '-' | '•' => (1, "- ", &line[mark.len_utf8()..]),
        '0'..='9' => (1, "1. ", line.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix('.')?),
        '<' => (1, "1. ", line[1..].trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').strip_prefix('>')?),
        _ => return None,
    };
    let text = rest.trim_start();
    (rest.starts_with(' ') && !text.is_empty() && level <= 5).then(|| (level, bullet.to_owned(), text))
}

/// `term:: text`, with two to four colons.
fn described(line: &str) -> Option<(&str, &str)> {
    let at = line.find("::").filter(|&at| at > 0)?;
    let rest = line[at..].trim_start_matches(':');
    // `std::vector` and `image::a.png[]` are no terms.
    (rest.is_empty() || rest.starts_with(' ')).then(|| (line[..at].trim(), rest.trim()))
}

#[cfg(test)]
mod tests;
