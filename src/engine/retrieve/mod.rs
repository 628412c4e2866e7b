//! Which articles are near a report by words, codes and phrases.
//!
//! Retrieval gathers a few dozen candidates from an inverted index over the articles' fields; each is then looked at
//! closely: how much of its messages a stretch of the report says, whose code it carries, what of the report it leaves
//! unexplained. The result is a vector of [`features`](features::FEATURES), which the [`model`](super::model) weighs.

mod apart;
mod article;
mod features;
mod frozen;
mod handle;
mod lexicon;
mod numbered;
mod postings;
mod query;
mod salience;
mod stem;
mod surroundings;
mod term_table;
pub(super) mod terms;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

pub(super) use article::plain;
use article::{ArticleText, Shape, Voice};
pub(super) use features::{CONTEXT, CONTEXT_CONTRADICTS, FEATURE_COUNT, Signs};
pub use features::{FEATURES, LEADS, UNRANKED};
pub(super) use frozen::{FrozenWords, ThawedKnown, ThawedPostings};
use lexicon::Lexicon;
use postings::{Gathering, Postings, TermId};
use query::{Query, Role};
use terms::{MessageWord, TermHash};
use window::Message;

use super::EnginePart;
use crate::article::Article;
use crate::report::{ByteSpan, Report, ViewIndex};

/// Most articles that are looked at closely.
const MAX_NEAR: usize = 64;
/// Postings that one report may read: more would be words that stand in a large part of a large knowledge base.
const MAX_POSTINGS: usize = 400_000;

/// An article that shares words with a report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    pub(super) article: usize,
    /// What speaks for and against it, see [`FEATURES`].
    pub(super) features: [f32; FEATURE_COUNT],
    /// The view and the stretch that agree best with one of its messages.
    pub(super) best: Option<(ViewIndex, ByteSpan)>,
    /// How much of the message it agrees with best the report shows, 0..=1.
    pub(super) coverage: f32,
    /// Why the report may not be about it, in words, whatever else it shares.
    pub(super) doubt: Option<&'static str>,
    /// Which terms of the report it holds, one bit each.
    held: Box<[u64]>,
    /// What each term of the report says, in nats.
    said: Arc<[f32]>,
}

impl Near {
    /// Share of what this article explains of the report that the other one explains too, 0..=1.
    pub(super) fn explained_by(&self, other: &Self) -> f32 {
        let holds = |bits: &[u64], at: usize| bits.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1);
        let (mut all, mut both) = (1e-6, 0.0);
        for (at, said) in self.said.iter().enumerate().filter(|(at, _)| holds(&self.held, *at)) {
            all += said;
            if holds(&other.held, at) {
                both += said;
            }
        }
        both / all
    }
}

/// What matched exactly, by article's position.
pub(super) type SignatureSigns = HashMap<usize, Signs>;

/// The words of all articles: of those that were indexed together, and of those that changed since, which stand behind
/// them.
#[derive(Debug)]
pub(super) struct WordIndex {
    postings: Postings,
    known: KnownArticles,
    /// Positions of articles that were replaced or taken away.
    gone: Vec<usize>,
    /// The words that the ids of several articles begin with: names of products and tools.
    labels: Arc<[TermHash]>,
    lexicon: &'static Lexicon,
    /// Whether lines of a report count differently.
    weighs_lines: bool,
}

/// What is kept of an article beside its postings.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Known {
    messages: Box<[Message]>,
    /// The word that its id and several others begin with.
    label: Option<TermHash>,
    own_names: Box<[(TermHash, Shape)]>,
    /// The words that tell most of how its problem shows, with what each says, in nats.
    telling: Box<[(TermId, f32)]>,
}

/// What is kept of all articles beside their postings.
#[derive(Debug)]
struct KnownArticles {
    base: Arc<[Known]>,
    added: Vec<Known>,
}

impl KnownArticles {
    fn of(&self, article: usize) -> &Known {
        self.base.get(article).unwrap_or_else(|| &self.added[article - self.base.len()])
    }

    fn len(&self) -> usize {
        self.base.len() + self.added.len()
    }
}

