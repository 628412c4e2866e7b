//! Notes as Markdown for GitHub, GitLab and Chatwoot.

use std::fmt::Write as _;

use super::Note;
use super::block::{Block, Span};
use super::compose::document;
use super::cut::{Limits, Unit};
use crate::render::markdown::escape;

/// What a platform makes of Markdown beyond the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// `@name` and `#12` reach people and other issues.
    GitHub,
    /// As GitHub's, with more signs, and a line that starts with `/` is a command.
    GitLab,
    /// A subset without comments: the marker is seen.
    Plain,
}

/// Markdown in which whatever came from outside stands for itself and reaches nobody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Markdown(String);

/// Joins nothing: between a sign and what follows it, the sign has no meaning any more.
const JOINER: char = '\u{200d}';

impl Flavour {
    /// The signs before a name or number that make a reference.
    fn references(self) -> &'static [char] {
        match self {
            Self::GitHub => &['@', '#'],
            Self::GitLab => &['@', '#', '!', '~', '%', '&', '$'],
            Self::Plain => &['@'],
        }
    }

    /// Limits, with those of GitLab at GitHub's: a note that fits there is long enough anywhere.
    pub fn limits(self) -> Limits {
        match self {
            Self::GitHub | Self::GitLab => Limits { unit: Unit::Characters, part: 30_000, whole: 65_536 },
            // Chatwoot's own limit is 150,000 (unconfirmed); a conversation is no place for that.
            Self::Plain => Limits { unit: Unit::Characters, part: 8_000, whole: 20_000 },
        }
    }
}

impl Markdown {
    /// Text that stands for itself inside a line.
    pub fn text(text: &str, flavour: Flavour) -> Self {
        Self(escape(&neutral(text, flavour)))
    }

    /// Text as a block of code with a fence that nothing inside it ends.
    pub fn code_block(language: Option<&str>, code: &str, flavour: Flavour) -> Self {
        let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat((longest + 1).max(3));
        let language = language.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_#.".contains(&b)));
        // GitLab's older servers look for commands inside longer fences as well.
        let code = if flavour == Flavour::GitLab { code.replace("\n/", "\n /") } else { code.to_owned() };
        let code = if flavour == Flavour::GitLab && code.starts_with('/') { format!(" {code}") } else { code };
        Self(format!("{fence}{}\n{code}\n{fence}", language.unwrap_or_default()))
    }

    /// The Markdown.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A note within a platform's limits.
    pub fn note(note: &Note, marker: Option<&str>, flavour: Flavour) -> Self {
        Self::note_within(note, marker, flavour, flavour.limits())
    }

    /// A note within other limits than the flavour's own.
    pub fn note_within(note: &Note, marker: Option<&str>, flavour: Flavour, limits: Limits) -> Self {
        let size = |block: &Block| limits.unit.measure(&Self::block(block, flavour).0) + 2;
        Self::blocks(&document(note, marker, limits, &size), flavour)
    }

    /// Blocks with a blank line between them.
    pub(super) fn blocks(blocks: &[Block], flavour: Flavour) -> Self {
        Self(blocks.iter().map(|block| Self::block(block, flavour).0).collect::<Vec<_>>().join("\n\n"))
    }

