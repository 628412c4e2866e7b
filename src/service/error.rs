//! What the service answers when it cannot do what was asked.

use std::path::PathBuf;

use super::ImportSummary;
use crate::access::KeyId;
use crate::article::{ArticleProblem, Slug};
use crate::store::{EditError, StoreError};

/// Why the service could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no such article.
    #[error("there is no article {id}")]
    NoArticle {
        /// Its identifier.
        id: Slug,
    },
    /// There is no such feedback.
    #[error("there is no feedback {id}")]
    NoFeedback {
        /// Its identifier.
        id: String,
    },
    /// Feedback that cannot become an example.
    #[error("feedback {id} cannot become an example: {why}")]
    NoExample {
        /// Its identifier.
        id: String,
        /// Why not.
        why: &'static str,
    },
    /// The article exists and the caller did not say which revision is meant.
    #[error("the article exists; send its entity tag {current} in If-Match")]
    PreconditionRequired {
        /// Its entity tag, in quotes.
        current: String,
    },
    /// The article is not as the caller expected.
    #[error("{}", stale(current.as_deref()))]
    PreconditionFailed {
        /// Its entity tag, in quotes; `None` when there is no such article.
        current: Option<String>,
    },
    /// The text is no article.
    #[error("the text is no article: {}", first(problems))]
    Invalid {
        /// Everything that is wrong with it.
        problems: Vec<ArticleProblem>,
    },
    /// The text names another article than its address.
    #[error("the text says id {found}, the address says {expected}; an article keeps its id")]
    OtherId {
        /// From the address.
        expected: Slug,
        /// From the text.
        found: Slug,
    },
    /// There is no such key.
    #[error("there is no key {id}; `kbmatch keys list` shows them")]
    NoKey {
        /// Its identifier.
        id: KeyId,
    },
    /// A key cannot be made so.
    #[error("{reason}")]
    BadKey {
        /// What is wrong and what would be right.
        reason: String,
    },
    /// There is no such report.
    #[error("there is no report {id}; it was not kept, or is deleted")]
    NoReport {
        /// Its identifier.
        id: String,
    },
    /// A report's identifier is no ULID.
    #[error("{text:?} is no report id; an answer carries it as report_id")]
    BadReportId {
        /// As given.
        text: String,
    },
    /// Some files of an import that takes all or nothing could not be taken; nothing was stored.
    #[error("nothing was imported: {} of {} cannot be taken", summary.counts.failed, crate::text::counted(summary.files, "file"))]
    ImportRefused {
        /// What became of each file; only failed ones are listed.
        summary: Box<ImportSummary>,
    },
    /// A folder cannot be read or written.
    #[error("{}: {reason}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The change is stored, but the index could not be rebuilt yet.
    #[error("the change is stored but does not show yet: {reason}")]
    NotVisible {
        /// Why.
        reason: String,
    },
    /// Work on another thread broke off.
    #[error("{doing} broke off: {reason}")]
    BrokeOff {
        /// What was being done.
        doing: &'static str,
        /// What was said.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<EditError> for ServiceError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::NotFound { id } => Self::NoArticle { id },
            EditError::PreconditionRequired { current } => Self::PreconditionRequired { current },
            EditError::PreconditionFailed { current } => Self::PreconditionFailed { current },
            EditError::Store(error) => Self::Store(error),
        }
    }
}

fn stale(current: Option<&str>) -> String {
    current.map_or_else(
        || "there is no such article to change".to_owned(),
        |tag| format!("the article is not as expected; its entity tag is {tag}"),
    )
}

fn first(problems: &[ArticleProblem]) -> String {
    match problems {
        [] => "it cannot be read".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}
