//! HTML to Markdown, for articles published as pages.
//!
//! A single pass over the tags, without a tree: every tag changes a little state and writes what it means. Time is
//! linear in the input whatever the nesting, and markup that is broken or never closed only changes how text is shown.

mod entity;
mod surroundings;
mod tags;

use super::markup::fenced_as;
use super::text::{escape, escape_at};
use entity::decode;
use surroundings::{Landmark, Surroundings};
use tags::{Tag, Token, Tokens};

/// Deepest indentation of nested lists and quotations that is written.
const MAX_INDENT: usize = 6;

/// Makes Markdown of a page. Only the first `<main>`, `<article>` or element of the role `main` counts when there is one.
pub(crate) fn from_html(source: &str) -> String {
    let writer = read(source, true);
    // What is left out and never ends would hide the rest of the page.
    let writer = if writer.site.left_out.is_some() { read(source, false) } else { writer };
    writer.finish()
}

/// Reads a page, with elements told by their roles or only by their names.
fn read(source: &str, by_role: bool) -> Writer {
    let site = Surroundings::new(by_role);
    let mut writer = Writer { site, ..Writer::default() };
    for token in Tokens::new(source) {
        match token {
            Token::Text(text) => writer.text(text),
            Token::Title(text) => writer.title = collapse(&decode(text)),
            Token::Tag(tag) => writer.tag(&tag),
        }
        if writer.done {
            break;
        }
    }
    writer
}

#[derive(Default)]
struct Writer {
    out: String,
    /// The paragraph, heading or item being written.
    line: String,
    title: String,
    heading: Option<usize>,
    has_h1: bool,
    /// Open lists: the next number of an ordered one.
    lists: Vec<Option<usize>>,
    /// A bullet waits for its text.
    bullet: Option<String>,
    quotes: usize,
    /// Inside a code span.
    code: bool,
    /// Text inside `<pre>`.
    pre: Option<String>,
    /// Language of that text, or of the one that may follow.
    language: String,
    link: Option<String>,
    /// Open `<main>` and `<article>` elements.
    main: usize,
    done: bool,
    site: Surroundings,
}

impl Writer {
    fn text(&mut self, text: &str) {
        if self.site.left_out.is_some() {
            return;
        }
        if let Some(pre) = &mut self.pre {
            pre.push_str(&decode(text));
            return;
        }
        let text = decode(text);
        let collapsed = collapse(&text);
        let spaced = |at: Option<char>| at.is_some_and(char::is_whitespace);
        if spaced(text.chars().next()) && !self.line.is_empty() && !self.line.ends_with([' ', '\n']) {
            self.line.push(' ');
        }
        if collapsed.is_empty() {
            return;
        }
        self.line.push_str(&if self.code { collapsed } else { escape_at(&collapsed, self.line.is_empty()) });
        if spaced(text.chars().last()) {
            self.line.push(' ');
        }
    }

    fn tag(&mut self, tag: &Tag<'_>) {
        if self.landmark(tag) {
            return;
        }
        if let Some(language) = tag.language() {
            language.clone_into(&mut self.language);
        }
        if self.pre.is_some() && !matches!(tag.name.as_str(), "pre" | "br" | "p" | "div" | "main" | "article") {
            return;
        }
        match (tag.name.as_str(), tag.closing) {
            ("pre", closing) => self.preformatted(closing),
            ("br", _) => match &mut self.pre {
                Some(pre) => pre.push('\n'),
                None if !self.line.is_empty() && self.heading.is_none() => self.line.push_str("  \n"),
                None => {}
            },
            ("main" | "article", closing) => self.content(closing),
            ("code" | "kbd" | "samp" | "tt", closing) => {
                self.code = !closing;
                self.line.push('`');
            }
            ("strong" | "b", closing) => self.emphasis("**", closing),
            ("em" | "i", closing) => self.emphasis("*", closing),
            ("a", closing) => self.anchor(tag, closing),
            ("img", _) => {
                if let Some(alt) = tag.attribute("alt") {
                    self.text(alt);
                }
            }
            ("td" | "th", true) => self.line.push_str(" | "),
            (name, closing) => self.block(name, closing),
        }
    }

    /// Takes a tag that begins or ends a part of the page; `true` when nothing is left to do for it.
    fn landmark(&mut self, tag: &Tag<'_>) -> bool {
        match self.site.landmark(tag, self.main > 0) {
            Landmark::None => return false,
            Landmark::LeftOut => self.flush(),
            Landmark::Begins => self.content(false),
            Landmark::Ends => self.content(true),
        }
        true
    }

