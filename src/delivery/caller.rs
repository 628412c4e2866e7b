//! Calls to platforms: below the endpoint's base URL only, no redirects, bounded in time and size.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, Url, redirect};

use super::resolver::{PublicOnly, is_private};
use super::{EndpointKey, StoredCall, Timing};
use crate::config::ConfiguredEndpoint;
use crate::connect::model::{Credential, Method, OutboundResponse, Secret};

/// Most bytes of a response that are read. A list of a ticket's notes that is cut off could hide ours.
const MAX_RESPONSE: usize = 8 << 20;
/// Status of a call whose credential is not taken.
const UNAUTHORIZED: u16 = 401;

/// Makes calls.
#[derive(Debug)]
pub struct Caller {
    public: Client,
    anywhere: Client,
    /// Credentials that were read again, by endpoint.
    renewed: Mutex<BTreeMap<EndpointKey, Credential>>,
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The answer.
    pub response: OutboundResponse,
    /// Whether all of its body came.
    pub whole: bool,
}

/// Why there is no answer to a call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The settings do not allow it.
    #[error("{0}")]
    Forbidden(String),
    /// The platform was not reached: it has carried out nothing.
    #[error("not reached: {0}")]
    NotSent(String),
    /// It broke off after something was sent: the platform may have carried it out.
    #[error("broke off: {0}")]
    MaybeSent(String),
}

impl Caller {
    /// Sets the clients up.
    pub fn new(timing: &Timing) -> Result<Self, String> {
        let builder = || {
            Client::builder()
                .redirect(redirect::Policy::none())
                .connect_timeout(timing.connect)
                .timeout(timing.call)
                .retry(reqwest::retry::never())
                // A proxy would look names up itself.
                .no_proxy()
        };
        let public = builder().dns_resolver(Arc::new(PublicOnly)).build().map_err(|error| error.to_string())?;
        let anywhere = builder().build().map_err(|error| error.to_string())?;
        Ok(Self { public, anywhere, renewed: Mutex::default() })
    }

    /// Makes a call. When the platform refuses the credential, and the file it is in holds another one by now, the call is
    /// made once more with that.
    pub async fn call(&self, configured: &ConfiguredEndpoint, call: &StoredCall) -> Result<Answered, CallError> {
        if call.origin.is_some() {
            return self.call_with(configured, &Credential::None, call).await;
        }
        let credential = self.credential(configured);
        let answered = self.call_with(configured, &credential, call).await?;
        if answered.response.status != UNAUTHORIZED {
            return Ok(answered);
        }
        match self.renew(configured, &credential).await {
            Some(credential) => self.call_with(configured, &credential, call).await,
            None => Ok(answered),
        }
    }

    /// The credential of an endpoint as it was last read.
    fn credential(&self, configured: &ConfiguredEndpoint) -> Credential {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.get(&key(configured)).unwrap_or(&configured.endpoint.credential).clone()
    }

    /// Reads the credential again that the platform refuses; `None` when it is in no file or still the same.
    async fn renew(&self, configured: &ConfiguredEndpoint, refused: &Credential) -> Option<Credential> {
        let table = configured.renewal.clone()?;
        let (connector, endpoint) = key(configured);
        let read = tokio::task::spawn_blocking(move || table.read()).await.ok()?;
        let read = read.inspect_err(|error| {
            tracing::error!(
                connector,
                endpoint,
                error,
                "the credential that the platform refuses cannot be read again"
            );
        });
        let credential = read.ok().filter(|credential| credential != refused)?;
        tracing::info!(
            connector,
            endpoint,
            "the platform refuses the credential; the one that is in its file now is used"
        );
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.insert((connector, endpoint), credential.clone());
        Some(credential)
    }

    async fn call_with(
        &self,
        configured: &ConfiguredEndpoint,
        credential: &Credential,
        call: &StoredCall,
    ) -> Result<Answered, CallError> {
        let url = address(configured, call).map_err(CallError::Forbidden)?;
        let client = if configured.allow_private { &self.anywhere } else { &self.public };
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
            Method::Delete => reqwest::Method::DELETE,
        };
        let headers = headers(credential, call).map_err(CallError::Forbidden)?;
        let mut request = client.request(method, url).headers(headers);
        if let Some(body) = &call.body {
            request = request.body(body.to_string());
        }
        let response = request.send().await.map_err(|error| failure(&error))?;
        Ok(read(response).await)
    }
}

