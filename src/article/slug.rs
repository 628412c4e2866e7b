//! The identifier of an article.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// An article's identifier: 1 to 100 characters, lower-case ASCII letters, digits and single hyphens between them.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, BorshSerialize, BorshDeserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Slug(String);

/// Why a text is not a [`Slug`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// Empty or longer than 100 characters.
    #[error("an id has 1 to 100 characters, this one has {0}")]
    Length(usize),
    /// A character outside `a-z`, `0-9` and `-`.
    #[error("an id is made of a-z, 0-9 and single hyphens; {0:?} is not allowed")]
    Character(char),
    /// A hyphen at an end, or two in a row.
    #[error("an id has hyphens only between letters or digits, one at a time")]
    Hyphen,
}

impl Slug {
    /// Longest slug, in characters.
    pub const MAX_CHARS: usize = 100;

    /// Checks `text` and takes it as a slug.
    pub fn new(text: impl Into<String>) -> Result<Self, SlugError> {
        let text = text.into();
        let length = text.chars().count();
        if length == 0 || length > Self::MAX_CHARS {
            return Err(SlugError::Length(length));
        }
        if let Some(bad) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            return Err(SlugError::Character(bad));
        }
        if text.starts_with('-') || text.ends_with('-') || text.contains("--") {
            return Err(SlugError::Hyphen);
        }
        Ok(Self(text))
    }

    /// Makes the nearest slug of any text: `"NU1605"` becomes `nu1605`, `"My Article!"` becomes `my-article`.
    /// Returns `None` when no letter or digit is left.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut slug = String::with_capacity(text.len());
        for c in text.chars() {
            if slug.len() >= Self::MAX_CHARS {
                break;
            }
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let trimmed = slug.trim_end_matches('-');
        Self::new(trimmed).ok()
    }

    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Slug {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Slug {
    type Error = SlugError;

    fn try_from(text: String) -> Result<Self, SlugError> {
        Self::new(text)
    }
}

impl std::str::FromStr for Slug {
    type Err = SlugError;

    fn from_str(text: &str) -> Result<Self, SlugError> {
        Self::new(text)
    }
}

impl From<Slug> for String {
    fn from(slug: Slug) -> Self {
        slug.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_refuses_what_a_url_would_have_to_escape() {
        assert!(Slug::new("passkey-progressive-enrollment").is_ok());
        for bad in ["", "Upper", "two--hyphens", "-lead", "trail-", "space here", "ä", &"a".repeat(101)] {
            assert!(Slug::new(bad).is_err(), "{bad:?} was accepted");
        }
    }

    #[test]
    fn any_text_with_a_letter_has_a_nearest_slug() {
        assert_eq!(Slug::from_text("NU1605").unwrap().as_str(), "nu1605");
        assert_eq!(Slug::from_text("  My -- Article! ").unwrap().as_str(), "my-article");
        assert_eq!(Slug::from_text("!!"), None);
    }
}
