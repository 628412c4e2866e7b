//! Templates matched without a regex engine.
//!
//! A template is literals and wildcards in turn. Matching finds its first literal, then for each wildcard the places
//! within reach where the next literal stands, trying the nearest first; a place from which the rest failed once is not
//! tried again, so the work is bounded by the number of pieces times the text within reach of the wildcards.

use std::collections::HashSet;

use borsh::{BorshDeserialize, BorshSerialize};

use super::literal::{Agreement, Literal, char_len};
use crate::article::{Template, TemplatePiece};
use crate::report::ByteSpan;

/// A template compiled for matching.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct TemplateMatcher {
    pieces: Vec<Piece>,
    literal_chars: usize,
}

#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
enum Piece {
    Literal(Literal),
    Wildcard { name: String, lines: bool },
}

/// A place where a template matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TemplateMatch {
    /// The whole match.
    pub(super) span: ByteSpan,
    /// What each wildcard spans, by name.
    pub(super) captures: Vec<(String, ByteSpan)>,
}

/// A template whose beginning stands at the end of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TemplateStart {
    /// From the template's first character to the end of the text.
    pub(super) span: ByteSpan,
    /// Share of the literal characters that were there, 0..1.
    pub(super) share: f64,
    /// The template's source that is missing, from where the text ended.
    pub(super) missing: String,
    /// The text ends inside a word, as a cut text does and a finished one does not.
    pub(super) inside_word: bool,
}

impl TemplateMatcher {
    /// Least literal characters that the beginning of a template must show to say anything: shorter beginnings are
    /// ordinary words.
    const MIN_START_CHARS: usize = 24;
    /// Least share of the literal characters that a beginning must show.
    const MIN_START_SHARE: f64 = 0.25;

    /// Compiles a template.
    pub(super) fn new(template: &Template) -> Self {
        let last = template.pieces.len().saturating_sub(1);
        let pieces: Vec<Piece> = template
            .pieces
            .iter()
            .enumerate()
            .map(|(index, piece)| match piece {
                TemplatePiece::Wildcard { name, lines } => Piece::Wildcard { name: name.clone(), lines: *lines },
                TemplatePiece::Literal(text) => {
                    let text = if index == 0 { text.trim_start() } else { text };
                    let text = if index == last { text.trim_end() } else { text };
                    Piece::Literal(Literal::new(text, template.ignore_case))
                }
            })
            .collect();
        let literal_chars = pieces.iter().map(Piece::literal_chars).sum();
        Self { pieces, literal_chars }
    }

    /// Literal characters, over all pieces.
    pub(super) fn literal_chars(&self) -> usize {
        self.literal_chars
    }

