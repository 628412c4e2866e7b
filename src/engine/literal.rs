//! Literal text of a template, compared up to the forms in which people and programs re-type it.
//!
//! A literal is cut into atoms: plain text that must stand as it is, and single characters that have look-alikes
//! (white space, quotes, dashes, the ellipsis). Mail programs, word processors and chat clients swap these freely, so a
//! signature matches any of their forms.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

/// A piece of a [`Literal`].
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
enum Atom {
    /// Text without white space, quotes, dashes or ellipses.
    Text(String),
    /// One or more white space characters.
    Space,
    /// A single quote in any form.
    SingleQuote,
    /// A double quote in any form.
    DoubleQuote,
    /// A hyphen or dash.
    Dash,
    /// Three dots or the ellipsis character.
    Ellipsis,
}

/// Literal text compiled for comparison.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Literal {
    atoms: Vec<Atom>,
    ignore_case: bool,
    chars: usize,
}

/// How far a literal agrees with a text from some position on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    /// Wholly; the byte after its last.
    Whole(usize),
    /// The text ended first.
    TextEnded {
        /// Characters of the literal that it showed.
        chars: usize,
        /// It ended inside a word of the literal, as a cut text does and a finished one does not.
        inside_word: bool,
    },
    /// They differ.
    No,
}

impl Literal {
    /// Compiles literal text.
    pub(super) fn new(source: &str, ignore_case: bool) -> Self {
        let mut atoms = Vec::new();
        let mut text = String::new();
        let mut rest = source.chars().peekable();
        while let Some(c) = rest.next() {
            let atom = if c.is_whitespace() {
                while rest.next_if(|next| next.is_whitespace()).is_some() {}
                Atom::Space
            } else if is_single_quote(c) {
                Atom::SingleQuote
            } else if is_double_quote(c) {
                Atom::DoubleQuote
            } else if is_dash(c) {
                Atom::Dash
            } else if c == '…' {
                Atom::Ellipsis
            } else if c == '.' && rest.peek() == Some(&'.') {
                let mut dots = 1;
                while rest.next_if_eq(&'.').is_some() {
                    dots += 1;
                }
                if dots == 3 {
                    Atom::Ellipsis
                } else {
                    text.extend(std::iter::repeat_n('.', dots));
                    continue;
                }
            } else {
                text.push(c);
                continue;
            };
            if !text.is_empty() {
                atoms.push(Atom::Text(std::mem::take(&mut text)));
            }
            atoms.push(atom);
        }
        if !text.is_empty() {
            atoms.push(Atom::Text(text));
        }
        let chars = atoms.iter().map(Atom::chars).sum();
        Self { atoms, ignore_case, chars }
    }

    /// Length in characters, a run of white space counted once.
    pub(super) fn chars(&self) -> usize {
        self.chars
    }

    /// The plain pieces of text in it, each of which stands in every text that the literal matches.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.atoms.iter().filter_map(|atom| match atom {
            Atom::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// The first piece of plain text.
    pub(super) fn first_word(&self) -> Option<&str> {
        self.words().next()
    }

    /// Compares the literal with `text` from byte `at` on.
    pub(super) fn agrees(&self, text: &str, at: usize) -> Agreement {
        let mut position = at;
        let mut matched = 0;
        for atom in &self.atoms {
            match atom.agrees(text, position, self.ignore_case) {
                Agreement::Whole(end) => position = end,
                Agreement::TextEnded { chars, inside_word } => {
                    return Agreement::TextEnded { chars: matched + chars, inside_word };
                }
                Agreement::No => return Agreement::No,
            }
            matched += atom.chars();
        }
        Agreement::Whole(position)
    }

    /// The first place at or after `from`, starting before or at `last_start`, where the literal stands whole.
    pub(super) fn find(&self, text: &str, from: usize, last_start: usize) -> Option<(usize, usize)> {
        let mut at = from;
        while at <= last_start {
            at = self.first_start(text, at)?;
            if at > last_start {
                return None;
            }
            if let Agreement::Whole(end) = self.agrees(text, at) {
                return Some((at, end));
            }
            at += char_len(text, at);
        }
        None
    }

    /// The next byte at or after `from` where the first atom could start.
    pub(super) fn first_start(&self, text: &str, from: usize) -> Option<usize> {
        let rest = text.get(from..)?;
        let found = match self.atoms.first()? {
            Atom::Text(word) if self.ignore_case => {
                let first = word.chars().next()?;
                if let Ok(first) = u8::try_from(first)
                    && first.is_ascii()
                {
                    memchr::memchr2(first.to_ascii_lowercase(), first.to_ascii_uppercase(), rest.as_bytes())
                } else {
                    rest.char_indices().find(|&(_, c)| same_letter(c, first)).map(|(i, _)| i)
                }
            }
            Atom::Text(word) => memchr::memmem::find(rest.as_bytes(), word.as_bytes()),
            Atom::Space => rest.char_indices().find(|(_, c)| c.is_whitespace()).map(|(i, _)| i),
            Atom::SingleQuote => rest.char_indices().find(|&(_, c)| is_single_quote(c)).map(|(i, _)| i),
            Atom::DoubleQuote => rest.char_indices().find(|&(_, c)| is_double_quote(c)).map(|(i, _)| i),
            Atom::Dash => rest.char_indices().find(|&(_, c)| is_dash(c)).map(|(i, _)| i),
            Atom::Ellipsis => rest.char_indices().find(|&(_, c)| c == '…' || c == '.').map(|(i, _)| i),
        };
        found.map(|offset| from + offset)
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.atoms.iter().try_for_each(|atom| match atom {
            Atom::Text(text) => f.write_str(text),
            Atom::Space => f.write_str(" "),
            Atom::SingleQuote => f.write_str("'"),
            Atom::DoubleQuote => f.write_str("\""),
            Atom::Dash => f.write_str("-"),
            Atom::Ellipsis => f.write_str("…"),
        })
    }
}

