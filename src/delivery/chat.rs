//! Calls to chat platforms that follow a response: stored before the response is given, made by the sender. An answer that
//! is put off is stored as its question, so that a crash before it is found loses nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;

use super::sender::Finished;
use super::stored::StoredQuestion;
use super::{Deliveries, Served, StoredCall, mask};
use crate::connect::chat::{ChatCall, ChatConnector, ChatQuery};
use crate::connect::dialect::Note;
use crate::engine::{Answer, Confidence, Match, MatchOptions, Outcome};
use crate::report::{Hints, Report};
use crate::service::Service;
use crate::store::{ReplyRow, StoreError};

/// Least confidence of an article that is named as near.
const NEAR: f64 = 0.1;
/// Most articles that are named as near.
const MOST_NEAR: usize = 3;

/// The answer to a question, and what is near when there is none.
#[derive(Debug)]
pub struct Found {
    answer: Answer,
    near: Vec<Match>,
}

impl Found {
    /// Looks for the answer to a question.
    pub fn find(service: &Service, report: &Report, hints: &Hints) -> Self {
        let near = MatchOptions {
            limit: MOST_NEAR,
            min_confidence: Confidence::new(NEAR).unwrap_or(Confidence::HALF),
            hints: hints.clone(),
            ..MatchOptions::default()
        };
        let options = MatchOptions { hints: hints.clone(), ..MatchOptions::default() };
        let answer = service.answer(report.clone(), &options);
        let near =
            if answer.matches.is_empty() { service.snapshot().answer(report, &near).matches } else { Vec::new() };
        Self { answer, near }
    }
}

impl Deliveries {
    /// The note for a question, without the articles that the endpoint is to keep quiet about.
    pub async fn chat_note(&self, served: &Served, found: Found) -> Note {
        let Found { mut answer, mut near } = found;
        let endpoint = &served.configured.endpoint;
        // What cannot be looked up now is not held back.
        let mutes = self.service.store().mutes(self.service.clock().now()).await.unwrap_or_default();
        let muted = |article: &str| {
            mutes.iter().any(|mute| {
                (mute.connector.as_str(), mute.endpoint.as_str(), mute.article.as_str())
                    == (endpoint.connector.as_str(), endpoint.name.as_str(), article)
            })
        };
        answer.matches.retain(|found| !muted(found.article.id.as_str()));
        if answer.matches.is_empty() {
            near.retain(|found| !muted(found.article.id.as_str()));
            answer.outcome = Outcome::NoMatch;
            answer.question = None;
            answer.matches = near;
        } else if answer.outcome == Outcome::Ambiguous && answer.matches.len() == 1 {
            answer.outcome = Outcome::Match;
            answer.question = None;
        }
        self.notes.note(&answer)
    }

    /// Queues a call; `false` when there is one for the same question already. Once this returns the call is on disk, so
    /// neither a crash nor a platform's retry of the question makes it get lost or be made twice.
    pub async fn queue_chat_call(
        &self,
        served: &Served,
        query_id: Option<&str>,
        request_id: &str,
        call: ChatCall,
    ) -> Result<bool, StoreError> {
        let reply = self.chat_reply(served, query_id, request_id, &StoredCall::from(call))?;
        let is_new = self.service.store().add_chat_call(reply).await?;
        self.wanted.notify_one();
        Ok(is_new)
    }

    /// Keeps a question whose answer is put off; `None` when it is kept already. Once this returns it is on disk: its
    /// answer comes by [`answer_question`](Self::answer_question) or, when none came for a while, from the sender.
    pub async fn queue_question(
        &self,
        served: &Served,
        query: &ChatQuery,
        request_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let question = ChatQuery { text: mask::redacted(&query.text), user_id: String::new(), ..query.clone() };
        let reply = self.chat_reply(served, query.query_id.as_deref(), request_id, &StoredQuestion { question })?;
        let due = self.service.clock().now().checked_add(self.settings.timing.put_off).unwrap_or(jiff::Timestamp::MAX);
        let (id, reply) = (reply.id.clone(), ReplyRow { next_attempt_at: due.as_microsecond(), ..reply });
        Ok(self.service.store().add_chat_call(reply).await?.then_some(id))
    }

    /// Has the answer to a question given that was kept.
    pub async fn answer_question(&self, id: String, call: ChatCall) -> Result<(), StoreError> {
        let call = json(&StoredCall::from(call))?;
        self.service.store().answer_question(id, call, self.service.clock().now()).await?;
        self.wanted.notify_one();
        Ok(())
    }

    fn chat_reply(
        &self,
        served: &Served,
        query_id: Option<&str>,
        request_id: &str,
        body: &impl serde::Serialize,
    ) -> Result<ReplyRow, StoreError> {
        let endpoint = &served.configured.endpoint;
        let id = self.service.next_id().to_string();
        let question = query_id.map_or_else(|| id.clone(), |query| format!("question:{query}"));
        let place = (endpoint.connector.as_str(), endpoint.name.as_str());
        Ok(ReplyRow {
            kind: "chat".to_owned(),
            body: Some(json(body)?),
            request_id: Some(request_id.to_owned()),
            ..ReplyRow::queued(id.clone(), &id, place, question, self.service.clock().now())
        })
    }

    /// Finds the answer to a question that the request which asked did not answer. Only when its call is on disk is it made:
    /// a crash before that makes the question come back, a crash after that the platform may have the answer.
    pub(super) async fn find_late(
        &self,
        served: &Served,
        connector: &'static dyn ChatConnector,
        reply: &ReplyRow,
        question: ChatQuery,
        finished: &mut Finished,
    ) {
        let Some(found) = self.found(&question).await else {
            self.later(finished, reply, None, "retry_wait", "its answer could not be found".to_owned());
            finished.result.check_first = false;
            return;
        };
        let note = self.chat_note(served, found).await;
        let call = connector.late(&served.configured.endpoint, &question, &note);
        if let Some(call) = call.and_then(|call| json(&StoredCall::from(call)).ok()) {
            finished.result.state = "queued";
            finished.result.next_attempt_at = self.service.clock().now();
            finished.result.check_first = false;
            finished.result.body = Some(call);
        } else {
            finished.result.state = "dead";
            finished.result.error = Some("the platform named no address for a later answer".to_owned());
        }
    }

    async fn found(&self, question: &ChatQuery) -> Option<Found> {
        let service = Arc::clone(&self.service);
        let (text, hints) = (question.text.clone(), Hints { locale: question.locale.clone(), ..Hints::default() });
        let find = move || Some(Found::find(&service, &mask::report(&text)?, &hints));
        let work = tokio::task::spawn_blocking(move || catch_unwind(AssertUnwindSafe(find)));
        tokio::time::timeout(self.settings.timing.matching, work).await.ok()?.ok()?.ok()?
    }
}

/// The question that a reply is to answer, as long as no answer to it is stored.
pub(super) fn question(reply: &ReplyRow) -> Option<ChatQuery> {
    let stored: StoredQuestion = serde_json::from_str(reply.body.as_deref()?).ok()?;
    Some(stored.question)
}

fn json(body: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(body).map_err(|error| StoreError::Unreadable { table: "replies", value: error.to_string() })
}

/// What a platform says went wrong although the status is good, as Slack does in the body.
pub(super) fn refusal(body: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(body).ok()?;
    if said["ok"] != false {
        return None;
    }
    let word = said["error"].as_str().unwrap_or_default();
    let word: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
    Some(format!("the platform answered {word}"))
}
