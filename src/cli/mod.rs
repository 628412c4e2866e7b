//! The command line, one file a subcommand.
//!
//! Data goes to standard output, everything else to standard error. Nothing that came from a report or an article
//! reaches the terminal with its control characters.

mod backup;
mod check;
mod completion;
mod deliveries;
mod endpoints;
mod environment;
mod eval;
mod export;
mod import;
mod keys;
mod knowledge;
mod matching;
mod reports;
mod restore;
mod serve;
mod telemetry;
mod terminal;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Config, DEFAULT_FILE, DatabaseUrl, EndpointError, EndpointTable, Settings, place_of_endpoint};
use crate::connect::token::Signer;
use crate::service::{self, Clock, Service};
use crate::store::Location;
use terminal::{Color, Terminal};

/// A command did what it was asked, and what it looked at is well.
const OK: u8 = 0;
/// A command did what it was asked and found something: a problem, no match, a file that cannot be taken.
const FINDINGS: u8 = 1;
/// A command could not do what it was asked.
const FAILED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  kbmatch serve                             serve ./kb on http://127.0.0.1:8080
  kbmatch match error.log                   find the article for a log
  kubectl logs api | kbmatch match -        the same from another program
  kbmatch check kb                          run every example of every article
  kbmatch import vendor-docs/               take articles into the database

Exit codes: 0 all is well, 1 something was found (problems, no match, files not taken), 2 the
command could not run.
Settings come from flags, then KBMATCH_* variables, then kbmatch.toml; see `kbmatch serve --help`.";

/// Matches error reports to the support articles that solve them, with a confidence that means what it says
#[derive(Debug, Parser)]
#[command(name = "kbmatch", version, after_help = EXAMPLES, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
struct Global {
    /// Configuration file [default: kbmatch.toml of the working directory, if it is there]
    #[arg(long, global = true, env = "KBMATCH_CONFIG", value_name = "PATH")]
    config: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Say more; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the knowledge base over HTTP
    Serve(serve::ServeArgs),
    /// Find the articles for a report
    Match(matching::MatchArgs),
    /// Take articles into the database
    Import(import::ImportArgs),
    /// Run every example of every article against all of them
    Check(check::CheckArgs),
    /// Measure the answers on reports with known answers
    Eval(eval::EvalArgs),
    /// Write the articles of the database back as files
    Export(export::ExportArgs),
    /// Write a checked copy of the database
    Backup(backup::BackupArgs),
    /// Put a backup in the place of the database
    Restore(restore::RestoreArgs),
    /// Make, list and revoke API keys
    Keys(keys::KeysArgs),
    /// List, show and delete kept reports
    Reports(reports::ReportsArgs),
    /// List deliveries of platforms and start dead ones anew
    Deliveries(deliveries::DeliveriesArgs),
    /// Set up, try, mute and report on the addresses of platforms
    Endpoints(endpoints::EndpointsArgs),
    /// Print the completion script of a shell
    Completion(completion::CompletionArgs),
}

/// The database, for commands that need no other setting.
#[derive(Debug, Args)]
struct DatabaseArgs {
    /// Database file [default: `sqlite://kbmatch.db`]
    #[arg(long, env = "KBMATCH_DATABASE", value_name = "URL")]
    database: Option<DatabaseUrl>,
}

/// Reads the command line, runs the command, says what went wrong.
pub fn main() -> ExitCode {
    let cli = parsed();
    let terminal = Terminal::new(cli.global.color, cli.global.quiet);
    for warning in environment::strangers(&Cli::command(), cli.global.config.as_deref()) {
        terminal.note(&warning);
    }
    match run(cli, terminal) {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::from(OK),
        Err(error) => {
            terminal::error(&format!("{error:#}"));
            ExitCode::from(FAILED)
        }
    }
}

/// The command line and the environment, in which an empty variable is none: compose files write `${X:-}`.
fn parsed() -> Cli {
    let command = without_empty_variables(Cli::command());
    let parsed = command.clone().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|mut error| {
        environment::name_variable(&mut error, command);
        error.exit()
    })
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let is_empty = |arg: &clap::Arg| arg.get_env().and_then(std::env::var_os).is_some_and(|value| value.is_empty());
    let command = command.mut_args(|arg| if is_empty(&arg) { arg.env(None::<&str>) } else { arg });
    command.mut_subcommands(without_empty_variables)
}

