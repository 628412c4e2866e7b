//! All literals of all signatures, found in one pass over a text.
//!
//! Literals are grouped by length, since long ones can be looked for in larger steps (see [`windows`](super::windows)).
//! For each literal the stretch is chosen whose windows are rarest: few other literals hold them, and ordinary reports do
//! not. What the filter lets through is looked up in a table from a window's hash to the literals that hold it, and there
//! compared as a whole, ASCII letter case ignored. Tables are flat arrays: at a million literals a vector for each would
//! cost more than the literals.

use super::background::background;
use super::popularity::Popularity;
use super::windows::{Shape, WindowFilter};
use crate::engine::compile::LiteralId;

/// Literals of at least 15 bytes, of 11 to 14, of 6 to 10, and of 4 or 5; shorter ones are in [`Tiny`]. The text is looked
/// at in one place in four bytes, in two, and at every byte. Among a million signatures windows of eight bytes are shared by
/// dozens and stand in every second line of a log, those of twelve do not.
const SHAPES: [Shape; 4] = [
    Shape { bytes: 12, stride: 4 },
    Shape { bytes: 8, stride: 4 },
    Shape { bytes: 5, stride: 2 },
    Shape { bytes: 4, stride: 1 },
];

/// The literals of all signatures.
#[derive(Debug, Default)]
pub(in crate::engine) struct LiteralIndex {
    texts: Texts,
    groups: Vec<Group>,
    tiny: Tiny,
}

/// Literal texts in one string of bytes.
#[derive(Debug, Default)]
struct Texts {
    bytes: Vec<u8>,
    /// Where each begins, and where the last ends.
    starts: Vec<u32>,
}

/// Literals of one shape.
#[derive(Debug)]
struct Group {
    filter: WindowFilter,
    /// Where each bucket's entries begin, and where the last ends.
    buckets: Vec<u32>,
    shift: u32,
    entries: Vec<Entry>,
}

/// A window of a literal.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    literal: LiteralId,
    /// Bytes from the literal's start to the window's.
    offset: u16,
    /// The hash's lower half; the bucket says most of the upper.
    check: u16,
}

/// Literals too short for a window, by their first byte.
#[derive(Debug, Default)]
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
            group.filter.scan(text, |at, hash| group.occurrences(&self.texts, text, at, hash, &mut visit));
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
                windows.push((hash, Entry { literal, offset, check: check(hash) }));
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
        Some(Self { filter, buckets, shift, entries })
    }

    fn occurrences(&self, texts: &Texts, text: &[u8], at: usize, hash: u32, visit: &mut impl FnMut(LiteralId, usize)) {
        let bucket = bucket(hash, self.shift);
        let entries = &self.entries[self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize];
        for entry in entries.iter().filter(|entry| entry.check == check(hash)) {
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
            if texts.stands(entry.literal, text, start) {
                visit(entry.literal, start);
            }
        }
    }

    fn heap_bytes(&self) -> usize {
        self.filter.heap_bytes() + self.buckets.capacity() * 4 + self.entries.capacity() * size_of::<Entry>()
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the lower half")]
fn check(hash: u32) -> u16 {
    hash as u16
}

/// The bucket of a hash. The filter takes its word from the same upper bits of the hash itself; here they are mixed anew,
/// so that windows that fall on one word spread over buckets.
fn bucket(hash: u32, shift: u32) -> usize {
    const MIX: u32 = 0x85EB_CA6B;
    ((hash ^ (hash >> 15)).wrapping_mul(MIX) >> shift) as usize
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
