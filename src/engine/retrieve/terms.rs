//! Terms of a text: what articles and reports are compared by.
//!
//! A token is a word (stemmed), an error code, an identifier or a number. Identifiers count whole and by their parts
//! (`PrometheusRemoteWriteBehind`, `max_locks_per_transaction`), numbers only where they may name something: three to
//! five digits. Words and short phrases that mean the same in error messages also count as a shared concept, see
//! [`Lexicon`](super::lexicon::Lexicon).

use std::collections::HashMap;
use std::hash::{BuildHasher as _, BuildHasherDefault, Hasher, RandomState};
use std::sync::OnceLock;

use borsh::{BorshDeserialize, BorshSerialize};
use siphasher::sip::SipHasher13;

use super::stem::stem;
use crate::report::ByteSpan;

/// A hashed term.
pub(in crate::engine) type TermHash = u64;

/// A map by term.
pub(in crate::engine) type TermMap<V> = HashMap<TermHash, V, BuildHasherDefault<AlreadyHashed>>;

/// Takes a [`TermHash`] as its own hash: it is one, under a key that nobody outside knows.
#[derive(Debug, Default, Clone, Copy)]
pub(in crate::engine) struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never taken: terms are written as one number. Kept correct all the same.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, term: u64) {
        self.0 = term;
    }
}

/// The key of all hashes in a process, random so that nobody can aim texts at one bucket of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct TermKey(u64, u64);

static KEY: OnceLock<TermKey> = OnceLock::new();

impl TermKey {
    /// The key of this process.
    pub(in crate::engine) fn current() -> Self {
        *KEY.get_or_init(|| {
            // The standard library's keys are random, though hidden; what it hashes to with them is as random.
            let random = RandomState::new();
            Self(random.hash_one(0), random.hash_one(1))
        })
    }

    /// Makes this the key of the process, so that an index that was made with it can be used; says whether it is, which
    /// it cannot be once something was hashed with another.
    pub(in crate::engine) fn adopt(self) -> bool {
        *KEY.get_or_init(|| self) == self
    }
}

/// Longest run of letters and digits that is a term, in bytes; longer ones are data.
const MAX_TOKEN: usize = 80;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::engine) enum TokenKind {
    /// A word of prose, stemmed.
    Word,
    /// Letters and digits mixed, such as `NU1605`, `42P01`, `0x80070005`.
    Code,
    /// A compound name: `kubePodNotReady`, `ERR_PNPM_PEER_DEP_ISSUES`, `pg_hba`.
    Name,
    /// A number of three to five digits.
    Number,
}

/// A token and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Token {
    pub(in crate::engine) term: TermHash,
    pub(in crate::engine) kind: TokenKind,
    pub(in crate::engine) start: u32,
    pub(in crate::engine) end: u32,
}

impl Token {
    pub(in crate::engine) fn span(self) -> ByteSpan {
        ByteSpan::new(self.start as usize, self.end as usize)
    }

    /// Whether it names an error or a thing rather than describing it.
    pub(in crate::engine) fn names(self) -> bool {
        matches!(self.kind, TokenKind::Code | TokenKind::Name)
    }
}

/// A term of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct MessageWord {
    pub(in crate::engine) term: TermHash,
    /// Whether it names something, as codes and compound names do.
    pub(in crate::engine) names: bool,
    /// Whether it is what words mean, not a word.
    pub(in crate::engine) meaning: bool,
}

impl MessageWord {
    pub(in crate::engine) fn of(token: Token) -> Self {
        Self { term: token.term, names: token.names(), meaning: false }
    }

    pub(in crate::engine) fn part(term: TermHash) -> Self {
        Self { term, names: false, meaning: false }
    }

    pub(in crate::engine) fn meaning(term: TermHash) -> Self {
        Self { term, names: false, meaning: true }
    }
}

/// Hash of a term as written here: lower case, stemmed where it is a word.
pub(in crate::engine) fn hash(term: &str) -> TermHash {
    let TermKey(first, second) = TermKey::current();
    SipHasher13::new_with_keys(first, second).hash(term.as_bytes())
}

/// The term made of two that follow each other.
pub(in crate::engine) fn pair(first: TermHash, second: TermHash) -> TermHash {
    // FNV's multiplier spreads the already random hashes; order counts.
    (first.rotate_left(13) ^ second).wrapping_mul(0x0000_0100_0000_01b3)
}

/// Calls `visit` with every token of a text, in order. `parts` hears the parts of compound names.
pub(in crate::engine) fn each_token(text: &str, mut visit: impl FnMut(Token), mut parts: impl FnMut(Token)) {
    let mut lower = String::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain(std::iter::once((text.len(), ' '))) {
        if is_wide(c) {
            if let Some(from) = start.take() {
                read_run(text, from, at, &mut lower, &mut visit, &mut parts);
            }
            read_wide(text, at, c, &mut visit);
        } else if c.is_alphanumeric() || c == '_' || (start.is_some() && is_negation(text, at)) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            read_run(text, from, at, &mut lower, &mut visit, &mut parts);
        }
    }
}

/// The tokens of a text without the parts of names.
pub(in crate::engine) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    each_token(text, |token| tokens.push(token), |_| ());
    tokens
}

