//! The immutable snapshot that one answer reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::answering::Known;
use super::compile::{CompiledSignature, SignatureWeight};
use super::index::{CompiledArticle, Index, PublishedArticle, Refused};
use super::model::Model;
use super::options::MatchOptions;
use super::starts::StartIndex;
use super::{Answer, Doubted, EnginePart, FeatureRow, Fired, Votes, answering, standing};
use crate::article::{Article, Slug};
use crate::report::Report;

/// The index over all published articles of one version of the knowledge base.
#[derive(Debug, Clone)]
pub struct Snapshot {
    index: Arc<Index>,
    starts: Arc<StartIndex>,
    /// Votes on each article, by its position.
    votes: Arc<[Votes]>,
    kb_version: String,
}

impl Snapshot {
    /// Compiles articles into an index. One that cannot be compiled is refused and does not stop the others.
    pub fn build(articles: Vec<PublishedArticle>, kb_version: String) -> (Self, Vec<Refused>) {
        Self::build_without(articles, kb_version, None)
    }

    /// The same articles in an engine without one of its parts, to measure what that part is worth.
    #[must_use]
    pub fn without(&self, part: EnginePart) -> Self {
        let articles = self.index.articles.iter().map(|article| article.published.clone()).collect();
        Self::build_without(articles, self.kb_version.clone(), Some(part)).0
    }

    /// The same articles with every signature tried on every view of a report. Slow; it answers the same, which shows that
    /// the scan leaves nothing out.
    #[must_use]
    pub fn without_scan(&self) -> Self {
        let articles = self.index.articles.iter().map(|article| article.published.clone()).collect();
        Self::over(Index::build_exhaustive(articles).0, self.kb_version.clone())
    }

    fn build_without(
        articles: Vec<PublishedArticle>,
        kb_version: String,
        without: Option<EnginePart>,
    ) -> (Self, Vec<Refused>) {
        let (index, refused) = Index::build(articles, without);
        (Self::over(index, kb_version), refused)
    }

    fn over(index: Index, kb_version: String) -> Self {
        let starts = StartIndex::new(&index.articles);
        let votes = vec![Votes::default(); index.articles.len()].into();
        Self { index: Arc::new(index), starts: Arc::new(starts), votes, kb_version }
    }

    /// The same articles with other votes on them; builds nothing anew.
    #[must_use]
    pub fn with_votes(&self, votes: &BTreeMap<Slug, Votes>, kb_version: String) -> Self {
        let of = |article: &CompiledArticle| votes.get(&article.article().id).copied().unwrap_or_default();
        let votes = self.index.articles.iter().map(of).collect();
        Self { votes, kb_version, ..self.clone() }
    }

    /// The version of the knowledge base.
    pub fn kb_version(&self) -> &str {
        &self.kb_version
    }

    /// Number of articles that can answer.
    pub fn article_count(&self) -> usize {
        self.index.articles.len()
    }

    /// Number of signatures, derived ones included.
    pub fn signature_count(&self) -> usize {
        self.index.articles.iter().map(|article| article.signatures.len()).sum()
    }

    /// The articles that can answer.
    pub fn articles(&self) -> impl Iterator<Item = Arc<Article>> {
        self.index.articles.iter().map(|article| Arc::clone(&article.published.article))
    }

    /// The article with this id, if it can answer.
    pub fn article(&self, id: &str) -> Option<&PublishedArticle> {
        self.index
            .articles
            .iter()
            .map(|article| &article.published)
            .find(|published| published.article.id.as_str() == id)
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
        Known { index: &self.index, starts: &self.starts, votes: &self.votes, kb_version: &self.kb_version }
    }

    /// Derived signatures that count less or nothing, since they fire on the texts of other articles.
    pub fn doubted(&self) -> Vec<Doubted> {
        (0..self.index.articles.len()).flat_map(|article| standing::doubted(&self.index.articles, article)).collect()
    }

    /// Weight of every signature of an article in characters of rare literal text, least over its alternatives, and
    /// whether it has something to be searched by; for `check`.
    pub fn signature_weights(&self, id: &str) -> Vec<SignatureWeight> {
        let article = self.index.articles.iter().find(|article| article.article().id.as_str() == id);
        let signatures = article.map(|article| article.signatures.as_slice()).unwrap_or_default();
        signatures.iter().map(CompiledSignature::weighed).collect()
    }
}
