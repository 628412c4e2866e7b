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
use crate::text::counted;

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
        terminal.note(&format!("no note from revision {} of {} is left to take back", args.revision, args.article));
        return Ok(FINDINGS);
    }
    let fates: Vec<(Fate, &ReplyRow)> =
        rows.iter().map(|row| (Fate::of(row, can_withdraw(config, row)), row)).collect();
    let line = |row: &ReplyRow| {
        let id = row.external_reply_id.as_deref().unwrap_or("?");
        format!("{}/{}  ticket {}  note {id}\n", row.connector, row.endpoint, row.external_id)
    };
    let by_hand: String = fates.iter().filter(|(fate, _)| *fate == Fate::ByHand).map(|(_, row)| line(row)).collect();
    if !by_hand.is_empty() {
        output(&format!("Take these back by hand, where they were posted; their platforms offer no way:\n{by_hand}"))?;
    }
    terminal.note(&account(&fates.iter().map(|(fate, _)| *fate).collect::<Vec<_>>()));
    Ok(if by_hand.is_empty() { OK } else { FINDINGS })
}

/// What a withdrawal comes to for a note, by how it stood before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It was posted, and the running server takes it back.
    TakenBack,
    /// It is being posted, or may have been: the server looks, and takes it back.
    Looked,
    /// It was never posted.
    NeverPosted,
    /// It was posted, or may have been, and its platform offers no way.
    ByHand,
}

impl Fate {
    fn of(row: &ReplyRow, can_withdraw: bool) -> Self {
        match (row.may_be_posted(), can_withdraw) {
            (false, _) => Self::NeverPosted,
            (true, false) => Self::ByHand,
            (true, true) if row.is_posted() => Self::TakenBack,
            (true, true) => Self::Looked,
        }
    }
}

fn account(fates: &[Fate]) -> String {
    let number = |fate: Fate| fates.iter().filter(|known| **known == fate).count();
    format!(
        "{}; taken back by the running server: {}, looked for and taken back if posted: {}, never posted: {}, to be taken \
         back by hand: {}",
        counted(fates.len(), "note"),
        number(Fate::TakenBack),
        number(Fate::Looked),
        number(Fate::NeverPosted),
        number(Fate::ByHand)
    )
}

fn can_withdraw(config: &Config, row: &ReplyRow) -> bool {
    let table =
        config.endpoints.iter().find(|table| (&table.connector.0, &table.name.0) == (&row.connector, &row.endpoint));
    let resolved = table.and_then(|table| table.resolve(None, &|_| Ok(crate::connect::model::Secret::new("-"))).ok());
    let Some((configured, connector)) = resolved.zip(ticket::by_name(&row.connector)) else { return false };
    let audience = if row.kind == "public" { Audience::Public } else { Audience::Internal };
    let id = row.external_reply_id.as_deref().unwrap_or("0");
    let posted = Posted { external_id: &row.external_id, marker: &row.marker, audience, id };
    // Without its identifier it has to be looked for.
    let found = row.external_reply_id.is_some() || connector.list(&configured.endpoint, &row.external_id).is_some();
    found && take_back(connector, &configured.endpoint, posted).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(state: &str, action: &str, posted_as: Option<&str>, last_error: Option<&str>) -> ReplyRow {
        ReplyRow {
            state: state.to_owned(),
            action: action.to_owned(),
            external_reply_id: posted_as.map(str::to_owned),
            last_error: last_error.map(str::to_owned),
            ..ReplyRow::queued("1".to_owned(), "2", ("zammad", "desk"), "7".to_owned(), Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn every_note_is_counted_as_what_becomes_of_it() {
        let cases = [
            (row("sent", "post", Some("7"), None), Fate::TakenBack),
            // Asked for before, and not done yet.
            (row("queued", "withdraw", Some("7"), None), Fate::TakenBack),
            (row("retry_wait", "edit", Some("7"), None), Fate::TakenBack),
            (row("sending", "post", None, None), Fate::Looked),
            (row("unknown", "post", None, None), Fate::Looked),
            (row("retry_wait", "post", None, Some("503")), Fate::NeverPosted),
            (row("queued", "post", None, None), Fate::NeverPosted),
            (row("observed", "post", None, None), Fate::NeverPosted),
            (row("rejected", "post", None, Some("403")), Fate::NeverPosted),
            (ReplyRow { check_first: true, ..row("dead", "post", None, Some("stale")) }, Fate::Looked),
            (row("rejected", "withdraw", Some("7"), Some("403")), Fate::TakenBack),
        ];
        for (row, fate) in &cases {
            assert_eq!(Fate::of(row, true), *fate, "{} {}", row.state, row.action);
            let without_a_way = if *fate == Fate::NeverPosted { Fate::NeverPosted } else { Fate::ByHand };
            assert_eq!(Fate::of(row, false), without_a_way, "{} {}", row.state, row.action);
        }
        let said = account(&cases.map(|(row, _)| Fate::of(&row, true)));
        let expected = "11 notes; taken back by the running server: 4, looked for and taken back if posted: 3, never posted: 4, to be taken back by hand: 0";
        assert_eq!(said, expected);
    }
}
