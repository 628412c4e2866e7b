//! Notes as plain text, for `ServiceNow`'s journal fields.

use super::Note;
use super::block::Block;
use super::compose::document;
use super::cut::{Limits, Unit};
use super::markdown::{Flavour, Markdown};
use crate::render::plain_text;

/// Text in which nothing is markup.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlainText(String);

/// `ServiceNow` shows 4,000 characters of a journal entry unless told otherwise (unconfirmed).
pub const JOURNAL_LIMITS: Limits = Limits { unit: Unit::Characters, part: 3_500, whole: 4_000 };

impl PlainText {
    /// Text in which nothing is markup: `ServiceNow` reads HTML between `[code]` and `[/code]`.
    pub fn text(text: &str) -> Self {
        let mut safe = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            safe.push(c);
            let begins = |tag: &str| {
                text.as_bytes()[at..].get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
            };
            if begins("[code]") || begins("[/code]") {
                safe.push('\u{200d}');
            }
        }
        Self(safe)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A note within limits.
    pub fn note(note: &Note, marker: Option<&str>, limits: Limits) -> Self {
        let size = |block: &Block| limits.unit.measure(&Self::blocks(std::slice::from_ref(block)).0) + 2;
        Self::blocks(&document(note, marker, limits, &size))
    }

    fn blocks(blocks: &[Block]) -> Self {
        Self::text(&plain_text(Markdown::blocks(blocks, Flavour::Plain).as_str()))
    }
}
