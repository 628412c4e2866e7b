//! Articles that are not Markdown yet: plain text, HTML, reStructuredText and `AsciiDoc`, turned into Markdown.

mod asciidoc;
mod html;
mod markup;
mod rst;
mod site;
mod text;

pub(super) use asciidoc::from_asciidoc;
pub(super) use html::from_html;
pub(super) use rst::from_rst;
pub use site::without_site_markup;
pub(super) use text::{escape, from_text};

use super::SourceFormat;
use super::front::split;

/// Tells how an article's source is written, from the ending of `file_name` and, where that says nothing, from the text.
pub fn sniff(source: &str, file_name: &str) -> SourceFormat {
    let ending = file_name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("md" | "markdown" | "mdx" | "mdown" | "mkd") => return SourceFormat::Markdown,
        Some("html" | "htm" | "xhtml") => return SourceFormat::Html,
        Some("txt" | "text") => return SourceFormat::PlainText,
        Some("rst" | "rest") => return SourceFormat::ReStructuredText,
        Some("adoc" | "asciidoc" | "asc") => return SourceFormat::AsciiDoc,
        _ => {}
    }
    if has_front_matter(source) {
        return SourceFormat::Markdown;
    }
    let text = source.trim_start_matches('\u{feff}').trim_start();
    if begins_as_html(text) {
        SourceFormat::Html
    } else if text.lines().take(200).any(is_markdown_line) {
        SourceFormat::Markdown
    } else {
        SourceFormat::PlainText
    }
}

fn has_front_matter(source: &str) -> bool {
    split(source).map_or(true, |split| split.front.is_some())
}

fn begins_as_html(text: &str) -> bool {
    const OPENERS: [&str; 14] = [
        "<!doctype",
        "<html",
        "<head",
        "<body",
        "<title",
        "<meta",
        "<article",
        "<main",
        "<section",
        "<div",
        "<h1",
        "<h2",
        "<p>",
        "<p ",
    ];
    let head: String = text.chars().take(12).collect::<String>().to_ascii_lowercase();
    OPENERS.iter().any(|opener| head.starts_with(opener))
}

/// A heading, a fence or a link, which plain text does not have.
fn is_markdown_line(line: &str) -> bool {
    let hashes = line.len() - line.trim_start_matches('#').len();
    (matches!(hashes, 1..=6) && line[hashes..].starts_with(' '))
        || line.starts_with("```")
        || line.starts_with("~~~")
        || line.contains("](http")
}
