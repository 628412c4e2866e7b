//! Ticketing platforms: what their events say, and the calls that post, change, find and withdraw a note.

mod attempts;
mod call;
pub mod chatwoot;
mod fields;
pub mod freshdesk;
pub mod generic;
pub mod github;
pub mod gitlab;
pub mod helpscout;
pub mod intercom;
pub mod jira;
pub mod servicenow;
mod template;
#[cfg(test)]
mod tests;
pub mod zammad;
pub mod zendesk;

pub use attempts::{Attempt, Attempts};

use super::dialect::Note;
use super::endpoint::Endpoint;
use super::model::{InboundRequest, OutboundCall, OutboundResponse, Reading, Unreadable};
use super::verify::{Scheme, check_secret, schemes};

/// Who sees what is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// The support team.
    Internal,
    /// The customer as well.
    Public,
}

/// What is to be posted where.
#[derive(Debug, Clone, Copy)]
pub struct Posting<'a> {
    /// The ticket.
    pub external_id: &'a str,
    /// Mark that finds the note again: `kbmatch:<delivery ULID>`.
    pub marker: &'a str,
    /// Who sees it.
    pub audience: Audience,
    /// What it says.
    pub note: &'a Note,
}

/// Every ticketing platform.
static CONNECTORS: &[&dyn TicketConnector] = &[
    &generic::Generic,
    &zendesk::Zendesk,
    &jira::Jira,
    &freshdesk::Freshdesk,
    &zammad::Zammad,
    &github::GitHub,
    &gitlab::GitLab,
    &intercom::Intercom,
    &chatwoot::Chatwoot,
    &helpscout::HelpScout,
    &servicenow::ServiceNow,
];

/// Every ticketing platform.
pub fn all() -> &'static [&'static dyn TicketConnector] {
    CONNECTORS
}

/// The connector with this name.
pub fn by_name(name: &str) -> Option<&'static dyn TicketConnector> {
    CONNECTORS.iter().copied().find(|connector| connector.name() == name)
}

/// The names of all ticketing connectors.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONNECTORS.iter().map(|connector| connector.name())
}

/// A ticketing platform's wire format.
pub trait TicketConnector: Send + Sync {
    /// Its name in addresses and settings.
    fn name(&self) -> &'static str;

    /// How its requests are signed.
    fn scheme(&self, endpoint: &Endpoint) -> Scheme;

    /// Names of the [`options`](Endpoint::options) it knows; others are refused when the settings are read.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// What is wrong with the values of its options; the field is the option's name.
    fn check_options(&self, _endpoint: &Endpoint) -> Result<(), Unreadable> {
        Ok(())
    }

    /// Whether the platform has notes that only the support team sees. Where it has none, everything posted is public and
    /// needs the confidence of an answer to the customer.
    fn has_internal_notes(&self) -> bool {
        true
    }

    /// Whether the customer can be answered. Where not, every posting is an internal note.
    fn has_public_replies(&self) -> bool {
        true
    }

    /// Reads a request whose signature holds.
    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<Reading, Unreadable>;

