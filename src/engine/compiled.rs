//! What a compiled signature is.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::EvidenceKind;
use super::code::CodeMatcher;
use super::fields::WhereMatcher;
use super::pattern::LazyRegex;
use super::standing::Standing;
use super::template::TemplateMatcher;

/// Number of an interned literal.
pub(super) type LiteralId = u32;

/// A signature ready to be matched.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct CompiledSignature {
    pub(super) label: Arc<str>,
    pub(super) derived: bool,
    pub(super) condition: Node,
    pub(super) supports: Vec<Node>,
    pub(super) trigger: Trigger,
    /// What the texts of other articles say about it, when it is derived.
    pub(super) standing: Standing,
}

/// What a signature says at least, and how it is found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignatureWeight {
    /// Least weight of a match, in characters of rare literal text.
    pub least: f64,
    /// Whether a literal or a field name leads to it; otherwise it is tried on every report.
    pub searchable: bool,
}

impl CompiledSignature {
    pub(super) fn weighed(&self) -> SignatureWeight {
        SignatureWeight { least: self.condition.least_weight(), searchable: self.trigger != Trigger::Always }
    }
}

/// A check ready to be evaluated.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct CompiledCheck {
    pub(super) name: String,
    pub(super) confirms: Option<Node>,
    pub(super) contradicts: Option<Node>,
}

/// A condition ready to be evaluated.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) enum Node {
    Text(TextMatcher),
    Where(WhereMatcher),
    All { nodes: Vec<Node>, within_lines: Option<u32>, ordered: bool },
    Any(Vec<Node>),
    None(Vec<Node>),
}

/// A condition on text.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct TextMatcher {
    pub(super) pattern: Pattern,
    /// The condition as written.
    pub(super) label: Arc<str>,
    /// Literals of which one stands in every text that matches; `None` when nothing is known.
    pub(super) literals: Option<Vec<LiteralId>>,
    /// How much a match says, in characters of literal text weighed by rarity.
    pub(super) weight: f64,
}

/// What a [`TextMatcher`] looks for.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) enum Pattern {
    Template(TemplateMatcher),
    Regex(LazyRegex),
    Code(CodeMatcher),
}

impl Pattern {
    pub(super) fn kind(&self) -> EvidenceKind {
        match self {
            Self::Template(_) => EvidenceKind::Template,
            Self::Regex(_) => EvidenceKind::Regex,
            Self::Code(_) => EvidenceKind::Code,
        }
    }

    /// Whether it stands anywhere in a text.
    pub(super) fn find_in(&self, text: &str) -> bool {
        match self {
            Self::Template(template) => template.find(text, 0).is_some(),
            Self::Regex(regex) => regex.get().is_some_and(|regex| regex.is_match(text)),
            Self::Code(code) => code.find(text, 0).is_some(),
        }
    }
}

/// What must occur in a report before a signature can match: any one of these.
#[derive(Debug, Clone, PartialEq, BorshSerialize, BorshDeserialize)]
pub(super) enum Trigger {
    /// One of the literals in a view, or a field whose path ends with one of the keys.
    AnyOf { literals: Vec<LiteralId>, keys: Vec<String> },
    /// Nothing is known; the signature is evaluated on every report.
    Always,
}

impl Node {
    fn least_weight(&self) -> f64 {
        match self {
            Self::Text(matcher) => matcher.weight,
            Self::Where(matcher) => matcher.weight(),
            Self::None(_) => 0.0,
            Self::All { nodes, .. } => nodes.iter().map(Self::least_weight).sum(),
            Self::Any(nodes) => nodes.iter().map(Self::least_weight).reduce(f64::min).unwrap_or(0.0),
        }
    }

    /// Calls `visit` with every condition on text in it.
    pub(super) fn each_text(&mut self, visit: &mut impl FnMut(&mut TextMatcher)) {
        match self {
            Self::Text(matcher) => visit(matcher),
            Self::Where(_) => {}
            Self::All { nodes, .. } | Self::Any(nodes) | Self::None(nodes) => {
                for node in nodes {
                    node.each_text(visit);
                }
            }
        }
    }

    /// The templates in it that may stand alone, for reports cut in the middle of one: not those inside `none`.
    pub(super) fn templates(&self) -> Vec<&TextMatcher> {
        match self {
            Self::Text(matcher) if matches!(matcher.pattern, Pattern::Template(_)) => vec![matcher],
            Self::Text(_) | Self::Where(_) | Self::None(_) => Vec::new(),
            Self::All { nodes, .. } | Self::Any(nodes) => nodes.iter().flat_map(Self::templates).collect(),
        }
    }
}
