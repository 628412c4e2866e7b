//! `kbmatch completion`: the completion script of a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, OK, terminal};

const EXAMPLES: &str = "\
Examples:
  kbmatch completion bash > ~/.local/share/bash-completion/completions/kbmatch
  kbmatch completion fish > ~/.config/fish/completions/kbmatch.fish";

/// Arguments of `completion`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &CompletionArgs) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "kbmatch", &mut script);
    terminal::output(&String::from_utf8(script)?)?;
    Ok(OK)
}
