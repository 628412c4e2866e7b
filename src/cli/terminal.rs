//! What commands say beside their results: notes, errors, progress.

use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::render::text::Style;
use crate::text::printable;

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How commands talk to people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terminal {
    color: Color,
    quiet: bool,
}

impl Terminal {
    pub(super) fn new(color: Color, quiet: bool) -> Self {
        Self { color, quiet }
    }

    /// How results on standard output look.
    pub(super) fn style(self) -> Style {
        let wanted = match self.color {
            Color::Always => true,
            Color::Never => false,
            // https://no-color.org: set and not empty.
            Color::Auto => std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        };
        if wanted { Style::Colour } else { Style::Plain }
    }

    /// Says something on standard error, unless told to be quiet.
    pub(super) fn note(self, text: &str) {
        if !self.quiet {
            error_line(text);
        }
    }

    /// A progress bar on standard error; nothing is drawn when that is no terminal.
    pub(super) fn progress(self, what: &'static str) -> ProgressBar {
        let target = if self.quiet || !std::io::stderr().is_terminal() {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        bar
    }
}

/// Says what went wrong.
pub(super) fn error(text: &str) {
    error_line(&format!("error: {text}"));
}

fn error_line(text: &str) {
    // There is nobody left to tell when standard error is gone.
    let _ = writeln!(std::io::stderr(), "{}", printable(text, true));
}

/// Writes a result to standard output.
pub(super) fn output(text: &str) -> std::io::Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes a result as JSON to standard output.
pub(super) fn output_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    let mut json = serde_json::to_string_pretty(value)?;
    json.push('\n');
    Ok(output(&json)?)
}

/// Rows as columns, each as wide as its widest cell; the last is not padded.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line.push_str(cell);
            line.extend(std::iter::repeat_n(' ', width + 2 - cell.chars().count()));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
