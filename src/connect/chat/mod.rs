//! Chat platforms and bot frameworks.
//!
//! A request that is genuine is [read](ChatConnector::read) into a question, a vote or a choice, and answered in the
//! response. Where a platform wants a call as well, the connector gives it as a value.

mod dialogflow;
mod discord;
mod mattermost;
mod rasa;
mod rocketchat;
mod slack;
mod teams;
mod telegram;
#[cfg(test)]
mod tests;
mod wire;

use jiff::SignedDuration;

use super::dialect::Note;
use super::endpoint::Endpoint;
use super::model::{InboundRequest, OutboundCall, Unreadable};
use super::verify::Scheme;

/// A question from a chat.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChatQuery {
    /// The platform's identifier, the same over its retries.
    pub query_id: Option<String>,
    /// The conversation.
    pub conversation_id: String,
    /// Who asks; kept no longer than the answer takes.
    pub user_id: String,
    /// Language tag.
    pub locale: Option<String>,
    /// The report, plain text. Never empty: who asks nothing is told how to ask.
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
    /// The value of a button. What it says, a vote or the choice of a candidate, only its signature tells.
    Vote(Box<ChatVote>),
    /// The candidate that settles an ambiguous answer, where the platform itself tells it apart from a vote.
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

/// A call that follows a response.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatCall {
    /// Another origin than the endpoint's base URL, without a slash at its end; such a call carries no credential.
    /// Connectors take it from their settings, never from the request.
    pub origin: Option<String>,
    /// The call.
    pub call: OutboundCall,
}

/// A response and the call that is made afterwards where the platform wants one.
#[derive(Debug, Clone, PartialEq)]
pub struct ChatReply {
    /// The response.
    pub response: ChatResponse,
    /// The call.
    pub call: Option<ChatCall>,
}

impl From<ChatResponse> for ChatReply {
    fn from(response: ChatResponse) -> Self {
        Self { response, call: None }
    }
}

/// Every chat platform.
static CONNECTORS: &[&dyn ChatConnector] = &[
    &slack::Slack,
    &teams::Teams,
    &discord::Discord,
    &mattermost::Mattermost,
    &rocketchat::RocketChat,
    &telegram::Telegram,
    &rasa::Rasa,
    &dialogflow::Dialogflow,
];

/// Every chat platform.
pub fn all() -> &'static [&'static dyn ChatConnector] {
    CONNECTORS
}

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

    /// Whether a request carries no signature of the platform and none is asked for, since all that it can do is hand in a
    /// value that we signed. Whatever else such a request turns out to be must be refused.
    fn is_self_proving(&self, _request: &InboundRequest<'_>) -> bool {
        false
    }

    /// Most bytes of a request unless the settings say otherwise.
    fn max_body_bytes(&self) -> usize {
        1 << 20
    }

    /// Names of the [`options`](Endpoint::options) it knows; others are refused when the settings are read.
    fn options(&self) -> &'static [&'static str] {
        &[]
    }

    /// Reads a request whose signature holds.
    fn read(&self, endpoint: &Endpoint, request: &InboundRequest<'_>) -> Result<ChatReading, Unreadable>;

    /// The reply with an answer.
    fn answer(&self, endpoint: &Endpoint, query: &ChatQuery, note: &Note) -> ChatReply;

    /// The reply to the choice of a candidate: the note says its article.
    fn settle(&self, endpoint: &Endpoint, vote: &ChatVote, note: &Note) -> ChatReply;

    /// The reply to the value of a button in one sentence: thanks, or why the value is not taken.
    fn say(&self, endpoint: &Endpoint, vote: &ChatVote, sentence: &str) -> ChatReply;

    /// The response to a vote.
    fn thanks(&self, endpoint: &Endpoint, vote: &ChatVote, helpful: bool) -> ChatReply {
        self.say(endpoint, vote, super::dialect::brief::thanks(helpful))
    }

    /// The response that an answer will come, where the platform takes one later through [`late`](Self::late).
    fn deferred(&self, _endpoint: &Endpoint, _query: &ChatQuery) -> Option<ChatResponse> {
        None
    }

    /// How long after its question a later call is taken.
    fn late_within(&self) -> SignedDuration {
        SignedDuration::from_mins(30)
    }

    /// The call with an answer that was [deferred](Self::deferred).
    fn late(&self, _endpoint: &Endpoint, _query: &ChatQuery, _note: &Note) -> Option<ChatCall> {
        None
    }
}
