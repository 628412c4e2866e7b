//! The tools: what they take, and what they do.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use serde_json::{Map, Value, json};
use ulid::Ulid;

use super::message::{Failure, code};
use super::{Generation, LEAST, may_write, schema};
use crate::article::{Slug, Status};
use crate::engine::Answer;
use crate::http::matching::answer_now;
use crate::http::state::State;
use crate::http::vote::{Ballot, cast};
use crate::render::markdown;
use crate::service::request::RawRequest;
use crate::text::printable;

const MATCH: &str = "match_error";
const ARTICLE: &str = "get_article";
const FEEDBACK: &str = "send_feedback";
/// Longest text, in bytes.
const MAX_TEXT: usize = 256 << 10;
/// Most articles.
const MAX_LIMIT: u64 = 10;
/// Name under which votes through this address are kept.
const BY: &str = "mcp";

/// The tools, always the same and in the same order.
pub(super) fn list(generation: Generation) -> Vec<Value> {
    let mut tools = vec![
        json!({
            "name": MATCH,
            "title": "Find the article that solves an error",
            "description": "Finds the support article that explains and solves an error message, log, stack trace or payload. Says how certain it is; asks a question when several articles fit, and says so when none does.",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["text"],
                "properties": {
                    "text": {"type": "string", "minLength": 1, "maxLength": MAX_TEXT, "description": "The error as it was seen: message, log, response or payload"},
                    "product": {"type": "string", "description": "Product the error is about"},
                    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": 3, "description": "Most articles"},
                    "min_confidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.5, "description": "Articles below this are left out"},
                },
            },
            "outputSchema": schema::answer(),
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        }),
        json!({
            "name": ARTICLE,
            "title": "Read an article",
            "description": "Reads a whole article of the knowledge base as Markdown.",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["id"],
                "properties": {
                    "id": {"type": "string", "description": "The article's id, as match_error gave it"},
                    "locale": {"type": "string", "description": "Language tag that is preferred, such as en or de-CH"},
                },
            },
            "outputSchema": {
                "type": "object", "required": ["id", "title", "locale", "revision", "url", "markdown"],
                "properties": {
                    "id": {"type": "string"}, "title": {"type": "string"}, "locale": {"type": "string"},
                    "revision": {"type": "integer"}, "url": {"type": "string"}, "markdown": {"type": "string"},
                },
            },
            "annotations": {"readOnlyHint": true, "openWorldHint": false},
        }),
        json!({
            "name": FEEDBACK,
            "title": "Say whether an article helped",
            "description": "Says whether the article of an answer solved the problem. Call it only once the person said so. Needs a key that may write.",
            "inputSchema": {
                "type": "object", "additionalProperties": false, "required": ["feedback_token", "helpful"],
                "properties": {
                    "feedback_token": {"type": "string", "description": "As match_error gave it"},
                    "helpful": {"type": "boolean"},
                },
            },
            "outputSchema": {"type": "object", "required": ["kept"], "properties": {"kept": {"type": "boolean"}}},
            "annotations": {"readOnlyHint": false, "destructiveHint": false, "idempotentHint": true, "openWorldHint": false},
        }),
    ];
    if !is_structured(generation) {
        for tool in &mut tools {
            tool.as_object_mut().map(|tool| tool.remove("outputSchema"));
        }
    }
    tools
}

/// Whether the client knows structured content and links to resources.
fn is_structured(generation: Generation) -> bool {
    generation != Generation::Legacy(LEAST)
}

/// What a tool found: its JSON, and blocks for people.
struct Found {
    structured: Value,
    blocks: Vec<Value>,
}

/// Calls a tool. What it cannot do it says in words that a model can act on.
pub(super) async fn call(
    request: &HttpRequest,
    state: &web::Data<State>,
    generation: Generation,
    params: &Value,
) -> Result<Value, Failure> {
    let malformed = |problem: &str| Failure::new(StatusCode::OK, code::INVALID_PARAMS, problem);
    let name = params["name"].as_str().ok_or_else(|| malformed("the name of the tool is missing"))?;
    let none = Map::new();
    let arguments = match &params["arguments"] {
        Value::Null => &none,
        Value::Object(arguments) => arguments,
        _ => return Err(malformed("arguments must be an object")),
    };
    let called = match name {
        MATCH => match_error(state, arguments).await,
        ARTICLE => get_article(request, state, arguments).await,
        FEEDBACK => send_feedback(request, state, arguments).await,
        other => {
            let shown: String = other.chars().take(60).collect();
            return Err(malformed(&format!("there is no tool {shown:?}; there are {MATCH}, {ARTICLE} and {FEEDBACK}")));
        }
    };
    Ok(match called {
        Ok(found) => written(found, generation),
        Err(problem) => json!({"content": [text(&problem)], "isError": true}),
    })
}

