//! The immutable snapshot that one answer reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answering::Known;
use super::compiled::{CompiledSignature, SignatureWeight};
use super::frozen::Frozen;
use super::index::{Index, PublishedArticle, Refused};
use super::model::Model;
use super::options::MatchOptions;
use super::{Answer, Doubted, EnginePart, FeatureRow, Fired, Votes, answering, standing};
use crate::article::{Article, Slug};
use crate::report::Report;

/// The index over all published articles of one version of the knowledge base.
#[derive(Debug, Clone)]
pub struct Snapshot {
    index: Arc<Index>,
    /// Votes on the articles that have any.
    votes: Arc<BTreeMap<Slug, Votes>>,
    kb_version: String,
}

impl Snapshot {
    /// Compiles articles into an index. One that cannot be compiled is refused and does not stop the others.
    pub fn build(articles: Vec<PublishedArticle>, kb_version: String) -> (Self, Vec<Refused>) {
        Self::build_without(articles, kb_version, None)
    }

    /// The snapshot after articles were changed, added (`Some`) or taken away (`None`), in a time that does not depend on
    /// how many there are.
    ///
    /// It answers of the changed articles as they are now. How rare words are and which derived messages other articles
    /// print too it takes from the last snapshot that was [built](Self::build) of everything, so confidences may differ a
    /// little from those of a new one; build one when there is time.
    #[must_use]
    pub fn with_changes(&self, changes: BTreeMap<Slug, Option<PublishedArticle>>, kb_version: String) -> Self {
        let index = Arc::new(self.index.with_changes(changes));
        Self { index, votes: Arc::clone(&self.votes), kb_version }
    }

    /// The articles that could not be compiled and are left out.
    pub fn refused(&self) -> Vec<Refused> {
        self.index.refused()
    }

    /// Number of articles that changed since everything was compiled together.
    pub fn changed(&self) -> usize {
        self.index.changed()
    }

    /// The same articles in an engine without one of its parts, to measure what that part is worth.
    #[must_use]
    pub fn without(&self, part: EnginePart) -> Self {
        Self::build_without(self.published(), self.kb_version.clone(), Some(part)).0
    }

    /// The same articles with every signature tried on every view of a report. Slow; it answers the same, which shows that
    /// the scan leaves nothing out.
    #[must_use]
    pub fn without_scan(&self) -> Self {
        Self::over(Index::build_exhaustive(self.published()).0, self.kb_version.clone())
    }

    fn build_without(
        articles: Vec<PublishedArticle>,
        kb_version: String,
        without: Option<EnginePart>,
    ) -> (Self, Vec<Refused>) {
        let (index, refused) = Index::build(articles, without);
        (Self::over(index, kb_version), refused)
    }

    pub(super) fn over(index: Index, kb_version: String) -> Self {
        Self { index: Arc::new(index), votes: Arc::default(), kb_version }
    }

    /// The snapshot to be kept on disk; `None` where changes stand beside what was compiled together. Votes are not kept.
    pub fn frozen(&self) -> Option<Frozen<'_>> {
        Frozen::new(&self.index)
    }

    fn published(&self) -> Vec<PublishedArticle> {
        self.index.articles().map(|(_, article)| article.published.clone()).collect()
    }

    /// The same articles with other votes on them; builds nothing anew.
    #[must_use]
    pub fn with_votes(&self, votes: &BTreeMap<Slug, Votes>, kb_version: String) -> Self {
        Self { votes: Arc::new(votes.clone()), kb_version, ..self.clone() }
    }

    /// The version of the knowledge base.
    pub fn kb_version(&self) -> &str {
        &self.kb_version
    }

    /// Number of articles that can answer.
    pub fn article_count(&self) -> usize {
        self.index.article_count()
    }

    /// Number of signatures, derived ones included.
    pub fn signature_count(&self) -> usize {
        self.index.articles().map(|(_, article)| article.signatures.len()).sum()
    }

    /// The articles that can answer.
    pub fn articles(&self) -> impl Iterator<Item = Arc<Article>> {
        self.index.articles().map(|(_, article)| Arc::clone(&article.published.article))
    }

    /// The article with this id, if it can answer.
    pub fn article(&self, id: &Slug) -> Option<&PublishedArticle> {
        self.index.position(id).map(|at| &self.index.article(at).published)
    }

    /// Answers a report. `report_id` and `took_us` are left for the caller to fill.
    pub fn answer(&self, report: &Report, options: &MatchOptions) -> Answer {
        self.answer_by(report, options, Model::builtin())
    }

    /// Answers a report by other parameters than those that come with the program, to measure them.
    pub fn answer_by(&self, report: &Report, options: &MatchOptions, model: &Model) -> Answer {
        answering::answer(&self.known(), report, options, model)
    }

    /// The candidates of a report with their features, for fitting.
    pub fn features(&self, report: &Report) -> Vec<FeatureRow> {
        answering::features(&self.known(), report)
    }

    /// Every signature that holds on a report, whatever the answer makes of it.
    pub fn fired(&self, report: &Report) -> Vec<Fired> {
        answering::fired(&self.index, report)
    }

    fn known(&self) -> Known<'_> {
        Known { index: &self.index, votes: &self.votes, kb_version: &self.kb_version }
    }

    /// Derived signatures that count less or nothing, since they fire on the texts of other articles.
    pub fn doubted(&self) -> Vec<Doubted> {
        self.index.articles().flat_map(|(article, _)| standing::doubted(&self.index, article)).collect()
    }

    /// Weight of every signature of an article in characters of rare literal text, least over its alternatives, and
    /// whether it has something to be searched by; for `check`.
    pub fn signature_weights(&self, id: &Slug) -> Vec<SignatureWeight> {
        let article = self.index.position(id).map(|at| self.index.article(at));
        let signatures = article.map(|article| article.signatures.as_slice()).unwrap_or_default();
        signatures.iter().map(CompiledSignature::weighed).collect()
    }
}
