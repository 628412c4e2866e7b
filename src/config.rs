//! Every setting of `kbmatch`, its default and its meaning.
//!
//! A setting is taken from the command line, else from its `KBMATCH_*` variable, else from `kbmatch.toml`, else from its
//! default. [`Settings`] is what one of those sources says; [`Config`] is what holds.

/// Reads a value from a text in the file as the command line reads it.
macro_rules! deserialize_from_text {
    ($($kind:ty),+) => {$(
        impl<'de> serde::Deserialize<'de> for $kind {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

mod endpoint;
mod file;
#[cfg(test)]
mod tests;
mod value;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use crate::connect::token::{self, Signer};
pub use endpoint::{
    BaseUrl, ConfiguredEndpoint, ConnectorName, CredentialTable, EndpointError, EndpointName, EndpointTable, Reference,
};
pub use file::{ConfigError, place_of_endpoint, place_of_setting, read_file, read_text};
pub use value::{ByteSize, DatabaseUrl, LogFormat, LogLevel, Sample};

/// File that is read from the working directory when no other is named.
pub const DEFAULT_FILE: &str = "kbmatch.toml";
/// Folder that is loaded when none is named.
pub const DEFAULT_KB: &str = "./kb";

/// What one source (command line and environment, or the file) says. Absent settings are left to the next source.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "KBMATCH_LISTEN", value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Database file, made when it is missing [default: `sqlite://kbmatch.db`]
    #[arg(long, env = "KBMATCH_DATABASE", value_name = "URL")]
    pub database: Option<DatabaseUrl>,
    /// Folder of articles; may be given more than once, or as a list with commas [default: ./kb]
    #[arg(long, env = "KBMATCH_KB", value_name = "DIR", value_delimiter = ',')]
    pub kb: Option<Vec<PathBuf>>,
    /// Largest report that is accepted, before unpacking [default: 1MiB]
    #[arg(long, env = "KBMATCH_MAX_REPORT_BYTES", value_name = "SIZE")]
    pub max_report_bytes: Option<ByteSize>,
    /// Largest import that is accepted [default: 64MiB]
    #[arg(long, env = "KBMATCH_MAX_IMPORT_BYTES", value_name = "SIZE")]
    pub max_import_bytes: Option<ByteSize>,
    /// Most that a compressed report may unpack to [default: 16MiB]
    #[arg(long, env = "KBMATCH_MAX_UNPACKED_BYTES", value_name = "SIZE")]
    pub max_unpacked_bytes: Option<ByteSize>,
    /// Days that redacted reports are kept; 0 keeps none [default: 30]
    #[arg(long, env = "KBMATCH_REPORT_RETENTION_DAYS", value_name = "DAYS")]
    pub report_retention_days: Option<u32>,
    /// Share of matched reports that are kept, 0 to 1, at most 20 a second below 1; others are always kept [default: 0.05]
    #[arg(long, env = "KBMATCH_REPORT_SAMPLE", value_name = "SHARE")]
    pub report_sample: Option<Sample>,
    /// Memory for answers that are given again when the same request comes again, in MiB; 0 remembers none [default: 16]
    #[arg(long, env = "KBMATCH_ANSWER_CACHE_MIB", value_name = "MIB")]
    pub answer_cache_mib: Option<u16>,
    /// Threads that serve requests [default: one for each processor]
    #[arg(long, env = "KBMATCH_WORKERS", value_name = "N")]
    pub workers: Option<NonZeroUsize>,
    /// Host name that requests may address the server by, beside loopback names and the address it listens on; may be
    /// given more than once, or as a list with commas
    #[arg(long = "allowed-host", env = "KBMATCH_ALLOWED_HOSTS", value_name = "HOST", value_delimiter = ',')]
    pub allowed_hosts: Option<Vec<String>>,
    /// How log lines are written: human, json, or auto for human on a terminal and json elsewhere [default: auto]
    #[arg(long, env = "KBMATCH_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// Least level that is logged: error, warn, info, debug or trace [default: info]
    #[arg(long, env = "KBMATCH_LOG_LEVEL", value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
    /// Requests a second of each API key, twice as many at once; 0 is no limit [default: 200]
    #[arg(long, env = "KBMATCH_RATE_LIMIT_PER_KEY", value_name = "N")]
    pub rate_limit_per_key: Option<u32>,
    /// Requests a second without a key of each address, twice as many at once; 0 is no limit [default: 1000]
    #[arg(long, env = "KBMATCH_RATE_LIMIT_PER_ADDRESS", value_name = "N")]
    pub rate_limit_per_address: Option<u32>,
    /// Listen on an address that other machines reach without any API key, although anybody who reaches it may then read
    /// and change everything [default: false]
    #[arg(
        long,
        env = "KBMATCH_ALLOW_REMOTE_WITHOUT_KEYS",
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub allow_remote_without_keys: Option<bool>,
    /// Address at which people reach this server, for links in notes
    #[arg(long, env = "KBMATCH_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<BaseUrl>,
    /// Days that deliveries and what became of them are kept; duplicates are known for 30 days at least [default: 30]
    #[arg(long, env = "KBMATCH_DELIVERY_RETENTION_DAYS", value_name = "DAYS")]
    pub delivery_retention_days: Option<u32>,
    /// Deliveries that may wait before further ones are put off [default: 100000]
    #[arg(long, env = "KBMATCH_MAX_WAITING_DELIVERIES", value_name = "N")]
    pub max_waiting_deliveries: Option<u64>,
    /// Where the key is that signs feedback links, `env:NAME` or `file:PATH`; notes have none without it
    #[arg(long, env = "KBMATCH_FEEDBACK_KEY", value_name = "PLACE")]
    pub feedback_key: Option<Reference>,
    /// Addresses of ticketing and chat platforms; in the file only.
    #[arg(skip)]
    pub endpoint: Option<Vec<EndpointTable>>,
}

/// Names of the settings as the file writes them.
const KEYS: [&str; 21] = [
    "listen",
    "database",
    "kb",
    "max_report_bytes",
    "max_import_bytes",
    "max_unpacked_bytes",
    "report_retention_days",
    "report_sample",
    "answer_cache_mib",
    "workers",
    "allowed_hosts",
    "log_format",
    "log_level",
    "rate_limit_per_key",
    "rate_limit_per_address",
    "allow_remote_without_keys",
    "public_url",
    "delivery_retention_days",
    "max_waiting_deliveries",
    "feedback_key",
    "endpoint",
];

impl Settings {
    /// What holds when `self` goes before `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            listen: self.listen.or(other.listen),
            database: self.database.or(other.database),
            kb: self.kb.or(other.kb),
            max_report_bytes: self.max_report_bytes.or(other.max_report_bytes),
            max_import_bytes: self.max_import_bytes.or(other.max_import_bytes),
            max_unpacked_bytes: self.max_unpacked_bytes.or(other.max_unpacked_bytes),
            report_retention_days: self.report_retention_days.or(other.report_retention_days),
            report_sample: self.report_sample.or(other.report_sample),
            answer_cache_mib: self.answer_cache_mib.or(other.answer_cache_mib),
            workers: self.workers.or(other.workers),
            allowed_hosts: self.allowed_hosts.or(other.allowed_hosts),
            log_format: self.log_format.or(other.log_format),
            log_level: self.log_level.or(other.log_level),
            rate_limit_per_key: self.rate_limit_per_key.or(other.rate_limit_per_key),
            rate_limit_per_address: self.rate_limit_per_address.or(other.rate_limit_per_address),
            allow_remote_without_keys: self.allow_remote_without_keys.or(other.allow_remote_without_keys),
            public_url: self.public_url.or(other.public_url),
            delivery_retention_days: self.delivery_retention_days.or(other.delivery_retention_days),
            max_waiting_deliveries: self.max_waiting_deliveries.or(other.max_waiting_deliveries),
            feedback_key: self.feedback_key.or(other.feedback_key),
            endpoint: self.endpoint.or(other.endpoint),
        }
    }
}

/// The settings that hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Database file.
    pub database: DatabaseUrl,
    /// Folders of articles.
    pub kb: Vec<PathBuf>,
    /// Whether `kb` is the default, which may be missing.
    pub kb_is_default: bool,
    /// Most bytes of a report, before unpacking.
    pub max_report_bytes: usize,
    /// Most bytes of an import.
    pub max_import_bytes: usize,
    /// Most bytes that a compressed report may unpack to.
    pub max_unpacked_bytes: usize,
    /// Days that redacted reports are kept.
    pub report_retention_days: u32,
    /// Share of matched reports that are kept, 0..=1.
    pub report_sample: f64,
    /// MiB of answers that are remembered.
    pub answer_cache_mib: u16,
    /// Threads that serve requests.
    pub workers: usize,
    /// Host names that requests may use, in lower case, beside those of the listen address.
    pub allowed_hosts: Vec<String>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Least level that is logged.
    pub log_level: LogLevel,
    /// Requests a second of each key; 0 is no limit.
    pub rate_limit_per_key: u32,
    /// Requests a second without a key of each address; 0 is no limit.
    pub rate_limit_per_address: u32,
    /// Whether other machines may reach the server although it asks for no key.
    pub allow_remote_without_keys: bool,
    /// Address at which people reach this server.
    pub public_url: Option<BaseUrl>,
    /// Days that deliveries are kept.
    pub delivery_retention_days: u32,
    /// Deliveries that may wait.
    pub max_waiting_deliveries: u64,
    /// Where the key is that signs feedback links.
    pub feedback_key: Option<Reference>,
    /// Addresses of ticketing and chat platforms, their secrets not yet looked up.
    pub endpoints: Vec<EndpointTable>,
}

