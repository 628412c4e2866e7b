//! What speaks for and against an article, as numbers that a linear model can weigh.

use std::sync::Arc;

use super::article::{Shape, TextField, Voice};
use super::lexicon::Lexicon;
use super::postings::{Posting, Postings, TermId};
use super::query::{Query, Role};
use super::role_factor;
use super::terms::TermHash;
use super::window::{Agreement, Message, Scratch, align};
use super::{Known, KnownArticles, Near, Scores, SignatureSigns};

/// Names of the features, in order, and the sign that their weight may have: `+` speaks for an article, `-` against it.
pub const FEATURES: [(&str, char); FEATURE_COUNT] = [
    ("retrieval", '+'),
    ("retrieval_share", '+'),
    ("retrieval_head", '+'),
    ("whole", '+'),
    ("whole_share", '+'),
    ("explained", '+'),
    ("explained_known", '+'),
    ("explained_rare", '+'),
    ("message_shared", '+'),
    ("message_coverage", '+'),
    ("message_in_order", '+'),
    ("message_whole", '+'),
    ("message_density", '+'),
    ("message_exact", '+'),
    ("opening_coverage", '+'),
    ("opening_shared", '+'),
    ("line_explained", '+'),
    ("error_line_explained", '+'),
    ("heading_coverage", '+'),
    ("own_code", '+'),
    ("own_name", '+'),
    ("code_in_text", '+'),
    ("other_code", '-'),
    ("foreign_code", '-'),
    ("own_code_absent", '-'),
    ("signature", '+'),
    ("signature_code", '+'),
    ("pairs", '+'),
    ("concepts", '+'),
    ("in_symptoms", '+'),
    ("in_solution", '+'),
    ("leading_line", '+'),
    ("label", '+'),
    ("other_label", '-'),
    ("context", '+'),
    ("context_contradicts", '-'),
    ("telling", '+'),
];

pub(in crate::engine) const FEATURE_COUNT: usize = 37;

/// Features of which it also counts how far a candidate stands before all others.
pub const LEADS: [&str; 2] = ["own_code", "error_line_explained"];
/// Features that speak of a candidate alone: among several the ranking goes by others.
pub const UNRANKED: [&str; 1] = ["telling"];

/// Where in the features stands what is known of the context, which retrieval does not read.
pub(in crate::engine) const CONTEXT: usize = 34;
pub(in crate::engine) const CONTEXT_CONTRADICTS: usize = 35;

/// What exact matching says of an article.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(in crate::engine) struct Signs {
    /// Weight of the strongest message that matched, in characters of rare literal text.
    pub(in crate::engine) message: f32,
    /// Weight of the strongest code that matched.
    pub(in crate::engine) code: f32,
}

/// How much less each code before it lets a code count.
const LATER_CODE: f32 = 0.25;
/// Shared words must say so much, as a share of what a word says that no article holds.
const LEAST_SAID: f32 = 0.45;
/// A message is nearly there, so that a name it lacks is another's, when so much of it is.
const NEARLY: f32 = 0.75;
/// Rarity of a label that is as telling as a product's name, in nats.
const LABEL_SCALE: f32 = 5.0;
/// The most informative terms of a report that `explained_rare` looks at.
const RARE_TERMS: usize = 8;

/// Reads the features of one report's candidates.
pub(super) struct Reader<'a> {
    query: &'a Query,
    index: &'a Postings,
    scores: &'a Scores,
    best_score: f32,
    best_whole: f32,
    /// What the most informative single terms say, in nats.
    rare_information: f32,
    total_information: f32,
    most_salient: f32,
    /// The first of the lines that count most.
    error_line: u32,
    /// The labels that the report shows, with their rarity.
    labels: Vec<(TermHash, f32)>,
    /// What each single term says, in nats.
    said: Arc<[f32]>,
    /// Whether a term is one of the rare ones, by its position in `query.terms`.
    is_rare: Vec<bool>,
}

/// The terms that a candidate holds, one bit each, and what they say.
struct Held {
    bits: Vec<u64>,
    shared: Shared,
}

