//! What is published, kept on disk, so that the next start need not parse and compile everything.
//!
//! The store decides: what was kept is held against every article's current revision, what changed since is put beside
//! it, and what does not fit is not used.

use std::io;
use std::sync::Arc;
use std::thread;

use borsh::BorshSerialize as _;
use jiff::Timestamp;

use super::catalog::{Catalog, Entry, Fingerprint, ParsedArticles};
use super::published::Published;
use super::{ServiceError, blocking};
use crate::article::{Article, Slug};
use crate::engine::Thawed;
use crate::store::{ArticleState, Changes, Current, Digest, KeptSections, SnapshotFile, Store};

/// The build of the program: another one parses and compiles otherwise.
const BUILD: &str = env!("KBMATCH_BUILD");
/// Articles of one section.
const CHUNK: usize = 1024;

/// An article as it is kept; its time in microseconds.
type Row = (Slug, u32, Digest, ArticleState, i64, Result<Arc<Article>, String>);

/// A state of the knowledge base that was read back.
#[derive(Debug)]
pub(super) struct Kept {
    catalog: Catalog,
    thawed: Thawed,
}

/// Keeps a state, which cannot be done while changes stand beside what was compiled together.
pub(super) fn write(file: &SnapshotFile, published: &Published) -> io::Result<()> {
    let frozen = published.snapshot.frozen().ok_or_else(|| io::Error::other("changes stand beside it"))?;
    let entries: Vec<(&Slug, &Entry)> = published.catalog.entries.into_iter().collect();
    let chunks = entries.chunks(CHUNK);
    let head = borsh::to_vec(&u32::try_from(chunks.len()).map_err(io::Error::other)?);
    let sections =
        std::iter::once(head).chain(chunks.map(section)).chain((0..frozen.sections()).map(|at| frozen.section(at)));
    file.write(BUILD, sections)
}

fn section(entries: &[(&Slug, &Entry)]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    u32::try_from(entries.len()).map_err(io::Error::other)?.serialize(&mut out)?;
    for (id, entry) in entries {
        let at = entry.updated_at.as_microsecond();
        (id, entry.revision, entry.sha256, entry.state, at, &entry.article).serialize(&mut out)?;
    }
    Ok(out)
}

/// The state that was kept on disk, with what changed since, and what the file says of it; `None` where nothing fits.
pub(super) async fn read_back(
    store: &Store,
    file: &SnapshotFile,
    parsed: &Arc<ParsedArticles>,
) -> Result<Option<(Published, Fingerprint)>, ServiceError> {
    if !file.path().exists() {
        return Ok(None);
    }
    let reading = file.clone();
    let (kept, current) = tokio::join!(blocking("reading the snapshot", move || Kept::read(&reading)), store.current());
    let current = current?;
    let unusable = |reason: &dyn std::fmt::Display| {
        tracing::warn!(path = %file.path().display(), %reason, "the snapshot on disk cannot be used; everything is compiled anew");
        Ok(None)
    };
    let kept = match kept? {
        Ok(Some(kept)) => kept,
        Ok(None) => return Ok(None),
        Err(error) => return unusable(&error),
    };
    let Some(changed) = kept.changed(&current) else { return unusable(&"it is of another database") };
    let revisions = if changed.is_empty() { Vec::new() } else { store.current_of(&changed).await? };
    let parsed = Arc::clone(parsed);
    let published = blocking("taking over the snapshot", move || {
        let kept = kept.published()?;
        let holds = kept.catalog.fingerprint();
        let changes = Changes { generation: current.generation, revisions, votes: current.votes };
        Ok((Published::after(Some(&kept), changes, &parsed), holds))
    });
    published.await?.map_or_else(|error: std::io::Error| unusable(&error), |published| Ok(Some(published)))
}

impl Kept {
    /// Reads what was kept; `None` when there is nothing that this build can read.
    pub(super) fn read(file: &SnapshotFile) -> io::Result<Option<Self>> {
        let Some(sections) = file.open(BUILD)? else { return Ok(None) };
        let chunks = borsh::from_slice::<u32>(&sections.read(0)?)? as usize;
        let (rows, thawed) = thread::scope(|scope| {
            let rows = scope.spawn(|| rows(&sections, chunks));
            let thawed = Thawed::read(&|at| sections.read(1 + chunks + at));
            (rows.join().unwrap_or_else(|_| Err(io::ErrorKind::InvalidData.into())), thawed)
        });
        let mut entries = Vec::new();
        for (id, revision, sha256, state, updated_at, article) in rows? {
            let updated_at = Timestamp::from_microsecond(updated_at).map_err(io::Error::other)?;
            entries.push((id, Entry { revision, sha256, state, updated_at, article }));
        }
        Ok(Some(Self { catalog: Catalog::of(entries), thawed: thawed? }))
    }

    /// The articles that differ in the store; `None` when some that were kept are not in it at all.
    pub(super) fn changed(&self, current: &Current) -> Option<Vec<Slug>> {
        let mut changed = Vec::new();
        let mut known = 0;
        for now in &current.revisions {
            let entry = self.catalog.entries.get(&now.article);
            known += usize::from(entry.is_some());
            let differs =
                |entry: &Entry| (entry.revision, entry.sha256, entry.state) != (now.revision, now.sha256, now.state);
            if entry.is_none_or(differs) {
                changed.push(now.article.clone());
            }
        }
        (known == self.catalog.entries.len()).then_some(changed)
    }

    /// The state that was kept, ready to answer.
    pub(super) fn published(self) -> io::Result<Published> {
        let snapshot = self.thawed.over(self.catalog.published(), self.catalog.kb_version())?;
        Ok(Published::over(&snapshot, self.catalog))
    }
}

fn rows(sections: &KeptSections, chunks: usize) -> io::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for chunk in 1..=chunks {
        rows.extend(borsh::from_slice::<Vec<Row>>(&sections.read(chunk)?)?);
    }
    Ok(rows)
}
