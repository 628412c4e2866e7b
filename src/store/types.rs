//! What the store keeps, as types.

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};
use jiff::Timestamp;
use sha2::Digest as _;

use super::StoreError;
use crate::article::{Slug, Status};

/// A SHA-256, shown and stored as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Hashes `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(sha2::Sha256::digest(bytes.as_ref()).into())
    }

    /// Takes a hash that was computed piece by piece.
    pub fn finish(hasher: sha2::Sha256) -> Self {
        Self(hasher.finalize().into())
    }

    /// The first 12 hexadecimal digits: enough to tell revisions apart, short enough to read.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(12);
        hex
    }

    /// Reads 64 hexadecimal digits.
    pub(super) fn from_hex(hex: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The entity tag of a revision, in the quotes it carries on the wire.
pub fn etag(revision: u32, sha256: &Digest) -> String {
    format!("\"{revision}-{}\"", sha256.short())
}

/// Whether an article is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum ArticleState {
    /// It is.
    Live,
    /// Its file is gone; it comes back with the file.
    Archived,
    /// Deleted through the API; it stays so until its file changes or somebody puts it again.
    Deleted,
}

impl ArticleState {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Archived => "archived",
            Self::Deleted => "deleted",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "live" => Ok(Self::Live),
            "archived" => Ok(Self::Archived),
            "deleted" => Ok(Self::Deleted),
            _ => Err(StoreError::Unreadable { table: "articles", value: text.to_owned() }),
        }
    }

    /// The status that the outside sees of a text with status `written` in this state.
    pub fn status(self, written: Status) -> Status {
        if self == Self::Live { written } else { Status::Archived }
    }
}

/// The way an article, or a revision of it, came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From a file in a folder that the knowledge base is loaded from.
    File,
    /// Through the API.
    Api,
    /// From a one-off import.
    Import,
}

impl Origin {
    /// The word in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Api => "api",
            Self::Import => "import",
        }
    }

    pub(super) fn read(text: &str) -> Result<Self, StoreError> {
        match text {
            "file" => Ok(Self::File),
            "api" => Ok(Self::Api),
            "import" => Ok(Self::Import),
            _ => Err(StoreError::Unreadable { table: "articles", value: text.to_owned() }),
        }
    }
}

/// An article as its row says, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleRow {
    /// Identifier.
    pub id: Slug,
    /// Current revision, counted from 1.
    pub revision: u32,
    /// Hash of the current revision's Markdown.
    pub sha256: Digest,
    /// Whether it is there.
    pub state: ArticleState,
    /// Status that its text gives itself.
    pub written_status: Status,
    /// How it came in.
    pub origin: Origin,
    /// How the current revision came in.
    pub via: Origin,
    /// The file that owns it.
    pub source_path: Option<String>,
    /// Hash of the bytes last imported.
    pub imported_sha256: Option<Digest>,
    /// Hash of the Markdown that those bytes became.
    pub imported_text_sha256: Option<Digest>,
    /// When the first revision was made.
    pub created_at: Timestamp,
    /// When the current revision was made.
    pub updated_at: Timestamp,
}

impl ArticleRow {
    /// The entity tag of the current revision.
    pub fn etag(&self) -> String {
        etag(self.revision, &self.sha256)
    }

    /// The status that the outside sees.
    pub fn status(&self) -> Status {
        self.state.status(self.written_status)
    }
}

/// One revision of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The article.
    pub article: Slug,
    /// Number, counted from 1.
    pub revision: u32,
    /// Whether the article was there.
    pub state: ArticleState,
    /// The text.
    pub markdown: String,
    /// Hash of the text.
    pub sha256: Digest,
    /// How it came in.
    pub via: Origin,
    /// Who made it.
    pub changed_by: String,
    /// When.
    pub changed_at: Timestamp,
    /// Why, in words.
    pub reason: String,
    /// Generation of the knowledge base that it made.
    pub generation: u64,
}

/// A new text for an article, as the store needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Identifier.
    pub id: Slug,
    /// Title.
    pub title: String,
    /// Status that the text gives itself.
    pub status: Status,
    /// The Markdown.
    pub markdown: String,
    /// Its hash.
    pub sha256: Digest,
    /// Its signatures, for the table that people query.
    pub signatures: Vec<SignatureRow>,
}

/// A signature as people query it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureRow {
    /// Name given by the author.
    pub name: Option<String>,
    /// Kind of its outermost condition.
    pub kind: &'static str,
    /// `written` or `derived`.
    pub origin: &'static str,
    /// The signature as JSON.
    pub text: String,
}

/// Who changes something, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Name of the person or program.
    pub by: String,
    /// When.
    pub at: Timestamp,
}