impl Held {
    fn holds(&self, term: u32) -> bool {
        self.bits.get(term as usize / 64).is_some_and(|bits| bits >> (term % 64) & 1 == 1)
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        query: &'a Query,
        index: &'a Postings,
        labels: &[TermHash],
        scores: &'a Scores,
        lexicon: &Lexicon,
    ) -> Self {
        let best = |scores: &[f32]| scores.iter().copied().fold(0.0, f32::max);
        let (best_score, best_whole) = (best(&scores.by_field), best(&scores.as_a_whole));
        let worth = |at: usize| query.terms[at].weight * query.terms[at].rarity;
        let mut rare: Vec<usize> = (0..query.terms.len())
            .filter(|at| matches!(query.terms[*at].role, Role::Single(_)) && query.terms[*at].id.is_some())
            .collect();
        rare.sort_by(|a, b| worth(*b).total_cmp(&worth(*a)));
        rare.truncate(RARE_TERMS);
        let said = (0..query.terms.len())
            .map(|at| if matches!(query.terms[at].role, Role::Single(_)) { worth(at) } else { 0.0 })
            .collect();
        let mut is_rare = vec![false; query.terms.len()];
        for &at in &rare {
            is_rare[at] = true;
        }
        let rare_information = rare.iter().map(|at| worth(*at)).sum();
        let total_information = query.information;
        let most_salient = query.places.iter().map(|place| place.weight).fold(0.0, f32::max);
        let heaviest = query.lines.iter().map(|(_, salience)| *salience).fold(0.0, f32::max);
        let error_line = query.lines.iter().position(|(_, salience)| *salience >= heaviest).unwrap_or(0);
        let error_line = u32::try_from(error_line).unwrap_or(u32::MAX);
        let shown = labels.iter().filter_map(|label| Some((*label, index.id(*label)?)));
        let shown = shown.filter(|(_, id)| query.occurrences(*id).is_some());
        let labels = shown.map(|(label, id)| (label, index.rarity(label, Some(id), lexicon))).collect();
        Self {
            query,
            index,
            scores,
            best_score,
            best_whole,
            rare_information,
            total_information,
            most_salient,
            error_line,
            labels,
            said,
            is_rare,
        }
    }

    /// Looks at candidates, by ascending position.
    pub(super) fn read_all(&self, chosen: &[usize], known: &KnownArticles, signs: &SignatureSigns) -> Vec<Near> {
        let held = self.held(chosen);
        let near = chosen.iter().zip(&held);
        near.map(|(&article, held)| self.read(article, known.of(article), held, signs.get(&article))).collect()
    }

    fn read(&self, article: usize, known: &Known, held: &Held, signs: Option<&Signs>) -> Near {
        let (score, whole) = (self.scores.by_field[article], self.scores.as_a_whole[article]);
        let shared = &held.shared;
        let Alignments { printed: best, heading, opening } = self.alignments(&known.messages);
        let names = self.names(article, &known.own_names);
        let [own_label, other_label] = [true, false].map(|own| self.label(known, own));
        let signs = signs.copied().unwrap_or_default();
        let ln1 = |value: f32| (1.0 + value.max(0.0)).ln();
        let symptomatic = shared.symptoms / shared.all.max(1e-6);
        let features = [
            ln1(score),
            score / self.best_score.max(1e-6),
            ln1(shared.head),
            ln1(whole),
            whole / self.best_whole.max(1e-6),
            shared.explained / self.total_information.max(1e-6),
            shared.explained / self.query.known_information.max(1e-6),
            shared.explained_rare / self.rare_information.max(1e-6),
            ln1(best.shared),
            best.coverage * (1.0 - (-best.information / 12.0).exp()),
            ln1(best.in_order),
            if best.coverage > 0.8 { ln1(best.information) } else { 0.0 },
            best.density.min(1.0) * best.coverage,
            if best.coverage > 0.95 && best.density > 0.75 { 1.0 - (-best.information / 4.0).exp() } else { 0.0 },
            opening.coverage * (1.0 - (-opening.information / 12.0).exp()),
            ln1(opening.shared),
            best.place.map_or(0.0, |_| self.line_explained(held, best.line)),
            self.line_explained(held, self.error_line),
            heading.coverage * (1.0 - (-heading.information / 8.0).exp()),
            names.own_code,
            names.own_name,
            names.in_text,
            names.other,
            names.foreign,
            names.own_absent,
            ln1(signs.message / 12.0),
            ln1(signs.code / 12.0),
            ln1(shared.pairs),
            ln1(shared.concepts),
            symptomatic,
            shared.solution / shared.all.max(1e-6),
            best.place.map_or(0.0, |_| self.leading(&best)),
            own_label / LABEL_SCALE,
            (other_label - own_label).max(0.0) / LABEL_SCALE,
            0.0,
            0.0,
            self.telling(&known.telling),
        ];
        Near {
            article,
            features,
            best: best.place.or(heading.place).or(opening.place),
            coverage: best.coverage,
            doubt: self.doubt(&best, &names, signs, shared),
            held: held.bits.clone().into(),
            said: Arc::clone(&self.said),
        }
    }

