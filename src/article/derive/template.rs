//! Messages as documentation writes them, turned into templates: where the author stands a sample or a placeholder, the
//! template has a wildcard.

use std::fmt::Write as _;
use std::sync::LazyLock;

use regex::Regex;

use super::collect::{Candidate, Origin, SLOT};
use super::samples::Samples;
use super::{code, message, partial};
use crate::article::{Condition, Template};

/// Most bytes of a derived template's text.
const MAX_BYTES: usize = 600;
/// Fewest letters and digits in the literal text of a template.
const MIN_LITERAL: usize = 12;
/// Fewest letters and digits in its longest literal piece.
const MIN_PIECE: usize = 8;
/// Fewest letters and digits in a part that stands for the whole message.
const MIN_PART: usize = 24;
/// Most wildcards of a derived template.
const MAX_WILDCARDS: usize = 12;

/// What stands before the message proper: a time, a severity, a code.
static PREFIX: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) ^ (?: \[? \d{4}-\d{2}-\d{2} [T\ ] [\d:.,+]+ Z? \]? \s+
              (?: \[? (?: fatal | critical | error | warning | warn | info | debug ) \]? \s+ )? )?
          (?: (?: uncaught | fatal | error | err | warning | warn | panic | exception | note )
              (?: \ (?: error | exception | warning | code ) )?
              (?: \s+ [A-Z]{0,10}-?\d{3,6} | \[ [A-Z0-9]{1,12} \] )? \s* : \s+
            | (?: fatal | error | warning ) \s+ [A-Z]{2,12}-?\d{3,8} \s+ [–-] \s+
            | (?: [A-Z]{0,10}-?\d{3,6} | [A-Z]{3,12}-?\d{7,8} | \d[0-9A-Z]{4} ) \s* [:–-] \s+ )*",
    )
});

/// Values that differ from report to report wherever they stand, and the marks of left-out text.
static VALUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?x) https?://[^\s'"`<>\])]+
          | \b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b
          | \b[A-Za-z]:\\[^\s'"]+
          | (?:/[\w.@+-]+){2,}/?
          | \b\d+(?:\.\d+)+(?::\d+)?\b
          | \{\s*<{1,2}[A-Za-z][\w\ .:/-]{0,40}>{1,2}\s*\} | <{1,2}[A-Za-z][\w\ .:/-]{0,40}>{1,2} | \\?<(?:…|\.\.\.)\\?>
          | \[?(?:…|\.{3,})\]?"#,
    )
});

/// Numbers that count something or say where: before a unit, or after the name of a place or a measure.
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?xi) \b (?: line | column | col | size | port | offset | position | timeout | pid ) s? (?: \ (?: of | is | number ) )? [\ :=\#]{1,2}
              (?P<after> \d+ (?: :\d+ )? ) \b
          | \b (?P<before> \d+ ) (?: \ ? (?: bytes? | [kmgt]i?b | bits? | ms | milliseconds? | s | secs? | seconds? | mins?
              | minutes? | hours? | days? | pixels? | px | rows? | columns? | characters? | chars | items | entries | times
              | retries | attempts | connections | requests | threads | lines | files | percent ) \b | \ ? % )",
    )
});

/// What authors write for a value: placeholders of template languages and format strings, names that are samples.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?x) \u{f8f0} (?P<slot>[^\u{f8f0}]*) \u{f8f0}
          | [$\#]?\{\{? \s* (?P<braces>[\w.\ -]{0,40}?) \s* \}?\}
          | %(?P<percent>[A-Za-z_]{2,40})% | %(?:[sdiuvqxfp@]|\d)(?:\b|$)
          | %[-+\#]?(?:\d+|\*)?(?:\.(?:\d+|\*))?(?:hh?|ll?|w|z|I64|I32)?[sdiurxXfgcSp](?:\b|$) | %S_[A-Z]+ | %\d!\w+! | %\((?P<printf>\w+)\)s\b
          | \$(?P<shell>[A-Z][A-Z0-9_]+)\b
          | \b(?:[Xx]{3,}|[Xx](?:\.[Xx])+)\b | \*{3,} | \b_{3,}\b
          | '(?P<single>[^'\n]{1,80})' | "(?P<double>[^"\n]{1,80})" | `(?P<tick>[^`\n]{1,80})`
          | \b(?:[a-z]{3,20}|(?:[A-Z][a-z]{2,20}){1,3})[A-Z]\b
          | \b(?:foo|bar|baz|lorem)\b"#,
    )
});

/// A part that may be left out, at the end of a documented message: `cannot open 'file' [: reason]`.
static OPTIONAL_END: LazyLock<Regex> = LazyLock::new(|| pattern(r"\s*\[[^\[\]\n]{1,60}\]\s*\.?$"));

