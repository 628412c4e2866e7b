//! `kbmatch deliveries`: what came in from platforms, what became of it, and starting it anew.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::terminal::{output, output_json};
use super::{DatabaseArgs, FINDINGS, Global, OK, Terminal, runtime};
use crate::delivery::{DeliveryView, ReplyView};
use crate::service::Service;
use crate::store::{DELIVERY_STATES, DeliveryFilter, ReplyRow};
use crate::text::counted;

const EXAMPLES: &str = "\
Examples:
  kbmatch deliveries list --state dead              what nobody was answered
  kbmatch deliveries show 01KDZ4T7A8000000000000000Z
  kbmatch deliveries retry 01KDZ4T7A8000000000000000Z
  kbmatch deliveries retry --all --endpoint zendesk/support

A server that runs on the same database takes up within a second what is put back to work.";

/// Arguments of `deliveries`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DeliveriesArgs {
    #[command(flatten)]
    database: DatabaseArgs,
    #[command(subcommand)]
    command: DeliveriesCommand,
}

#[derive(Debug, Subcommand)]
enum DeliveriesCommand {
    /// List deliveries, newest first
    List(ListArgs),
    /// Show a delivery, what is kept of it, and its reply
    Show {
        /// The delivery
        id: String,
    },
    /// Put dead deliveries back to work, and withdrawals that were given up
    Retry(RetryArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// In this state
    #[arg(long, value_parser = DELIVERY_STATES)]
    state: Option<String>,
    /// Of this endpoint, CONNECTOR/NAME
    #[arg(long, value_name = "ENDPOINT")]
    endpoint: Option<String>,
    /// Of this ticket
    #[arg(long)]
    ticket: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_name = "N")]
    limit: u32,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct RetryArgs {
    /// The delivery, or the reply
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    id: Option<String>,
    /// Every dead delivery, and every withdrawal that was given up
    #[arg(long)]
    all: bool,
    /// Only those of this endpoint, CONNECTOR/NAME
    #[arg(long, requires = "all", value_name = "ENDPOINT")]
    endpoint: Option<String>,
}

#[derive(Debug, Serialize)]
struct Shown {
    delivery: DeliveryView,
    reply: Option<ReplyView>,
}

pub(super) fn run(args: DeliveriesArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    runtime()?.block_on(async {
        let service = global.open_existing(args.database).await?;
        let done = match args.command {
            DeliveriesCommand::List(args) => list(&service, args).await,
            DeliveriesCommand::Show { id } => show(&service, &id).await,
            DeliveriesCommand::Retry(args) => retry(&service, args, terminal).await,
        };
        service.close().await;
        done
    })
}

/// The parts of `CONNECTOR/NAME`.
pub(super) fn split(endpoint: &str) -> anyhow::Result<(String, String)> {
    let (connector, name) =
        endpoint.split_once('/').ok_or_else(|| anyhow::anyhow!("{endpoint:?} is no endpoint; write CONNECTOR/NAME"))?;
    Ok((connector.to_owned(), name.to_owned()))
}

fn filter(endpoint: Option<&str>) -> anyhow::Result<DeliveryFilter> {
    let (connector, name) = endpoint.map(split).transpose()?.unzip();
    Ok(DeliveryFilter { connector, endpoint: name, most: u32::MAX, ..DeliveryFilter::default() })
}

async fn list(service: &Service, args: ListArgs) -> anyhow::Result<u8> {
    let filter = DeliveryFilter {
        state: args.state,
        external_id: args.ticket,
        most: args.limit,
        ..filter(args.endpoint.as_deref())?
    };
    let rows = service.store().deliveries(&filter).await?;
    if let (true, Some(connector), Some(endpoint)) = (rows.is_empty(), &filter.connector, &filter.endpoint)
        && !service.store().knows_endpoint(connector, endpoint).await?
    {
        anyhow::bail!("nothing was ever received for {connector}/{endpoint}");
    }
    let views: Vec<DeliveryView> = rows.into_iter().map(DeliveryView::from).collect();
    if args.json {
        output_json(&views)?;
        return Ok(OK);
    }
    let line = |view: &DeliveryView| {
        let why = view.last_error.as_ref().or(view.reason.as_ref()).map_or("", String::as_str);
        let DeliveryView { id, received_at, state, connector, endpoint, external_id, .. } = view;
        format!("{id}  {received_at}  {state:<8}  {connector}/{endpoint}  {external_id}  {why}\n")
    };
    output(&views.iter().map(line).collect::<String>())?;
    if filter.state.as_deref() == Some("dead") {
        output(&given_up(service, &filter).await?.iter().map(given_up_line).collect::<String>())?;
    }
    Ok(OK)
}

/// Withdrawals and calls that follow that were given up, which no delivery shows.
async fn given_up(service: &Service, filter: &DeliveryFilter) -> anyhow::Result<Vec<ReplyRow>> {
    let endpoint = filter.connector.clone().zip(filter.endpoint.clone());
    let mut replies = service.store().given_up_replies(endpoint).await?;
    replies.retain(|reply| filter.external_id.as_ref().is_none_or(|ticket| *ticket == reply.external_id));
    Ok(replies)
}

fn given_up_line(reply: &ReplyRow) -> String {
    let what = if reply.kind == "follow" { "call that follows" } else { "withdrawal" };
    let why = reply.last_error.as_deref().unwrap_or_default();
    let ReplyRow { id, state, connector, endpoint, external_id, .. } = reply;
    format!("{id}  {what}  {state:<8}  {connector}/{endpoint}  {external_id}  {why}\n")
}

async fn show(service: &Service, id: &str) -> anyhow::Result<u8> {
    let row = service.store().delivery(id).await?;
    let row = row.ok_or_else(|| anyhow::anyhow!("there is no delivery {id}; `kbmatch deliveries list` shows them"))?;
    let reply = match &row.reply_id {
        Some(reply) => service.store().reply(reply).await?,
        None => None,
    };
    output_json(&Shown { delivery: row.into(), reply: reply.map(ReplyView::from) })?;
    Ok(OK)
}

async fn retry(service: &Service, args: RetryArgs, terminal: Terminal) -> anyhow::Result<u8> {
    let mut everything = None;
    let ids = if let Some(id) = args.id {
        vec![id]
    } else {
        let filter = DeliveryFilter { state: Some("dead".to_owned()), ..filter(args.endpoint.as_deref())? };
        everything = Some(filter.clone());
        service.store().deliveries(&filter).await?.into_iter().map(|row| row.id).collect()
    };
    let failed = retry_all(service, &ids, terminal).await?;
    // Those that no dead delivery took along.
    let calls: Vec<String> = match everything {
        Some(filter) => given_up(service, &filter).await?.into_iter().map(|reply| reply.id).collect(),
        None => Vec::new(),
    };
    let failed = failed + retry_all(service, &calls, terminal).await?;
    let all = ids.len() + calls.len();
    terminal.note(&format!("worked on again: {} of {}", all - failed, counted(all, "delivery")));
    Ok(if failed == 0 { OK } else { FINDINGS })
}

/// Puts them back to work; gives of how many that failed.
async fn retry_all(service: &Service, ids: &[String], terminal: Terminal) -> anyhow::Result<usize> {
    let mut failed = 0;
    for id in ids {
        if !service.store().retry_delivery(id.clone(), service.clock().now()).await? {
            failed += 1;
            terminal.note(&format!("{id} is not dead, or its text is not kept any more"));
        }
    }
    Ok(failed)
}
