//! Signatures for articles that have none written: messages and codes that the article shows as the error.
//!
//! Only what stands among the symptoms counts (title, overview, sections before the cause), and elsewhere what is called an
//! error where it stands; never what the article says to run or to configure. Whether a derived signature is rare enough to tell articles apart is the engine's business,
//! which knows them all; here a candidate only has to look like something that software prints.

mod code;
mod collect;
mod comment;
mod message;
mod partial;
mod rows;
mod samples;
mod template;
mod words;

use std::collections::HashSet;

use super::heading::known;
use super::{Article, Condition, KnownSection, Section, Signature, SignatureOrigin};
use collect::{Candidate, Origin};
use samples::Samples;

/// Most signatures derived for one article.
const MAX_DERIVED: usize = 16;
/// Most candidates looked at in one article.
const MAX_CANDIDATES: usize = 200;
/// Most bytes of one section that are read.
const MAX_SECTION_BYTES: usize = 64 * 1024;

/// Derives signatures, the most specific first. `declared` are messages that the front matter names as errors.
pub(super) fn derive(article: &Article, declared: &[String]) -> Vec<Signature> {
    let mut candidates: Vec<Candidate> =
        declared.iter().map(|text| Candidate::new(text.as_str(), Origin::Declared)).collect();
    collect::from_title(&article.title, &mut candidates);
    for section in article.other_sections.iter().filter(|section| shows_symptoms(section)) {
        collect::from_title(&section.heading, &mut candidates);
    }
    collect::from_section(None, head(&article.overview), &mut candidates);
    // What a cause shows is an error as well where the page says so.
    let of_interest = |section: &&Section| matches!(section.under, KnownSection::Overview | KnownSection::Cause);
    for section in article.other_sections.iter().filter(of_interest) {
        let text = head(&section.text);
        if shows_symptoms(section) {
            collect::from_section(Some(&section.heading), text, &mut candidates);
        } else {
            collect::from_advice(text, &mut candidates);
        }
    }
    candidates.truncate(MAX_CANDIDATES);

    let samples = Samples::of(article);
    let mut templates: Vec<(usize, Condition)> =
        candidates.iter().flat_map(|candidate| template::templates(candidate, &samples)).collect();
    templates.sort_by_key(|(literal, _)| std::cmp::Reverse(*literal));
    let (sure, likely) = code::codes(article, &candidates);
    let conditions = sure.into_iter().chain(templates.into_iter().map(|(_, condition)| condition)).chain(likely);
    let mut seen = HashSet::new();
    conditions
        .filter(|condition| seen.insert(key(condition)))
        .take(MAX_DERIVED)
        .map(|condition| Signature {
            name: None,
            condition,
            supports: Vec::new(),
            origin: SignatureOrigin::Derived,
            line: 0,
        })
        .collect()
}

/// What makes two derived conditions the same.
fn key(condition: &Condition) -> String {
    match condition {
        Condition::Template(template) => template.source.to_lowercase(),
        Condition::Code(code) => format!("\0{}", code.text.to_lowercase()),
        other => format!("\0{other:?}"),
    }
}

/// Whether a section of its own tells how the problem shows, rather than what to do or where to read on.
fn shows_symptoms(section: &Section) -> bool {
    const ELSEWHERE: [&str; 22] = [
        "also",
        "related",
        "further",
        "link",
        "links",
        "reference",
        "references",
        "fix",
        "solve",
        "resolve",
        "resolving",
        "correct",
        "prevent",
        "workaround",
        "verify",
        "confirm",
        "check",
        "steps",
        "next",
        "configure",
        "install",
        "use",
    ];
    const BEGINNINGS: [&str; 5] = ["diagnos", "debug", "troubleshoot", "recommend", "prerequisit"];
    let telling = |word: &str| ELSEWHERE.contains(&word) || BEGINNINGS.iter().any(|start| word.starts_with(start));
    section.under == KnownSection::Overview
        && known(&section.heading).is_none_or(|(known, _)| known == KnownSection::Overview)
        && !section.heading.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(telling)
}

/// The part of a section that is read.
fn head(text: &str) -> &str {
    if text.len() <= MAX_SECTION_BYTES {
        return text;
    }
    let end = (0..=MAX_SECTION_BYTES).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests;
