//! Answers that are given again.
//!
//! Monitors repeat an alert, senders repeat what timed out, and a hundred people paste the same line. A request that is
//! the same byte for byte as one before, while the knowledge base is the same, gets the answer that was given then, and is
//! not read again. A request is known by a keyed hash of 128 bits: of the report nothing stays in memory but what its
//! answer quotes, redacted. Only matches are given again, since every other report is kept for those who look after the
//! knowledge base, each as it came.

use std::hash::{BuildHasher as _, Hash as _, RandomState};
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use siphasher::sip128::{Hasher128 as _, SipHasher13};

use super::request::RawRequest;
use crate::engine::{Answer, Outcome};

/// Larger requests are read every time: they are seldom the same, and hashing them takes a good part of reading them.
const LONGEST: usize = 16 << 10;
/// Bytes of an answer without its texts, and of an article or a piece of evidence in it without theirs.
const EACH: usize = 512;
/// Bytes that most answers take, from which the table's first size is guessed.
const USUAL: usize = 4 << 10;

/// Answers by the requests that they were given to, up to a number of bytes; those that are asked for again stay.
#[derive(Debug)]
pub(super) struct Recall {
    answers: Option<Cache<u128, Arc<Answer>, Bytes>>,
    keys: (u64, u64),
}

/// What a request is known by at one state of the knowledge base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u128);

#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<u128, Arc<Answer>> for Bytes {
    fn weight(&self, _: &u128, answer: &Arc<Answer>) -> u64 {
        size(answer) as u64
    }
}

impl Recall {
    /// Up to so many bytes of answers; none with 0.
    pub(super) fn new(bytes: usize) -> Self {
        let answers = (bytes > 0).then(|| Cache::with_weighter(bytes / USUAL, bytes as u64, Bytes));
        // Keys that nobody knows, so that nobody can make two requests with one hash.
        let (one, other) = (RandomState::new(), RandomState::new());
        Self { answers, keys: (one.hash_one(0), other.hash_one(0)) }
    }

    /// What `request` is known by while the knowledge base is at `state`; `None` when its answer is not given again.
    pub(super) fn key(&self, state: u64, request: &RawRequest<'_>) -> Option<Key> {
        if self.answers.is_none() || request.body.len() > LONGEST {
            return None;
        }
        let mut hasher = SipHasher13::new_with_keys(self.keys.0, self.keys.1);
        (state, request).hash(&mut hasher);
        Some(Key(hasher.finish128().as_u128()))
    }

    /// The answer that was given to the same request.
    pub(super) fn find(&self, key: Key) -> Option<Arc<Answer>> {
        self.answers.as_ref()?.get(&key.0)
    }

    /// Takes note of an answer, if it is one to be given again.
    pub(super) fn note(&self, key: Key, answer: &Answer) {
        // Whoever asks why is asking once.
        if answer.outcome == Outcome::Match
            && answer.explain.is_empty()
            && let Some(answers) = &self.answers
        {
            answers.insert(key.0, Arc::new(answer.clone()));
        }
    }
}

/// About how many bytes an answer takes in memory.
fn size(answer: &Answer) -> usize {
    let matches = answer.matches.iter().map(|found| {
        let evidence = found.evidence.iter().map(|item| EACH + item.quote.len() + item.text.len());
        let texts = found.overview.len() + found.cause.len() + found.solution.len();
        EACH + texts + evidence.sum::<usize>()
    });
    EACH + matches.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(body: &str) -> RawRequest<'_> {
        RawRequest { body: body.as_bytes(), content_type: None, content_encoding: None, query: &[] }
    }

    #[test]
    fn a_request_is_known_by_all_of_it_and_by_the_state_of_the_knowledge_base() {
        let recall = Recall::new(1 << 20);
        let key = |state, request: &RawRequest<'_>| recall.key(state, request).map(|key| key.0);
        let plain = request("error 7");
        let query = [("limit".to_owned(), "1".to_owned())];
        let others = [
            key(2, &plain),
            key(1, &request("error 8")),
            key(1, &RawRequest { content_type: Some("text/plain"), ..plain }),
            key(1, &RawRequest { content_encoding: Some("gzip"), ..plain }),
            key(1, &RawRequest { query: &query, ..plain }),
        ];
        assert_eq!(key(1, &plain), key(1, &request("error 7")));
        for (at, other) in others.iter().enumerate() {
            assert!(other.is_some() && *other != key(1, &plain) && !others[..at].contains(other), "{at}");
        }
        assert_ne!(
            key(1, &plain),
            Recall::new(1 << 20).key(1, &plain).map(|key| key.0),
            "each server has its own keys"
        );
    }

    #[test]
    fn long_requests_are_read_every_time_and_so_are_all_where_no_bytes_are_given() {
        let recall = Recall::new(1 << 20);
        assert!(recall.key(1, &request(&"x".repeat(LONGEST))).is_some());
        assert!(recall.key(1, &request(&"x".repeat(LONGEST + 1))).is_none());
        assert!(Recall::new(0).key(1, &request("x")).is_none());
    }
}
