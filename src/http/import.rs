//! `POST /v1/import`: many articles at once, all or nothing.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use serde_json::Value;

use super::articles::{changed_by, media_type};
use super::body::Parameters;
use super::matching::json;
use super::state::State;
use super::{ApiError, Kind, Problem, body};
use crate::article::Slug;
use crate::report::decode::{multipart_files, unpack};
use crate::report::json::Document;
use crate::report::{DecodeError, Limits};
use crate::service::{ImportOptions, ImportSource, ImportSummary, no_progress};

/// Most articles in one import.
const MAX_ITEMS: usize = 100_000;
/// Most values in one line of NDJSON: an item has three.
const MAX_NODES: usize = 64;

/// Import articles: all of them or none.
///
/// Multipart files, each with its file name (Markdown, plain text, HTML, reStructuredText or `AsciiDoc`, told by their
/// names' endings), NDJSON with `{"id"?, "name"?, "markdown"}` on each line, or one article as its media type says. The
/// answer says what became of each; when one cannot be taken nothing is.
#[utoipa::path(
    post, path = "/v1/import", tag = "articles",
    params(
        ("dry_run" = Option<bool>, Query, description = "Only say what would come of it"),
        ("name" = Option<String>, Query, description = "File name of a single article; names it when it does not name itself"),
    ),
    request_body(content((String = "multipart/form-data"), (String = "application/x-ndjson"), (String = "text/markdown"))),
    responses(
        (status = 200, description = "What became of each", body = ImportSummary),
        (status = 400, description = "At least one cannot be taken; nothing was imported", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "No such type", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(
    request: HttpRequest,
    mut payload: web::Payload,
    state: web::Data<State>,
) -> Result<HttpResponse, ApiError> {
    let parameters = Parameters::read(&request, &["dry_run", "name"])?;
    let options = ImportOptions {
        dry_run: parameters.flag("dry_run")?,
        all_or_nothing: true,
        ..ImportOptions::new(changed_by(&request))
    };
    let name = parameters.get("name").map(str::to_owned);
    let packed = body::read(&request, &mut payload, state.max_import_bytes).await?;
    let content_type = body::header(&request, &CONTENT_TYPE).unwrap_or_default().to_owned();
    let encoding = body::header(&request, &CONTENT_ENCODING).map(str::to_owned);
    let media_type = media_type(&request);
    let limits = Limits { unpacked_bytes: state.max_import_bytes, ..state.limits.clone() };
    let reading = move || -> Result<Vec<ImportSource>, ApiError> {
        let body = unpack(&packed, encoding.as_deref(), &limits)?;
        sources(&body, &media_type, &content_type, name.as_deref())
    };
    let sources = state.pool.run(reading).await??;
    if sources.is_empty() {
        return Err(ApiError::new(Kind::MalformedBody, "there is no article in the body"));
    }
    json(&state.service.import(sources, &options, no_progress()).await?)
}

fn sources(
    body: &[u8],
    media_type: &str,
    content_type: &str,
    name: Option<&str>,
) -> Result<Vec<ImportSource>, ApiError> {
    let single = |ending: &str| {
        let name = name.map_or_else(|| format!("article.{ending}"), str::to_owned);
        Ok(vec![ImportSource { name, path: None, bytes: body.to_vec() }])
    };
    match media_type {
        "multipart/form-data" | "multipart/mixed" => {
            let files = multipart_files(body, content_type, MAX_ITEMS)?;
            let source = |(name, bytes): (String, Vec<u8>)| ImportSource { name, path: None, bytes };
            Ok(files.into_iter().map(source).collect())
        }
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => lines(body),
        "text/markdown" | "text/x-markdown" => single("md"),
        "text/plain" => single("txt"),
        "text/html" => single("html"),
        "text/x-rst" | "text/prs.fallenstein.rst" => single("rst"),
        "text/asciidoc" | "text/x-asciidoc" => single("adoc"),
        other => Err(ApiError::new(
            Kind::UnsupportedMediaType,
            format!("{other:?} is not taken here; send multipart/form-data, application/x-ndjson or text/markdown"),
        )),
    }
}

fn lines(body: &[u8]) -> Result<Vec<ImportSource>, ApiError> {
    let mut sources = Vec::new();
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        if sources.len() == MAX_ITEMS {
            return Err(ApiError::new(Kind::BodyTooLarge, format!("an import takes at most {MAX_ITEMS} articles")));
        }
        sources.push(item(line).map_err(|error| error.at_line(index + 1))?);
    }
    Ok(sources)
}

/// One line: `{"id"?, "name"?, "markdown"}`.
fn item(line: &[u8]) -> Result<ImportSource, ApiError> {
    let text = std::str::from_utf8(line).map_err(|_| ApiError::new(Kind::InvalidJson, "the line is not UTF-8"))?;
    Document::parse(text, MAX_NODES).map_err(DecodeError::from)?;
    let value: Value =
        serde_json::from_str(text).map_err(|error| ApiError::new(Kind::InvalidJson, error.to_string()))?;
    let Value::Object(fields) = value else {
        return Err(ApiError::new(Kind::WrongType, "a line must be an object with markdown, and id or name"));
    };
    let (mut id, mut name, mut markdown) = (None, None, None);
    for (field, value) in fields {
        let place = match field.as_str() {
            "id" => &mut id,
            "name" => &mut name,
            "markdown" => &mut markdown,
            _ => {
                let known = ["id", "name", "markdown"];
                let shown: String = field.chars().take(60).collect();
                let detail = format!("unknown field {shown:?}; known are {}", known.join(", "));
                let nearest = crate::text::nearest(&field, &known);
                return Err(ApiError::new(Kind::UnknownField, detail).field(shown).nearest(nearest));
            }
        };
        match value {
            Value::String(text) => *place = Some(text),
            Value::Null => {}
            _ => return Err(ApiError::new(Kind::WrongType, format!("{field} must be a string")).field(field)),
        }
    }
    let Some(markdown) = markdown else {
        return Err(ApiError::new(Kind::WrongType, "markdown is missing").field("markdown"));
    };
    let id = id.map(Slug::new).transpose();
    let id = id.map_err(|error| ApiError::new(Kind::OutOfRange, error.to_string()).field("id"))?;
    let name = match (id, name) {
        (Some(id), _) => format!("{id}.md"),
        (None, Some(name)) => name,
        (None, None) => "article.md".to_owned(),
    };
    Ok(ImportSource { name, path: None, bytes: Bytes::from(markdown).to_vec() })
}
