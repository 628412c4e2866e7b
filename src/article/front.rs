//! Where front matter ends and the body begins.

use std::ops::Range;

use super::ArticleProblem;
use super::read::is_foreign;
use super::tree::{Entry, Kind, Node, Place, from_toml, from_yaml, problem};

/// The line behind the opening fence.
const FIRST_LINE: usize = 2;

/// How front matter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Syntax {
    Yaml,
    Toml,
}

/// Front matter found at the head of a source.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Front {
    pub(super) syntax: Syntax,
    /// Bytes between the fences.
    pub(super) text: Range<usize>,
    /// The fields: always a mapping.
    pub(super) root: Node,
    /// Why it could not be read as what it is; of another program's front matter the title is taken all the same.
    pub(super) damage: Option<ArticleProblem>,
}

/// A source cut in two.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Split {
    pub(super) front: Option<Front>,
    /// Byte at which the body begins.
    pub(super) body: usize,
}

/// Cuts `source` at the end of its front matter. Front matter stands between lines of `---` (YAML, or TOML as some
/// site generators write it) or `+++` (TOML). A block between two such lines that holds no fields is body text between
/// thematic breaks.
pub(super) fn split(source: &str) -> Result<Split, ArticleProblem> {
    let start = if source.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let without = Split { front: None, body: start };
    let first = line_end(source, start);
    let fence = source[start..first].trim_end();
    if fence != "---" && fence != "+++" {
        return Ok(without);
    }
    let Some((text_end, body)) = closing(source, first, fence) else {
        let unclosed = fence == "+++" || opens_with_field(&source[first..]);
        let message =
            format!("the front matter opens with {fence} and never ends; add a line {fence} below its last field");
        return if unclosed { Err(problem(Place { line: 1, column: 1 }, "", message)) } else { Ok(without) };
    };
    let text = first..text_end;
    let (syntax, root, damage) = match fields(&source[text.clone()], fence) {
        Ok(Some((syntax, root))) => (syntax, root, None),
        Ok(None) => return Ok(without),
        Err(error) => match title_alone(&source[text.clone()]) {
            Some(root) => (Syntax::Yaml, root, Some(error)),
            None => return Err(error),
        },
    };
    Ok(Split { front: Some(Front { syntax, text, root, damage }), body })
}

/// End of the front matter's text and start of the body, after the closing fence's line.
fn closing(source: &str, from: usize, fence: &str) -> Option<(usize, usize)> {
    let mut at = from;
    while at < source.len() {
        let end = line_end(source, at);
        let line = source[at..end].trim_end();
        if line == fence || (fence == "---" && line == "...") {
            return Some((at, end));
        }
        at = end;
    }
    None
}

/// The fields of front matter; `None` when the block holds none.
fn fields(text: &str, fence: &str) -> Result<Option<(Syntax, Node)>, ArticleProblem> {
    let toml = || from_toml(text, FIRST_LINE).map(|root| (Syntax::Toml, root));
    if fence == "+++" {
        let place = Place { line: 1, column: 1 };
        return toml().map(Some).ok_or_else(|| problem(place, "", "the front matter is not valid TOML".to_owned()));
    }
    match from_yaml(text, FIRST_LINE) {
        Ok(Some(root)) => match root.kind {
            Kind::Map(_) => Ok(Some((Syntax::Yaml, root))),
            Kind::Scalar { .. } | Kind::List(_) => Ok(toml()),
        },
        Ok(None) => {
            let kind = Kind::Map(Vec::new());
            Ok(Some((Syntax::Yaml, Node { place: Place { line: FIRST_LINE, column: 1 }, span: 0..0, kind })))
        }
        Err(error) => toml().map(Some).ok_or(error),
    }
}

