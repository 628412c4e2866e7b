//! The question that would settle an `ambiguous` answer.

use super::compiled::Node;
use super::index::{CompiledArticle, Index};
use super::score::Candidate;
use crate::report::Report;

/// Most candidates that a question names.
const MAX_NAMED: usize = 8;
/// Most characters of a missing message that a question quotes.
const MAX_QUOTE: usize = 80;

/// What would tell the tied candidates apart, from how their signatures differ.
pub(super) fn ask(tied: &[&Candidate], index: &Index, report: &Report) -> String {
    let tied = &tied[..tied.len().min(MAX_NAMED)];
    if let Some(question) = ask_for_the_rest(tied, index, report) {
        return question;
    }
    if let Some(question) = ask_for_words(tied, index) {
        return question;
    }
    let options: Vec<String> = tied
        .iter()
        .map(|candidate| {
            let article = index.article(candidate.article);
            match distinguishing(candidate, tied, article) {
                Some(sign) => format!("{sign}: {}", quoted_title(article)),
                None => quoted_title(article),
            }
        })
        .collect();
    format!("Which of these does the case show? {}", options.join("; "))
}

/// For reports that end inside a message which several articles share: what follows.
fn ask_for_the_rest(tied: &[&Candidate], index: &Index, report: &Report) -> Option<String> {
    let mut options = Vec::new();
    for candidate in tied {
        let start = candidate.hits.iter().find_map(|hit| hit.start.as_ref())?;
        let missing: String = start.missing.chars().take(MAX_QUOTE).collect();
        options.push(format!("“{}” means {}", missing.trim(), quoted_title(index.article(candidate.article))));
    }
    let place = tied.first()?.hits.iter().find(|hit| hit.start.is_some())?.found.places.first()?;
    let shown = place.span.slice(report.view_text(place.view?));
    let from = shown.char_indices().rev().nth(39).map_or(0, |(at, _)| at);
    Some(format!("The message breaks off. What follows “…{}”? {}", shown[from..].trim(), options.join("; ")))
}

/// For articles known by shared words: the words that only one of them has.
fn ask_for_words(tied: &[&Candidate], index: &Index) -> Option<String> {
    if tied.iter().any(|candidate| candidate.is_decided()) {
        return None;
    }
    let mut options = Vec::new();
    for candidate in tied {
        let others: Vec<usize> =
            tied.iter().map(|other| other.article).filter(|other| *other != candidate.article).collect();
        let article = index.article(candidate.article);
        let words = index.words.apart(article.article(), &others);
        let words: Vec<String> = words.iter().map(|word| format!("“{word}”")).collect();
        options.push((words.join(" or "), article));
    }
    // Siblings that use the same words in another order are told apart by their messages.
    if options.iter().filter(|(words, _)| words.is_empty()).count() > 1 {
        for (words, article) in options.iter_mut().filter(|(words, _)| words.is_empty()) {
            *words = message(article).map(|message| format!("“{message}”")).unwrap_or_default();
        }
    }
    let options: Vec<String> = options
        .into_iter()
        .map(|(sign, article)| {
            let sign = if sign.is_empty() { "none of these".to_owned() } else { sign };
            format!("{sign} means {}", quoted_title(article))
        })
        .collect();
    Some(format!("Which of these does the case show? {}", options.join("; ")))
}

/// The message of an article's first template, cut to what a question quotes.
fn message(article: &CompiledArticle) -> Option<String> {
    let template = article.signatures.iter().flat_map(|signature| signature.condition.templates()).next()?;
    Some(template.label.chars().take(MAX_QUOTE).collect())
}

/// Something that would speak for this candidate and for no other: a supporting condition that was not seen, a check that
/// was not seen, its product.
fn distinguishing(candidate: &Candidate, tied: &[&Candidate], article: &CompiledArticle) -> Option<String> {
    let seen: Vec<&str> = candidate.hits.iter().flat_map(|hit| &hit.supports).map(|place| &*place.label).collect();
    let unseen_support = article
        .signatures
        .iter()
        .flat_map(|signature| &signature.supports)
        .map(node_label)
        .find(|label| !seen.contains(&label.as_str()));
    let unseen_check = || {
        let outcome = candidate.checks.iter().find(|check| check.result == super::CheckResult::NotSeen)?;
        Some(outcome.name.clone())
    };
    let own_product = || {
        let product = article.article().product.first().or_else(|| article.article().applies_to.first())?;
        (tied.len() > 1).then(|| product.clone())
    };
    unseen_support.or_else(unseen_check).or_else(own_product)
}

fn node_label(node: &Node) -> String {
    match node {
        Node::Text(matcher) => matcher.label.to_string(),
        Node::Where(matcher) => matcher.label.to_string(),
        Node::All { nodes, .. } | Node::Any(nodes) | Node::None(nodes) => {
            nodes.iter().map(node_label).collect::<Vec<_>>().join(", ")
        }
    }
}

fn quoted_title(article: &CompiledArticle) -> String {
    format!("“{}”", article.article().title)
}