    /// The call that posts a note.
    fn post(&self, endpoint: &Endpoint, posting: Posting<'_>) -> OutboundCall;

    /// The platform's identifier of the note that a successful call posted.
    fn posted_id(&self, response: &OutboundResponse) -> Option<String>;

    /// The call that puts a new text in place of a note; `None` where the platform cannot.
    fn edit(&self, _endpoint: &Endpoint, _posting: Posting<'_>, _posted_id: &str) -> Option<OutboundCall> {
        None
    }

    /// The call that removes a note; `None` where the platform cannot.
    fn withdraw(&self, _endpoint: &Endpoint, _external_id: &str, _posted_id: &str) -> Option<OutboundCall> {
        None
    }

    /// The call that lists a ticket's notes, or the first page of them; `None` where they cannot be listed.
    fn list(&self, _endpoint: &Endpoint, _external_id: &str) -> Option<OutboundCall> {
        None
    }

    /// The call that lists the next page of a ticket's notes, behind the answer that was page `page`, from 1; `None` when that
    /// was the last, and where all come at once.
    fn more(
        &self,
        _endpoint: &Endpoint,
        _external_id: &str,
        _response: &OutboundResponse,
        _page: u32,
    ) -> Option<OutboundCall> {
        None
    }

    /// The identifier of the note with the marker, in the answer to [`list`](Self::list) or [`more`](Self::more).
    fn find(&self, _response: &OutboundResponse, _marker: &str) -> Option<String> {
        None
    }

    /// The call that follows when nothing matched, such as handing the conversation to people. Made twice it must do no more
    /// than made once.
    fn no_match(&self, _endpoint: &Endpoint, _external_id: &str) -> Option<OutboundCall> {
        None
    }

    /// The hooks whose failed attempts may be listed and made again, as the settings name them; none where the platform
    /// sends again by itself.
    fn hooks(&self, _endpoint: &Endpoint) -> Vec<String> {
        Vec::new()
    }

    /// The call that lists a hook's attempts, newest first; `page` is [`Attempts::next`] of the page before.
    fn attempts(&self, _hook: &str, _page: Option<&str>) -> Option<OutboundCall> {
        None
    }

    /// Reads the answer to [`attempts`](Self::attempts).
    fn read_attempts(&self, _response: &OutboundResponse) -> Option<Attempts> {
        None
    }

    /// The call that asks for an attempt to be made again. Made twice it must do no more than made once.
    fn again(&self, _hook: &str, _attempt: &Attempt) -> Option<OutboundCall> {
        None
    }
}

/// A note that was posted.
#[derive(Debug, Clone, Copy)]
pub struct Posted<'a> {
    /// The ticket.
    pub external_id: &'a str,
    /// Its mark.
    pub marker: &'a str,
    /// Who sees it.
    pub audience: Audience,
    /// The platform's identifier of it.
    pub id: &'a str,
}

/// The call that takes a note back: it removes it or, where the platform cannot, says in its place that it was withdrawn.
pub fn take_back(connector: &dyn TicketConnector, endpoint: &Endpoint, posted: Posted<'_>) -> Option<OutboundCall> {
    let removed = connector.withdraw(endpoint, posted.external_id, posted.id);
    removed.or_else(|| say_withdrawn(connector, endpoint, posted))
}

/// The call that says in the place of a note that it was withdrawn; `None` where the platform cannot edit notes.
pub fn say_withdrawn(connector: &dyn TicketConnector, endpoint: &Endpoint, posted: Posted<'_>) -> Option<OutboundCall> {
    let Posted { external_id, marker, audience, id } = posted;
    connector.edit(endpoint, Posting { external_id, marker, audience, note: &Note::withdrawn() }, id)
}

/// What keeps an endpoint from working: a secret of another form than its connector needs, an option with a value that
/// means nothing. The field is the setting's name.
pub fn check(connector: &dyn TicketConnector, endpoint: &Endpoint) -> Result<(), Unreadable> {
    if let Some(secret) = &endpoint.secrets.current {
        check_secret(connector.scheme(endpoint), secret)
            .map_err(|problem| Unreadable { field: "secret".to_owned(), problem: problem.to_string() })?;
    }
    connector.check_options(endpoint)
}

/// How a platform without a signature of its own proves its requests: by Standard Webhooks when the secret is one, else by
/// a token in a header.
fn token_or_standard(endpoint: &Endpoint) -> Scheme {
    if is_signing_secret(endpoint) { schemes::STANDARD_WEBHOOKS } else { schemes::TOKEN }
}

/// Whether the endpoint's secret is one that signs.
fn is_signing_secret(endpoint: &Endpoint) -> bool {
    endpoint.secrets.current.as_ref().is_some_and(|secret| secret.reveal().starts_with("whsec_"))
}
