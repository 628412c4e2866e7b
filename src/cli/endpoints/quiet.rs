//! Mutes, pauses and withdrawals.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::article::Slug;
use crate::cli::deliveries::split;
use crate::cli::terminal::output;
use crate::cli::{FINDINGS, OK, Terminal};
use crate::config::Config;
use crate::connect::ticket::{self, Audience, Posted, take_back};
use crate::service::Service;
use crate::store::{Mute, ReplyRow};

/// Arguments of `endpoints mute`.
#[derive(Debug, Args)]
pub(super) struct MuteArgs {
    /// The endpoint, CONNECTOR/NAME
    endpoint: String,
    /// The article
    #[arg(long)]
    article: Slug,
    /// The last day, YYYY-MM-DD, in UTC
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why, for whoever wonders later
    #[arg(long)]
    reason: String,
    /// Who says so
    #[arg(long, default_value = "cli")]
    by: String,
}

/// Arguments of `endpoints unmute`.
#[derive(Debug, Args)]
pub(super) struct UnmuteArgs {
    /// The endpoint, CONNECTOR/NAME
    endpoint: String,
    /// The article
    #[arg(long)]
    article: Slug,
}

/// Arguments of `endpoints withdraw`.
#[derive(Debug, Args)]
pub(super) struct WithdrawArgs {
    /// The article
    #[arg(long)]
    article: Slug,
    /// The revision that the notes were posted from
    #[arg(long, value_name = "N")]
    revision: u32,
}

pub(super) async fn mute(service: &Service, config: &Config, args: MuteArgs, terminal: Terminal) -> anyhow::Result<u8> {
    let (connector, endpoint) = known(config, &args.endpoint)?;
    anyhow::ensure!(service.get(&args.article).await?.is_some(), "there is no article {}", args.article);
    anyhow::ensure!(!args.reason.trim().is_empty(), "say why with --reason");
    let until: Timestamp = format!("{}T00:00:00Z", args.until.tomorrow()?).parse()?;
    let now = service.clock().now();
    anyhow::ensure!(until > now, "{} is over", args.until);
    let mute = Mute {
        connector,
        endpoint,
        article: args.article.to_string(),
        until: until.as_microsecond(),
        reason: args.reason,
        muted_by: args.by,
        muted_at: now.as_microsecond(),
    };
    service.store().mute(mute).await?;
    terminal.note(&format!("{} says nothing of {} until the end of {}", args.endpoint, args.article, args.until));
    Ok(OK)
}

pub(super) async fn unmute(service: &Service, args: &UnmuteArgs, terminal: Terminal) -> anyhow::Result<u8> {
    let (connector, endpoint) = split(&args.endpoint)?;
    let ended = service.store().unmute(connector, endpoint, args.article.to_string()).await?;
    terminal.note(if ended { "the mute has ended" } else { "there was no such mute" });
    Ok(if ended { OK } else { FINDINGS })
}

/// The parts of an endpoint's name, which the settings must have.
fn known(config: &Config, endpoint: &str) -> anyhow::Result<(String, String)> {
    let (connector, name) = split(endpoint)?;
    let known = config.endpoints.iter().any(|table| table.connector.0 == connector && table.name.0 == name);
    anyhow::ensure!(known, "the settings have no endpoint {endpoint}; `kbmatch endpoints list` shows them");
    Ok((connector, name))
}

pub(super) async fn resume(
    service: &Service,
    config: &Config,
    endpoint: &str,
    terminal: Terminal,
) -> anyhow::Result<u8> {
    let ended = service.store().resume(Some(known(config, endpoint)?)).await?;
    terminal.note(if ended > 0 { "calls are made again" } else { "calls were not resting" });
    Ok(OK)
}

/// Asks for the withdrawal; the server that runs on the same database makes the calls.
pub(super) async fn withdraw(
    service: &Service,
    config: &Config,
    args: WithdrawArgs,
    terminal: Terminal,
) -> anyhow::Result<u8> {
    let now: Timestamp = service.clock().now();
    let rows = service.store().withdraw_replies(args.article.to_string(), args.revision, now).await?;
    if rows.is_empty() {
        terminal.note(&format!("there is no note from revision {} of {}", args.revision, args.article));
        return Ok(FINDINGS);
    }
    let (able, unable): (Vec<&ReplyRow>, Vec<&ReplyRow>) =
        rows.iter().filter(|row| row.state == "sent").partition(|row| can_withdraw(config, row));
    let line = |row: &&ReplyRow| {
        let id = row.external_reply_id.as_deref().unwrap_or("?");
        format!("{}/{}  ticket {}  note {id}\n", row.connector, row.endpoint, row.external_id)
    };
    if !unable.is_empty() {
        output(&format!(
            "Take these back by hand, their platforms offer no way:\n{}",
            unable.iter().map(line).collect::<String>()
        ))?;
    }
    terminal.note(&format!(
        "{} notes: {} are withdrawn by the running server, {} were not posted yet and will not be, {} must be taken back by hand",
        rows.len(),
        able.len(),
        rows.len() - able.len() - unable.len(),
        unable.len()
    ));
    Ok(if unable.is_empty() { OK } else { FINDINGS })
}

fn can_withdraw(config: &Config, row: &ReplyRow) -> bool {
    let table =
        config.endpoints.iter().find(|table| (&table.connector.0, &table.name.0) == (&row.connector, &row.endpoint));
    let resolved = table.and_then(|table| table.resolve(None, &|_| Ok(crate::connect::model::Secret::new("-"))).ok());
    let Some((configured, connector)) = resolved.zip(ticket::by_name(&row.connector)) else { return false };
    let audience = if row.kind == "public" { Audience::Public } else { Audience::Internal };
    let id = row.external_reply_id.as_deref().unwrap_or("0");
    let posted = Posted { external_id: &row.external_id, marker: &row.marker, audience, id };
    take_back(connector, &configured.endpoint, posted).is_some()
}
