//! Writes articles back as files.
//!
//! An article goes into the file that owns it when that lies in the folder, else into `ID.md`. A file that already says
//! what is stored keeps its bytes. A file that holds something the store never had is left alone and named: export
//! settles nothing by itself.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::import::path_text;
use super::{Service, ServiceError, blocking};
use crate::article::{Slug, without_site_markup};
use crate::store::{ArticleRow, ArticleState, Digest, Revision, Store};

/// What an export came to.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, utoipa::ToSchema)]
pub struct ExportSummary {
    /// What became of each article, by id.
    pub items: Vec<ExportItem>,
    /// Files written.
    pub written: usize,
    /// Files that said it already.
    pub unchanged: usize,
    /// Articles that were not written.
    pub left: usize,
}

/// What became of one article.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ExportItem {
    /// The article.
    #[schema(value_type = String)]
    pub id: Slug,
    /// Its file.
    pub file: String,
    /// What was done.
    pub outcome: ExportItemOutcome,
    /// Why it was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What an export does with one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExportItemOutcome {
    /// Its file was written.
    Written,
    /// Its file says it already.
    Unchanged,
    /// Its file was left alone.
    Left,
}

impl Service {
    /// Writes every article into `folder`, which is created when it is not there.
    pub async fn export(&self, folder: &Path) -> Result<ExportSummary, ServiceError> {
        let refuse =
            |error: std::io::Error| ServiceError::Folder { path: folder.to_owned(), reason: error.to_string() };
        std::fs::create_dir_all(folder).map_err(refuse)?;
        let root = folder.canonicalize().map_err(refuse)?;
        let ids: Vec<Slug> = self.publisher.current().catalog.entries.into_iter().map(|(id, _)| id.clone()).collect();
        let mut summary = ExportSummary::default();
        for id in ids {
            let Some((row, current)) = self.store.article_with_text(&id).await? else { continue };
            let file = file_of(&row, &root);
            let (outcome, reason) = match place(&row, &current, &file, &root, &self.store).await? {
                Placing::Unchanged => (ExportItemOutcome::Unchanged, None),
                Placing::Leave(reason) => (ExportItemOutcome::Left, Some(reason)),
                Placing::Absent => continue,
                Placing::Write => {
                    let target = file.clone();
                    let written = blocking("writing a file", move || write(&target, &current.markdown)).await?;
                    match written {
                        Ok(()) => (ExportItemOutcome::Written, None),
                        Err(error) => (ExportItemOutcome::Left, Some(error.to_string())),
                    }
                }
            };
            let counter = match outcome {
                ExportItemOutcome::Written => &mut summary.written,
                ExportItemOutcome::Unchanged => &mut summary.unchanged,
                ExportItemOutcome::Left => &mut summary.left,
            };
            *counter += 1;
            let shown = file.strip_prefix(&root).map_or_else(|_| file.clone(), |below| folder.join(below));
            summary.items.push(ExportItem { id, file: shown.display().to_string(), outcome, reason });
        }
        Ok(summary)
    }
}

/// What is to be done about an article's file.
enum Placing {
    Write,
    Unchanged,
    /// Neither the article nor a file is there.
    Absent,
    Leave(String),
}

fn file_of(row: &ArticleRow, root: &Path) -> PathBuf {
    let own = row.source_path.as_deref().map(Path::new).filter(|path| path.starts_with(root));
    own.map_or_else(|| root.join(format!("{}.md", row.id)), Path::to_owned)
}

async fn place(
    row: &ArticleRow,
    current: &Revision,
    file: &Path,
    root: &Path,
    store: &Store,
) -> Result<Placing, ServiceError> {
    let on_disk = match std::fs::read(file) {
        Ok(bytes) => Some(Digest::of(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Ok(Placing::Leave(error.to_string())),
    };
    match (row.state, on_disk) {
        (ArticleState::Deleted, Some(_)) => {
            return Ok(Placing::Leave("the article was deleted through the API; its file was not".to_owned()));
        }
        (ArticleState::Archived, None) => {
            return Ok(Placing::Leave("its file was deleted, so it is archived".to_owned()));
        }
        (ArticleState::Deleted, None) => return Ok(Placing::Absent),
        _ => {}
    }
    let Some(on_disk) = on_disk else { return Ok(Placing::Write) };
    if on_disk == current.sha256 {
        return Ok(Placing::Unchanged);
    }
    let as_imported = row.imported_sha256 == Some(on_disk) && row.source_path.as_deref() == Some(&path_text(file));
    if as_imported && row.imported_text_sha256 == Some(row.sha256) {
        return Ok(Placing::Unchanged);
    }
    if as_imported && !is_markdown(file) {
        return Ok(Placing::Leave(format!(
            "the article was changed, but {} is no Markdown; export into another folder and replace the file",
            file.strip_prefix(root).unwrap_or(file).display()
        )));
    }
    if as_imported && has_site_markup(file) {
        return Ok(Placing::Leave(format!(
            "the article was changed, but {} has markup of a site generator, which is not stored; export into another folder",
            file.strip_prefix(root).unwrap_or(file).display()
        )));
    }
    if as_imported || was_stored(&row.id, &on_disk, store).await? {
        return Ok(Placing::Write);
    }
    Ok(Placing::Leave("the file holds a text that was never imported; import it first, or move it away".to_owned()))
}

/// Whether a file's bytes are the text of some revision, so that nothing is lost by writing over it.
async fn was_stored(id: &Slug, bytes: &Digest, store: &Store) -> Result<bool, ServiceError> {
    Ok(store.revisions(id).await?.iter().any(|revision| revision.sha256 == *bytes))
}

fn is_markdown(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("md") || ending.eq_ignore_ascii_case("markdown"))
}

/// Whether a file has markup that an import drops.
fn has_site_markup(file: &Path) -> bool {
    std::fs::read_to_string(file).is_ok_and(|text| matches!(without_site_markup(&text), Cow::Owned(_)))
}

/// Writes a whole file or none: under another name first.
fn write(file: &Path, markdown: &str) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    // Hidden, so that no import takes it for an article.
    name.push(format!(".{}.partial", ulid::Ulid::generate()));
    let temporary = file.with_file_name(format!(".{}", name.to_string_lossy()));
    let written = std::fs::write(&temporary, markdown)
        .and_then(|()| std::fs::File::open(&temporary)?.sync_all())
        .and_then(|()| std::fs::rename(&temporary, file));
    if written.is_err() {
        // It may not be there at all; the first error is the one to tell.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}
