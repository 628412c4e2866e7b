//! `kbmatch import`: articles into the database, also beside a running server.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::terminal::{output, output_json};
use super::{DatabaseArgs, FINDINGS, Global, OK, Terminal, knowledge, runtime};
use crate::service::{ImportItem, ImportItemOutcome, ImportOptions, ImportSummary, ServiceError};
use crate::text::printable;

const EXAMPLES: &str = "\
Examples:
  kbmatch import vendor-docs/            take every article below a folder
  kbmatch import --dry-run kb            say what would come of it
  kbmatch import one.md two.html

Takes Markdown with or without front matter, plain text, HTML, reStructuredText (.rst) and
AsciiDoc (.adoc); files of other kinds in a folder are passed over and counted. A running server
sees the articles within a second. Exit code 1 when a file cannot be taken or conflicts with a
change made through the API; the others are taken.";

/// Arguments of `import`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// Files, and folders that are searched
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only say what would come of it
    #[arg(long)]
    dry_run: bool,
    /// Take nothing when one file cannot be taken
    #[arg(long)]
    all_or_nothing: bool,
    /// Print the account of every file as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: ImportArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let read = knowledge::sources(&args.paths)?;
    if read.sources.is_empty() && read.unread.is_empty() {
        let others = if read.passed_over == 0 { "" } else { ", only files of other kinds" };
        bail!(
            "there is no article to import: no .md, .txt, .html, .rst or .adoc file in {}{others}",
            shown(&args.paths)
        );
    }
    let options =
        ImportOptions { dry_run: args.dry_run, all_or_nothing: args.all_or_nothing, ..ImportOptions::new("import") };
    let imported = runtime()?.block_on(async {
        let service = global.open(args.database).await?;
        let bar = terminal.progress("reading");
        let progress = bar.clone();
        let told = Arc::new(move |done: usize, all: usize, _: &str| {
            progress.set_length(all as u64);
            progress.set_position(done as u64);
        });
        let imported = service.import_read(read, &options, told).await;
        bar.finish_and_clear();
        service.close().await;
        anyhow::Ok(imported)
    })?;
    let summary = match imported {
        // Why nothing was taken is in the account.
        Err(error) => {
            if let ServiceError::ImportRefused { summary } = &error {
                print(summary, args.json)?;
            }
            return Err(error.into());
        }
        Ok(summary) => summary,
    };
    print(&summary, args.json)?;
    if let Some(passed_over) = summary.passed_over_in_words() {
        terminal.note(&passed_over);
    }
    terminal.note(&format!("{}{}", if summary.dry_run { "dry run: " } else { "" }, summary.counts));
    Ok(if summary.counts.not_taken() == 0 { OK } else { FINDINGS })
}

fn print(summary: &ImportSummary, json: bool) -> anyhow::Result<()> {
    if json { output_json(summary) } else { Ok(output(&account(summary))?) }
}

/// One line for each file that something happened to, and for what is wrong with it.
fn account(summary: &ImportSummary) -> String {
    let mut text = String::new();
    for item in summary.items.iter().filter(|item| item.outcome != ImportItemOutcome::Unchanged) {
        let id = item.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let reason = item.reason.as_ref().filter(|_| item.problems.is_empty());
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let line = format!("{:9}{id} ({}){reason}", word(item), item.file);
        let _ = writeln!(text, "{}", printable(&line, false));
        for problem in &item.problems {
            let kind = if problem.warning { "warning: " } else { "" };
            let field = problem.field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default();
            let place = format!("{}:{}:{}", item.file, problem.line.max(1), problem.column.max(1));
            let line = format!("  {place}: {kind}{field}{}", problem.message);
            let _ = writeln!(text, "{}", printable(&line, false));
        }
    }
    text
}

fn word(item: &ImportItem) -> &'static str {
    match item.outcome {
        ImportItemOutcome::Created => "created",
        ImportItemOutcome::Updated => "updated",
        ImportItemOutcome::Unchanged => "unchanged",
        ImportItemOutcome::Archived => "archived",
        ImportItemOutcome::Restored => "restored",
        ImportItemOutcome::Conflict => "conflict",
        ImportItemOutcome::Failed => "failed",
    }
}

fn shown(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}