impl Config {
    /// Joins what the command line and environment say (`given`) with the file: the one named, which must be there, or
    /// `kbmatch.toml` of the working directory, which need not.
    pub fn load(file: Option<&Path>, given: Settings) -> Result<Self, ConfigError> {
        let from_file = match file {
            Some(path) => read_file(path)?,
            None if Path::new(DEFAULT_FILE).exists() => read_file(Path::new(DEFAULT_FILE))?,
            None => Settings::default(),
        };
        Ok(Self::from(given.or(from_file)))
    }

    /// The endpoints, their secrets looked up in the environment and in files.
    pub fn resolve_endpoints(&self) -> Result<Vec<ConfiguredEndpoint>, EndpointError> {
        let resolve = |table: &EndpointTable| table.resolve(self.public_url.as_ref(), &Reference::look_up);
        self.endpoints.iter().map(resolve).collect()
    }

    /// What signs feedback links; `None` when no key is set.
    pub fn signer(&self) -> Result<Option<Signer>, String> {
        let Some(reference) = &self.feedback_key else { return Ok(None) };
        let secret = reference.look_up().map_err(|problem| format!("feedback_key: {problem}"))?;
        let signer = Signer::new(secret.reveal().as_bytes(), token::DEFAULT_AGE);
        signer.map(Some).map_err(|problem| format!("feedback_key: {reference}: {problem}"))
    }

