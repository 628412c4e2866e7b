//! Answers for people: Markdown, plain text, and evidence shown in its place.
//!
//! Pure functions from an [`Answer`](crate::engine::Answer) to text. Whatever came from a report is escaped for the
//! target here, so that no report can steer a terminal or forge a heading.

pub mod check;
mod context;
pub mod html;
pub mod markdown;
mod plain;
pub mod text;

pub use plain::plain_text;

use crate::engine::Confidence;

/// A confidence in words.
pub fn in_words(confidence: Confidence) -> &'static str {
    match confidence.value() {
        value if value >= 0.95 => "almost certain",
        value if value >= 0.8 => "very likely",
        value if value >= 0.6 => "likely",
        value if value >= 0.4 => "possible",
        _ => "unlikely",
    }
}

/// A confidence as whole per cent; only certainty is 100.
pub fn per_cent(confidence: Confidence) -> String {
    let value = confidence.value() * 100.0;
    if value < 100.0 { format!("{:.0} %", value.min(99.0)) } else { "100 %".to_owned() }
}
