//! Which generation a request is of, and what the modern one asks of its headers.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::message::{Failure, Request, code};
use super::{Generation, LEAST, MODERN, SUPPORTED};

const VERSION_HEADER: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD_HEADER: HeaderName = HeaderName::from_static("mcp-method");
const NAME_HEADER: HeaderName = HeaderName::from_static("mcp-name");
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";

/// Methods whose subject is repeated in a header, and the parameter that names it.
const NAMED: [(&str, &str); 3] = [("tools/call", "name"), ("resources/read", "uri"), ("prompts/get", "name")];

/// The generation of a request. A modern one whose headers do not agree with it is refused.
pub(super) fn generation(request: &HttpRequest, incoming: &Request) -> Result<Generation, Failure> {
    let header = header(request, &VERSION_HEADER)?;
    let meta = &incoming.params["_meta"];
    let named = meta.get(VERSION);
    if header.as_deref() == Some(MODERN) || named.is_some() {
        check(request, incoming, header.as_deref(), meta)?;
        return Ok(Generation::Modern);
    }
    let Some(header) = header else { return Ok(Generation::Legacy(LEAST)) };
    let known = SUPPORTED.into_iter().find(|version| *version == header);
    known.map(Generation::Legacy).ok_or_else(|| unsupported(&header))
}

fn check(request: &HttpRequest, incoming: &Request, version: Option<&str>, meta: &Value) -> Result<(), Failure> {
    let Some(version) = version else { return Err(mismatch("the header MCP-Protocol-Version is missing")) };
    let Some(named) = meta.get(VERSION).and_then(Value::as_str) else { return Err(missing(VERSION)) };
    if named != version {
        return Err(mismatch("MCP-Protocol-Version names another version than _meta"));
    }
    if version != MODERN {
        return Err(unsupported(version));
    }
    if !meta.get(CAPABILITIES).is_some_and(Value::is_object) {
        return Err(missing(CAPABILITIES));
    }
    let method = header(request, &METHOD_HEADER)?;
    if method.as_deref() != Some(incoming.method.as_str()) {
        return Err(mismatch("the header Mcp-Method must name the method"));
    }
    let Some((_, parameter)) = NAMED.iter().find(|(method, _)| *method == incoming.method) else { return Ok(()) };
    let name = header(request, &NAME_HEADER)?.map(|name| decoded(&name)).transpose()?;
    if name.is_none() || name.as_deref() != incoming.params[*parameter].as_str() {
        return Err(mismatch("the header Mcp-Name must name what the params name"));
    }
    Ok(())
}

/// A header that may stand once; `None` when it is absent.
fn header(request: &HttpRequest, name: &HeaderName) -> Result<Option<String>, Failure> {
    let mut values = request.headers().get_all(name);
    let first = values.next();
    if values.next().is_some() {
        return Err(mismatch("a header of the protocol stands twice"));
    }
    let text = first.map(|value| value.to_str().map(|text| text.trim().to_owned()));
    text.transpose().map_err(|_| mismatch("a header of the protocol is no ASCII text"))
}

/// A name that is no plain ASCII comes as `=?base64?…?=`.
fn decoded(name: &str) -> Result<String, Failure> {
    let Some(inner) = name.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Ok(name.to_owned());
    };
    let bytes = STANDARD.decode(inner).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(|| mismatch("Mcp-Name is no base64 of UTF-8 text"))
}

fn mismatch(problem: &str) -> Failure {
    Failure::bad(code::HEADER_MISMATCH, problem)
}

fn missing(field: &str) -> Failure {
    Failure::bad(code::INVALID_PARAMS, format!("_meta lacks {field}"))
}

fn unsupported(version: &str) -> Failure {
    let shown: String = version.chars().take(40).collect();
    Failure::bad(code::UNSUPPORTED_VERSION, format!("protocol version {shown:?} is not spoken here"))
        .with(json!({"supported": SUPPORTED, "requested": shown}))
}
