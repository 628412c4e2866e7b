//! All literals of all signatures, found in one pass over a text.
//!
//! Literals are grouped by length, since long ones can be looked for in larger steps (see `windows`).
//! For each literal the stretch is chosen whose windows are rarest: few other literals hold them, and ordinary reports do
//! not. What the filter lets through is looked up in a table from a window's hash to the literals that hold it, and there
//! compared as a whole, ASCII letter case ignored. Tables are flat arrays: at a million literals a vector for each would
//! cost more than the literals.

use borsh::{BorshDeserialize, BorshSerialize};

use super::background::background;
use super::popularity::Popularity;
use super::windows::{Shape, WindowFilter};
use crate::engine::compiled::LiteralId;
use crate::engine::flat::{self, Flat};

/// Literals of at least 15 bytes, of 11 to 14, of 6 to 10, and of 4 or 5; shorter ones are in [`Tiny`]. The text is looked
/// at in one place in four bytes, in two, and at every byte. Among a million signatures windows of eight bytes are shared by
/// dozens and stand in every second line of a log, those of twelve do not.
const SHAPES: [Shape; 4] = [
    Shape { bytes: 12, stride: 4 },
    Shape { bytes: 8, stride: 4 },
    Shape { bytes: 5, stride: 2 },
    Shape { bytes: 4, stride: 1 },
];

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;

/// The literals of all signatures.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(in crate::engine) struct LiteralIndex {
    texts: Texts,
    groups: Vec<Group>,
    tiny: Tiny,
}

/// Literal texts in one string of bytes.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each begins, and where the last ends.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    starts: Vec<u32>,
}

/// Literals of one shape.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Group {
    shape: Shape,
    filter: WindowFilter,
    /// Where each bucket's entries begin, and where the last ends.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    buckets: Vec<u32>,
    shift: u32,
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    entries: Vec<Entry>,
}

/// A window of a literal.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    literal: LiteralId,
    /// Bytes from the literal's start to the window's.
    offset: u16,
    /// What the text must hold beside the window, see [`Beside`].
    check: u16,
}

impl Flat for Entry {
    type Bits = u64;

    fn to_bits(self) -> u64 {
        u64::from(self.literal) << 32 | u64::from(self.offset) << 16 | u64::from(self.check)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts are taken apart again")]
    fn from_bits(bits: u64) -> Self {
        Self { literal: (bits >> 32) as u32, offset: (bits >> 16) as u16, check: bits as u16 }
    }
}

/// Four bytes of a literal before a window, or else behind it, that tell it from others that share the window, so that
/// their texts need not be compared: each would be a miss of every cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beside {
    Before,
    Behind,
    Nothing,
}

impl Beside {
    const ALL: [Self; 3] = [Self::Before, Self::Behind, Self::Nothing];

    fn of(shape: Shape, literal: &[u8], at: usize) -> Self {
        if at >= 4 {
            Self::Before
        } else if at + shape.bytes + 4 <= literal.len() {
            Self::Behind
        } else {
            Self::Nothing
        }
    }

