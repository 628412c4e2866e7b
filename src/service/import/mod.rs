//! Imports: from bytes to articles in the store, with an account of every file.

mod summary;

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::folder::{FilesRead, Unread, read_folder};
use super::text::text_of;
use super::{FileLeftOut, Service, ServiceError, blocking, in_words, parallel};
use crate::article::{self, Article, ArticleProblem, Slug, SourceFormat, Status};
use crate::report::decode::to_text;
use crate::store::{ArticleRow, Author, Batch, Digest, Folders, ImportFile, Imported, OnConflict};

pub use summary::{ImportCounts, ImportItem, ImportItemOutcome, ImportProblem, ImportSummary};

/// A file to import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportSource {
    /// Name for people; its ending tells the format and its stem names an article that does not name itself.
    pub name: String,
    /// Absolute path, when it is a file on this machine.
    pub path: Option<PathBuf>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// How to import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportOptions {
    /// Who imports.
    pub by: String,
    /// Only say what would come of it.
    pub dry_run: bool,
    /// Take nothing when one file cannot be taken; otherwise the good ones are taken.
    pub all_or_nothing: bool,
    /// What to do where a file and its article were both changed.
    pub on_conflict: OnConflict,
}

impl ImportOptions {
    /// An import by `by` that takes the good files and reports the others.
    pub fn new(by: impl Into<String>) -> Self {
        Self { by: by.into(), dry_run: false, all_or_nothing: false, on_conflict: OnConflict::Report }
    }
}

/// Told how far an import is: files parsed, of how many, and the name of the last one. Called from other threads.
pub type ImportProgress = Arc<dyn Fn(usize, usize, &str) + Send + Sync>;

/// For imports whose progress nobody watches.
pub fn no_progress() -> ImportProgress {
    Arc::new(|_, _, _| ())
}

/// Files on their way into the store.
#[derive(Default)]
struct Prepared {
    files: Vec<ReadyFile>,
    failed: Vec<FailedFile>,
    passed_over: usize,
}

/// A file that was read as an article.
struct ReadyFile {
    file: ImportFile,
    article: Arc<Article>,
    warnings: Vec<ArticleProblem>,
}

/// A file that cannot be taken.
struct FailedFile {
    name: String,
    path: Option<PathBuf>,
    id: Option<Slug>,
    reason: String,
    problems: Vec<ArticleProblem>,
}

impl Service {
    /// Imports files, once; folders that own their articles go through [`Service::import_folders`].
    pub async fn import(
        &self,
        sources: Vec<ImportSource>,
        options: &ImportOptions,
        progress: ImportProgress,
    ) -> Result<ImportSummary, ServiceError> {
        self.import_read(FilesRead { sources, ..FilesRead::default() }, options, progress).await
    }

    /// Imports what was read of files and folders, once; what could not be read is part of the account.
    pub async fn import_read(
        &self,
        read: FilesRead,
        options: &ImportOptions,
        progress: ImportProgress,
    ) -> Result<ImportSummary, ServiceError> {
        let prepared = prepare(read, progress).await?;
        self.apply(prepared, None, options).await
    }

    /// Imports folders whose files own their articles: beside what an import does, an article whose file is gone is
    /// archived, and comes back with it. A folder that holds no article file any more archives nothing: more likely a
    /// volume is not mounted. What is not taken shows in [`Service::left_out`] until the next such import.
    pub async fn import_folders(
        &self,
        folders: &[PathBuf],
        options: &ImportOptions,
        progress: ImportProgress,
    ) -> Result<ImportSummary, ServiceError> {
        let shown = folders.to_vec();
        let folders = folders.to_vec();
        let readings = blocking("reading folders", move || {
            folders.iter().map(|folder| read_folder(folder)).collect::<Result<Vec<_>, _>>()
        })
        .await??;
        let mut owned = Folders::default();
        let mut read = FilesRead::default();
        let mut empty = Vec::new();
        for (reading, shown) in readings.into_iter().zip(shown) {
            if reading.sources.is_empty() && reading.unread.is_empty() {
                empty.push((shown, reading.root.clone()));
            }
            owned.roots.push(path_text(&reading.root));
            read.sources.extend(reading.sources);
            read.unread.extend(reading.unread);
            read.passed_over += reading.passed_over;
        }
        let mut prepared = prepare(read, progress).await?;
        self.refuse_other_owners(&mut prepared, &owned.roots).await?;
        self.keep_articles_of_empty_folders(&mut prepared, empty).await?;
        for failed in &prepared.failed {
            owned.unread.extend(failed.path.as_ref().map(path_text));
            owned.keep.extend(failed.id.clone());
        }
        let texts: HashMap<Slug, Digest> =
            prepared.files.iter().map(|ready| (ready.file.text.id.clone(), ready.file.text.sha256)).collect();
        let summary = self.apply(prepared, Some(owned), options).await?;
        if !options.dry_run {
            let left_out = summary.items.iter().filter_map(|item| FileLeftOut::of(item, &texts));
            self.files_left_out.store(Arc::new(left_out.collect()));
        }
        Ok(summary)
    }