    /// Rarity of the rarest label that the report shows, of the article's own or of the others.
    fn label(&self, known: &Known, own: bool) -> f32 {
        let labels = self.labels.iter().filter(|(label, _)| (known.label == Some(*label)) == own);
        labels.map(|(_, rarity)| *rarity).fold(0.0, f32::max)
    }

    /// What makes a match by words unlikely however much is shared.
    fn doubt(&self, best: &Agreement, names: &Names, signs: Signs, shared: &Shared) -> Option<&'static str> {
        let least = LEAST_SAID * self.index.most_rarity();
        if shared.explained < least && names.own_code == 0.0 && names.own_name == 0.0 {
            return Some("what it shares with the report are words that stand everywhere");
        }
        let nearly = best.coverage >= NEARLY && best.lacks_name;
        let exact = signs.message > 0.0 || signs.code > 0.0 || names.own_code > 0.0 || names.own_name > 0.0;
        (nearly && !exact).then_some("its message names something that the report does not")
    }

    /// Whether the best stretch stands in a line that counts as much as any of the report's.
    fn leading(&self, best: &Agreement) -> f32 {
        let Some((view, span)) = best.place else { return 0.0 };
        let line = self.query.line(best.line);
        let within = line.iter().filter(|place| place.view == view && span.contains(place.span));
        within.map(|place| place.weight).fold(0.0, f32::max) / self.most_salient.max(1e-6)
    }

    /// Share of what an article's most telling words say that the report has.
    fn telling(&self, words: &[(TermId, f32)]) -> f32 {
        let said = |shown: bool| -> f32 {
            let words = words.iter().filter(|(id, _)| !shown || self.query.occurrences(*id).is_some());
            words.map(|(_, says)| says).sum()
        };
        said(true) / said(false).max(1e-6)
    }

    /// Share of what a line says that the article says too.
    fn line_explained(&self, held: &Held, line: u32) -> f32 {
        let (mut all, mut shared) = (1e-6, 0.0);
        for place in self.query.line(line) {
            all += place.information;
            if held.holds(place.term) {
                shared += place.information;
            }
        }
        // A line that says little is easily explained.
        shared / all * (1.0 - (-all / 12.0).exp())
    }

    /// What each candidate, by ascending position, shares with the report.
    fn held(&self, chosen: &[usize]) -> Vec<Held> {
        let words = self.query.terms.len().div_ceil(64);
        let mut held: Vec<Held> =
            chosen.iter().map(|_| Held { bits: vec![0; words], shared: Shared::default() }).collect();
        for (at, term) in self.query.terms.iter().enumerate() {
            let Some(id) = term.id else { continue };
            let postings = self.index.of(id);
            // Whichever list is shorter leads.
            if postings.len() < chosen.len() {
                for posting in postings.iter() {
                    if let Ok(slot) = chosen.binary_search(&(posting.article as usize)) {
                        self.add(&mut held[slot], at, posting);
                    }
                }
            } else {
                for (slot, article) in chosen.iter().enumerate() {
                    if let Some(posting) = self.index.find(id, u32::try_from(*article).unwrap_or(u32::MAX)) {
                        self.add(&mut held[slot], at, posting);
                    }
                }
            }
        }
        held
    }

    fn add(&self, held: &mut Held, at: usize, posting: Posting) {
        let heads = TextField::Title.mask() | TextField::Message.mask();
        let term = &self.query.terms[at];
        let shared = &mut held.shared;
        let said = term.weight * term.rarity;
        let worth = said * posting.impact() * role_factor(term.role);
        shared.all += worth;
        if posting.fields & heads != 0 {
            shared.head += worth;
        }
        if posting.fields & (heads | TextField::Overview.mask()) != 0 {
            shared.symptoms += worth;
        }
        if posting.fields == TextField::Solution.mask() {
            shared.solution += worth;
        }
        match term.role {
            Role::Single(_) => {
                held.bits[at / 64] |= 1 << (at % 64);
                shared.explained += said;
                if self.is_rare[at] {
                    shared.explained_rare += said;
                }
            }
            Role::Pair => shared.pairs += worth,
            Role::Concept => shared.concepts += worth,
            Role::Part => {}
        }
    }

    fn alignments(&self, messages: &[Message]) -> Alignments {
        let mut scratch = Scratch::default();
        let mut best = Alignments::default();
        for message in messages {
            let found = align(message, self.query, &mut scratch);
            let slots = match message.voice {
                // A heading often is the message.
                Voice::Heading => [Some(&mut best.heading), Some(&mut best.printed)],
                Voice::Printed => [Some(&mut best.printed), None],
                Voice::Prose => [Some(&mut best.opening), None],
            };
            for slot in slots.into_iter().flatten() {
                if found.quality() > slot.quality() {
                    *slot = found;
                }
            }
        }
        best
    }

    fn names(&self, article: usize, own_names: &[(TermHash, Shape)]) -> Names {
        let article = u32::try_from(article).unwrap_or(u32::MAX);
        let mut names = Names::default();
        let holds = |term: TermHash| self.index.id(term).and_then(|id| self.index.find(id, article)).is_some();
        let is_code = |shape: &Shape| shape.is_code();
        let mut before = 0;
        for named in &self.query.named {
            let own = own_names.iter().any(|(term, _)| *term == named.term);
            let code = is_code(&named.shape);
            let weight = named.weight * if named.in_error_position { 1.0 } else { 0.7 };
            // Of several codes the first is the cause and the others mostly follow from it.
            let weight = weight / (1.0 + LATER_CODE * before as f32);
            before += usize::from(code && named.in_error_position);
            if own {
                let slot = if code || named.shape.is_handle() { &mut names.own_code } else { &mut names.own_name };
                *slot = slot.max(weight);
            } else if named.shape.is_handle() {
                // Nobody's, and nothing to be held against an article.
            } else if holds(named.term) {
                names.in_text = names.in_text.max(weight);
            } else if code && own_names.iter().any(|(_, shape)| *shape == named.shape) {
                names.other = names.other.max(weight);
            } else if named.in_error_position {
                names.foreign = names.foreign.max(weight * if code { 1.0 } else { 0.5 });
            }
        }
        if names.own_code == 0.0 && names.own_name == 0.0 && own_names.iter().any(|(_, shape)| is_code(shape)) {
            names.own_absent = 1.0;
        } else {
            names.other = 0.0;
        }
        names
    }
}

/// How well the messages of each voice agree, the best of each.
#[derive(Default)]
struct Alignments {
    printed: Agreement,
    heading: Agreement,
    opening: Agreement,
}

/// What report and article share, in nats.
#[derive(Default)]
struct Shared {
    all: f32,
    /// Of terms in title and messages.
    head: f32,
    symptoms: f32,
    solution: f32,
    explained: f32,
    explained_rare: f32,
    pairs: f32,
    concepts: f32,
}

/// What the codes and names say.
#[derive(Default)]
struct Names {
    /// The report carries the article's own code, or its own name.
    own_code: f32,
    own_name: f32,
    /// It carries one that the article mentions.
    in_text: f32,
    /// It carries another code of the same family and not the article's own.
    other: f32,
    /// It carries a code in an error's position that the article does not know.
    foreign: f32,
    own_absent: f32,
}
