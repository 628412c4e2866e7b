//! `kbmatch backup`: a checked copy of the database.

use std::path::PathBuf;

use clap::Args;

use super::{DatabaseArgs, Global, OK, Terminal, runtime};

const EXAMPLES: &str = "\
Examples:
  kbmatch backup /var/backups/kbmatch-$(date +%F).db

A running server need not be stopped. `kbmatch restore FILE` puts the copy in the place of the
database; see its help.";

/// Arguments of `backup`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BackupArgs {
    /// File to write; it must not exist
    file: PathBuf,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: BackupArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    runtime()?.block_on(async {
        let service = global.open_existing(args.database).await?;
        let written = service.backup(&args.file).await;
        service.close().await;
        written?;
        terminal.note(&format!("wrote {}", args.file.display()));
        Ok(OK)
    })
}
