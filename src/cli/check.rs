//! `kbmatch check`: every example through the full pipeline against the whole knowledge base; or the endpoints of the
//! settings.

mod connectors;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use indicatif::ProgressBar;

use super::knowledge::Knowledge;
use super::terminal::{output, output_json};
use super::{FINDINGS, Global, OK, Terminal};
use crate::article::{Article, ArticleProblem, SignatureOrigin, requirements};
use crate::render::check::{CheckProblem, CheckSummary};
use crate::service::check::check;
use crate::service::conditions::conditions;
use crate::text::{counted, printable};

const EXAMPLES: &str = "\
Examples:
  kbmatch check                  check the folders of the settings, ./kb unless they name others
  kbmatch check kb --conditions  also delete every condition in turn; names those no example misses
  kbmatch check kb --json
  kbmatch check --connectors     check the endpoints of the settings instead; --reach also asks
                                 whether they answer

Prints one line a problem as path:line:column: message, all problems at once. Exit code 1 when there
is a problem, or nothing to check.";

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct CheckArgs {
    /// Files and folders of articles [default: the setting `kb`, else ./kb]
    paths: Vec<PathBuf>,
    /// Also say which conditions no example would miss
    #[arg(long)]
    conditions: bool,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
    /// Check the endpoints of the settings: what is missing, whether their secrets are there, what is unconfirmed
    #[arg(long, conflicts_with_all = ["paths", "conditions"])]
    connectors: bool,
    /// Also ask whether anything answers where an endpoint's calls go
    #[arg(long, requires = "connectors")]
    reach: bool,
}

pub(super) fn run(args: &CheckArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    if args.connectors {
        return connectors::run(args, global, terminal);
    }
    let paths = &global.folders_or(&args.paths)?;
    if let Some(missing) = paths.iter().find(|path| !path.exists()) {
        let source =
            if args.paths.is_empty() { format!("; see {}", global.source_of("PATHS", "kb")) } else { String::new() };
        bail!("{}: there is no such file or folder{source}", missing.display());
    }
    let knowledge = Knowledge::load(paths)?;
    let articles: Vec<Arc<Article>> = knowledge.articles.iter().map(|entry| Arc::clone(&entry.article)).collect();
    let files: HashMap<&str, &str> =
        knowledge.articles.iter().map(|entry| (entry.article.id.as_str(), entry.file.as_str())).collect();
    let bar = terminal.progress("checking examples");
    let report = check(&articles, |done, all| show(&bar, done, all));
    bar.finish_and_clear();
    let mut summary = CheckSummary::from(&report);
    for (file, problem) in problems_of_files(&knowledge) {
        summary.problems.push(CheckProblem::of_file(file, problem));
    }
    for entry in &knowledge.articles {
        summary.notes.extend(entry.warnings.iter().map(|warning| CheckProblem::of_file(&entry.file, warning)));
    }
    if args.conditions {
        let bar = terminal.progress("deleting conditions");
        let found = conditions(&articles, |done, all| show(&bar, done, all));
        bar.finish_and_clear();
        summary.notes.extend(found.unguarded.iter().map(CheckProblem::from));
        terminal.note(&format!(
            "signatures of which an example guards every condition: {} of {} ({} deleted, {} run)",
            found.guarded_signatures,
            found.signatures,
            counted(found.conditions, "condition"),
            counted(found.examples_run, "example")
        ));
    }
    for problem in summary.problems.iter_mut().chain(&mut summary.notes) {
        let known = problem.article.as_deref().and_then(|id| files.get(id));
        problem.file = problem.file.take().or_else(|| known.map(|file| (*file).to_owned()));
    }
    let written = articles.iter().flat_map(|article| &article.signatures).any(|s| s.origin == SignatureOrigin::Written);
    if knowledge.articles.is_empty() && knowledge.bad.is_empty() {
        summary.problems.push(CheckProblem::general("there is nothing to check: no article was found"));
    } else if summary.examples == 0 && written {
        summary.problems.push(CheckProblem::general("there is nothing to check: no article has an example"));
    }
    summary.sort();
    finish(args, &summary, terminal)
}

fn finish(args: &CheckArgs, summary: &CheckSummary, terminal: Terminal) -> anyhow::Result<u8> {
    if args.json {
        output_json(summary)?;
    } else {
        let lines = summary.problems.iter().map(|problem| line(problem, "")).collect::<String>();
        let notes = summary.notes.iter().map(|note| line(note, "note: ")).collect::<String>();
        output(&(lines + &notes))?;
    }
    if summary.weighed_down > 0 {
        terminal.note(&match summary.weighed_down {
            1 => "1 derived signature counts less, since it fires on the texts of other articles; `match --explain` names it".to_owned(),
            more => format!("{more} derived signatures count less, since they fire on the texts of other articles; `match --explain` names them"),
        });
    }
    terminal.note(&format!(
        "{}: {}, {}, {} run, {}",
        if summary.passed { "passed" } else { "failed" },
        counted(summary.articles, "article"),
        counted(summary.signatures, "signature"),
        counted(summary.examples, "example"),
        counted(summary.problems.len(), "problem")
    ));
    Ok(if summary.passed { OK } else { FINDINGS })
}

fn problems_of_files(knowledge: &Knowledge) -> Vec<(&str, ArticleProblem)> {
    let mut all: Vec<(&str, ArticleProblem)> = Vec::new();
    for bad in &knowledge.bad {
        all.extend(bad.problems.iter().map(|problem| (bad.file.as_str(), problem.clone())));
    }
    for entry in &knowledge.articles {
        all.extend(requirements(&entry.article).into_iter().map(|problem| (entry.file.as_str(), problem)));
    }
    all
}

fn show(bar: &ProgressBar, done: usize, all: usize) {
    bar.set_length(all as u64);
    bar.set_position(done as u64);
}

fn line(problem: &CheckProblem, kind: &str) -> String {
    let field = problem.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
    let place = match &problem.file {
        Some(file) => format!("{file}:{}:{}: ", problem.line.max(1), problem.column.max(1)),
        None => String::new(),
    };
    format!("{}\n", printable(&format!("{place}{kind}{field}{}", problem.message), false))
}
