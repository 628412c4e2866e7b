//! `kbmatch endpoints`: the addresses of platforms, set up, tried, kept quiet, reported on.

mod add;
mod quiet;
mod report;
pub(super) mod sample;
mod sign;
mod trial;

use std::fmt::Write as _;

use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::terminal::output;
use super::{DatabaseArgs, Global, OK, Terminal, runtime};
use crate::config::{Config, Settings};
use crate::text::printable;

const EXAMPLES: &str = "\
Examples:
  kbmatch endpoints add zendesk support --base-url https://acme.zendesk.com
  kbmatch endpoints test zendesk/support
  kbmatch endpoints report zendesk/support          what it did, or would have done in mode observe
  kbmatch endpoints mute zendesk/support --article tls-certificate-expired --until 2026-12-31 \\
      --reason outage
  kbmatch endpoints withdraw --article tls-certificate-expired --revision 3";

/// Arguments of `endpoints`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct EndpointsArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(subcommand)]
    command: EndpointsCommand,
}

#[derive(Debug, Subcommand)]
enum EndpointsCommand {
    /// List the endpoints of the settings, and what keeps each quiet now: mutes, and calls that rest
    List,
    /// Write an endpoint into the settings and say what to paste into the platform
    Add(add::AddArgs),
    /// Take a signed sample through every step and show each; nothing is stored or posted
    Test {
        /// The endpoint, CONNECTOR/NAME
        endpoint: String,
    },
    /// Keep an endpoint quiet about an article for a while
    Mute(quiet::MuteArgs),
    /// End a mute
    Unmute(quiet::UnmuteArgs),
    /// Let an endpoint call again whose platform refused its credential
    Resume {
        /// The endpoint, CONNECTOR/NAME
        endpoint: String,
    },
    /// Take back every note posted from one revision of an article, where the platform can
    Withdraw(quiet::WithdrawArgs),
    /// Say what an endpoint did, or would have done in mode observe
    Report(report::ReportArgs),
}

pub(super) fn run(args: EndpointsArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let config = global.load(Settings { database: args.database.database.clone(), ..Settings::default() })?;
    match args.command {
        EndpointsCommand::List => runtime()?.block_on(list(&config, global, args.database)),
        EndpointsCommand::Add(args) => add::run(&args, &config, global.config.as_deref(), terminal),
        EndpointsCommand::Test { endpoint } => trial::run(&endpoint, &config),
        command => runtime()?.block_on(async {
            let service = global.open_existing(args.database).await?;
            let done = match command {
                EndpointsCommand::Mute(args) => quiet::mute(&service, &config, args, terminal).await,
                EndpointsCommand::Unmute(args) => quiet::unmute(&service, &args, terminal).await,
                EndpointsCommand::Resume { endpoint } => quiet::resume(&service, &config, &endpoint, terminal).await,
                EndpointsCommand::Withdraw(args) => quiet::withdraw(&service, &config, args, terminal).await,
                EndpointsCommand::Report(args) => report::run(&service, args).await,
                EndpointsCommand::List | EndpointsCommand::Add(_) | EndpointsCommand::Test { .. } => Ok(OK),
            };
            service.close().await;
            done
        }),
    }
}

/// The endpoints of the settings, each with what keeps it quiet now.
async fn list(config: &Config, global: &Global, database: DatabaseArgs) -> anyhow::Result<u8> {
    let (mut mutes, mut pauses) = (Vec::new(), Vec::new());
    if config.database.path().exists() {
        let service = global.open_existing(database).await?;
        let now = service.clock().now();
        let quiet = tokio::join!(service.store().mutes(now), service.store().pauses(now));
        service.close().await;
        (mutes, pauses) = (quiet.0?, quiet.1?);
    }
    let day = |at: i64| Timestamp::from_microsecond(at).map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    let mut text = String::new();
    for table in &config.endpoints {
        let (connector, name) = (&table.connector.0, &table.name.0);
        let kind = kind_of(connector);
        let mode = if table.removed { "removed".to_owned() } else { format!("{:?}", table.mode).to_lowercase() };
        writeln!(text, "{connector}/{name}  {mode}  {}/v1/{kind}/{connector}/{name}", base(config))?;
        for pause in pauses.iter().filter(|pause| (&pause.connector, &pause.endpoint) == (connector, name)) {
            writeln!(text, "  its calls rest until {}: {}", day(pause.until)?, printable(&pause.reason, false))?;
        }
        for mute in mutes.iter().filter(|mute| (&mute.connector, &mute.endpoint) == (connector, name)) {
            let (why, who) = (printable(&mute.reason, false), printable(&mute.muted_by, false));
            writeln!(text, "  says nothing of {} until {}: {why} ({who})", mute.article, day(mute.until)?)?;
        }
    }
    output(&text)?;
    Ok(OK)
}

/// The part of an address that says what kind of platform it is for.
fn kind_of(connector: &str) -> &'static str {
    if crate::connect::chat::by_name(connector).is_some() { "chat" } else { "webhooks" }
}

/// Where people and platforms reach this server.
fn base(config: &Config) -> &str {
    config.public_url.as_ref().map_or("https://YOUR-SERVER", |url| url.0.as_str())
}
