//! The inverted index: which articles hold a term, and how much it says about them.
//!
//! Scores are BM25F (Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004): the
//! frequencies of a term in the fields of an article are weighed and normalised by field length, added up, and saturate.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::article::{ArticleText, FIELDS};
use super::lexicon::Lexicon;
use super::term_table::TermTable;
use super::terms::{TermHash, TermMap};
use crate::engine::flat::{self, Flat};

/// Number of a term of the knowledge base.
pub(super) type TermId = u32;

/// How much a term of each field counts: title, message, overview, cause, solution, context.
const FIELD_WEIGHT: [f32; FIELDS] = [3.0, 2.5, 1.5, 0.9, 0.6, 1.0];
/// How far a field's length counts against it, 0..=1.
const LENGTH_NORM: [f32; FIELDS] = [0.2, 0.4, 0.5, 0.5, 0.5, 0.2];
/// Saturation: a pseudo-frequency of this much says half of what a term can say.
const SATURATION: f32 = 1.6;

/// Parameters of Okapi BM25 for articles as one text (Robertson and others, "Okapi at TREC-3", 1995).
const WHOLE_SATURATION: f32 = 1.2;
const WHOLE_LENGTH_NORM: f32 = 0.75;

/// An article that holds a term.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Posting {
    pub(super) article: u32,
    /// What the term says about the article, 0..=1, in units of 1/65535.
    impact: u16,
    /// The fields that hold it, one bit each.
    pub(super) fields: u8,
    /// What the term says when all fields count the same, 0..=1, in units of 1/255.
    whole: u8,
}

impl Posting {
    pub(super) fn impact(self) -> f32 {
        f32::from(self.impact) / f32::from(u16::MAX)
    }

    /// What the term says about the article as one text, by Okapi BM25.
    pub(super) fn impact_as_a_whole(self) -> f32 {
        f32::from(self.whole) / f32::from(u8::MAX)
    }
}

impl Flat for Posting {
    type Bits = u64;

    fn to_bits(self) -> u64 {
        let [fields, whole] = [self.fields, self.whole].map(u64::from);
        u64::from(self.article) << 32 | u64::from(self.impact) << 16 | fields << 8 | whole
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts are taken apart again")]
    fn from_bits(bits: u64) -> Self {
        Self { article: (bits >> 32) as u32, impact: (bits >> 16) as u16, fields: (bits >> 8) as u8, whole: bits as u8 }
    }
}

/// Postings of all terms, by number: those of the articles that were indexed together, and behind them those of articles
/// that changed since.
#[derive(Debug, Default)]
pub(super) struct Postings {
    base: Arc<Base>,
    added: Added,
}

/// Postings of the articles that were indexed together.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Base {
    terms: TermTable,
    /// Where each term's postings start; one more than there are terms.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    starts: Vec<u32>,
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    all: Vec<Posting>,
    /// Average length of each field.
    average: [f32; FIELDS],
    articles: usize,
}

/// Postings of articles that changed since; rarities and average lengths are those of the base.
#[derive(Debug, Default)]
struct Added {
    /// Terms that the base does not hold, numbered behind its own.
    terms: TermMap<TermId>,
    /// The terms that these articles hold, and where the postings of each start; one more start than there are terms.
    ids: Vec<TermId>,
    starts: Vec<u32>,
    all: Vec<Posting>,
    articles: usize,
}

/// The articles that hold a term, by position.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Holding<'a> {
    base: &'a [Posting],
    added: &'a [Posting],
}

impl<'a> Holding<'a> {
    pub(super) fn len(self) -> usize {
        self.base.len() + self.added.len()
    }

    pub(super) fn iter(self) -> impl Iterator<Item = Posting> + use<'a> {
        self.base.iter().chain(self.added).copied()
    }
}

/// How often a term stands in each field of one article, in tenths: parts and meanings count as fractions.
type Tenths = [u8; FIELDS];