/// What is kept of an article's text until all are read.
struct Read {
    messages: Vec<(Voice, Vec<MessageWord>)>,
    label: Option<TermHash>,
    own_names: Vec<(TermHash, Shape)>,
    symptoms: Vec<(TermHash, f32)>,
}

impl From<ArticleText> for Read {
    fn from(text: ArticleText) -> Self {
        Self { messages: text.messages, label: text.label, own_names: text.own_names, symptoms: text.symptoms }
    }
}

impl Read {
    fn known(self, postings: &Postings, labels: &[TermHash], lexicon: &Lexicon) -> Known {
        let messages = self.messages.into_iter();
        Known {
            telling: telling(&self.symptoms, postings, lexicon),
            messages: messages.map(|(voice, terms)| Message::new(voice, &terms, postings)).collect(),
            label: self.label.filter(|label| labels.contains(label)),
            own_names: self.own_names.into(),
        }
    }
}

/// Words of an article that are asked for in a report.
const TELLING: usize = 6;

/// The rarest of an article's words, those that it repeats before others.
fn telling(symptoms: &[(TermHash, f32)], postings: &Postings, lexicon: &Lexicon) -> Box<[(TermId, f32)]> {
    let weigh = |&(term, times): &(TermHash, f32)| {
        let id = postings.id(term)?;
        Some((id, (1.0 + times.ln()) * postings.rarity(term, Some(id), lexicon)))
    };
    let mut weighed: Vec<(TermId, f32)> = symptoms.iter().filter_map(weigh).collect();
    weighed.sort_by(|a, b| b.1.total_cmp(&a.1));
    weighed.truncate(TELLING);
    weighed.into()
}