fn run(cli: Cli, terminal: Terminal) -> anyhow::Result<u8> {
    let global = &cli.global;
    if !matches!(cli.command, Command::Serve(_)) {
        telemetry::start_quietly(global.verbose, global.quiet);
    }
    match cli.command {
        Command::Serve(args) => serve::run(args, global, terminal),
        Command::Match(args) => matching::run(&args, global, terminal),
        Command::Import(args) => import::run(args, global, terminal),
        Command::Check(args) => check::run(&args, global, terminal),
        Command::Eval(args) => eval::run(&args, global, terminal),
        Command::Export(args) => export::run(args, global, terminal),
        Command::Backup(args) => backup::run(args, global, terminal),
        Command::Restore(args) => restore::run(args, global, terminal),
        Command::Keys(args) => keys::run(args, global, terminal),
        Command::Reports(args) => reports::run(args, global, terminal),
        Command::Deliveries(args) => deliveries::run(args, global, terminal),
        Command::Endpoints(args) => endpoints::run(args, global, terminal),
        Command::Completion(args) => completion::run(&args),
    }
}

impl Global {
    /// Where the value of a setting came from, or the flag to give.
    fn source_of(&self, flag: &str, key: &str) -> String {
        environment::source_of(flag, key, self.config.as_deref())
    }

    /// An error about an endpoint, with its place in the file of settings.
    fn in_place(&self, error: EndpointError, config: &Config) -> anyhow::Error {
        let is_meant = |table: &EndpointTable| (&table.connector.0, &table.name.0) == (&error.connector, &error.name);
        let file = self.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let index = config.endpoints.iter().position(is_meant);
        match index.and_then(|index| place_of_endpoint(&text, index, error.field)) {
            Some((line, column)) => anyhow::anyhow!("{}:{line}:{column}: {error}", file.display()),
            None => error.into(),
        }
    }

    /// What signs feedback links; an error says where the setting came from.
    fn signer(&self, config: &Config) -> anyhow::Result<Option<Signer>> {
        let source = |problem| anyhow::anyhow!("{problem}; see {}", self.source_of("--feedback-key", "feedback_key"));
        config.signer().map_err(source)
    }

    fn source_of_database(&self) -> String {
        self.source_of("--database", "database")
    }

    fn load(&self, given: Settings) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref(), given)?)
    }

    /// The folders of articles that a command was given, else those of the environment and of the settings.
    fn folders_or(&self, given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
        if !given.is_empty() {
            return Ok(given.to_vec());
        }
        let named = std::env::var("KBMATCH_KB").ok().filter(|folders| !folders.is_empty());
        let kb = named.map(|folders| folders.split(',').map(PathBuf::from).collect());
        Ok(self.load(Settings { kb, ..Settings::default() })?.kb)
    }

    /// Opens the database as a service without folders.
    async fn open(&self, database: DatabaseArgs) -> anyhow::Result<std::sync::Arc<Service>> {
        let config = self.load(Settings { database: database.database, ..Settings::default() })?;
        let location = Location::File(config.database.path().to_owned());
        Ok(Service::open(service::Settings::new(location), Clock::system()).await?)
    }
}

impl Global {
    /// Opens a database that must be there: a command that only reads would make an empty one otherwise.
    async fn open_existing(&self, database: DatabaseArgs) -> anyhow::Result<std::sync::Arc<Service>> {
        let config = self.load(Settings { database: database.database.clone(), ..Settings::default() })?;
        let path = config.database.path();
        anyhow::ensure!(path.exists(), "there is no database {}; see {}", path.display(), self.source_of_database());
        self.open(database).await
    }
}

/// The runtime that commands with a database run on.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start the runtime")
}

/// Whether whoever reads the output went away, which is no failure: `kbmatch … | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn footers_fit_their_width_as_they_are_written() {
        fn check(command: &clap::Command) {
            let footer = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let wide: Vec<&str> = footer.lines().filter(|line| line.chars().count() > 100).collect();
            assert!(wide.is_empty(), "{}: {wide:?}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
