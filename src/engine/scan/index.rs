//! All literals of all signatures, found in one pass over a text.
//!
//! Literals are grouped by length, since long ones can be looked for in larger steps (see `windows`); how a group is looked
//! for is in `group`. Tables are flat arrays (see `table`).

use std::ops::Range;

use borsh::{BorshDeserialize, BorshSerialize};

use super::candidates::{NO_COMPANION, Visitor};
use super::group::{Group, SEEN};
use super::popularity::Popularity;
use super::table::Few;
use super::windows::Shape;
use crate::engine::compiled::LiteralId;
use crate::engine::flat;

/// Literals of at least 11 bytes, of 6 to 10, and of 4 or 5; shorter ones are in [`Tiny`]. The text is looked at in one
/// place in four bytes, in two, and at every byte.
const SHAPES: [Shape; 3] =
    [Shape { bytes: 8, stride: 4 }, Shape { bytes: 5, stride: 2 }, Shape { bytes: 4, stride: 1 }];

/// The literals of all signatures.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct LiteralIndex {
    texts: Texts,
    groups: Vec<Group>,
    tiny: Tiny,
    /// What each literal leads to, where there are tiny ones that lead elsewhere than to their own number. Others know it in
    /// their groups.
    #[borsh(skip)]
    leads_to: Vec<u32>,
}

/// What is known of a literal apart from its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    /// What is visited when it stands in a text.
    pub(super) leads_to: u32,
    /// See [`candidates`](super::candidates).
    pub(super) companion: u16,
}

/// Literal texts in one string of bytes.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where each begins, and where the last ends.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    starts: Vec<u32>,
}

/// Literals too short for a window, by their first byte.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
struct Tiny {
    by_first: Vec<Vec<LiteralId>>,
}

/// The shape of a literal's group, `None` for tiny ones.
pub(super) fn shape_of(literal: &[u8]) -> Option<Shape> {
    SHAPES.into_iter().find(|shape| literal.len() >= shape.least())
}

impl LiteralIndex {
    /// Indexes literals; a literal's id is its position. Starts are 32 bits wide, so all together hold at most 4 GiB.
    pub(in crate::engine) fn new<'l>(literals: impl Iterator<Item = &'l str>) -> Self {
        let itself = |(literal, leads_to)| (literal, Known { leads_to, companion: NO_COMPANION });
        let mut index = Self::leading(literals.zip(0..).map(itself));
        index.leads_to = Vec::new();
        index
    }

    /// Indexes literals that lead elsewhere than to their own number.
    pub(super) fn leading<'l>(literals: impl Iterator<Item = (&'l str, Known)>) -> Self {
        let mut texts = Texts { bytes: Vec::new(), starts: vec![0] };
        let mut all = Vec::new();
        for (literal, known) in literals {
            texts.bytes.extend_from_slice(literal.as_bytes());
            texts.starts.push(u32::try_from(texts.bytes.len()).unwrap_or(u32::MAX));
            all.push(known);
        }
        texts.bytes.shrink_to_fit();
        texts.starts.shrink_to_fit();
        let popularity = Popularity::count(texts.iter(), texts.bytes.len());
        let group = |shape| Group::new(shape, &texts, &all, &popularity);
        let groups = SHAPES.into_iter().filter_map(group).collect();
        let tiny = Tiny::new(&texts);
        let of_tiny = if tiny.by_first.is_empty() { &[] } else { all.as_slice() };
        let leads_to = of_tiny.iter().map(|known| known.leads_to).collect();
        Self { texts, groups, tiny, leads_to }
    }

    /// Calls `visit` with every occurrence of every literal and the byte where it starts, overlapping ones too.
    #[inline]
    pub(in crate::engine) fn each(&self, text: &[u8], mut visit: impl FnMut(LiteralId, usize)) {
        self.likely(text, &mut |literal, place: Range<usize>| {
            if self.texts.stands(literal, text, place.start) {
                visit(literal, place.start);
            }
        });
    }

    /// Visits what every literal leads to that stands in the text and where, and very few others: literals themselves
    /// are not compared, since what is checked as a whole afterwards need not be touched twice. Those whose companion is
    /// not there may be left out.
    #[inline]
    pub(super) fn likely(&self, text: &[u8], visitor: &mut impl Visitor) {
        for group in &self.groups {
            let mut seen = Few::<(usize, u32), SEEN>::default();
            group.filter.scan(text, |at, hash| {
                group.soon(hash);
                if seen.push((at, hash)) {
                    group.occurrences(text, seen.take(), visitor);
                }
            });
            group.occurrences(text, seen.take(), visitor);
        }
        self.tiny.each(&self.texts, text, |literal, place| {
            visitor.visit(self.leads_to.get(literal as usize).copied().unwrap_or(literal), place);
        });
    }

    /// Looks without vector instructions from now on.
    pub(super) fn set_portable(&mut self) {
        self.groups.iter_mut().for_each(|group| group.filter.set_portable());
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        let groups: usize = self.groups.iter().map(Group::heap_bytes).sum();
        let tiny: usize = self.tiny.by_first.iter().map(|list| size_of_val(list) + list.capacity() * 4).sum();
        self.texts.bytes.capacity() + self.texts.starts.capacity() * size_of::<u32>() + groups + tiny
    }
}

