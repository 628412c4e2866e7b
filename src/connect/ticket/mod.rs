//! Ticketing platforms.

use super::dialect::Note;
use super::endpoint::Endpoint;
use super::model::{InboundRequest, OutboundCall, OutboundResponse, Reading, Unreadable};
use super::verify::Scheme;

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
static CONNECTORS: &[&dyn TicketConnector] = &[];

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

    /// The call that lists a ticket's notes, newest first; `None` where they cannot be listed.
    fn list(&self, _endpoint: &Endpoint, _external_id: &str) -> Option<OutboundCall> {
        None
    }

    /// The identifier of the note with the marker, in the answer to [`list`](Self::list).
    fn find(&self, _response: &OutboundResponse, _marker: &str) -> Option<String> {
        None
    }

    /// Calls that follow when nothing matched, such as handing the conversation to people.
    fn no_match(&self, _endpoint: &Endpoint, _external_id: &str) -> Option<OutboundCall> {
        None
    }
}
