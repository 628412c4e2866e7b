//! Articles straight from files, for commands that need no database.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::article::{Article, ArticleProblem, ParsedArticle, Slug, parse, sniff};
use crate::report::decode::to_text;
use crate::service::{FilesRead, ImportSource, read_file, read_folder};

/// An article and the file it stands in.
#[derive(Debug, Clone)]
pub(super) struct FileArticle {
    pub(super) file: String,
    pub(super) article: Arc<Article>,
    pub(super) warnings: Vec<ArticleProblem>,
}

/// A file that holds no article that could be used.
#[derive(Debug, Clone)]
pub(super) struct BadFile {
    pub(super) file: String,
    pub(super) problems: Vec<ArticleProblem>,
}

/// What files hold.
#[derive(Debug, Default)]
pub(super) struct Knowledge {
    /// Articles, by path.
    pub(super) articles: Vec<FileArticle>,
    /// Files that could not be read, parsed or named.
    pub(super) bad: Vec<BadFile>,
}

/// Reads the files named and those below the folders named.
pub(super) fn sources(paths: &[PathBuf]) -> anyhow::Result<FilesRead> {
    let mut read = FilesRead::default();
    for path in paths {
        if path.is_dir() {
            let reading = read_folder(path)?;
            read.sources.extend(reading.sources);
            read.unread.extend(reading.unread);
            read.passed_over += reading.passed_over;
        } else {
            match read_file(path) {
                Ok(source) => read.sources.push(source),
                Err(error) => read.unread.push(error),
            }
        }
    }
    // A file may be named itself and lie below a folder that is named too.
    let mut seen = HashSet::new();
    read.sources.retain(|source| source.path.as_ref().is_none_or(|path| seen.insert(path.clone())));
    read.unread.retain(|unread| seen.insert(unread.path.clone()));
    Ok(read)
}

impl Knowledge {
    /// Reads articles. One bad file does not stop the others.
    pub(super) fn load(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let FilesRead { sources, unread, .. } = sources(paths)?;
        let mut knowledge = Self::default();
        let whole = |message: String| vec![ArticleProblem { line: 0, column: 0, field: None, message }];
        for unread in unread {
            knowledge.bad.push(BadFile { file: unread.name, problems: whole(unread.reason) });
        }
        let mut files: HashMap<Slug, String> = HashMap::new();
        for source in sources {
            let file = source.name.clone();
            match read(&source) {
                Err(problems) => knowledge.bad.push(BadFile { file, problems }),
                Ok(parsed) => {
                    let article = Arc::new(parsed.article);
                    if let Some(other) = files.get(&article.id) {
                        let message =
                            format!("the id {} is also that of {other}; give each article its own", article.id);
                        knowledge.bad.push(BadFile { file, problems: whole(message) });
                        continue;
                    }
                    files.insert(article.id.clone(), file.clone());
                    knowledge.articles.push(FileArticle { file, article, warnings: parsed.warnings });
                }
            }
        }
        Ok(knowledge)
    }
}

fn read(source: &ImportSource) -> Result<ParsedArticle, Vec<ArticleProblem>> {
    let (text, _) = to_text(&source.bytes, None)
        .map_err(|error| vec![ArticleProblem { line: 0, column: 0, field: None, message: error.to_string() }])?;
    let stem = Path::new(&source.name).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    parse(&text, sniff(&text, &source.name), stem)
}