/// Han, kana and hangul are written without spaces: every character with its successor is a term.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Whether the apostrophe of `can't` or `doesn’t` stands here.
fn is_negation(text: &str, at: usize) -> bool {
    let rest = text[at..].strip_prefix(['\'', '’']);
    text[..at].ends_with(['n', 'N'])
        && rest
            .and_then(|rest| rest.strip_prefix(['t', 'T']))
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

fn read_wide(text: &str, at: usize, c: char, visit: &mut impl FnMut(Token)) {
    let first = at + c.len_utf8();
    let Some(next) = text[first..].chars().next().filter(|&next| is_wide(next)) else { return };
    let end = first + next.len_utf8();
    visit(token(hash(&text[at..end]), TokenKind::Word, at, end));
}

fn token(term: TermHash, kind: TokenKind, start: usize, end: usize) -> Token {
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Token { term, kind, start: narrow(start), end: narrow(end) }
}

fn read_run(
    text: &str,
    from: usize,
    to: usize,
    lower: &mut String,
    visit: &mut impl FnMut(Token),
    parts: &mut impl FnMut(Token),
) {
    let run = &text[from..to];
    let trimmed = run.trim_matches('_');
    let (from, run) = (from + (run.len() - run.trim_start_matches('_').len()), trimmed);
    if run.is_empty() || run.len() > MAX_TOKEN {
        return;
    }
    if run.contains(['\'', '’']) {
        // "cannot" is a word of its own; of "doesn't" and its like the "not" counts.
        let word = if run.to_lowercase().starts_with("can") { "cannot" } else { "not" };
        visit(token(hash(word), TokenKind::Word, from, from + run.len()));
        return;
    }
    let Some(kind) = kind_of(run) else { return };
    lowered(run, lower);
    let term = if kind == TokenKind::Word { hash(stem(lower)) } else { hash(lower) };
    visit(token(term, kind, from, from + run.len()));
    if kind == TokenKind::Name {
        each_part(run, |start, end| {
            let part = &run[start..end];
            if part.chars().filter(|c| c.is_alphabetic()).count() >= 2 {
                lowered(part, lower);
                parts(token(hash(stem(lower)), TokenKind::Word, from + start, from + end));
            }
        });
    }
}

fn lowered(run: &str, lower: &mut String) {
    lower.clear();
    if run.is_ascii() {
        lower.push_str(run);
        lower.make_ascii_lowercase();
    } else {
        lower.extend(run.chars().flat_map(char::to_lowercase));
    }
}

fn kind_of(run: &str) -> Option<TokenKind> {
    let bytes = run.as_bytes();
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if digits == run.len() {
        return (3..=5).contains(&digits).then_some(TokenKind::Number);
    }
    if run.len() == 1 {
        return None;
    }
    if bytes.contains(&b'_') {
        return Some(TokenKind::Name);
    }
    let lower = bytes.iter().any(u8::is_ascii_lowercase);
    let humps = bytes.windows(2).filter(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()).count();
    if humps > 0 {
        return Some(TokenKind::Name);
    }
    // A code is short and ends or starts with digits: `E0382`, `2fa1b3…` of 16 digits is data.
    Some(match digits {
        0 => TokenKind::Word,
        _ if run.len() <= 12 && (digits >= 2 || !lower) => TokenKind::Code,
        _ if run.len() <= 24 => TokenKind::Word,
        _ => return None,
    })
}

/// The stretches of a compound name between underscores, humps and digits.
fn each_part(run: &str, mut visit: impl FnMut(usize, usize)) {
    let bytes = run.as_bytes();
    let mut start = 0;
    for at in 1..=bytes.len() {
        let ends = at == bytes.len() || {
            let (before, here) = (bytes[at - 1], bytes[at]);
            let hump = before.is_ascii_lowercase() && here.is_ascii_uppercase();
            let last_capital = before.is_ascii_uppercase()
                && here.is_ascii_uppercase()
                && bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
            before == b'_' || here == b'_' || hump || last_capital
        };
        if ends {
            if bytes[start] != b'_' && at > start && run.is_char_boundary(start) && run.is_char_boundary(at) {
                visit(start, at);
            }
            start = at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(&str, TokenKind)> {
        tokens(text).into_iter().map(|token| (token.span().slice(text), token.kind)).collect()
    }

    #[test]
    fn words_codes_names_and_numbers_are_told_apart() {
        use TokenKind::{Code, Name, Number, Word};
        assert_eq!(
            shown("error NU1605 at 7, KubePodNotReady, ERR_X_Y __init__ 404 1234567 Größe"),
            [
                ("error", Word),
                ("NU1605", Code),
                ("at", Word),
                ("KubePodNotReady", Name),
                ("ERR_X_Y", Name),
                ("init", Word),
                ("404", Number),
                ("Größe", Word)
            ]
        );
    }

    #[test]
    fn a_name_also_gives_its_parts() {
        let mut parts = Vec::new();
        let text = "getHTTPStatus_code2 plain";
        each_token(text, |_| (), |token| parts.push(token.span().slice(text)));
        assert_eq!(parts, ["get", "HTTP", "Status", "code2"]);
    }

    #[test]
    fn forms_of_one_word_are_one_term_and_order_makes_the_pair() {
        let term = |text: &str| tokens(text)[0].term;
        assert_eq!(term("packages"), term("Package"));
        assert_ne!(pair(term("alpha"), term("beta")), pair(term("beta"), term("alpha")));
    }
}
