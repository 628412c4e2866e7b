//! From a file's text to an [`Article`].

use super::body::{Body, segment};
use super::change::{Change, DEFAULT_LOCALE};
use super::derive::derive;
use super::front::split;
use super::list::list_items;
use super::read::Reader;
use super::tree::{Entry, Kind, Node, Place, duplicate_keys, problem};
use super::{Article, KnownSection, Slug, import};

/// How an article's source is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFormat {
    /// Markdown, with or without front matter.
    Markdown,
    /// Plain text with headings on lines of their own.
    PlainText,
    /// HTML.
    Html,
    /// reStructuredText, as Sphinx and docutils read it.
    ReStructuredText,
    /// `AsciiDoc`.
    AsciiDoc,
}

/// An article and what was noticed while reading it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedArticle {
    /// The article.
    pub article: Article,
    /// The source as Markdown with front matter: byte for byte what came in when it was that already.
    pub markdown: String,
    /// Oddities that do not stop the article.
    pub warnings: Vec<ArticleProblem>,
}

/// Something wrong with an article's source, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*line, *column, field.as_deref()))]
pub struct ArticleProblem {
    /// Line in the source, from 1; 0 when it concerns the whole.
    pub line: usize,
    /// Column in characters, from 1; 0 when it concerns the whole line.
    pub column: usize,
    /// Field concerned, as a path: `signatures[1].template`.
    pub field: Option<String>,
    /// What is wrong and what would be right.
    pub message: String,
}

fn place(line: usize, column: usize, field: Option<&str>) -> String {
    use std::fmt::Write as _;
    let mut place = String::new();
    if line > 0 {
        let _ = write!(place, "{line}:");
        if column > 0 {
            let _ = write!(place, "{column}:");
        }
        place.push(' ');
    }
    if let Some(field) = field {
        let _ = write!(place, "{field}: ");
    }
    place
}

/// Reads an article. `fallback_id` (a file's name without its ending) names an article that does not name itself.
/// All problems are reported at once. Problems in other formats than Markdown stand in the Markdown made of them, and so have
/// no line.
pub fn parse(source: &str, format: SourceFormat, fallback_id: &str) -> Result<ParsedArticle, Vec<ArticleProblem>> {
    let converted = match format {
        SourceFormat::Markdown => None,
        SourceFormat::PlainText => Some(import::from_text(source)),
        SourceFormat::Html => Some(import::from_html(source)),
        SourceFormat::ReStructuredText => Some(import::from_rst(source)),
        SourceFormat::AsciiDoc => Some(import::from_asciidoc(source)),
    };
    let markdown = converted.as_deref().unwrap_or(source);
    let result = parse_markdown(markdown, fallback_id);
    let unplace = |mut problem: ArticleProblem| {
        if converted.is_some() {
            (problem.line, problem.column) = (0, 0);
        }
        problem
    };
    let (article, warnings) =
        result.map_err(|problems| problems.into_iter().map(unplace).collect::<Vec<ArticleProblem>>())?;
    let warnings = warnings.into_iter().map(unplace).collect();
    Ok(ParsedArticle { article, markdown: converted.unwrap_or_else(|| source.to_owned()), warnings })
}

/// An article and the warnings about it.
pub(super) type Read = (Article, Vec<ArticleProblem>);

/// Reads Markdown with or without front matter.
pub(super) fn parse_markdown(source: &str, fallback_id: &str) -> Result<Read, Vec<ArticleProblem>> {
    let split = split(source).map_err(|problem| vec![problem])?;
    let mut reader = Reader::default();
    let mut fields = Change::default();
    let mut declared = Vec::new();
    if let Some(front) = &split.front {
        reader.warnings.extend(front.damage.clone());
        duplicate_keys(&front.root, "", &mut reader.problems);
        if let Kind::Map(entries) = &front.root.kind {
            fields = reader.front_matter(entries);
            declared = declared_errors(entries);
        }
    }
    let text = &source[split.body..];
    let body = segment(text);
    let id = identify(&fields, &body, fallback_id);
    if id.is_none() && reader.problems.is_empty() {
        let message = "nothing names this article; give it an id, a title or a file name with letters or digits";
        reader.problems.push(problem(Place::default(), "id", message.to_owned()));
    }
    let (Some(id), true) = (id, reader.problems.is_empty()) else {
        reader.problems.sort_by_key(|problem| (problem.line, problem.column));
        return Err(reader.problems);
    };
    let article = assemble(id, fields, text, &body, &declared);
    Ok((article, reader.warnings))
}

