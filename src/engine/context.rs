//! Whether product, version and locale of a report agree with an article.

use super::evaluate::Reading;
use super::index::CompiledArticle;
use crate::article::VersionRange;
use crate::report::{FieldPath, FieldValue, Hints, Report};

/// What one piece of context says.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ContextNote {
    /// What was compared, in words.
    pub(super) name: String,
    /// Log-odds it adds: positive for agreement, negative for contradiction.
    pub(super) log_odds: f64,
}

/// The caller names the article's product: a clear sign.
const HINT_AGREES: f64 = 0.8;
/// The caller names another product.
const HINT_CONTRADICTS: f64 = -1.5;
/// The report itself names the product.
const MENTIONED: f64 = 0.3;
const VERSION_AGREES: f64 = 0.3;
const VERSION_CONTRADICTS: f64 = -1.0;
/// Of two translations the one in the reader's language goes first.
const LOCALE_AGREES: f64 = 0.2;

/// Compares context; absence says nothing.
pub(super) fn compare(compiled: &CompiledArticle, hints: &Hints, reading: &Reading<'_>) -> Vec<ContextNote> {
    let article = compiled.article();
    let mut notes = Vec::new();
    let mut note = |name: String, log_odds: f64| notes.push(ContextNote { name, log_odds });
    let names = || article.product.iter().chain(&article.applies_to).chain(&article.tags);
    match &hints.product {
        Some(product) if names().any(|name| same_name(name, product)) => {
            note(format!("product {product} agrees"), HINT_AGREES);
        }
        Some(product) if !article.product.is_empty() => note(format!("product is {product}"), HINT_CONTRADICTS),
        _ => {
            if let Some(name) = compiled.product_names.iter().find(|name| !name.places(reading).is_empty()) {
                note(format!("the report names {}", name.label), MENTIONED);
            }
        }
    }
    let says_versions = article.versions.is_some() || article.fixed_in.is_some();
    let version = || hints.version.clone().or_else(|| field_text(reading.report, "version"));
    if let Some(version) = says_versions.then(version).flatten() {
        let lies_in = |range: String| VersionRange::parse(&range).ok()?.contains(&version);
        let fixed = article.fixed_in.as_ref().and_then(|fixed| lies_in(format!(">={fixed}"))) == Some(true);
        match article.versions.clone().and_then(lies_in) {
            _ if fixed => note("the version has the fix".to_owned(), VERSION_CONTRADICTS),
            Some(true) => note("version agrees".to_owned(), VERSION_AGREES),
            Some(false) => note("version is out of range".to_owned(), VERSION_CONTRADICTS),
            None => {}
        }
    }
    if let Some(locale) = &hints.locale
        && same_language(locale, &article.locale)
    {
        note(format!("written in {}", article.locale), LOCALE_AGREES);
    }
    notes
}

fn field_text(report: &Report, path: &str) -> Option<String> {
    let path = FieldPath::parse(path).ok()?;
    report.fields().find(&path).find_map(|field| match &field.value {
        FieldValue::Text(text) => Some(text.clone()),
        FieldValue::Number(_, written) => Some(written.clone()),
        _ => None,
    })
}

/// Whether two names are the same words, or one is made of the first words of the other (`PostgreSQL`, `postgresql 16`).
fn same_name(a: &str, b: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        name.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_lowercase).collect()
    };
    let (a, b) = (words(a), words(b));
    !a.is_empty() && !b.is_empty() && (a.starts_with(&b) || b.starts_with(&a))
}

fn same_language(a: &str, b: &str) -> bool {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    primary(a) == primary(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_name_agrees_with_its_longer_form_only() {
        assert!(same_name("PostgreSQL", "postgresql 16"));
        assert!(!same_name("PostgreSQL", "MySQL"));
        assert!(!same_name("", "MySQL"));
    }
}