/// What documentation calls a value of some kind, alone between quotes. Words that are also common names of properties
/// (`name`, `id`, `key`) are not among them.
const SAMPLE_NOUNS: [&str; 29] = [
    "argument",
    "constraint",
    "context",
    "declaration",
    "declarator",
    "dll",
    "expression",
    "file",
    "filename",
    "framework",
    "function",
    "hostname",
    "identifier",
    "keyword",
    "library",
    "macro",
    "namespace",
    "operator",
    "option",
    "package",
    "parameter",
    "project",
    "reason",
    "specifier",
    "string",
    "symbol",
    "token",
    "tool",
    "variable",
];

/// Words that end the name of a kind of thing: `PackageId`, `file-name`.
const SAMPLE_ENDS: [&str; 14] = [
    "class", "column", "id", "key", "label", "member", "method", "module", "name", "number", "path", "table", "type",
    "version",
];

/// Words after a quoted name that make it a name the software itself prints: `the 'class' attribute`.
const NAMED_THINGS: [&str; 12] = [
    "argument",
    "attribute",
    "column",
    "element",
    "field",
    "header",
    "key",
    "method",
    "module",
    "object",
    "option",
    "property",
];

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern written here, compiled by every test of this module")
}

/// Templates of a candidate, with the number of letters and digits that are literal in each: the whole message, and its
/// parts that say enough alone.
pub(super) fn templates(candidate: &Candidate, samples: &Samples) -> Vec<(usize, Condition)> {
    let text = undo_escapes(&candidate.text);
    let bare = text.replace(SLOT, "");
    let start = PREFIX.find(&text).map_or(0, |prefix| prefix.end());
    let severe = message::is_message(&bare, candidate.origin);
    let rest = text[start..].trim();
    if candidate.origin == Origin::Title && code::is_little_more_than_a_code(&bare) {
        return Vec::new();
    }
    // A severity before the message is cue enough for the message.
    let origin = if start > 0 && severe { Origin::Declared } else { candidate.origin };
    if !message::is_message(&rest.replace(SLOT, ""), origin) || lacks_subject(rest) {
        return Vec::new();
    }
    let rest = OPTIONAL_END.replace(rest, "");
    let rest = cut(&rest);
    let ignore_case = matches!(candidate.origin, Origin::Title | Origin::Inline);
    let whole = build(rest, candidate.origin, samples, ignore_case);
    let parts = partial::parts(rest).into_iter();
    let parts = parts.filter_map(|part| build(part, candidate.origin, samples, ignore_case));
    whole.into_iter().chain(parts.filter(|(literal, _)| *literal >= MIN_PART)).collect()
}

/// Whether a text is the rest of a message whose subject stands elsewhere: `is not extensible`.
fn lacks_subject(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    matches!(first, "is" | "are" | "was" | "were" | "has" | "have")
}

/// `\_` and its like, which escape Markdown where there is none to escape.
fn undo_escapes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.trim().chars().peekable();
    while let Some(c) = characters.next() {
        if c != '\\' || !characters.peek().is_some_and(|next| matches!(next, '_' | '*' | '<' | '>' | '[' | ']' | '`')) {
            plain.push(c);
        }
    }
    plain
}

/// The message up to the longest that is kept, at a word's end.
fn cut(text: &str) -> &str {
    if text.len() <= MAX_BYTES {
        return text;
    }
    let end = (0..=MAX_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].rfind(char::is_whitespace).map_or(&text[..end], |space| &text[..space])
}

/// A template under construction.
#[derive(Default)]
struct Builder {
    pieces: Vec<Piece>,
}

enum Piece {
    Literal(String),
    Wildcard(String),
    /// A wildcard between quotes that are literal, which it has even at an end of the message.
    Quoted(char, String),
}

/// A place of a message that differs from report to report: its bytes, and what stands there.
type Place = (usize, usize, Piece);

fn build(text: &str, origin: Origin, samples: &Samples, ignore_case: bool) -> Option<(usize, Condition)> {
    let mut builder = Builder::default();
    let mut at = 0;
    while at < text.len() {
        let value = next_value(text, at);
        let placeholder = if origin == Origin::Json { None } else { next_placeholder(text, at, origin, samples) };
        let next = match (value, placeholder) {
            (Some(a), Some(b)) => Some(if b.0 <= a.0 { b } else { a }),
            (a, b) => a.or(b),
        };
        let Some((start, end, piece)) = next else { break };
        builder.literal(&text[at..start]);
        match piece {
            Piece::Wildcard(name) => builder.wildcard(name),
            piece => builder.pieces.push(piece),
        }
        at = end;
    }
    builder.literal(&text[at..]);
    let (literal, source) = builder.finish()?;
    let template = Template::parse(&source, ignore_case).ok()?;
    Some((literal, Condition::Template(template)))
}

