//! Markdown as HTML that holds nothing of the author's own HTML and no active address.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html};

/// Renders Markdown. Raw HTML is left out; links and images keep `http`, `https`, `mailto` and relative addresses.
pub fn from_markdown(markdown: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let events = Parser::new_ext(markdown, options).filter_map(|event| match event {
        Event::Html(_) | Event::InlineHtml(_) => None,
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Some(Event::Start(Tag::Link { link_type, dest_url: safe(dest_url), title, id }))
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Some(Event::Start(Tag::Image { link_type, dest_url: safe(dest_url), title, id }))
        }
        other => Some(other),
    });
    let mut rendered = String::with_capacity(markdown.len() * 2);
    html::push_html(&mut rendered, events);
    rendered
}

/// Text that stands for itself in HTML, between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    push_escaped(&mut escaped, text);
    escaped
}

/// The same at the end of a text that is there already.
pub fn push_escaped(html: &mut String, text: &str) {
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        html.push_str(&text[from..at]);
        html.push_str(escaped);
        from = at + 1;
    }
    html.push_str(&text[from..]);
}

/// Whether an address can be followed without running anything.
pub fn is_safe_address(address: &str) -> bool {
    let scheme_end = address.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '-' | '.'));
    match scheme_end {
        Some(end) if address[end..].starts_with(':') => {
            ["http", "https", "mailto"].iter().any(|scheme| address[..end].eq_ignore_ascii_case(scheme))
        }
        // Browsers strip control characters and blanks, which could hide a scheme.
        _ => !address.chars().any(char::is_control) && !address.starts_with(char::is_whitespace),
    }
}

fn safe(address: CowStr<'_>) -> CowStr<'_> {
    if is_safe_address(&address) { address } else { CowStr::Borrowed("#") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_comes_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,<script>)",
            "![x](vbscript:x)",
            "<svg/onload=alert(1)>",
        ] {
            let html = from_markdown(hostile).to_lowercase();
            for active in ["<script", "onerror=", "javascript:", "data:", "vbscript:", "<svg", "<img src=x"] {
                assert!(!html.contains(active), "{hostile} gave {html}");
            }
        }
        assert!(from_markdown("[x](https://example.com/a?b=c)").contains("href=\"https://example.com/a?b=c\""));
        assert!(from_markdown("[x](/articles/y)").contains("href=\"/articles/y\""));
    }
}