    /// Notes folders that hold no article file while articles of the database came from them; what could not be read
    /// archives nothing.
    async fn keep_articles_of_empty_folders(
        &self,
        prepared: &mut Prepared,
        empty: Vec<(PathBuf, PathBuf)>,
    ) -> Result<(), ServiceError> {
        if empty.is_empty() {
            return Ok(());
        }
        let found: HashSet<&Slug> = prepared.files.iter().map(|ready| &ready.file.text.id).collect();
        let mut lost = self.store.articles_owned_by_files().await?;
        lost.retain(|row| row.status() != Status::Archived && !found.contains(&row.id));
        for (shown, root) in empty {
            let came_from_it =
                |row: &&ArticleRow| row.source_path.as_ref().is_some_and(|p| Path::new(p).starts_with(&root));
            let count = lost.iter().filter(came_from_it).count();
            if count > 0 {
                prepared.failed.push(FailedFile {
                    name: shown.display().to_string(),
                    path: Some(root),
                    id: None,
                    reason: empty_folder(count),
                    problems: Vec::new(),
                });
            }
        }
        Ok(())
    }

    /// Takes out files whose article belongs to a file elsewhere: two files of one id would take turns.
    async fn refuse_other_owners(&self, prepared: &mut Prepared, roots: &[String]) -> Result<(), ServiceError> {
        let owners: HashMap<Slug, String> = self
            .store
            .articles_owned_by_files()
            .await?
            .into_iter()
            .filter_map(|row| Some((row.id, row.source_path?)))
            .filter(|(_, path)| !roots.iter().any(|root| Path::new(path).starts_with(root)) && Path::new(path).exists())
            .collect();
        let files = std::mem::take(&mut prepared.files);
        for ready in files {
            match owners.get(&ready.file.text.id) {
                Some(other) => {
                    let reason = two_files(&ready.file.text.id, &ready.file.name, other);
                    prepared.failed.push(ready.refuse(reason));
                }
                None => prepared.files.push(ready),
            }
        }
        Ok(())
    }

    async fn apply(
        &self,
        prepared: Prepared,
        folders: Option<Folders>,
        options: &ImportOptions,
    ) -> Result<ImportSummary, ServiceError> {
        let passed_over = prepared.passed_over;
        let failed: Vec<ImportItem> = prepared.failed.into_iter().map(FailedFile::into_item).collect();
        if options.all_or_nothing && !failed.is_empty() {
            let files = failed.len() + prepared.files.len();
            let summary = ImportSummary { files, ..ImportSummary::new(failed, passed_over, options.dry_run) };
            return Err(ServiceError::ImportRefused { summary: Box::new(summary) });
        }
        let mut files = Vec::with_capacity(prepared.files.len());
        let mut warnings = Vec::with_capacity(prepared.files.len());
        for ready in prepared.files {
            if !options.dry_run {
                self.publisher.parsed().insert(ready.file.text.sha256, ready.article);
            }
            files.push(ready.file);
            warnings.push(ready.warnings);
        }
        let author = Author { by: options.by.clone(), at: self.clock.now() };
        let batch = Batch { files, folders, on_conflict: options.on_conflict, author };
        let outcome = self.store.import(batch, options.dry_run).await?;
        if let (Some(generation), false) = (outcome.generation, options.dry_run) {
            self.publisher.until_visible(generation).await?;
        }
        let mut warnings = warnings.into_iter();
        let items = outcome.items.into_iter().map(|item| imported(item, warnings.next().unwrap_or_default()));
        Ok(ImportSummary::new(failed.into_iter().chain(items).collect(), passed_over, options.dry_run))
    }
}

impl ReadyFile {
    fn refuse(self, reason: String) -> FailedFile {
        FailedFile {
            name: self.file.name,
            path: self.file.path.map(PathBuf::from),
            id: Some(self.file.text.id),
            reason,
            problems: Vec::new(),
        }
    }
}

impl From<Unread> for FailedFile {
    fn from(unread: Unread) -> Self {
        let Unread { name, path, reason } = unread;
        Self { name, path: Some(path), id: None, reason, problems: Vec::new() }
    }
}

impl FailedFile {
    fn into_item(self) -> ImportItem {
        ImportItem {
            file: self.name,
            id: self.id,
            revision: None,
            outcome: ImportItemOutcome::Failed,
            reason: Some(self.reason),
            problems: self.problems.into_iter().map(|problem| ImportProblem::new(problem, false)).collect(),
        }
    }
}

fn imported(imported: Imported, warnings: Vec<ArticleProblem>) -> ImportItem {
    ImportItem {
        file: imported.name,
        id: Some(imported.id),
        revision: Some(imported.revision),
        outcome: imported.action.into(),
        reason: imported.reason,
        problems: warnings.into_iter().map(|problem| ImportProblem::new(problem, true)).collect(),
    }
}