    /// Whether other machines reach the address, which takes a key unless that was allowed without.
    pub fn needs_key(&self) -> bool {
        !self.listen.ip().to_canonical().is_loopback() && !self.allow_remote_without_keys
    }

    /// Refuses an address that other machines reach when there is no key that can be used.
    pub fn check_listen(&self, any_key: bool) -> Result<(), ConfigError> {
        if any_key || !self.needs_key() { Ok(()) } else { Err(ConfigError::Remote { listen: self.listen }) }
    }
}

impl From<Settings> for Config {
    fn from(settings: Settings) -> Self {
        let processors = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let hosts = settings.allowed_hosts.unwrap_or_default();
        Self {
            listen: settings.listen.unwrap_or(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080)),
            database: settings.database.unwrap_or_default(),
            kb_is_default: settings.kb.is_none(),
            kb: settings.kb.unwrap_or_else(|| vec![PathBuf::from(DEFAULT_KB)]),
            max_report_bytes: settings.max_report_bytes.map_or(1 << 20, ByteSize::bytes),
            max_import_bytes: settings.max_import_bytes.map_or(64 << 20, ByteSize::bytes),
            max_unpacked_bytes: settings.max_unpacked_bytes.map_or(16 << 20, ByteSize::bytes),
            report_retention_days: settings.report_retention_days.unwrap_or(30),
            report_sample: settings.report_sample.map_or(0.05, Sample::value),
            answer_cache_mib: settings.answer_cache_mib.unwrap_or(16),
            workers: settings.workers.map_or_else(processors, NonZeroUsize::get),
            allowed_hosts: hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect(),
            log_format: settings.log_format.unwrap_or_default(),
            log_level: settings.log_level.unwrap_or_default(),
            rate_limit_per_key: settings.rate_limit_per_key.unwrap_or(200),
            rate_limit_per_address: settings.rate_limit_per_address.unwrap_or(1_000),
            allow_remote_without_keys: settings.allow_remote_without_keys.unwrap_or(false),
            public_url: settings.public_url,
            delivery_retention_days: settings.delivery_retention_days.unwrap_or(30),
            max_waiting_deliveries: settings.max_waiting_deliveries.unwrap_or(100_000),
            feedback_key: settings.feedback_key,
            endpoints: settings.endpoint.unwrap_or_default(),
        }
    }
}