    fn block(&mut self, name: &str, closing: bool) {
        match (name, closing) {
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", false) => {
                self.flush();
                self.heading = name[1..].parse().ok();
                self.has_h1 |= name == "h1";
            }
            ("h1" | "h2" | "h3" | "h4" | "h5" | "h6", true) => {
                self.flush();
                self.heading = None;
            }
            ("ul" | "menu", false) => self.open_list(None),
            ("ol", false) => self.open_list(Some(1)),
            ("ul" | "ol" | "menu", true) => {
                self.flush();
                self.lists.pop();
                if self.lists.is_empty() {
                    self.out.push('\n');
                }
            }
            ("li", false) => self.item(),
            ("blockquote", closing) => {
                self.flush();
                self.quotes = if closing { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
            }
            ("hr", _) => {
                self.flush();
                self.write("---");
            }
            (name, _) if tags::is_block(name) => self.flush(),
            _ => {}
        }
    }

    fn open_list(&mut self, number: Option<usize>) {
        self.flush();
        self.lists.push(number);
    }

    fn item(&mut self) {
        self.flush();
        self.bullet = Some(match self.lists.last_mut() {
            Some(Some(number)) => {
                let bullet = format!("{number}. ");
                *number += 1;
                bullet
            }
            _ => "- ".to_owned(),
        });
    }

    /// Emphasis marks hug their text: `** x **` would be text.
    fn emphasis(&mut self, mark: &str, closing: bool) {
        if self.heading.is_some() {
            return;
        }
        if closing {
            let kept = self.line.trim_end().len();
            let spaces = self.line.split_off(kept);
            match self.line.strip_suffix(mark) {
                Some(empty) => self.line.truncate(empty.len()),
                None => self.line.push_str(mark),
            }
            self.line.push_str(&spaces);
        } else {
            self.line.push_str(mark);
        }
    }

    fn anchor(&mut self, tag: &Tag<'_>, closing: bool) {
        if closing {
            if let Some(url) = self.link.take() {
                self.line.push_str("](");
                self.line.push_str(&url);
                self.line.push(')');
            }
            return;
        }
        let url = tag.attribute("href").map(|url| decode(url).trim().to_owned()).filter(|url| {
            (url.starts_with("https://") || url.starts_with("http://"))
                && !url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '(' | ')' | '<' | '>'))
        });
        if self.link.is_none() && url.is_some() {
            self.line.push('[');
            self.link = url;
        }
    }

    fn preformatted(&mut self, closing: bool) {
        if !closing {
            let language = std::mem::take(&mut self.language);
            self.flush();
            self.language = language;
            self.pre.get_or_insert_default();
            return;
        }
        let Some(text) = self.pre.take() else { return };
        let text = text.trim_matches(['\n', '\r']).trim_end();
        let block = fenced_as(&self.language, text);
        self.write(&block);
    }

    fn content(&mut self, closing: bool) {
        self.flush();
        if closing {
            self.main = self.main.saturating_sub(1);
            self.done = self.main == 0;
        } else {
            if self.main == 0 {
                self.out.clear();
                self.has_h1 = false;
                self.lists.clear();
                self.quotes = 0;
            }
            self.main += 1;
        }
    }

    /// Ends the paragraph, heading or item being written.
    fn flush(&mut self) {
        let mut line = std::mem::take(&mut self.line);
        if std::mem::take(&mut self.code) {
            line.push('`');
        }
        if let Some(url) = self.link.take() {
            line.push_str("](");
            line.push_str(&url);
            line.push(')');
        }
        let text = line.trim_end().trim_end_matches(" |").trim_end().trim_start_matches(['\n', ' ']);
        if text.is_empty() {
            return;
        }
        if self.site.is_of_the_site(text) {
            self.bullet = None;
            return;
        }
        match self.heading {
            Some(level) => {
                let heading = format!("{} {}", "#".repeat(level), text.replace('\n', " "));
                self.lists.clear();
                self.quotes = 0;
                self.bullet = None;
                self.write(&heading);
            }
            None => self.write(text),
        }
    }

    /// Writes a block at the current depth of lists and quotations.
    fn write(&mut self, block: &str) {
        self.language.clear();
        let depth = self.lists.len().min(MAX_INDENT);
        let bullet = self.bullet.take();
        let in_list = depth > 0;
        let indent = "   ".repeat(if bullet.is_some() { depth.saturating_sub(1) } else { depth });
        let quote = "> ".repeat(self.quotes.min(MAX_INDENT));
        if bullet.is_none() || !in_list {
            self.blank_line();
        }
        for (index, line) in block.lines().enumerate() {
            self.out.push_str(&quote);
            self.out.push_str(&indent);
            if let Some(bullet) = &bullet {
                self.out.push_str(if index == 0 { bullet } else { "   " });
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
        if !in_list {
            self.out.push('\n');
        }
    }

    fn blank_line(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.preformatted(true);
        self.flush();
        let body = self.out.trim_end();
        if self.has_h1 || self.title.is_empty() {
            return format!("{}\n", body.trim_start_matches('\n'));
        }
        format!("# {}\n\n{}\n", escape(&self.title), body.trim_start_matches('\n'))
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
