//! HTML made text: tags and comments dropped, the edges of blocks as line breaks, character references decoded. A scanner
//! over a fixed list of element names, not a parser: no tree, linear in the text, and `<DOMAIN>` or `<anonymous>` in an
//! error message are no tags.

use memchr::{memchr2, memchr3, memmem};

use super::html_entity;
use super::rewrite::{Peeled, Rewrite};

/// Element names of the HTML standard (WHATWG, section 4) and the obsolete ones that mail programs still write, sorted.
#[rustfmt::skip]
static ELEMENTS: [&str; 122] = [
    "a", "abbr", "acronym", "address", "area", "article", "aside", "audio", "b", "base", "bdi", "bdo", "big", "blockquote",
    "body", "br", "button", "canvas", "caption", "center", "cite", "code", "col", "colgroup", "data", "datalist", "dd",
    "del", "details", "dfn", "dialog", "dir", "div", "dl", "dt", "em", "embed", "fieldset", "figcaption", "figure", "font",
    "footer", "form", "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hgroup", "hr", "html",
    "i", "iframe", "img", "input", "ins", "kbd", "label", "legend", "li", "link", "main", "map", "mark", "menu", "meta",
    "meter", "nav", "noscript", "o:p", "object", "ol", "optgroup", "option", "output", "p", "param", "picture", "pre",
    "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "search", "section", "select", "slot", "small", "source",
    "span", "strike", "strong", "style", "sub", "summary", "sup", "table", "tbody", "td", "template", "textarea", "tfoot",
    "th", "thead", "time", "title", "tr", "track", "tt", "u", "ul", "var", "video", 
];

/// Longest element name looked up, in bytes.
const LONGEST_NAME: usize = 16;
/// Most quotes looked at in one tag. Bounds the work on tags that swallow each other.
const MOST_ATTRIBUTES: usize = 32;

/// Elements whose edges end a line, sorted.
#[rustfmt::skip]
static BLOCKS: [&str; 42] = [
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt", "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "li",
    "main", "menu", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "textarea", "title", "tr", "ul",
];

/// Reads a text that may hold HTML: `None` unless a closing tag, a line break, a paragraph or the like shows that it
/// does. A lone `<object>` or `<time>` may be a placeholder or a type argument.
pub(super) fn peel(text: &str) -> Option<Peeled> {
    shows_html(text).then(|| peel_html(text)).flatten()
}

/// Reads a text that is known to be HTML.
pub(super) fn peel_html(text: &str) -> Option<Peeled> {
    let mut scanner =
        Scanner { text, rewrite: Rewrite::new(text), closers: Closers::default(), never_closed: Vec::new() };
    let mut at = 0;
    while let Some(found) = memchr2(b'<', b'&', &text.as_bytes()[at..]) {
        at = scanner.piece(at + found);
    }
    scanner.rewrite.finish()
}

fn shows_html(text: &str) -> bool {
    memchr::memchr_iter(b'<', text.as_bytes()).any(|at| {
        let rest = &text.as_bytes()[at..];
        match Tag::read(rest) {
            Some(tag) => tag.closing || matches!(tag.name, "br" | "hr" | "img" | "p" | "html"),
            None => starts_with(rest, b"<!doctype html"),
        }
    })
}

fn starts_with(text: &[u8], lower_case: &[u8]) -> bool {
    text.get(..lower_case.len()).is_some_and(|start| start.eq_ignore_ascii_case(lower_case))
}

/// The name in a tag and where its attributes start.
struct Tag {
    name: &'static str,
    closing: bool,
    len: usize,
}

impl Tag {
    fn read(text: &[u8]) -> Option<Self> {
        let closing = text.get(1) == Some(&b'/');
        let start = 1 + usize::from(closing);
        let name = text.get(start..).filter(|name| name.first().is_some_and(u8::is_ascii_alphabetic))?;
        let name =
            &name[..name.iter().take(LONGEST_NAME).position(|byte| !byte.is_ascii_alphanumeric() && *byte != b':')?];
        let mut lower = [0; LONGEST_NAME];
        let lower = &mut lower[..name.len()];
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        let index = ELEMENTS.binary_search_by(|known| known.as_bytes().cmp(lower)).ok()?;
        let len = start + name.len();
        let ends = text.get(len).is_some_and(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'));
        ends.then_some(Self { name: ELEMENTS[index], closing, len })
    }
}

struct Scanner<'a> {
    text: &'a str,
    rewrite: Rewrite<'a>,
    closers: Closers,
    /// The elements of raw text that a search has shown to end nowhere in the rest of the text.
    never_closed: Vec<&'static str>,
}

