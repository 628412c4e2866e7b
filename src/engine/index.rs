//! All published articles of one version of the knowledge base, compiled: what a report is held against.
//!
//! An index is a base, built of all articles at once, and the few articles that changed since, which a new index takes in
//! without touching the base: they are compiled into a segment of their own behind it, and what they replace is passed
//! over. What depends on all articles (how rare a word is, how long articles are, which derived messages others print
//! too) is taken from the base, until a new base is built of everything.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use super::EnginePart;
use super::compiled::CompiledSignature;
use super::evaluate::Reading;
use super::rarity::Rarity;
use super::retrieve::WordIndex;
use super::scan::{Scanner, SignatureRef};
use super::segment::{Begin, MakeScanner, Segment};
use super::standing::{inherited, standings};
use super::starts::StartHit;
use crate::article::{Article, Condition, Slug, TemplatePiece};
use crate::report::Report;

pub(super) use super::segment::CompiledArticle;

/// An article as the store publishes it.
#[derive(Debug, Clone)]
pub struct PublishedArticle {
    /// The article.
    pub article: Arc<Article>,
    /// Its revision, counted from 1.
    pub revision: u32,
}

/// An article that could not be compiled and is left out.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refused {
    /// The article.
    pub id: Slug,
    /// Why, naming the signature.
    pub reason: String,
}

/// Compiled articles and the structures that find them.
#[derive(Debug)]
pub(super) struct Index {
    base: Arc<Base>,
    /// What changed since the base was built.
    changes: Option<Changes>,
    pub(super) words: WordIndex,
}

/// The articles that were there when all were compiled.
#[derive(Debug)]
struct Base {
    segment: Segment,
    rarity: Rarity,
    positions: HashMap<Slug, usize>,
    refused: Vec<Refused>,
}

/// The articles that changed since.
#[derive(Debug)]
struct Changes {
    segment: Segment,
    /// Positions of the changed articles; `None` for those that no longer answer.
    positions: HashMap<Slug, Option<usize>>,
    /// Positions in the base that they leave empty.
    gone: HashSet<usize>,
    /// What was changed, for the next change.
    changed: BTreeMap<Slug, Option<PublishedArticle>>,
    refused: Vec<Refused>,
}

impl Index {
    /// Compiles articles. One that cannot be compiled is refused and does not stop the others.
    pub(super) fn build(articles: Vec<PublishedArticle>, without: Option<EnginePart>) -> (Self, Vec<Refused>) {
        Self::build_by(Scanner::new, articles, without)
    }

    /// The same with every signature tried on every text.
    pub(super) fn build_exhaustive(articles: Vec<PublishedArticle>) -> (Self, Vec<Refused>) {
        Self::build_by(Scanner::exhaustive, articles, None)
    }

    fn build_by(
        make: MakeScanner,
        articles: Vec<PublishedArticle>,
        without: Option<EnginePart>,
    ) -> (Self, Vec<Refused>) {
        let mut rarity = Rarity::default();
        for published in &articles {
            let mut literals = Vec::new();
            published.article.signatures.iter().for_each(|s| literal_texts(&s.condition, &mut literals));
            rarity.add(literals.into_iter());
        }
        let (mut segment, refused) = Segment::build(Begin::default(), articles, &rarity, make);
        let standings = standings(&segment);
        segment.set_standings(standings);
        let words = WordIndex::new(segment.articles().map(|(_, article)| article.article()), without);
        (Self::of(segment, rarity, refused.clone(), words), refused)
    }

    /// An index of its parts, as they were made or read back.
    pub(super) fn of(segment: Segment, rarity: Rarity, refused: Vec<Refused>, words: WordIndex) -> Self {
        let positions = segment.articles().map(|(at, article)| (article.article().id.clone(), at)).collect();
        let base = Base { segment, rarity, positions, refused };
        Self { base: Arc::new(base), changes: None, words }
    }

    /// What was compiled together: the articles, the rarities of words, and what was refused.
    pub(super) fn base(&self) -> (&Segment, &Rarity, &[Refused]) {
        (&self.base.segment, &self.base.rarity, &self.base.refused)
    }

    /// The index after articles were changed, added (`Some`) or taken away (`None`). The base stays as it is.
    pub(super) fn with_changes(&self, more: BTreeMap<Slug, Option<PublishedArticle>>) -> Self {
        let base = &self.base;
        let mut changed = self.changes.as_ref().map(|changes| changes.changed.clone()).unwrap_or_default();
        changed.extend(more);
        // What came and went since the base was built leaves nothing.
        let refused = |id: &Slug| base.refused.iter().any(|refused| refused.id == *id);
        changed.retain(|id, article| article.is_some() || base.positions.contains_key(id) || refused(id));
        let begin = Begin { article: base.segment.end(), literal: base.segment.next_literal };
        let published = changed.values().flatten().cloned().collect();
        let (mut segment, refused) = Segment::build(begin, published, &base.rarity, Scanner::new);
        let before = |id: &Slug| base.positions.get(id).map(|at| base.segment.article(*at));
        let standings = inherited(&segment, before);
        segment.set_standings(standings);
        let gone: HashSet<usize> = changed.keys().filter_map(|id| base.positions.get(id)).copied().collect();
        let words = self.words.with_changes(segment.articles().map(|(_, article)| article.article()), &gone);
        let mut positions: HashMap<Slug, Option<usize>> = changed.keys().map(|id| (id.clone(), None)).collect();
        positions.extend(segment.articles().map(|(at, article)| (article.article().id.clone(), Some(at))));
        let changes = Changes { segment, positions, gone, changed, refused };
        Self { base: Arc::clone(base), changes: Some(changes), words }
    }

