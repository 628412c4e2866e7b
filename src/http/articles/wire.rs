//! Articles as they go over the wire, and the texts that come from it.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, ETAG, LOCATION, VARY};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::article::{self, Change, EditError, Slug, Status};
use crate::http::matching::{json, to_json};
use crate::http::{ApiError, Kind, body};
use crate::render::check::CheckSummary;
use crate::service::{ListedArticle, ServiceError, StoredArticle, WriteOutcome};
use crate::store::Origin;

/// Types that an article can be sent in.
const OFFERED: [&str; 2] = ["application/json", "text/markdown"];
/// What is known of an article beside what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ArticleMeta {
    /// Current revision, counted from 1.
    revision: u32,
    /// Entity tag of the revision, as in the `ETag` header.
    etag: String,
    /// Status that holds: archived when the article's file is gone, whatever its text says.
    status: Status,
    /// How it came in.
    origin: Origin,
    /// The file that owns it.
    source_path: Option<String>,
    /// When it was first written, RFC 3339.
    created_at: String,
    /// When the current revision was made.
    updated_at: String,
    /// Who made it.
    updated_by: String,
    /// Its page on this server.
    url: String,
}

impl From<&StoredArticle> for ArticleMeta {
    fn from(stored: &StoredArticle) -> Self {
        Self {
            revision: stored.revision,
            etag: stored.etag.clone(),
            status: stored.status,
            origin: stored.origin,
            source_path: stored.source_path.clone(),
            created_at: stored.created_at.to_string(),
            updated_at: stored.updated_at.to_string(),
            updated_by: stored.updated_by.clone(),
            url: format!("/articles/{}", stored.article.id),
        }
    }
}

/// An article in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ArticleItem {
    /// Identifier.
    #[schema(value_type = String)]
    id: Slug,
    /// Title.
    title: String,
    /// Products, versions or situations.
    applies_to: Vec<String>,
    /// Tags.
    tags: Vec<String>,
    /// Status that holds.
    status: Status,
    /// Current revision.
    revision: u32,
    /// Entity tag of the revision.
    etag: String,
    /// When the current revision was made.
    updated_at: String,
    /// Its page on this server.
    url: String,
}

impl From<ListedArticle> for ArticleItem {
    fn from(listed: ListedArticle) -> Self {
        let article = &listed.article;
        Self {
            id: article.id.clone(),
            title: article.title.clone(),
            applies_to: article.applies_to.clone(),
            tags: article.tags.clone(),
            status: listed.status,
            revision: listed.revision,
            updated_at: listed.updated_at.to_string(),
            url: format!("/articles/{}", article.id),
            etag: listed.etag,
        }
    }
}

/// A piece of the list of articles.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct ArticleList {
    /// How many articles fit.
    pub(super) total: usize,
    /// The articles of this piece, by id.
    pub(super) articles: Vec<ArticleItem>,
    /// What to send as `after` for the next piece; `null` at the end.
    pub(super) next: Option<String>,
}

/// One revision of an article.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct RevisionItem {
    /// Number, counted from 1.
    pub(super) revision: u32,
    /// Entity tag.
    pub(super) etag: String,
    /// `live`, `archived` or `deleted`.
    pub(super) state: &'static str,
    /// How it came in.
    pub(super) via: Origin,
    /// Who made it.
    pub(super) changed_by: String,
    /// When, RFC 3339.
    pub(super) changed_at: String,
    /// Why.
    pub(super) reason: String,
    /// Generation of the knowledge base that it made.
    pub(super) generation: u64,
    /// The text.
    pub(super) markdown: String,
}

/// What writing an article would come to.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct DryRun {
    /// Whether the article would be new.
    created: bool,
    /// Whether anything would change.
    changed: bool,
    /// What `kbmatch check` would say of it among the others.
    check: CheckSummary,
    /// The article as it would be.
    #[schema(value_type = Object)]
    article: Value,
}

/// The text of an article that is put as JSON: the old one, edited, so that what JSON does not carry stays; or a new one.
pub(super) fn rewritten(id: &Slug, current: Option<&StoredArticle>, mut value: Value) -> Result<String, ApiError> {
    remove_meta(&mut value);
    let Some(current) = current else {
        return article::create(id, &change(&value)?).map(|parsed| parsed.markdown).map_err(refused);
    };
    if let (Value::Object(new), Value::Object(old)) = (&mut value, article::to_json(&current.article)) {
        for (field, _) in old {
            if !new.contains_key(&field) && field != "id" && field != "title" {
                new.insert(field, Value::Null);
            }
        }
    }
    article::edit(&current.markdown, &change(&value)?).map_err(refused)
}

fn refused(error: EditError) -> ApiError {
    let (EditError::Unreadable(problems) | EditError::Refused(problems)) = error;
    ServiceError::Invalid { problems }.into()
}

pub(super) fn change(value: &Value) -> Result<Change, ApiError> {
    article::change_from_json(value).map_err(|problems| ServiceError::Invalid { problems }.into())
}

pub(super) fn remove_meta(value: &mut Value) {
    if let Value::Object(fields) = value {
        fields.remove("meta");
    }
}

pub(in crate::http) fn respond(request: &HttpRequest, written: &WriteOutcome) -> Result<HttpResponse, ApiError> {
    if let Some(check) = &written.check {
        let article = as_json(&written.article)?;
        return json(&DryRun {
            created: written.created,
            changed: written.changed,
            check: CheckSummary::from(check),
            article,
        });
    }
    let status = if written.created { StatusCode::CREATED } else { StatusCode::OK };
    represent(request, status, &written.article)
}

/// An article in the type that the request likes best.
pub(super) fn represent(
    request: &HttpRequest,
    status: StatusCode,
    stored: &StoredArticle,
) -> Result<HttpResponse, ApiError> {
    let accept = body::header(request, &actix_web::http::header::ACCEPT);
    let mut response = tagged(status, stored);
    if status == StatusCode::CREATED {
        response.insert_header((LOCATION, format!("/v1/articles/{}", stored.article.id)));
    }
    match body::negotiate(accept, &OFFERED) {
        Some("text/markdown") => {
            Ok(response.content_type("text/markdown; charset=utf-8").body(stored.markdown.clone()))
        }
        // What was written is written: a type that cannot be sent is no reason to say that it was not.
        None if status == StatusCode::OK && request.method() == actix_web::http::Method::GET => {
            Err(ApiError::new(Kind::NotAcceptable, format!("this address sends {}", OFFERED.join(" and "))))
        }
        _ => Ok(response.content_type("application/json").body(to_json(&as_json(stored)?)?)),
    }
}

pub(super) fn tagged(status: StatusCode, stored: &StoredArticle) -> HttpResponseBuilder {
    let mut response = HttpResponse::build(status);
    response
        .insert_header((ETAG, stored.etag.clone()))
        .insert_header((CACHE_CONTROL, "private, no-cache"))
        .insert_header((VARY, "Accept"));
    response
}

fn as_json(stored: &StoredArticle) -> Result<Value, ApiError> {
    let mut value = article::to_json(&stored.article);
    let meta = serde_json::to_value(ArticleMeta::from(stored));
    let meta = meta.map_err(|error| ApiError::new(Kind::Internal, error.to_string()))?;
    if let Value::Object(fields) = &mut value {
        fields.insert("meta".to_owned(), meta);
    }
    Ok(value)
}
