//! Articles: listed, read, written and deleted, as JSON or as the Markdown they are kept in.

mod wire;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderName, IF_MATCH, IF_NONE_MATCH};
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::body::Parameters;
use super::matching::json;
use super::state::State;
use super::{ApiError, Kind, Problem, body};
use crate::article::{Slug, Status};
use crate::report::decode::{to_text, unpack};
use crate::report::json::Document;
use crate::report::{DecodeError, Limits};
use crate::service::{ListQuery, ServiceError, expected};
use crate::store::Expected;
pub(super) use wire::respond;
use wire::{ArticleItem, ArticleList, RevisionItem};
use wire::{change, remove_meta, represent, rewritten, tagged};

/// Header that names who changes something.
const CHANGED_BY: HeaderName = HeaderName::from_static("x-changed-by");
/// Who changed it when the request does not say.
const API: &str = "api";
/// Largest text of an article, in bytes.
const MAX_ARTICLE: usize = 4 << 20;

/// List articles by id.
#[utoipa::path(
    get, path = "/v1/articles", tag = "articles",
    params(
        ("q" = Option<String>, Query, description = "Words that all occur in id, title, product or tags"),
        ("status" = Option<Status>, Query, description = "Only articles of this status"),
        ("limit" = Option<u32>, Query, description = "Most articles, 1 to 1000; 50 by default"),
        ("after" = Option<String>, Query, description = "`next` of the piece before"),
    ),
    responses(
        (status = 200, description = "A piece of the list", body = ArticleList),
        (status = 400, description = "The request is wrong", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let parameters = Parameters::read(&request, &["q", "status", "limit", "after"])?;
    let status = match parameters.get("status") {
        None => None,
        Some("draft") => Some(Status::Draft),
        Some("published") => Some(Status::Published),
        Some("archived") => Some(Status::Archived),
        Some(_) => {
            let detail = "status must be draft, published or archived";
            return Err(ApiError::new(Kind::OutOfRange, detail).field("status"));
        }
    };
    let limit = parameters.count("limit", 50, 1000)?;
    let offset = match parameters.get("after") {
        None => 0,
        Some(after) => after.parse().map_err(|_| {
            ApiError::new(Kind::OutOfRange, "after must be the next of an earlier answer").field("after")
        })?,
    };
    let words = parameters.get("q").unwrap_or_default().to_owned();
    let listing = state.service.list(&ListQuery { words, status, offset, limit });
    let end = offset.saturating_add(listing.articles.len());
    json(&ArticleList {
        total: listing.total,
        next: (end < listing.total && !listing.articles.is_empty()).then(|| end.to_string()),
        articles: listing.articles.into_iter().map(ArticleItem::from).collect(),
    })
}

/// Read an article, as JSON or as Markdown.
///
/// `meta` of the JSON says what is known beside the text; it may be sent back with `PUT` and is passed over there.
#[utoipa::path(
    get, path = "/v1/articles/{id}", tag = "articles",
    params(("id" = String, Path, description = "Article")),
    responses(
        (status = 200, description = "The article", content((Object = "application/json"), (String = "text/markdown")), headers(("ETag" = String, description = "Entity tag of the revision"))),
        (status = 304, description = "It is still what `If-None-Match` names"),
        (status = 404, description = "No such article", body = Problem, content_type = "application/problem+json"),
        (status = 406, description = "No such type", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn read(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    Parameters::read(&request, &[])?;
    let id = id_of(&request)?;
    let stored = state.service.get(&id).await?.ok_or_else(|| missing(&id))?;
    let known = body::header(&request, &IF_NONE_MATCH).unwrap_or_default();
    // If-None-Match compares weakly (RFC 9110, 13.1.2).
    let same = known.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == stored.etag);
    if same {
        return Ok(tagged(StatusCode::NOT_MODIFIED, &stored).finish());
    }
    represent(&request, StatusCode::OK, &stored)
}

/// Write an article: a new one, or in place of the old text.
///
/// The body is Markdown with front matter, or the JSON that reading gives; fields that the JSON leaves out are taken
/// away. An article that exists is only written with its entity tag in `If-Match`.
#[utoipa::path(
    put, path = "/v1/articles/{id}", tag = "articles",
    params(
        ("id" = String, Path, description = "Article"),
        ("dry_run" = Option<bool>, Query, description = "Write nothing, say what `check` would say"),
        ("If-Match" = Option<String>, Header, description = "Entity tag of the revision that is replaced"),
        ("If-None-Match" = Option<String>, Header, description = "`*`: only write a new article"),
    ),
    request_body(content((Object = "application/json"), (String = "text/markdown"))),
    responses(
        (status = 200, description = "It is written, and the next answer uses it; for a dry run what would come of it", content((Object = "application/json"), (String = "text/markdown"))),
        (status = 201, description = "It is new"),
        (status = 400, description = "The text is no article; every mistake is listed", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed in the meantime", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let (id, dry_run, expected, by) = write_request(&request)?;
    let written = match media_type(&request).as_str() {
        "text/markdown" | "text/x-markdown" | "text/plain" => {
            let markdown = read_text(&request, &mut payload, &state).await?;
            state.service.put(&id, markdown, expected, &by, dry_run).await?
        }
        "application/json" | "" => {
            let value = read_json(&request, &mut payload, &state).await?;
            let current = state.service.get(&id).await?;
            let markdown = rewritten(&id, current.as_ref(), value)?;
            state.service.put(&id, markdown, expected, &by, dry_run).await?
        }
        other => return Err(unsupported(other)),
    };
    respond(&request, &written)
}

/// Change some fields of an article. Every other byte of its text stays as it is; `null` takes a field away.
#[utoipa::path(
    patch, path = "/v1/articles/{id}", tag = "articles",
    params(
        ("id" = String, Path, description = "Article"),
        ("dry_run" = Option<bool>, Query, description = "Write nothing, say what `check` would say"),
        ("If-Match" = String, Header, description = "Entity tag of the revision that is changed"),
    ),
    request_body(content((Object = "application/json"), (Object = "application/merge-patch+json"))),
    responses(
        (status = 200, description = "It is changed, and the next answer uses it", content((Object = "application/json"), (String = "text/markdown"))),
        (status = 400, description = "The change is wrong; every mistake is listed", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such article", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed in the meantime", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn patch(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let (id, dry_run, expected, by) = write_request(&request)?;
    match media_type(&request).as_str() {
        "application/json" | "application/merge-patch+json" | "" => {}
        other => return Err(unsupported(other)),
    }
    let mut value = read_json(&request, &mut payload, &state).await?;
    remove_meta(&mut value);
    let change = change(&value)?;
    let written = state.service.patch(&id, change, expected, &by, dry_run).await?;
    respond(&request, &written)
}

/// Delete an article. Its revisions stay, and putting it again brings it back.
#[utoipa::path(
    delete, path = "/v1/articles/{id}", tag = "articles",
    params(
        ("id" = String, Path, description = "Article"),
        ("dry_run" = Option<bool>, Query, description = "Only say whether it could be"),
        ("If-Match" = String, Header, description = "Entity tag of the revision that is deleted"),
    ),
    responses(
        (status = 204, description = "It is deleted"),
        (status = 404, description = "No such article", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "It was changed in the meantime", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "`If-Match` is missing", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let (id, dry_run, expected, by) = write_request(&request)?;
    state.service.delete(&id, expected, &by, dry_run).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Every revision of an article, oldest first.
#[utoipa::path(
    get, path = "/v1/articles/{id}/revisions", tag = "articles", params(("id" = String, Path, description = "Article")),
    responses(
        (status = 200, description = "The revisions", body = Vec<RevisionItem>),
        (status = 404, description = "No such article", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn revisions(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    Parameters::read(&request, &[])?;
    let revisions = state.service.revisions(&id_of(&request)?).await?;
    let items: Vec<RevisionItem> = revisions
        .into_iter()
        .map(|revision| RevisionItem {
            revision: revision.revision,
            etag: crate::store::etag(revision.revision, &revision.sha256),
            state: revision.state.as_str(),
            via: revision.via,
            changed_by: revision.changed_by,
            changed_at: revision.changed_at.to_string(),
            reason: revision.reason,
            generation: revision.generation,
            markdown: revision.markdown,
        })
        .collect();
    json(&items)
}

/// The article that an address names.
pub(super) fn id_of(request: &HttpRequest) -> Result<Slug, ApiError> {
    let text = request.match_info().get("id").unwrap_or_default();
    Slug::new(text).map_err(|error| ApiError::new(Kind::InvalidRequest, error.to_string()).field("id"))
}

/// Reads a body as JSON. The tokenizer goes first: it keeps places, and bounds the depth that serde's recursion sees.
pub(super) async fn read_json(
    request: &HttpRequest,
    payload: &mut web::Payload,
    state: &State,
) -> Result<Value, ApiError> {
    let text = read_text(request, payload, state).await?;
    Document::parse(&text, state.limits.json_nodes).map_err(DecodeError::from)?;
    serde_json::from_str(&text).map_err(|error| ApiError::new(Kind::InvalidJson, error.to_string()))
}

async fn read_text(request: &HttpRequest, payload: &mut web::Payload, state: &State) -> Result<String, ApiError> {
    let packed = body::read(request, payload, MAX_ARTICLE).await?;
    let limits = Limits { unpacked_bytes: MAX_ARTICLE, ..state.limits.clone() };
    let unpacked = unpack(&packed, body::header(request, &CONTENT_ENCODING), &limits)?;
    let (text, _) = to_text(&unpacked, body::header(request, &CONTENT_TYPE))?;
    Ok(text)
}

/// What every request that writes says: which article, whether in earnest, what it expects, who.
fn write_request(request: &HttpRequest) -> Result<(Slug, bool, Expected, String), ApiError> {
    let dry_run = Parameters::read(request, &["dry_run"])?.flag("dry_run")?;
    let expected = expected(body::header(request, &IF_MATCH), body::header(request, &IF_NONE_MATCH))
        .map_err(|message| ApiError::new(Kind::InvalidRequest, message))?;
    Ok((id_of(request)?, dry_run, expected, changed_by(request)))
}

/// Who sends a request, by its own word.
pub(super) fn changed_by(request: &HttpRequest) -> String {
    let named = body::header(request, &CHANGED_BY).map(str::trim).filter(|by| !by.is_empty());
    named.unwrap_or(API).chars().take(200).collect()
}

pub(super) fn media_type(request: &HttpRequest) -> String {
    body::header(request, &CONTENT_TYPE).map(body::essence).unwrap_or_default()
}

fn missing(id: &Slug) -> ApiError {
    ServiceError::NoArticle { id: id.clone() }.into()
}

fn unsupported(found: &str) -> ApiError {
    ApiError::new(
        Kind::UnsupportedMediaType,
        format!("{found:?} is not taken here; send application/json or text/markdown"),
    )
}