    /// The articles that could not be compiled.
    pub(super) fn refused(&self) -> Vec<Refused> {
        let changes = self.changes.as_ref();
        let stands = |refused: &&Refused| changes.is_none_or(|changes| !changes.positions.contains_key(&refused.id));
        let base = self.base.refused.iter().filter(stands);
        base.chain(changes.iter().flat_map(|changes| &changes.refused)).cloned().collect()
    }

    /// Number of articles that changed since the base was built.
    pub(super) fn changed(&self) -> usize {
        self.changes.as_ref().map_or(0, |changes| changes.changed.len())
    }

    /// The articles that can answer, with their positions.
    pub(super) fn articles(&self) -> impl Iterator<Item = (usize, &CompiledArticle)> {
        self.segments().flat_map(Segment::articles).filter(|(at, _)| self.answers(*at))
    }

    /// Number of articles that can answer.
    pub(super) fn article_count(&self) -> usize {
        self.segments().map(|segment| segment.articles().len()).sum::<usize>()
            - self.changes.as_ref().map_or(0, |changes| changes.gone.len())
    }

    /// The article at a position that this index named.
    pub(super) fn article(&self, position: usize) -> &CompiledArticle {
        let changes = self.changes.as_ref().filter(|_| position >= self.base.segment.end());
        changes.map_or(&self.base.segment, |changes| &changes.segment).article(position)
    }

    pub(super) fn signature(&self, reference: SignatureRef) -> &CompiledSignature {
        &self.article(reference.article).signatures[reference.signature]
    }

    /// Where the article with an id stands, if it can answer.
    pub(super) fn position(&self, id: &Slug) -> Option<usize> {
        match self.changes.as_ref().and_then(|changes| changes.positions.get(id)) {
            Some(changed) => *changed,
            None => self.base.positions.get(id).copied(),
        }
    }

    /// The article that answers instead of one that is superseded: the last published one that `superseded_by` leads to.
    /// A circle leaves the article as it is.
    pub(super) fn successor(&self, position: usize) -> Option<usize> {
        let mut seen = vec![position];
        while let Some(next) = self.article(seen[seen.len() - 1]).article().superseded_by.as_ref()
            && let Some(at) = self.position(next)
        {
            if seen.contains(&at) {
                return None;
            }
            seen.push(at);
        }
        seen.pop().filter(|last| *last != position)
    }

    /// Reads a report: which literals occur in which views.
    pub(super) fn read<'r>(&self, report: &'r Report) -> Reading<'r> {
        let mut reading = Reading::new(report);
        self.segments().for_each(|segment| segment.read(&mut reading));
        reading
    }

    /// The signatures that what was read can match, in order.
    pub(super) fn candidates(&self, reading: &Reading<'_>) -> Vec<SignatureRef> {
        let mut candidates = Vec::new();
        self.segments().for_each(|segment| segment.candidates(reading, &mut candidates));
        candidates.retain(|signature| self.answers(signature.article));
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// The templates whose beginning stands at an end of the report, by signature.
    pub(super) fn starts(&self, report: &Report) -> Vec<StartHit> {
        let mut hits: Vec<StartHit> = self.segments().flat_map(|segment| segment.starts(report)).collect();
        hits.retain(|hit| self.answers(hit.signature.article));
        hits
    }

    fn segments(&self) -> impl Iterator<Item = &Segment> {
        std::iter::once(&self.base.segment).chain(self.changes.as_ref().map(|changes| &changes.segment))
    }

    /// Whether the article at a position was not replaced or taken away.
    fn answers(&self, position: usize) -> bool {
        self.changes.as_ref().is_none_or(|changes| !changes.gone.contains(&position))
    }
}

fn literal_texts<'a>(condition: &'a Condition, texts: &mut Vec<&'a str>) {
    match condition {
        Condition::Template(template) => texts.extend(template.pieces.iter().filter_map(|piece| match piece {
            TemplatePiece::Literal(text) => Some(text.as_str()),
            TemplatePiece::Wildcard { .. } => None,
        })),
        Condition::Code(code) => texts.push(&code.text),
        Condition::All { conditions, .. } | Condition::Any(conditions) => {
            for condition in conditions {
                literal_texts(condition, texts);
            }
        }
        Condition::Regex(_) | Condition::Where(_) | Condition::None(_) => {}
    }
}
