//! Changes to an article: what an API call or an editor wants to be different.

use super::read::Reader;
use super::tree::from_json;
use super::{ArticleProblem, Check, Examples, Link, Section, Signature, Slug, Status};

/// New values for some of an article's fields. `None` leaves a field as it is; in a field that an article may lack, the
/// inner `None` takes it away, as an empty list does for lists.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Change {
    /// The article meant. An article keeps its id: a change to another one is refused.
    pub id: Option<Slug>,
    /// One line.
    pub title: Option<String>,
    /// Markdown.
    pub overview: Option<String>,
    /// Shown to people.
    pub applies_to: Option<Vec<String>>,
    /// Markdown.
    pub cause: Option<String>,
    /// Markdown.
    pub solution: Option<String>,
    /// Sections under headings of their own.
    pub other_sections: Option<Vec<Section>>,
    /// Product names.
    pub product: Option<Vec<String>>,
    /// Version range.
    pub versions: Option<Option<String>>,
    /// Tags.
    pub tags: Option<Vec<String>>,
    /// Further reading.
    pub links: Option<Vec<Link>>,
    /// BCP 47 language tag.
    pub locale: Option<String>,
    /// Whether the article answers.
    pub status: Option<Status>,
    /// Who keeps it true.
    pub owner: Option<Option<String>>,
    /// `YYYY-MM-DD`.
    pub reviewed_at: Option<Option<String>>,
    /// Version that no longer has the problem.
    pub fixed_in: Option<Option<String>>,
    /// Article that answers instead.
    pub superseded_by: Option<Option<Slug>>,
    /// Written signatures; none lets them be derived.
    pub signatures: Option<Vec<Signature>>,
    /// Examples.
    pub examples: Option<Examples>,
    /// Checks.
    pub checks: Option<Vec<Check>>,
}

/// Language of an article that names none.
pub(super) const DEFAULT_LOCALE: &str = "en";

/// Reads a change from the JSON of the API: fields named as in front matter, and `overview`, `cause`, `solution` and
/// `other_sections`. `null` takes a field away. `derived_signatures` is shown by [`super::to_json`] and ignored here.
/// All problems are reported at once; they name fields, not lines.
pub fn change_from_json(value: &serde_json::Value) -> Result<Change, Vec<ArticleProblem>> {
    let whole = |message| vec![ArticleProblem { line: 0, column: 0, field: None, message }];
    let node = from_json(value).map_err(whole)?;
    let mut reader = Reader::default();
    let change = reader.change(&node);
    if reader.problems.is_empty() { Ok(change) } else { Err(reader.problems) }
}