fn identify(fields: &Change, body: &Body, fallback_id: &str) -> Option<Slug> {
    let heading = body.title_heading().map(|heading| heading.text.as_str()).or(body.first_h1.as_deref());
    fields
        .id
        .clone()
        .or_else(|| Slug::from_text(fallback_id))
        .or_else(|| fields.title.as_deref().and_then(Slug::from_text))
        .or_else(|| heading.and_then(Slug::from_text))
}

fn assemble(id: Slug, fields: Change, text: &str, body: &Body, declared: &[String]) -> Article {
    let title = fields
        .title
        .or_else(|| body.title_heading().map(|heading| heading.text.clone()))
        .or_else(|| body.first_h1.clone())
        .unwrap_or_else(|| in_words(&id));
    let mut article = Article {
        overview: body.known_text(text, KnownSection::Overview),
        applies_to: fields.applies_to.unwrap_or_else(|| list_items(&body.known_text(text, KnownSection::AppliesTo))),
        cause: body.known_text(text, KnownSection::Cause),
        solution: body.known_text(text, KnownSection::Solution),
        other_sections: body.other_sections(text, &title),
        product: fields.product.unwrap_or_default(),
        versions: fields.versions.flatten(),
        tags: fields.tags.unwrap_or_default(),
        links: fields.links.unwrap_or_default(),
        locale: fields.locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
        status: fields.status.unwrap_or_default(),
        owner: fields.owner.flatten(),
        reviewed_at: fields.reviewed_at.flatten(),
        fixed_in: fields.fixed_in.flatten(),
        superseded_by: fields.superseded_by.flatten(),
        signatures: fields.signatures.unwrap_or_default(),
        examples: fields.examples.unwrap_or_default(),
        checks: fields.checks.unwrap_or_default(),
        id,
        title,
    };
    if article.signatures.is_empty() {
        article.signatures = derive(&article, declared);
    }
    article
}

/// `postgres-relation` as `Postgres relation`.
fn in_words(id: &Slug) -> String {
    let words = id.as_str().replace('-', " ");
    let mut characters = words.chars();
    characters.next().map_or(String::new(), |first| first.to_uppercase().chain(characters).collect())
}

/// Messages that another program's front matter declares as errors: the texts under `message` or `error_message`, at
/// the top or in a list or mapping named `error` or `errors`.
fn declared_errors(entries: &[Entry]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in entries {
        match (entry.key.as_str(), &entry.value.kind) {
            ("error_message" | "error_messages", _) => texts(&entry.value, &mut found),
            ("error" | "errors", Kind::List(items)) => items.iter().for_each(|item| messages(item, &mut found)),
            ("error" | "errors", Kind::Map(_)) => messages(&entry.value, &mut found),
            _ => {}
        }
    }
    found
}

fn messages(node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        Kind::Map(entries) => {
            entries.iter().filter(|entry| entry.key == "message").for_each(|entry| texts(&entry.value, found));
        }
        _ => texts(node, found),
    }
}

fn texts(node: &Node, found: &mut Vec<String>) {
    match &node.kind {
        Kind::Scalar { text, .. } => found.push(text.clone()),
        Kind::List(items) => {
            found.extend(items.iter().filter_map(|item| match &item.kind {
                Kind::Scalar { text, .. } => Some(text.clone()),
                _ => None,
            }));
        }
        Kind::Map(_) => {}
    }
}

#[cfg(test)]
mod tests;
