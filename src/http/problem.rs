//! Problems as RFC 9457 says: what is wrong, where, and the address that explains it.
//!
//! This is the one place that maps what the library says to statuses and bodies of the API.

use std::borrow::Cow;
use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONNECTION, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use super::kind::Kind;
use crate::article::ArticleProblem;
use crate::report::{DecodeError, redact};
use crate::service::request::{FieldMistake, RequestError};
use crate::service::{ImportSummary, ServiceError};
use crate::store::StoreError;

/// Media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem as it goes over the wire.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// Address of the page that explains this kind of problem; stable.
    #[serde(rename = "type")]
    pub kind: String,
    /// What problems of this kind have in common.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong this time, and what would be right.
    pub detail: String,
    /// The field concerned, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// Line in the body, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// Column in characters, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
    /// The known name that was most likely meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Entity tag of the article as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Everything that is wrong with an article.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<PlaceProblem>,
    /// What became of each item of an import.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub import: Option<serde_json::Value>,
    /// The request, as in the log.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub request_id: String,
}

/// One thing wrong with an article.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceProblem {
    /// Line in the source, from 1; 0 when it concerns the whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when it concerns the whole line.
    pub column: usize,
    /// Field, as a path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

impl From<&ArticleProblem> for PlaceProblem {
    fn from(problem: &ArticleProblem) -> Self {
        Self {
            line: problem.line,
            column: problem.column,
            field: problem.field.clone(),
            message: problem.message.clone(),
        }
    }
}

/// A problem on its way to the client.
#[derive(Debug, Clone)]
pub struct ApiError {
    kind: Kind,
    problem: Box<Problem>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The rest of the body was not read, so the connection cannot go on.
    closes: bool,
}

impl ApiError {
    /// A problem of a kind.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let problem = Problem {
            kind: format!("/errors/{}", kind.slug()),
            title: kind.title().to_owned(),
            status: kind.status().as_u16(),
            detail: detail.into(),
            field: None,
            line: None,
            column: None,
            nearest: None,
            current: None,
            problems: Vec::new(),
            import: None,
            request_id: String::new(),
        };
        Self { kind, problem: Box::new(problem), headers: Vec::new(), closes: false }
    }

    /// Names the field concerned.
    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.problem.field = Some(field.into());
        self
    }

    /// Names the known name that was most likely meant.
    #[must_use]
    pub fn nearest(mut self, nearest: Option<&str>) -> Self {
        self.problem.nearest = nearest.map(str::to_owned);
        self
    }

    /// Moves a place in one line to where that line stands in the body.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Self {
        self.problem.detail = format!("line {line}: {}", self.problem.detail);
        self.problem.line = Some(line);
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        // Every value is made of words of this program, which a header can hold.
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// Closes the connection after the answer.
    #[must_use]
    pub fn closing(mut self) -> Self {
        self.closes = true;
        self
    }

    /// Says which methods an address takes.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self::new(Kind::MethodNotAllowed, format!("this address takes {allow}")).header(ALLOW, allow)
    }

    /// What goes over the wire: secrets that a request held, and that a message repeats, are overwritten.
    pub fn shown(&self, request_id: &str) -> Problem {
        let mut problem = Problem { request_id: request_id.to_owned(), ..Problem::clone(&self.problem) };
        let messages =
            problem.problems.iter_mut().flat_map(|place| std::iter::once(&mut place.message).chain(&mut place.field));
        for text in std::iter::once(&mut problem.detail).chain(&mut problem.field).chain(messages) {
            if let Cow::Owned(masked) = redact(text) {
                *text = masked;
            }
        }
        if let Some(import) = &mut problem.import {
            mask(import);
        }
        problem
    }

    /// What kind of problem it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The response for a request.
    pub fn response(&self, request_id: &str) -> HttpResponse {
        let mut response = HttpResponse::build(self.kind.status());
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        if self.kind.status() == StatusCode::SERVICE_UNAVAILABLE {
            // Unless the problem itself says how long.
            response.insert_header((RETRY_AFTER, "1"));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        if self.closes {
            response.insert_header((CONNECTION, "close"));
        }
        response.body(serde_json::to_vec(&self.shown(request_id)).unwrap_or_default())
    }
}

