//! Edits that leave the rest of a file alone.
//!
//! An edit changes the lines of the front matter key or of the section that holds the field, and nothing else: unknown
//! fields, other headings, comments, blank lines, line endings and the end of the file stay byte for byte. Every edit is
//! read back before it is handed out, so what a file says after an edit is exactly what was asked for.

mod body;
mod front;
mod sections;

use serde_json::{Value, json};

use super::change::{Change, DEFAULT_LOCALE};
use super::parse::{ParsedArticle, SourceFormat, parse, parse_markdown};
use super::write::{checks, examples, links, signatures, to_markdown};
use super::{Article, ArticleProblem, KnownSection, SignatureOrigin, Slug, Status, body::tidy};

/// Names an article in a file that does not; the same before and after an edit.
const NAMELESS: &str = "article";

/// Why an edit was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The file cannot be read as it stands.
    #[error("the article as it stands cannot be read: {}", list(.0))]
    Unreadable(Vec<ArticleProblem>),
    /// The new value cannot be written into the file.
    #[error("the change cannot be made: {}", list(.0))]
    Refused(Vec<ArticleProblem>),
}

fn list(problems: &[ArticleProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl EditError {
    fn refused(field: &str, message: impl Into<String>) -> Self {
        let field = Some(field.to_owned());
        Self::Refused(vec![ArticleProblem { line: 0, column: 0, field, message: message.into() }])
    }
}

/// Makes the change in `markdown`, a file that [`parse`] reads as Markdown. Fields that already have their new value are
/// not touched.
pub fn edit(markdown: &str, change: &Change) -> Result<String, EditError> {
    let (article, _) = parse_markdown(markdown, NAMELESS).map_err(EditError::Unreadable)?;
    let mut editor = Editor { source: markdown.to_owned(), article: without_lines(article) };
    if let Some(id) = &change.id {
        editor.keep_id(id)?;
    }
    editor.fields(change)?;
    editor.title(change)?;
    editor.applies_to(change)?;
    for (known, text) in [
        (KnownSection::Overview, &change.overview),
        (KnownSection::Cause, &change.cause),
        (KnownSection::Solution, &change.solution),
    ] {
        if let Some(text) = text {
            editor.section(known, &tidy(text))?;
        }
    }
    editor.other_sections(change)?;
    Ok(editor.source)
}

/// Makes an article from nothing: its file, and the article as it is read from there, signatures derived where none is
/// written. The change needs a title.
pub fn create(id: &Slug, change: &Change) -> Result<ParsedArticle, EditError> {
    if change.id.as_ref().is_some_and(|other| other != id) {
        return Err(EditError::refused("id", format!("the article is created as {id}; write that id or leave it out")));
    }
    let Some(title) = change.title.clone() else {
        return Err(EditError::refused("title", "an article needs a title; give it one"));
    };
    let article = from_change(id.clone(), title, change.clone());
    let markdown = to_markdown(&article);
    let parsed = parse(&markdown, SourceFormat::Markdown, NAMELESS).map_err(EditError::Refused)?;
    let read = without_lines(parsed.article.clone());
    match differing_field(&without_lines(article), &read) {
        None => Ok(parsed),
        Some(field) => Err(EditError::refused(field, CANNOT_STAND)),
    }
}

/// Why a text was read back differently.
const CANNOT_STAND: &str = "this cannot be written so that it reads the same: a heading in it begins another section, or \
                            a code fence or comment in it never ends; use deeper headings and close what is open";

fn from_change(id: Slug, title: String, change: Change) -> Article {
    let text = |text: Option<String>| tidy(&text.unwrap_or_default());
    Article {
        id,
        title,
        overview: text(change.overview),
        applies_to: change.applies_to.unwrap_or_default(),
        cause: text(change.cause),
        solution: text(change.solution),
        other_sections: change.other_sections.unwrap_or_default(),
        product: change.product.unwrap_or_default(),
        versions: change.versions.flatten(),
        tags: change.tags.unwrap_or_default(),
        links: change.links.unwrap_or_default(),
        locale: change.locale.unwrap_or_else(|| DEFAULT_LOCALE.to_owned()),
        status: change.status.unwrap_or_default(),
        owner: change.owner.flatten(),
        reviewed_at: change.reviewed_at.flatten(),
        fixed_in: change.fixed_in.flatten(),
        superseded_by: change.superseded_by.flatten(),
        signatures: change.signatures.unwrap_or_default(),
        examples: change.examples.unwrap_or_default(),
        checks: change.checks.unwrap_or_default(),
    }
}

/// A file being edited, and the article it holds so far.
struct Editor {
    source: String,
    article: Article,
}

impl Editor {
    /// Takes the first of `candidates` that reads as `expected`.
    fn take(
        &mut self,
        field: &str,
        expected: Article,
        candidates: Vec<Result<String, String>>,
    ) -> Result<(), EditError> {
        let mut reason = None;
        for candidate in candidates {
            match candidate {
                Ok(candidate) => {
                    let read = parse_markdown(&candidate, NAMELESS).map(|(article, _)| without_lines(article));
                    if read.is_ok_and(|read| differing_field(&expected, &read).is_none()) {
                        self.source = candidate;
                        self.article = expected;
                        return Ok(());
                    }
                }
                Err(why) => reason = Some(why),
            }
        }
        Err(EditError::refused(field, reason.unwrap_or_else(|| CANNOT_STAND.to_owned())))
    }

    fn keep_id(&mut self, id: &Slug) -> Result<(), EditError> {
        if front::has(&self.source, "id") && self.article.id != *id {
            let message =
                format!("the article's id is {}; an id does not change, write a new article", self.article.id);
            return Err(EditError::refused("id", message));
        }
        Ok(())
    }

    /// Sets a front matter field to `value`, or takes it away where that means the same.
    fn set(&mut self, key: &str, value: &Value, is_default: bool, expected: Article) -> Result<(), EditError> {
        if differing_field(&self.article, &expected).is_none() {
            return Ok(());
        }
        let absent = is_default.then(|| front::set(&self.source, key, None));
        let candidates = absent.into_iter().chain([front::set(&self.source, key, Some(value))]);
        let rewritten = front::replace(&self.source, key, value);
        let candidates = candidates.chain([rewritten]).collect();
        self.take(key, expected, candidates)
    }

    fn fields(&mut self, change: &Change) -> Result<(), EditError> {
        /// Sets one field of the article and of its front matter.
        macro_rules! field {
            ($name:ident, $value:ident => $json:expr, $default:expr) => {
                if let Some($value) = &change.$name {
                    let expected = without_lines(Article { $name: $value.clone(), ..self.article.clone() });
                    self.set(stringify!($name), &$json, $default, expected)?;
                }
            };
        }
        field!(product, value => json!(value), value.is_empty());
        field!(versions, value => json!(value), value.is_none());
        field!(tags, value => json!(value), value.is_empty());
        field!(links, value => links(value), value.is_empty());
        field!(locale, value => json!(value), value == DEFAULT_LOCALE);
        field!(status, value => json!(value.as_str()), *value == Status::default());
        field!(owner, value => json!(value), value.is_none());
        field!(reviewed_at, value => json!(value), value.is_none());
        field!(fixed_in, value => json!(value), value.is_none());
        field!(superseded_by, value => json!(value.as_ref().map(Slug::as_str)), value.is_none());
        field!(examples, value => examples(value), value.matching.is_empty() && value.no_match.is_empty());
        field!(checks, value => checks(value), value.is_empty());
        field!(signatures, value => signatures(value), value.is_empty());
        Ok(())
    }
}

/// The article without what only its file says: lines, and signatures that are derived anew.
fn without_lines(mut article: Article) -> Article {
    article.signatures.retain(|signature| signature.origin == SignatureOrigin::Written);
    article.signatures.iter_mut().for_each(|signature| signature.line = 0);
    let examples = &mut article.examples;
    examples.matching.iter_mut().chain(&mut examples.no_match).for_each(|example| example.line = 0);
    article
}

/// The first field in which two articles differ.
fn differing_field(a: &Article, b: &Article) -> Option<&'static str> {
    macro_rules! differing {
        ($($name:ident),*) => { $(if a.$name != b.$name { return Some(stringify!($name)); })* };
    }
    differing!(
        id,
        title,
        overview,
        applies_to,
        cause,
        solution,
        other_sections,
        product,
        versions,
        tags,
        links,
        locale
    );
    differing!(status, owner, reviewed_at, fixed_in, superseded_by, examples, checks);
    let written = |article: &Article| without_lines(article.clone()).signatures;
    (written(a) != written(b)).then_some("signatures")
}

#[cfg(test)]
mod tests;
