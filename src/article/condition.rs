//! Signatures as data: conditions over a report's text and fields.
//!
//! What each condition means is written in `docs/articles.md`; the engine's `scan` gives it effect. A condition can only
//! be made valid: templates and paths are parsed when they are made.

use std::collections::HashSet;
use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::report::FieldPath;

/// A rule that recognises an article's error in a report.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Signature {
    /// Name given by the author; shown in evidence instead of the condition's text.
    pub name: Option<String>,
    /// What must hold.
    pub condition: Condition,
    /// What need not hold, but raises the confidence when it does.
    pub supports: Vec<Condition>,
    /// Whether a person wrote it or import derived it.
    pub origin: SignatureOrigin,
    /// Line in the article's file, counted from 1; 0 when it came from elsewhere.
    pub line: usize,
}

/// Where a signature comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum SignatureOrigin {
    /// In the article's front matter.
    Written,
    /// Made on import from the article's body.
    Derived,
}

/// One condition of a signature, of a check, or of a `where` inside them.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Condition {
    /// A message with named wildcards.
    Template(Template),
    /// A regular expression with named groups.
    Regex(RegexPattern),
    /// An error code as a whole token.
    Code(Code),
    /// Tests on decoded fields.
    Where(Where),
    /// Every condition holds.
    All {
        /// The conditions.
        conditions: Vec<Condition>,
        /// They lie in one part, first to last within this many lines (1 is the same line).
        within_lines: Option<u32>,
        /// They stand in the order of the list.
        ordered: bool,
    },
    /// At least one holds.
    Any(Vec<Condition>),
    /// None of them holds anywhere in the report.
    None(Vec<Condition>),
}

/// A message with named wildcards in double braces.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Template {
    /// As the author wrote it.
    pub source: String,
    /// Literal text and wildcards in turn.
    pub pieces: Vec<TemplatePiece>,
    /// Letter case does not count.
    pub ignore_case: bool,
}

/// A piece of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum TemplatePiece {
    /// Text that must stand there, up to white space and quote forms.
    Literal(String),
    /// Anything of 1 to [`Template::MAX_WILDCARD_CHARS`] characters.
    Wildcard {
        /// Name of the capture.
        name: String,
        /// May cross line breaks.
        lines: bool,
    },
}

impl Template {
    /// Most characters a wildcard spans.
    pub const MAX_WILDCARD_CHARS: u32 = 256;

    /// Parses `source`. Only `{{name}}` and `{{name:lines}}`, with a name of letters, digits and underscores that does
    /// not start with a digit, are wildcards; every other brace is literal. Two wildcards must not touch, a name must
    /// not repeat, and some literal text that is not white space must be there.
    pub fn parse(source: &str, ignore_case: bool) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut names: HashSet<&str> = HashSet::new();
        let mut rest = source;
        while let Some(open) = rest.find("{{") {
            let after = &rest[open + 2..];
            let Some((name, lines, length)) = parse_wildcard(after) else {
                // One brace is literal; the next may open a wildcard: `{{{name}}}`.
                literal.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
                continue;
            };
            literal.push_str(&rest[..open]);
            if literal.is_empty() && matches!(pieces.last(), Some(TemplatePiece::Wildcard { .. })) {
                return Err(format!(
                    "wildcard {{{{{name}}}}} touches the one before it; put literal text between them"
                ));
            }
            if !literal.is_empty() {
                pieces.push(TemplatePiece::Literal(std::mem::take(&mut literal)));
            }
            if !names.insert(name) {
                return Err(format!("wildcard {{{{{name}}}}} occurs twice; give each its own name"));
            }
            pieces.push(TemplatePiece::Wildcard { name: name.to_owned(), lines });
            rest = &after[length..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(TemplatePiece::Literal(literal));
        }
        let has_text = pieces.iter().any(|p| matches!(p, TemplatePiece::Literal(text) if !text.trim().is_empty()));
        if !has_text {
            return Err("a template needs some literal text besides its wildcards".to_owned());
        }
        Ok(Self { source: source.to_owned(), pieces, ignore_case })
    }