/// The next value from `at` that differs from report to report.
fn next_value(text: &str, at: usize) -> Option<Place> {
    let value = VALUE.find_at(text, at).map(|found| (found.start(), found.end(), Piece::Wildcard(String::new())));
    let count = next_count(text, at).map(|(start, end)| (start, end, Piece::Wildcard("number".to_owned())));
    match (value, count) {
        (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
        (a, b) => a.or(b),
    }
}

/// The next number from `at` that counts something and is no part of a code.
fn next_count(text: &str, mut at: usize) -> Option<(usize, usize)> {
    while let Some(found) = COUNT.captures_at(text, at) {
        let number = found.name("after").or_else(|| found.name("before"))?;
        let before = text[..number.start()].chars().next_back();
        if !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '[' | '<')) {
            return Some((number.start(), number.end()));
        }
        at = number.end();
    }
    None
}

/// The next placeholder from `at`.
fn next_placeholder(text: &str, mut at: usize, origin: Origin, samples: &Samples) -> Option<Place> {
    while let Some(found) = PLACEHOLDER.captures_at(text, at) {
        let whole = found.get_match();
        let quoted = ["single", "double", "tick"].iter().find_map(|name| found.name(name));
        if let Some(quoted) = quoted.filter(|quoted| samples.hold(quoted.as_str(), origin)) {
            let mark = whole.as_str().chars().next().unwrap_or('"');
            return Some((whole.start(), whole.end(), Piece::Quoted(mark, quoted.as_str().to_owned())));
        }
        let after = text[whole.end()..].split_whitespace().next().unwrap_or_default();
        let printed = |quoted: &str| NAMED_THINGS.contains(&after) || !is_sample(quoted);
        if let Some(quoted) = quoted.filter(|quoted| printed(quoted.as_str())) {
            // A quoted name that the software itself prints; look again after it, for an apostrophe opens no quote.
            let is_word = quoted.as_str().bytes().all(|b| !b.is_ascii_whitespace());
            at = if is_word { whole.end() } else { quoted.start() };
            continue;
        }
        let quoted = quoted.map(|quoted| quoted.as_str().trim_matches(SLOT));
        let quoted = quoted.filter(|quoted| quoted.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_'));
        let shown = ["slot", "braces", "percent", "printf", "shell"].iter().find_map(|name| found.name(name));
        let name = shown.map(|shown| shown.as_str()).or(quoted);
        return Some((whole.start(), whole.end(), Piece::Wildcard(name.unwrap_or_default().to_owned())));
    }
    None
}

/// Whether quoted text stands for a value of its kind: `'filename'`, `'PackageId'`, `'PackageA'`, `'F:\a\b.dll'`.
fn is_sample(quoted: &str) -> bool {
    let text = quoted.trim_matches(SLOT);
    let unknown = matches!(text, "x" | "X" | "y" | "Y" | "z" | "Z" | "n" | "N");
    let left_out = unknown || text.len() >= 3 && text.bytes().all(|b| matches!(b, b'X' | b'x' | b'*' | b'_'));
    let marked = left_out || text.len() < quoted.len() || text.starts_with(['{', '<', '%', '$', '#']);
    if marked || VALUE.is_match(text) || begins_as_sample(text) {
        return true;
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return false;
    }
    // `PackageA`, `option1`: one of several.
    let stem = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let lettered = stem.strip_suffix(|c: char| c.is_ascii_uppercase()).filter(|stem| stem.len() >= 3);
    if lettered.is_some_and(|stem| stem.ends_with(|c: char| c.is_ascii_lowercase())) {
        return true;
    }
    // The last hump of a CamelCase or hyphenated name says what kind of thing it is. A name that begins in lower case
    // (`publicKey`) is somebody's property, not a kind.
    let hump = stem.rfind(|c: char| c.is_ascii_uppercase()).unwrap_or(0);
    let last = stem[hump..].rsplit(['-', '_']).next().unwrap_or_default().to_lowercase();
    let single = last.len() == stem.len();
    let kind = stem.starts_with(|c: char| c.is_ascii_uppercase()) || hump == 0;
    SAMPLE_NOUNS.contains(&last.as_str()) && kind || SAMPLE_ENDS.contains(&last.as_str()) && kind && !single
}

/// `MyProject`, `sample.dll`, `your-domain`.
fn begins_as_sample(text: &str) -> bool {
    let lower = text.to_lowercase();
    ["my", "your", "sample", "example", "foo", "some"].iter().any(|start| {
        let rest = lower.get(start.len()..).filter(|_| lower.starts_with(start));
        let new_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_lowercase());
        let new_hump =
            || text.get(start.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
        rest.is_some_and(new_word) || (rest.is_some() && new_hump())
    })
}

impl Builder {
    fn literal(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.pieces.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Literal(text.to_owned())),
        }
    }

    /// Adds a wildcard; punctuation alone between two of them belongs to the value.
    fn wildcard(&mut self, name: String) {
        if let [.., Piece::Wildcard(_), Piece::Literal(between)] = self.pieces.as_slice()
            && !between.contains(char::is_alphanumeric)
        {
            self.pieces.pop();
            return;
        }
        if !matches!(self.pieces.last(), Some(Piece::Wildcard(_))) {
            self.pieces.push(Piece::Wildcard(name));
        }
    }

    /// The template's source and its literal letters and digits; `None` when too little of it is literal.
    fn finish(mut self) -> Option<(usize, String)> {
        self.trim();
        let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
        let literals: Vec<&str> = self
            .pieces
            .iter()
            .filter_map(|piece| match piece {
                Piece::Literal(text) => Some(text.as_str()),
                Piece::Wildcard(_) | Piece::Quoted(..) => None,
            })
            .collect();
        let total: usize = literals.iter().map(|text| count(text)).sum();
        let longest = literals.iter().map(|text| count(text)).max().unwrap_or(0);
        if total < MIN_LITERAL || longest < MIN_PIECE || message::is_generic(&literals.join(" ")) {
            return None;
        }
        let mut source = String::new();
        let mut names: Vec<String> = Vec::new();
        for piece in &self.pieces {
            let (quote, hint) = match piece {
                Piece::Literal(text) => {
                    source.push_str(text);
                    continue;
                }
                Piece::Wildcard(hint) => (String::new(), hint),
                Piece::Quoted(mark, hint) => (mark.to_string(), hint),
            };
            let name = wildcard_name(hint, &names);
            let _ = write!(source, "{quote}{{{{{name}}}}}{quote}");
            names.push(name);
        }
        Some((total, source))
    }

    /// Takes wildcards and loose punctuation off the ends, where they recognise nothing.
    fn trim(&mut self) {
        let mut wildcards = self.pieces.iter().enumerate().filter(|(_, piece)| !matches!(piece, Piece::Literal(_)));
        if let Some((index, _)) = wildcards.nth(MAX_WILDCARDS) {
            self.pieces.truncate(index);
        }
        loop {
            match self.pieces.last_mut() {
                Some(Piece::Wildcard(_)) => {
                    self.pieces.pop();
                    if let Some(Piece::Literal(text)) = self.pieces.last_mut() {
                        *text = text
                            .trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '`' | '('))
                            .to_owned();
                    }
                }
                Some(Piece::Literal(text)) if !text.contains(char::is_alphanumeric) => {
                    self.pieces.pop();
                }
                Some(Piece::Literal(text)) => {
                    *text = text.trim_end().trim_end_matches(['.', ',', ';']).trim_end().to_owned();
                    break;
                }
                Some(Piece::Quoted(..)) => break,
                None => return,
            }
        }
        let first = self.pieces.iter().position(|piece| match piece {
            Piece::Literal(text) => text.contains(char::is_alphanumeric),
            Piece::Wildcard(_) => false,
            Piece::Quoted(..) => true,
        });
        self.pieces.drain(..first.unwrap_or(0));
        if let Some(Piece::Literal(text)) = self.pieces.first_mut() {
            *text = trim_opening(text).to_owned();
        }
    }
}

/// Text without the punctuation before its first word; a quote that closes again stays.
fn trim_opening(text: &str) -> &str {
    const LOOSE: &str = ".:,;-–→!>)]\"'`";
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || (LOOSE.contains(c) && !"\"'`".contains(c)));
    let Some(quote @ ('"' | '\'' | '`')) = text.chars().next() else { return text };
    if text[1..].contains(quote) {
        text
    } else {
        text.trim_start_matches(|c: char| c.is_whitespace() || LOOSE.contains(c))
    }
}

/// A name for a wildcard, after what the author wrote in its place and unlike the names before it.
fn wildcard_name(hint: &str, taken: &[String]) -> String {
    let hint: String = hint
        .trim()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' })
        .take(30)
        .collect();
    let name = match hint.trim_matches('_') {
        name if name.starts_with(|c: char| c.is_ascii_alphabetic()) => name,
        _ => "value",
    };
    if !taken.iter().any(|taken| taken == name) {
        return name.to_owned();
    }
    let free = (2..=MAX_WILDCARDS + 1).map(|number| format!("{name}_{number}")).find(|name| !taken.contains(name));
    free.unwrap_or_else(|| name.to_owned())
}
