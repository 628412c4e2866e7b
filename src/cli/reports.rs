//! `kbmatch reports`: reports that were kept, listed, shown and deleted.

use clap::{Args, Subcommand};

use super::{DatabaseArgs, Global, OK, Terminal, runtime, terminal};
use crate::store::KeptReport;
use crate::text::{counted, printable};

const EXAMPLES: &str = "\
Examples:
  kbmatch reports list
  kbmatch reports show 01JD9YV8Z6M1Q2W3E4R5T6Y7U8
  kbmatch reports delete 01JD9YV8Z6M1Q2W3E4R5T6Y7U8

Reports are kept with their secrets overwritten: every one that nothing or several articles
answered, a sample of the others; see --report-retention-days and --report-sample of
`kbmatch serve`.";

const LIST_EXAMPLES: &str = "\
Examples:
  kbmatch reports list --limit 20
  kbmatch reports list --json | jq '.[] | select(.outcome == \"no_match\")'";

const SHOW_EXAMPLES: &str = "\
Examples:
  kbmatch reports show 01JD9YV8Z6M1Q2W3E4R5T6Y7U8
  kbmatch reports show 01JD9YV8Z6M1Q2W3E4R5T6Y7U8 --json";

const DELETE_EXAMPLES: &str = "\
Examples:
  kbmatch reports delete 01JD9YV8Z6M1Q2W3E4R5T6Y7U8

Deletes the report, which articles answered it and what was said of the answers, and overwrites
their place in the database file. Backups made before still hold them.";

/// Arguments of `reports`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ReportsArgs {
    #[command(subcommand)]
    command: ReportsCommand,
}

#[derive(Debug, Subcommand)]
enum ReportsCommand {
    /// List the newest reports
    List(ListArgs),
    /// Show a report
    Show(ShowArgs),
    /// Delete a report and what hangs on it
    Delete(DeleteArgs),
}

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
struct ListArgs {
    /// Most reports to list
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    limit: u32,
    /// Print the reports as JSON, with their text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[command(after_help = SHOW_EXAMPLES)]
struct ShowArgs {
    /// The report, as its answer named it
    id: String,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
struct DeleteArgs {
    /// The report, as its answer named it
    id: String,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: ReportsArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    runtime()?.block_on(async {
        match args.command {
            ReportsCommand::List(args) => list(args, global, terminal).await,
            ReportsCommand::Show(args) => show(args, global).await,
            ReportsCommand::Delete(args) => delete(args, global, terminal).await,
        }
    })
}

async fn list(args: ListArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let service = global.open_existing(args.database).await?;
    let reports = service.kept_reports(args.limit).await;
    service.close().await;
    let reports = reports?;
    if args.json {
        terminal::output_json(&reports)?;
        return Ok(OK);
    }
    if reports.is_empty() {
        terminal.note("no report was kept");
        return Ok(OK);
    }
    let mut rows = vec![["ID", "RECEIVED", "OUTCOME", "ARTICLE", "BYTES"].map(str::to_owned)];
    rows.extend(reports.iter().map(|report| {
        [
            report.id.clone(),
            report.received_at.strftime("%Y-%m-%d %H:%M").to_string(),
            report.outcome.as_str().to_owned(),
            best(report),
            report.bytes.to_string(),
        ]
    }));
    terminal::output(&terminal::table(&rows))?;
    Ok(OK)
}

/// The best article with its confidence.
fn best(report: &KeptReport) -> String {
    report.matches.first().map_or_else(|| "-".to_owned(), |best| format!("{} {:.2}", best.article, best.confidence))
}

async fn show(args: ShowArgs, global: &Global) -> anyhow::Result<u8> {
    let service = global.open_existing(args.database).await?;
    let report = service.kept_report(&args.id).await;
    service.close().await;
    let report = report?;
    if args.json {
        terminal::output_json(&report)?;
    } else {
        terminal::output(&in_words(&report))?;
    }
    Ok(OK)
}

fn in_words(report: &KeptReport) -> String {
    let received = report.received_at.strftime("%Y-%m-%d %H:%M:%S UTC");
    let outcome = report.outcome.as_str();
    let mut blocks = vec![format!("{}  received {received}, {outcome}, {}", report.id, counted(report.bytes, "byte"))];
    blocks.extend(
        report
            .matches
            .iter()
            .map(|found| format!("  {:.2}  {} revision {}", found.confidence, found.article, found.revision)),
    );
    match &report.parts {
        None => blocks.push("\nIts text was too large to keep.".to_owned()),
        Some(parts) => blocks.extend(
            parts.iter().map(|part| format!("\n{}:\n{}", printable(&part.address, false), printable(&part.text, true))),
        ),
    }
    blocks.join("\n") + "\n"
}

async fn delete(args: DeleteArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let service = global.open_existing(args.database).await?;
    let deleted = service.delete_report(&args.id).await;
    service.close().await;
    deleted?;
    terminal.note(&format!("deleted the report {}", args.id));
    Ok(OK)
}
