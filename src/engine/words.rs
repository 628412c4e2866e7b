//! Words and phrases of a text, for retrieval.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::LazyLock;

use crate::report::ByteSpan;

/// Longest phrase, in words.
pub(super) const MAX_PHRASE: usize = 4;

/// A hashed word or phrase.
pub(super) type Gram = u64;

/// A map by word or phrase.
pub(super) type GramMap<V> = HashMap<Gram, V, BuildHasherDefault<AlreadyHashed>>;
/// A set of words and phrases.
pub(super) type GramSet = HashSet<Gram, BuildHasherDefault<AlreadyHashed>>;

/// Takes a [`Gram`] as its own hash: it is one, under a key that nobody outside knows.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never taken: grams are written as one number. Kept correct all the same.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, gram: u64) {
        self.0 = gram;
    }
}

/// One random key a process, so that nobody can aim texts at one bucket of the index.
static HASHER: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// A word and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) hash: Gram,
    pub(super) span: ByteSpan,
    /// Letters and digits mixed, or upper case with an underscore: a code or identifier rather than prose.
    pub(super) code_like: bool,
}

/// The words of a text in order: runs of letters, digits and underscores in lower case. Numbers that name nothing (one or
/// two digits, or more than five) are left out, so that positions, counts and times do not look like shared content.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut lower = String::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        if c.is_alphanumeric() || c == '_' {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            let run = &text[from..at];
            if is_content(run) {
                lower.clear();
                lower.extend(run.chars().flat_map(char::to_lowercase));
                let hash = HASHER.hash_one(lower.as_str());
                words.push(Word { hash, span: ByteSpan::new(from, at), code_like: is_code_like(run) });
            }
        }
    }
    words
}

fn is_content(run: &str) -> bool {
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    if digits == run.len() { (3..=5).contains(&digits) } else { run.len() > 1 && run.len() <= 80 }
}

fn is_code_like(run: &str) -> bool {
    let digits = run.bytes().any(|b| b.is_ascii_digit());
    let letters = run.bytes().filter(u8::is_ascii_alphabetic).count();
    let shouts = run.len() > 4 && run.contains('_') && !run.bytes().any(|b| b.is_ascii_lowercase());
    (digits && letters > 0 && run.len() >= 4 && run.len() <= 24) || shouts
}

/// The phrase made of consecutive words.
pub(super) fn phrase(words: &[Word]) -> Gram {
    match words {
        [word] => word.hash,
        _ => words.iter().fold(words.len() as u64, |hash, word| {
            // FNV's multiplier spreads the already random word hashes; order counts.
            (hash.rotate_left(13) ^ word.hash).wrapping_mul(0x0000_0100_0000_01b3)
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<&str> {
        words(text).iter().map(|word| word.span.slice(text)).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_and_counts_are_no_content() {
        assert_eq!(
            shown("Error 42P01 at 7, line 1234567: Größe_x 404"),
            ["Error", "42P01", "at", "line", "Größe_x", "404"]
        );
    }

    #[test]
    fn the_order_of_words_makes_the_phrase() {
        let forth = words("alpha beta");
        let back = words("beta alpha");
        assert_ne!(phrase(&forth), phrase(&back));
        assert_eq!(phrase(&forth), phrase(&words("Alpha, BETA")));
    }
}
