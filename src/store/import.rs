//! Imports: many files in one transaction, under the rule of [`ownership`].

use std::collections::{BTreeSet, HashSet};

use sqlx::SqliteConnection;

use super::conflicts::{self, Conflict};
use super::edit::{NewRevision, StateChange, change_state, set_source, write_revision};
use super::ownership::{Decision, File, Known, decide};
use super::{ArticleRow, ArticleState, Author, Digest, Origin, StoreError, Text, articles, generation};
use crate::article::Slug;

/// Files to import, read and parsed.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The files' articles, each id once.
    pub files: Vec<ImportFile>,
    /// The folders whose files these are, all of them; `None` for a one-off import.
    pub folders: Option<Folders>,
    /// What to do where a file and its article were both changed.
    pub on_conflict: OnConflict,
    /// Who imports, when.
    pub author: Author,
}

/// A file's article.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Name for people.
    pub name: String,
    /// Absolute path, when it is a file.
    pub path: Option<String>,
    /// Hash of the file's bytes.
    pub sha256: Digest,
    /// The article.
    pub text: Text,
}

/// Folders that own their articles: an article whose file is no longer in them is archived.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// Absolute paths.
    pub roots: Vec<String>,
    /// Files and folders below them that could not be read: their articles stay.
    pub unread: BTreeSet<String>,
    /// Articles whose files are there but were not taken: they stay too.
    pub keep: BTreeSet<Slug>,
}

/// What to do where a file and its article were both changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Keep the stored text, record the conflict and report it.
    #[default]
    Report,
    /// Take the file's text; the stored one stays in the revisions.
    TakeFile,
    /// Keep the stored text and regard the file as imported.
    KeepStored,
}

/// What an import did with one file or article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Name of the file; for an archived article the file that is gone.
    pub name: String,
    /// The article.
    pub id: Slug,
    /// Its revision afterwards.
    pub revision: u32,
    /// What was done.
    pub action: Action,
    /// Why, where the action does not say it.
    pub reason: Option<String>,
}

/// What an import does with one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Written for the first time.
    Created,
    /// Its text was replaced.
    Updated,
    /// Nothing changed.
    Unchanged,
    /// Its file is gone.
    Archived,
    /// It is there again.
    Restored,
    /// File and article were both changed; the article was kept.
    Conflict,
}

/// What an import came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOutcome {
    /// One entry a file, in order, then the archived articles by id.
    pub items: Vec<Imported>,
    /// The generation the import made; `None` when no article changed.
    pub generation: Option<u64>,
}

/// An import while it runs; the generation is raised by the first change.
struct Run<'a> {
    batch: &'a Batch,
    generation: Option<u64>,
}

/// Applies a batch.
pub(super) async fn apply(connection: &mut SqliteConnection, batch: &Batch) -> Result<ImportOutcome, StoreError> {
    let mut run = Run { batch, generation: None };
    let mut items = Vec::with_capacity(batch.files.len());
    for file in &batch.files {
        items.push(run.take(&mut *connection, file).await?);
    }
    if let Some(folders) = &batch.folders {
        let seen: HashSet<&Slug> = batch.files.iter().map(|file| &file.text.id).collect();
        for row in articles::owned_by_files(&mut *connection).await? {
            if !seen.contains(&row.id) && folders.lost(&row) {
                items.push(run.archive(&mut *connection, &row).await?);
            }
        }
    }
    Ok(ImportOutcome { items, generation: run.generation })
}

impl Folders {
    /// Whether an article's file was in these folders and is gone.
    fn lost(&self, row: &ArticleRow) -> bool {
        let Some(path) = row.source_path.as_deref() else { return false };
        row.state == ArticleState::Live
            && self.roots.iter().any(|root| lies_under(path, root))
            && !self.keep.contains(&row.id)
            && !self.unread.iter().any(|unread| lies_under(path, unread))
    }
}

/// Whether `path` is `root` or lies below it.
fn lies_under(path: &str, root: &str) -> bool {
    std::path::Path::new(path).starts_with(root)
}

