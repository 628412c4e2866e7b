//! Answers as Markdown, for notes, chats and pipes.

use std::fmt::Write as _;

use super::{in_words, per_cent};
use crate::engine::{Answer, CheckResult, Match, Outcome};

/// The whole answer.
pub fn answer(answer: &Answer) -> String {
    let mut text = String::new();
    match answer.outcome {
        Outcome::NoMatch => text.push_str("No article matches this report.\n"),
        Outcome::Ambiguous => {
            text.push_str("Several articles explain this report.\n");
            if let Some(question) = &answer.question {
                let _ = writeln!(text, "\n**{}**", escape(question));
            }
        }
        Outcome::Match => {}
    }
    for found in &answer.matches {
        if !text.is_empty() {
            text.push('\n');
        }
        one(found, &mut text);
    }
    text
}

fn one(found: &Match, text: &mut String) {
    let article = &found.article;
    let _ = writeln!(text, "## {}\n", escape(&article.title));
    let _ = write!(
        text,
        "{}, {}: [{}]({})",
        per_cent(found.confidence),
        in_words(found.confidence),
        article.id,
        article.url
    );
    if let Some(fixed_in) = &article.fixed_in {
        let _ = write!(text, ", fixed in {}", escape(fixed_in));
    }
    if let Some(reviewed_at) = &article.reviewed_at {
        let _ = write!(text, ", reviewed {}", escape(reviewed_at));
    }
    text.push('\n');
    for (heading, body) in
        [("Cause", &found.cause), ("From the article", &found.overview), ("Solution", &found.solution)]
    {
        if !body.trim().is_empty() {
            let _ = writeln!(text, "\n### {heading}\n\n{}", body.trim());
        }
    }
    let seen: Vec<_> = found.checks.iter().filter(|check| check.result != CheckResult::NotSeen).collect();
    if !seen.is_empty() {
        text.push_str("\n### Checks\n\n");
        for check in seen {
            let result = if check.result == CheckResult::Confirmed { "Confirmed" } else { "Contradicted" };
            let _ = writeln!(text, "- {result}: {}", escape(&check.name));
        }
    }
    let quotes: Vec<&str> = found.evidence.iter().map(|item| item.text.as_str()).filter(|t| !t.is_empty()).collect();
    if let Some(quote) = quotes.first() {
        let _ = writeln!(text, "\n### Found in the report\n\n{}", code_span(quote));
    }
}

/// Text that stands for itself in Markdown.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in crate::text::printable(text, false).chars() {
        // CommonMark 2.4: any ASCII punctuation may be escaped; these are the ones that mean something inside a line.
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '#' | '!') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Text as a code span that it cannot end.
fn code_span(text: &str) -> String {
    let short: String = text.chars().take(300).collect();
    let cut = if short.len() < text.len() { "…" } else { "" };
    let clean = crate::text::printable(&short.replace(['\n', '\t', '\r'], " "), false).into_owned();
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {clean}{cut} {fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_cannot_leave_its_code_span() {
        assert_eq!(code_span("a ``b`` c\nd"), "``` a ``b`` c d ```");
        assert_eq!(escape("# *x* <b>\n"), "\\# \\*x\\* \\<b\\>␊");
    }
}
