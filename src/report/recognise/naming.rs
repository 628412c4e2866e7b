//! Which names are those of secrets.

use super::bytes::starts_with_ignore_case;
use super::tables::{KeyClass, SECRET_KEYS, TOKEN_CHECKS};

/// Longest name that is looked at, in bytes.
pub(super) const MAX_NAME: usize = 64;
/// How far before a name its first words may start: `client secret: …`.
pub(super) const MAX_WORDS_BEFORE: usize = 24;
/// How secret the value of a field is by the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedSecret {
    /// Whatever it is.
    Always,
    /// When it looks random: the name is used for harmless values too.
    WhenRandom,
}

/// Looks a field's name up: `client_secret`, `X-Api-Key`, `dbPassword`, `set-cookie`.
pub fn named_secret(name: &str) -> Option<NamedSecret> {
    classify(name).map(|class| if class == KeyClass::Weak { NamedSecret::WhenRandom } else { NamedSecret::Always })
}

/// A name without separators, in lower case, and where its words start.
struct Compact {
    letters: [u8; 128],
    len: usize,
    /// Bit `i`: a word starts at byte `i`.
    starts: u128,
}

impl Compact {
    fn new(name: &str) -> Self {
        let mut compact = Self { letters: [0; 128], len: 0, starts: 0 };
        let mut previous = ' ';
        for character in name.chars() {
            if character.is_alphanumeric() {
                let starts_word = !previous.is_alphanumeric()
                    || (previous.is_lowercase() && character.is_uppercase())
                    || previous.is_numeric() != character.is_numeric();
                if starts_word {
                    compact.starts |= 1 << compact.len;
                }
                for lower in character.to_lowercase() {
                    let width = lower.len_utf8();
                    if compact.len + width >= compact.letters.len() {
                        return compact;
                    }
                    lower.encode_utf8(&mut compact.letters[compact.len..]);
                    compact.len += width;
                }
            }
            previous = character;
        }
        compact
    }

    fn ends_with(&self, entry: &str) -> bool {
        let letters = &self.letters[..self.len];
        letters.ends_with(entry.as_bytes()) && (entry.len() >= 8 || self.starts & (1 << (self.len - entry.len())) != 0)
    }
}

/// Whether a name is that of a function that looks at a token. What a log has behind it is what came of that
/// (`verify_id_token: Token used too early`), and a token there is random.
pub(super) fn names_a_check(name: &str) -> bool {
    let function = name.rsplit('.').next().unwrap_or(name).trim_start_matches('_');
    let is_check = TOKEN_CHECKS.iter().any(|verb| {
        starts_with_ignore_case(function.as_bytes(), 0, verb)
            && function[verb.len()..].starts_with(|next: char| next == '_' || next.is_ascii_uppercase())
    });
    is_check && function.len() >= 5 && starts_with_ignore_case(function.as_bytes(), function.len() - 5, "token")
}

/// The class of the longest table entry that the name ends with.
pub(super) fn classify(name: &str) -> Option<KeyClass> {
    if !may_end_with_entry(name) {
        return None;
    }
    let tail = name.len().saturating_sub(MAX_NAME + MAX_WORDS_BEFORE);
    let tail = (tail..=name.len()).find(|&at| name.is_char_boundary(at))?;
    let compact = Compact::new(&name[tail..]);
    // Most names are none: their last byte tells most entries apart without a look at the rest.
    let last = compact.letters[compact.len.checked_sub(1)?];
    let mut left = ENTRIES_BY_LAST_BYTE[usize::from(last)];
    let mut longest: Option<&(&str, KeyClass)> = None;
    while left != 0 {
        let entry = &SECRET_KEYS[left.trailing_zeros() as usize];
        left &= left - 1;
        if compact.ends_with(entry.0) && longest.is_none_or(|longest| entry.0.len() >= longest.0.len()) {
            longest = Some(entry);
        }
    }
    longest.map(|&(_, class)| class)
}

/// Whether a name ends with the last two letters of some entry; most names do not, and then need no closer look.
fn may_end_with_entry(name: &str) -> bool {
    if !name.is_ascii() {
        return true;
    }
    let mut letters = name.bytes().rev().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase());
    let (Some(last), Some(before)) = (letters.next(), letters.next()) else { return false };
    LAST_TWO[usize::from(last & 31)] & (1 << (before & 31)) != 0
}

/// For the last letter of an entry of [`SECRET_KEYS`], by its lowest five bits, which letters stand before it, one bit
/// each.
static LAST_TWO: [u32; 32] = last_two();

const fn last_two() -> [u32; 32] {
    let (mut table, mut at) = ([0; 32], 0);
    while at < SECRET_KEYS.len() {
        let entry = SECRET_KEYS[at].0.as_bytes();
        table[(entry[entry.len() - 1] & 31) as usize] |= 1 << (entry[entry.len() - 2] & 31);
        at += 1;
    }
    table
}

/// For every byte which entries of [`SECRET_KEYS`] end with it, one bit each.
static ENTRIES_BY_LAST_BYTE: [u128; 256] = entries_by_last_byte();

const fn entries_by_last_byte() -> [u128; 256] {
    assert!(SECRET_KEYS.len() <= 128, "an entry is one bit of 128");
    let (mut table, mut at) = ([0; 256], 0);
    while at < SECRET_KEYS.len() {
        let entry = SECRET_KEYS[at].0.as_bytes();
        table[entry[entry.len() - 1] as usize] |= 1 << at;
        at += 1;
    }
    table
}
