//! From literals to the signatures of a snapshot: which of them a report can match at all.

use std::collections::{HashMap, HashSet};

use borsh::{BorshDeserialize, BorshSerialize};

use super::index::LiteralIndex;
use crate::engine::compiled::{LiteralId, Trigger};
use crate::engine::evaluate::Reading;

/// The literals of all signatures, searched for at once.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct Scanner {
    literals: LiteralIndex,
    /// Number of the first literal.
    first: LiteralId,
    /// Signatures to look at when a literal occurs.
    by_literal: Vec<Vec<SignatureRef>>,
    /// Signatures to look at when a field's path ends with a key.
    by_key: HashMap<String, Vec<SignatureRef>>,
    /// Signatures to look at always.
    always: Vec<SignatureRef>,
    /// Takes every literal to stand in every text.
    exhaustive: bool,
}

/// A signature of a snapshot: its article's position and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct SignatureRef {
    pub(in crate::engine) article: usize,
    pub(in crate::engine) signature: usize,
}

impl Scanner {
    /// Builds the index. `first` is the number of the first literal; `triggers` names every signature with what must occur
    /// for it.
    pub(in crate::engine) fn new(
        first: LiteralId,
        literals: &[String],
        triggers: &mut dyn Iterator<Item = (SignatureRef, &Trigger)>,
    ) -> Self {
        let mut scanner = Self {
            literals: LiteralIndex::new(literals.iter().map(String::as_str)),
            first,
            by_literal: vec![Vec::new(); literals.len()],
            by_key: HashMap::new(),
            always: Vec::new(),
            exhaustive: false,
        };
        for (signature, trigger) in triggers {
            match trigger {
                Trigger::Always => scanner.always.push(signature),
                Trigger::AnyOf { literals, keys } => {
                    for &id in literals {
                        scanner.by_literal[(id - first) as usize].push(signature);
                    }
                    for key in keys {
                        scanner.by_key.entry(key.clone()).or_default().push(signature);
                    }
                }
            }
        }
        scanner
    }

    /// The same for a scan that leaves nothing out: every literal counts as standing in every text, so that every
    /// signature is tried on all of a report.
    pub(in crate::engine) fn exhaustive(
        first: LiteralId,
        literals: &[String],
        triggers: &mut dyn Iterator<Item = (SignatureRef, &Trigger)>,
    ) -> Self {
        Self { exhaustive: true, ..Self::new(first, literals, triggers) }
    }

    /// Adds to a reading which literals occur in which views.
    pub(in crate::engine) fn read(&self, reading: &mut Reading<'_>) {
        for view in 0..reading.report.views.len() {
            self.each_literal(reading.report.view_text(view), |id| {
                let views = reading.views_by_literal.entry(id).or_default();
                if views.last() != Some(&view) {
                    views.push(view);
                }
            });
        }
    }

    /// The numbers of its literals.
    pub(in crate::engine) fn literal_ids(&self) -> std::ops::Range<LiteralId> {
        self.first..self.first.saturating_add(LiteralId::try_from(self.by_literal.len()).unwrap_or(LiteralId::MAX))
    }

    /// The literals that occur in a text, some more than once.
    pub(in crate::engine) fn each_literal(&self, text: &str, mut visit: impl FnMut(LiteralId)) {
        if self.exhaustive {
            self.literal_ids().for_each(visit);
        } else {
            self.literals.each(text.as_bytes(), |id, _| visit(self.first + id));
        }
    }

    /// No longer leads to a signature.
    pub(in crate::engine) fn forget(&mut self, dropped: &HashSet<SignatureRef>) {
        for list in self.by_literal.iter_mut().chain(self.by_key.values_mut()).chain([&mut self.always]) {
            list.retain(|signature| !dropped.contains(signature));
        }
    }

    /// The signatures that what was read can match, some more than once.
    pub(in crate::engine) fn candidates(&self, reading: &Reading<'_>, candidates: &mut Vec<SignatureRef>) {
        candidates.extend(&self.always);
        for &id in reading.views_by_literal.keys() {
            let of = id.checked_sub(self.first).and_then(|at| self.by_literal.get(at as usize));
            candidates.extend(of.into_iter().flatten());
        }
        if !self.by_key.is_empty() {
            let keys: HashSet<&String> = reading.report.fields().iter().filter_map(|field| field.path.last()).collect();
            for key in keys {
                candidates.extend(self.by_key.get(key).into_iter().flatten());
            }
        }
    }
}
