//! A report as terms: what it says, where, and how much each place counts.

use std::collections::HashSet;

use super::article::{CONCEPT_FACTOR, PART_FACTOR, Shape, shape_of};
use super::lexicon::Lexicon;
use super::postings::{Postings, TermId};
use super::salience::{Line, lines};
use super::surroundings::{factors, factors_of, in_error_position, key_factor};
use super::terms::{TermHash, TermMap, Token, TokenKind, each_token, pair};
use super::{handle, numbered};
use crate::report::recognise::{Piece, PieceKind, recognise};
use crate::report::{ByteSpan, Report, ViewIndex};

/// Most bytes of a report whose words are read: of a longer one the lines that count most.
const MAX_BYTES: usize = 48 << 10;
/// Most bytes of a view that are looked at for lines worth reading, from its start and from its end.
const MAX_SEEN: usize = 1 << 20;
const UNKNOWN_FACTOR: f32 = 0.4;
/// A code or name that no article holds is as rare as one that a single article holds.
const MAX_OCCURRENCES: usize = 24;

/// A token of the report in reading order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) view: ViewIndex,
    pub(super) span: ByteSpan,
    /// Salience of its line times what its surroundings leave of it.
    pub(super) weight: f32,
    /// Number of its line, over all views.
    pub(super) line: u32,
    pub(super) hash: TermHash,
    /// Position of its term in [`Query::terms`].
    pub(super) term: u32,
    /// What it says as part of a phrase, in nats, less where it looks like a value.
    pub(super) information: f32,
}

/// A distinct term of the report.
#[derive(Debug, Clone)]
pub(super) struct QueryTerm {
    /// `None` when no article holds it.
    pub(super) id: Option<TermId>,
    /// Most weight of its occurrences.
    pub(super) weight: f32,
    /// Rarity in nats.
    pub(super) rarity: f32,
    pub(super) role: Role,
    /// Where it stands with most weight, to be shown.
    pub(super) shown: (ViewIndex, ByteSpan),
}

/// What kind of term it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Single(TokenKind),
    Pair,
    Concept,
    Part,
}

/// A code or name that the report shows.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) term: TermHash,
    pub(super) shape: Shape,
    pub(super) weight: f32,
    /// It stands where programs put the code of an error: behind a word such as `error`, before a colon.
    pub(super) in_error_position: bool,
}

/// Where a term stands in a report.
#[derive(Debug)]
pub(super) struct Occurrences {
    /// Positions in [`Query::places`], ascending; of very many the weightiest.
    pub(super) places: Vec<u32>,
    /// What the term says in a phrase, in nats.
    pub(super) rarity: f32,
}

/// A report ready to be held against articles. Every line with terms has its places behind one another.
#[derive(Debug, Default)]
pub(super) struct Query {
    pub(super) places: Vec<Place>,
    /// Where each line's places start, and its salience.
    pub(super) lines: Vec<(u32, f32)>,
    /// Where every term stands that some article holds.
    occurrences: TermMap<Occurrences>,
    pub(super) terms: Vec<QueryTerm>,
    pub(super) named: Vec<Named>,
    /// What all single terms say together, in nats.
    pub(super) information: f32,
    /// The same of those that some article holds.
    pub(super) known_information: f32,
}

/// The lines of a report that are read, with their views.
struct Reader<'a> {
    index: &'a Postings,
    lexicon: &'a Lexicon,
    weights: TermMap<Weighed>,
    query: Query,
    line: u32,
    line_hashes: HashSet<u64>,
}

/// A term as it is gathered.
#[derive(Clone, Copy)]
struct Weighed {
    weight: f32,
    role: Role,
    /// For a pair the rarity of its more common word.
    common: f32,
    shown: (ViewIndex, ByteSpan),
}

/// A line's words that count, with their weights.
struct ReadLine<'t> {
    content: &'t str,
    view: ViewIndex,
    line: Line,
    kept: Vec<(Token, f32)>,
    /// Where its places start.
    first_place: usize,
}