    /// Sixteen bits of the window's hash and of what stands beside it; the two lowest say which side.
    fn check(self, shape: Shape, text: &[u8], at: usize, hash: u32) -> u16 {
        const FOUR: Shape = Shape { bytes: 4, stride: 1 };
        let (side, beside) = match self {
            Self::Before => (0, at.checked_sub(4).map_or(0, |before| FOUR.hash(text, before))),
            Self::Behind => (1, FOUR.hash(text, at + shape.bytes)),
            Self::Nothing => (2, 0),
        };
        let mixed = ((hash ^ beside).wrapping_mul(MIX) >> 16) as u16;
        mixed & !3 | side
    }
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
    /// Indexes literals; a literal's id is its position. Offsets are 16 bits wide and starts 32, so a literal is looked for
    /// by a window in its first 64 KiB, and all together hold at most 4 GiB.
    pub(in crate::engine) fn new<'l>(literals: impl Iterator<Item = &'l str>) -> Self {
        let mut texts = Texts { bytes: Vec::new(), starts: vec![0] };
        for literal in literals {
            texts.bytes.extend_from_slice(literal.as_bytes());
            texts.starts.push(u32::try_from(texts.bytes.len()).unwrap_or(u32::MAX));
        }
        texts.bytes.shrink_to_fit();
        texts.starts.shrink_to_fit();
        let popularity = Popularity::count(texts.iter(), texts.bytes.len());
        let groups = SHAPES.into_iter().filter_map(|shape| Group::new(shape, &texts, &popularity)).collect();
        let tiny = Tiny::new(&texts);
        Self { texts, groups, tiny }
    }

    /// Length of a literal in bytes.
    pub(super) fn length(&self, literal: LiteralId) -> usize {
        self.texts.get(literal).len()
    }

    /// Calls `visit` with every occurrence of every literal and the byte where it starts, overlapping ones too.
    #[inline]
    pub(in crate::engine) fn each(&self, text: &[u8], mut visit: impl FnMut(LiteralId, usize)) {
        for group in &self.groups {
            let mut seen = Seen::default();
            group.filter.scan(text, |at, hash| {
                if seen.push(at, hash) {
                    group.occurrences(&self.texts, text, seen.take(), &mut visit);
                }
            });
            group.occurrences(&self.texts, text, seen.take(), &mut visit);
        }
        self.tiny.each(&self.texts, text, visit);
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
    fn get(&self, literal: LiteralId) -> &[u8] {
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

impl Group {
    fn new(shape: Shape, texts: &Texts, popularity: &Popularity) -> Option<Self> {
        let background = background();
        let members = || (0..).zip(texts.iter()).filter(|(_, literal)| shape_of(literal) == Some(shape));
        let count = members().count();
        if count == 0 {
            return None;
        }
        let mut windows: Vec<(u32, Entry)> = Vec::with_capacity(count * shape.stride);
        for (literal, text) in members() {
            let (start, _) = popularity.rarest(background, shape, text);
            for at in start..start + shape.stride {
                let hash = shape.hash(text, at);
                let offset = u16::try_from(at).unwrap_or(u16::MAX);
                let check = Beside::of(shape, text, at).check(shape, text, at, hash);
                windows.push((hash, Entry { literal, offset, check }));
            }
        }
        let mut filter = WindowFilter::new(shape, windows.len());
        for (hash, _) in &windows {
            filter.insert(*hash);
        }
        let size = windows.len().next_power_of_two().clamp(2, 1 << 30);
        let shift = 32 - size.trailing_zeros();
        let mut buckets = vec![0; size + 1];
        for (hash, _) in &windows {
            buckets[bucket(*hash, shift) + 1] += 1;
        }
        for at in 0..size {
            buckets[at + 1] += buckets[at];
        }
        let mut free = buckets.clone();
        let mut entries = vec![Entry::default(); windows.len()];
        for (hash, entry) in windows {
            let place = &mut free[bucket(hash, shift)];
            entries[*place as usize] = entry;
            *place += 1;
        }
        Some(Self { shape, filter, buckets, shift, entries })
    }

    /// Looks windows up, all buckets before any entry, so that the memory's answers overlap.
    fn occurrences(&self, texts: &Texts, text: &[u8], seen: &[(usize, u32)], visit: &mut impl FnMut(LiteralId, usize)) {
        let mut buckets = [(0, 0); Seen::MOST];
        for (found, (_, hash)) in buckets.iter_mut().zip(seen) {
            let bucket = bucket(*hash, self.shift);
            *found = (self.buckets[bucket], self.buckets[bucket + 1]);
        }
        for (&(at, hash), (start, end)) in seen.iter().zip(buckets) {
            let entries = &self.entries[start as usize..end as usize];
            if entries.is_empty() {
                continue;
            }
            let checks = Beside::ALL.map(|side| side.check(self.shape, text, at, hash));
            for entry in entries.iter().filter(|entry| checks.contains(&entry.check)) {
                let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
                if texts.stands(entry.literal, text, start) {
                    visit(entry.literal, start);
                }
            }
        }
    }

    fn heap_bytes(&self) -> usize {
        self.filter.heap_bytes() + self.buckets.capacity() * 4 + self.entries.capacity() * size_of::<Entry>()
    }
}

/// The bucket of a hash. The filter takes its word from the same upper bits of the hash itself; here they are mixed anew,
/// so that windows that fall on one word spread over buckets.
fn bucket(hash: u32, shift: u32) -> usize {
    ((hash ^ (hash >> 15)).wrapping_mul(MIX) >> shift) as usize
}

/// Windows that the filter let through, not looked up yet: their places and hashes.
#[derive(Default)]
struct Seen {
    windows: [(usize, u32); Self::MOST],
    count: usize,
}

impl Seen {
    const MOST: usize = 32;

    /// Adds one; says whether there is no room for another.
    fn push(&mut self, at: usize, hash: u32) -> bool {
        self.windows[self.count] = (at, hash);
        self.count += 1;
        self.count == Self::MOST
    }

    fn take(&mut self) -> &[(usize, u32)] {
        let count = std::mem::take(&mut self.count);
        &self.windows[..count]
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

    fn each(&self, texts: &Texts, text: &[u8], mut visit: impl FnMut(LiteralId, usize)) {
        if self.by_first.is_empty() {
            return;
        }
        for (at, byte) in text.iter().enumerate() {
            for &literal in &self.by_first[usize::from(byte.to_ascii_lowercase())] {
                if texts.stands(literal, text, at) {
                    visit(literal, at);
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

    #[test]
    fn nothing_is_found_without_literals() {
        assert!(found(&LiteralIndex::new(std::iter::empty()), "anything").is_empty());
    }
}