impl Texts {
    pub(super) fn get(&self, literal: LiteralId) -> &[u8] {
        let at = literal as usize;
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(&start), Some(&end)) => &self.bytes[start as usize..end as usize],
            _ => &[],
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.starts.windows(2).map(|ends| &self.bytes[ends[0] as usize..ends[1] as usize])
    }

    fn stands(&self, literal: LiteralId, text: &[u8], start: usize) -> bool {
        let literal = self.get(literal);
        text.get(start..start + literal.len()).is_some_and(|found| found.eq_ignore_ascii_case(literal))
    }
}

impl Tiny {
    fn new(texts: &Texts) -> Self {
        let mut by_first: Vec<Vec<LiteralId>> = Vec::new();
        for (id, literal) in (0..).zip(texts.iter()) {
            if shape_of(literal).is_none()
                && let Some(first) = literal.first()
            {
                by_first.resize_with(256, Vec::new);
                by_first[usize::from(first.to_ascii_lowercase())].push(id);
            }
        }
        Self { by_first }
    }

    fn each(&self, texts: &Texts, text: &[u8], mut visit: impl FnMut(LiteralId, Range<usize>)) {
        if self.by_first.is_empty() {
            return;
        }
        for (at, byte) in text.iter().enumerate() {
            for &literal in &self.by_first[usize::from(byte.to_ascii_lowercase())] {
                if texts.stands(literal, text, at) {
                    visit(literal, at..at + texts.get(literal).len());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aho_corasick::AhoCorasickBuilder;
    use proptest::prelude::*;

    use super::*;

    fn found(index: &LiteralIndex, text: &str) -> Vec<(LiteralId, usize)> {
        let mut found = Vec::new();
        index.each(text.as_bytes(), |literal, at| found.push((literal, at)));
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn the_index_finds_what_an_automaton_finds(
            literals in proptest::collection::btree_set("[aAbé ']{1,18}", 1..40),
            text in "[abBé ']{0,200}",
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(true).build(&literals).unwrap();
            let mut expected: Vec<(LiteralId, usize)> = automaton
                .find_overlapping_iter(&text)
                .map(|found| (u32::try_from(found.pattern().as_usize()).unwrap(), found.start()))
                .collect();
            expected.sort_unstable();
            let mut index = LiteralIndex::new(literals.iter().map(String::as_str));
            prop_assert_eq!(&found(&index, &text), &expected);
            index.set_portable();
            prop_assert_eq!(&found(&index, &text), &expected);
        }
    }

    fn messages(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("cannot read property 'p{:x}' of the session", number * 7919)).collect()
    }

    #[test]
    fn messages_that_differ_by_a_name_share_an_anchor_and_are_told_apart() {
        let messages = messages(2000);
        let index = LiteralIndex::new(messages.iter().map(String::as_str));
        let windows = index.groups[0].anchors.len();
        assert!(windows <= 40, "{windows} windows of anchors");
        assert_eq!(found(&index, &format!("at 7: {}", messages[1234].to_uppercase())), [(1234, 6)]);
    }

    #[test]
    fn an_index_comes_back_as_it_was() {
        let messages = messages(300);
        let index = LiteralIndex::new(messages.iter().map(String::as_str).chain(["cannot", "xyz"]));
        let bytes = borsh::to_vec(&index).unwrap();
        let back: LiteralIndex = borsh::from_slice(&bytes).unwrap();
        assert_eq!(borsh::to_vec(&back).unwrap(), bytes);
        let text = format!("{} xyz", messages[7]);
        assert_eq!(found(&back, &text), found(&index, &text));
        let again = LiteralIndex::new(messages.iter().map(String::as_str).chain(["cannot", "xyz"]));
        assert_eq!(borsh::to_vec(&again).unwrap(), bytes, "the same literals give the same index");
    }

    #[test]
    fn nothing_is_found_without_literals() {
        assert!(found(&LiteralIndex::new(std::iter::empty()), "anything").is_empty());
    }
}
