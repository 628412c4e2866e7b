//! `kbmatch restore`: a backup in the place of the database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{DatabaseArgs, Global, OK, Terminal, runtime};
use crate::config::{DatabaseUrl, Settings};
use crate::store::{OldDatabase, Restored, Store};
use crate::text::counted;

const EXAMPLES: &str = "\
Examples:
  kbmatch restore /var/backups/kbmatch-2026-11-30.db
  kbmatch restore kbmatch.db-before-restore --discard      undo that

Stop the server first; a restore is refused while any process has the database open. The copy is
checked before anything is changed, and takes the database's name in one step: a restore that is cut
short leaves the old database or the new one, whole.

What the copy holds is as it was when it was made: keys that were revoked since can be used again,
reports that were deleted since are there, and a server that starts on it answers the deliveries
that waited then.";

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct RestoreArgs {
    /// Backup to restore; it stays where it is
    file: PathBuf,
    /// Keep nothing of the database that is in place; without this it stays beside the new one, with
    /// `-before-restore` behind its name
    #[arg(long)]
    discard: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

pub(super) fn run(args: RestoreArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let config = global.load(Settings { database: args.database.database, ..Settings::default() })?;
    let old = if args.discard { OldDatabase::Discard } else { OldDatabase::Keep };
    let database = config.database.path();
    let restored = runtime()?.block_on(Store::restore(&args.file, database, old))?;
    terminal.note(&account(&restored, &args.file, database));
    Ok(OK)
}

/// What was done, what it means, and how to undo it: a line each.
fn account(restored: &Restored, file: &Path, database: &Path) -> String {
    let Restored { kept, damage, holds, schema } = restored;
    let (articles, path) = (counted(holds.articles, "article"), database.display());
    let last = holds.changed_at.map(|at| at.strftime(", last changed %Y-%m-%d %H:%M UTC").to_string());
    let mut lines = vec![format!("restored {path} from {}: {articles}{}", file.display(), last.unwrap_or_default())];
    if holds.schema < *schema {
        lines.push(format!("its schema is {}; the next command backs it up and brings it to {schema}", holds.schema));
    }
    if holds.waiting > 0 {
        lines.push(format!(
            "deliveries and notes that waited when the copy was made: {}; a server that starts on it answers them, also \
             those that were answered since",
            holds.waiting
        ));
    }
    if let Some(damage) = damage {
        lines.push(format!("the database that was in place is damaged: {damage}"));
    }
    if let Some(kept) = kept {
        let is_default = database == DatabaseUrl::default().path();
        let named = if is_default { String::new() } else { format!(" --database sqlite://{path}") };
        let kept = kept.display();
        lines.push(format!("what was in place is kept as {kept}; to undo: kbmatch restore {kept} --discard{named}"));
    }
    lines.join("\n")
}