impl ReadLine<'_> {
    /// A span of the line as one of its view.
    fn at(&self, span: ByteSpan) -> ByteSpan {
        ByteSpan::new(self.line.start + span.start(), self.line.start + span.end())
    }
}

/// Where a piece of a line stands in it.
fn span_of(piece: &str, line: &str) -> ByteSpan {
    let start = piece.as_ptr() as usize - line.as_ptr() as usize;
    ByteSpan::new(start, start + piece.len())
}

/// Spreads the numbers of terms over a hash map's keys (Fibonacci hashing: Knuth, The Art of Computer Programming 6.4).
fn key(id: TermId) -> TermHash {
    TermHash::from(id).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Query {
    /// Where a term stands; `None` where it does not.
    pub(super) fn occurrences(&self, id: TermId) -> Option<&Occurrences> {
        self.occurrences.get(&key(id))
    }

    /// The places of a line.
    pub(super) fn line(&self, number: u32) -> &[Place] {
        let start = |number: usize| self.lines.get(number).map_or(self.places.len(), |(start, _)| *start as usize);
        let number = number as usize;
        self.places.get(start(number)..start(number + 1)).unwrap_or_default()
    }

    pub(super) fn read(report: &Report, index: &Postings, lexicon: &Lexicon, weighs_lines: bool) -> Self {
        let mut reader = Reader {
            index,
            lexicon,
            weights: TermMap::default(),
            query: Self::default(),
            line: 0,
            line_hashes: HashSet::new(),
        };
        for (view, line) in chosen_lines(report) {
            let line = if weighs_lines { line } else { Line { salience: 1.0, ..line } };
            reader.read_line(report.view_text(view), view, line);
        }
        reader.finish()
    }
}

/// The lines worth reading: of the most decoded views, in order, the weightiest where there are too many.
fn chosen_lines(report: &Report) -> Vec<(ViewIndex, Line)> {
    let parents: HashSet<ViewIndex> = report.views.iter().filter_map(|view| view.parent).collect();
    let mut all: Vec<(ViewIndex, Line)> = Vec::new();
    let mut left = MAX_SEEN;
    for view in (0..report.views.len()).filter(|view| !parents.contains(view)) {
        let text = report.view_text(view);
        let end = text.floor_char_boundary(left.min(text.len()));
        left -= end;
        all.extend(lines(&text[..end]).into_iter().map(|line| (view, line)));
    }
    let size = |line: &Line| line.end - line.start;
    if all.iter().map(|(_, line)| size(line)).sum::<usize>() <= MAX_BYTES {
        return all;
    }
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|&a, &b| all[b].1.salience.total_cmp(&all[a].1.salience).then(a.cmp(&b)));
    let mut left = MAX_BYTES;
    let mut kept: Vec<usize> = Vec::new();
    for at in order {
        if left == 0 {
            break;
        }
        left = left.saturating_sub(size(&all[at].1));
        kept.push(at);
    }
    kept.sort_unstable();
    kept.into_iter().map(|at| all[at]).collect()
}