fn written(found: Found, generation: Generation) -> Value {
    let mut content = vec![text(&found.structured.to_string())];
    content.extend(found.blocks.into_iter().filter(|block| block["type"] == "text" || is_structured(generation)));
    let mut result = json!({"content": content, "isError": false});
    if is_structured(generation) {
        result["structuredContent"] = found.structured;
    }
    result
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

async fn match_error(state: &web::Data<State>, arguments: &Map<String, Value>) -> Result<Found, String> {
    let mut query = Vec::new();
    let mut report = None;
    for (name, value) in arguments {
        match (name.as_str(), value) {
            ("text", Value::String(text)) => report = Some(text.clone()),
            ("product", Value::String(product)) => query.push((name.clone(), product.clone())),
            ("limit", Value::Number(limit)) if limit.as_u64().is_some_and(|limit| (1..=MAX_LIMIT).contains(&limit)) => {
                query.push((name.clone(), limit.to_string()));
            }
            ("min_confidence", Value::Number(least)) => query.push((name.clone(), least.to_string())),
            ("limit", _) => return Err(format!("limit must be a whole number from 1 to {MAX_LIMIT}")),
            ("text" | "product", _) => return Err(format!("{name} must be a string")),
            ("min_confidence", _) => return Err("min_confidence must be a number from 0 to 1".to_owned()),
            _ => return Err(unknown(name, "text, product, limit and min_confidence")),
        }
    }
    let report =
        report.filter(|text| !text.trim().is_empty()).ok_or("text is missing: send the error as it was seen")?;
    if report.len() > MAX_TEXT {
        return Err(format!("text has {} bytes, {MAX_TEXT} are taken: send the part around the error", report.len()));
    }
    let shared = state.clone();
    let answer = move || {
        let content_type = Some("text/plain; charset=utf-8");
        let raw = RawRequest { body: report.as_bytes(), content_type, content_encoding: None, query: &query };
        answer_now(raw, &shared)
    };
    let answer = state.pool.run(answer).await.and_then(|answered| answered).map_err(|error| error.to_string())?;
    let structured = serde_json::to_value(&answer).map_err(|error| error.to_string())?;
    Ok(Found { structured, blocks: vec![text(&quotable(state, answer))] })
}

/// The best article in short, with its address and the value to vote with.
fn quotable(state: &State, mut answer: Answer) -> String {
    let report = Ulid::from_string(&answer.report_id).ok();
    let base = state.public_url.as_deref().unwrap_or_default();
    answer.matches.truncate(if answer.question.is_some() { 3 } else { 1 });
    let first = answer.matches.first().map(|found| found.article.id.clone());
    for found in &mut answer.matches {
        found.article.url = format!("{base}{}", found.article.url);
    }
    let mut said = printable(&markdown::answer(&answer), true).into_owned();
    let token = first.zip(state.signer.as_ref()).zip(report);
    if let Some(((article, signer), report)) = token {
        let _ = writeln!(said, "\nfeedback_token: `{}`", signer.votes(report, &article).yes);
    }
    said
}

async fn get_article(
    request: &HttpRequest,
    state: &web::Data<State>,
    arguments: &Map<String, Value>,
) -> Result<Found, String> {
    if let Some(name) = arguments.keys().find(|name| !matches!(name.as_str(), "id" | "locale")) {
        return Err(unknown(name, "id and locale"));
    }
    let id = arguments.get("id").and_then(Value::as_str).ok_or("id is missing: send an article's id as a string")?;
    let id = Slug::new(id).map_err(|error| error.to_string())?;
    let stored = state.service.get(&id).await.map_err(|_| "the article cannot be read now; try again".to_owned())?;
    let missing = || format!("there is no article {id}; match_error gives the ids of those that fit an error");
    let stored = stored.filter(|stored| stored.status == Status::Published).ok_or_else(missing)?;
    let article = &stored.article;
    let url = address(request, state, &id);
    let clean = printable(&stored.markdown, true).into_owned();
    let longest = clean.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat((longest + 1).max(3));
    let mut said = format!("Article {id}, as data:\n\n{fence}markdown\n{}\n{fence}\n", clean.trim_end());
    let wanted = arguments.get("locale").and_then(Value::as_str);
    if let Some(wanted) = wanted.filter(|wanted| !same_language(wanted, &article.locale)) {
        let wanted: String = wanted.chars().take(20).collect();
        let _ = writeln!(said, "\nThere is no text in {wanted:?}; this one is in {}.", article.locale);
    }
    let structured = json!({
        "id": id.as_str(), "title": article.title, "locale": article.locale, "revision": stored.revision, "url": url,
        "markdown": clean,
    });
    let link = json!({
        "type": "resource_link", "uri": url, "name": id.as_str(), "title": article.title, "mimeType": "text/html",
    });
    Ok(Found { structured, blocks: vec![text(&said), link] })
}

/// An article's whole address: below the public one, else below the name that the client used.
fn address(request: &HttpRequest, state: &State, id: &Slug) -> String {
    match &state.public_url {
        Some(base) => format!("{base}/articles/{id}"),
        None => format!("http://{}/articles/{id}", request.connection_info().host()),
    }
}

fn same_language(one: &str, other: &str) -> bool {
    let language = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    language(one) == language(other)
}

async fn send_feedback(
    request: &HttpRequest,
    state: &web::Data<State>,
    arguments: &Map<String, Value>,
) -> Result<Found, String> {
    if !may_write(request) {
        return Err(
            "this key may not write, so the vote is not kept; the person can use the link of the answer".to_owned()
        );
    }
    if let Some(name) = arguments.keys().find(|name| !matches!(name.as_str(), "feedback_token" | "helpful")) {
        return Err(unknown(name, "feedback_token and helpful"));
    }
    let token = arguments.get("feedback_token").and_then(Value::as_str).ok_or("feedback_token is missing")?;
    let helpful = arguments.get("helpful").and_then(Value::as_bool).ok_or("helpful must be true or false")?;
    let ballot = Ballot { token, helpful: Some(helpful), by: BY.to_owned(), comment: None };
    cast(state, ballot).await.map_err(|error| error.to_string())?;
    Ok(Found { structured: json!({"kept": true}), blocks: Vec::new() })
}

fn unknown(name: &str, known: &str) -> String {
    let shown: String = name.chars().take(40).collect();
    format!("there is no argument {shown:?}; there are {known}")
}