    /// Names of the wildcards, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Wildcard { name, .. } => Some(name.as_str()),
            TemplatePiece::Literal(_) => None,
        })
    }
}

/// Longest name of a wildcard, in bytes.
pub(super) const MAX_NAME_BYTES: usize = 64;

/// Reads `name}}` or `name:lines}}` at the head of `text`: the name, whether it may cross lines, the bytes read.
fn parse_wildcard(text: &str) -> Option<(&str, bool, usize)> {
    let length = name_length(text).filter(|length| *length <= MAX_NAME_BYTES)?;
    let (name, rest) = text.split_at(length);
    if rest.starts_with("}}") {
        return Some((name, false, length + 2));
    }
    rest.starts_with(":lines}}").then_some((name, true, length + ":lines}}".len()))
}

/// Bytes of the capture name at the head of `text`: letters, digits and underscores, no digit first.
pub(super) fn name_length(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let first = *bytes.first()?;
    if !first.is_ascii_alphabetic() && first != b'_' {
        return None;
    }
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    Some(bytes.iter().take(MAX_NAME_BYTES + 1).take_while(|b| is_name(b)).count())
}

/// A regular expression as written; the engine compiles it under size limits.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RegexPattern {
    /// Rust `regex` syntax.
    pub pattern: String,
    /// Letter case does not count.
    pub ignore_case: bool,
}

/// An error code that must stand as a whole token.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Code {
    /// The code as written, not empty, with at least one letter or digit.
    pub text: String,
    /// Letter case does not count.
    pub ignore_case: bool,
}

/// Tests on decoded fields; all must hold.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Where {
    /// The tests, in the order written.
    pub tests: Vec<FieldTest>,
    /// One JSON object holds all the fields.
    pub same_object: bool,
}

/// One test on one field.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct FieldTest {
    /// Which field.
    pub path: FieldPath,
    /// What must be true of it.
    pub test: Test,
}

/// What must be true of a field.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Test {
    /// It exists.
    Present,
    /// It does not exist.
    Absent,
    /// It exists and holds nothing: `""`, white space, `null`, `[]`, `{}`.
    Empty,
    /// It has this value.
    Equals(Scalar),
    /// It has one of these values.
    OneOf(Vec<Scalar>),
    /// It is a number in this range, ends included; an absent end is open.
    Range {
        /// Least value.
        min: Option<f64>,
        /// Greatest value.
        max: Option<f64>,
    },
    /// The template occurs in its value.
    Template(Template),
}

/// A plain value in a condition.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub enum Scalar {
    /// Compared as text.
    Text(String),
    /// Compared as a number.
    Number(f64),
    /// Compared with `true` or `false`.
    Bool(bool),
    /// Compared with `null`.
    Null,
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Null => f.write_str("null"),
        }
    }
}

/// Tests the cause of an article against what a report carries besides the error.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub struct Check {
    /// What is tested, in words for people.
    pub name: String,
    /// Holds when the report confirms the cause.
    pub confirms: Option<Condition>,
    /// Holds when the report contradicts it.
    pub contradicts: Option<Condition>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_well_formed_names_in_double_braces_are_wildcards() {
        let template = Template::parse("a {{x}} {b} {{1no}} <DOMAIN> {{tail:lines}}", false).unwrap();
        assert_eq!(template.names().collect::<Vec<_>>(), ["x", "tail"]);
        assert_eq!(template.pieces[2], TemplatePiece::Literal(" {b} {{1no}} <DOMAIN> ".to_owned()));
    }

    #[test]
    fn a_template_that_could_match_anything_is_refused() {
        for bad in ["", "{{a}}", "{{a}}{{b}} x", "{{a}} and {{a}}", "  {{a}} "] {
            assert!(Template::parse(bad, false).is_err(), "{bad:?} was accepted");
        }
    }
}
