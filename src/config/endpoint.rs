//! `[[endpoint]]` tables: what one says, and the endpoint that it stands for once its secrets are looked up.

mod credential;
mod name;
mod reference;

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::Deserialize;

pub use self::credential::CredentialTable;
use self::name::Instant;
pub use self::name::{BaseUrl, ConnectorName, EndpointName};
pub use self::reference::Reference;
use super::value::{ByteSize, Sample};
use crate::connect::endpoint::{Endpoint, Mode, Secrets};
use crate::connect::model::{Credential, Secret};
use crate::connect::verify::{Freshness, TOLERANCE_SECONDS, TimestampCheck, check_secret};
use crate::connect::{chat, ticket};

/// Least confidence of an internal note when the table says nothing.
const SUGGEST_AT: f64 = 0.6;
/// Least confidence of an answer that the customer sees when the table says nothing.
const ANSWER_AT: f64 = 0.9;
/// Most bytes of a request of a ticketing platform when the table says nothing.
const MAX_BODY: usize = 1 << 20;
/// Calls a minute when the table says nothing: below the tightest published limit, GitHub's 80.
const CALLS_PER_MINUTE: u32 = 60;
/// Most seconds that a signed timestamp may be old: the time for which a request that was listened to can be sent again.
const MOST_TIMESTAMP_AGE: u32 = 3_600;

/// One `[[endpoint]]` table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointTable {
    /// The platform's connector.
    pub connector: ConnectorName,
    /// Name in the endpoint's address.
    pub name: EndpointName,
    /// What it does with answers.
    #[serde(default)]
    pub mode: Mode,
    /// Least confidence of an internal note.
    pub suggest_at: Option<Sample>,
    /// Least confidence of an answer that the customer sees.
    pub answer_at: Option<Sample>,
    /// Where calls go.
    pub base_url: Option<BaseUrl>,
    /// The secret that proves requests.
    pub secret: Option<Reference>,
    /// The one before it, during a rotation.
    pub previous_secret: Option<Reference>,
    /// Until when the one before counts.
    pub previous_secret_until: Option<Instant>,
    /// What is done about a request whose timestamp is old.
    #[serde(default)]
    pub timestamp_check: TimestampCheck,
    /// Credential of calls.
    pub credential: Option<CredentialTable>,
    /// The platform's identifier of the user that we post as.
    pub own_user: Option<String>,
    /// Calls may go to private and loopback addresses.
    #[serde(default)]
    pub allow_private: bool,
    /// Seconds that a signed timestamp may be old, or ahead.
    pub timestamp_age: Option<NonZeroU32>,
    /// The endpoint is gone: its senders are told to stop.
    #[serde(default)]
    pub removed: bool,
    /// Most bytes of a request.
    pub max_body_bytes: Option<ByteSize>,
    /// Calls a minute, over all tickets.
    pub calls_per_minute: Option<NonZeroU32>,
    /// Settings of the connector.
    #[serde(default)]
    pub options: BTreeMap<String, toml::Value>,
}

/// An endpoint and what only deliveries need to know of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfiguredEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Calls may go to private and loopback addresses.
    pub allow_private: bool,
    /// Its senders are told to stop.
    pub removed: bool,
    /// Most bytes of a request.
    pub max_body_bytes: usize,
    /// Calls a minute.
    pub calls_per_minute: u32,
    /// How old a request's timestamp may be, and what is done about older ones.
    pub freshness: Freshness,
    /// Where the credential is read again once the platform refuses it; none where it cannot change while the server runs.
    pub renewal: Option<CredentialTable>,
}

/// Why an endpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("endpoint {connector}/{name}: {field}: {problem}")]
pub struct EndpointError {
    /// The endpoint's connector.
    pub connector: String,
    /// The endpoint's name.
    pub name: String,
    /// The setting.
    pub field: &'static str,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl EndpointTable {
    /// Names of the fields as the file writes them.
    pub(super) const FIELDS: [&'static str; 18] = [
        "connector",
        "name",
        "mode",
        "suggest_at",
        "answer_at",
        "base_url",
        "secret",
        "previous_secret",
        "previous_secret_until",
        "timestamp_check",
        "timestamp_age",
        "credential",
        "own_user",
        "allow_private",
        "removed",
        "max_body_bytes",
        "calls_per_minute",
        "options",
    ];

