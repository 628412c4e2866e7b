//! The inverted index: which articles hold a term, and how much it says about them.
//!
//! Scores are BM25F (Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields", CIKM 2004): the
//! frequencies of a term in the fields of an article are weighed and normalised by field length, added up, and saturate.

use super::article::{ArticleText, FIELDS};
use super::lexicon::Lexicon;
use super::terms::{TermHash, TermMap};

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
#[derive(Debug, Clone, Copy, PartialEq)]
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

/// Postings of all terms, by number.
#[derive(Debug, Default)]
pub(super) struct Postings {
    ids: TermMap<TermId>,
    /// Where each term's postings start; one more than there are terms.
    starts: Vec<u32>,
    all: Vec<Posting>,
    /// Rarity of each term, everyday words held down, see [`Lexicon::most_rarity`].
    rarities: Vec<f32>,
    articles: usize,
}

impl Postings {
    /// Indexes articles; positions are those of the slice.
    pub(super) fn new(texts: &[ArticleText], lexicon: &Lexicon) -> Self {
        let count = texts.len().max(1) as f32;
        let mut average = [0.0_f32; FIELDS];
        for text in texts {
            for (sum, length) in average.iter_mut().zip(text.lengths) {
                *sum += length / count;
            }
        }
        let mut ids: TermMap<TermId> = TermMap::default();
        let mut sizes: Vec<u32> = Vec::new();
        for term in texts.iter().flat_map(|text| text.frequencies.keys()) {
            let id = *ids.entry(*term).or_insert_with(|| {
                sizes.push(0);
                TermId::try_from(sizes.len() - 1).unwrap_or(TermId::MAX)
            });
            sizes[id as usize] += 1;
        }
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut at = 0;
        for size in &sizes {
            starts.push(at);
            at += size;
        }
        starts.push(at);
        let mut next: Vec<u32> = starts.clone();
        let mut postings = vec![Posting { article: 0, impact: 0, fields: 0, whole: 0 }; at as usize];
        for (article, text) in texts.iter().enumerate() {
            for (term, frequencies) in &text.frequencies {
                let slot = &mut next[ids[term] as usize];
                postings[*slot as usize] = posting(article, frequencies, &text.lengths, &average);
                *slot += 1;
            }
        }
        let mut index = Self { ids, starts, all: postings, rarities: Vec::new(), articles: texts.len() };
        let unknown = rarity(texts.len(), 0);
        let mut rarities = vec![0.0; sizes.len()];
        for (term, id) in &index.ids {
            rarities[*id as usize] = rarity(texts.len(), sizes[*id as usize]).min(unknown * lexicon.most_rarity(*term));
        }
        index.rarities = rarities;
        index
    }

    pub(super) fn articles(&self) -> usize {
        self.articles
    }

    pub(super) fn id(&self, term: TermHash) -> Option<TermId> {
        self.ids.get(&term).copied()
    }

    /// The articles that hold a term, by position.
    pub(super) fn of(&self, id: TermId) -> &[Posting] {
        let range = |at: usize| self.starts.get(at).map_or(0, |start| *start as usize);
        &self.all[range(id as usize)..range(id as usize + 1)]
    }

    /// The posting of a term for one article.
    pub(super) fn find(&self, id: TermId, article: u32) -> Option<Posting> {
        let postings = self.of(id);
        postings.binary_search_by_key(&article, |posting| posting.article).ok().map(|at| postings[at])
    }

    /// Rarity of a term in nats: the logarithm of the articles over those that hold it, at least 0, and little for
    /// everyday words. A term that no article holds is as rare as can be, unless it is an everyday word too.
    pub(super) fn rarity(&self, id: Option<TermId>) -> f32 {
        id.map_or_else(|| rarity(self.articles, 0), |id| self.rarities[id as usize])
    }

    /// Rarity of a term in nats by the knowledge base alone: in a phrase everyday words tell as much as others.
    pub(super) fn rarity_in_phrase(&self, id: Option<TermId>) -> f32 {
        rarity(self.articles, id.map_or(0, |id| u32::try_from(self.of(id).len()).unwrap_or(u32::MAX)))
    }
}

/// The logarithm of the articles over those that hold a term, at least 0.
fn rarity(articles: usize, holding: u32) -> f32 {
    ((articles as f32 + 1.0) / (holding as f32 + 0.5)).ln().max(0.0)
}

fn posting(article: usize, frequencies: &[f32; FIELDS], lengths: &[f32; FIELDS], average: &[f32; FIELDS]) -> Posting {
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
