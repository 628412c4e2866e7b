//! Answers that are given again.
//!
//! Monitors repeat an alert, senders repeat what timed out, and a hundred people paste the same line. A request that is
//! the same byte for byte as one before, while the knowledge base is the same, gets the answer that was given then, and is
//! not read again. A request is known by a keyed hash of 128 bits: of the report nothing stays in memory but what its
//! answer quotes, redacted. An answer is remembered when its request comes the second time, so that reports of which each
//! comes once take no memory and hardly any time. Only matches are given again, since every other report is kept for those
//! who look after the knowledge base, each as it came.

use std::hash::{BuildHasher as _, Hash as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use siphasher::sip128::{Hasher128 as _, SipHasher13};
use ulid::Ulid;

use super::request::RawRequest;
use crate::engine::{Answer, Outcome};

/// Larger requests are read every time: they are seldom the same, and hashing them takes a good part of reading them.
const LONGEST: usize = 16 << 10;
/// Bytes of an answer without its texts, and of an article or a piece of evidence in it without theirs.
const EACH: usize = 512;
/// Bytes that most answers take, from which the table's first size is guessed.
const USUAL: usize = 4 << 10;

/// Requests that came once and are known by their hash; where two fall into one place, the later stays.
const SEEN: usize = 1 << 13;

/// Answers by the requests that they were given to, up to a number of bytes; those that are asked for again stay.
#[derive(Debug)]
pub(super) struct Recall {
    answers: Option<Cache<u128, Arc<Remembered>, Bytes>>,
    seen: Box<[AtomicU64]>,
    keys: (u64, u64),
}

/// An answer that is given again.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) answer: Answer,
    /// The answer as JSON up to the time that it took, and behind that.
    json: (Box<[u8]>, Box<[u8]>),
}

/// What a request is known by at one state of the knowledge base.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key(u128);

#[derive(Debug, Clone)]
struct Bytes;

impl Weighter<u128, Arc<Remembered>> for Bytes {
    fn weight(&self, _: &u128, remembered: &Arc<Remembered>) -> u64 {
        let Remembered { answer, json: (before, behind) } = &**remembered;
        (size(answer) + before.len() + behind.len()) as u64
    }
}

/// How an answer's JSON begins; its first field is the report's id, which is always as long.
const BEGINNING: &[u8] = b"{\"report_id\":\"";
/// The field whose value is another each time. No text in JSON holds it, since a quote in a text is escaped.
const TOOK: &[u8] = b"\"took_us\":";

impl Remembered {
    /// `None` where the answer's JSON is not as expected.
    fn new(answer: &Answer) -> Option<Self> {
        let answer = Answer { report_id: Ulid::nil().to_string(), took_us: 0, ..answer.clone() };
        let json = serde_json::to_vec(&answer).ok().filter(|json| json.starts_with(BEGINNING))?;
        let end = memchr::memmem::rfind(&json, TOOK)? + TOOK.len();
        let (before, behind) = (json.get(..end)?.into(), json.get(end + 1..)?.into());
        Some(Self { answer, json: (before, behind) })
    }

    /// The answer as JSON for one report.
    pub(super) fn to_json(&self, id: Ulid, took_us: u64) -> Vec<u8> {
        let (before, behind) = &self.json;
        let mut json = Vec::with_capacity(before.len() + behind.len() + 20);
        json.extend_from_slice(before);
        let mut text = [0; ulid::ULID_LEN];
        let id = id.array_to_str(&mut text);
        json[BEGINNING.len()..BEGINNING.len() + id.len()].copy_from_slice(id.as_bytes());
        json.extend_from_slice(took_us.to_string().as_bytes());
        json.extend_from_slice(behind);
        json
    }
}

impl Recall {
    /// Up to so many bytes of answers; none with 0.
    pub(super) fn new(bytes: usize) -> Self {
        let answers = (bytes > 0).then(|| Cache::with_weighter(bytes / USUAL, bytes as u64, Bytes));
        // Keys that nobody knows, so that nobody can make two requests with one hash.
        let (one, other) = (RandomState::new(), RandomState::new());
        let seen = (0..if bytes > 0 { SEEN } else { 0 }).map(|_| AtomicU64::new(0)).collect();
        Self { answers, seen, keys: (one.hash_one(0), other.hash_one(0)) }
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
    pub(super) fn find(&self, key: Key) -> Option<Arc<Remembered>> {
        self.answers.as_ref()?.get(&key.0)
    }

    /// Takes note of an answer, if it is one to be given again and its request was seen before.
    pub(super) fn note(&self, key: Key, answer: &Answer) {
        // Whoever asks why is asking once.
        if answer.outcome != Outcome::Match || !answer.explain.is_empty() {
            return;
        }
        if self.was_seen(key)
            && let Some(answers) = &self.answers
            && let Some(remembered) = Remembered::new(answer)
        {
            answers.insert(key.0, Arc::new(remembered));
        }
    }

    /// Whether a request came before, of late; from now on it has.
    fn was_seen(&self, Key(key): Key) -> bool {
        // One half of the hash says where, the other which.
        let (place, tag) = (key as usize % SEEN, (key >> 64) as u64);
        self.seen.get(place).is_some_and(|seen| seen.swap(tag, Ordering::Relaxed) == tag)
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
    fn an_answer_is_remembered_the_second_time_and_is_written_as_it_would_be() {
        let found = crate::article::parse(
            "# T\n\nThe gadget \"took_us\":1 broke.\n",
            crate::article::SourceFormat::Markdown,
            "t",
        );
        let article = crate::engine::PublishedArticle { article: Arc::new(found.unwrap().article), revision: 1 };
        let (snapshot, _) = crate::engine::Snapshot::build(vec![article], "1".to_owned());
        let limits = crate::report::Limits::default();
        let report = crate::service::request::parse_match_request(request("The gadget \"took_us\":1 broke."), &limits);
        let options =
            crate::engine::MatchOptions { min_confidence: crate::engine::Confidence::ZERO, ..Default::default() };
        let mut answer = snapshot.answer(&report.unwrap().report, &options);
        assert_eq!(answer.outcome, Outcome::Match);
        let recall = Recall::new(1 << 20);
        let key = recall.key(1, &request("error 7")).unwrap();
        recall.note(key, &answer);
        assert!(recall.find(key).is_none(), "once");
        recall.note(key, &answer);
        let remembered = recall.find(key).unwrap();
        let id = Ulid::from_parts(7, 9);
        (answer.report_id, answer.took_us) = (id.to_string(), 1_234);
        assert_eq!(remembered.to_json(id, 1_234), serde_json::to_vec(&answer).unwrap());
    }

    #[test]
    fn long_requests_are_read_every_time_and_so_are_all_where_no_bytes_are_given() {
        let recall = Recall::new(1 << 20);
        assert!(recall.key(1, &request(&"x".repeat(LONGEST))).is_some());
        assert!(recall.key(1, &request(&"x".repeat(LONGEST + 1))).is_none());
        assert!(Recall::new(0).key(1, &request("x")).is_none());
    }
}
