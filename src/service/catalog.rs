//! Every article of one state of the knowledge base, in memory, without its text.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use immutable_chunkmap::map::MapS;
use jiff::Timestamp;
use sha2::Digest as _;

use super::{LeftOut, parallel};
use crate::article::{self, Article, Slug, SourceFormat, Status};
use crate::engine::{PublishedArticle, Votes};
use crate::store::{ArticleState, Digest, Revision, RevisionVotes, StoreError};

/// The articles of one generation. A copy shares its entries with the original, so that a change costs the same however
/// many articles there are.
#[derive(Debug, Clone, Default)]
pub(super) struct Catalog {
    pub(super) generation: u64,
    pub(super) entries: MapS<Slug, Entry>,
    fingerprint: Fingerprint,
    /// Votes on the revisions that answer.
    votes: BTreeMap<Slug, Votes>,
    /// Articles whose text is damaged; they are in no entry.
    damaged: BTreeMap<Slug, String>,
}

/// One article, deleted ones too.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) revision: u32,
    pub(super) sha256: Digest,
    pub(super) state: ArticleState,
    pub(super) updated_at: Timestamp,
    /// The article, or why its text cannot be read: it was written by a version that read it otherwise.
    pub(super) article: Result<Arc<Article>, String>,
}

impl Entry {
    /// The article, when it was not deleted.
    pub(super) fn existing(&self) -> Option<&Arc<Article>> {
        self.article.as_ref().ok().filter(|_| self.state != ArticleState::Deleted)
    }

    /// The status that the outside sees.
    pub(super) fn status(&self) -> Status {
        self.article.as_ref().map_or(Status::Archived, |article| self.state.status(article.status))
    }

    /// The article as the engine takes it, when it can answer.
    fn answering(&self) -> Option<PublishedArticle> {
        let article = self.existing().filter(|_| self.status() == Status::Published)?;
        Some(PublishedArticle { article: Arc::clone(article), revision: self.revision })
    }
}

/// Articles parsed on their way in, so that publishing them does not parse them again.
#[derive(Debug, Default)]
pub(super) struct ParsedArticles(Mutex<HashMap<Digest, Arc<Article>>>);

impl ParsedArticles {
    pub(super) fn insert(&self, sha256: Digest, article: Arc<Article>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(sha256, article);
    }