/// Parses on all cores and takes out files of one id.
async fn prepare(read: FilesRead, progress: ImportProgress) -> Result<Prepared, ServiceError> {
    let FilesRead { sources, unread, passed_over } = read;
    let mut prepared = blocking("parsing articles", move || {
        let total = sources.len();
        let mut done = 0;
        let parsed = parallel::map(&sources, parse_source, |index| {
            done += 1;
            progress(done, total, sources.get(index).map_or("", |source| &source.name));
        });
        sort_out(parsed)
    })
    .await?;
    prepared.failed.extend(unread.into_iter().map(FailedFile::from));
    prepared.passed_over = passed_over;
    Ok(prepared)
}

fn sort_out(parsed: Vec<Result<ReadyFile, FailedFile>>) -> Prepared {
    let mut names: HashMap<Slug, Vec<String>> = HashMap::new();
    for ready in parsed.iter().flatten() {
        names.entry(ready.file.text.id.clone()).or_default().push(ready.file.name.clone());
    }
    let mut prepared = Prepared::default();
    for parsed in parsed {
        match parsed {
            Err(failed) => prepared.failed.push(failed),
            Ok(ready) => {
                let id = &ready.file.text.id;
                let names = names.get(id).map(Vec::as_slice).unwrap_or_default();
                if names.len() > 1 {
                    let twin = names.iter().find(|name| **name != ready.file.name).unwrap_or(&ready.file.name);
                    let reason = two_files(id, &ready.file.name, twin);
                    prepared.failed.push(ready.refuse(reason));
                } else {
                    prepared.files.push(ready);
                }
            }
        }
    }
    prepared
}

fn two_files(id: &Slug, name: &str, twin: &str) -> String {
    format!("two files have the id {id}: {name} and {twin}; give one of them another id")
}

fn empty_folder(count: usize) -> String {
    let came = if count == 1 {
        "1 article of the database came".to_owned()
    } else {
        format!("{count} articles of the database came")
    };
    format!(
        "the folder holds no article file, and {came} from it; nothing was archived. Put the files back (is a volume not \
         mounted?) and start again, or delete the articles through the API if they are to go"
    )
}

fn parse_source(source: &ImportSource) -> Result<ReadyFile, FailedFile> {
    let failed = |reason: String, problems: Vec<ArticleProblem>| FailedFile {
        name: source.name.clone(),
        path: source.path.clone(),
        id: None,
        reason,
        problems,
    };
    let text = readable(&source.bytes).map_err(|reason| failed(reason, Vec::new()))?;
    let stem = stem_of(Path::new(&source.name));
    // The same name that the stored text will be read with.
    let fallback = Slug::from_text(&stem).map_or(stem, |slug| slug.to_string());
    let format = article::sniff(&text, &source.name);
    let text = match format {
        SourceFormat::Markdown => article::without_site_markup(&text),
        _ => Cow::Borrowed(&*text),
    };
    let parsed = article::parse(&text, format, &fallback).map_err(|problems| failed(in_words(&problems), problems))?;
    // What answers is the stored Markdown, so what other formats became is read as such.
    let article = if parsed.markdown == text {
        parsed.article
    } else {
        article::parse(&parsed.markdown, SourceFormat::Markdown, parsed.article.id.as_str())
            .map_err(|problems| failed(format!("what it became is no article: {}", in_words(&problems)), problems))?
            .article
    };
    if let Some(problem) = article::refusal(&article) {
        return Err(FailedFile { id: Some(article.id), ..failed(problem.message.clone(), vec![problem]) });
    }
    Ok(ReadyFile {
        file: ImportFile {
            name: source.name.clone(),
            path: source.path.as_ref().map(path_text),
            sha256: Digest::of(&source.bytes),
            text: text_of(&article, parsed.markdown),
        },
        article: Arc::new(article),
        warnings: parsed.warnings,
    })
}

/// What a file's name says of its article: its stem, or the folder's name where every folder has a file of that name.
fn stem_of(name: &Path) -> String {
    let stem = name.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let is_of_folder = matches!(stem.to_ascii_lowercase().as_str(), "index" | "_index" | "readme" | "page");
    let folder = name.parent().filter(|_| is_of_folder).and_then(Path::file_name);
    folder.map_or(stem, |folder| folder.to_string_lossy().into_owned())
}

/// A file's text: UTF-8 byte for byte, other charsets decoded.
fn readable(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    let (text, refused) = if let Ok(text) = std::str::from_utf8(bytes) {
        (Cow::Borrowed(text), ['\0', '\0'])
    } else {
        // What a guess cannot read it replaces.
        let (text, _) = to_text(bytes, None).map_err(|error| error.to_string())?;
        (Cow::Owned(text), ['\0', char::REPLACEMENT_CHARACTER])
    };
    match text.lines().position(|line| line.contains(refused)) {
        Some(line) => Err(format!("line {} holds bytes that are no text; save the file as UTF-8", line + 1)),
        None => Ok(text),
    }
}

/// A path as the store keeps it. Paths of folders are UTF-8, see [`read_folder`].
pub(super) fn path_text(path: impl AsRef<Path>) -> String {
    path.as_ref().to_string_lossy().into_owned()
}