    /// The plain words of its literals; each stands in every text that matches.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(Piece::literal).flat_map(Literal::words)
    }

    /// The word with which the template starts; `None` when it starts with a wildcard.
    pub(super) fn first_word(&self) -> Option<&str> {
        self.pieces.first().and_then(Piece::literal).and_then(Literal::first_word)
    }

    /// The template character by character, `None` for a wildcard.
    pub(super) fn spelled(&self) -> Vec<Option<char>> {
        let mut spelled = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => spelled.extend(literal.to_string().chars().map(Some)),
                Piece::Wildcard { .. } => spelled.push(None),
            }
        }
        spelled
    }

    /// The first match that starts at or after `from`.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<TemplateMatch> {
        let (lead, first) = match self.pieces.as_slice() {
            [Piece::Wildcard { name, .. }, Piece::Literal(literal), ..] => (Some(name), literal),
            [Piece::Literal(literal), ..] => (None, literal),
            _ => return None,
        };
        let next_piece = if lead.is_some() { 2 } else { 1 };
        let mut failed = HashSet::new();
        let mut at = from;
        loop {
            let (start, end) = first.find(text, at, text.len())?;
            at = start + char_len(text, start);
            let before = lead.map(|name| (name, word_before(text, from, start)));
            if before.is_some_and(|(_, word)| word.is_empty()) {
                continue;
            }
            let mut captures = Vec::new();
            if let Some(end) = self.rest(text, next_piece, end, &mut captures, &mut failed) {
                captures.reverse();
                let mut start = start;
                if let Some((name, word)) = before {
                    captures.insert(0, (name.clone(), word));
                    start = word.start();
                }
                return Some(TemplateMatch { span: ByteSpan::new(start, end), captures });
            }
        }
    }

    /// Matches the pieces from `piece` on, from byte `at`; captures are pushed last to first. The recursion is as deep as
    /// the template has wildcards.
    fn rest(
        &self,
        text: &str,
        piece: usize,
        at: usize,
        captures: &mut Vec<(String, ByteSpan)>,
        failed: &mut HashSet<(usize, usize)>,
    ) -> Option<usize> {
        let Some(Piece::Wildcard { name, lines }) = self.pieces.get(piece) else { return Some(at) };
        if failed.contains(&(piece, at)) {
            return None;
        }
        let reach = wildcard_reach(text, at, *lines);
        let Some(Piece::Literal(next)) = self.pieces.get(piece + 1) else {
            // A wildcard at the end takes the rest of the line.
            let taken = text[at..reach].trim_end().len();
            if taken == 0 {
                failed.insert((piece, at));
                return None;
            }
            captures.push((name.clone(), ByteSpan::new(at, at + taken)));
            return Some(at + taken);
        };
        let mut from = at + char_len(text, at);
        while let Some((start, end)) = next.find(text, from, reach) {
            if let Some(end) = self.rest(text, piece + 2, end, captures, failed) {
                captures.push((name.clone(), ByteSpan::new(at, start)));
                return Some(end);
            }
            from = start + char_len(text, start);
        }
        failed.insert((piece, at));
        None
    }

    /// Whether `text` ends inside the template: from some place on, everything up to the end agrees with its beginning.
    /// Only the last `tail` bytes are searched.
    pub(super) fn start_at_end(&self, text: &str, tail: usize) -> Option<TemplateStart> {
        let Some(Piece::Literal(first)) = self.pieces.first() else { return None };
        let word = first.first_word()?;
        let mut at = text.floor_char_boundary(text.len().saturating_sub(tail));
        while let Some(offset) = memchr::memmem::find(&text.as_bytes()[at..], word.as_bytes()) {
            let start = at + offset;
            if let Some(found) = self.start_from(text, start) {
                return Some(found);
            }
            at = start + char_len(text, start);
        }
        None
    }

    fn start_from(&self, text: &str, start: usize) -> Option<TemplateStart> {
        let mut position = start;
        let mut shown = 0;
        let mut index = 0;
        while let Some(piece) = self.pieces.get(index) {
            match piece {
                Piece::Literal(literal) => match literal.agrees(text, position) {
                    Agreement::Whole(end) => {
                        position = end;
                        shown += literal.chars();
                    }
                    Agreement::TextEnded { chars, inside_word } => {
                        return self.started(text, start, shown + chars, inside_word);
                    }
                    Agreement::No => return None,
                },
                Piece::Wildcard { lines, .. } => {
                    let Some(Piece::Literal(next)) = self.pieces.get(index + 1) else { return None };
                    let reach = wildcard_reach(text, position, *lines);
                    let from = position + char_len(text, position);
                    match next.find(text, from, reach) {
                        Some((next_start, _)) => position = next_start,
                        None if reach < text.len() => return None,
                        // The text ends inside the wildcard, unless something stands there that could be the next
                        // literal and is not: then it is another message.
                        None => match next.first_start(text, from).map(|start| next.agrees(text, start)) {
                            None => return self.started(text, start, shown, false),
                            Some(Agreement::TextEnded { chars, inside_word }) => {
                                return self.started(text, start, shown + chars, inside_word);
                            }
                            Some(_) => return None,
                        },
                    }
                }
            }
            index += 1;
        }
        None
    }

    fn started(&self, text: &str, start: usize, shown: usize, inside_word: bool) -> Option<TemplateStart> {
        let share = shown as f64 / self.literal_chars.max(1) as f64;
        (shown >= Self::MIN_START_CHARS && share >= Self::MIN_START_SHARE).then(|| TemplateStart {
            span: ByteSpan::new(start, text.len()),
            share,
            missing: self.source_after(shown),
            inside_word,
        })
    }

    /// The template's text after its first `shown` literal characters, wildcards as `…`.
    fn source_after(&self, shown: usize) -> String {
        let mut left = shown;
        let mut missing = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => {
                    let text = literal.to_string();
                    let skip = left.min(literal.chars());
                    left -= skip;
                    missing.extend(text.chars().skip(skip));
                }
                Piece::Wildcard { .. } if left == 0 && !missing.is_empty() => missing.push('…'),
                Piece::Wildcard { .. } => {}
            }
        }
        missing
    }
}

impl Piece {
    fn literal(&self) -> Option<&Literal> {
        match self {
            Self::Literal(literal) => Some(literal),
            Self::Wildcard { .. } => None,
        }
    }

    fn literal_chars(&self) -> usize {
        self.literal().map_or(0, Literal::chars)
    }
}

/// The last byte at which a wildcard that starts at `at` may end: 256 characters on, or the line's end.
fn wildcard_reach(text: &str, at: usize, lines: bool) -> usize {
    let limit = Template::MAX_WILDCARD_CHARS as usize;
    text[at..]
        .char_indices()
        .enumerate()
        .find(|&(count, (_, c))| count == limit || (!lines && matches!(c, '\n' | '\r')))
        .map_or(text.len(), |(_, (offset, _))| at + offset)
}

