//! What a sound article needs besides being well-formed.

use std::collections::HashSet;

use super::placeholder::names;
use super::{Article, ArticleProblem, Condition, SignatureOrigin, Status, Test};

/// What is missing from an article that can be read: examples on both sides when it answers by written signatures, a
/// signature or a fallback for every capture that its cause and solution use, some text, a successor other than itself.
/// Empty when nothing is.
pub fn requirements(article: &Article) -> Vec<ArticleProblem> {
    let mut problems = Vec::new();
    let mut missing = |field: &str, message: String| {
        problems.push(ArticleProblem { line: 0, column: 0, field: Some(field.to_owned()), message });
    };
    let written = has_written_signatures(article);
    if written && article.status == Status::Published {
        for (field, examples, which) in [
            ("examples.match", &article.examples.matching, "that it answers"),
            ("examples.no_match", &article.examples.no_match, "that it does not, best of its nearest sibling"),
        ] {
            if examples.is_empty() {
                let message = format!(
                    "a published article with signatures needs a report {which}; add one, or set status: draft"
                );
                missing(field, message);
            }
        }
    }
    let provided = captures(article);
    for (field, text) in [("cause", &article.cause), ("solution", &article.solution)] {
        let mut seen = HashSet::new();
        for placeholder in names(text) {
            let name = placeholder.name;
            if written && placeholder.fallback.is_none() && !provided.contains(name) && seen.insert(name) {
                let message = format!(
                    "no signature captures {{{{{name}}}}}; name a wildcard so, or write a fallback: {{{{{name}|…}}}}"
                );
                missing(field, message);
            }
        }
    }
    problems.extend(says_nothing(article));
    if article.superseded_by.as_ref() == Some(&article.id) {
        let message = "an article cannot be superseded by itself; name its successor".to_owned();
        problems.push(ArticleProblem { line: 0, column: 0, field: Some("superseded_by".to_owned()), message });
    }
    problems
}

/// What is wrong with an article of which no section holds a letter or a digit.
fn says_nothing(article: &Article) -> Option<ArticleProblem> {
    let others = article.other_sections.iter().map(|section| &section.text);
    let mut texts = [&article.overview, &article.cause, &article.solution].into_iter().chain(others);
    if texts.any(|text| text.contains(char::is_alphanumeric)) {
        return None;
    }
    let message = "the article says nothing: write at least its Overview, Cause or Solution".to_owned();
    Some(ArticleProblem { line: 0, column: 0, field: Some("solution".to_owned()), message })
}

/// What keeps an article that can be read from being taken: it would answer with nothing but a title. A draft may wait
/// for its text; one with written signatures is taken, and `check` finds fault with it; a superseded one answers with
/// its successor.
pub fn refusal(article: &Article) -> Option<ArticleProblem> {
    let excused =
        article.status != Status::Published || has_written_signatures(article) || article.superseded_by.is_some();
    if excused { None } else { says_nothing(article) }
}

fn has_written_signatures(article: &Article) -> bool {
    article.signatures.iter().any(|signature| signature.origin == SignatureOrigin::Written)
}

/// Names that the article's signatures capture.
fn captures(article: &Article) -> HashSet<String> {
    let mut names = HashSet::new();
    for signature in &article.signatures {
        for condition in std::iter::once(&signature.condition).chain(&signature.supports) {
            collect(condition, &mut names);
        }
    }
    names
}

/// Depth is bounded by the reader, which refuses deeper nesting.
fn collect(condition: &Condition, names: &mut HashSet<String>) {
    match condition {
        Condition::Template(template) => names.extend(template.names().map(str::to_owned)),
        Condition::Regex(pattern) => {
            if let Ok(regex) = regex::Regex::new(&pattern.pattern) {
                names.extend(regex.capture_names().flatten().map(str::to_owned));
            }
        }
        Condition::Where(tests) => {
            for test in &tests.tests {
                if let Test::Template(template) = &test.test {
                    names.extend(template.names().map(str::to_owned));
                }
            }
        }
        Condition::All { conditions, .. } | Condition::Any(conditions) => {
            for condition in conditions {
                collect(condition, names);
            }
        }
        Condition::Code(_) | Condition::None(_) => {}
    }
}
