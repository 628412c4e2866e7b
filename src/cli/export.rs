//! `kbmatch export`: articles of the database back into files.

use std::path::PathBuf;

use clap::Args;

use super::terminal::{output, output_json};
use super::{DatabaseArgs, FINDINGS, Global, OK, Terminal, runtime};
use crate::service::ExportItemOutcome;
use crate::text::printable;

const EXAMPLES: &str = "\
Examples:
  kbmatch export kb          write what was edited through the API back into the files
  kbmatch export /tmp/all --json

A file that says already what the database says keeps its bytes. A file with a change that was never
imported is left alone and named; the exit code is then 1.";

/// Arguments of `export`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ExportArgs {
    /// Folder to write into, made when it is missing
    dir: PathBuf,
    /// Print the account of every article as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: ExportArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let summary = runtime()?.block_on(async {
        let service = global.open_existing(args.database).await?;
        let summary = service.export(&args.dir).await;
        service.close().await;
        anyhow::Ok(summary?)
    })?;
    if args.json {
        output_json(&summary)?;
    } else {
        for item in summary.items.iter().filter(|item| item.outcome == ExportItemOutcome::Left) {
            let line = format!("{}: left alone: {}", item.file, item.reason.as_deref().unwrap_or("it differs"));
            output(&format!("{}\n", printable(&line, false)))?;
        }
    }
    terminal
        .note(&format!("{} written, {} unchanged, {} left alone", summary.written, summary.unchanged, summary.left));
    Ok(if summary.left == 0 { OK } else { FINDINGS })
}
