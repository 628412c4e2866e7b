//! Reading bodies and writing responses, shared by the connectors.

use serde::Deserialize;
use serde_json::Value;

use super::{ChatReading, ChatResponse};
use crate::connect::endpoint::Endpoint;
use crate::connect::model::Unreadable;
use crate::connect::verify::Scheme;

/// A key that bot frameworks send with each call.
pub(super) const BEARER: Scheme = Scheme::Token { header: "authorization", prefix: "Bearer " };
/// User and password that a framework sends with each call, in base64.
pub(super) const BASIC: Scheme = Scheme::Token { header: "authorization", prefix: "Basic " };

/// A response of JSON.
pub(super) fn json(value: &Value) -> ChatResponse {
    ChatResponse { status: 200, content_type: "application/json", body: value.to_string().into_bytes() }
}

/// A response with nothing in it.
pub(super) fn empty() -> ChatResponse {
    ChatResponse { status: 200, content_type: "text/plain; charset=utf-8", body: Vec::new() }
}

/// The reading of a request that is answered with JSON at once.
pub(super) fn respond(value: &Value) -> ChatReading {
    ChatReading::Respond(json(value))
}

/// Reads a JSON body. The error names the place and says nothing of what stands there.
pub(super) fn read_json<'a, T: Deserialize<'a>>(body: &'a [u8], what: &str) -> Result<T, Unreadable> {
    serde_json::from_slice(body).map_err(|error| {
        let problem = match error.classify() {
            serde_json::error::Category::Data => "a field has another type than the platform documents",
            serde_json::error::Category::Eof => "the JSON ends early",
            _ => "this is no JSON",
        };
        unreadable(what, format!("{problem} (line {}, column {})", error.line(), error.column()))
    })
}

/// A field without which a request means nothing.
pub(super) fn required<T>(value: Option<T>, field: &str) -> Result<T, Unreadable> {
    value.ok_or_else(|| unreadable(field, "it is missing".to_owned()))
}

pub(super) fn unreadable(field: &str, problem: String) -> Unreadable {
    Unreadable { field: field.to_owned(), problem }
}

/// The fields of a form.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn read(body: &[u8]) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// A field, empty when it is absent.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    /// A field that is there and not empty.
    pub(super) fn some(&self, name: &str) -> Option<&str> {
        Some(self.get(name)).filter(|value| !value.is_empty())
    }
}

/// An identifier that some versions of a platform write as text and some as a number.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "TextOrNumber")]
pub(super) struct Id(pub(super) String);

#[derive(Deserialize)]
#[serde(untagged)]
enum TextOrNumber {
    Text(String),
    Number(serde_json::Number),
    Other(serde::de::IgnoredAny),
}

impl From<TextOrNumber> for Id {
    fn from(read: TextOrNumber) -> Self {
        match read {
            TextOrNumber::Text(text) => Self(text),
            TextOrNumber::Number(number) => Self(number.to_string()),
            TextOrNumber::Other(_) => Self::default(),
        }
    }
}

impl Id {
    pub(super) fn into_option(self) -> Option<String> {
        Some(self.0).filter(|id| !id.is_empty())
    }
}

/// An option of an endpoint that is text.
pub(super) fn option<'a>(endpoint: &'a Endpoint, name: &str) -> Option<&'a str> {
    endpoint.options.get(name).and_then(toml::Value::as_str)
}

/// Text as somebody sent it, without blanks around it; `None` when nothing is left.
pub(super) fn asked(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