    /// The options that the connector knows.
    pub(super) fn known_options(&self) -> &'static [&'static str] {
        let name = &self.connector.0;
        let ticket = ticket::by_name(name).map(ticket::TicketConnector::options);
        ticket.or_else(|| chat::by_name(name).map(chat::ChatConnector::options)).unwrap_or_default()
    }

    /// An option that the connector does not know.
    pub(super) fn unknown_option(&self) -> Option<&str> {
        self.options.keys().map(String::as_str).find(|key| !self.known_options().contains(key))
    }

    /// What cannot be seen in one value alone; the field and what is wrong.
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let wrong = |field, problem: &str| Err((field, problem.to_owned()));
        let (suggest_at, answer_at) = (self.suggest_at(), self.answer_at());
        if answer_at < suggest_at {
            return wrong("answer_at", "a public answer needs at least the confidence of a note (suggest_at)");
        }
        if self.previous_secret.is_some() && self.secret.is_none() {
            return wrong("previous_secret", "there is no `secret` that follows it");
        }
        if self.previous_secret.is_some() != self.previous_secret_until.is_some() {
            return wrong("previous_secret_until", "write it and `previous_secret` together");
        }
        if self.base_url.as_ref().is_some_and(|url| url.0.starts_with("http:")) && !self.allow_private {
            return wrong(
                "base_url",
                "a credential is sent there, so it must be https outside the private network (allow_private)",
            );
        }
        if self.timestamp_age.is_some_and(|seconds| seconds.get() > MOST_TIMESTAMP_AGE) {
            return wrong("timestamp_age", "at most 3600 seconds; put the clock right that is further off");
        }
        if let Some(credential) = &self.credential {
            credential.check().map_err(|problem| ("credential", problem.to_owned()))?;
        }
        Ok(())
    }

    fn suggest_at(&self) -> f64 {
        self.suggest_at.map_or(SUGGEST_AT, Sample::value)
    }

    fn answer_at(&self) -> f64 {
        self.answer_at.map_or(ANSWER_AT, Sample::value)
    }

    /// The endpoint, its secrets looked up with `lookup`.
    pub fn resolve(
        &self,
        public_url: Option<&BaseUrl>,
        lookup: &dyn Fn(&Reference) -> Result<Secret, String>,
    ) -> Result<ConfiguredEndpoint, EndpointError> {
        let error = |field, problem| EndpointError {
            connector: self.connector.0.clone(),
            name: self.name.0.clone(),
            field,
            problem,
        };
        let secret = |field, reference: &Option<Reference>| {
            reference.as_ref().map(lookup).transpose().map_err(|problem| error(field, problem))
        };
        let previous = secret("previous_secret", &self.previous_secret)?;
        let secrets = Secrets {
            current: secret("secret", &self.secret)?,
            previous: previous.zip(self.previous_secret_until.map(|until| until.0)),
        };
        let credential = match &self.credential {
            Some(table) => table.resolve(lookup).map_err(|problem| error("credential", problem))?,
            None => Credential::None,
        };
        let endpoint = Endpoint {
            connector: self.connector.0.clone(),
            name: self.name.0.clone(),
            mode: self.mode,
            suggest_at: self.suggest_at(),
            answer_at: self.answer_at(),
            secrets,
            base_url: self.base_url.as_ref().map(|url| url.0.clone()),
            credential,
            own_user: self.own_user.clone(),
            options: self.options.clone(),
            public_url: public_url.map(|url| url.0.clone()),
        };
        check_for_connector(&endpoint).map_err(|(field, problem)| error(field, problem))?;
        Ok(ConfiguredEndpoint {
            endpoint,
            allow_private: self.allow_private,
            removed: self.removed,
            max_body_bytes: self.max_body_bytes.map_or_else(|| most_bytes(&self.connector.0), ByteSize::bytes),
            calls_per_minute: self.calls_per_minute.map_or(CALLS_PER_MINUTE, NonZeroU32::get),
            freshness: Freshness {
                seconds: self.timestamp_age.map_or(TOLERANCE_SECONDS, |seconds| seconds.get().into()),
                check: self.timestamp_check,
            },
            renewal: self.credential.clone().filter(CredentialTable::is_in_files),
        })
    }
}

/// Most bytes of a request when the table says nothing.
fn most_bytes(connector: &str) -> usize {
    chat::by_name(connector).map_or(MAX_BODY, chat::ChatConnector::max_body_bytes)
}

/// Whether the connector can work with the secret and the options; the field and what is wrong.
fn check_for_connector(endpoint: &Endpoint) -> Result<(), (&'static str, String)> {
    if let Some(connector) = ticket::by_name(&endpoint.connector) {
        return ticket::check(connector, endpoint).map_err(|error| match error.field.as_str() {
            "secret" => ("secret", error.problem),
            _ => ("options", error.to_string()),
        });
    }
    match (chat::by_name(&endpoint.connector), &endpoint.secrets.current) {
        (Some(connector), Some(secret)) => {
            check_secret(connector.scheme(endpoint), secret).map_err(|problem| ("secret", problem.to_string()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
