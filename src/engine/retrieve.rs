//! Which articles are near a report by words, codes and phrases.
//!
//! Every word and every phrase of up to four words that report and article share counts by its rarity in the knowledge
//! base, more in the title than in the solution. This is what answers when no signature decides.

use std::collections::{HashMap, HashSet};

use super::words::{Gram, GramMap, GramSet, MAX_PHRASE, Word, phrase, words};
use crate::article::{Article, Condition, TemplatePiece};
use crate::report::{ByteSpan, Report, ViewIndex};

/// Most articles that retrieval hands on.
const MAX_NEAR: usize = 20;
/// Most bytes of a report's text that are read for words, from the start and the end.
const MAX_WORD_BYTES: usize = 256 << 10;

/// How much a word of each field counts. Title and message name the problem; a solution mentions many things.
const TITLE: f32 = 2.0;
const MESSAGE: f32 = 2.0;
const OVERVIEW: f32 = 1.5;
const CAUSE: f32 = 1.0;
const OTHER: f32 = 0.8;
const SOLUTION: f32 = 0.6;

/// The words of a report in the views worth reading.
pub(super) struct ReportWords {
    by_view: Vec<(ViewIndex, Vec<Word>)>,
}

/// An article that shares words with a report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Near {
    pub(super) article: usize,
    /// Sum over shared words and phrases of rarity times field weight, in nats.
    pub(super) score: f64,
    /// Share of what the article's title and message say that the report says too, 0..=1.
    pub(super) coverage: f64,
    /// The view and the run of words that say most.
    pub(super) best: Option<(ViewIndex, ByteSpan)>,
    /// What that run says, in nats.
    pub(super) best_run: f64,
}

/// Postings of words and phrases.
#[derive(Debug, Default)]
pub(super) struct WordIndex {
    postings: GramMap<Vec<(u32, f32)>>,
    /// For each article what its title and message say, in nats.
    heading: Vec<f64>,
    heading_grams: Vec<GramSet>,
}

impl ReportWords {
    /// Reads the most decoded views of each part.
    pub(super) fn read(report: &Report) -> Self {
        let parents: HashSet<ViewIndex> = report.views.iter().filter_map(|view| view.parent).collect();
        let mut left = MAX_WORD_BYTES;
        let mut by_view = Vec::new();
        for index in (0..report.views.len()).filter(|index| !parents.contains(index)) {
            let text = report.view_text(index);
            if left == 0 {
                break;
            }
            let end = super::template::floor_boundary(text, left);
            left -= end;
            by_view.push((index, words(&text[..end])));
        }
        Self { by_view }
    }

    fn grams(&self) -> GramMap<f64> {
        let mut grams = GramMap::default();
        for (_, words) in &self.by_view {
            each_gram(words, |gram, factor| {
                grams.insert(gram, factor);
            });
        }
        grams
    }
}

/// Calls `visit` with every phrase and how much its kind counts: a code more than a word, each further word of a phrase a
/// little less than the one before, since its words have been counted too.
fn each_gram(words: &[Word], mut visit: impl FnMut(Gram, f64)) {
    for start in 0..words.len() {
        for length in 1..=MAX_PHRASE.min(words.len() - start) {
            let run = &words[start..start + length];
            let factor = match run {
                [word] if word.code_like => 2.0,
                [_] => 1.0,
                _ => 0.6,
            };
            visit(phrase(run), factor);
        }
    }
}

