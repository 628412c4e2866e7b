//! Articles through the API: read, listed, written, deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::catalog::{Entry, Fingerprint, parse_stored};
use super::check::{CheckReport, check_one};
use super::text::text_of;
use super::{Service, ServiceError, blocking};
use crate::article::{self, Article, Change, EditError, Slug, SourceFormat, Status};
use crate::engine::{PublishedArticle, Votes};
use crate::store::{
    ArticleRow, ArticleState, Author, Conflict, Expected, Origin, Put, Revision, RevisionVotes, StoreError, Written,
    etag,
};

/// An article with its text and its history's head.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredArticle {
    /// The article.
    pub article: Arc<Article>,
    /// Its Markdown, byte for byte.
    pub markdown: String,
    /// Current revision, counted from 1.
    pub revision: u32,
    /// Entity tag of the revision, in quotes.
    pub etag: String,
    /// Status that the outside sees: archived when its file is gone, whatever the text says.
    pub status: Status,
    /// How it came in.
    pub origin: Origin,
    /// The file that owns it.
    pub source_path: Option<String>,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When the current revision was made.
    pub updated_at: Timestamp,
    /// Who made it.
    pub updated_by: String,
}

/// An article in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedArticle {
    /// The article.
    pub article: Arc<Article>,
    /// Current revision, counted from 1.
    pub revision: u32,
    /// Entity tag of the revision, in quotes.
    pub etag: String,
    /// Status that the outside sees.
    pub status: Status,
    /// When the current revision was made.
    pub updated_at: Timestamp,
}

/// A piece of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listing {
    /// How many articles fit the query.
    pub total: usize,
    /// The articles of this piece, by id.
    pub articles: Vec<ListedArticle>,
}

/// Which articles to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListQuery {
    /// Words that all occur in id, title, product or tags, letter case ignored.
    pub words: String,
    /// Only articles that the outside sees with this status.
    pub status: Option<Status>,
    /// How many to pass over.
    pub offset: usize,
    /// How many at most.
    pub limit: usize,
}

/// What writing an article came to.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteOutcome {
    /// The article as it is now, or would be.
    pub article: StoredArticle,
    /// Whether it did not exist before.
    pub created: bool,
    /// Whether anything changed.
    pub changed: bool,
    /// For a dry run: what `check` says of the article among the others.
    pub check: Option<CheckReport>,
}

/// One state of the knowledge base, derived from revisions.
#[derive(Debug, Clone)]
pub struct KnowledgeBase {
    /// Its name.
    pub kb_version: String,
    /// The articles that answered, by id.
    pub articles: Vec<PublishedArticle>,
    /// The votes that counted.
    pub votes: BTreeMap<Slug, Votes>,
}

impl Service {
    /// An article; `None` when there is none or it was deleted.
    pub async fn get(&self, id: &Slug) -> Result<Option<StoredArticle>, ServiceError> {
        let Some((row, revision)) = self.store.article_with_text(id).await? else { return Ok(None) };
        if row.state == ArticleState::Deleted {
            return Ok(None);
        }
        let article = self.parsed(&revision)?;
        Ok(Some(stored(article, row, revision)))
    }

    /// Articles that fit a query. Those that were deleted are not among them.
    pub fn list(&self, query: &ListQuery) -> Listing {
        let words: Vec<String> = query.words.split_whitespace().map(str::to_lowercase).collect();
        let published = self.publisher.current();
        let fitting = published.catalog.entries.into_iter().filter_map(|(_, entry)| {
            let article = entry.existing()?;
            let wanted = query.status.is_none_or(|status| status == entry.status()) && holds_words(article, &words);
            wanted.then(|| listed(article, entry))
        });
        let mut listing = Listing { total: 0, articles: Vec::new() };
        for article in fitting {
            if listing.total >= query.offset && listing.articles.len() < query.limit {
                listing.articles.push(article);
            }
            listing.total += 1;
        }
        listing
    }

