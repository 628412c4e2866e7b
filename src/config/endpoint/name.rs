//! Values of an endpoint that are texts with a form: names, addresses, moments.

use std::str::FromStr;

use jiff::Timestamp;

use super::Reference;
use crate::connect::{chat, ticket};

/// The name of a connector that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorName(pub String);

impl FromStr for ConnectorName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if ticket::by_name(text).is_some() || chat::by_name(text).is_some() {
            return Ok(Self(text.to_owned()));
        }
        let known: Vec<&str> = ticket::names().chain(chat::names()).collect();
        match crate::text::nearest(text, &known) {
            Some(near) => Err(format!("there is no connector {text:?}; did you mean {near:?}?")),
            None => Err(format!("there is no connector {text:?}; there are {}", known.join(", "))),
        }
    }
}

/// A name that can stand in an address as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointName(pub String);

impl FromStr for EndpointName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("{text:?} is no name of an endpoint: 1 to 64 of a-z, 0-9 and -"))
        }
    }
}

/// An address that paths are appended to: `http` or `https`, a host, no query, no user; kept without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(pub String);

impl BaseUrl {
    /// Its host, in lower case.
    pub fn host(&self) -> Option<String> {
        reqwest::Url::parse(&self.0).ok()?.host_str().map(str::to_ascii_lowercase)
    }
}

impl FromStr for BaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            |why: &str| Err(format!("{text:?} is no base address ({why}); write https://host or https://host/path"));
        let Ok(url) = reqwest::Url::parse(text) else { return wrong("it cannot be read") };
        if !matches!(url.scheme(), "http" | "https") {
            return wrong("only http and https are called");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return wrong("it names no host");
        }
        if !url.username().is_empty() || url.password().is_some() {
            // The text holds a password, so it is not repeated.
            return Err("a base address holds no user or password; write them as `credential`".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("it has a query or a fragment");
        }
        Ok(Self(text.trim_end_matches('/').to_owned()))
    }
}

/// A moment, RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instant(pub Timestamp);

impl FromStr for Instant {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("{text:?} is no moment; write it as \"2026-01-31T00:00:00Z\""))
    }
}

deserialize_from_text!(Reference, ConnectorName, EndpointName, BaseUrl, Instant);
