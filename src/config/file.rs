//! `kbmatch.toml`, read with places for its errors.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize as _;
use toml::Spanned;

use super::{EndpointTable, KEYS, Settings};

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
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
    read_text(&text, path)
}

/// Reads what a configuration file holds, or would hold.
pub fn read_text(text: &str, path: &Path) -> Result<Settings, ConfigError> {
    parse(text).map_err(|problem| {
        let (line, column) = crate::text::line_and_column(text, problem.offset);
        ConfigError::Invalid { path: path.to_owned(), line, column, message: problem.message }
    })
}

/// Line and column, from 1, of a field of the endpoint at `index` in a configuration file that can be read; of the
/// endpoint where it has no such field.
pub fn place_of_endpoint(text: &str, index: usize, field: &str) -> Option<(usize, usize)> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let endpoint = table.get_ref().get("endpoint")?.get_ref().as_array()?.get(index)?;
    Some(crate::text::line_and_column(text, place_in(endpoint, field)))
}

/// Line and column, from 1, of a setting in a configuration file that can be read.
pub fn place_of_setting(text: &str, key: &str) -> Option<(usize, usize)> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let found = table.get_ref().keys().find(|known| known.get_ref() == key)?;
    Some(crate::text::line_and_column(text, found.span().start))
}

/// Where a field of an endpoint stands; the endpoint where there is none.
fn place_in(endpoint: &Spanned<toml::de::DeValue<'_>>, field: &str) -> usize {
    let key = endpoint.get_ref().as_table().and_then(|fields| fields.keys().find(|key| key.get_ref() == field));
    key.map_or(endpoint.span(), Spanned::span).start
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
        return Err(Problem { offset: key.span().start, message: unknown_key(key.get_ref(), &KEYS) });
    }
    check_endpoints(table.get_ref())?;
    Ok(toml::from_str(text)?)
}

/// What deserialising alone would not see, or not find the place of.
fn check_endpoints(table: &toml::de::DeTable<'_>) -> Result<(), Problem> {
    let Some(endpoints) = table.get("endpoint") else { return Ok(()) };
    let Some(array) = endpoints.get_ref().as_array() else {
        return Err(Problem { offset: endpoints.span().start, message: "write endpoints as [[endpoint]]".to_owned() });
    };
    let mut seen = BTreeSet::new();
    for endpoint in array {
        let fields = endpoint.get_ref().as_table();
        let problem = |field: &str, message: String| Problem {
            offset: place_in(endpoint, field),
            message: format!("{field}: {message}"),
        };
        let unknown = fields
            .and_then(|fields| fields.keys().find(|key| !EndpointTable::FIELDS.contains(&key.get_ref().as_ref())));
        if let Some(key) = unknown {
            return Err(problem(key.get_ref(), unknown_key(key.get_ref(), &EndpointTable::FIELDS)));
        }
        let read = EndpointTable::deserialize(toml::de::ValueDeserializer::from(endpoint.clone()))?;
        read.check().map_err(|(field, message)| problem(field, message))?;
        if let Some(key) = read.unknown_option() {
            return Err(problem("options", unknown_key(key, read.known_options())));
        }
        let repeated = !seen.insert((read.connector.0, read.name.0));
        if repeated {
            return Err(problem("name", "this connector has an endpoint of this name already".to_owned()));
        }
    }
    Ok(())
}

fn unknown_key(key: &str, known: &[&str]) -> String {
    // In TOML, people write the name of the flag as easily as that of the setting.
    let spelled = key.to_lowercase().replace('-', "_");
    match crate::text::nearest(&spelled, known) {
        Some(near) => format!("unknown setting `{key}`; did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown setting `{key}`; there are none here"),
        None => format!("unknown setting `{key}`; known are {}", known.join(", ")),
    }
}
