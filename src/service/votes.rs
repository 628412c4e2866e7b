//! What the signed values of buttons and links stand for.

use std::collections::BTreeMap;

use super::Service;
use super::ServiceError;
use crate::article::{Slug, Status, placeholder};
use crate::connect::token::{ArticleKey, Token};
use crate::engine::{Answer, ArticleSummary, Confidence, Match, Outcome};

impl Service {
    /// The article that a signed value names; `None` when there is none any more.
    pub fn article_of(&self, key: &ArticleKey) -> Option<Slug> {
        let published = self.publisher.current();
        let known = &published.catalog.entries;
        let existing = known.iter().filter(|(_, entry)| entry.existing().is_some()).map(|(id, _)| id);
        key.find(existing).filter(|id| known.get(id).is_some_and(|entry| entry.existing().is_some()))
    }

    /// The answer once somebody said which of the candidates it is; `None` when the article does not answer any more.
    pub async fn settled(&self, token: &Token) -> Result<Option<Answer>, ServiceError> {
        let Some(id) = self.article_of(&token.article) else { return Ok(None) };
        let published = self.publisher.current();
        let Some(entry) = published.catalog.entries.get(&id).filter(|entry| entry.status() == Status::Published) else {
            return Ok(None);
        };
        let Some(article) = entry.existing() else { return Ok(None) };
        let report = self.store.report(&token.report.to_string()).await?;
        let reached = report.and_then(|report| report.matches.into_iter().find(|found| found.article == id));
        let confidence = reached.and_then(|found| Confidence::new(found.confidence).ok());
        let snapshot = &published.snapshot;
        // What was captured from the report is not kept apart from it, so the fallbacks stand.
        let fill = |text: &str| placeholder::fill(text, &BTreeMap::new(), |value, _| value.to_owned());
        let found = Match {
            article: ArticleSummary {
                id: id.clone(),
                title: article.title.clone(),
                applies_to: article.applies_to.clone(),
                url: format!("/articles/{id}"),
                revision: entry.revision,
                reviewed_at: article.reviewed_at.clone(),
                fixed_in: article.fixed_in.clone(),
                supersedes: None,
            },
            confidence: confidence.unwrap_or(Confidence::HALF),
            cause: fill(&article.cause),
            solution: fill(&article.solution),
            checks: Vec::new(),
            evidence: Vec::new(),
        };
        Ok(Some(Answer {
            report_id: token.report.to_string(),
            outcome: Outcome::Match,
            kb_version: snapshot.kb_version().to_owned(),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            matches: vec![found],
            question: None,
            took_us: 0,
            limits_reached: Vec::new(),
            explain: Vec::new(),
        }))
    }
}
