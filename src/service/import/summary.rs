//! The account of an import.

use std::fmt;

use crate::article::{ArticleProblem, Slug};
use crate::store::Action;

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct ImportSummary {
    /// How many files were given.
    pub files: usize,
    /// What became of each file, those that failed first; then the articles that were archived.
    pub items: Vec<ImportItem>,
    /// How many of each.
    pub counts: ImportCounts,
    /// How many files of other kinds than articles the folders hold; they were passed over.
    pub passed_over: usize,
    /// Whether this was only asked.
    pub dry_run: bool,
}

impl ImportSummary {
    pub(super) fn new(items: Vec<ImportItem>, passed_over: usize, dry_run: bool) -> Self {
        let counts = ImportCounts::count(&items);
        Self { files: counts.total() - counts.archived, items, counts, passed_over, dry_run }
    }

    /// How many files were passed over, in words; `None` when none was.
    pub fn passed_over_in_words(&self) -> Option<String> {
        match self.passed_over {
            0 => None,
            1 => Some("1 file of another kind was passed over".to_owned()),
            more => Some(format!("{more} files of other kinds were passed over")),
        }
    }
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ImportItem {
    /// The file's name.
    pub file: String,
    /// The article, when the file could be read as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub id: Option<Slug>,
    /// Its revision afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// What was done.
    pub outcome: ImportItemOutcome,
    /// Why, where the outcome does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What is wrong with the file, and what is only odd.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ImportProblem>,
}

/// What an import does with one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImportItemOutcome {
    /// The article was written for the first time.
    Created,
    /// Its text was replaced.
    Updated,
    /// Nothing changed.
    Unchanged,
    /// Its file is gone.
    Archived,
    /// It is there again.
    Restored,
    /// File and article were both changed; the article was kept and the file recorded.
    Conflict,
    /// The file cannot be taken; an article it stood for before stays as it was.
    Failed,
}

impl From<Action> for ImportItemOutcome {
    fn from(action: Action) -> Self {
        match action {
            Action::Created => Self::Created,
            Action::Updated => Self::Updated,
            Action::Unchanged => Self::Unchanged,
            Action::Archived => Self::Archived,
            Action::Restored => Self::Restored,
            Action::Conflict => Self::Conflict,
        }
    }
}

/// Something wrong or odd in a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ImportProblem {
    /// Line, from 1; 0 when it concerns the whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when it concerns the whole line.
    pub column: usize,
    /// Field, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
    /// It does not stop the file.
    pub warning: bool,
}

impl ImportProblem {
    pub(super) fn new(problem: ArticleProblem, warning: bool) -> Self {
        let ArticleProblem { line, column, field, message } = problem;
        Self { line, column, field, message, warning }
    }
}

/// How many files had each outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct ImportCounts {
    /// Written for the first time.
    pub created: usize,
    /// Replaced.
    pub updated: usize,
    /// Left as they were.
    pub unchanged: usize,
    /// Archived.
    pub archived: usize,
    /// There again.
    pub restored: usize,
    /// Changed on both sides.
    pub conflict: usize,
    /// Not taken.
    pub failed: usize,
}

impl ImportCounts {
    /// All of them.
    pub fn total(&self) -> usize {
        self.created + self.updated + self.unchanged + self.archived + self.restored + self.conflict + self.failed
    }

    /// How many could not be taken as they are.
    pub fn not_taken(&self) -> usize {
        self.failed + self.conflict
    }

    pub(super) fn count(items: &[ImportItem]) -> Self {
        let mut counts = Self::default();
        for item in items {
            let counter = match item.outcome {
                ImportItemOutcome::Created => &mut counts.created,
                ImportItemOutcome::Updated => &mut counts.updated,
                ImportItemOutcome::Unchanged => &mut counts.unchanged,
                ImportItemOutcome::Archived => &mut counts.archived,
                ImportItemOutcome::Restored => &mut counts.restored,
                ImportItemOutcome::Conflict => &mut counts.conflict,
                ImportItemOutcome::Failed => &mut counts.failed,
            };
            *counter += 1;
        }
        counts
    }
}

/// In plain words; what is archived is only named where something was.
impl fmt::Display for ImportCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { created, updated, unchanged, archived, restored, conflict, failed } = self;
        write!(f, "{created} created, {updated} updated, {unchanged} unchanged, {restored} restored, ")?;
        if *archived > 0 {
            write!(f, "{archived} archived, ")?;
        }
        write!(f, "{conflict} in conflict, {failed} failed")
    }
}
