//! What a request gets: an answer of its own, or one that was given before.

use std::sync::Arc;

use ulid::Ulid;

use super::recall::Remembered;
use crate::engine::Answer;

/// What a request gets.
#[derive(Debug)]
pub struct Reply(Kind);

#[derive(Debug)]
enum Kind {
    New(Box<Answer>),
    Again { remembered: Arc<Remembered>, id: Ulid, took_us: u64 },
}

impl Reply {
    pub(super) fn new(answer: Answer) -> Self {
        Self(Kind::New(Box::new(answer)))
    }

    pub(super) fn again(remembered: Arc<Remembered>, id: Ulid, took_us: u64) -> Self {
        Self(Kind::Again { remembered, id, took_us })
    }

    /// The answer.
    pub fn into_answer(self) -> Answer {
        match self.0 {
            Kind::New(answer) => *answer,
            Kind::Again { remembered, id, took_us } => {
                Answer { report_id: id.to_string(), took_us, ..remembered.answer.clone() }
            }
        }
    }

    /// The answer as JSON; of one that was given before only what differs is written.
    pub fn to_json(&self, usual: usize) -> Result<Vec<u8>, serde_json::Error> {
        match &self.0 {
            Kind::New(answer) => {
                // Most answers fit: growing a buffer copies it.
                let mut json = Vec::with_capacity(usual);
                serde_json::to_writer(&mut json, answer).map(|()| json)
            }
            Kind::Again { remembered, id, took_us } => Ok(remembered.to_json(*id, *took_us)),
        }
    }
}
