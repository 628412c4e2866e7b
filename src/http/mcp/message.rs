//! JSON-RPC 2.0: one message.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

/// Codes of errors.
pub(super) mod code {
    pub(in crate::http::mcp) const PARSE: i64 = -32_700;
    pub(in crate::http::mcp) const INVALID_REQUEST: i64 = -32_600;
    pub(in crate::http::mcp) const METHOD_NOT_FOUND: i64 = -32_601;
    pub(in crate::http::mcp) const INVALID_PARAMS: i64 = -32_602;
    pub(in crate::http::mcp) const HEADER_MISMATCH: i64 = -32_020;
    pub(in crate::http::mcp) const UNSUPPORTED_VERSION: i64 = -32_022;
}

/// A message.
#[derive(Debug, PartialEq)]
pub(super) enum Incoming {
    /// Something is asked.
    Request(Request),
    /// Something is told.
    Notification,
    /// An answer to something that was never asked.
    Response,
}

/// Something that is asked.
#[derive(Debug, PartialEq)]
pub(super) struct Request {
    /// Text or number.
    pub(super) id: Value,
    pub(super) method: String,
    /// An object, empty when there was none.
    pub(super) params: Value,
}

/// Why something cannot be answered.
#[derive(Debug, PartialEq)]
pub(super) struct Failure {
    pub(super) status: StatusCode,
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Failure {
    pub(super) fn new(status: StatusCode, code: i64, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), data: None }
    }

    /// A request that is wrong in itself.
    pub(super) fn bad(code: i64, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    pub(super) fn with(self, data: Value) -> Self {
        Self { data: Some(data), ..self }
    }

    pub(super) fn body(&self, id: &Value) -> Value {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = &self.data {
            error["data"] = data.clone();
        }
        json!({"jsonrpc": "2.0", "id": id, "error": error})
    }
}

impl Incoming {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        let message: Value = serde_json::from_slice(bytes)
            .map_err(|error| Failure::bad(code::PARSE, format!("the message is no JSON: {error}")))?;
        let invalid = |problem: &str| Failure::bad(code::INVALID_REQUEST, problem);
        let Value::Object(mut message) = message else {
            return Err(invalid("send one message, as a JSON object; batches are not taken"));
        };
        if message.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(invalid("jsonrpc must be \"2.0\""));
        }
        let Some(method) = message.remove("method") else {
            let answers = message.contains_key("result") || message.contains_key("error");
            return if answers { Ok(Self::Response) } else { Err(invalid("the method is missing")) };
        };
        let Value::String(method) = method else { return Err(invalid("the method must be a string")) };
        let params = match message.remove("params") {
            None => json!({}),
            Some(params @ Value::Object(_)) => params,
            Some(_) => return Err(Failure::bad(code::INVALID_PARAMS, "params must be an object")),
        };
        match message.remove("id") {
            None => Ok(Self::Notification),
            Some(id @ (Value::String(_) | Value::Number(_))) => Ok(Self::Request(Request { id, method, params })),
            Some(_) => Err(invalid("the id must be a string or a number")),
        }
    }
}