    /// Writes an article's Markdown: a new article, or in place of the old text. A dry run writes nothing and says what
    /// `check` would say.
    pub async fn put(
        &self,
        id: &Slug,
        markdown: String,
        expected: Expected,
        by: &str,
        dry_run: bool,
    ) -> Result<WriteOutcome, ServiceError> {
        let text = self.read_text(id, markdown).await?;
        self.write(text, Permit { expected, creates: true, revives: true }, by, dry_run).await
    }

    /// Changes some fields of an article; every other byte of its Markdown stays as it is. A dry run writes nothing and
    /// says what `check` would say.
    pub async fn patch(
        &self,
        id: &Slug,
        change: Change,
        expected: Expected,
        by: &str,
        dry_run: bool,
    ) -> Result<WriteOutcome, ServiceError> {
        let current = self.get(id).await?.ok_or_else(|| ServiceError::NoArticle { id: id.clone() })?;
        // The change is made to this revision, so no other may be current when it is written.
        let expected = match expected {
            Expected::Existing => Expected::Tags(vec![current.etag]),
            Expected::Tags(tags) if tags.contains(&current.etag) => Expected::Tags(vec![current.etag]),
            other => other,
        };
        let revives = change.status.is_some();
        let markdown = blocking("editing an article", move || article::edit(&current.markdown, &change)).await?;
        let markdown = markdown.map_err(|(EditError::Unreadable(problems) | EditError::Refused(problems))| {
            ServiceError::Invalid { problems }
        })?;
        let text = self.read_text(id, markdown).await?;
        self.write(text, Permit { expected, creates: false, revives }, by, dry_run).await
    }

    /// Deletes an article; its revisions stay. A dry run only says whether it could be.
    pub async fn delete(&self, id: &Slug, expected: Expected, by: &str, dry_run: bool) -> Result<(), ServiceError> {
        let author = Author { by: by.to_owned(), at: self.clock.now() };
        let written = self.store.delete(id.clone(), expected, author, dry_run).await?;
        self.show(&written, dry_run).await
    }

    /// Every revision of an article, oldest first, also of a deleted one.
    pub async fn revisions(&self, id: &Slug) -> Result<Vec<Revision>, ServiceError> {
        let revisions = self.store.revisions(id).await?;
        if revisions.is_empty() { Err(ServiceError::NoArticle { id: id.clone() }) } else { Ok(revisions) }
    }

    /// Import conflicts, open ones first.
    pub async fn conflicts(&self) -> Result<Vec<Conflict>, ServiceError> {
        Ok(self.store.conflicts().await?)
    }

    /// The knowledge base as it was at a generation, the number before the hyphen of a `kb_version`.
    pub async fn articles_at(&self, generation: u64) -> Result<KnowledgeBase, ServiceError> {
        let revisions = self.store.current_at(generation).await?;
        let votes = self.store.votes_at(generation).await?;
        let current = |vote: &RevisionVotes| {
            revisions.iter().any(|revision| revision.article == vote.article && revision.revision == vote.revision)
        };
        let votes = votes.into_iter().filter(current).map(|vote| (vote.article, vote.votes)).collect();
        let articles = revisions.iter().map(|r| (&r.article, r.revision, &r.sha256));
        let kb_version = Fingerprint::of(articles).version(generation, &votes);
        let articles = blocking("parsing articles", move || {
            let live = revisions.iter().filter(|revision| revision.state == ArticleState::Live);
            live.filter_map(|revision| Some((parse_stored(revision).ok()?, revision.revision)))
                .filter(|(article, _)| article.status == Status::Published)
                .map(|(article, revision)| PublishedArticle { article, revision })
                .collect()
        })
        .await?;
        Ok(KnowledgeBase { kb_version, articles, votes })
    }

