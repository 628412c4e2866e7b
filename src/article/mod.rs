//! Articles: one known problem each, with the signatures that recognise it.
//!
//! This room turns Markdown, plain text and HTML into [`Article`] and writes edits back so that an untouched part is
//! the same bytes. It does no I/O and knows nothing of matching: signatures are data here, the engine gives them
//! meaning. The format is described in `docs/articles.md`.

#[cfg(test)]
mod arbitrary;
mod body;
mod change;
mod condition;
mod derive;
mod edit;
mod example;
mod extract;
mod front;
mod heading;
mod import;
mod list;
mod parse;
pub mod placeholder;
mod read;
mod requirements;
mod slug;
mod tree;
mod types;
mod version;
mod write;

pub use change::{Change, change_from_json};
pub use condition::{
    Check, Code, Condition, FieldTest, RegexPattern, Scalar, Signature, SignatureOrigin, Template, TemplatePiece, Test,
    Where,
};
pub use edit::{EditError, create, edit};
pub use example::{Example, ExampleInput, Examples};
pub use extract::extract;
pub use import::{sniff, without_site_markup};
pub use parse::{ArticleProblem, ParsedArticle, SourceFormat, parse};
pub use requirements::{refusal, requirements};
pub use slug::{Slug, SlugError};
pub use types::{Article, KnownSection, Link, Section, Status};
pub use version::VersionRange;
pub use write::{to_json, to_markdown};