impl WordIndex {
    /// Indexes articles; positions are those of the iterator.
    pub(super) fn new<'a>(articles: impl Iterator<Item = &'a Article>, without: Option<EnginePart>) -> Self {
        let lexicon =
            if without == Some(EnginePart::Meanings) { Lexicon::without_meanings() } else { Lexicon::builtin() };
        let mut gathering = Gathering::default();
        let mut texts: Vec<Read> = Vec::new();
        for article in articles {
            let text = ArticleText::read(article, lexicon);
            gathering.add(&text);
            texts.push(text.into());
        }
        let postings = gathering.finish();
        let labels: Arc<[TermHash]> = labels(&texts).into();
        let base = texts.into_iter().map(|text| text.known(&postings, &labels, lexicon)).collect();
        let known = KnownArticles { base, added: Vec::new() };
        let weighs_lines = without != Some(EnginePart::Lines);
        Self { postings, known, gone: Vec::new(), labels, lexicon, weighs_lines }
    }

    /// The same with other articles behind those that were indexed together, of which some are gone.
    pub(super) fn with_changes<'a>(&self, changed: impl Iterator<Item = &'a Article>, gone: &HashSet<usize>) -> Self {
        let texts: Vec<ArticleText> = changed.map(|article| ArticleText::read(article, self.lexicon)).collect();
        let postings = self.postings.with_added(texts.iter());
        let added =
            texts.into_iter().map(|text| Read::from(text).known(&postings, &self.labels, self.lexicon)).collect();
        let known = KnownArticles { base: Arc::clone(&self.known.base), added };
        let labels = Arc::clone(&self.labels);
        Self { postings, known, gone: gone.iter().copied().collect(), labels, ..*self }
    }

    /// The nearest articles and all that a signature speaks for, by position.
    pub(super) fn nearest(&self, report: &Report, signs: &SignatureSigns) -> Vec<Near> {
        let query = self.read(report);
        let scores = self.scores(&query);
        let mut chosen = first(&scores.by_field, MAX_NEAR);
        chosen.extend(first(&scores.as_a_whole, MAX_NEAR / 2));
        chosen.extend(signs.keys().filter(|article| **article < self.known.len()));
        chosen.sort_unstable();
        chosen.dedup();
        let reader = features::Reader::new(&query, &self.postings, &self.labels, &scores, self.lexicon);
        reader.read_all(&chosen, &self.known, signs)
    }

    fn read(&self, report: &Report) -> Query {
        Query::read(report, &self.postings, self.lexicon, self.weighs_lines)
    }

    /// Words that would tell an article from others: what only it is headed or printed with.
    pub(super) fn apart(&self, article: &Article, others: &[usize]) -> Vec<String> {
        apart::words(&self.postings, self.lexicon, article, others)
    }

    /// What a report shares with an article: the text and what it counts in retrieval, most first.
    pub(super) fn shared(&self, report: &Report, article: usize) -> Vec<(String, f64)> {
        let query = self.read(report);
        let position = u32::try_from(article).unwrap_or(u32::MAX);
        let mut shared: Vec<(String, f64)> = query
            .terms
            .iter()
            .filter_map(|term| {
                let posting = self.postings.find(term.id?, position)?;
                let worth = term.weight * term.rarity * role_factor(term.role) * posting.impact();
                let text = term.shown.1.slice(report.view_text(term.shown.0)).to_owned();
                Some((if term.role == Role::Concept { format!("meaning of “{text}”") } else { text }, f64::from(worth)))
            })
            .collect();
        shared.sort_by(|a, b| b.1.total_cmp(&a.1));
        shared
    }

    fn scores(&self, query: &Query) -> Scores {
        let articles = self.postings.articles();
        let mut scores = Scores { by_field: vec![0.0; articles], as_a_whole: vec![0.0; articles] };
        let mut order: Vec<&query::QueryTerm> = query.terms.iter().filter(|term| term.id.is_some()).collect();
        order.sort_by(|a, b| (b.weight * b.rarity).total_cmp(&(a.weight * a.rarity)));
        let mut left = MAX_POSTINGS;
        for term in order {
            let postings = term.id.map(|id| self.postings.of(id)).unwrap_or_default();
            if postings.len() > left {
                continue;
            }
            left -= postings.len();
            let worth = term.weight * term.rarity * role_factor(term.role);
            if matches!(term.role, Role::Single(_)) {
                let plain = self.postings.rarity_in_phrase(term.id);
                for posting in postings.iter() {
                    scores.by_field[posting.article as usize] += worth * posting.impact();
                    scores.as_a_whole[posting.article as usize] += plain * posting.impact_as_a_whole();
                }
            } else {
                for posting in postings.iter() {
                    scores.by_field[posting.article as usize] += worth * posting.impact();
                }
            }
        }
        for &gone in &self.gone {
            scores.by_field[gone] = 0.0;
            scores.as_a_whole[gone] = 0.0;
        }
        scores
    }
}

/// Scores of all articles, 0 where nothing is shared.
#[derive(Debug)]
struct Scores {
    /// Fields weighed, lines weighed, pairs and meanings counted.
    by_field: Vec<f32>,
    /// The article as one text and the report as one set of words.
    as_a_whole: Vec<f32>,
}

/// The articles with the best scores, in no order.
fn first(scores: &[f32], count: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> = (0..scores.len()).filter(|at| scores[*at] > 0.0).collect();
    if chosen.len() > count {
        chosen.select_nth_unstable_by(count, |a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        chosen.truncate(count);
    }
    chosen
}

/// Ids that begin with one word, so many at least, make that word a label; one that stands before most of all ids tells
/// nothing apart.
const LEAST_LABELLED: usize = 3;

fn labels(texts: &[Read]) -> Vec<TermHash> {
    let mut counts: HashMap<TermHash, usize> = HashMap::new();
    for label in texts.iter().filter_map(|text| text.label) {
        *counts.entry(label).or_default() += 1;
    }
    let most = texts.len() * 3 / 5;
    counts.into_iter().filter(|(_, count)| (LEAST_LABELLED..=most).contains(count)).map(|(label, _)| label).collect()
}

/// How much a term of each kind counts in retrieval. Pairs say again what their words said.
fn role_factor(role: Role) -> f32 {
    match role {
        Role::Single(_) => 1.0,
        Role::Pair => 0.5,
        Role::Concept | Role::Part => 0.8,
    }
}