    /// An article whose text has this hash. The text alone does not name the article, so the id must agree.
    fn find(&self, sha256: &Digest, id: &Slug) -> Option<Arc<Article>> {
        let parsed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        parsed.get(sha256).filter(|article| article.id == *id).cloned()
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Catalog {
    /// The articles of no certain generation.
    pub(super) fn of(entries: Vec<(Slug, Entry)>) -> Self {
        let fingerprint = Fingerprint::of(entries.iter().map(|(id, entry)| (id, entry.revision, &entry.sha256)));
        Self { entries: entries.into_iter().collect(), fingerprint, ..Self::default() }
    }

    /// What its articles say.
    pub(super) fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Takes over what changed since this catalog's generation; says which articles did.
    pub(super) fn apply(
        &mut self,
        generation: u64,
        revisions: Vec<Result<Revision, StoreError>>,
        votes: &[RevisionVotes],
        parsed: &ParsedArticles,
    ) -> Vec<Slug> {
        let (sound, broken): (Vec<_>, Vec<_>) = revisions.into_iter().partition(Result::is_ok);
        let sound: Vec<Revision> = sound.into_iter().flatten().collect();
        let articles = parallel::map(&sound, |revision| article_of(revision, parsed), |_| ());
        let mut changed: Vec<Slug> = Vec::with_capacity(sound.len());
        for (revision, article) in sound.into_iter().zip(articles) {
            self.damaged.remove(&revision.article);
            changed.push(revision.article.clone());
            let entry = Entry {
                revision: revision.revision,
                sha256: revision.sha256,
                state: revision.state,
                updated_at: revision.changed_at,
                article,
            };
            self.fingerprint.add(&revision.article, entry.revision, &entry.sha256);
            self.replaced(&revision.article.clone(), |entries| entries.insert_cow(revision.article, entry));
        }
        for error in broken.into_iter().filter_map(Result::err) {
            if let StoreError::Damaged { article, .. } = &error {
                changed.push(article.clone());
                self.replaced(article, |entries| entries.remove_cow(article));
                self.damaged.insert(article.clone(), error.to_string());
            } else {
                tracing::error!(%error, "a row of the knowledge base cannot be read");
            }
        }
        let current = |vote: &&RevisionVotes| {
            self.entries.get(&vote.article).is_some_and(|entry| entry.revision == vote.revision)
        };
        self.votes = votes.iter().filter(current).map(|vote| (vote.article.clone(), vote.votes)).collect();
        self.generation = generation;
        changed
    }

    /// Takes what an entry said out of the fingerprint when `change` replaces it.
    fn replaced(&mut self, id: &Slug, change: impl FnOnce(&mut MapS<Slug, Entry>) -> Option<Entry>) {
        if let Some(before) = change(&mut self.entries) {
            self.fingerprint.remove(id, before.revision, &before.sha256);
        }
    }

    /// Votes on the articles as they stand. A changed article starts without any.
    pub(super) fn votes(&self) -> &BTreeMap<Slug, Votes> {
        &self.votes
    }

    /// Names this state: its generation and a hash over every article's id, revision and text and the votes on it.
    pub(super) fn kb_version(&self) -> String {
        self.fingerprint.version(self.generation, &self.votes)
    }

    /// The articles that answer.
    pub(super) fn published(&self) -> Vec<PublishedArticle> {
        self.entries.into_iter().filter_map(|(_, entry)| entry.answering()).collect()
    }

    /// What answers of some articles; `None` for those that do not.
    pub(super) fn published_of(&self, ids: Vec<Slug>) -> BTreeMap<Slug, Option<PublishedArticle>> {
        let of = |id: &Slug| self.entries.get(id).and_then(Entry::answering);
        ids.into_iter().map(|id| (id.clone(), of(&id))).collect()
    }

    /// Articles that cannot be read.
    pub(super) fn left_out(&self) -> Vec<LeftOut> {
        let unreadable = self.entries.into_iter().filter(|(_, entry)| entry.state == ArticleState::Live);
        let unreadable = unreadable.filter_map(|(id, entry)| Some((id, entry.article.as_ref().err()?)));
        self.damaged
            .iter()
            .chain(unreadable)
            .map(|(id, reason)| LeftOut { name: id.to_string(), reason: reason.clone() })
            .collect()
    }
}

/// What a set of articles says, in a form that one article can be added to and taken out of: the sum of the hashes of each
/// one's id, revision and text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fingerprint(u128);

impl Fingerprint {
    pub(super) fn of<'a>(articles: impl Iterator<Item = (&'a Slug, u32, &'a Digest)>) -> Self {
        let mut fingerprint = Self::default();
        articles.for_each(|(id, revision, sha256)| fingerprint.add(id, revision, sha256));
        fingerprint
    }

    fn add(&mut self, id: &Slug, revision: u32, sha256: &Digest) {
        self.0 = self.0.wrapping_add(Self::hash(id, revision, sha256));
    }

    fn remove(&mut self, id: &Slug, revision: u32, sha256: &Digest) {
        self.0 = self.0.wrapping_sub(Self::hash(id, revision, sha256));
    }

    fn hash(id: &Slug, revision: u32, sha256: &Digest) -> u128 {
        let hash = sha2::Sha256::digest(format!("{id} {revision} {sha256}"));
        hash.iter().take(size_of::<u128>()).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
    }

    /// Names a state of the knowledge base: its generation, and a hash over the articles and the votes on them.
    pub(super) fn version(self, generation: u64, votes: &BTreeMap<Slug, Votes>) -> String {
        let mut hasher = sha2::Sha256::new();
        hasher.update(self.0.to_be_bytes());
        for (id, Votes { helpful, unhelpful }) in votes {
            hasher.update(format!("{id} +{helpful} -{unhelpful}\n"));
        }
        format!("{generation}-{}", Digest::finish(hasher).short())
    }
}

fn article_of(revision: &Revision, parsed: &ParsedArticles) -> Result<Arc<Article>, String> {
    parsed.find(&revision.sha256, &revision.article).map_or_else(|| parse_stored(revision), Ok)
}

/// Reads a stored text.
pub(super) fn parse_stored(revision: &Revision) -> Result<Arc<Article>, String> {
    let parsed = article::parse(&revision.markdown, SourceFormat::Markdown, revision.article.as_str());
    match parsed {
        Ok(parsed) if parsed.article.id == revision.article => Ok(Arc::new(parsed.article)),
        Ok(parsed) => Err(format!("its stored text says id {}", parsed.article.id)),
        Err(problems) => {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Err(format!("this version cannot read its stored text: {}", problems.join("; ")))
        }
    }
}
