//! Marked-up text of tickets as plain text: HTML, Jira's documents and wiki text, Markdown, quoted mail.
//!
//! What comes out is matched as a report, which reads escapes and markup by itself, so nothing here tries to be clever:
//! lines stay lines, code keeps its blanks, and what only dresses the text goes.

pub mod adf;
pub mod html;
pub mod markdown;
pub mod quoted;
pub mod wiki;

/// Where a text stands: mail quoted in a comment was matched when it came, in a first message it may be the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first message of a ticket.
    First,
    /// A comment.
    Comment,
}

/// Plain text as it is shown: no blank lines at its edges and at most one in a row.
fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.lines() {
        let line = line.trim_end();
        blank = if line.is_empty() { blank + 1 } else { 0 };
        if blank > 1 || (tidy.is_empty() && line.is_empty()) {
            continue;
        }
        tidy.push_str(line);
        tidy.push('\n');
    }
    tidy.truncate(tidy.trim_end().len());
    tidy
}
