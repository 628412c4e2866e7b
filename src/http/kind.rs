//! Kinds of problems: one address each, with the status, the title and the page that explains it.

use actix_web::http::StatusCode;

/// A kind of problem. Its slug is the last segment of the problem's `type` and never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The body stalled.
    BodyTimeout,
    /// The body is too large.
    BodyTooLarge,
    /// Fields that exclude each other.
    ConflictingFields,
    /// The report is empty.
    EmptyReport,
    /// Request from a foreign page.
    ForeignOrigin,
    /// Gone.
    Gone,
    /// Nothing was imported.
    ImportRefused,
    /// The server failed.
    Internal,
    /// The text is no article.
    InvalidArticle,
    /// The JSON is broken.
    InvalidJson,
    /// The request is not valid.
    InvalidRequest,
    /// The body is not what its headers say.
    MalformedBody,
    /// Method not allowed.
    MethodNotAllowed,
    /// The key lacks a scope.
    MissingScope,
    /// Not acceptable.
    NotAcceptable,
    /// Not found.
    NotFound,
    /// A platform's request without proof.
    NotGenuine,
    /// Value not allowed.
    OutOfRange,
    /// Too much at once.
    Overloaded,
    /// The article is not as expected.
    PreconditionFailed,
    /// If-Match is missing.
    PreconditionRequired,
    /// Too many requests.
    RateLimited,
    /// The query is too long.
    QueryTooLong,
    /// The database cannot be used.
    StorageUnavailable,
    /// No key that counts.
    Unauthorized,
    /// Unknown field.
    UnknownField,
    /// Unknown host.
    UnknownHost,
    /// The body unpacks to too much.
    UnpacksTooLarge,
    /// Encoding not supported.
    UnsupportedEncoding,
    /// Media type not supported.
    UnsupportedMediaType,
    /// Wrong type.
    WrongType,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 31] = [
        Self::BodyTimeout,
        Self::BodyTooLarge,
        Self::ConflictingFields,
        Self::EmptyReport,
        Self::ForeignOrigin,
        Self::Gone,
        Self::ImportRefused,
        Self::Internal,
        Self::InvalidArticle,
        Self::InvalidJson,
        Self::InvalidRequest,
        Self::MalformedBody,
        Self::MethodNotAllowed,
        Self::MissingScope,
        Self::NotAcceptable,
        Self::NotFound,
        Self::NotGenuine,
        Self::OutOfRange,
        Self::Overloaded,
        Self::PreconditionFailed,
        Self::PreconditionRequired,
        Self::RateLimited,
        Self::QueryTooLong,
        Self::StorageUnavailable,
        Self::Unauthorized,
        Self::UnknownField,
        Self::UnknownHost,
        Self::UnpacksTooLarge,
        Self::UnsupportedEncoding,
        Self::UnsupportedMediaType,
        Self::WrongType,
    ];

    /// Last segment of the problem's `type`.
    pub fn slug(self) -> &'static str {
        match self {
            Self::BodyTimeout => "body-timeout",
            Self::BodyTooLarge => "body-too-large",
            Self::ConflictingFields => "conflicting-fields",
            Self::EmptyReport => "empty-report",
            Self::ForeignOrigin => "foreign-origin",
            Self::Gone => "gone",
            Self::ImportRefused => "import-refused",
            Self::Internal => "internal",
            Self::InvalidArticle => "invalid-article",
            Self::InvalidJson => "invalid-json",
            Self::InvalidRequest => "invalid-request",
            Self::MalformedBody => "malformed-body",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::MissingScope => "missing-scope",
            Self::NotAcceptable => "not-acceptable",
            Self::NotFound => "not-found",
            Self::NotGenuine => "not-genuine",
            Self::OutOfRange => "out-of-range",
            Self::Overloaded => "overloaded",
            Self::PreconditionFailed => "precondition-failed",
            Self::PreconditionRequired => "precondition-required",
            Self::RateLimited => "rate-limited",
            Self::QueryTooLong => "query-too-long",
            Self::StorageUnavailable => "storage-unavailable",
            Self::Unauthorized => "unauthorized",
            Self::UnknownField => "unknown-field",
            Self::UnknownHost => "unknown-host",
            Self::UnpacksTooLarge => "unpacks-too-large",
            Self::UnsupportedEncoding => "unsupported-encoding",
            Self::UnsupportedMediaType => "unsupported-media-type",
            Self::WrongType => "wrong-type",
        }
    }

    /// What every problem of this kind has in common, in a few words.
    pub fn title(self) -> &'static str {
        self.page().lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// The page that explains it, as Markdown.
    pub fn page(self) -> &'static str {
        match self {
            Self::BodyTimeout => include_str!("../../docs/errors/body-timeout.md"),
            Self::BodyTooLarge => include_str!("../../docs/errors/body-too-large.md"),
            Self::ConflictingFields => include_str!("../../docs/errors/conflicting-fields.md"),
            Self::EmptyReport => include_str!("../../docs/errors/empty-report.md"),
            Self::ForeignOrigin => include_str!("../../docs/errors/foreign-origin.md"),
            Self::Gone => include_str!("../../docs/errors/gone.md"),
            Self::ImportRefused => include_str!("../../docs/errors/import-refused.md"),
            Self::Internal => include_str!("../../docs/errors/internal.md"),
            Self::InvalidArticle => include_str!("../../docs/errors/invalid-article.md"),
            Self::InvalidJson => include_str!("../../docs/errors/invalid-json.md"),
            Self::InvalidRequest => include_str!("../../docs/errors/invalid-request.md"),
            Self::MalformedBody => include_str!("../../docs/errors/malformed-body.md"),
            Self::MethodNotAllowed => include_str!("../../docs/errors/method-not-allowed.md"),
            Self::MissingScope => include_str!("../../docs/errors/missing-scope.md"),
            Self::NotAcceptable => include_str!("../../docs/errors/not-acceptable.md"),
            Self::NotFound => include_str!("../../docs/errors/not-found.md"),
            Self::NotGenuine => include_str!("../../docs/errors/not-genuine.md"),
            Self::OutOfRange => include_str!("../../docs/errors/out-of-range.md"),
            Self::Overloaded => include_str!("../../docs/errors/overloaded.md"),
            Self::PreconditionFailed => include_str!("../../docs/errors/precondition-failed.md"),
            Self::PreconditionRequired => include_str!("../../docs/errors/precondition-required.md"),
            Self::RateLimited => include_str!("../../docs/errors/rate-limited.md"),
            Self::QueryTooLong => include_str!("../../docs/errors/query-too-long.md"),
            Self::StorageUnavailable => include_str!("../../docs/errors/storage-unavailable.md"),
            Self::Unauthorized => include_str!("../../docs/errors/unauthorized.md"),
            Self::UnknownField => include_str!("../../docs/errors/unknown-field.md"),
            Self::UnknownHost => include_str!("../../docs/errors/unknown-host.md"),
            Self::UnpacksTooLarge => include_str!("../../docs/errors/unpacks-too-large.md"),
            Self::UnsupportedEncoding => include_str!("../../docs/errors/unsupported-encoding.md"),
            Self::UnsupportedMediaType => include_str!("../../docs/errors/unsupported-media-type.md"),
            Self::WrongType => include_str!("../../docs/errors/wrong-type.md"),
        }
    }

    /// The status it is answered with.
    pub fn status(self) -> StatusCode {
        match self {
            Self::ConflictingFields
            | Self::EmptyReport
            | Self::ImportRefused
            | Self::InvalidArticle
            | Self::InvalidJson
            | Self::InvalidRequest
            | Self::MalformedBody
            | Self::OutOfRange
            | Self::UnknownField
            | Self::WrongType => StatusCode::BAD_REQUEST,
            Self::NotGenuine | Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::ForeignOrigin | Self::MissingScope => StatusCode::FORBIDDEN,
            Self::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Gone => StatusCode::GONE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
            Self::BodyTooLarge | Self::UnpacksTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedEncoding | Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::QueryTooLong => StatusCode::URI_TOO_LONG,
            Self::UnknownHost => StatusCode::MISDIRECTED_REQUEST,
            Self::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Overloaded | Self::StorageUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The kind with this slug.
    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.slug() == slug)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_page_that_names_its_slug_and_status_and_says_what_to_do() {
        for kind in Kind::ALL {
            let page = kind.page();
            assert!(page.starts_with("# ") && page.contains("## What to do"), "{}", kind.slug());
            assert!(
                page.contains(&format!("`{}`, status {}.", kind.slug(), kind.status().as_u16())),
                "{}",
                kind.slug()
            );
            assert_eq!(Kind::from_slug(kind.slug()), Some(kind));
        }
        let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/errors")).unwrap().count();
        assert_eq!(pages, Kind::ALL.len());
    }
}
