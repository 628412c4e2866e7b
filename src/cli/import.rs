//! `kbmatch import`: articles into the database, also beside a running server.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use clap::Args;

use super::terminal::{output, output_json};
use super::{DatabaseArgs, FINDINGS, Global, OK, Terminal, knowledge, runtime, terminal};
use crate::service::{ImportItem, ImportItemOutcome, ImportOptions, ImportSummary};
use crate::text::printable;

const EXAMPLES: &str = "\
Examples:
  kbmatch import vendor-docs/            take every article below a folder
  kbmatch import --dry-run kb            say what would come of it
  kbmatch import one.md two.html

Takes Markdown with or without front matter, plain text, HTML, reStructuredText (.rst) and AsciiDoc (.adoc).
A running server sees the articles within a second.
Exit code 1 when a file cannot be taken or conflicts with a change made through the API; the others are taken.";

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
    let (sources, unread) = knowledge::sources(&args.paths)?;
    if sources.is_empty() && unread.is_empty() {
        bail!("there is no article to import: no .md, .txt, .html, .rst or .adoc file in {}", shown(&args.paths));
    }
    let options =
        ImportOptions { dry_run: args.dry_run, all_or_nothing: args.all_or_nothing, ..ImportOptions::new("import") };
    if let (true, Some(first)) = (options.all_or_nothing, unread.first()) {
        bail!("nothing was imported: {}: {}", first.name, first.reason);
    }
    let summary = runtime()?.block_on(async {
        let service = global.open(args.database).await?;
        let bar = terminal.progress("reading");
        let progress = bar.clone();
        let told = Arc::new(move |done: usize, all: usize, _: &str| {
            progress.set_length(all as u64);
            progress.set_position(done as u64);
        });
        let summary = service.import(sources, &options, told).await;
        bar.finish_and_clear();
        service.close().await;
        anyhow::Ok(summary?)
    })?;
    if args.json {
        output_json(&summary)?;
    } else {
        output(&account(&summary))?;
    }
    for unread in &unread {
        terminal::error(&format!("{}: {}", unread.name, unread.reason));
    }
    let counts = summary.counts;
    terminal.note(&format!(
        "{}{} created, {} updated, {} unchanged, {} restored, {} in conflict, {} failed",
        if summary.dry_run { "dry run: " } else { "" },
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.restored,
        counts.conflict,
        counts.failed + unread.len()
    ));
    Ok(if counts.failed + counts.conflict + unread.len() == 0 { OK } else { FINDINGS })
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
