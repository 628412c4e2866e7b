//! How signatures are compiled for matching.
//!
//! Compiling gives every text condition the literals of which one must stand in any text it matches, and every signature
//! a trigger: what must occur in a report before it is worth looking at.

use std::collections::HashMap;
use std::sync::Arc;

use super::code::CodeMatcher;
use super::compiled::{CompiledCheck, CompiledSignature, LiteralId, Node, Pattern, TextMatcher, Trigger};
use super::fields::WhereMatcher;
use super::pattern::{LazyRegex, check_size, parse_regex};
use super::rarity::Rarity;
use super::scan::{LiteralChoice, RegexCache, choices, surprise};
use super::standing::Standing;
use super::template::TemplateMatcher;
use super::weighed::{code_weight, weighed_literals};
use crate::article::{Check, Condition, Signature, SignatureOrigin};

/// Why a signature cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CompileError {
    /// A regular expression that is wrong or too large.
    #[error("regex {pattern:?} cannot be compiled: {reason}")]
    Regex {
        /// The pattern.
        pattern: String,
        /// What is wrong, with its size where that is the trouble.
        reason: String,
    },
}

/// Interns literals in lower case, since the scan ignores ASCII case.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Number of the first.
    first: LiteralId,
    ids: HashMap<String, LiteralId>,
    texts: Vec<String>,
    /// What each costs, see [`Compiler::cost`].
    costs: Vec<f32>,
}

impl Literals {
    fn intern(&mut self, text: &str, cost: f32) -> LiteralId {
        let text = text.to_ascii_lowercase();
        if let Some(&id) = self.ids.get(&text) {
            return id;
        }
        let id = self.first.saturating_add(LiteralId::try_from(self.texts.len()).unwrap_or(LiteralId::MAX));
        self.texts.push(text.clone());
        self.costs.push(cost);
        self.ids.insert(text, id);
        id
    }

    pub(super) fn texts(&self) -> &[String] {
        &self.texts
    }

    /// What a set of literals costs.
    fn cost(&self, ids: &[LiteralId]) -> f32 {
        ids.iter().filter_map(|&id| self.costs.get((id - self.first) as usize)).sum()
    }
}

/// Compiles the signatures and checks of articles into one set of literals.
pub(super) struct Compiler<'a> {
    pub(super) literals: Literals,
    pub(super) rarity: &'a Rarity,
    regexes: Arc<RegexCache>,
    regex_count: u32,
}

/// Most bytes of compiled regular expressions that a snapshot keeps.
const REGEX_CACHE_BYTES: usize = 64 << 20;

/// A cache for the expressions of one snapshot.
pub(super) fn regex_cache() -> Arc<RegexCache> {
    Arc::new(RegexCache::new(REGEX_CACHE_BYTES))
}

impl<'a> Compiler<'a> {
    /// A compiler whose first literal has the number given.
    pub(super) fn new(rarity: &'a Rarity, first: LiteralId) -> Self {
        let literals = Literals { first, ..Literals::default() };
        Self { literals, rarity, regexes: regex_cache(), regex_count: 0 }
    }

    /// How often a literal leads to nothing: how many articles say it, by how often reports do.
    fn cost(&self, literal: &str) -> f32 {
        // Below about one place in a million literals do not differ.
        const FLOOR: f32 = 1.0 / (1 << 20) as f32;
        self.rarity.articles_with(literal) * ((-surprise(literal)).exp2() + FLOOR)
    }

    fn intern(&mut self, literal: &str) -> LiteralId {
        self.literals.intern(literal, self.cost(literal))
    }

    pub(super) fn signature(
        &mut self,
        signature: &Signature,
        number: usize,
    ) -> Result<CompiledSignature, CompileError> {
        let condition = self.node(&signature.condition)?;
        let supports = signature.supports.iter().map(|c| self.node(c)).collect::<Result<_, _>>()?;
        let trigger = condition.trigger(&self.literals);
        let label = match (&signature.name, &condition) {
            (Some(name), _) => name.as_str().into(),
            (None, Node::Text(matcher)) => Arc::clone(&matcher.label),
            (None, _) => match describe(&signature.condition) {
                text if text.is_empty() => format!("signature {number}").into(),
                text => text.into(),
            },
        };
        let derived = signature.origin == SignatureOrigin::Derived;
        Ok(CompiledSignature { label, derived, condition, supports, trigger, standing: Standing::default() })
    }

    pub(super) fn check(&mut self, check: &Check) -> Result<CompiledCheck, CompileError> {
        Ok(CompiledCheck {
            name: check.name.clone(),
            confirms: check.confirms.as_ref().map(|c| self.node(c)).transpose()?,
            contradicts: check.contradicts.as_ref().map(|c| self.node(c)).transpose()?,
        })
    }