    /// The article of a stored revision, from memory when it is the one that answers.
    fn parsed(&self, revision: &Revision) -> Result<Arc<Article>, ServiceError> {
        let published = self.publisher.current();
        let entry = published.catalog.entries.get(&revision.article);
        if let Some(Entry { sha256, article: Ok(article), .. }) = entry
            && *sha256 == revision.sha256
        {
            return Ok(Arc::clone(article));
        }
        parse_stored(revision)
            .map_err(|reason| ServiceError::Store(StoreError::Unreadable { table: "article_revisions", value: reason }))
    }

    async fn read_text(&self, id: &Slug, markdown: String) -> Result<NewText, ServiceError> {
        let expected = id.clone();
        blocking("parsing an article", move || {
            let parsed = article::parse(&markdown, SourceFormat::Markdown, expected.as_str())
                .map_err(|problems| ServiceError::Invalid { problems })?;
            if parsed.article.id != expected {
                return Err(ServiceError::OtherId { expected, found: parsed.article.id });
            }
            if let Some(problem) = article::refusal(&parsed.article) {
                return Err(ServiceError::Invalid { problems: vec![problem] });
            }
            Ok(NewText { article: Arc::new(parsed.article), markdown })
        })
        .await?
    }

    async fn write(&self, new: NewText, permit: Permit, by: &str, dry_run: bool) -> Result<WriteOutcome, ServiceError> {
        let NewText { article, markdown } = new;
        let text = text_of(&article, markdown.clone());
        if !dry_run {
            self.publisher.parsed().insert(text.sha256, Arc::clone(&article));
        }
        let author = Author { by: by.to_owned(), at: self.clock.now() };
        let Permit { expected, creates, revives } = permit;
        let written = self.store.put(Put { text, author, expected, creates, revives }, dry_run).await?;
        self.show(&written, dry_run).await?;
        let check = if dry_run { Some(self.check_among_others(Arc::clone(&article)).await?) } else { None };
        let outcome = StoredArticle {
            etag: written.row.etag(),
            status: written.row.status(),
            markdown,
            revision: written.row.revision,
            origin: written.row.origin,
            source_path: written.row.source_path,
            created_at: written.row.created_at,
            updated_at: written.row.updated_at,
            updated_by: by.to_owned(),
            article,
        };
        let changed = written.generation.is_some();
        Ok(WriteOutcome { article: outcome, created: written.created, changed, check })
    }

    /// Waits until a write shows.
    async fn show(&self, written: &Written, dry_run: bool) -> Result<(), ServiceError> {
        match written.generation {
            Some(generation) if !dry_run => self.publisher.until_visible(generation).await,
            _ => Ok(()),
        }
    }

    async fn check_among_others(&self, article: Arc<Article>) -> Result<CheckReport, ServiceError> {
        let others: Vec<Arc<Article>> =
            self.publisher.current().catalog.published().into_iter().map(|published| published.article).collect();
        blocking("checking an article", move || check_one(&article, &others)).await
    }
}

/// A text that was read as the article it is for.
struct NewText {
    article: Arc<Article>,
    markdown: String,
}

/// What a write may do.
struct Permit {
    expected: Expected,
    creates: bool,
    revives: bool,
}

fn stored(article: Arc<Article>, row: ArticleRow, revision: Revision) -> StoredArticle {
    StoredArticle {
        article,
        markdown: revision.markdown,
        revision: row.revision,
        etag: row.etag(),
        status: row.status(),
        origin: row.origin,
        source_path: row.source_path,
        created_at: row.created_at,
        updated_at: row.updated_at,
        updated_by: revision.changed_by,
    }
}

fn listed(article: &Arc<Article>, entry: &Entry) -> ListedArticle {
    ListedArticle {
        article: Arc::clone(article),
        revision: entry.revision,
        etag: etag(entry.revision, &entry.sha256),
        status: entry.status(),
        updated_at: entry.updated_at,
    }
}

fn holds_words(article: &Article, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let lists = article.tags.iter().chain(&article.product).chain(&article.applies_to);
    let mut text = format!("{}\n{}", article.id, article.title);
    for entry in lists {
        text.push('\n');
        text.push_str(entry);
    }
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}
