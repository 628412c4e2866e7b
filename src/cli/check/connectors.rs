//! `check --connectors`: every endpoint of the settings, looked at as the server will use it. Nothing is posted, and no
//! credential leaves the machine.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::CheckArgs;
use crate::cli::endpoints::sample::PAGES;
use crate::cli::terminal::{output, output_json};
use crate::cli::{FINDINGS, Global, OK, Terminal, runtime};
use crate::config::{Config, ConfiguredEndpoint, DEFAULT_FILE, EndpointTable, Reference, Settings, place_of_endpoint};
use crate::connect::endpoint::Mode;
use crate::connect::{ticket, unconfirmed};
use crate::delivery::{Caller, StoredCall, Timing};
use crate::text::{counted, printable};

/// What is wrong with an endpoint, or good to know.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// `problem` or `note`.
    kind: &'static str,
    file: String,
    line: usize,
    column: usize,
    endpoint: String,
    field: &'static str,
    message: String,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Found<'a> {
    endpoints: usize,
    findings: &'a [Finding],
}

/// An endpoint that is looked at.
struct Looked<'a> {
    table: &'a EndpointTable,
    file: &'a Path,
    text: &'a str,
    index: usize,
    findings: Vec<Finding>,
}

pub(super) fn run(args: &CheckArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let file = global.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let config = global.load(Settings::default())?;
    if config.endpoints.is_empty() {
        bail!("there is nothing to check: {} has no [[endpoint]]", file.display());
    }
    let mut findings = Vec::new();
    for (index, table) in config.endpoints.iter().enumerate() {
        let mut looked = Looked { table, file: &file, text: &text, index, findings: Vec::new() };
        let configured = look_at(&mut looked, &config);
        if let Some(configured) = configured.filter(|_| args.reach) {
            try_to_reach(&mut looked, &configured)?;
        }
        findings.append(&mut looked.findings);
    }
    finish(args, config.endpoints.len(), &findings, terminal)
}

fn finish(args: &CheckArgs, endpoints: usize, findings: &[Finding], terminal: Terminal) -> anyhow::Result<u8> {
    let problems = findings.iter().filter(|finding| finding.kind == "problem").count();
    if args.json {
        output_json(&Found { endpoints, findings })?;
    } else {
        output(&findings.iter().map(Finding::in_words).collect::<String>())?;
    }
    let passed = if problems == 0 { "passed" } else { "failed" };
    terminal.note(&format!("{passed}: {}, {}", counted(endpoints, "endpoint"), counted(problems, "problem")));
    Ok(if problems == 0 { OK } else { FINDINGS })
}

impl Finding {
    fn in_words(&self) -> String {
        let Self { kind, file, line, column, endpoint, field, message } = self;
        let kind = if *kind == "note" { "note: " } else { "" };
        format!("{}\n", printable(&format!("{file}:{line}:{column}: {kind}{endpoint}: {field}: {message}"), false))
    }
}

impl Looked<'_> {
    fn add(&mut self, kind: &'static str, field: &'static str, message: impl Into<String>) {
        let (line, column) = place_of_endpoint(self.text, self.index, field).unwrap_or((1, 1));
        self.findings.push(Finding {
            kind,
            file: self.file.display().to_string(),
            line,
            column,
            endpoint: format!("{}/{}", self.table.connector.0, self.table.name.0),
            field,
            message: message.into(),
        });
    }

    fn problem(&mut self, field: &'static str, message: impl Into<String>) {
        self.add("problem", field, message);
    }

    fn note(&mut self, field: &'static str, message: impl Into<String>) {
        self.add("note", field, message);
    }
}

/// Everything that can be seen without a call; the endpoint, when it can be used.
fn look_at(looked: &mut Looked<'_>, config: &Config) -> Option<ConfiguredEndpoint> {
    let table = looked.table;
    if table.removed {
        looked.note("removed", "its senders are told to stop; nothing else of it is used");
        return None;
    }
    look_for_settings(looked);
    for (field, reference) in references(table) {
        if let Err(problem) = reference.look_up() {
            looked.problem(field, problem);
        }
    }
    if table.previous_secret_until.is_some_and(|until| until.0 < Timestamp::now()) {
        looked.note("previous_secret_until", "this moment is over; take both settings of the previous secret out");
    }
    if ticket::by_name(&table.connector.0).is_some() && config.public_url.is_none() {
        looked.note("name", "without `public_url` notes link to no article");
    }
    for fact in unconfirmed::of(&table.connector.0) {
        looked.note("connector", format!("unconfirmed, try it with the platform: {fact}"));
    }
    match table.resolve(config.public_url.as_ref(), &Reference::look_up) {
        Ok(configured) => Some(configured),
        // Secrets that are not there were named above, all of them.
        Err(error) => {
            let named = looked.findings.iter().any(|f| f.kind == "problem" && f.field == error.field);
            if !named {
                looked.problem(error.field, error.problem);
            }
            None
        }
    }
}

/// What the page of the platform has in its example and the table has not.
fn look_for_settings(looked: &mut Looked<'_>) {
    let table = looked.table;
    let page = PAGES.iter().find(|page| page.connector == table.connector.0);
    // What stands behind a comment of its own is wanted for some uses only.
    let lines: Vec<&str> =
        page.into_iter().flat_map(|page| page.settings().take_while(|line| !line.starts_with('#'))).collect();
    let wants = |key: &str| lines.iter().any(|line| line.split('=').next().is_some_and(|name| name.trim() == key));
    let (secret, base_url) = (table.secret.is_none(), table.base_url.is_none() && wants("base_url"));
    let (credential, own_user) = (table.credential.is_none(), table.own_user.is_none() && wants("own_user"));
    if secret {
        looked.problem(
            "secret",
            "it is missing, so every request is refused; write secret = \"env:NAME\" or \"file:PATH\"",
        );
    }
    if base_url {
        looked.problem("base_url", "it is missing, so nothing can be posted; write where the platform's API is");
    }
    if credential && wants("credential") && table.mode != Mode::Observe {
        looked.problem("credential", "it is missing, so the platform will refuse every call");
    }
    if own_user {
        looked.note("own_user", "it is missing, so notes of ours that come back are known by their mark alone");
    }
}

/// The places of secrets that a table names.
fn references(table: &EndpointTable) -> Vec<(&'static str, &Reference)> {
    let secrets = [("secret", table.secret.as_ref()), ("previous_secret", table.previous_secret.as_ref())];
    let credential = table.credential.as_ref();
    let credentials = credential.map(|table| [&table.bearer, &table.password, &table.value]);
    let credentials = credentials.into_iter().flatten().map(|reference| ("credential", reference.as_ref()));
    secrets.into_iter().chain(credentials).filter_map(|(field, reference)| Some((field, reference?))).collect()
}

/// Asks whether anything answers where calls go. No credential is sent, and any answer will do.
fn try_to_reach(looked: &mut Looked<'_>, configured: &ConfiguredEndpoint) -> anyhow::Result<()> {
    let Some(base_url) = &configured.endpoint.base_url else { return Ok(()) };
    let call = StoredCall::to_origin(base_url);
    let caller = Caller::new(&Timing::default()).map_err(anyhow::Error::msg)?;
    match runtime()?.block_on(caller.call(configured, &call)) {
        Ok(answered) => looked.note("base_url", format!("{base_url} answers ({})", answered.response.status)),
        Err(error) => looked.problem("base_url", format!("{base_url}: {error}")),
    }
    Ok(())
}