/// The title of front matter that cannot be read, where it is another program's: site generators write what no reader of
/// YAML takes. `None` where it is this program's, whose author wants to know.
fn title_alone(text: &str) -> Option<Node> {
    let fields = text.lines().enumerate().filter_map(|(at, line)| {
        let (key, value) = line.split_once(':')?;
        let is_key =
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
        is_key.then_some((at, line, key, value.trim()))
    });
    let fields: Vec<_> = fields.collect();
    let keys: Vec<&str> = fields.iter().map(|(_, _, key, _)| *key).collect();
    if !is_foreign(&keys) {
        return None;
    }
    let (at, line, key, value) = fields.into_iter().find(|(_, _, key, value)| *key == "title" && !value.is_empty())?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let (place, span) = (Place { line: at + FIRST_LINE, column: 1 }, start..start + key.len());
    let value_at = value.as_ptr() as usize - text.as_ptr() as usize;
    let unquoted = ['"', '\''].iter().find_map(|mark| value.strip_prefix(*mark)?.strip_suffix(*mark));
    let kind = Kind::Scalar { text: unquoted.unwrap_or(value).to_owned(), plain: false };
    let value = Node { place, span: value_at..value_at + value.len(), kind };
    let entry = Entry { key: key.to_owned(), place, span, value };
    let place = Place { line: FIRST_LINE, column: 1 };
    Some(Node { place, span: 0..text.len(), kind: Kind::Map(vec![entry]) })
}

fn opens_with_field(text: &str) -> bool {
    let line = text.lines().next().unwrap_or_default();
    let name = line.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    name.len() < line.len() && name.trim_start().starts_with([':', '='])
}

/// Byte after the line break of the line at `from`. A line ends as in Markdown and YAML: with `\n`, `\r\n` or `\r`.
pub(super) fn line_end(source: &str, from: usize) -> usize {
    let bytes = source.as_bytes();
    match memchr::memchr2(b'\n', b'\r', &bytes[from..]).map(|at| from + at) {
        Some(at) if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') => at + 2,
        Some(at) => at + 1,
        None => source.len(),
    }
}

/// First byte of the line that holds the byte at `at`.
pub(super) fn line_start(source: &str, at: usize) -> usize {
    memchr::memrchr2(b'\n', b'\r', &source.as_bytes()[..at]).map_or(0, |line_break| line_break + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(source: &str) -> Option<Vec<String>> {
        let front = split(source).unwrap().front?;
        let Kind::Map(entries) = front.root.kind else { panic!("not a mapping") };
        Some(entries.into_iter().map(|entry| entry.key).collect())
    }

    #[test]
    fn front_matter_is_read_between_its_fences_in_yaml_and_toml() {
        assert_eq!(keys("---\na: 1\n---\nbody"), Some(vec!["a".to_owned()]));
        assert_eq!(keys("\u{feff}---\r\na: 1\r\n...\r\nbody"), Some(vec!["a".to_owned()]));
        assert_eq!(keys("---\na = 1\n---\nbody"), Some(vec!["a".to_owned()]));
        assert_eq!(keys("+++\na = 1\n[b]\nc = 1\n+++\n"), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(keys("---\n---\nbody"), Some(vec![]));
    }

    #[test]
    fn thematic_breaks_are_not_front_matter() {
        for source in ["---\nJust prose.\n\n---\nmore", "---\n\nprose", "body\n---\na: 1\n---\n", "", "---"] {
            assert_eq!(keys(source), None, "{source:?}");
        }
    }

    #[test]
    fn front_matter_that_never_ends_is_a_problem_and_not_a_body() {
        assert!(split("---\ntitle: x\n\n## Overview\n").unwrap_err().message.contains("never ends"));
    }

    #[test]
    fn the_body_begins_after_the_closing_fence() {
        let source = "---\r\na: 1\r\n---\r\nbody";
        assert_eq!(&source[split(source).unwrap().body..], "body");
    }

    #[test]
    fn of_another_programs_front_matter_that_cannot_be_read_the_title_is_taken() {
        let source = "---\ntitle: `Site.url` is: not set\nsidebarOrder: 3\n---\nbody";
        let front = split(source).unwrap().front.unwrap();
        assert!(front.damage.is_some_and(|damage| damage.line == 2));
        let Kind::Map(entries) = &front.root.kind else { panic!("not a mapping") };
        let Kind::Scalar { text, .. } = &entries[0].value.kind else { panic!("no text") };
        assert_eq!((entries.len(), text.as_str()), (1, "`Site.url` is: not set"));
        assert_eq!(&source[front.text.start..][entries[0].value.span.clone()], text);
        assert!(split("---\ntitle: `x`: y\n---\n").is_err(), "of its own only");
        assert!(split("---\ntitle: `x`\nsidebarOrder: 3\nsignatures: [\n---\n").is_err(), "its own");
    }
}
