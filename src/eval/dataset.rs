//! Reports with known answers, one JSON object a line.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A report with its known answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// Identifier, unique over all files.
    pub id: String,
    /// Knowledge base the article is from.
    pub kb: String,
    /// File name of the article that answers, without its ending; `None` where nothing should match.
    pub article: Option<String>,
    /// Articles that would be acceptable too.
    #[serde(default)]
    pub also: Vec<String>,
    /// `ticket`, `chat`, `log`, `payload`, `negative`.
    pub kind: String,
    /// The report.
    pub text: String,
    /// Where it is from.
    #[serde(default)]
    pub source: String,
}

impl Query {
    /// The names of the articles that count as right.
    pub fn acceptable(&self) -> impl Iterator<Item = &str> {
        self.article.iter().chain(&self.also).map(String::as_str)
    }
}

/// Why a file holds no reports.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// It cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// A line is no report.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// There is nothing to measure.
    #[error("there is no report in {}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Reads files of reports; ids must be unique over all of them.
pub fn read(paths: &[PathBuf]) -> Result<Vec<Query>, DatasetError> {
    let mut queries = Vec::new();
    let mut ids = BTreeSet::new();
    for path in paths {
        let before = queries.len();
        read_file(path, &mut queries, &mut ids)?;
        if queries.len() == before {
            return Err(DatasetError::Empty { path: path.clone() });
        }
    }
    Ok(queries)
}

/// What is wrong with a line, without the place that the parser adds: it counts lines from this one.
fn in_words(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = said.strip_suffix(&place).unwrap_or(&said);
    match said.strip_prefix("missing field ") {
        Some(field) => format!("the field {field} is missing"),
        None => said.to_owned(),
    }
}

fn read_file(path: &Path, queries: &mut Vec<Query>, ids: &mut BTreeSet<String>) -> Result<(), DatasetError> {
    let text =
        std::fs::read_to_string(path).map_err(|reason| DatasetError::Unreadable { path: path.to_owned(), reason })?;
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong = |column: usize, message: String| DatasetError::Line {
            path: path.to_owned(),
            line: number + 1,
            column,
            message,
        };
        let query: Query = serde_json::from_str(line).map_err(|error| wrong(error.column(), in_words(&error)))?;
        if query.text.trim().is_empty() {
            return Err(wrong(1, format!("the text of {:?} is empty", query.id)));
        }
        if !ids.insert(query.id.clone()) {
            return Err(wrong(1, format!("the id {:?} stands twice", query.id)));
        }
        queries.push(query);
    }
    Ok(())
}
