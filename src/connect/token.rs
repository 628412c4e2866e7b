//! Signed values of feedback buttons and links: `v1.<report>.<article>.<say>.<signature>`.
//!
//! A value says of one article in one answer that it helped, that it did not, or that it is the one of several
//! candidates. Whoever holds it can say that and nothing else, so it may travel through any platform. It is at most
//! [`MAX_BYTES`] long, which the narrowest platform takes, and holds no character that an address would escape.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use ulid::Ulid;

use super::dialect::Votes;
use crate::article::Slug;

/// Longest value, in bytes: what Telegram takes as `callback_data`.
pub const MAX_BYTES: usize = 64;
/// How long a value holds unless the settings say otherwise.
pub const DEFAULT_AGE: Duration = Duration::from_hours(30 * 24);

/// What every value starts with.
const VERSION: &str = "v1";
/// Longest article key, in bytes.
const KEY_BYTES: usize = 20;
/// First character of a key that stands for a longer identifier; no identifier has it.
const SHORTENED: char = '_';
/// Bytes of the signature.
const TAG_BYTES: usize = 8;
/// Least bytes of a server key.
const LEAST_SECRET: usize = 16;
/// Signed before the value, so that a signature of anything else made with the same key does not pass.
const PURPOSE: &[u8] = b"kbmatch feedback\0";

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// The article solved the problem.
    Helped,
    /// It did not.
    DidNotHelp,
    /// Of several candidates it is this one.
    Chosen,
}

/// A value whose signature held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The report that was answered.
    pub report: Ulid,
    /// The article.
    pub article: ArticleKey,
    /// What is said of it.
    pub say: Say,
}

/// Names an article in a value: its identifier, or a stable stand-in where that is too long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ArticleKey(String);

/// Why a value is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was not made here, or was changed.
    #[error("this feedback value was not made by this server, or was changed on its way; copy it whole")]
    Forged,
    /// Its time is over.
    #[error("this feedback value has expired; ask again and use the buttons of the new answer")]
    Expired,
}

/// A secret that is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a signing key needs at least {LEAST_SECRET} bytes; `openssl rand -hex 32` makes one")]
pub struct ShortKey;

/// Makes and checks values with the server's key.
#[derive(Clone)]
pub struct Signer {
    key: [u8; 32],
    age: Duration,
}

impl Signer {
    /// A signer whose values hold for `age`.
    pub fn new(secret: &[u8], age: Duration) -> Result<Self, ShortKey> {
        if secret.len() < LEAST_SECRET {
            return Err(ShortKey);
        }
        Ok(Self { key: Sha256::digest(secret).into(), age })
    }

    /// The three values of an article in an answer.
    pub fn votes(&self, report: Ulid, article: &Slug) -> Votes {
        let key = ArticleKey::of(article);
        let make = |say| self.make(&Token { report, article: key.clone(), say });
        Votes { yes: make(Say::Helped), no: make(Say::DidNotHelp), choose: make(Say::Chosen) }
    }

    /// A value as text.
    pub fn make(&self, token: &Token) -> String {
        let body = format!("{VERSION}.{}.{}.{}", token.report, token.article.0, token.say.letter());
        let tag = self.mac(&body).finalize().into_bytes();
        format!("{body}.{}", URL_SAFE_NO_PAD.encode(&tag[..TAG_BYTES]))
    }

    /// Reads a value; `now` decides whether its time is over.
    pub fn check(&self, text: &str, now: Timestamp) -> Result<Token, TokenError> {
        let (body, tag) = text.rsplit_once('.').filter(|_| text.len() <= MAX_BYTES).ok_or(TokenError::Forged)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok().filter(|tag| tag.len() == TAG_BYTES).ok_or(TokenError::Forged)?;
        self.mac(body).verify_truncated_left(&tag).map_err(|_| TokenError::Forged)?;
        let token = Token::read(body).ok_or(TokenError::Forged)?;
        let age = now.as_millisecond().saturating_sub(i64::try_from(token.report.timestamp_ms()).unwrap_or(i64::MAX));
        if u128::try_from(age).is_ok_and(|age| age > self.age.as_millis()) {
            return Err(TokenError::Expired);
        }
        Ok(token)
    }

    /// A name for somebody of a platform, the same each time, from which nobody without the key finds out who it is.
    pub fn pseudonym(&self, connector: &str, user_id: &str) -> String {
        let tag = self.mac(&format!("voter {connector} {user_id}")).finalize().into_bytes();
        format!("{connector}:{}", URL_SAFE_NO_PAD.encode(&tag[..9]))
    }

    fn mac(&self, body: &str) -> Hmac<Sha256> {
        // HMAC takes a key of any length (RFC 2104, section 2).
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("any length of key is taken");
        mac.update(PURPOSE);
        mac.update(body.as_bytes());
        mac
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Signer").field("age", &self.age).finish_non_exhaustive()
    }
}

impl Token {
    fn read(body: &str) -> Option<Self> {
        let [version, report, article, say] = body.split('.').collect::<Vec<_>>().try_into().ok()?;
        let report = Ulid::from_string(report).ok()?;
        let article = ArticleKey::read(article)?;
        (version == VERSION).then_some(Self { report, article, say: Say::from_letter(say)? })
    }
}

impl Say {
    fn letter(self) -> char {
        match self {
            Self::Helped => 'y',
            Self::DidNotHelp => 'n',
            Self::Chosen => 'c',
        }
    }

