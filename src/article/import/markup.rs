//! Pieces of Markdown that the readers of other formats write.

use super::text::{escape, escape_at};

/// Deepest nesting of lists and quotations that is followed; what lies deeper is read as if it were not nested.
pub(super) const MAX_DEPTH: usize = 8;

/// Longest inline markup that is looked for, in bytes: reading takes linear time whatever is never closed.
const MOST_INLINE: usize = 300;
/// Longest text that a name may stand for, in bytes: a name of three characters cannot blow an article up.
pub(super) const MOST_SUBSTITUTED: usize = 80;

/// The part of a text in which its first markup must end.
pub(super) fn clip(text: &str) -> &str {
    &text[..text.floor_char_boundary(MOST_INLINE)]
}

/// What stands between two equal marks at the start of a text, which touch it, and where the second one ends: one that
/// nothing follows, or a character that markup `may_end_before`.
pub(super) fn between<'a>(
    text: &'a str,
    mark: &str,
    may_end_before: impl Fn(char) -> bool,
) -> Option<(&'a str, usize)> {
    let rest = &text[mark.len()..];
    if rest.starts_with(char::is_whitespace) {
        return None;
    }
    let mut from = 0;
    loop {
        let at = from + rest[from..].find(mark)?;
        let touches = at > 0 && !rest[..at].ends_with(char::is_whitespace);
        let next = rest[at + mark.len()..].chars().next();
        if touches && next.is_none_or(&may_end_before) {
            return Some((&rest[..at], mark.len() + at + mark.len()));
        }
        from = at + mark.len();
    }
}

/// Adds prose that may go on with a line.
pub(super) fn push_prose(out: &mut String, prose: &str) {
    for (at, line) in prose.split('\n').enumerate() {
        if at > 0 {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
        }
        let at_start = out.is_empty() || out.ends_with('\n');
        out.push_str(&escape_at(if at_start { line.trim_start() } else { line }, at_start));
    }
}

/// Text as it is, in a code fence longer than any run of backticks in it.
pub(super) fn fenced(text: &str) -> String {
    fenced_as("", text)
}

/// The same with the language it is written in, where that is the name of one: source is told from output by it.
pub(super) fn fenced_as(language: &str, text: &str) -> String {
    let run = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(run.max(2) + 1);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '#' | '.');
    let language = if language.len() <= 30 && language.chars().all(is_name) { language } else { "" };
    format!("{fence}{}\n{text}\n{fence}", language.to_ascii_lowercase())
}

/// Text as a code span, on one line; nothing for no text.
pub(super) fn code_span(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let run = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(run + 1);
    match text.as_str() {
        "" => String::new(),
        _ if run > 0 => format!("{ticks} {text} {ticks}"),
        _ => format!("{ticks}{text}{ticks}"),
    }
}

/// A link where its address can be followed from anywhere, else its text.
pub(super) fn link(text: &str, url: &str) -> String {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    let can_stand = !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | '<' | '>'));
    match (is_web && can_stand, text.trim()) {
        (true, "") => url.to_owned(),
        (true, text) => format!("[{}]({url})", escape(text)),
        (false, text) => escape(text),
    }
}

/// A heading of so many hashes.
pub(super) fn heading(level: usize, text: &str) -> String {
    format!("{} {text}", "#".repeat(level.clamp(1, 6)))
}

/// Blocks of Markdown, one blank line apart.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    lines: Vec<String>,
}

impl Blocks {
    /// Adds a block after a blank line; one without text is left out.
    pub(super) fn add(&mut self, block: &str) {
        if !block.trim().is_empty() {
            self.apart();
            self.lines.extend(block.lines().map(str::to_owned));
        }
    }

    /// Adds an item of a list: its mark, and its blocks indented by the mark's width. Items stand together.
    pub(super) fn add_item(&mut self, mark: &str, item: Self) {
        let before = self.lines.iter().rfind(|line| !line.is_empty() && !line.starts_with(' '));
        if !before.is_some_and(|line| is_item_like(line, mark)) {
            self.apart();
        }
        let indent = " ".repeat(mark.len());
        for (at, line) in item.lines.into_iter().enumerate() {
            let before = if at == 0 { mark } else { indent.as_str() };
            self.lines.push(format!("{before}{line}").trim_end().to_owned());
        }
    }

    /// Adds blocks as a quotation.
    pub(super) fn add_quoted(&mut self, quoted: Self) {
        self.apart();
        self.lines.extend(quoted.lines.into_iter().map(|line| format!("> {line}").trim_end().to_owned()));
    }

    /// Adds blocks as they are.
    pub(super) fn add_all(&mut self, blocks: Self) {
        self.apart();
        self.lines.extend(blocks.lines);
    }

    fn apart(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// The Markdown.
    pub(super) fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// Whether a line is an item of a list of the same kind as one with the mark given.
fn is_item_like(line: &str, mark: &str) -> bool {
    let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = number.len() < line.len() && number.starts_with(". ");
    if mark.starts_with('-') { line.starts_with("- ") } else { is_number }
}

/// Columns that a line is indented by; a tab goes to the next eighth.
pub(super) fn indent_of(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).fold(0, |at, c| if c == '\t' { (at / 8 + 1) * 8 } else { at + 1 })
}

/// A line without so many columns of its indentation.
pub(super) fn dedented(line: &str, columns: usize) -> &str {
    let mut at = 0;
    for (index, c) in line.char_indices() {
        if at >= columns || !c.is_whitespace() {
            return &line[index..];
        }
        at = if c == '\t' { (at / 8 + 1) * 8 } else { at + 1 };
    }
    ""
}

/// Lines without the indentation that all of them have, and without blank lines around them.
pub(super) fn dedent<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let columns = lines.iter().filter(|line| !line.trim().is_empty()).map(|line| indent_of(line)).min().unwrap_or(0);
    let is_text = |line: &&str| !line.trim().is_empty();
    let first = lines.iter().position(is_text).unwrap_or(0);
    let end = lines.iter().rposition(is_text).map_or(first, |last| last + 1);
    lines[first..end].iter().map(|line| dedented(line, columns)).collect()
}
