//! What the signed values of buttons and links stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Service, ServiceError, blocking};
use crate::article::{Slug, extract, placeholder};
use crate::connect::token::{ArticleKey, Token};
use crate::engine::{
    Answer, ArticleSummary, Confidence, Explain, Match, MatchOptions, Outcome, PublishedArticle, Snapshot,
};
use crate::report::{Hints, Limits, Part, PartAddress, PartKind, Report};

impl Service {
    /// The article that a signed value names; `None` when there is none any more.
    pub fn article_of(&self, key: &ArticleKey) -> Option<Slug> {
        let published = self.publisher.current();
        let known = &published.catalog.entries;
        let existing = known.into_iter().filter(|(_, entry)| entry.existing().is_some()).map(|(id, _)| id);
        key.find(existing).filter(|id| known.get(id).is_some_and(|entry| entry.existing().is_some()))
    }

    /// The answer once somebody said which of the candidates it is; `None` when the article does not answer any more.
    /// The report is answered again from what was kept of it, so that captures and evidence stand in the answer; where
    /// nothing was kept the article answers without them.
    pub async fn settled(&self, token: &Token) -> Result<Option<Answer>, ServiceError> {
        let Some(id) = self.article_of(&token.article) else { return Ok(None) };
        let snapshot = self.snapshot();
        let Some(published) = snapshot.article(&id).cloned() else { return Ok(None) };
        let kept = self.store.report(&token.report.to_string()).await?;
        let kept = kept.and_then(|report| Some((report.text()?, report.hints)));
        let found = match kept {
            Some((text, hints)) => {
                let snapshot = Arc::clone(&snapshot);
                blocking("answering a choice", move || candidate(&snapshot, text, hints, &id)).await?
            }
            None => None,
        };
        Ok(Some(Answer {
            report_id: token.report.to_string(),
            outcome: Outcome::Match,
            kb_version: snapshot.kb_version().to_owned(),
            engine_version: env!("CARGO_PKG_VERSION").to_owned(),
            matches: vec![found.unwrap_or_else(|| alone(&published))],
            question: None,
            took_us: 0,
            limits_reached: Vec::new(),
            explain: Vec::new(),
        }))
    }
}

/// The article among the candidates of a report.
fn candidate(snapshot: &Snapshot, text: String, hints: Hints, id: &Slug) -> Option<Match> {
    let part = Part { address: PartAddress::Body, text, kind: PartKind::Text };
    let report = Report::from_parts(vec![part], &hints, &Limits::default());
    let options = MatchOptions { limit: 20, min_confidence: Confidence::ZERO, hints, explain: Explain::None };
    snapshot.answer(&report, &options).matches.into_iter().find(|found| found.article.id == *id)
}

/// The article without a report: the fallbacks of its captures stand.
fn alone(published: &PublishedArticle) -> Match {
    let article = &published.article;
    let fill = |text: &str| placeholder::fill(text, &BTreeMap::new(), |value, _| value.to_owned());
    Match {
        article: ArticleSummary::of(published, None),
        confidence: Confidence::HALF,
        overview: extract(article),
        cause: fill(&article.cause),
        solution: fill(&article.solution),
        checks: Vec::new(),
        evidence: Vec::new(),
    }
}
