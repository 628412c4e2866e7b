//! `kbmatch serve`: the server, from its settings to its end.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;

use super::{FINDINGS, Global, OK, Terminal, runtime, telemetry, terminal};
use crate::config::{Config, Settings};
use crate::delivery::{self, Deliveries};
use crate::http;
use crate::service::{self, Clock, ImportItemOutcome, ImportOptions, KeepReports, Service, no_progress};
use crate::store::{Location, Store};
use crate::text::counted;

/// How often requests that were accepted are waited for, at most, once the server stops.
const CLOSE: Duration = Duration::from_secs(15);
/// How long a stop at once may take.
const AT_ONCE: Duration = Duration::from_millis(250);

const EXAMPLES: &str = "\
Examples:
  kbmatch serve                                    ./kb, ./kbmatch.db, http://127.0.0.1:8080
  kbmatch serve --kb kb --kb vendor-docs --listen 127.0.0.1:9000
  kbmatch serve --check                            try everything, serve nothing
  KBMATCH_LOG_FORMAT=json kbmatch serve

SIGINT or SIGTERM stops the server: it takes no more requests, finishes those that run within 10
seconds and writes what waits; a second signal stops it at once.";

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
    /// Try the settings, folders, database and port, and exit; exit code 1 when a file would be left out or conflicts with a change of its article
    #[arg(long)]
    check: bool,
}

pub(super) fn run(args: ServeArgs, global: &Global, terminal: Terminal) -> anyhow::Result<u8> {
    let config = global.load(args.settings)?;
    telemetry::start(config.log_format, config.log_level, global.verbose, global.quiet);
    let runtime = runtime()?;
    if config.needs_key() {
        config.check_listen(runtime.block_on(any_active_key(&config))?)?;
    }
    // The port first: it tells of a server that runs already before anything is changed.
    let listener = TcpListener::bind(config.listen).with_context(|| {
        format!(
            "cannot listen on {}; is kbmatch running already? See {}",
            config.listen,
            global.source_of("--listen", "listen")
        )
    })?;
    let folders = folders(&config, global, terminal)?;
    let code = if args.check {
        runtime.block_on(try_everything(&config, &folders, global, terminal))?
    } else {
        runtime.block_on(serve(config, folders, listener, global, terminal))?
    };
    runtime.shutdown_timeout(Duration::from_secs(1));
    Ok(code)
}

/// Whether the database holds a key that can be used, looked up before the port is opened.
async fn any_active_key(config: &Config) -> anyhow::Result<bool> {
    let found = Store::any_active_key(config.database.path(), Clock::system().now()).await;
    found.context("cannot look for API keys, without which no address but loopback is listened on")
}

/// The folders to load. The default one may be missing.
fn folders(config: &Config, global: &Global, terminal: Terminal) -> anyhow::Result<Vec<PathBuf>> {
    let mut folders = config.kb.clone();
    if let Some(missing) = folders.iter().find(|folder| !folder.is_dir()) {
        if !config.kb_is_default {
            bail!("there is no folder {}; see {}", missing.display(), global.source_of("--kb", "kb"));
        }
        terminal.note("warning: there is no folder ./kb; serving what the database holds. See --kb");
        folders.clear();
    }
    Ok(folders)
}

fn service_settings(config: &Config, folders: Vec<PathBuf>) -> service::Settings {
    let day = Duration::from_hours(24);
    let reports = KeepReports {
        age: day * config.report_retention_days,
        match_sample: config.report_sample,
        ..KeepReports::default()
    };
    let database = Location::File(config.database.path().to_owned());
    service::Settings {
        folders,
        reports,
        keep_snapshot: true,
        recall_bytes: usize::from(config.answer_cache_mib) << 20,
        ..service::Settings::new(database)
    }
}

/// What deliveries are told.
fn delivery_settings(config: &Config, global: &Global) -> anyhow::Result<delivery::Settings> {
    Ok(delivery::Settings {
        signer: global.signer(config)?,
        public_url: config.public_url.as_ref().map(|url| url.0.clone()),
        most_waiting: config.max_waiting_deliveries,
        retention_days: config.delivery_retention_days,
        ..delivery::Settings::default()
    })
}