    fn block(block: &Block, flavour: Flavour) -> Self {
        match block {
            Block::Heading(level, spans) => {
                let marks = "#".repeat(usize::from((*level).clamp(1, 6)));
                Self(format!("{marks} {}", Self::spans(spans, flavour).0.replace("\\\n", " ")))
            }
            Block::Paragraph(spans) => Self(starting(&Self::spans(spans, flavour).0)),
            Block::Code(language, code) => Self::code_block(language.as_deref(), code, flavour),
            Block::List(first, items) => Self::list(*first, items, flavour),
            Block::Quote(blocks) => Self(prefixed(&Self::blocks(blocks, flavour).0, "> ", "> ")),
            Block::Table(rows) => Self::table(rows, flavour),
            Block::Rule => Self("---".to_owned()),
            Block::Marker(marker) => {
                let marker: String =
                    marker.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, ':' | '_')).collect();
                Self(if flavour == Flavour::Plain { marker } else { format!("<!-- {marker} -->") })
            }
        }
    }

    fn list(first: Option<u64>, items: &[Vec<Block>], flavour: Flavour) -> Self {
        let lines = items.iter().enumerate().map(|(at, item)| {
            let bullet =
                first.map_or_else(|| "- ".to_owned(), |first| format!("{}. ", first.saturating_add(at as u64)));
            prefixed(&Self::blocks(item, flavour).0, &bullet, &" ".repeat(bullet.len()))
        });
        Self(lines.collect::<Vec<_>>().join("\n"))
    }

    fn table(rows: &[Vec<Vec<Span>>], flavour: Flavour) -> Self {
        let mut lines = Vec::with_capacity(rows.len() + 1);
        for (at, row) in rows.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().map(|spans| Self::spans(spans, flavour).0.replace("\\\n", " ")).collect();
            lines.push(format!("| {} |", cells.join(" | ")));
            if at == 0 {
                lines.push(format!("|{}", " --- |".repeat(row.len())));
            }
        }
        Self(lines.join("\n"))
    }

    fn spans(spans: &[Span], flavour: Flavour) -> Self {
        let mut markdown = String::new();
        for span in spans {
            match span {
                Span::Text(text) => markdown.push_str(&Self::text(text, flavour).0),
                Span::Code(code) => markdown.push_str(&code_span(code)),
                Span::Strong(inner) => hug(&mut markdown, "**", &Self::spans(inner, flavour).0),
                Span::Emphasis(inner) => hug(&mut markdown, "*", &Self::spans(inner, flavour).0),
                Span::Link(address, inner) => {
                    let address = address.replace('(', "%28").replace(')', "%29").replace(' ', "%20");
                    let address = address.replace('<', "%3C").replace('>', "%3E").replace('\\', "%5C");
                    let _ = write!(markdown, "[{}]({address})", Self::spans(inner, flavour).0);
                }
                Span::Break => markdown.push_str("\\\n"),
            }
        }
        Self(markdown)
    }
}

/// Text whose signs before a name or number refer to nothing.
fn neutral(text: &str, flavour: Flavour) -> String {
    let signs = flavour.references();
    let mut safe = String::with_capacity(text.len() + 8);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        safe.push(c);
        if signs.contains(&c)
            && characters.peek().is_none_or(|next| next.is_alphanumeric() || matches!(next, '_' | '"' | '`'))
        {
            safe.push(JOINER);
        }
    }
    safe
}

/// A paragraph none of whose lines begins a list, an underline or a command. Signs inside lines are escaped already.
fn starting(paragraph: &str) -> String {
    let line = |line: &str| {
        let line = line.trim_start();
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let is_numbered = digits > 0 && line[digits..].starts_with(['.', ')']);
        match line.chars().next() {
            _ if is_numbered => format!("{}\\{}", &line[..digits], &line[digits..]),
            Some('-' | '+' | '=' | '/') => format!("\\{line}"),
            _ => line.to_owned(),
        }
    };
    paragraph.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Emphasis hugs its text: blanks at its edges stand outside.
fn hug(markdown: &mut String, mark: &str, inner: &str) {
    let text = inner.trim();
    if text.is_empty() {
        markdown.push_str(inner);
        return;
    }
    let (before, after) = inner.split_once(text).unwrap_or_default();
    let _ = write!(markdown, "{before}{mark}{text}{mark}{after}");
}

fn code_span(code: &str) -> String {
    let code = crate::text::printable(&code.replace('\n', " "), false).into_owned();
    let longest = code.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if code.starts_with('`') || code.ends_with('`') {
        format!("{fence} {code} {fence}")
    } else {
        format!("{fence}{code}{fence}")
    }
}

/// Lines with `first` before the first and `rest` before the others that are not empty.
fn prefixed(text: &str, first: &str, rest: &str) -> String {
    let mut lines = text.split('\n');
    let mut all = format!("{first}{}", lines.next().unwrap_or_default());
    for line in lines {
        all.push('\n');
        if !line.is_empty() || !rest.trim().is_empty() {
            all.push_str(rest);
        }
        all.push_str(line);
    }
    all
}