/// Overwrites secrets in every text of a value.
fn mask(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => {
            if let Cow::Owned(masked) = redact(text) {
                *text = masked;
            }
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(mask),
        serde_json::Value::Object(members) => members.values_mut().for_each(mask),
        _ => {}
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem.detail)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        self.response("")
    }
}

impl From<DecodeError> for ApiError {
    fn from(error: DecodeError) -> Self {
        let detail = error.to_string();
        match error {
            DecodeError::Unsupported { .. } => Self::new(Kind::UnsupportedEncoding, detail),
            DecodeError::TooLarge { .. } => Self::new(Kind::UnpacksTooLarge, detail),
            DecodeError::Json { line, column, .. } => {
                let mut error = Self::new(Kind::InvalidJson, detail);
                error.problem.line = Some(line);
                error.problem.column = Some(column);
                error
            }
            DecodeError::Malformed { .. } => Self::new(Kind::MalformedBody, detail),
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::Decode(error) => error.into(),
            RequestError::Empty => Self::new(Kind::EmptyReport, error.to_string()),
            RequestError::Field { kind, field, message, place, nearest } => {
                let kind = match kind {
                    FieldMistake::Unknown => Kind::UnknownField,
                    FieldMistake::WrongType => Kind::WrongType,
                    FieldMistake::OutOfRange => Kind::OutOfRange,
                    FieldMistake::Conflict => Kind::ConflictingFields,
                };
                let mut error = Self::new(kind, message).field(field);
                error.problem.line = place.map(|(line, _)| line);
                error.problem.column = place.map(|(_, column)| column);
                error.problem.nearest = nearest.map(str::to_owned);
                error
            }
        }
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        let detail = error.to_string();
        match error {
            ServiceError::NoArticle { .. }
            | ServiceError::NoFeedback { .. }
            | ServiceError::NoKey { .. }
            | ServiceError::NoReport { .. } => Self::new(Kind::NotFound, detail),
            ServiceError::PreconditionRequired { current } => {
                let mut error = Self::new(Kind::PreconditionRequired, detail);
                error.problem.current = Some(current);
                error
            }
            ServiceError::PreconditionFailed { current } => {
                let mut error = Self::new(Kind::PreconditionFailed, detail);
                error.problem.current = current;
                error
            }
            ServiceError::Invalid { problems } => {
                let mut error = Self::new(Kind::InvalidArticle, detail);
                if let Some(first) = problems.first() {
                    error.problem.field.clone_from(&first.field);
                    error.problem.line = Some(first.line).filter(|line| *line > 0);
                    error.problem.column = Some(first.column).filter(|column| *column > 0);
                }
                error.problem.problems = problems.iter().map(PlaceProblem::from).collect();
                error
            }
            ServiceError::OtherId { .. } => Self::new(Kind::InvalidArticle, detail).field("id"),
            ServiceError::NoExample { .. } | ServiceError::BadKey { .. } => Self::new(Kind::InvalidRequest, detail),
            ServiceError::BadReportId { .. } => Self::new(Kind::OutOfRange, detail).field("report_id"),
            ServiceError::ImportRefused { summary } => Self::import_refused(detail, &summary),
            ServiceError::Store(error) => error.into(),
            ServiceError::Folder { .. } | ServiceError::NotVisible { .. } | ServiceError::BrokeOff { .. } => {
                tracing::error!(error = %detail, "request failed");
                Self::new(Kind::Internal, "the server could not finish the request; its log says more")
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store failed");
        match error {
            StoreError::Busy { .. } | StoreError::Full { .. } | StoreError::Closed => {
                Self::new(Kind::StorageUnavailable, error.to_string())
            }
            error if error.is_of_storage() => {
                Self::new(Kind::StorageUnavailable, "the database's disk fails; the server's log says more")
            }
            // What SQLite says of its files is for the log, not for whoever called.
            _ => Self::new(Kind::Internal, "the database failed; the server's log says more"),
        }
    }
}

impl ApiError {
    fn import_refused(detail: String, summary: &ImportSummary) -> Self {
        let mut error = Self::new(Kind::ImportRefused, detail);
        error.problem.import = serde_json::to_value(summary).ok();
        error
    }
}
