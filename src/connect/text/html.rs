//! HTML of mails and editors.

use super::{Place, quoted, tidy};
use crate::report::text_of_html;

/// Most quotations that are dropped from one text: bounds the work on texts made of openings.
const MAX_QUOTATIONS: usize = 64;

/// Longest tag whose attributes are looked at.
const MAX_TAG_BYTES: usize = 512;

/// The text of HTML: the edges of blocks and `<br>` end lines, character references are decoded once, and mail quoted in
/// a comment is dropped.
pub fn to_text(html: &str, place: Place) -> String {
    match place {
        Place::First => tidy(&text_of_html(html).replace('\u{a0}', " ")),
        Place::Comment => {
            let text = text_of_html(&without_quotations(html)).replace('\u{a0}', " ");
            quoted::without_mail(&tidy(&text))
        }
    }
}

/// HTML without `<blockquote>` and the divisions that mail programs put quoted mail into.
fn without_quotations(html: &str) -> String {
    // Bytes of other letters are left alone, so that places in one are places in the other.
    let lower = html.to_ascii_lowercase();
    let mut kept = String::with_capacity(html.len());
    let (mut from, mut at, mut dropped) = (0, 0, 0);
    while let Some(found) = lower[at..].find('<') {
        let start = at + found;
        at = start + 1;
        let Some(name) = quotation(&lower[start..]) else { continue };
        dropped += 1;
        if dropped > MAX_QUOTATIONS {
            break;
        }
        if let Some(end) = end_of(&lower, start, name) {
            kept.push_str(&html[from..start]);
            kept.push('\n');
            (from, at) = (end, end);
        }
    }
    kept.push_str(&html[from..]);
    kept
}

/// The name of the element that starts here, when it holds quoted mail.
fn quotation(tag: &str) -> Option<&'static str> {
    if is_tag(tag, "<blockquote") {
        return Some("blockquote");
    }
    // A tag longer than this is left alone: looking for its end everywhere would cost its length every time.
    let near = &tag[..tag.floor_char_boundary(MAX_TAG_BYTES.min(tag.len()))];
    let attributes = near.split('>').next().filter(|_| is_tag(tag, "<div"))?;
    ["gmail_quote", "yahoo_quoted", "moz-cite-prefix"].iter().any(|class| attributes.contains(class)).then_some("div")
}

fn is_tag(text: &str, tag: &str) -> bool {
    text.strip_prefix(tag).is_some_and(|rest| rest.starts_with(|c: char| c == '>' || c == '/' || c.is_whitespace()))
}

/// Where the element that starts at `start` ends; `None` when it is never closed, and then nothing is dropped.
fn end_of(lower: &str, start: usize, name: &str) -> Option<usize> {
    let (open, close) = (format!("<{name}"), format!("</{name}"));
    let (mut depth, mut at) = (0usize, start);
    while let Some(found) = lower[at..].find('<') {
        at += found;
        let rest = &lower[at..];
        if is_tag(rest, &open) {
            depth += 1;
        } else if is_tag(rest, &close) {
            depth -= 1;
            if depth == 0 {
                return rest.find('>').map(|end| at + end + 1);
            }
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_end_lines_and_code_keeps_its_blanks() {
        let html = "<div>First<br>second</div><p>A &amp;lt; b&nbsp;c</p><pre>  at x\n    at y</pre><ul><li>one</li><li>two</li></ul>";
        assert_eq!(to_text(html, Place::First), "First\nsecond\nA &lt; b c\n  at x\n    at y\none\ntwo");
        assert_eq!(
            to_text("<p>NullPointerException at List<String></p>", Place::First),
            "NullPointerException at List<String>"
        );
    }

    #[test]
    fn quoted_mail_goes_from_comments_and_stays_in_first_messages() {
        let html = "<p>Still broken</p><div class=\"gmail_quote\">On Monday Ada wrote:<div>x</div><blockquote>old \
                    <blockquote>older</blockquote></blockquote></div><p>Thanks</p>";
        assert_eq!(to_text(html, Place::Comment), "Still broken\n\nThanks");
        assert!(to_text(html, Place::First).contains("older"));
        assert_eq!(to_text("<p>a</p><blockquote>never closed", Place::Comment), "a\nnever closed");
    }
}
