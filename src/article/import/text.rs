//! Plain text to Markdown: the title line, headings alone on a line, bullets of any kind, and what machines printed.
//!
//! Prose keeps its words and loses its power to be taken for markup; JSON, stack traces and indented blocks go into
//! code fences as they are.

use super::super::front::split;
use super::super::heading::known;
use super::super::list::after_bullet;
use super::markup::fenced;

/// Longest line taken for the title, in characters.
const MAX_TITLE_CHARS: usize = 200;

/// Makes Markdown of plain text. Front matter above the text stays as it is.
pub(crate) fn from_text(source: &str) -> String {
    // Broken front matter is reported where it is read; nothing below it is of use until it is mended.
    let Ok(split) = split(source) else { return source.to_owned() };
    let mut converter = Converter { lines: source[split.body..].lines().collect(), out: String::new(), at: 0 };
    converter.out.push_str(source[..split.body].trim_start_matches('\u{feff}'));
    converter.run();
    converter.out
}

struct Converter<'a> {
    lines: Vec<&'a str>,
    out: String,
    at: usize,
}

/// What the line before was, which decides how an indented line reads.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Before {
    Blank,
    Prose,
    Bullet,
}

impl<'a> Converter<'a> {
    fn run(&mut self) {
        let mut before = Before::Blank;
        let mut titled = false;
        while let Some(line) = self.lines.get(self.at).copied() {
            self.at += 1;
            let text = line.trim();
            if text.is_empty() {
                if !self.out.ends_with("\n\n") {
                    self.push("");
                }
                before = Before::Blank;
                continue;
            }
            let first = !std::mem::replace(&mut titled, true);
            before = if first && self.is_title(text) {
                self.push(&format!("# {}", escape(text)));
                Before::Blank
            } else if before == Before::Blank && is_heading(text) {
                self.section(text, "");
                Before::Blank
            } else if let Some((label, rest)) = (before == Before::Blank).then(|| labelled(text)).flatten() {
                self.section(label, rest);
                Before::Prose
            } else if self.verbatim(line, before) {
                Before::Blank
            } else if let Some(item) = after_bullet(line).filter(|_| !text.starts_with(|c: char| c.is_ascii_digit())) {
                self.bullet(line, item);
                Before::Bullet
            } else if before == Before::Bullet && line.starts_with([' ', '\t']) {
                self.push(&format!("  {}", escape(text)));
                Before::Bullet
            } else {
                self.push(&escape(text));
                Before::Prose
            };
        }
    }

    fn push(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn peek(&self) -> &'a str {
        self.lines.get(self.at).copied().unwrap_or_default().trim()
    }

    /// A short first line that stands alone and is no machine's.
    fn is_title(&self, text: &str) -> bool {
        let next = self.peek();
        (next.is_empty() || is_heading(next))
            && text.chars().count() <= MAX_TITLE_CHARS
            && !is_heading(text)
            && !text.starts_with('#')
            && !is_machine_line(text)
            && after_bullet(text).is_none()
    }

    fn section(&mut self, heading: &str, rest: &str) {
        self.push(&format!("## {}\n", escape(heading.trim_end_matches(':'))));
        if !rest.is_empty() {
            self.push(&escape(rest));
        }
    }

    fn bullet(&mut self, line: &str, item: &str) {
        let indent = line.len() - line.trim_start().len();
        let level = (indent / 4).min(3);
        self.push(&format!("{}- {}", "  ".repeat(level), escape(item)));
    }

    /// Takes a block of machine text that begins at `line`; `false` when none does.
    fn verbatim(&mut self, line: &str, before: Before) -> bool {
        let indented = before == Before::Blank && is_indented(line) && after_bullet(line).is_none();
        if self.fenced(line) {
            return true;
        }
        if !indented && !is_machine_line(line.trim()) {
            return false;
        }
        let mut block = vec![line];
        let mut depth = balance(line);
        while let Some(next) = self.lines.get(self.at).copied() {
            let text = next.trim();
            let goes_on = if text.is_empty() {
                // A blank line inside an open brace, or between two indented lines, is part of the block.
                self.lines.get(self.at + 1).is_some_and(|after| {
                    (depth > 0 || is_indented(after)) && !after.trim().is_empty() && continues(after)
                })
            } else {
                !is_heading(text) && (depth > 0 || continues(next))
            };
            if !goes_on {
                break;
            }
            depth += balance(next);
            block.push(next);
            self.at += 1;
        }
        if before != Before::Blank {
            self.push("");
        }
        let block: Vec<&str> = block.into_iter().map(str::trim_end).collect();
        self.push(&fenced(&block.join("\n")));
        true
    }

    /// Copies a fenced block that the text already has, when it is closed.
    fn fenced(&mut self, line: &str) -> bool {
        let Some(language) = line.trim_start().strip_prefix("```") else { return false };
        let is_fence = |line: &&str| line.trim() == "```";
        if language.contains('`') {
            return false;
        }
        let Some(length) = self.lines[self.at..].iter().position(is_fence) else { return false };
        let block: Vec<&str> = self.lines[self.at - 1..=self.at + length].to_vec();
        self.at += length + 1;
        for line in block {
            self.push(line);
        }
        true
    }
}

fn is_heading(text: &str) -> bool {
    text.len() <= 60 && !text.ends_with(['.', '!']) && known(text).is_some()
}

