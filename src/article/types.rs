//! The article itself.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{Check, Examples, Signature, Slug};

/// One known problem: what it looks like, why it happens, what to do, and how to recognise it.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Article {
    /// Identifier, also the last segment of its address.
    pub id: Slug,
    /// One line, what the reader sees first.
    pub title: String,
    /// Markdown: how the problem shows.
    pub overview: String,
    /// Products, versions or situations, as shown to people.
    pub applies_to: Vec<String>,
    /// Markdown: why it happens. May hold `{{capture}}` placeholders.
    pub cause: String,
    /// Markdown: what to do. May hold `{{capture}}` placeholders.
    pub solution: String,
    /// Sections under headings of their own, in document order within the known section they stand under.
    pub other_sections: Vec<Section>,
    /// Product names used for matching context, as written.
    pub product: Vec<String>,
    /// Version range as written (`">=1.2, <3"`), checked on import.
    pub versions: Option<String>,
    /// Tags, as written.
    pub tags: Vec<String>,
    /// Further reading.
    pub links: Vec<Link>,
    /// BCP 47 language tag of the text.
    pub locale: String,
    /// Whether the article answers.
    pub status: Status,
    /// Who keeps it true.
    pub owner: Option<String>,
    /// Date of the last review, `YYYY-MM-DD`.
    pub reviewed_at: Option<String>,
    /// Version that no longer has the problem.
    pub fixed_in: Option<String>,
    /// Article that answers instead of this one.
    pub superseded_by: Option<Slug>,
    /// Written signatures in document order; derived ones when none is written.
    pub signatures: Vec<Signature>,
    /// Reports the article must and must not answer.
    pub examples: Examples,
    /// Tests of the cause against what a report carries besides the error.
    pub checks: Vec<Check>,
}

/// Whether an article answers.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Being written: kept and checked, never an answer.
    Draft,
    /// Answers.
    #[default]
    Published,
    /// Withdrawn: kept with its history, never an answer.
    Archived,
}

impl Status {
    /// The word used in front matter, the API and the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Archived => "archived",
        }
    }
}

/// A pointer to further reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// What to show; the address when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Absolute address.
    pub url: String,
}

/// A section under a heading that is none of the four known ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, BorshSerialize, BorshDeserialize)]
pub struct Section {
    /// Heading text.
    pub heading: String,
    /// Markdown below it.
    pub text: String,
    /// The known section it stands under, and below which it is shown.
    #[serde(default)]
    pub under: KnownSection,
}

/// The sections that every article has, in the order they are shown.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    BorshSerialize,
    BorshDeserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum KnownSection {
    /// How the problem shows.
    #[default]
    Overview,
    /// Where it occurs.
    AppliesTo,
    /// Why it happens.
    Cause,
    /// What to do.
    Solution,
}

impl KnownSection {
    /// Every known section, in the order shown.
    pub const ALL: [Self; 4] = [Self::Overview, Self::AppliesTo, Self::Cause, Self::Solution];

    /// The word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::AppliesTo => "applies_to",
            Self::Cause => "cause",
            Self::Solution => "solution",
        }
    }

    /// The heading written for it.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::AppliesTo => "Applies to",
            Self::Cause => "Cause",
            Self::Solution => "Solution",
        }
    }
}
