//! What an endpoint did, or would have done.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;

use crate::cli::OK;
use crate::cli::deliveries::split;
use crate::cli::terminal::output;
use crate::connect::dialect::Note;
use crate::delivery::moment;
use crate::service::Service;
use crate::store::{DeliveryFilter, ReplyFilter, ReplyRow};

/// Arguments of `endpoints report`.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// The endpoint, CONNECTOR/NAME
    endpoint: String,
    /// At most so many notes, newest first
    #[arg(long, default_value_t = 100, value_name = "N")]
    limit: u32,
}

pub(super) async fn run(service: &Service, args: ReportArgs) -> anyhow::Result<u8> {
    let (connector, endpoint) = split(&args.endpoint)?;
    let store = service.store();
    let filter = DeliveryFilter {
        connector: Some(connector.clone()),
        endpoint: Some(endpoint.clone()),
        most: u32::MAX,
        ..DeliveryFilter::default()
    };
    let mut counts: BTreeMap<(String, String), usize> = BTreeMap::new();
    for row in store.deliveries(&filter).await? {
        *counts.entry((row.state, row.reason.unwrap_or_default())).or_default() += 1;
    }
    let filter = ReplyFilter {
        connector: Some(connector),
        endpoint: Some(endpoint),
        most: args.limit,
        ..ReplyFilter::default()
    };
    let replies = store.replies(&filter).await?;
    let mut text = format!("Deliveries of {}\n", args.endpoint);
    for ((state, reason), count) in counts {
        let _ = writeln!(text, "{count:>7}  {state}  {reason}");
    }
    let _ = writeln!(text, "\nNotes, newest first (observed: it would have been posted)");
    for reply in &replies {
        line(&mut text, reply);
    }
    output(&text)?;
    Ok(OK)
}

fn line(text: &mut String, reply: &ReplyRow) {
    let note: Option<Note> = reply.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
    let title =
        note.and_then(|note| note.articles.into_iter().next()).map_or_else(String::new, |article| article.title);
    let ReplyRow { state, kind, external_id, article_id, confidence, .. } = reply;
    let at = moment(reply.created_at);
    let _ =
        writeln!(text, "  {at}  {state:<9} {kind:<6}  ticket {external_id}  {confidence:.2}  {article_id}  {title}");
}
