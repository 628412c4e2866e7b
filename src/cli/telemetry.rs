//! Log lines: for people on a terminal, JSON elsewhere, always on standard error.

mod fields;

use std::io::{IsTerminal as _, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::config::{LogFormat, LogLevel};
use crate::report::redact;
use crate::text::printable;

/// Starts logging for the server.
pub(super) fn start(format: LogFormat, level: LogLevel, verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => tracing::Level::ERROR,
        (_, 0) => level.level(),
        (_, 1) => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    let json = match format {
        LogFormat::Json => true,
        LogFormat::Human => false,
        LogFormat::Auto => !std::io::stderr().is_terminal(),
    };
    install(level, json);
}

/// Starts logging for commands that end by themselves: only what goes wrong, unless asked for more.
pub(super) fn start_quietly(verbose: u8, quiet: bool) {
    let level = match (quiet, verbose) {
        (true, _) => tracing::Level::ERROR,
        (_, 0) => tracing::Level::WARN,
        (_, 1) => tracing::Level::DEBUG,
        _ => tracing::Level::TRACE,
    };
    install(level, false);
}

fn install(level: tracing::Level, json: bool) {
    let filter = EnvFilter::new(format!("warn,kbmatch={level}"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_ansi(false);
    // Logging that is already set up, as in a test, stays as it is.
    let _ = if json {
        let builder = builder.json().flatten_event(true).with_span_list(false).fmt_fields(fields::SpanFields);
        builder.with_writer(OneLine).try_init()
    } else {
        builder.with_writer(OneLine).try_init()
    };
}

/// Makes writers whose every event is one line without control characters and without secrets, whatever an error
/// message happens to repeat of a request.
struct OneLine;

impl<'a> MakeWriter<'a> for OneLine {
    type Writer = OneLineWriter;

    fn make_writer(&'a self) -> OneLineWriter {
        OneLineWriter
    }
}

struct OneLineWriter;

impl Write for OneLineWriter {
    /// The formatter hands over each event whole, with the line break at its end.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let mut safe = redact(&printable(line, false)).into_owned();
        safe.push('\n');
        std::io::stderr().write_all(safe.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().flush()
    }
}