/// `Cause: the rest`, for the labels that are not also words of error messages.
fn labelled(text: &str) -> Option<(&str, &str)> {
    let (label, rest) = text.split_once(": ")?;
    let (_, by_name) = known(label)?;
    let plain = matches!(
        label.to_ascii_lowercase().as_str(),
        "symptom" | "symptoms" | "environment" | "resolution" | "workaround"
    );
    (by_name || plain).then_some((label, rest.trim()))
}

fn is_indented(line: &str) -> bool {
    line.starts_with("    ") || line.starts_with('\t')
}

/// Whether a line can stand inside a block of machine text.
fn continues(line: &str) -> bool {
    let text = line.trim();
    text == "..."
        || text.starts_with(['}', ']', '"'])
        || is_machine_line(text)
        || (is_indented(line) && after_bullet(line).is_none())
}

/// JSON, XML or a stack frame: what people paste and nobody writes.
fn is_machine_line(text: &str) -> bool {
    let frame = text.starts_with("at ") && text.contains('(') && text.ends_with(')');
    matches!(text, "{" | "[" | "}" | "]" | "[{" | "}]")
        || text.starts_with("{\"")
        || text.starts_with("[{")
        || text.starts_with("<?xml")
        || text.starts_with("Traceback (most recent call last)")
        || text.contains("{\"")
        || text.contains("{\\\"")
        || frame
        || is_member(text)
}

/// `"name": value`
fn is_member(text: &str) -> bool {
    text.strip_prefix('"')
        .and_then(|rest| rest.split_once('"'))
        .is_some_and(|(name, rest)| !name.is_empty() && rest.trim_start().starts_with(':'))
}

/// Opening minus closing braces and brackets.
fn balance(line: &str) -> i64 {
    line.bytes().map(|b| i64::from(matches!(b, b'{' | b'[')) - i64::from(matches!(b, b'}' | b']'))).sum()
}

/// Prose as Markdown that reads the same: characters that would begin markup are escaped. Backticks stay, because
/// people write code in them in plain text too.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    let mut previous = ' ';
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let next = characters.peek().copied().unwrap_or(' ');
        let active = match c {
            '\\' => next.is_ascii_punctuation(),
            '*' => true,
            '_' => !(previous.is_alphanumeric() && next.is_alphanumeric()),
            '<' => next.is_ascii_alphabetic() || matches!(next, '/' | '!' | '?'),
            '&' => next.is_ascii_alphanumeric() || next == '#',
            ']' => matches!(next, '(' | '[' | ':'),
            '#' | '+' | '-' => escaped.is_empty(),
            _ => false,
        };
        if active {
            escaped.push('\\');
        }
        escaped.push(c);
        previous = c;
    }
    escaped
}

/// Escapes text that may go on with a line: only at its start do `#`, `+` and `-` begin a block.
pub(crate) fn escape_at(text: &str, at_line_start: bool) -> String {
    if at_line_start || !text.starts_with(['#', '+', '-']) {
        return escape(text);
    }
    let (first, rest) = text.split_at(1);
    format!("{first}{}", escape(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn title_headings_bullets_and_pasted_json_become_markdown() {
        let text = "It fails with <X>\n\nOverview\n\nSee:\n  • One\n\nstate: 1 {\"a\":\"b\"}\n\nCause\n\n{\n...\n  \"a\": {\n\n  \"b\": 1\n  },\n...\n\nProse *again*.\nApplies To\nSolution: do it";
        let markdown = from_text(text);
        let expected = "# It fails with \\<X>\n\n## Overview\n\nSee:\n- One\n\n```\nstate: 1 {\"a\":\"b\"}\n```\n\n## Cause\n\n```\n{\n...\n  \"a\": {\n\n  \"b\": 1\n  },\n...\n```\n\nProse \\*again\\*.\nApplies To\nSolution: do it\n";
        assert_eq!(markdown, expected);
    }

    #[test]
    fn a_label_with_its_text_on_one_line_is_a_section_and_an_error_is_not() {
        let markdown = from_text("T\n\nCause: the disk\n\nError: disk full\n");
        assert_eq!(markdown, "# T\n\n## Cause\n\nthe disk\n\nError: disk full\n");
    }

    #[test]
    fn prose_cannot_turn_into_markup() {
        for text in ["# x", "a <b> c", "**x**", "_x_", "C:\\*x", "&lt;", "[a](b)", "- x", "snake_case_name"] {
            let mut rendered = String::new();
            for event in pulldown_cmark::Parser::new(&escape(text)) {
                match event {
                    pulldown_cmark::Event::Text(piece) => rendered.push_str(&piece),
                    pulldown_cmark::Event::Start(pulldown_cmark::Tag::Paragraph)
                    | pulldown_cmark::Event::End(pulldown_cmark::TagEnd::Paragraph) => {}
                    other => panic!("{text:?} became {other:?}"),
                }
            }
            assert_eq!(rendered, text);
        }
    }

    #[test]
    fn a_stack_trace_goes_into_one_fence() {
        let markdown = from_text("T\n\nIt says:\n\n\tat a (b:1)\n\tat c (d:2)\n\nDone.");
        assert!(markdown.contains("```\n\tat a (b:1)\n\tat c (d:2)\n```\n\nDone."), "{markdown}");
    }
}
