//! Wordings that mean the same: tables of public standards and a thesaurus of error language.
//!
//! Each line of the tables is one concept with the forms in which software and people say it. Where a form stands in an
//! article or a report, the concept counts as a term of its own, so that "the folder is not writable" and "EROFS" share
//! one. The tables are data files beside this module; each names its source.

use std::sync::LazyLock;

use super::terms::{TermHash, TermMap, Token, hash, tokens};

/// Longest form, in tokens.
const MAX_FORM: usize = 8;

const TABLES: &[&str] = &[
    include_str!("lexicon/browser.tsv"),
    include_str!("lexicon/containers.tsv"),
    include_str!("lexicon/errno.tsv"),
    include_str!("lexicon/http.tsv"),
    include_str!("lexicon/identity.tsv"),
    include_str!("lexicon/network.tsv"),
    include_str!("lexicon/signals.tsv"),
    include_str!("lexicon/sqlstate.tsv"),
    include_str!("lexicon/storage.tsv"),
    include_str!("lexicon/thesaurus.tsv"),
    include_str!("lexicon/tls.tsv"),
    include_str!("lexicon/translations.tsv"),
    include_str!("lexicon/windows.tsv"),
];

const EVERYDAY: &str = include_str!("lexicon/everyday.txt");
/// Most rarity that a function word and a word of everyday talk can have, as a share of that of an unknown word.
const FUNCTION_RARITY: f32 = 0.02;
const TALK_RARITY: f32 = 0.18;

/// The forms of all concepts, by their first token, and what everyday words can say at most.
#[derive(Debug, Default)]
pub(in crate::engine) struct Lexicon {
    forms: TermMap<Vec<Form>>,
    everyday: TermMap<f32>,
}

/// One wording of a concept.
#[derive(Debug)]
struct Form {
    rest: Vec<TermHash>,
    concept: TermHash,
}

/// A concept and the tokens that say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Said {
    pub(in crate::engine) concept: TermHash,
    /// Position of the first token.
    pub(in crate::engine) first: usize,
    /// Number of tokens.
    pub(in crate::engine) length: usize,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(TABLES, EVERYDAY));
static WITHOUT_MEANINGS: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::parse(&[], EVERYDAY));

impl Lexicon {
    /// The tables that come with the program.
    pub(in crate::engine) fn without_meanings() -> &'static Self {
        &WITHOUT_MEANINGS
    }

    pub(in crate::engine) fn builtin() -> &'static Self {
        &LEXICON
    }

    /// What a term says at most, as a share of what an unknown word says; 1 for all but everyday words.
    pub(in crate::engine) fn most_rarity(&self, term: TermHash) -> f32 {
        self.everyday.get(&term).copied().unwrap_or(1.0)
    }

    fn parse(tables: &[&str], everyday: &str) -> Self {
        let mut lexicon = Self::default();
        let mut most = FUNCTION_RARITY;
        for line in everyday.lines().filter(|line| !line.starts_with('#')) {
            if line == "[talk]" {
                most = TALK_RARITY;
            }
            for token in tokens(line) {
                lexicon.everyday.entry(token.term).or_insert(most);
            }
        }
        for line in tables.iter().flat_map(|table| table.lines()) {
            let Some((concept, forms)) = line.split_once('\t').filter(|_| !line.starts_with('#')) else { continue };
            let concept = hash(&format!("#{}", concept.trim()));
            for form in forms.split('|') {
                lexicon.add(form.trim(), concept);
            }
        }
        // The longest form is tried first.
        lexicon.forms.values_mut().for_each(|forms| forms.sort_by_key(|form| std::cmp::Reverse(form.rest.len())));
        lexicon
    }

    fn add(&mut self, form: &str, concept: TermHash) {
        let tokens = tokens(form);
        // A form that loses a word, such as a number of one digit, would say less than it should.
        let words =
            form.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '\'')).filter(|w| !w.is_empty()).count();
        let Some((first, rest)) = tokens.split_first() else { return };
        if rest.len() >= MAX_FORM || (form.is_ascii() && tokens.len() < words) {
            return;
        }
        let rest: Vec<TermHash> = rest.iter().map(|token| token.term).collect();
        // A compound name stands in a text with its capitals and is not stemmed there.
        let written = hash(form);
        if rest.is_empty() && written != first.term {
            self.forms.entry(written).or_default().push(Form { rest: Vec::new(), concept });
        }
        self.forms.entry(first.term).or_default().push(Form { rest, concept });
    }

    /// Calls `visit` with every concept that the tokens say: of forms inside one another the longest.
    pub(in crate::engine) fn each_concept(&self, tokens: &[Token], mut visit: impl FnMut(Said)) {
        if self.forms.is_empty() {
            return;
        }
        let mut end = 0;
        for (first, token) in tokens.iter().enumerate() {
            let Some(forms) = self.forms.get(&token.term) else { continue };
            let mut longest = 0;
            for form in forms {
                let length = 1 + form.rest.len();
                // A form inside a longer one that was said is not meant: `unavailable` in `service unavailable`.
                if length < longest || first + length <= end {
                    break;
                }
                let following = tokens.get(first + 1..first + length);
                if following.is_some_and(|following| following.iter().map(|t| t.term).eq(form.rest.iter().copied())) {
                    longest = length;
                    visit(Said { concept: form.concept, first, length });
                }
            }
            end = end.max(first + longest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_concept_says_it() {
        let lexicon =
            Lexicon::parse(&["# source\nerrno.erofs\terofs | read only file system | folder is not writable\n"], "");
        let said = |text: &str| {
            let mut found = Vec::new();
            lexicon.each_concept(&tokens(text), |said| found.push((said.first, said.length)));
            found
        };
        assert_eq!(said("EROFS: Read-only file system, mkdir"), [(0, 1), (1, 4)]);
        assert_eq!(said("The folders is not writable"), [(1, 4)]);
        assert_eq!(said("read the file"), []);
    }
}