impl Run<'_> {
    async fn take(&mut self, connection: &mut SqliteConnection, file: &ImportFile) -> Result<Imported, StoreError> {
        let before = articles::find(&mut *connection, &file.text.id).await?;
        let known = before.as_ref().map(|row| self.known(row, file));
        let decision = decide(known, File { bytes: file.sha256, text: file.text.sha256 });
        let decision = match (decision, self.batch.on_conflict) {
            (Decision::Conflict, OnConflict::TakeFile) => Decision::Update,
            (Decision::Conflict, OnConflict::KeepStored) => Decision::Adopt,
            (decision, _) => decision,
        };
        let row = before.as_ref();
        let (action, revision, reason) = match (decision, row) {
            (Decision::Nothing, Some(row)) => {
                self.settle(&mut *connection, row, file, "the file went back").await?;
                (Action::Unchanged, row.revision, None)
            }
            (Decision::StayDeleted, Some(row)) => {
                let reason = "it was deleted through the API and stays so until the file changes";
                return Ok(imported(file, row.revision, Action::Unchanged, Some(reason.to_owned())));
            }
            (Decision::Adopt, Some(row)) => {
                let (action, revision) = self.bring_back(&mut *connection, row, file).await?;
                let how = if row.sha256 == file.text.sha256 { "both are the same" } else { "the stored text was kept" };
                self.settle(&mut *connection, row, file, how).await?;
                (action, revision, None)
            }
            (Decision::Return, Some(row)) => {
                let (action, revision) = self.bring_back(&mut *connection, row, file).await?;
                self.settle(&mut *connection, row, file, "the file came back as it was or as the article is").await?;
                (action, revision, Some("its file is there again".to_owned()))
            }
            (Decision::Conflict, Some(row)) => return self.conflict(&mut *connection, row, file).await,
            (Decision::Update | Decision::ReturnChanged, Some(row)) => {
                let (action, revision) = self.write(&mut *connection, Some(row), file).await?;
                self.settle(&mut *connection, row, file, "the file's text was taken").await?;
                (action, revision, None)
            }
            (_, row) => {
                let (action, revision) = self.write(&mut *connection, row, file).await?;
                (action, revision, None)
            }
        };
        self.note_imported(&mut *connection, row, file, decision).await?;
        Ok(imported(file, revision, action, reason))
    }

    /// A one-off import of an article that a file owns is an edit like the API's, so its own edits do not stand in its
    /// way; the API's do.
    fn known(&self, row: &ArticleRow, file: &ImportFile) -> Known {
        let edited = row.imported_text_sha256 != Some(row.sha256);
        let beside = self.beside(Some(row), file);
        Known {
            state: row.state,
            text: row.sha256,
            imported: row.imported_sha256,
            touched: edited && !(beside && row.via == Origin::Import),
        }
    }

    /// Whether this is a one-off import of an article that another file owns.
    fn beside(&self, row: Option<&ArticleRow>, file: &ImportFile) -> bool {
        let owner = row.and_then(|row| row.source_path.as_ref());
        self.batch.folders.is_none() && owner.is_some_and(|owner| file.path.as_ref() != Some(owner))
    }

    /// How a text from `file` comes in: the file that owns an article stays its owner when it is imported alone.
    fn via(&self, row: Option<&ArticleRow>, file: &ImportFile) -> Origin {
        let owned = row.is_some_and(|row| row.source_path.is_some()) && !self.beside(row, file);
        if self.batch.folders.is_some() || owned { Origin::File } else { Origin::Import }
    }

    async fn generation(&mut self, connection: &mut SqliteConnection) -> Result<u64, StoreError> {
        if let Some(generation) = self.generation {
            return Ok(generation);
        }
        let generation = generation::advance(connection, self.batch.author.at).await?;
        self.generation = Some(generation);
        Ok(generation)
    }

    async fn write(
        &mut self,
        connection: &mut SqliteConnection,
        before: Option<&ArticleRow>,
        file: &ImportFile,
    ) -> Result<(Action, u32), StoreError> {
        let (action, reason) = match before.map(|row| row.state) {
            None => (Action::Created, format!("imported from {}", file.name)),
            Some(ArticleState::Live) => (Action::Updated, format!("imported from {}", file.name)),
            Some(_) => (Action::Restored, format!("restored from {}", file.name)),
        };
        let generation = self.generation(&mut *connection).await?;
        let revision = NewRevision {
            text: &file.text,
            state: ArticleState::Live,
            via: self.via(before, file),
            author: &self.batch.author,
            reason: &reason,
            generation,
        };
        let row = write_revision(&mut *connection, before, &revision).await?;
        Ok((action, row.revision))
    }

    async fn bring_back(
        &mut self,
        connection: &mut SqliteConnection,
        row: &ArticleRow,
        file: &ImportFile,
    ) -> Result<(Action, u32), StoreError> {
        if row.state == ArticleState::Live {
            return Ok((Action::Unchanged, row.revision));
        }
        let generation = self.generation(&mut *connection).await?;
        let change = StateChange {
            state: ArticleState::Live,
            via: self.via(Some(row), file),
            author: &self.batch.author,
            reason: "its file is there again",
            generation,
        };
        let row = change_state(&mut *connection, row, &change).await?;
        Ok((Action::Restored, row.revision))
    }

    async fn conflict(
        &mut self,
        connection: &mut SqliteConnection,
        row: &ArticleRow,
        file: &ImportFile,
    ) -> Result<Imported, StoreError> {
        let (_, revision) = self.bring_back(&mut *connection, row, file).await?;
        let conflict = Conflict {
            article: row.id.clone(),
            source_name: file.name.clone(),
            file_markdown: file.text.markdown.clone(),
            revision,
            found_at: self.batch.author.at,
            settled: None,
        };
        conflicts::record(&mut *connection, &conflict, &file.sha256).await?;
        let how = match row.imported_sha256 {
            Some(_) => "were both changed since the last import",
            None => "say different things, and the article was not imported from it",
        };
        let reason = format!(
            "the file (sha256 {}) and the article (revision {revision}, {}) {how}; the article was kept and the file's \
             text recorded. To settle it, give both the same text: save the one you want in the file and put it as the \
             article",
            file.sha256.short(),
            row.etag(),
        );
        Ok(imported(file, revision, Action::Conflict, Some(reason)))
    }

    /// Settles the open conflict between an article and its file; another file says nothing about it.
    async fn settle(
        &self,
        connection: &mut SqliteConnection,
        row: &ArticleRow,
        file: &ImportFile,
        how: &str,
    ) -> Result<(), StoreError> {
        if self.beside(Some(row), file) {
            return Ok(());
        }
        conflicts::settle(connection, &row.id, how, self.batch.author.at).await
    }

    async fn archive(&mut self, connection: &mut SqliteConnection, row: &ArticleRow) -> Result<Imported, StoreError> {
        let generation = self.generation(&mut *connection).await?;
        let change = StateChange {
            state: ArticleState::Archived,
            via: Origin::File,
            author: &self.batch.author,
            reason: "its file is gone",
            generation,
        };
        let after = change_state(&mut *connection, row, &change).await?;
        let reason = if row.imported_text_sha256 == Some(row.sha256) {
            "its file is gone".to_owned()
        } else {
            format!("its file is gone; revision {} holds changes that were never in the file", row.revision)
        };
        Ok(Imported {
            name: row.source_path.clone().unwrap_or_else(|| row.id.to_string()),
            id: row.id.clone(),
            revision: after.revision,
            action: Action::Archived,
            reason: Some(reason),
        })
    }

    /// Remembers what was imported and which file owns the article.
    async fn note_imported(
        &self,
        connection: &mut SqliteConnection,
        before: Option<&ArticleRow>,
        file: &ImportFile,
        decision: Decision,
    ) -> Result<(), StoreError> {
        if self.beside(before, file) {
            return Ok(());
        }
        if let (Some(path), true) = (&file.path, self.batch.folders.is_some())
            && before.is_none_or(|row| row.source_path.as_ref() != Some(path) || row.origin != Origin::File)
        {
            set_source(&mut *connection, &file.text.id, Origin::File, Some(path)).await?;
        }
        // An unchanged file says nothing new; the text it became is still the one noted when it was read.
        let noted = before.is_some_and(|row| row.imported_sha256 == Some(file.sha256));
        if noted && matches!(decision, Decision::Nothing | Decision::Return) {
            return Ok(());
        }
        sqlx::query("UPDATE articles SET imported_sha256 = ?2, imported_text_sha256 = ?3 WHERE id = ?1")
            .bind(file.text.id.as_str())
            .bind(file.sha256.to_string())
            .bind(file.text.sha256.to_string())
            .execute(connection)
            .await
            .map_err(StoreError::sql("noting what was imported"))?;
        Ok(())
    }
}

fn imported(file: &ImportFile, revision: u32, action: Action, reason: Option<String>) -> Imported {
    Imported { name: file.name.clone(), id: file.text.id.clone(), revision, action, reason }
}
