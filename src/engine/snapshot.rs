//! The immutable snapshot that one answer reads.

use std::sync::Arc;

use super::compile::{CompiledSignature, SignatureWeight};
use super::index::{Index, PublishedArticle, Refused};
use super::model::Model;
use super::options::MatchOptions;
use super::starts::StartIndex;
use super::{Answer, Doubted, FeatureRow, Fired, answering, standing};
use crate::article::Article;
use crate::report::Report;

/// The index over all published articles of one version of the knowledge base.
#[derive(Debug)]
pub struct Snapshot {
    index: Index,
    starts: StartIndex,
}

impl Snapshot {
    /// Compiles articles into an index. One that cannot be compiled is refused and does not stop the others.
    pub fn build(articles: Vec<PublishedArticle>, kb_version: String) -> (Self, Vec<Refused>) {
        let (index, refused) = Index::build(articles, kb_version);
        let starts = StartIndex::new(&index.articles);
        (Self { index, starts }, refused)
    }

    /// The version of the knowledge base.
    pub fn kb_version(&self) -> &str {
        &self.index.kb_version
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
        answering::answer(&self.index, &self.starts, report, options, model)
    }

    /// The candidates of a report with their features, for fitting.
    pub fn features(&self, report: &Report) -> Vec<FeatureRow> {
        answering::features(&self.index, &self.starts, report)
    }

    /// Every signature that holds on a report, whatever the answer makes of it.
    pub fn fired(&self, report: &Report) -> Vec<Fired> {
        answering::fired(&self.index, report)
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