impl Reader<'_> {
    fn read_line(&mut self, text: &str, view: ViewIndex, line: Line) {
        let content = &text[line.start..text.floor_char_boundary(line.end.min(line.start + MAX_BYTES))];
        let mut tokens: Vec<Token> = Vec::new();
        let mut parts: Vec<Token> = Vec::new();
        each_token(content, |token| tokens.push(token), |part| parts.push(part));
        // A line that was read before, in another view or again and again, says nothing new.
        let key = tokens.iter().fold(tokens.len() as u64, |key, token| pair(key, token.term));
        if tokens.is_empty() || !self.line_hashes.insert(key) {
            return;
        }
        let pieces = recognise(content);
        let factors: Vec<f32> = factors(&tokens, &pieces);
        let kept: Vec<(Token, f32)> = tokens
            .iter()
            .zip(&factors)
            .filter(|(_, factor)| **factor > 0.0)
            .map(|(token, factor)| (*token, factor * line.salience * key_factor(content, token.end as usize)))
            .collect();
        let first_place = self.query.places.len();
        let read = ReadLine { content, view, line, kept, first_place };
        self.add_words(&read);
        self.query.lines.push((u32::try_from(first_place).unwrap_or(u32::MAX), line.salience));
        self.add_parts(&read, &parts, &pieces);
        self.add_meanings(&read);
        self.add_handles(&read, &pieces);
        self.add_numbers(&read);
        self.line += 1;
    }

    /// Its words in order, each with its neighbour.
    fn add_words(&mut self, read: &ReadLine<'_>) {
        for (at, (token, weight)) in read.kept.iter().enumerate() {
            let id = self.index.id(token.term);
            // What no article holds is a value more often than a word.
            let known = if id.is_some() { 1.0 } else { UNKNOWN_FACTOR };
            let information = self.index.rarity_in_phrase(id) * known * weight / read.line.salience;
            let place = Place {
                view: read.view,
                span: read.at(token.span()),
                weight: *weight,
                line: self.line,
                hash: token.term,
                term: u32::MAX,
                information,
            };
            self.weigh(token.term, *weight, Role::Single(token.kind), (read.view, place.span));
            let position = u32::try_from(self.query.places.len()).unwrap_or(u32::MAX);
            self.query.places.push(place);
            self.occurs(id, position);
            if let Some(next) = read.kept.get(at + 1) {
                let span = read.at(token.span().cover(next.0.span()));
                self.weigh_pair((token.term, next.0.term), weight.min(next.1), (read.view, span));
            }
            if token.names() {
                self.name(*token, *weight, read.content);
            }
        }
    }

    /// The parts of its compound names, at the places of the names.
    fn add_parts(&mut self, read: &ReadLine<'_>, parts: &[Token], pieces: &[Piece]) {
        for part in parts {
            let weight = PART_FACTOR * factors_of(*part, pieces) * read.line.salience;
            self.weigh(part.term, weight, Role::Part, (read.view, read.at(part.span())));
            let whole = read.kept.partition_point(|(token, _)| token.end < part.end);
            if weight > 0.0 && whole < read.kept.len() {
                let position = u32::try_from(read.first_place + whole).unwrap_or(u32::MAX);
                self.occurs(self.index.id(part.term), position);
            }
        }
        for two in parts.windows(2).filter(|two| two[0].end == two[1].start || two[0].end + 1 == two[1].start) {
            let factor = PART_FACTOR * factors_of(two[0], pieces) * read.line.salience;
            let span = read.at(two[0].span().cover(two[1].span()));
            self.weigh_pair((two[0].term, two[1].term), factor, (read.view, span));
        }
    }

    /// What its words mean, at the place of the first of them.
    fn add_meanings(&mut self, read: &ReadLine<'_>) {
        let plain: Vec<Token> = read.kept.iter().map(|(token, _)| *token).collect();
        let lexicon = self.lexicon;
        lexicon.each_concept(&plain, |said| {
            let words = &read.kept[said.first..said.first + said.length];
            let weight = words.iter().map(|(_, weight)| *weight).fold(f32::MAX, f32::min);
            let span = plain[said.first].span().cover(plain[said.first + said.length - 1].span());
            self.weigh(said.concept, CONCEPT_FACTOR * weight, Role::Concept, (read.view, read.at(span)));
            let position = u32::try_from(read.first_place + said.first).unwrap_or(u32::MAX);
            self.occurs(self.index.id(said.concept), position);
        });
    }

    /// Names of pages and rules that are some article's.
    fn add_handles(&mut self, read: &ReadLine<'_>, pieces: &[Piece]) {
        let urls = pieces.iter().filter(|piece| piece.kind == PieceKind::Url);
        let pages = urls.flat_map(|url| handle::of_address(url.span.slice(read.content)));
        for name in pages.chain(handle::of_line(read.content)) {
            let (term, weight) = (handle::term(name), read.line.salience);
            if self.index.id(term).is_some() {
                let span = read.at(span_of(name, read.content));
                self.weigh(term, weight, Role::Part, (read.view, span));
                self.add_name(Named { term, shape: Shape::handle(), weight, in_error_position: true });
            }
        }
    }

    /// Numbers that name an error, of which no article need know.
    fn add_numbers(&mut self, read: &ReadLine<'_>) {
        for number in numbered::of_line(read.content) {
            let (term, weight) = (numbered::term(number), read.line.salience);
            if self.index.id(term).is_some() {
                self.weigh(term, weight, Role::Part, (read.view, read.at(span_of(number, read.content))));
            }
            self.add_name(Named { term, shape: Shape::number(), weight, in_error_position: true });
        }
    }

    fn occurs(&mut self, term: Option<TermId>, position: u32) {
        let Some(id) = term else { return };
        let occurrences = self
            .query
            .occurrences
            .entry(key(id))
            .or_insert_with(|| Occurrences { places: Vec::new(), rarity: self.index.rarity_in_phrase(term) });
        if occurrences.places.last() != Some(&position) {
            occurrences.places.push(position);
        }
    }

    fn weigh_pair(&mut self, two: (TermHash, TermHash), weight: f32, shown: (ViewIndex, ByteSpan)) {
        let in_phrase = |term| self.index.rarity_in_phrase(self.index.id(term));
        let common = in_phrase(two.0).min(in_phrase(two.1));
        if common > 0.0 {
            self.add(pair(two.0, two.1), Weighed { weight, role: Role::Pair, common, shown });
        }
    }

    fn weigh(&mut self, term: TermHash, weight: f32, role: Role, shown: (ViewIndex, ByteSpan)) {
        self.add(term, Weighed { weight, role, common: f32::INFINITY, shown });
    }

    fn add(&mut self, term: TermHash, weighed: Weighed) {
        if weighed.weight > 0.0 {
            let entry = self.weights.entry(term).or_insert(weighed);
            if weighed.weight > entry.weight {
                *entry = weighed;
            }
        }
    }

    fn name(&mut self, token: Token, weight: f32, line: &str) {
        let Some(shape) = shape_of(token, line) else { return };
        let in_error_position = in_error_position(line, token.start as usize, token.end as usize);
        self.add_name(Named { term: token.term, shape, weight, in_error_position });
    }

    fn add_name(&mut self, name: Named) {
        match self.query.named.iter_mut().find(|named| named.term == name.term) {
            Some(named) => {
                named.weight = named.weight.max(name.weight);
                named.in_error_position |= name.in_error_position;
            }
            None => self.query.named.push(name),
        }
    }

    fn finish(self) -> Query {
        let mut query = self.query;
        let mut numbers: TermMap<u32> = TermMap::default();
        let mut terms: Vec<(TermHash, Weighed)> = self.weights.into_iter().collect();
        // In an order that does not depend on the process's random keys.
        let place = |weighed: &Weighed| (weighed.shown.0, weighed.shown.1.start(), weighed.shown.1.end());
        terms.sort_by(|(_, a), (_, b)| b.weight.total_cmp(&a.weight).then(place(a).cmp(&place(b))));
        for (term, Weighed { weight, role, common, shown }) in terms {
            let id = self.index.id(term);
            let unknown_pair = id.is_none() && !matches!(role, Role::Single(_));
            if unknown_pair {
                continue;
            }
            // A pair says no more than twice what its more common word does.
            let rarity = self.index.rarity(term, id, self.lexicon).min(2.0 * common);
            if matches!(role, Role::Single(_)) {
                query.information += rarity * weight;
                query.known_information += if id.is_some() { rarity * weight } else { 0.0 };
            }
            if matches!(role, Role::Single(_)) {
                numbers.insert(term, u32::try_from(query.terms.len()).unwrap_or(u32::MAX));
            }
            query.terms.push(QueryTerm { id, weight, rarity, role, shown });
        }
        for place in &mut query.places {
            place.term = numbers.get(&place.hash).copied().unwrap_or(u32::MAX);
        }
        let places = &query.places;
        for Occurrences { places: positions, .. } in query.occurrences.values_mut() {
            positions.sort_unstable();
            if positions.len() > MAX_OCCURRENCES {
                let weight = |at: &u32| places[*at as usize].weight;
                positions.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.cmp(b)));
                positions.truncate(MAX_OCCURRENCES);
                positions.sort_unstable();
            }
        }
        query
    }
}