    fn from_letter(letter: &str) -> Option<Self> {
        [Self::Helped, Self::DidNotHelp, Self::Chosen].into_iter().find(|say| letter == say.letter().to_string())
    }
}

impl ArticleKey {
    /// The key of an article.
    pub fn of(article: &Slug) -> Self {
        let id = article.as_str();
        if id.len() <= KEY_BYTES {
            return Self(id.to_owned());
        }
        let mut key = URL_SAFE_NO_PAD.encode(Sha256::digest(id));
        key.insert(0, SHORTENED);
        key.truncate(KEY_BYTES);
        Self(key)
    }

    /// The article that it names; `candidates` are those that it may be, looked at only for a stand-in.
    pub fn find<'a>(&self, candidates: impl IntoIterator<Item = &'a Slug>) -> Option<Slug> {
        if !self.0.starts_with(SHORTENED) {
            return Slug::new(self.0.as_str()).ok();
        }
        candidates.into_iter().find(|id| Self::of(id) == *self).cloned()
    }

    fn read(text: &str) -> Option<Self> {
        let ours = text.starts_with(SHORTENED) || Slug::new(text).is_ok();
        (text.len() <= KEY_BYTES && ours).then(|| Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a server key for tests, 32 bytes";

    fn signer() -> Signer {
        Signer::new(SECRET, DEFAULT_AGE).unwrap()
    }

    fn report() -> Ulid {
        Ulid::from_string("01KDZ4T7A8000000000000000Z").unwrap()
    }

    fn at(days: i64, milliseconds: i64) -> Timestamp {
        let made = i64::try_from(report().timestamp_ms()).unwrap();
        Timestamp::from_millisecond(made + days * 86_400_000 + milliseconds).unwrap()
    }

    #[test]
    fn a_value_says_what_was_signed() {
        let id = Slug::new("passkey").unwrap();
        let votes = signer().votes(report(), &id);
        insta::assert_snapshot!(votes.yes, @"v1.01KDZ4T7A8000000000000000Z.passkey.y.4gh_AV3ZFYE");
        for (text, say) in [(&votes.yes, Say::Helped), (&votes.no, Say::DidNotHelp), (&votes.choose, Say::Chosen)] {
            let token = signer().check(text, at(0, 0)).unwrap();
            assert_eq!((token.report, token.say), (report(), say));
            assert_eq!(token.article.find([]), Some(id.clone()));
        }
    }

    #[test]
    fn the_longest_identifier_fits_and_is_found_again() {
        let long = Slug::new("a".repeat(100)).unwrap();
        let other = Slug::new(format!("{}b", "a".repeat(99))).unwrap();
        let text = signer().votes(report(), &long).choose;
        assert!(text.len() <= MAX_BYTES && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
        let key = signer().check(&text, at(0, 0)).unwrap().article;
        assert_eq!(key.find([&other, &long]), Some(long));
        assert_eq!(key.find([&other]), None);
        let twenty = Slug::new("b".repeat(20)).unwrap();
        assert_eq!(signer().votes(report(), &twenty).yes.len(), MAX_BYTES);
        assert_eq!(ArticleKey::of(&twenty).find([]), Some(twenty));
    }

    #[test]
    fn a_value_ends_with_its_days() {
        let text = signer().votes(report(), &Slug::new("x").unwrap()).yes;
        assert!(signer().check(&text, at(30, 0)).is_ok());
        assert_eq!(signer().check(&text, at(30, 1)), Err(TokenError::Expired));
        // A clock that was set back does not end it.
        assert!(signer().check(&text, at(-1, 0)).is_ok());
    }

    #[test]
    fn a_changed_value_or_another_key_is_refused() {
        let text = signer().votes(report(), &Slug::new("passkey").unwrap()).yes;
        for at_byte in 0..text.len() {
            for with in ['A', 'b', '.', '~'] {
                let mut changed: Vec<char> = text.chars().collect();
                if changed[at_byte] != with {
                    changed[at_byte] = with;
                    let changed: String = changed.into_iter().collect();
                    assert_eq!(signer().check(&changed, at(0, 0)), Err(TokenError::Forged), "{changed}");
                }
            }
            assert_eq!(signer().check(&text[..at_byte], at(0, 0)), Err(TokenError::Forged));
        }
        let other = Signer::new(b"another server key of 32 bytes..", DEFAULT_AGE).unwrap();
        assert_eq!(other.check(&text, at(0, 0)), Err(TokenError::Forged));
        assert_eq!(signer().check(&format!("{text}{text}"), at(0, 0)), Err(TokenError::Forged));
    }

    #[test]
    fn a_voter_has_one_name_that_tells_nothing() {
        let name = signer().pseudonym("slack", "U2CERLKJA");
        assert_eq!(name, signer().pseudonym("slack", "U2CERLKJA"));
        assert_ne!(name, signer().pseudonym("slack", "U2CERLKJB"));
        assert!(name.starts_with("slack:") && !name.contains("U2CERLKJA"));
    }

    #[test]
    fn a_short_key_is_refused_and_no_key_is_shown() {
        assert_eq!(Signer::new(b"short", DEFAULT_AGE).unwrap_err(), ShortKey);
        let shown = format!("{:?}", signer());
        assert!(shown.contains("Signer") && !shown.contains("key"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,80}", dots in "[v1.a-zA-Z0-9_]{0,64}") {
            proptest::prop_assert!(signer().check(&text, at(0, 0)).is_err());
            proptest::prop_assert!(signer().check(&dots, at(0, 0)).is_err());
        }
    }
}
