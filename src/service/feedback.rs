//! What people say of answers.

use ulid::Ulid;

use super::{Service, ServiceError};
use crate::article::Slug;
use crate::report::redact;
use crate::store::{Feedback, FeedbackFilter};

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
        self.store.add_feedback(feedback.clone()).await?;
        Ok(feedback)
    }

    /// Keeps somebody's vote on an answer, in the place of an earlier one by the same person on the same report; gives the
    /// one that holds.
    pub async fn vote(&self, new: NewFeedback) -> Result<Feedback, ServiceError> {
        let feedback = self.feedback_of(new).await?;
        Ok(self.store.vote(feedback).await?)
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

    /// Takes feedback back; doing so twice is the same as once.
    pub async fn withdraw_feedback(&self, id: &str) -> Result<Feedback, ServiceError> {
        let withdrawn = self.store.withdraw_feedback(id.to_owned(), self.clock.now()).await?;
        withdrawn.ok_or_else(|| ServiceError::NoFeedback { id: id.to_owned() })
    }
}
