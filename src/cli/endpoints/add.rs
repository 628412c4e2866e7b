//! Writing an endpoint into the settings.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Args;

use super::sample::{PAGES, Page};
use super::{base, kind_of};
use crate::cli::terminal::output;
use crate::cli::{OK, Terminal};
use crate::config::{BaseUrl, Config, ConnectorName, DEFAULT_FILE, EndpointName, read_text};

/// Platforms that are reached at one address, whoever uses them: the one in their page's example.
const ONE_ADDRESS: [&str; 3] = ["slack", "discord", "helpscout"];

/// Arguments of `endpoints add`.
#[derive(Debug, Args)]
pub(super) struct AddArgs {
    /// The platform's connector: zendesk, jira, github, slack, …
    connector: ConnectorName,
    /// A name for it, which becomes part of its address
    name: EndpointName,
    /// Where the platform's API is; Slack, Discord and Help Scout have one address, which is taken unless another is given
    #[arg(long, value_name = "URL")]
    base_url: Option<BaseUrl>,
    /// What it does with answers: observe, suggest or answer
    #[arg(long, default_value = "observe", value_parser = ["observe", "suggest", "answer"])]
    mode: String,
    /// The platform's identifier of the user that notes are posted as
    #[arg(long, value_name = "ID")]
    own_user: Option<String>,
    /// Its calls may go to private and loopback addresses, and by http: for a platform on your own network
    #[arg(long)]
    allow_private: bool,
}

pub(super) fn run(args: &AddArgs, config: &Config, file: Option<&Path>, terminal: Terminal) -> anyhow::Result<u8> {
    let (connector, name) = (args.connector.0.as_str(), args.name.0.as_str());
    let taken = config.endpoints.iter().any(|table| (&table.connector, &table.name) == (&args.connector, &args.name));
    ensure!(!taken, "the settings have an endpoint {connector}/{name} already");
    let file = file.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_owned);
    let page = PAGES.iter().find(|page| page.connector == connector).context("this connector has no page")?;
    let needs_url = page.settings().any(|line| line.starts_with("base_url"));
    ensure!(address(args, page).is_some() || !needs_url, "say where the platform's API is with --base-url");
    let secret = secret_file(&file, connector, name)?;
    let table = table(args, page, &secret);
    let before = if file.exists() { std::fs::read_to_string(&file)? } else { String::new() };
    // Nothing is written that could not be read.
    if let Err(error) = read_text(&format!("{before}{table}"), &file) {
        bail!("{error}\nNothing was written. The endpoint would have been:\n{table}");
    }
    let made = page.secret.map(|form| make_secret(&secret, form)).transpose()?;
    append(&file, &table)?;
    output(&instructions(args, page, config, &secret, made.as_deref()))?;
    terminal.note(&format!(
        "written to {}; restart the server, then try `kbmatch endpoints test {connector}/{name}`",
        file.display()
    ));
    Ok(OK)
}

/// Where the platform's API is, as far as that is known.
fn address<'a>(args: &'a AddArgs, page: &'a Page) -> Option<&'a str> {
    let example = || {
        let line = page.settings().find(|line| line.starts_with("base_url"))?;
        line.split('"').nth(1)
    };
    let given = args.base_url.as_ref().map(|url| url.0.as_str());
    given.or_else(|| ONE_ADDRESS.contains(&page.connector).then(example).flatten())
}

/// The file of an endpoint's secret beside the settings, by a path that is right wherever the server is started.
fn secret_file(settings: &Path, connector: &str, name: &str) -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(settings)?;
    let folder = folder.parent().context("the settings are no file")?;
    Ok(folder.join("secrets").join(format!("{connector}-{name}")))
}

