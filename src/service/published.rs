//! One state of the knowledge base, ready to answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::LeftOut;
use super::catalog::{Catalog, ParsedArticles};
use crate::article::Slug;
use crate::engine::Snapshot;
use crate::store::Changes;

/// One state of the knowledge base, ready to answer.
#[derive(Debug)]
pub(super) struct Published {
    pub(super) catalog: Catalog,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) left_out: Vec<LeftOut>,
    /// Another for each state of this process.
    pub(super) number: u64,
}

/// The number of the next state.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// With fewer articles everything is compiled anew with every change, in milliseconds.
pub(super) const COMPILED_WHOLE: usize = 256;
/// Changed articles that may stand beside what was compiled together; with more everything is compiled anew at once.
const MOST_CHANGED: usize = 512;

impl Published {
    /// The state after `changes` to the one before. Votes alone build no index.
    pub(super) fn after(before: Option<&Self>, changes: Changes, parsed: &ParsedArticles) -> Self {
        let mut catalog = before.map(|before| before.catalog.clone()).unwrap_or_default();
        let changed = catalog.apply(changes.generation, changes.revisions, &changes.votes, parsed);
        // What was parsed for a write that this state does not hold yet is parsed again.
        parsed.clear();
        match before {
            Some(before) if changed.is_empty() => before.revoted(catalog),
            Some(before) => before.changed(catalog, changed),
            None => Self::build(catalog),
        }
    }

    pub(super) fn build(catalog: Catalog) -> Self {
        let (snapshot, _) = Snapshot::build(catalog.published(), catalog.kb_version());
        Self::over(&snapshot, catalog)
    }

    /// The state that differs from this one in a few articles. What was compiled together stays as it is, unless there is
    /// little of it or much changed.
    pub(super) fn changed(&self, catalog: Catalog, changed: Vec<Slug>) -> Self {
        let few = self.snapshot.changed() + changed.len() <= MOST_CHANGED;
        if self.snapshot.article_count() < COMPILED_WHOLE || !few {
            return Self::build(catalog);
        }
        let snapshot = self.snapshot.with_changes(catalog.published_of(changed), catalog.kb_version());
        Self::over(&snapshot, catalog)
    }

    /// The state that differs from this one in its votes alone.
    pub(super) fn revoted(&self, catalog: Catalog) -> Self {
        Self::over(&self.snapshot, catalog)
    }

    pub(super) fn over(snapshot: &Snapshot, catalog: Catalog) -> Self {
        let refused = snapshot.refused().into_iter();
        let refused = refused.map(|refused| LeftOut { name: refused.id.to_string(), reason: refused.reason });
        let left_out = catalog.left_out().into_iter().chain(refused).collect();
        let snapshot = Arc::new(snapshot.with_votes(catalog.votes(), catalog.kb_version()));
        Self { catalog, snapshot, left_out, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }
}
