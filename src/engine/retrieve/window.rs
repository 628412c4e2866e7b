//! How well a stretch of the report agrees with a message of an article.
//!
//! The terms of a message are looked up in the report; the stretch of tokens that holds most of what the message says
//! wins. Whole reports share words with everything; a stretch no longer than the message does so only when it is that
//! message.

use borsh::{BorshDeserialize, BorshSerialize};

use super::article::Voice;
use super::postings::{Postings, TermId};
use super::query::Query;
use super::terms::MessageWord;
use crate::engine::flat::{self, Flat};
use crate::report::{ByteSpan, ViewIndex};

/// A stretch may be this much longer than the message: values stand where the message has wildcards.
const STRETCH: usize = 2;
const SLACK: usize = 8;
/// What a meaning counts in a message, beside a word as rare: meanings find messages in other words, and make the messages
/// of siblings look alike.
const MEANING_SHARE: f32 = 0.5;

/// A message of an article, ready to be aligned.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct Message {
    pub(super) voice: Voice,
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    terms: Box<[MessageTerm]>,
    /// What its distinct terms say, in nats.
    information: f32,
}

/// A term of a message: its number in 29 bits, whether it is a code or a compound name, what words mean, and whether it
/// stood in the message before.
#[derive(Debug, Clone, Copy)]
struct MessageTerm(u32);

impl Flat for MessageTerm {
    type Bits = u32;

    fn to_bits(self) -> u32 {
        self.0
    }

    fn from_bits(bits: u32) -> Self {
        Self(bits)
    }
}

impl MessageTerm {
    const NAMES: u32 = 1 << 31;
    const REPEATED: u32 = 1 << 30;
    const MEANING: u32 = 1 << 29;
    /// The number of a term that no field of an article holds.
    const UNKNOWN: TermId = Self::MEANING - 1;

    fn new(id: Option<TermId>, word: MessageWord, repeated: bool) -> Self {
        let flags = [(word.names, Self::NAMES), (word.meaning, Self::MEANING), (repeated, Self::REPEATED)];
        let set = flags.iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag);
        Self(id.unwrap_or(Self::UNKNOWN).min(Self::UNKNOWN) | set)
    }

    /// What is left of what the term says in a message.
    fn share(self) -> f32 {
        if self.0 & Self::MEANING == 0 { 1.0 } else { MEANING_SHARE }
    }

    fn id(self) -> TermId {
        self.0 & Self::UNKNOWN
    }

    fn names(self) -> bool {
        self.0 & Self::NAMES != 0
    }

    fn repeated(self) -> bool {
        self.0 & Self::REPEATED != 0
    }
}

impl Message {
    pub(super) fn new(voice: Voice, terms: &[MessageWord], index: &Postings) -> Self {
        let mut information = 0.0;
        let numbered = terms.iter().enumerate().map(|(at, &word)| {
            let id = index.id(word.term);
            let repeated = terms[..at].iter().any(|before| before.term == word.term);
            let term = MessageTerm::new(id, word, repeated);
            if !repeated {
                information += index.rarity_in_phrase(id) * term.share();
            }
            term
        });
        let terms = numbered.collect();
        Self { voice, terms, information }
    }
}

/// Memory that aligning one message after another uses again.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    found: Vec<(u32, u16)>,
    counts: Vec<u16>,
    /// What each term of the message that is found says, in nats.
    rarities: Vec<f32>,
}

/// The best stretch for a message.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Agreement {
    /// What the shared terms say, in nats, weighed by where they stand.
    pub(super) shared: f32,
    /// Share of what the message says that the stretch says too, 0..=1.
    pub(super) coverage: f32,
    /// What the message says, in nats.
    pub(super) information: f32,
    /// What neighbouring terms in the message's order say, in nats.
    pub(super) in_order: f32,
    /// Share of the tokens of the stretch that the message has too, 0..=1.
    pub(super) density: f32,
    /// A code or name of the message is not in the stretch.
    pub(super) lacks_name: bool,
    /// Where it stands.
    pub(super) place: Option<(ViewIndex, ByteSpan)>,
    pub(super) line: u32,
}

impl Agreement {
    /// By which the best message of an article is chosen.
    pub(super) fn quality(&self) -> f32 {
        (self.shared + 0.5 * self.in_order) * self.coverage.sqrt()
    }
}

/// Aligns a message with the report.
pub(super) fn align(message: &Message, query: &Query, scratch: &mut Scratch) -> Agreement {
    let Scratch { found, counts, rarities } = scratch;
    found.clear();
    rarities.clear();
    rarities.resize(message.terms.len(), 0.0);
    for (number, term) in message.terms.iter().enumerate().filter(|(_, term)| !term.repeated()) {
        if let Some(occurrences) = query.occurrences(term.id()) {
            rarities[number] = occurrences.rarity * term.share();
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            found.extend(occurrences.places.iter().map(|at| (*at, number)));
        }
    }
    if found.is_empty() || message.information <= 0.0 {
        return Agreement { information: message.information, ..Agreement::default() };
    }
    found.sort_unstable();
    let width = u32::try_from(message.terms.len() * STRETCH + SLACK).unwrap_or(u32::MAX);
    counts.clear();
    counts.resize(message.terms.len(), 0);
    let mut first = 0;
    let mut said = 0.0;
    let mut best = (0.0, 0, 0);
    for last in 0..found.len() {
        let (at, number) = found[last];
        let view = query.places[at as usize].view;
        counts[number as usize] += 1;
        if counts[number as usize] == 1 {
            said += rarities[number as usize];
        }
        while at - found[first].0 > width || view != query.places[found[first].0 as usize].view {
            let gone = found[first].1 as usize;
            counts[gone] -= 1;
            if counts[gone] == 0 {
                said -= rarities[gone];
            }
            first += 1;
        }
        let weight = query.places[at as usize].weight;
        if said * weight > best.0 {
            best = (said * weight, first, last);
        }
    }
    measure(&found[best.1..=best.2], query, message, rarities)
}

fn measure(stretch: &[(u32, u16)], query: &Query, message: &Message, rarities: &[f32]) -> Agreement {
    let information = message.information;
    let mut seen: Vec<u16> = Vec::with_capacity(stretch.len());
    let (mut shared, mut plain, mut in_order) = (0.0, 0.0, 0.0);
    let mut previous: Option<(u32, u16)> = None;
    let mut heaviest = (0.0, 0);
    let first = &query.places[stretch[0].0 as usize];
    let mut span = first.span;
    for &(at, number) in stretch {
        let place = &query.places[at as usize];
        let rarity = rarities[number as usize];
        if !seen.contains(&number) {
            seen.push(number);
            shared += rarity * place.weight;
            plain += rarity;
            span = span.cover(place.span);
            if rarity * place.weight > heaviest.0 {
                heaviest = (rarity * place.weight, place.line);
            }
        }
        if previous.is_some_and(|(before, was)| before + 1 == at && was + 1 == number) {
            in_order += rarity.min(rarities[number as usize - 1]) * place.weight;
        }
        previous = Some((at, number));
    }
    let lacks = |(number, term): (usize, &MessageTerm)| {
        term.names() && !term.repeated() && !seen.iter().any(|seen| usize::from(*seen) == number)
    };
    Agreement {
        shared,
        lacks_name: message.terms.iter().enumerate().any(lacks),
        coverage: (plain / information).min(1.0),
        information,
        in_order,
        density: stretch.len() as f32 / (stretch[stretch.len() - 1].0 - stretch[0].0 + 1) as f32,
        place: Some((first.view, span)),
        line: heaviest.1,
    }
}
