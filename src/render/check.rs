//! What a check found, as it goes over the wire and onto the terminal.

use serde::Serialize;
use utoipa::ToSchema;

use crate::article::ArticleProblem;
use crate::service::check::{CheckReport, Problem};

/// What a check found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckSummary {
    /// Whether nothing is wrong.
    pub passed: bool,
    /// Everything that is wrong.
    pub problems: Vec<CheckProblem>,
    /// What is worth knowing and does not fail.
    pub notes: Vec<CheckProblem>,
    /// Published articles that were checked.
    pub articles: usize,
    /// Their signatures.
    pub signatures: usize,
    /// Derived signatures that count less, since they fire on the texts of other articles.
    pub weighed_down: usize,
    /// Examples that were run.
    pub examples: usize,
}

/// Something wrong with an article, and where.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CheckProblem {
    /// The file, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The article, when it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<String>,
    /// Line, from 1; 0 when it concerns the whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when it concerns the whole line.
    pub column: usize,
    /// Field, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl From<&Problem> for CheckProblem {
    fn from(problem: &Problem) -> Self {
        Self {
            file: None,
            article: Some(problem.article.to_string()),
            line: problem.line,
            column: 0,
            field: Some(problem.field.clone()).filter(|field| !field.is_empty()),
            message: problem.message.clone(),
        }
    }
}

impl From<&CheckReport> for CheckSummary {
    fn from(report: &CheckReport) -> Self {
        Self {
            passed: report.problems.is_empty(),
            problems: report.problems.iter().map(CheckProblem::from).collect(),
            notes: report.notes.iter().map(CheckProblem::from).collect(),
            articles: report.articles,
            signatures: report.signatures,
            weighed_down: report.weighed_down,
            examples: report.examples,
        }
    }
}

impl CheckProblem {
    /// A problem with a file.
    pub fn of_file(file: &str, problem: impl std::borrow::Borrow<ArticleProblem>) -> Self {
        let problem = problem.borrow();
        Self {
            file: Some(file.to_owned()),
            article: None,
            line: problem.line,
            column: problem.column,
            field: problem.field.clone(),
            message: problem.message.clone(),
        }
    }

    /// A problem with no place.
    pub fn general(message: &str) -> Self {
        Self { file: None, article: None, line: 0, column: 0, field: None, message: message.to_owned() }
    }
}

impl CheckSummary {
    /// Puts everything in the order of the files, once, and says whether the check passed.
    pub fn sort(&mut self) {
        for list in [&mut self.problems, &mut self.notes] {
            list.sort_by(|a, b| {
                (&a.file, a.line, a.column, &a.field, &a.message)
                    .cmp(&(&b.file, b.line, b.column, &b.field, &b.message))
            });
            list.dedup_by(|a, b| (&a.file, a.line, &a.message) == (&b.file, b.line, &b.message));
        }
        self.passed = self.problems.is_empty();
    }
}