impl Scanner<'_> {
    /// Reads the `<` or `&` at `start` and returns where to go on.
    fn piece(&mut self, start: usize) -> usize {
        let rest = &self.text.as_bytes()[start..];
        if rest[0] == b'&' {
            let Some((character, len)) = html_entity::reference(rest) else { return start + 1 };
            self.rewrite.replace_char(start..start + len, character);
            return start + len;
        }
        let end = match rest.get(1) {
            Some(b'!' | b'?') => self.declaration(start),
            _ => Tag::read(rest).and_then(|tag| self.tag(start, &tag)),
        };
        end.unwrap_or(start + 1)
    }

    /// Comments, `<!doctype …>`, `<?xml …?>`, and the marks of `<![CDATA[…]]>`. An unclosed comment hides nothing.
    fn declaration(&mut self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let rest = &bytes[start..];
        let end = if rest.starts_with(b"<!--") {
            self.closers.find(bytes, start + 4, "-->").map_or(start + 4, |at| at + 3)
        } else if rest.starts_with(b"<![CDATA[") {
            let inner = start + 9;
            let end = self.closers.find(bytes, inner, "]]>")?;
            self.rewrite.remove(start..inner);
            self.rewrite.remove(end..end + 3);
            return Some(end + 3);
        } else if starts_with(rest, b"<!doctype") || starts_with(rest, b"<?xml") {
            self.closers.find(bytes, start, ">")? + 1
        } else {
            return None;
        };
        self.rewrite.remove(start..end);
        Some(end)
    }

    fn tag(&mut self, start: usize, tag: &Tag) -> Option<usize> {
        let mut end = self.tag_end(start + tag.len)?;
        if !tag.closing && matches!(tag.name, "script" | "style") {
            end = self.raw_text_end(end, tag.name).unwrap_or(end);
        }
        let with = match tag.name {
            "br" => "\n",
            "td" | "th" if tag.closing => "\t",
            name if BLOCKS.binary_search(&name).is_ok() && !self.rewrite.at_line_start(start) => "\n",
            _ => "",
        };
        self.rewrite.replace(start..end, with);
        Some(end)
    }

    /// The end of a tag: the first `>` outside quoted attribute values. Where the quotes do not work out, the first `>`.
    fn tag_end(&mut self, start: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let first = self.closers.find(bytes, start, ">")? + 1;
        let mut at = start;
        for _ in 0..MOST_ATTRIBUTES {
            let Some(found) = memchr3(b'>', b'"', b'\'', &bytes[at..]) else { break };
            at += found;
            let quote = match bytes[at] {
                b'>' => return Some(at + 1),
                b'"' => "\"",
                _ => "'",
            };
            at += 1;
            if bytes[..at - 1].ends_with(b"=") || bytes[..at - 1].ends_with(b"= ") {
                let Some(close) = self.closers.find(bytes, at, quote) else { break };
                at = close + 1;
            }
        }
        Some(first)
    }

    /// The end of the closing tag of a script or style.
    fn raw_text_end(&mut self, start: usize, name: &'static str) -> Option<usize> {
        if self.never_closed.contains(&name) {
            return None;
        }
        let bytes = self.text.as_bytes();
        let close = memmem::find_iter(&bytes[start..], "</")
            .map(|at| start + at)
            .find(|at| starts_with(&bytes[at + 2..], name.as_bytes()));
        if close.is_none() {
            self.never_closed.push(name);
        }
        self.closers.find(bytes, close?, ">").map(|end| end + 1)
    }
}

/// Remembers where each closing mark stands next, so that a text full of unclosed marks is searched once.
#[derive(Default)]
struct Closers {
    found: Vec<(&'static str, usize, Option<usize>)>,
}

impl Closers {
    /// The next `mark` at or after `from`.
    fn find(&mut self, text: &[u8], from: usize, mark: &'static str) -> Option<usize> {
        let known = self.found.iter_mut().find(|(known, ..)| *known == mark);
        if let Some((_, searched_from, position)) = &known
            && *searched_from <= from
            && position.is_none_or(|position| position >= from)
        {
            return *position;
        }
        let position = memmem::find(&text[from..], mark.as_bytes()).map(|at| from + at);
        match known {
            Some(entry) => *entry = (mark, from, position),
            None => self.found.push((mark, from, position)),
        }
        position
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn the_lists_are_sorted() {
        assert!(ELEMENTS.is_sorted() && BLOCKS.is_sorted());
        assert!(BLOCKS.iter().all(|name| ELEMENTS.binary_search(name).is_ok()));
    }

    #[test]
    fn tags_go_and_blocks_leave_line_breaks() {
        for (source, shown) in [
            ("<p>one</p><p>two</p>", "one\ntwo\n"),
            ("one<br>two<br/>three<BR />", "one\ntwo\nthree\n"),
            ("<div><div>a</div></div>b", "a\nb"),
            ("<td>a</td><td>b</td></tr>c", "a\tb\t\nc"),
            ("a <b>b</b> <a href=\"x>y\" title='<p>'>c</a>", "a b c"),
            ("<p>&quot;x&quot; &lt;b&gt;", "\"x\" <b>"),
            ("x<script>if (a</b>c) {}</script>y</p>", "xy\n"),
            ("<p>a<!-- <b>no</b> -->b", "ab"),
            ("<p>a<!-- cut", "a cut"),
            ("<p>a<script>cut", "acut"),
            ("<!DOCTYPE html><html>\n<body>x", "\nx"),
            ("<![CDATA[a <b>]]> </p>", "a <b> \n"),
            ("<pre>at x\n  at y</pre>z", "at x\n  at y\nz"),
            ("<p title=\"never closed>a <b>b</b>", "a b"),
            ("at f.<anonymous> (https://<DOMAIN>/x)<br>", "at f.<anonymous> (https://<DOMAIN>/x)\n"),
        ] {
            assert_eq!(text(source).as_deref(), Some(shown), "{source}");
        }
    }

    #[test]
    fn placeholders_and_type_arguments_are_no_html() {
        for source in [
            "at HTMLButtonElement.<anonymous> (https://<DOMAIN>/u)",
            "List<object> and Vec<Option<T>> and <body>",
            "if a < b && c > d",
            "<date>, <IP>, <time>",
            "cut <br",
            "<",
            "",
        ] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn html_that_is_declared_needs_no_proof() {
        assert_eq!(peel_html("<b>Error").unwrap().0, "Error");
        assert!(peel_html("no tag at all").is_none());
    }

    #[test]
    fn text_beside_a_tag_maps_to_itself() {
        let (text, map) = peel("<b>name</b>d").unwrap();
        assert_eq!(text, "named");
        assert_eq!(map.to_parent((0..4).into()), (3..7).into());
        assert_eq!(map.to_parent((0..5).into()), (3..12).into());
    }
}
