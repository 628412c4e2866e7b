//! Tags and text of a page, in order.

/// Elements whose content is no text for readers.
const SKIPPED: [&str; 12] = [
    "script", "style", "noscript", "template", "svg", "iframe", "object", "textarea", "select", "math", "nav", "footer",
];
/// Longest tag whose quoted `>` is honoured, in bytes.
const MAX_QUOTED_TAG_BYTES: usize = 1024;

/// A tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag<'a> {
    /// In lower case.
    pub(super) name: String,
    pub(super) closing: bool,
    attributes: &'a str,
}

impl<'a> Tag<'a> {
    /// The language of code that an element holds, as highlighters name it: `class="language-python"`.
    pub(super) fn language(&self) -> Option<&'a str> {
        const PREFIXES: [&str; 5] = ["language-", "lang-", "highlight-source-", "highlight-text-", "highlight-"];
        if self.closing || !matches!(self.name.as_str(), "pre" | "code" | "div" | "figure") {
            return None;
        }
        let named = ["data-lang", "data-language"].iter().find_map(|name| self.attribute(name));
        let class = |class: &'a str| PREFIXES.iter().find_map(|prefix| class.strip_prefix(prefix));
        named.or_else(|| self.attribute("class")?.split_whitespace().find_map(class))
    }

    /// Value of an attribute as written, references included.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.attributes;
        while let Some(equals) = rest.find('=') {
            let before = rest[..equals].trim_end();
            let found =
                before.rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).next().unwrap_or_default();
            let value = rest[equals + 1..].trim_start();
            let (value, after) = match value.chars().next() {
                Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
                _ => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
            };
            if found.eq_ignore_ascii_case(name) {
                return Some(value);
            }
            rest = after;
        }
        None
    }
}

/// A piece of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    Text(&'a str),
    /// Content of the page's `<title>`.
    Title(&'a str),
    Tag(Tag<'a>),
}

/// Cuts a page into tokens; comments, declarations and skipped elements are left out.
pub(super) struct Tokens<'a> {
    source: &'a str,
    at: usize,
    /// Bytes up to the last `>`: no tag ends beyond them.
    tags_end: usize,
    /// Elements that are not closed any more from here on.
    unclosed: Vec<String>,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let tags_end = memchr::memrchr(b'>', source.as_bytes()).map_or(0, |last| last + 1);
        Self { source, at: 0, tags_end, unclosed: Vec::new() }
    }

    /// Where the closing tag of `name` begins and ends. An element that never ends is not skipped.
    fn closing(&mut self, name: &str) -> Option<(usize, usize)> {
        if self.unclosed.iter().any(|unclosed| unclosed == name) {
            return None;
        }
        let bytes = &self.source.as_bytes()[..self.tags_end];
        let found =
            memchr::memmem::find_iter(&bytes[self.at..], b"</").map(|found| self.at + found).find_map(|start| {
                let after = bytes.get(start + 2..start + 2 + name.len())?;
                let end =
                    after.eq_ignore_ascii_case(name.as_bytes()).then(|| memchr::memchr(b'>', &bytes[start..]))??;
                Some((start, start + end + 1))
            });
        if found.is_none() {
            self.unclosed.push(name.to_owned());
        }
        found
    }

    /// The markup at `<`, if it is some, with its end.
    fn markup(&self) -> Option<(usize, Option<Tag<'a>>)> {
        let rest = &self.source[self.at..];
        if rest.starts_with("<!--") {
            let end = rest.find("-->").map_or(rest.len(), |end| end + 3);
            return Some((self.at + end, None));
        }
        let inner = rest.strip_prefix('<')?;
        let closing = inner.starts_with('/');
        let name_start = usize::from(closing);
        let first = inner[name_start..].chars().next()?;
        if matches!(first, '!' | '?') {
            return Some((self.at + inner.find('>')? + 2, None));
        }
        if !first.is_ascii_alphabetic() {
            return None;
        }
        let end = tag_end(inner)?;
        let content = &inner[name_start..end];
        let name_length = content.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(content.len());
        let (name, attributes) = content.split_at(name_length);
        Some((self.at + end + 2, Some(Tag { name: name.to_ascii_lowercase(), closing, attributes })))
    }
}

/// Byte of the `>` that ends a tag: the first outside of quotes, or the first at all when the quotes never close.
fn tag_end(inner: &str) -> Option<usize> {
    let first = memchr::memchr(b'>', inner.as_bytes())?;
    let window = &inner.as_bytes()[..inner.len().min(MAX_QUOTED_TAG_BYTES)];
    let mut quote = None;
    for (index, byte) in window.iter().copied().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(index),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    Some(first)
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let source = self.source;
        while self.at < source.len() {
            let start = self.at;
            if start < self.tags_end
                && source.as_bytes()[start] == b'<'
                && let Some((end, tag)) = self.markup()
            {
                self.at = end;
                let Some(tag) = tag else { continue };
                if !tag.closing && (tag.name == "title" || SKIPPED.contains(&tag.name.as_str())) {
                    let Some((close, after)) = self.closing(&tag.name) else { continue };
                    let content = &source[self.at..close];
                    self.at = after;
                    if tag.name == "title" {
                        return Some(Token::Title(content));
                    }
                    continue;
                }
                return Some(Token::Tag(tag));
            }
            let next = memchr::memchr(b'<', &source.as_bytes()[start + 1..]).map_or(source.len(), |at| start + 1 + at);
            self.at = next;
            return Some(Token::Text(&source[start..next]));
        }
        None
    }
}

/// Elements that have no end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area" | "base" | "br" | "col" | "embed" | "hr" | "img" | "input" | "link" | "meta" | "source" | "wbr"
    )
}

/// Elements that begin and end a block of text.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "aside"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "form"
            | "header"
            | "head"
            | "hgroup"
            | "html"
            | "legend"
            | "li"
            | "p"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
    )
}
