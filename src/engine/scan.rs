//! Which signatures can match a report: one pass over every view for the literals of all signatures at once.

use std::collections::{HashMap, HashSet};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use super::compile::{LiteralId, Trigger};
use super::evaluate::Reading;
use crate::report::Report;

/// The literals of all signatures, searched for at once.
#[derive(Debug)]
pub(super) struct Scanner {
    literals: Option<AhoCorasick>,
    /// Signatures to look at when a literal occurs.
    by_literal: Vec<Vec<SignatureRef>>,
    /// Signatures to look at when a field's path ends with a key.
    by_key: HashMap<String, Vec<SignatureRef>>,
    /// Signatures to look at always.
    always: Vec<SignatureRef>,
}

/// A signature of a snapshot: its article's position and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SignatureRef {
    pub(super) article: usize,
    pub(super) signature: usize,
}

impl Scanner {
    /// Builds the index. `triggers` names every signature with what must occur for it.
    pub(super) fn new<'t>(
        literals: &[String],
        triggers: impl Iterator<Item = (SignatureRef, &'t Trigger)>,
    ) -> Result<Self, aho_corasick::BuildError> {
        let automaton = if literals.is_empty() {
            None
        } else {
            let mut builder = AhoCorasickBuilder::new();
            Some(builder.ascii_case_insensitive(true).match_kind(MatchKind::Standard).build(literals)?)
        };
        let mut scanner = Self {
            literals: automaton,
            by_literal: vec![Vec::new(); literals.len()],
            by_key: HashMap::new(),
            always: Vec::new(),
        };
        for (signature, trigger) in triggers {
            match trigger {
                Trigger::Always => scanner.always.push(signature),
                Trigger::AnyOf { literals, keys } => {
                    for &id in literals {
                        scanner.by_literal[id as usize].push(signature);
                    }
                    for key in keys {
                        scanner.by_key.entry(key.clone()).or_default().push(signature);
                    }
                }
            }
        }
        Ok(scanner)
    }

    /// A scanner without signatures.
    pub(super) fn empty() -> Self {
        Self { literals: None, by_literal: Vec::new(), by_key: HashMap::new(), always: Vec::new() }
    }

    /// Reads a report: which literals occur in which views.
    pub(super) fn read<'r>(&self, report: &'r Report) -> Reading<'r> {
        let mut views_by_literal: HashMap<LiteralId, Vec<usize>> = HashMap::new();
        if let Some(automaton) = &self.literals {
            for view in 0..report.views.len() {
                for found in automaton.find_overlapping_iter(report.view_text(view)) {
                    let Ok(id) = LiteralId::try_from(found.pattern().as_usize()) else { continue };
                    let views = views_by_literal.entry(id).or_default();
                    if views.last() != Some(&view) {
                        views.push(view);
                    }
                }
            }
        }
        Reading { report, views_by_literal, all_views: (0..report.views.len()).collect() }
    }

    /// Number of literals.
    pub(super) fn literal_count(&self) -> usize {
        self.by_literal.len()
    }

    /// The literals that occur in a text, some more than once.
    pub(super) fn each_literal(&self, text: &str, mut visit: impl FnMut(LiteralId)) {
        for found in self.literals.iter().flat_map(|automaton| automaton.find_overlapping_iter(text)) {
            if let Ok(id) = LiteralId::try_from(found.pattern().as_usize()) {
                visit(id);
            }
        }
    }

    /// No longer leads to a signature.
    pub(super) fn forget(&mut self, dropped: &HashSet<SignatureRef>) {
        for list in self.by_literal.iter_mut().chain(self.by_key.values_mut()).chain([&mut self.always]) {
            list.retain(|signature| !dropped.contains(signature));
        }
    }

    /// The signatures that what was read can match, in order.
    pub(super) fn candidates(&self, reading: &Reading<'_>) -> Vec<SignatureRef> {
        let mut candidates: HashSet<SignatureRef> = self.always.iter().copied().collect();
        for &id in reading.views_by_literal.keys() {
            candidates.extend(self.by_literal.get(id as usize).into_iter().flatten());
        }
        if !self.by_key.is_empty() {
            let keys: HashSet<&String> = reading.report.fields().iter().filter_map(|field| field.path.last()).collect();
            for key in keys {
                candidates.extend(self.by_key.get(key).into_iter().flatten());
            }
        }
        let mut candidates: Vec<SignatureRef> = candidates.into_iter().collect();
        candidates.sort_unstable();
        candidates
    }
}