fn key(configured: &ConfiguredEndpoint) -> EndpointKey {
    (configured.endpoint.connector.clone(), configured.endpoint.name.clone())
}

/// The whole address, which lies on the endpoint's host whatever the path is.
fn address(configured: &ConfiguredEndpoint, call: &StoredCall) -> Result<Url, String> {
    let StoredCall { origin, path, .. } = call;
    let base = origin.as_deref().or(configured.endpoint.base_url.as_deref());
    let base = base.ok_or("the endpoint has no base_url to call")?;
    let base_url = Url::parse(base).map_err(|error| format!("base_url: {error}"))?;
    if !path.starts_with('/') {
        return Err("the path of a call does not start with /".to_owned());
    }
    let url = Url::parse(&format!("{base}{path}")).map_err(|error| format!("the path of a call: {error}"))?;
    // Dots in a path could climb above the base.
    let below = url.path().strip_prefix(base_url.path().trim_end_matches('/'));
    if url.origin() != base_url.origin() || !below.is_some_and(|below| below.starts_with('/')) {
        return Err("the path of a call leads out of base_url".to_owned());
    }
    // The resolver never sees an address that is written out.
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let literal = host.parse().ok();
    if !configured.allow_private && literal.is_some_and(is_private) {
        return Err(format!("{base} is a private address; set allow_private on the endpoint if that is meant"));
    }
    Ok(url)
}

fn headers(credential: &Credential, call: &StoredCall) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(concat!("kbmatch/", env!("CARGO_PKG_VERSION"))));
    if call.body.is_some() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    for (name, value) in &call.headers {
        let bad = || format!("the header {name} of a call cannot be written");
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        headers.insert(known, HeaderValue::from_str(value).map_err(|_| bad())?);
    }
    let (name, value) = match credential {
        Credential::None => return Ok(headers),
        Credential::Bearer(token) => (AUTHORIZATION, secret_value(&format!("Bearer {}", token.reveal()))?),
        Credential::Basic(user, password) => (AUTHORIZATION, secret_value(&basic(user, password))?),
        Credential::Header(name, value) => {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "credential: bad header name".to_owned())?;
            (name, secret_value(value.reveal())?)
        }
    };
    headers.insert(name, value);
    Ok(headers)
}

fn basic(user: &Secret, password: &Secret) -> String {
    use base64::Engine as _;
    let pair = format!("{}:{}", user.reveal(), password.reveal());
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

fn secret_value(text: &str) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| "credential: it cannot stand in a header".to_owned())?;
    value.set_sensitive(true);
    Ok(value)
}

/// Errors of the client name addresses but no headers; an address may hold a token in its path, so it is left out.
fn failure(error: &reqwest::Error) -> CallError {
    let mut words = if error.is_timeout() { "timed out".to_owned() } else { String::new() };
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !words.contains(&text) {
            words = if words.is_empty() { text } else { format!("{words}: {text}") };
        }
        source = cause.source();
    }
    if error.is_connect() || error.is_builder() { CallError::NotSent(words) } else { CallError::MaybeSent(words) }
}

/// Reads an answer. Once the status has come the call was carried out, or not, whatever becomes of the body.
async fn read(mut response: reqwest::Response) -> Answered {
    let status = response.status().as_u16();
    let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
    let headers = response.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.as_str().to_owned(), text(value)?))).collect();
    let mut body = Vec::new();
    let whole = loop {
        match response.chunk().await {
            Ok(None) => break true,
            Ok(Some(chunk)) if body.len() + chunk.len() <= MAX_RESPONSE => body.extend_from_slice(&chunk),
            Ok(Some(_)) => break false,
            Err(error) => {
                tracing::debug!(status, error = %failure(&error), "an answer broke off");
                break false;
            }
        }
    };
    Answered { response: OutboundResponse { status, headers, body }, whole }
}

#[cfg(test)]
mod tests;