impl Atom {
    fn chars(&self) -> usize {
        match self {
            Self::Text(text) => text.chars().count(),
            _ => 1,
        }
    }

    fn agrees(&self, text: &str, at: usize, ignore_case: bool) -> Agreement {
        let rest = text.get(at..).unwrap_or("");
        let Some(first) = rest.chars().next() else { return ended(0) };
        let one = |holds: bool| if holds { Agreement::Whole(at + first.len_utf8()) } else { Agreement::No };
        match self {
            Self::Text(word) if ignore_case => agrees_ignoring_case(word, rest, at),
            Self::Text(word) if rest.starts_with(word.as_str()) => Agreement::Whole(at + word.len()),
            Self::Text(word) if word.starts_with(rest) => ended(rest.chars().count()),
            Self::Text(_) => Agreement::No,
            Self::Space => {
                let run = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
                if run == 0 { Agreement::No } else { Agreement::Whole(at + run) }
            }
            Self::SingleQuote => one(is_single_quote(first)),
            Self::DoubleQuote => one(is_double_quote(first)),
            Self::Dash => one(is_dash(first)),
            Self::Ellipsis if rest.starts_with("...") => Agreement::Whole(at + 3),
            Self::Ellipsis => one(first == '…'),
        }
    }
}

/// The text ended after so many characters of a word.
fn ended(chars: usize) -> Agreement {
    Agreement::TextEnded { chars, inside_word: chars > 0 }
}

fn agrees_ignoring_case(word: &str, rest: &str, at: usize) -> Agreement {
    let mut have = rest.char_indices();
    for (matched, want) in word.chars().enumerate() {
        match have.next() {
            None => return ended(matched),
            Some((_, c)) if !same_letter(c, want) => return Agreement::No,
            Some(_) => {}
        }
    }
    Agreement::Whole(at + have.next().map_or(rest.len(), |(offset, _)| offset))
}

fn same_letter(a: char, b: char) -> bool {
    a == b || a.eq_ignore_ascii_case(&b) || (!a.is_ascii() && !b.is_ascii() && a.to_lowercase().eq(b.to_lowercase()))
}

/// Length in bytes of the character that starts at `at`; 1 at the end of the text.
pub(super) fn char_len(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}

// Look-alikes as in Unicode's confusables for U+0027, U+0022 and U+002D, limited to what editors and mail programs put in
// their place.
fn is_single_quote(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | 'ʼ' | '‘' | '’' | '‚' | '‛' | '′' | '‵' | '＇')
}

fn is_double_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '‟' | '″' | '‶' | '«' | '»' | '＂')
}

fn is_dash(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '‒' | '–' | '—' | '−' | '－')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(literal: &str, text: &str) -> bool {
        Literal::new(literal, false).agrees(text, 0) == Agreement::Whole(text.len())
    }

    #[test]
    fn retyped_forms_of_spaces_quotes_dashes_and_ellipses_agree() {
        assert!(whole("the 'name'  property...", "the\u{a0}‘name’\n property…"));
        assert!(whole("a \"b\" - c", "a “b” – c"));
        assert!(!whole("the 'name'", "the \"name\""));
        assert!(!whole("ab", "a b"));
    }

    #[test]
    fn a_text_that_ends_early_says_how_much_of_the_literal_it_showed() {
        let literal = Literal::new("relation \"users\" does not exist", false);
        assert_eq!(literal.agrees("relation \"us", 0), Agreement::TextEnded { chars: 12, inside_word: true });
        assert_eq!(literal.agrees("relation \"ux", 0), Agreement::No);
    }

    #[test]
    fn letter_case_counts_unless_told_otherwise() {
        assert_eq!(Literal::new("ÄRGER", true).agrees("ärger!", 0), Agreement::Whole(6));
        assert_eq!(Literal::new("Error", false).agrees("error", 0), Agreement::No);
        assert_eq!(Literal::new("Error", true).find("an eRror", 0, 8), Some((3, 8)));
    }

    #[test]
    fn a_search_finds_the_first_place_within_its_bounds() {
        let literal = Literal::new(" failed", false);
        assert_eq!(literal.find("x failed, y failed", 0, 20), Some((1, 8)));
        assert_eq!(literal.find("x failed, y failed", 2, 20), Some((11, 18)));
        assert_eq!(literal.find("x failed, y failed", 2, 5), None);
    }
}
