//! `kbmatch.toml`, read with places for its errors.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{KEYS, Settings};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is wrong in one place.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The address is one that other machines reach.
    #[error(
        "{listen} can be reached from other machines, and there is no API key: anybody who reaches it could read and \
         change everything. Make a key first with `kbmatch keys create NAME --scope match` (see `kbmatch keys create \
         --help`), or listen on 127.0.0.1, or give --allow-remote-without-keys if something in front keeps strangers out"
    )]
    Remote {
        /// The address asked for.
        listen: SocketAddr,
    },
}

/// Reads a configuration file.
pub fn read_file(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
    parse(&text).map_err(|problem| {
        let (line, column) = crate::text::line_and_column(&text, problem.offset);
        ConfigError::Invalid { path: path.to_owned(), line, column, message: problem.message }
    })
}

struct Problem {
    offset: usize,
    message: String,
}

impl From<toml::de::Error> for Problem {
    fn from(error: toml::de::Error) -> Self {
        Self { offset: error.span().map_or(0, |span| span.start), message: error.message().trim_end().to_owned() }
    }
}

fn parse(text: &str) -> Result<Settings, Problem> {
    let table = toml::de::DeTable::parse(text)?;
    let unknown = table.get_ref().keys().find(|key| !KEYS.contains(&key.get_ref().as_ref()));
    if let Some(key) = unknown {
        return Err(Problem { offset: key.span().start, message: unknown_key(key.get_ref()) });
    }
    Ok(toml::from_str(text)?)
}

fn unknown_key(key: &str) -> String {
    // In TOML, people write the name of the flag as easily as that of the setting.
    let spelled = key.to_lowercase().replace('-', "_");
    match crate::text::nearest(&spelled, &KEYS) {
        Some(near) => format!("unknown setting `{key}`; did you mean `{near}`?"),
        None => format!("unknown setting `{key}`; known are {}", KEYS.join(", ")),
    }
}