impl WordIndex {
    /// Indexes articles; positions are those of the iterator.
    pub(super) fn new<'a>(articles: impl Iterator<Item = &'a Article>) -> Self {
        let mut index = Self::default();
        for (number, article) in articles.enumerate() {
            let mut grams: GramMap<f32> = GramMap::default();
            let mut heading = GramSet::default();
            for (text, weight) in texts(article) {
                let words = words(&text);
                each_gram(&words, |gram, _| {
                    let best = grams.entry(gram).or_default();
                    *best = best.max(weight);
                    if weight >= MESSAGE {
                        heading.insert(gram);
                    }
                });
            }
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            for (gram, weight) in grams {
                index.postings.entry(gram).or_default().push((number, weight));
            }
            index.heading_grams.push(heading);
        }
        index.heading =
            index.heading_grams.iter().map(|grams| grams.iter().map(|gram| index.rarity(*gram)).sum()).collect();
        index
    }

    /// Rarity of a word or phrase in nats: the logarithm of the articles over those that have it, at least 0.
    fn rarity(&self, gram: Gram) -> f64 {
        let total = self.heading_grams.len() as f64;
        let having = self.postings.get(&gram).map_or(0, Vec::len) as f64;
        ((total + 1.0) / (having + 0.5)).ln().max(0.0)
    }

    /// The nearest articles, best first.
    pub(super) fn nearest(&self, words: &ReportWords) -> Vec<Near> {
        let grams = words.grams();
        let mut scores: HashMap<u32, f64> = HashMap::new();
        for (&gram, &factor) in &grams {
            let Some(postings) = self.postings.get(&gram) else { continue };
            let rarity = self.rarity(gram) * factor;
            for &(article, weight) in postings {
                *scores.entry(article).or_default() += rarity * f64::from(weight);
            }
        }
        let mut ranked: Vec<(u32, f64)> = scores.into_iter().filter(|(_, score)| *score > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(MAX_NEAR);
        ranked
            .into_iter()
            .map(|(article, score)| {
                let position = article as usize;
                let said: f64 = self.heading_grams[position]
                    .iter()
                    .filter(|gram| grams.contains_key(gram))
                    .map(|gram| self.rarity(*gram))
                    .sum();
                let (best_run, best) = self.best_run(article, words);
                let coverage = said / self.heading[position].max(1e-9);
                Near { article: position, score, coverage: coverage.min(1.0), best, best_run }
            })
            .collect()
    }

    /// The run of consecutive words that the article has as phrases too and that says most.
    fn best_run(&self, article: u32, words: &ReportWords) -> (f64, Option<(ViewIndex, ByteSpan)>) {
        let mut best = (0.0, None);
        for (view, words) in &words.by_view {
            let mut run: Option<(f64, ByteSpan)> = None;
            for (at, word) in words.iter().enumerate() {
                let known = self.has(article, word.hash);
                let joined = at > 0 && run.is_some() && self.has(article, phrase(&words[at - 1..=at]));
                run = match run {
                    Some((said, span)) if known && joined => {
                        Some((said + self.rarity(word.hash), span.cover(word.span)))
                    }
                    _ if known => Some((self.rarity(word.hash), word.span)),
                    _ => None,
                };
                if let Some((said, span)) = run
                    && said > best.0
                {
                    best = (said, Some((*view, span)));
                }
            }
        }
        best
    }

    fn has(&self, article: u32, gram: Gram) -> bool {
        self.postings
            .get(&gram)
            .is_some_and(|postings| postings.binary_search_by_key(&article, |&(number, _)| number).is_ok())
    }
}

/// The texts of an article and how much their words count.
fn texts(article: &Article) -> Vec<(String, f32)> {
    let mut texts = vec![
        (article.title.clone(), TITLE),
        (article.overview.clone(), OVERVIEW),
        (article.applies_to.join("\n"), OTHER),
        (article.tags.join("\n"), OTHER),
        (article.cause.clone(), CAUSE),
        (article.solution.clone(), SOLUTION),
    ];
    texts
        .extend(article.other_sections.iter().map(|section| (format!("{}\n{}", section.heading, section.text), OTHER)));
    for signature in &article.signatures {
        message_texts(&signature.condition, &mut texts);
    }
    texts
}

fn message_texts(condition: &Condition, texts: &mut Vec<(String, f32)>) {
    match condition {
        Condition::Template(template) => {
            let literals = template.pieces.iter().filter_map(|piece| match piece {
                TemplatePiece::Literal(text) => Some((text.clone(), MESSAGE)),
                TemplatePiece::Wildcard { .. } => None,
            });
            texts.extend(literals);
        }
        Condition::Code(code) => texts.push((code.text.clone(), MESSAGE)),
        Condition::All { conditions, .. } | Condition::Any(conditions) => {
            for condition in conditions {
                message_texts(condition, texts);
            }
        }
        Condition::Regex(_) | Condition::Where(_) | Condition::None(_) => {}
    }
}
