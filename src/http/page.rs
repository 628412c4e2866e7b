//! Pages for people: an article, and what a kind of problem means. Plain HTML without script.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_SECURITY_POLICY;
use actix_web::{HttpRequest, HttpResponse, web};

use super::articles::id_of;
use super::state::State;
use super::{ApiError, Kind};
use crate::article::{Article, Status};
use crate::render::html::{escape, from_markdown, is_safe_address};
use crate::service::StoredArticle;

const STYLE: &str = "body{font:16px/1.55 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;\
background:#fff}h1{line-height:1.2}code,pre{font-family:ui-monospace,monospace;font-size:.9em;background:#f1f1f3;\
border-radius:4px}code{padding:.1em .3em}pre{padding:.8em;overflow-x:auto}pre code{padding:0}a{color:#0b57a4}\
.facts{color:#555}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3em .6em}\
@media(prefers-color-scheme:dark){body{color:#e6e6e6;background:#17181a}code,pre{background:#26282b}a{color:#8ab8ee}\
.facts{color:#aaa}}";

/// An article as a page.
#[utoipa::path(
    get, path = "/articles/{id}", tag = "articles", params(("id" = String, Path, description = "Article")),
    responses((status = 200, description = "The article as a page", content_type = "text/html", body = String), (status = 404, description = "No such article"))
)]
pub(super) async fn article(request: HttpRequest, state: web::Data<State>) -> Result<HttpResponse, ApiError> {
    let id = id_of(&request)?;
    // The page needs no key, so that a note's reader can follow its link; what is not published yet has no readers.
    match state.service.get(&id).await?.filter(|stored| stored.status != Status::Draft) {
        Some(stored) => Ok(page(&stored.article.title, &stored.article.locale, &article_html(&stored))),
        None => Err(ApiError::new(Kind::NotFound, format!("there is no article {id}"))),
    }
}

/// What a kind of problem means.
pub(super) async fn error(request: HttpRequest) -> Result<HttpResponse, ApiError> {
    let slug = request.match_info().get("slug").unwrap_or_default();
    match Kind::from_slug(slug) {
        Some(kind) => Ok(page(kind.title(), "en", &from_markdown(kind.page()))),
        None => Err(ApiError::new(Kind::NotFound, "there is no such kind of problem")),
    }
}

fn article_html(stored: &StoredArticle) -> String {
    let article = &stored.article;
    let mut facts = vec![format!("Revision {}", stored.revision), stored.status.as_str().to_owned()];
    facts.extend(article.reviewed_at.as_ref().map(|date| format!("reviewed {date}")));
    facts.extend(article.fixed_in.as_ref().map(|version| format!("fixed in {version}")));
    let mut html =
        format!("<h1>{}</h1>\n<p class=\"facts\">{}</p>\n", escape(&article.title), escape(&facts.join(" · ")));
    if let Some(successor) = &article.superseded_by {
        let _ = writeln!(html, "<p>Replaced by <a href=\"/articles/{successor}\">{successor}</a>.</p>");
    }
    if !article.applies_to.is_empty() {
        let _ = writeln!(html, "<p><strong>Applies to</strong>: {}</p>", escape(&article.applies_to.join(", ")));
    }
    for (heading, text) in sections(article) {
        if !text.trim().is_empty() {
            // Captures have no value here, so their fallbacks stand.
            let text = crate::article::placeholder::fill(&text, &std::collections::BTreeMap::new(), |value, _| {
                value.to_owned()
            });
            let _ = write!(html, "<h2>{}</h2>\n{}", escape(&heading), from_markdown(&text));
        }
    }
    if !article.links.is_empty() {
        let links = article.links.iter().filter(|link| is_safe_address(&link.url)).map(|link| {
            let title = link.title.as_deref().unwrap_or(&link.url);
            format!("<li><a href=\"{}\" rel=\"noopener noreferrer\">{}</a></li>\n", escape(&link.url), escape(title))
        });
        let _ = write!(html, "<h2>Links</h2>\n<ul>\n{}</ul>\n", links.collect::<String>());
    }
    html
}

fn sections(article: &Article) -> Vec<(String, String)> {
    let known = [("Overview", &article.overview), ("Cause", &article.cause), ("Solution", &article.solution)];
    let known = known.into_iter().map(|(heading, text)| (heading.to_owned(), text.clone()));
    known.chain(article.other_sections.iter().map(|section| (section.heading.clone(), section.text.clone()))).collect()
}

/// A page with no form on it.
pub(super) fn page(title: &str, language: &str, body: &str) -> HttpResponse {
    page_for(StatusCode::OK, title, language, body, "'none'")
}

/// A page whose forms may be sent to `form_action`.
pub(super) fn page_for(status: StatusCode, title: &str, language: &str, body: &str, form_action: &str) -> HttpResponse {
    let html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{} – kbmatch</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n",
        escape(language),
        escape(title)
    );
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action {form_action}; \
         frame-ancestors 'none'"
    );
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .body(html)
}