/// The run without white space that ends at `end`, at most 256 characters, not before `from`.
fn word_before(text: &str, from: usize, end: usize) -> ByteSpan {
    let limit = Template::MAX_WILDCARD_CHARS as usize;
    let start = text[from..end]
        .char_indices()
        .rev()
        .take(limit)
        .take_while(|(_, c)| !c.is_whitespace())
        .last()
        .map_or(end, |(offset, _)| from + offset);
    ByteSpan::new(start, end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matcher(source: &str) -> TemplateMatcher {
        TemplateMatcher::new(&Template::parse(source, false).unwrap())
    }

    fn captures(source: &str, text: &str) -> Option<Vec<String>> {
        let found = matcher(source).find(text, 0)?;
        Some(found.captures.iter().map(|(_, span)| span.slice(text).to_owned()).collect())
    }

    #[test]
    fn wildcards_take_the_least_that_lets_the_rest_match() {
        let template = "Failed to read the '{{property}}' property from '{{type}}': Required";
        let text = "x Failed to read the 'a' property from 'B': Failed to read the 'name' property from 'C': Required";
        let nearest = vec!["a".into(), "B': Failed to read the 'name' property from 'C".into()];
        assert_eq!(captures(template, text), Some(nearest));
    }

    #[test]
    fn a_wildcard_stays_on_its_line_unless_it_may_cross() {
        assert_eq!(captures("from {{a}} to", "from x\ny to"), None);
        assert_eq!(captures("from {{a:lines}} to", "from x\ny to"), Some(vec!["x\ny".into()]));
        assert_eq!(captures("from {{a}} to", "from x\nto"), Some(vec!["x".into()]));
    }

    #[test]
    fn a_wildcard_at_an_edge_takes_a_word_before_or_the_rest_of_the_line() {
        assert_eq!(captures("{{file}} is read-only", "error: db.sqlite is read-only"), Some(vec!["db.sqlite".into()]));
        assert_eq!(captures("No module named {{module}}", "No module named 'x y' \nz"), Some(vec!["'x y'".into()]));
        assert_eq!(captures("{{file}}: gone", ": gone"), None);
    }

    #[test]
    fn a_wildcard_spans_at_most_256_characters() {
        assert!(captures("a {{x}} b", &format!("a {} b", "é".repeat(256))).is_some());
        assert!(captures("a {{x}} b", &format!("a {} b", "é".repeat(257))).is_none());
    }

    #[test]
    fn a_cut_text_shows_the_beginning_of_a_template_and_what_is_missing() {
        let found = matcher("Failed to read the '{{a}}' property from '{{b}}': Required member is undefined")
            .start_at_end("log: Failed to read the 'user' property from 'Crede", 4096)
            .unwrap();
        assert_eq!(found.span.start(), 5);
        assert_eq!(found.missing, "': Required member is undefined");
        assert!(found.share > 0.4 && found.share < 0.7);
        assert_eq!(matcher("Failed to read it").start_at_end("Failed to", 4096), None);
    }

    #[test]
    fn a_text_that_goes_on_differently_behind_a_wildcard_is_no_beginning() {
        let template = matcher("Access denied for user '{{user}}'@'{{host}}' (using password: YES)");
        assert!(template.start_at_end("Access denied for user 'app'@'10.0", 4096).is_some());
        assert!(template.start_at_end("Access denied for user 'app'@'10.0.0.7' (using pas", 4096).is_some());
        assert!(template.start_at_end("Access denied for user 'app'@'%' to database 'shop", 4096).is_none());
        assert!(template.start_at_end("Access denied for user 'app'@'10.0.0.7' (using password: NO", 4096).is_none());
    }

    /// The same template as a regular expression, for comparison.
    fn as_regex(template: &Template) -> regex::Regex {
        let mut pattern = String::new();
        for piece in &template.pieces {
            match piece {
                TemplatePiece::Literal(text) => {
                    for word in text.split_inclusive(' ') {
                        pattern.push_str(&regex::escape(word.trim_end_matches(' ')));
                        if word.ends_with(' ') {
                            pattern.push_str(r"\s+");
                        }
                    }
                }
                TemplatePiece::Wildcard { lines: true, .. } => pattern.push_str("(?s:.{1,256}?)"),
                TemplatePiece::Wildcard { lines: false, .. } => pattern.push_str(r"[^\r\n]{1,256}?"),
            }
        }
        regex::RegexBuilder::new(&pattern).size_limit(1 << 26).build().unwrap()
    }

    proptest! {
        #[test]
        fn a_template_between_literals_matches_where_its_regex_does(
            words in prop::collection::vec("[ab]{1,2}", 2..4),
            text in "[ab \n]{0,60}",
        ) {
            let source = words.iter().enumerate().fold(String::new(), |s, (i, w)| {
                if i == 0 { w.clone() } else { format!("{s}{{{{w{i}}}}}{w}") }
            });
            let template = Template::parse(&source, false).unwrap();
            let ours = TemplateMatcher::new(&template).find(&text, 0).map(|m| (m.span.start(), m.span.end()));
            let theirs = as_regex(&template).find(&text).map(|m| (m.start(), m.end()));
            prop_assert_eq!(ours, theirs);
        }
    }
}