/// Gathers what articles say, twelve bytes a term and article, until all are there: what a term says about an article
/// depends on how long the others are.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    /// Terms in the order in which they came.
    numbers: TermMap<TermId>,
    sizes: Vec<u32>,
    said: Vec<(TermId, Tenths)>,
    /// Where each article's terms end in `said`, and the lengths of its fields.
    articles: Vec<(usize, [f32; FIELDS])>,
}

impl Gathering {
    /// Takes in the next article.
    pub(super) fn add(&mut self, text: &ArticleText) {
        for (term, frequencies) in &text.frequencies {
            let number = *self.numbers.entry(*term).or_insert_with(|| {
                self.sizes.push(0);
                TermId::try_from(self.sizes.len() - 1).unwrap_or(TermId::MAX)
            });
            self.sizes[number as usize] += 1;
            self.said.push((number, frequencies.map(tenths)));
        }
        self.articles.push((self.said.len(), text.lengths));
    }

    /// Indexes what was gathered.
    pub(super) fn finish(self) -> Postings {
        let count = self.articles.len().max(1) as f32;
        let mut average = [0.0_f32; FIELDS];
        for (_, lengths) in &self.articles {
            for (sum, length) in average.iter_mut().zip(lengths) {
                *sum += length / count;
            }
        }
        let Self { numbers, sizes, said, articles } = self;
        let mut hashes: Vec<TermHash> = numbers.keys().copied().collect();
        hashes.sort_unstable();
        let terms = TermTable::new(&hashes);
        let mut renumbered: Vec<TermId> = vec![0; sizes.len()];
        for (id, term) in hashes.iter().enumerate() {
            renumbered[numbers[term] as usize] = TermId::try_from(id).unwrap_or(TermId::MAX);
        }
        drop((numbers, hashes));
        let mut starts: Vec<u32> = vec![0; terms.len() + 1];
        for (number, size) in sizes.iter().enumerate() {
            starts[renumbered[number] as usize + 1] = *size;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next: Vec<u32> = starts.clone();
        let mut all = vec![Posting::default(); said.len()];
        let mut from = 0;
        for (article, (end, lengths)) in articles.iter().enumerate() {
            for (number, frequencies) in &said[from..*end] {
                let slot = &mut next[renumbered[*number as usize] as usize];
                all[*slot as usize] = posting(article, *frequencies, lengths, &average);
                *slot += 1;
            }
            from = *end;
        }
        let base = Base { terms, starts, all, average, articles: articles.len() };
        Postings::over(base)
    }
}

impl Postings {
    /// Postings of articles that were indexed together, as they were kept.
    pub(super) fn over(base: Base) -> Self {
        Self { base: Arc::new(base), added: Added::default() }
    }

    /// Those of the articles that were indexed together.
    pub(super) fn base(&self) -> &Base {
        &self.base
    }

    /// The same base with articles behind it that changed since, instead of those that are behind it now.
    pub(super) fn with_added<'t>(&self, texts: impl Iterator<Item = &'t ArticleText>) -> Self {
        let base = Arc::clone(&self.base);
        let mut added = Added::default();
        let mut said: Vec<(TermId, Posting)> = Vec::new();
        for text in texts {
            let article = base.articles + added.articles;
            for (term, frequencies) in &text.frequencies {
                let next = TermId::try_from(base.terms.len() + added.terms.len()).unwrap_or(TermId::MAX);
                let id = base.terms.id(*term).unwrap_or_else(|| *added.terms.entry(*term).or_insert(next));
                said.push((id, posting(article, frequencies.map(tenths), &text.lengths, &base.average)));
            }
            added.articles += 1;
        }
        said.sort_unstable_by_key(|(id, posting)| (*id, posting.article));
        for (id, posting) in said {
            if added.ids.last() != Some(&id) {
                added.ids.push(id);
                added.starts.push(u32::try_from(added.all.len()).unwrap_or(u32::MAX));
            }
            added.all.push(posting);
        }
        added.starts.push(u32::try_from(added.all.len()).unwrap_or(u32::MAX));
        Self { base, added }
    }

    /// Number of positions: those of the base, and those behind it.
    pub(super) fn articles(&self) -> usize {
        self.base.articles + self.added.articles
    }

