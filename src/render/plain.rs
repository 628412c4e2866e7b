//! Markdown as plain text: what a terminal or a chat line shows of an article.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Markdown as plain text: markers gone, lists numbered or dashed, code indented, addresses of links after their text.
/// Raw HTML is left out. Control characters are made visible.
pub fn plain_text(markdown: &str) -> String {
    let mut writer = Writer::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        writer.event(event);
    }
    let text = writer.text.trim_matches('\n');
    crate::text::printable(text, true).into_owned()
}

#[derive(Default)]
struct Writer {
    text: String,
    /// Number of the next item of each open list; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// Address of each open link.
    links: Vec<String>,
    in_code: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => self.code(&text),
            Event::Text(text) | Event::Code(text) => self.text.push_str(&text),
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.line(),
            Event::Rule => self.paragraph(),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph if self.at_item_start() => {}
            Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::Table(_) => self.paragraph(),
            Tag::CodeBlock(_) => {
                self.paragraph();
                self.in_code = true;
                self.text.push_str("    ");
            }
            Tag::List(first) => {
                if self.lists.is_empty() {
                    self.paragraph();
                }
                self.lists.push(first);
            }
            Tag::Item => self.item(),
            Tag::TableRow => self.line(),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.links.push(dest_url.into_string()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock => {
                self.in_code = false;
                let kept = self.text.trim_end().len();
                self.text.truncate(kept);
            }
            TagEnd::List(_) => {
                self.lists.pop();
            }
            TagEnd::TableCell => self.text.push_str("  "),
            TagEnd::Link | TagEnd::Image => {
                if let Some(address) = self.links.pop()
                    && !self.text.ends_with(&address)
                    && !address.is_empty()
                {
                    self.text.push_str(" (");
                    self.text.push_str(&address);
                    self.text.push(')');
                }
            }
            _ => {}
        }
    }

    fn item(&mut self) {
        self.line();
        let depth = self.lists.len().saturating_sub(1).min(8);
        self.text.push_str(&"   ".repeat(depth));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let _ = write!(self.text, "{number}. ");
                *number = number.saturating_add(1);
            }
            _ => self.text.push_str("- "),
        }
    }

    fn at_item_start(&self) -> bool {
        !self.lists.is_empty() && (self.text.ends_with("- ") || self.text.ends_with(". "))
    }

    fn code(&mut self, text: &str) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.text.push('\n');
                self.text.push_str(&"   ".repeat(self.lists.len().min(8)));
                self.text.push_str("    ");
            }
            self.text.push_str(line);
        }
    }

    fn line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// Starts a paragraph: below a blank line, inside a list below the item.
    fn paragraph(&mut self) {
        self.line();
        if self.lists.is_empty() {
            if !self.text.is_empty() && !self.text.ends_with("\n\n") {
                self.text.push('\n');
            }
        } else {
            self.text.push_str(&"   ".repeat(self.lists.len().min(8)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_reads_well_without_its_markers() {
        let markdown = "Set **one** `option`.\n\n1. Open [the page](https://example.com/x).\n2. Run:\n\n   ```sh\n   make\n   test\n   ```\n3. Done\n\n- a\n  - b\n\nEnd <script>alert(1)</script>.";
        insta::assert_snapshot!(plain_text(markdown), @r"
        Set one option.

        1. Open the page (https://example.com/x).
        2. Run:
               make
               test
        3. Done

        - a
           - b

        End alert(1).
        ");
    }
}
