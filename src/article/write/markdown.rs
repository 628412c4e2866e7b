//! An article as a Markdown file written from nothing.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{checks, examples, links, signatures, yaml_entry};
use crate::article::change::DEFAULT_LOCALE;
use crate::article::heading::headings;
use crate::article::import::escape;
use crate::article::{Article, KnownSection, SignatureOrigin, Slug, Status};

/// The article as a file: front matter with the fields that differ from their defaults, and its sections. Derived
/// signatures are left out, since reading the file derives them again.
pub fn to_markdown(article: &Article) -> String {
    let mut file = String::from("---\n");
    for (key, value) in front_matter(article) {
        file.push_str(&yaml_entry(key, &value, 0));
    }
    file.push_str("---\n");
    let texts: Vec<&str> = [&article.overview, &article.cause, &article.solution]
        .into_iter()
        .map(String::as_str)
        .chain(article.other_sections.iter().map(|section| section.text.as_str()))
        .collect();
    let marks = "#".repeat(section_level(&texts).into());
    let mut first = true;
    let mut section = |heading: &str, text: &str| {
        let blank = if std::mem::take(&mut first) { "" } else { "\n" };
        let _ = writeln!(file, "{blank}{marks} {heading}");
        if !text.is_empty() {
            let _ = writeln!(file, "\n{text}");
        }
    };
    for known in KnownSection::ALL {
        let text = match known {
            KnownSection::Overview => article.overview.as_str(),
            KnownSection::AppliesTo => "",
            KnownSection::Cause => article.cause.as_str(),
            KnownSection::Solution => article.solution.as_str(),
        };
        let others: Vec<_> = article.other_sections.iter().filter(|section| section.under == known).collect();
        if !text.is_empty() || !others.is_empty() {
            section(known.heading(), text);
        }
        for other in others {
            section(&escape_heading(&other.heading), &other.text);
        }
    }
    file
}

/// Fields in the order they are written, without those that say nothing.
fn front_matter(article: &Article) -> Vec<(&'static str, Value)> {
    let written = article.signatures.iter().filter(|signature| signature.origin == SignatureOrigin::Written);
    let fields = [
        ("id", json!(article.id.as_str())),
        ("title", json!(article.title)),
        ("applies_to", json!(article.applies_to)),
        ("product", json!(article.product)),
        ("versions", json!(article.versions)),
        ("tags", json!(article.tags)),
        ("links", links(&article.links)),
        ("locale", json!((article.locale != DEFAULT_LOCALE).then_some(&article.locale))),
        ("status", json!((article.status != Status::default()).then(|| article.status.as_str()))),
        ("owner", json!(article.owner)),
        ("reviewed_at", json!(article.reviewed_at)),
        ("fixed_in", json!(article.fixed_in)),
        ("superseded_by", json!(article.superseded_by.as_ref().map(Slug::as_str))),
        ("signatures", signatures(written)),
        ("examples", examples(&article.examples)),
        ("checks", checks(&article.checks)),
    ];
    fields.into_iter().filter(|(_, value)| !says_nothing(value)).collect()
}

fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

/// The level at which sections are written so that the headings inside them stay theirs: 2, or 1 where a text has
/// headings of level 2.
pub(crate) fn section_level(texts: &[&str]) -> u8 {
    let top = texts.iter().flat_map(|text| headings(text)).map(|heading| heading.level).min();
    if top.is_some_and(|level| level <= 2) { 1 } else { 2 }
}

/// Heading text as Markdown that reads the same.
pub(crate) fn escape_heading(text: &str) -> String {
    let escaped: String = escape(text).chars().flat_map(|c| if c == '`' { vec!['\\', '`'] } else { vec![c] }).collect();
    // Hashes at the end would close the heading.
    match escaped.strip_suffix('#') {
        Some(start) => format!("{start}\\#"),
        None => escaped,
    }
}
