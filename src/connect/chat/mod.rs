//! Chat platforms and bot frameworks.

use super::dialect::Note;
use super::endpoint::Endpoint;
use super::model::{InboundRequest, OutboundCall, Unreadable};
use super::verify::Scheme;

/// A question from a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatQuery {
    /// The platform's identifier, the same over its retries.
    pub query_id: Option<String>,
    /// The conversation.
    pub conversation_id: String,
    /// Who asks; kept no longer than the answer takes.
    pub user_id: String,
    /// Language tag.
    pub locale: Option<String>,
    /// The report, plain text.
    pub text: String,
    /// What the connector needs to write its response or its later call, in its own form.
    pub reply: serde_json::Value,
}

/// A vote on an answer: the value of a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatVote {
    /// The signed value, see [`token`](super::token).
    pub token: String,
    /// Who votes.
    pub user_id: String,
    /// What the connector needs to write its response, in its own form.
    pub reply: serde_json::Value,
}

/// What a genuine chat request turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum ChatReading {
    /// A question.
    Query(Box<ChatQuery>),
    /// A vote.
    Vote(Box<ChatVote>),
    /// The candidate that settles an ambiguous answer, as a signed value.
    Choice(Box<ChatVote>),
    /// Answered at once, without matching: a ping, a challenge, our own message.
    Respond(ChatResponse),
}

/// A response to a chat platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatResponse {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub content_type: &'static str,
    /// Body.
    pub body: Vec<u8>,
}

/// Every chat platform.
static CONNECTORS: &[&dyn ChatConnector] = &[];

/// The connector with this name.
pub fn by_name(name: &str) -> Option<&'static dyn ChatConnector> {
    CONNECTORS.iter().copied().find(|connector| connector.name() == name)
}

/// The names of all chat connectors.
pub fn names() -> impl Iterator<Item = &'static str> {
    CONNECTORS.iter().map(|connector| connector.name())
}

/// A chat platform's wire format.
pub trait ChatConnector: Send + Sync {
    /// Its name in addresses and settings.
    fn name(&self) -> &'static str;

    /// How its requests are signed.
    fn scheme(&self, endpoint: &Endpoint) -> Scheme;

    /// Most bytes of a request, when more than the default.
    fn max_body_bytes(&self) -> usize {
        1 << 20
    }

    /// Names of the [`options`](Endpoint::options) it knows; others are refused when the settings are read.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads a request whose signature holds.
    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable>;

    /// The response with an answer, and the call that is made afterwards where the platform wants one.
    fn answer(&self, endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> (ChatResponse, Option<OutboundCall>);

    /// The response to a vote.
    fn thanks(&self, endpoint: &Endpoint, vote: &ChatVote, helpful: bool) -> (ChatResponse, Option<OutboundCall>);
}
