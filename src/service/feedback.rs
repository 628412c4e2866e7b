//! What people say of answers.

use ulid::Ulid;

use super::{Service, ServiceError, WriteOutcome};
use crate::article::{Change, Example, Slug};
use crate::report::redact;
use crate::store::{Expected, Feedback, FeedbackFilter};

/// Somebody's word on an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFeedback {
    /// The report that was answered, as the answer named it.
    pub report_id: String,
    /// The article that answered.
    pub article: Slug,
    /// Whether it helped.
    pub helpful: bool,
    /// What else they say; secrets in it are overwritten before it is stored.
    pub comment: Option<String>,
    /// Who.
    pub by: String,
}

impl Service {
    /// Keeps somebody's word on an answer.
    pub async fn give_feedback(&self, new: NewFeedback) -> Result<Feedback, ServiceError> {
        let feedback = self.feedback_of(new).await?;
        let generation = self.store.add_feedback(feedback.clone()).await?;
        self.publisher.until_visible(generation).await?;
        Ok(feedback)
    }

    /// Keeps somebody's vote on an answer, in the place of an earlier one by the same person on the same report; gives the
    /// one that holds.
    pub async fn vote(&self, new: NewFeedback) -> Result<Feedback, ServiceError> {
        let feedback = self.feedback_of(new).await?;
        let (vote, generation) = self.store.vote(feedback).await?;
        self.publisher.until_visible(generation).await?;
        Ok(vote)
    }

    async fn feedback_of(&self, new: NewFeedback) -> Result<Feedback, ServiceError> {
        let report_id = Ulid::from_string(&new.report_id)
            .map_err(|_| ServiceError::BadReportId { text: new.report_id.clone() })?
            .to_string();
        let revision = match self.store.report(&report_id).await? {
            Some(report) => report.matches.iter().find(|m| m.article == new.article).map(|m| m.revision),
            None => None,
        };
        let revision = match revision {
            Some(revision) => revision,
            // The report was not kept, or not yet: the article stands at its current revision most of the time.
            None => {
                self.store
                    .article(&new.article)
                    .await?
                    .ok_or_else(|| ServiceError::NoArticle { id: new.article.clone() })?
                    .revision
            }
        };
        let now = self.clock.now();
        Ok(Feedback {
            id: self.ids.next(now).to_string(),
            report_id,
            article: new.article,
            revision,
            helpful: new.helpful,
            comment: new.comment.filter(|text| !text.trim().is_empty()).map(|text| redact(&text).into_owned()),
            given_by: redact(&new.by).into_owned(),
            given_at: now,
            withdrawn_at: None,
        })
    }

    /// Feedback, newest first, at most `most`.
    pub async fn feedback(&self, filter: &FeedbackFilter, most: u32) -> Result<Vec<Feedback>, ServiceError> {
        Ok(self.store.feedback(filter, most).await?)
    }

    /// Takes feedback back; doing so twice is the same as once. From then on answers are as if it had never been given.
    pub async fn withdraw_feedback(&self, id: &str) -> Result<Feedback, ServiceError> {
        let withdrawn = self.store.withdraw_feedback(id.to_owned(), self.clock.now()).await?;
        let (feedback, generation) = withdrawn.ok_or_else(|| ServiceError::NoFeedback { id: id.to_owned() })?;
        self.publisher.until_visible(generation).await?;
        Ok(feedback)
    }

    /// Makes the report of a rejected answer a `no_match` example of the article, in a new revision by `by`. The report
    /// is taken as it was kept: redacted.
    pub async fn reject_as_example(&self, id: &str, by: &str, dry_run: bool) -> Result<WriteOutcome, ServiceError> {
        let no_feedback = || ServiceError::NoFeedback { id: id.to_owned() };
        let feedback = self.store.feedback_of(id).await?.ok_or_else(no_feedback)?;
        let refuse = |why: &'static str| ServiceError::NoExample { id: id.to_owned(), why };
        if feedback.helpful || feedback.withdrawn_at.is_some() {
            return Err(refuse("it does not reject the answer"));
        }
        let report = self.store.report(&feedback.report_id).await?;
        let text = report.and_then(|report| report.text()).ok_or_else(|| refuse("its report was not kept"))?;
        let current = self.get(&feedback.article).await?;
        let current = current.ok_or_else(|| ServiceError::NoArticle { id: feedback.article.clone() })?;
        let mut examples = current.article.examples.clone();
        let example = Example::text(text);
        if examples.no_match.iter().any(|known| known.input == example.input) {
            return Err(refuse("the article has this example already"));
        }
        examples.no_match.push(example);
        let change = Change { examples: Some(examples), ..Change::default() };
        self.patch(&feedback.article, change, Expected::Tags(vec![current.etag]), by, dry_run).await
    }
}
