//! What an article says that does not say what to do under a heading of its own.
//!
//! Many vendors write one text under the title, or sections headed as the matter suggests. Such an article answers with
//! that text, since somebody who is sent a bare title has to go and read it.

use std::fmt::Write as _;

use super::Article;

/// Most bytes of an article's text that an answer carries; its page has the rest.
const MOST: usize = 4000;

/// The article's text besides its cause, as Markdown, without what exceeds 4,000 bytes; empty where it has a solution.
pub fn extract(article: &Article) -> String {
    if !article.solution.trim().is_empty() {
        return String::new();
    }
    let mut text = String::new();
    if article.cause.trim().is_empty() {
        text.push_str(beginning(&article.overview));
    }
    for section in article.other_sections.iter().filter(|section| !section.text.trim().is_empty()) {
        if text.len() > MOST {
            break;
        }
        let gap = if text.is_empty() { "" } else { "\n\n" };
        let _ = write!(text, "{gap}**{}**\n\n{}", section.heading, beginning(&section.text));
    }
    shortened(text, MOST)
}

/// As much of a text as an answer can need, and some more where there is more.
fn beginning(text: &str) -> &str {
    let text = text.trim();
    &text[..text.floor_char_boundary(MOST + 4)]
}

/// The blocks of a Markdown text that fit into `most` bytes; the first one is cut where it alone does not.
fn shortened(mut text: String, most: usize) -> String {
    if text.len() <= most {
        return text;
    }
    let kept = whole_blocks(&text, most);
    if kept > 0 {
        text.truncate(kept);
        return format!("{}\n\n…", text.trim_end());
    }
    let room = text.floor_char_boundary(most);
    text.truncate(text[..room].rfind('\n').unwrap_or(room));
    let open = fence(&text);
    let end = open.map_or("\n\n…".to_owned(), |open| format!("\n{open}\n…"));
    text + &end
}

/// Where the last blank line outside code stands within the first `most` bytes, 0 where there is none.
fn whole_blocks(text: &str, most: usize) -> usize {
    let mut at = 0;
    let mut kept = 0;
    let mut open: Option<&str> = None;
    for line in text.split_inclusive('\n').take_while(|line| {
        at += line.len();
        at <= most
    }) {
        open = after(open, line);
        if open.is_none() && line.trim().is_empty() {
            kept = line.as_ptr() as usize - text.as_ptr() as usize;
        }
    }
    kept
}

/// The fence that is open at the end of a text.
fn fence(text: &str) -> Option<&str> {
    text.lines().fold(None, after)
}

/// The fence that is open behind a line.
fn after<'t>(open: Option<&'t str>, line: &'t str) -> Option<&'t str> {
    let line = line.trim();
    let run = |sign: char| &line[..line.len() - line.trim_start_matches(sign).len()];
    let marks = ['`', '~'].map(run).into_iter().find(|run| run.len() >= 3);
    match (open, marks) {
        (None, marks) => marks,
        (Some(open), Some(marks)) if marks.starts_with(open) && marks == line => None,
        (open, _) => open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{SourceFormat, parse};

    fn extract_of(markdown: &str) -> String {
        extract(&parse(markdown, SourceFormat::Markdown, "a").unwrap().article)
    }

    #[test]
    fn an_article_without_a_solution_says_what_it_says() {
        let whole = "# Lock file is stale\n\nIt is left behind.\n\n## Notes\n\nRemove it.\n";
        assert_eq!(extract_of(whole), "It is left behind.\n\n**Notes**\n\nRemove it.");
        assert_eq!(
            extract_of("# T\n\nText.\n\n## Cause\n\nA crash.\n\n# Way out\n\nStart.\n"),
            "**Way out**\n\nStart."
        );
        assert_eq!(extract_of("# T\n\nText.\n\n## Solution\n\nStart.\n"), "");
    }

    #[test]
    fn a_long_text_ends_between_blocks() {
        let code = "```\na\n\nb\n```";
        assert_eq!(shortened(format!("One.\n\nTwo.\n\n{code}"), 20), "One.\n\nTwo.\n\n…");
        assert_eq!(shortened("word ".repeat(10), 12), "word word wo\n\n…");
        assert_eq!(shortened(format!("```\n{}```\n", "line\n".repeat(10)), 20), "```\nline\nline\nline\n```\n…");
    }
}
