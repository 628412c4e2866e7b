//! `kbmatch keys`: API keys, made, listed and revoked.

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{DatabaseArgs, Global, OK, Terminal, runtime, terminal};
use crate::access::{ApiKey, KeyId, Scope, Scopes};
use crate::service::NewKey;
use crate::text::printable;

const EXAMPLES: &str = "\
Examples:
  kbmatch keys create chatbot --scope match
  kbmatch keys create editors --scope write --days 90
  kbmatch keys create prometheus --scope read --json
  kbmatch keys list
  kbmatch keys revoke 3f9a0c2e71d4

Without any key a server is open, and only loopback may be listened on. From the first key on, every
address but health, article pages, webhooks, chat and feedback links needs one. A running server
sees a change within a second.";

const CREATE_EXAMPLES: &str = "\
Examples:
  kbmatch keys create chatbot --scope match
  kbmatch keys create editors --scope match --scope write --days 90
  kbmatch keys create eu-desk --scope endpoint:zendesk/support-eu

The key is printed once, on standard output, and cannot be shown again: only its SHA-256 is stored.
Send it as `Authorization: Bearer kbm_…` or `X-API-Key: kbm_…`.

Scopes:
  match                    ask for answers, say whether they helped
  read                     read articles, kept reports, feedback, metrics
  write                    change articles and feedback, and all of read
  admin                    everything
  endpoint:CONNECTOR/NAME  see the deliveries of one endpoint, start dead ones anew";

const LIST_EXAMPLES: &str = "\
Examples:
  kbmatch keys list
  kbmatch keys list --all --json";

const REVOKE_EXAMPLES: &str = "\
Examples:
  kbmatch keys revoke 3f9a0c2e71d4

A running server refuses the key within a second. When the last key is revoked a server does not
become open again: make a new key.";

/// Arguments of `keys`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a key and show it once
    Create(CreateArgs),
    /// List the keys, without their secrets
    List(ListArgs),
    /// Revoke a key for good
    Revoke(RevokeArgs),
}

#[derive(Debug, Args)]
#[command(after_help = CREATE_EXAMPLES)]
struct CreateArgs {
    /// What the key is for
    name: String,
    /// What the key may do; may be given more than once, or as a list with commas
    #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
    scopes: Vec<Scope>,
    /// Days after which the key ends by itself [default: it does not]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
    days: Option<u16>,
    /// Print the key and what is known of it as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[command(after_help = LIST_EXAMPLES)]
struct ListArgs {
    /// Also those that expired or were revoked
    #[arg(long)]
    all: bool,
    /// Print the keys as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

#[derive(Debug, Args)]
#[command(after_help = REVOKE_EXAMPLES)]
struct RevokeArgs {
    /// The key's id, the part of kbm_<id>_<secret> between the underscores; a whole key will do
    #[arg(value_parser = id_of)]
    id: KeyId,
    /// Print what is known of the key as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    database: DatabaseArgs,
}

/// The id in what was given. The parser itself would repeat a text that is none, and it may be a secret.
fn id_of(text: &str) -> Result<KeyId, String> {
    let id = text.strip_prefix("kbm_").and_then(|rest| rest.split('_').next()).unwrap_or(text);
    id.parse()
}

/// A key as JSON.
#[derive(Debug, Serialize)]
struct KeyJson<'k> {
    id: &'k str,
    name: &'k str,
    scopes: Vec<String>,
    state: &'static str,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    /// Only when it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

impl<'k> KeyJson<'k> {
    fn new(key: &'k ApiKey, secret: Option<String>, now: Timestamp) -> Self {
        Self {
            id: key.id.as_str(),
            name: &key.name,
            scopes: key.scopes.iter().map(ToString::to_string).collect(),
            state: key.state(now),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
            key: secret,
        }
    }
}

pub(super) fn run(args: KeysArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    runtime()?.block_on(async {
        match args.command {
            KeysCommand::Create(args) => create(args, global, terminal).await,
            KeysCommand::List(args) => list(args, global, terminal).await,
            KeysCommand::Revoke(args) => revoke(args, global, terminal).await,
        }
    })
}

async fn create(args: CreateArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let service = global.open(args.database).await?;
    let now = service.clock().now();
    let expires_at =
        args.days.map(|days| now.checked_add(SignedDuration::from_hours(24 * i64::from(days)))).transpose()?;
    let made = service.create_key(NewKey { name: args.name, scopes: Scopes::new(args.scopes), expires_at }).await;
    service.close().await;
    let (key, secret) = made?;
    if args.json {
        terminal::output_json(&KeyJson::new(&key, Some(secret.reveal()), now))?;
    } else {
        terminal::output(&format!("{}\n", secret.reveal()))?;
        terminal.note(&format!(
            "made the key {} for {}; keep what is printed above: it is not stored and cannot be shown again",
            key.id, key.name
        ));
    }
    Ok(OK)
}

async fn list(args: ListArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let service = global.open_existing(args.database).await?;
    let (keys, now) = (service.keys().await, service.clock().now());
    service.close().await;
    let mut keys = keys?;
    keys.retain(|key| args.all || key.state(now) == "active");
    if args.json {
        terminal::output_json(&keys.iter().map(|key| KeyJson::new(key, None, now)).collect::<Vec<_>>())?;
        return Ok(OK);
    }
    if keys.is_empty() {
        terminal.note("there is no key; make one with: kbmatch keys create NAME --scope match");
    }
    let date =
        |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M").to_string());
    let mut rows = vec![["ID", "STATE", "SCOPES", "LAST USED", "EXPIRES", "NAME"].map(str::to_owned)];
    rows.extend(keys.iter().map(|key| {
        [
            key.id.to_string(),
            key.state(now).to_owned(),
            key.scopes.to_string(),
            date(key.last_used_at),
            date(key.expires_at),
            printable(&key.name, false).into_owned(),
        ]
    }));
    if rows.len() > 1 {
        terminal::output(&terminal::table(&rows))?;
    }
    Ok(OK)
}

async fn revoke(args: RevokeArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let service = global.open_existing(args.database).await?;
    let (revoked, now) = (service.revoke_key(args.id).await, service.clock().now());
    service.close().await;
    let key = revoked?;
    if args.json {
        terminal::output_json(&KeyJson::new(&key, None, now))?;
    } else {
        terminal.note(&format!("revoked the key {} of {}", key.id, key.name));
    }
    Ok(OK)
}
