//! The first sentences of a text.

use super::block::{Block, Span};

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 8] = ["e.g", "i.e", "etc", "vs", "cf", "no", "approx", "resp"];

/// The first `count` sentences of the paragraphs at the start, marks kept; nothing when the text starts otherwise.
pub(super) fn first_sentences(blocks: &[Block], count: usize) -> Vec<Span> {
    let mut taken = Vec::new();
    let mut left = count;
    for block in blocks {
        let Block::Paragraph(spans) = block else { break };
        let start = taken.len();
        if start > 0 {
            taken.push(Span::Text(" ".to_owned()));
        }
        for (index, span) in spans.iter().enumerate() {
            let Span::Text(text) = span else {
                taken.push(span.clone());
                continue;
            };
            let last = index + 1 == spans.len();
            let Some(end) = take_sentences(text, &mut left, last) else {
                taken.push(span.clone());
                continue;
            };
            taken.push(Span::Text(text[..end].to_owned()));
            return taken;
        }
        if let Some(Span::Text(text)) = spans.last()
            && text.trim_end().ends_with(':')
        {
            leave_out_announcement(&mut taken, start);
            break;
        }
        // A paragraph that ends with a mark, such as code, ends a sentence as well.
        if !matches!(spans.last(), Some(Span::Text(_))) {
            left = left.saturating_sub(1);
        }
        if left == 0 {
            break;
        }
    }
    taken
}

/// Takes back the last sentence of a paragraph, which announces what is not shown: "Check in this order:". A text that
/// says nothing else keeps it, without its end.
fn leave_out_announcement(taken: &mut Vec<Span>, start: usize) {
    let Some(Span::Text(last)) = taken.last_mut() else { return };
    let end = last.char_indices().rfind(|(at, c)| {
        let after = &last[at + c.len_utf8()..];
        matches!(c, '.' | '!' | '?' | '。' | '！' | '？') && ends_sentence(&last[..*at], after, *c, true)
    });
    if let Some((at, c)) = end {
        last.truncate(at + c.len_utf8());
    } else if start > 0 {
        taken.truncate(start);
    } else {
        let end = last.trim_end().trim_end_matches(':').len();
        last.replace_range(end.., " …");
    }
}

/// Counts off the sentences that end in a text; the byte at which the last wanted one ends.
fn take_sentences(text: &str, left: &mut usize, last: bool) -> Option<usize> {
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        if matches!(c, '.' | '!' | '?' | '。' | '！' | '？') && ends_sentence(&text[..at], &text[end..], c, last) {
            *left = left.saturating_sub(1);
            if *left == 0 {
                return Some(end);
            }
        }
    }
    None
}

fn ends_sentence(before: &str, after: &str, mark: char, last: bool) -> bool {
    if matches!(mark, '。' | '！' | '？') {
        return true;
    }
    if after.is_empty() {
        return last;
    }
    let mut following = after.chars();
    let blank = following.next().is_some_and(char::is_whitespace);
    let next = after.trim_start().chars().next();
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default().to_lowercase();
    let short = mark == '.' && (word.chars().count() == 1 || ABBREVIATIONS.contains(&word.as_str()));
    blank && !short && next.is_none_or(|c| !c.is_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::block::from_markdown;
    use super::super::cut::plain;
    use super::*;

    fn two(markdown: &str) -> String {
        plain(&first_sentences(&from_markdown(markdown), 2))
    }

    #[test]
    fn two_sentences_are_two() {
        assert_eq!(two("One. Two! Three."), "One. Two!");
        assert_eq!(
            two("Version 1.2 of `a.b` broke, e.g. It. Then more. And more."),
            "Version 1.2 of a.b broke, e.g. It. Then more."
        );
        assert_eq!(two("Only one here.\n\nA second. A third."), "Only one here. A second.");
        assert_eq!(two("Without an end"), "Without an end");
        assert_eq!(two("- a list\n- only"), "");
        assert_eq!(two("一。二。三。"), "一。二。");
        assert_eq!(two("Set `x`. Then **y**. End."), "Set x. Then y.");
    }

    #[test]
    fn what_announces_a_list_that_is_not_shown_is_left_out() {
        assert_eq!(two("The key is old. Check in this order:\n\n1. One"), "The key is old.");
        assert_eq!(two("The key is old.\n\nCheck `a` in this order:\n\n1. One"), "The key is old.");
        assert_eq!(two("One of these:\n\n- a\n- b"), "One of these …");
        assert_eq!(two("It says: no. Then more: so."), "It says: no. Then more: so.");
    }
}
