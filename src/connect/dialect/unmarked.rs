//! Text without marks, for bots that pass it on to any channel.

use super::Note;
use super::brief::{Shown, nothing, question, titles};
use super::text::{Address, Dialect, Text, Unit};

/// Text without marks.
pub type UnmarkedText = Text<Unmarked>;

/// No marks at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unmarked;

impl Dialect for Unmarked {
    const UNIT: Unit = Unit::Bytes;

    fn escape(text: &str, out: &mut String) {
        out.push_str(text);
    }

    fn strong(inner: &str) -> String {
        inner.to_owned()
    }

    fn emphasis(inner: &str) -> String {
        inner.to_owned()
    }

    fn code(text: &str) -> String {
        text.to_owned()
    }

    fn code_block(text: &str) -> String {
        text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
    }

    fn link(inner: &str, address: &Address) -> String {
        if inner == address.as_str() { inner.to_owned() } else { format!("{inner} ({})", address.as_str()) }
    }
}

/// What a note says, the solution cut at `solution` bytes.
pub fn message(note: &Note, solution: usize) -> UnmarkedText {
    match note.shown() {
        Shown::Article(article) => {
            let mut text: UnmarkedText = article.heading();
            text.paragraph(&article.cause_line());
            text.paragraph(&article.first_steps(solution));
            text.paragraph(&Text::escaped(&article.certainty()));
            text
        }
        Shown::Choice(asked, candidates) => {
            let mut text = question(asked);
            text.line_break();
            text.push(&titles(candidates));
            text
        }
        Shown::Nothing(nearest) => nothing(nearest),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn notes_read_well() {
        insta::assert_json_snapshot!(sample::all(|note| message(note, 1500).as_str().to_owned().into()));
    }
}