    fn node(&mut self, condition: &Condition) -> Result<Node, CompileError> {
        Ok(match condition {
            Condition::Template(template) => {
                let matcher = TemplateMatcher::new(template);
                let usable = |word: &&str| word.len() > 1 && (!template.ignore_case || word.is_ascii());
                let best = matcher.words().filter(usable).min_by(|a, b| self.cost(a).total_cmp(&self.cost(b)));
                let literals = best.map(str::to_owned).map(|word| vec![self.intern(&word)]);
                let weight = matcher.words().map(|word| self.rarity.weigh(word)).sum();
                Node::Text(TextMatcher {
                    pattern: Pattern::Template(matcher),
                    label: describe(condition).into(),
                    literals,
                    weight,
                })
            }
            Condition::Regex(regex) => self.regex(&regex.pattern, regex.ignore_case)?,
            Condition::Code(code) => Node::Text(self.token(&code.text, code.ignore_case)),
            Condition::Where(tests) => Node::Where(WhereMatcher::new(tests)),
            Condition::All { conditions, within_lines, ordered } => {
                Node::All { nodes: self.nodes(conditions)?, within_lines: *within_lines, ordered: *ordered }
            }
            Condition::Any(conditions) => Node::Any(self.nodes(conditions)?),
            Condition::None(conditions) => Node::None(self.nodes(conditions)?),
        })
    }

    /// A text that must stand as a whole token: a code, or a product's name.
    pub(super) fn token(&mut self, text: &str, ignore_case: bool) -> TextMatcher {
        let literals = (text.is_ascii() || !ignore_case).then(|| vec![self.intern(text)]);
        TextMatcher {
            pattern: Pattern::Code(CodeMatcher::new(text, ignore_case)),
            label: text.into(),
            literals,
            weight: code_weight(text),
        }
    }

    fn nodes(&mut self, conditions: &[Condition]) -> Result<Vec<Node>, CompileError> {
        conditions.iter().map(|condition| self.node(condition)).collect()
    }

    fn regex(&mut self, pattern: &str, ignore_case: bool) -> Result<Node, CompileError> {
        let error = |reason: String| CompileError::Regex { pattern: pattern.to_owned(), reason };
        let hir = parse_regex(pattern, ignore_case).map_err(error)?;
        check_size(&hir, pattern, ignore_case).map_err(error)?;
        let weighed = weighed_literals(&hir);
        let weight = weighed.iter().flatten().map(|text| self.rarity.weigh(text)).fold(f64::INFINITY, f64::min);
        let cost = |choice: &LiteralChoice| choice.literals.iter().map(|literal| self.cost(literal)).sum::<f32>();
        let best = choices(&hir).into_iter().min_by(|a, b| cost(a).total_cmp(&cost(b)));
        let literals = best.map(|choice| choice.literals.iter().map(|literal| self.intern(literal)).collect());
        let number = self.regex_count;
        self.regex_count += 1;
        Ok(Node::Text(TextMatcher {
            pattern: Pattern::Regex(LazyRegex::new(pattern, ignore_case, number, Arc::clone(&self.regexes))),
            label: pattern.into(),
            literals,
            weight: if weight.is_finite() { weight.max(4.0) } else { 4.0 },
        }))
    }
}

impl Node {
    /// What must occur before the node can hold; `None` when nothing must.
    fn required(&self, literals: &Literals) -> Option<(Vec<LiteralId>, Vec<String>)> {
        match self {
            Self::Text(matcher) => matcher.literals.clone().map(|ids| (ids, Vec::new())),
            Self::Where(matcher) => matcher.required_key().map(|key| (Vec::new(), vec![key.to_owned()])),
            Self::None(_) => None,
            Self::All { nodes, .. } => {
                nodes.iter().filter_map(|node| node.required(literals)).min_by(|(a, a_keys), (b, b_keys)| {
                    let by_kind = a_keys.is_empty().cmp(&b_keys.is_empty()).reverse();
                    by_kind.then(literals.cost(a).total_cmp(&literals.cost(b)))
                })
            }
            Self::Any(nodes) => nodes.iter().try_fold((Vec::new(), Vec::new()), |(mut ids, mut keys), node| {
                let (more_ids, more_keys) = node.required(literals)?;
                ids.extend(more_ids);
                keys.extend(more_keys);
                Some((ids, keys))
            }),
        }
    }

    fn trigger(&self, literals: &Literals) -> Trigger {
        match self.required(literals) {
            Some((literals, keys)) => Trigger::AnyOf { literals, keys },
            None => Trigger::Always,
        }
    }
}

/// A condition in words, as shown in evidence and explanations.
pub fn describe(condition: &Condition) -> String {
    let list = |conditions: &[Condition]| conditions.iter().map(describe).collect::<Vec<_>>().join("; ");
    match condition {
        Condition::Template(template) => template.source.clone(),
        Condition::Regex(regex) => regex.pattern.clone(),
        Condition::Code(code) => code.text.clone(),
        Condition::Where(tests) => super::fields::describe_where(tests),
        Condition::All { conditions, .. } => list(conditions),
        Condition::Any(conditions) => format!("any of ({})", list(conditions)),
        Condition::None(conditions) => format!("none of ({})", list(conditions)),
    }
}
