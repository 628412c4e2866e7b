//! Examples: reports that an article must, or must not, answer.

use borsh::io::{Read, Write};
use borsh::{BorshDeserialize, BorshSerialize};

use crate::report::Hints;

/// The examples of one article.
#[derive(Debug, Clone, PartialEq, Default, BorshSerialize, BorshDeserialize)]
pub struct Examples {
    /// Reports that this article answers.
    pub matching: Vec<Example>,
    /// Reports that it does not.
    pub no_match: Vec<Example>,
}

/// One report kept beside an article.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Example {
    /// The report.
    pub input: ExampleInput,
    /// Context sent with it.
    pub hints: Hints,
    /// Least confidence that passes, 0..=1; only for `match` examples, 0.5 when absent.
    pub min_confidence: Option<f64>,
    /// Line of the example in the article's file, counted from 1; 0 when it came from elsewhere.
    pub line: usize,
}

impl Example {
    /// A plain text without hints.
    pub fn text(text: String) -> Self {
        Self {
            input: ExampleInput::Text { text, content_type: None },
            hints: Hints::default(),
            min_confidence: None,
            line: 0,
        }
    }
}

/// How an example's report is written down.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum ExampleInput {
    /// Text, read as its content type says (`text/plain` when absent).
    Text {
        /// The report's text.
        text: String,
        /// Content type of the text.
        content_type: Option<String>,
    },
    /// A JSON value, sent as `{"payload": …}`.
    Payload(#[borsh(serialize_with = "write_json", deserialize_with = "read_json")] serde_json::Value),
}

/// Writes JSON as text.
fn write_json<W: Write>(value: &serde_json::Value, writer: &mut W) -> borsh::io::Result<()> {
    value.to_string().serialize(writer)
}

fn read_json<R: Read>(reader: &mut R) -> borsh::io::Result<serde_json::Value> {
    Ok(serde_json::from_str(&String::deserialize_reader(reader)?)?)
}