async fn serve(
    config: Config,
    folders: Vec<PathBuf>,
    listener: TcpListener,
    global: &Global,
    terminal: Terminal,
) -> anyhow::Result<u8> {
    // A secret that cannot be found is told before anything is changed.
    let endpoints = config.resolve_endpoints().map_err(|error| global.in_place(error, &config))?;
    let service = Service::open(service_settings(&config, folders), Clock::system()).await?;
    say_left_out(&service);
    listener.set_nonblocking(true).context("cannot set up the listener")?;
    let deliveries = Deliveries::start(Arc::clone(&service), endpoints, delivery_settings(&config, global)?).await?;
    let running = http::start_with(Arc::clone(&service), Some(Arc::clone(&deliveries)), &config, listener)
        .context("cannot start the server")?;
    banner(&service, running.address, terminal);
    let mut stop = Signals::new()?;
    let handle = running.handle.clone();
    let mut server = tokio::spawn(running.server);
    let ended = tokio::select! {
        ended = &mut server => Some(ended),
        name = stop.next() => {
            tracing::info!(signal = name, "stopping: running requests have 10 seconds to finish");
            None
        }
    };
    let outcome = if let Some(ended) = ended {
        ended.context("the server broke off")?
    } else {
        let graceful = async {
            handle.stop(true).await;
            server.await
        };
        tokio::select! {
            ended = tokio::time::timeout(CLOSE, graceful) => match ended {
                Ok(ended) => ended.context("the server broke off")?,
                Err(_) => Ok(()),
            },
            name = stop.next() => {
                tracing::warn!(signal = name, "stopping at once");
                // The workers still wait for their requests; whoever stops twice does not.
                let _ = tokio::time::timeout(AT_ONCE, handle.stop(false)).await;
                Ok(())
            }
        }
    };
    deliveries.stop().await;
    service.close().await;
    tracing::info!("stopped");
    outcome.context("the server failed")?;
    Ok(OK)
}

/// Whether everything that serving needs is there.
async fn try_everything(
    config: &Config,
    folders: &[PathBuf],
    global: &Global,
    terminal: Terminal,
) -> anyhow::Result<u8> {
    config.resolve_endpoints().map_err(|error| global.in_place(error, config))?;
    delivery_settings(config, global)?;
    let database = config.database.path();
    // A check leaves no empty database behind.
    let exists = database.exists();
    let location = if exists { Location::File(database.to_owned()) } else { Location::Temporary };
    if !exists {
        let folder = database.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let probe = std::fs::metadata(folder).with_context(|| format!("the database's folder {}", folder.display()))?;
        if !probe.is_dir() || probe.permissions().readonly() {
            bail!("the database cannot be made in {}", folder.display());
        }
    }
    let service = Service::open(service::Settings::new(location), Clock::system()).await?;
    let options = ImportOptions { dry_run: true, ..ImportOptions::new("check") };
    let summary = service.import_folders(folders, &options, no_progress()).await;
    service.close().await;
    let summary = summary?;
    for item in &summary.items {
        let reason = item.reason.as_deref().unwrap_or("it cannot be taken");
        match (item.outcome, &item.id) {
            (ImportItemOutcome::Failed, _) => terminal::error(&format!("{}: {reason}", item.file)),
            (ImportItemOutcome::Conflict, Some(id)) => {
                terminal::error(&format!("{}: conflict with article {id}: {reason}", item.file));
            }
            _ => {}
        }
    }
    terminal.note(&format!(
        "settings, database, folders and port are usable: {}, {} left out, {} in conflict",
        counted(summary.files, "file"),
        summary.counts.failed,
        summary.counts.conflict
    ));
    Ok(if summary.counts.not_taken() == 0 { OK } else { FINDINGS })
}

fn say_left_out(service: &Service) {
    let left_out = service.left_out();
    if left_out.is_empty() {
        return;
    }
    terminal::error(&format!("{} of the knowledge base is LEFT OUT:", left_out.len()));
    for left_out in left_out {
        terminal::error(&format!("  {}: {}", left_out.name, left_out.reason));
    }
}

fn banner(service: &Service, address: std::net::SocketAddr, terminal: Terminal) {
    let snapshot = service.snapshot();
    terminal.note(&format!(
        "kbmatch {} answers on http://{address} with {} and {}\n\
         try:   curl -s --data-binary @error.log -H 'content-type: text/plain' http://{address}/v1/match\n\
         docs:  http://{address}/docs/",
        env!("CARGO_PKG_VERSION"),
        counted(snapshot.article_count(), "article"),
        counted(snapshot.signature_count(), "signature")
    ));
    tracing::info!(
        %address,
        articles = snapshot.article_count(),
        signatures = snapshot.signature_count(),
        kb_version = snapshot.kb_version(),
        "listening"
    );
}

/// Signals that ask a server to stop.
struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> anyhow::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)] // As on Unix.
    fn new() -> anyhow::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> &'static str {
        // Without a console there is no signal, and the server runs until it is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