/// Makes a secret, for its owner alone to read; an earlier one is kept.
fn make_secret(path: &Path, prefix: &str) -> anyhow::Result<String> {
    if let Ok(before) = std::fs::read_to_string(path) {
        return Ok(before.trim_end().to_owned());
    }
    let doing = || format!("cannot write the secret {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(doing)?;
    }
    // Each identifier holds 80 random bits.
    let bytes: Vec<u8> = (0..4).flat_map(|_| ulid::Ulid::generate().random().to_be_bytes()[6..].to_vec()).collect();
    let engine = if prefix.is_empty() { URL_SAFE_NO_PAD } else { STANDARD };
    let secret = format!("{prefix}{}", engine.encode(&bytes[..30]));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path).and_then(|mut file| writeln!(file, "{secret}")).with_context(doing)?;
    Ok(secret)
}

fn table(args: &AddArgs, page: &Page, secret: &Path) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let (connector, name) = (&args.connector.0, &args.name.0);
    let mut text = format!("\n[[endpoint]]\nconnector = {}\nname = {}\n", quoted(connector), quoted(name));
    let _ = writeln!(text, "mode = {}", quoted(&args.mode));
    let _ = writeln!(text, "secret = {}", quoted(&format!("file:{}", secret.display())));
    if let Some(url) = address(args, page) {
        let _ = writeln!(text, "base_url = {}", quoted(url));
    }
    if args.allow_private {
        text.push_str("allow_private = true\n");
    }
    if let Some(user) = &args.own_user {
        let _ = writeln!(text, "own_user = {}", quoted(user));
    }
    for line in page.settings().filter(|line| !is_given(line)) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Whether a line of the page's example is one that the command line says.
fn is_given(line: &str) -> bool {
    let key = line.trim_start_matches('#').split('=').next().unwrap_or_default().trim();
    ["connector", "name", "mode", "secret", "base_url", "own_user", "allow_private"].contains(&key)
}

fn append(file: &Path, table: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    let opened = options.create(true).append(true).open(file);
    let written = opened.and_then(|mut file| file.write_all(table.as_bytes()));
    written.with_context(|| format!("cannot write {}", file.display()))
}

fn instructions(args: &AddArgs, page: &Page, config: &Config, secret: &Path, made: Option<&str>) -> String {
    let (connector, name) = (&args.connector.0, &args.name.0);
    let kind = kind_of(connector);
    let mut text = format!("Paste into the platform:\n\n  URL     {}/v1/{kind}/{connector}/{name}\n", base(config));
    let _ = match made {
        Some(secret) => writeln!(text, "  Secret  {secret}"),
        None => writeln!(
            text,
            "  Secret  the platform shows it: write it into {} (readable by the server's user alone)",
            secret.display()
        ),
    };
    for template in page.templates() {
        let _ = writeln!(text, "\n  Body\n\n{template}");
    }
    let given: Vec<&str> = page.settings().filter(|line| !line.trim().is_empty() && !is_given(line)).collect();
    if !given.is_empty() {
        let _ = writeln!(text, "\nThese settings are examples, to be made yours:\n\n  {}", given.join("\n  "));
    }
    let _ = writeln!(text, "\nStep by step: docs/connectors/{connector}.md");
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: AddArgs,
    }

    #[test]
    fn a_platform_with_one_address_needs_none_said() {
        let address = |line: &[&'static str]| {
            let Line { args } = Line::try_parse_from([&["add"], line].concat()).unwrap();
            let page = PAGES.iter().find(|page| page.connector == args.connector.0).unwrap();
            let written = table(&args, page, Path::new("s"));
            let written = written.lines().find(|line| line.starts_with("base_url")).map(str::to_owned);
            assert_eq!(written.is_some(), super::address(&args, page).is_some());
            written
        };
        let line = |url: &str| Some(format!("base_url = \"{url}\""));
        assert_eq!(address(&["slack", "ops"]), line("https://slack.com"));
        assert_eq!(address(&["discord", "ops"]), line("https://discord.com/api/v10"));
        assert_eq!(address(&["helpscout", "ops"]), line("https://api.helpscout.net"));
        assert_eq!(address(&["slack", "ops", "--base-url", "https://slack-gov.com"]), line("https://slack-gov.com"));
        assert_eq!(address(&["zendesk", "ops"]), None, "the page's example is somebody else's");
        assert_eq!(address(&["github", "ops"]), None, "a token must not go to another server than the one meant");
    }
}