    pub(super) fn id(&self, term: TermHash) -> Option<TermId> {
        self.base.terms.id(term).or_else(|| self.added.terms.get(&term).copied())
    }

    /// The articles that hold a term, by position.
    pub(super) fn of(&self, id: TermId) -> Holding<'_> {
        Holding { base: self.base.of(id), added: self.added.of(id) }
    }

    /// The posting of a term for one article.
    pub(super) fn find(&self, id: TermId, article: u32) -> Option<Posting> {
        let in_base = (article as usize) < self.base.articles;
        let postings = if in_base { self.base.of(id) } else { self.added.of(id) };
        postings.binary_search_by_key(&article, |posting| posting.article).ok().map(|at| postings[at])
    }

    /// Rarity of a term in nats: the logarithm of the articles over those that hold it, at least 0, and little for
    /// everyday words. A term that no article holds is as rare as can be, unless it is an everyday word too.
    pub(super) fn rarity(&self, term: TermHash, id: Option<TermId>, lexicon: &Lexicon) -> f32 {
        self.rarity_in_phrase(id).min(self.most_rarity() * lexicon.most_rarity(term))
    }

    /// Rarity of a term that no article holds.
    pub(super) fn most_rarity(&self) -> f32 {
        rarity(self.base.articles, 0)
    }

    /// Rarity of a term in nats by the knowledge base alone: in a phrase everyday words tell as much as others.
    pub(super) fn rarity_in_phrase(&self, id: Option<TermId>) -> f32 {
        // Of a term of the base the base alone is asked: a changed article stands in both.
        let holding = |id: TermId| match self.base.of(id) {
            [] => self.added.of(id).len().min(1),
            postings => postings.len(),
        };
        rarity(self.base.articles, id.map_or(0, |id| u32::try_from(holding(id)).unwrap_or(u32::MAX)))
    }
}

impl Base {
    fn of(&self, id: TermId) -> &[Posting] {
        let range = |at: usize| self.starts.get(at).map_or(self.all.len(), |start| *start as usize);
        &self.all[range(id as usize)..range(id as usize + 1)]
    }
}

impl Added {
    fn of(&self, id: TermId) -> &[Posting] {
        let Ok(at) = self.ids.binary_search(&id) else { return &[] };
        &self.all[self.starts[at] as usize..self.starts[at + 1] as usize]
    }
}

/// The logarithm of the articles over those that hold a term, at least 0.
fn rarity(articles: usize, holding: u32) -> f32 {
    ((articles as f32 + 1.0) / (holding as f32 + 0.5)).ln().max(0.0)
}

/// A frequency in tenths; beyond 25 times more says nothing more.
fn tenths(frequency: f32) -> u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a byte")]
    let tenths = (frequency * 10.0).round().clamp(0.0, f32::from(u8::MAX)) as u8;
    tenths
}

fn posting(article: usize, frequencies: Tenths, lengths: &[f32; FIELDS], average: &[f32; FIELDS]) -> Posting {
    let frequencies = frequencies.map(|tenths| f32::from(tenths) / 10.0);
    let mut weighed = 0.0;
    let mut fields = 0;
    for field in 0..FIELDS {
        if frequencies[field] > 0.0 {
            let norm = 1.0 - LENGTH_NORM[field] + LENGTH_NORM[field] * lengths[field] / average[field].max(1.0);
            weighed += FIELD_WEIGHT[field] * frequencies[field] / norm;
            fields |= 1 << field;
        }
    }
    let frequency: f32 = frequencies.iter().sum();
    let length = lengths.iter().sum::<f32>() / average.iter().sum::<f32>().max(1.0);
    let norm = WHOLE_SATURATION * (1.0 - WHOLE_LENGTH_NORM + WHOLE_LENGTH_NORM * length);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "impacts lie in 0..1")]
    let (impact, whole) = (
        (weighed / (SATURATION + weighed) * f32::from(u16::MAX)) as u16,
        (frequency / (norm + frequency) * f32::from(u8::MAX)) as u8,
    );
    Posting { article: u32::try_from(article).unwrap_or(u32::MAX), impact, fields, whole }
}
