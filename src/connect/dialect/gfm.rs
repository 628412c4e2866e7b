//! Markdown as GitHub reads it, for Mattermost and Rocket.Chat.

use super::brief::{nothing, question};
use super::text::{Address, Dialect, Text, Unit};
use super::{Note, Shown};
use crate::render::markdown;

/// Text in GitHub's Markdown.
pub type GfmText = Text<Gfm>;

/// GitHub's Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gfm;

impl Dialect for Gfm {
    const UNIT: Unit = Unit::Utf16;
    const INDENTS_CODE: bool = true;

    fn escape(text: &str, out: &mut String) {
        // Chats turn `@all` and `@here` into calls; the joiner between is not seen.
        out.push_str(&markdown::escape(text).replace('␊', "\n").replace('@', "@\u{2060}"));
    }

    fn strong(inner: &str) -> String {
        format!("**{inner}**")
    }

    fn emphasis(inner: &str) -> String {
        format!("_{inner}_")
    }

    fn code(text: &str) -> String {
        let fence = "`".repeat(longest_run(text) + 1);
        let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        format!("{fence}{blank}{text}{blank}{fence}")
    }

    fn code_block(text: &str) -> String {
        let fence = "`".repeat((longest_run(text) + 1).max(3));
        format!("{fence}\n{text}\n{fence}")
    }

    fn link(inner: &str, address: &Address) -> String {
        format!("[{inner}]({})", address.as_str())
    }
}

/// What a note says in at most `most` units, the solution cut at `solution`.
pub fn message(note: &Note, solution: usize, most: usize) -> GfmText {
    match note.shown() {
        Shown::Article(article) => {
            let mut text = article.heading::<Gfm>().strong();
            text.paragraph(&article.cause_line());
            let facts = article.facts();
            let room = most.saturating_sub(text.length() + facts.length() + 2 * "\n\n".len());
            text.paragraph(&article.first_steps(solution.min(room)));
            text.paragraph(&facts);
            text
        }
        Shown::Choice(asked, _) => question(asked),
        Shown::Nothing(nearest) => nothing(nearest),
    }
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn notes_read_well() {
        insta::assert_json_snapshot!(sample::all(|note| message(note, 8000, 16_000).as_str().to_owned().into()));
    }

    #[test]
    fn no_code_ends_its_fence() {
        assert_eq!(Gfm::code("`a``b"), "``` `a``b ```");
        assert_eq!(Gfm::code_block("a\n````\nb"), "`````\na\n````\nb\n`````");
        assert_eq!(GfmText::escaped("@all *x*").as_str(), "@\u{2060}all \\*x\\*");
    }

    #[test]
    fn a_long_article_stays_within_the_limits() {
        for note in sample::long() {
            assert!(message(&note, 4500, 5000).length() <= 5000);
        }
    }
}
