//! Literals of one shape: how they are placed, and how a text is looked through for them.
//!
//! A text is looked through for a literal's *anchor*: neighbouring windows that ordinary reports do not hold, and that as
//! many other literals as possible share, so that all anchors together stay in the fastest cache. Where an anchor stands,
//! its *probes*, windows some steps before or behind it, lead to the few literals that hold both. What else they hold is
//! told by hashes beside their numbers, so that hardly a literal's own text is touched in vain.

use std::collections::HashMap;
use std::ops::Range;
use std::panic::resume_unwind;

use borsh::{BorshDeserialize, BorshSerialize};

use super::background::background;
use super::candidates::{Candidate, Candidates};
use super::index::{Texts, shape_of};
use super::popularity::{GRID, Place, Popularity};
use super::table::{Few, Table};
use super::windows::{GRAM, Shape, WindowFilter, gram};
use crate::engine::compiled::LiteralId;
use crate::engine::flat::Flat;

/// Odd constants, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;
const STEP: u32 = 0xC2B2_AE35;

/// Most windows, and most probes, that are looked up together.
pub(super) const SEEN: usize = 32;
const PROBES: usize = 64;

/// Fewest literals that are worth a thread.
const LEAST_SHARE: usize = 1000;

/// The number of an anchor's probe at its own start: probes stand up to so many steps before it.
const MIDDLE: u32 = 24;

/// Literals of one shape.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct Group {
    shape: Shape,
    pub(super) filter: WindowFilter,
    /// By the hash of each of an anchor's windows.
    pub(super) anchors: Table<Anchor>,
    /// By the hash of a probe.
    entries: Table<Entry>,
}

/// What is known of a window of an anchor.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Anchor {
    /// Its probes, the one at its own start as bit [`MIDDLE`], each bit [`GRID`] bytes.
    probes: u64,
    /// Hash of the whole anchor.
    whole: u32,
    /// Bytes from the anchor's start to the window's.
    offset: u8,
}

/// What is known of a literal.
#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    literal: LiteralId,
    /// Bytes from the literal's start to its anchor's.
    anchor: u8,
    /// Bytes from the literal's start to the four that `check` knows.
    far: u8,
    /// Of the probe and of four bytes of the literal away from it.
    check: u16,
    companion: u16,
    /// Of the literal, in bytes, as far as it is known to the index.
    length: u8,
}

/// Where a literal would be, by an anchor and one of its probes.
#[derive(Clone, Copy, Default)]
struct Probe {
    key: u32,
    /// Where the anchor begins.
    at: usize,
}

impl Flat for Anchor {
    type Bits = u128;

    fn to_bits(self) -> u128 {
        u128::from(self.probes) << 64 | u128::from(self.whole) << 32 | u128::from(self.offset)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts are taken apart again")]
    fn from_bits(bits: u128) -> Self {
        Self { probes: (bits >> 64) as u64, whole: (bits >> 32) as u32, offset: bits as u8 }
    }
}

impl Flat for Entry {
    type Bits = u128;

    fn to_bits(self) -> u128 {
        let places = u128::from(self.anchor) << 16 | u128::from(self.far) << 8 | u128::from(self.length);
        u128::from(self.literal) << 64 | places << 32 | u128::from(self.check) << 16 | u128::from(self.companion)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the parts are taken apart again")]
    fn from_bits(bits: u128) -> Self {
        let (literal, anchor, far) = ((bits >> 64) as u32, (bits >> 48) as u8, (bits >> 40) as u8);
        Self { literal, anchor, far, check: (bits >> 16) as u16, companion: bits as u16, length: (bits >> 32) as u8 }
    }
}

/// The hashes of an anchor's windows; the last repeat where it has fewer than four.
type Windows = [u32; 4];

/// Where literals are looked for.
struct Placed {
    /// The probes of every anchor.
    anchors: HashMap<Windows, u64>,
    /// With the hashes of their probes.
    entries: Vec<(u32, Entry)>,
}

impl Placed {
    /// Those of one shape in a range of all literals.
    fn new(shape: Shape, texts: &Texts, companions: &[u16], popularity: &Popularity, share: Range<usize>) -> Self {
        let mut placed = Self { anchors: HashMap::new(), entries: Vec::new() };
        let background = background();
        for (literal, at) in share.map(|at| (LiteralId::try_from(at).unwrap_or(LiteralId::MAX), at)) {
            let text = texts.get(literal);
            if shape_of(text) != Some(shape) {
                continue;
            }
            let place = popularity.place(background, shape, text);
            let step = step_of(place);
            let windows = windows(shape, text, place.anchor);
            *placed.anchors.entry(windows).or_default() |= 1 << step;
            let key = key(shape, text, whole(windows), step, place.probe);
            placed.entries.push((key, Entry::new(literal, shape, text, place, popularity, key, companions[at])));
        }
        placed
    }

    fn and(mut self, other: Self) -> Self {
        for (windows, probes) in other.anchors {
            *self.anchors.entry(windows).or_default() |= probes;
        }
        self.entries.extend(other.entries);
        self
    }
}

impl Group {
    /// Those of one shape among literals with their companions; `None` where there are none.
    pub(super) fn new(shape: Shape, texts: &Texts, companions: &[u16], popularity: &Popularity) -> Option<Self> {
        let all = companions.len();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = all.div_ceil(cores).max(LEAST_SHARE);
        let placed = std::thread::scope(|scope| {
            let shares = (0..all).step_by(share).map(|from| {
                let share = from..all.min(from + share);
                scope.spawn(move || Placed::new(shape, texts, companions, popularity, share))
            });
            let threads: Vec<_> = shares.collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .reduce(Placed::and)
        });
        let Placed { anchors, entries } = placed.filter(|placed| !placed.entries.is_empty())?;
        let mut filter = WindowFilter::new(shape, anchors.len() * shape.stride);
        let mut looked_up: Vec<(u32, Anchor)> = Vec::with_capacity(anchors.len() * shape.stride);
        // Hash maps have no order of their own; the same literals shall give the same index.
        let mut anchors: Vec<(Windows, u64)> = anchors.into_iter().collect();
        anchors.sort_unstable();
        for (windows, probes) in anchors {
            for (offset, &hash) in (0..).zip(&windows[..shape.stride]) {
                filter.insert(hash);
                looked_up.push((hash, Anchor { probes, whole: whole(windows), offset }));
            }
        }
        Some(Self { shape, filter, anchors: Table::new(&looked_up), entries: Table::new(&entries) })
    }

    /// Looks windows up, all buckets before any item, so that the memory's answers overlap.
    pub(super) fn occurrences(
        &self,
        text: &[u8],
        seen: &[(usize, u32)],
        visit: &mut impl FnMut(LiteralId, Range<usize>),
    ) {
        if seen.is_empty() {
            return;
        }
        let mut ranges = [(0, 0); SEEN];
        for (range, (_, hash)) in ranges.iter_mut().zip(seen) {
            *range = self.anchors.range(*hash);
        }
        let mut probes = Few::<Probe, PROBES>::default();
        for (&(at, _), range) in seen.iter().zip(ranges) {
            for anchor in self.anchors.items(range) {
                let Some(at) = at.checked_sub(usize::from(anchor.offset)) else { continue };
                if whole(windows(self.shape, text, at)) != anchor.whole {
                    continue;
                }
                let mut left = anchor.probes;
                while left != 0 {
                    let step = left.trailing_zeros();
                    left &= left - 1;
                    let Some(place) = probe_place(at, step) else { continue };
                    if probes.push(Probe { key: key(self.shape, text, anchor.whole, step, place), at }) {
                        self.look_up(text, probes.take(), visit);
                    }
                }
            }
        }
        self.look_up(text, probes.take(), visit);
    }

    fn look_up(&self, text: &[u8], probes: &[Probe], visit: &mut impl FnMut(LiteralId, Range<usize>)) {
        let mut ranges = [(0, 0); PROBES];
        for (range, probe) in ranges.iter_mut().zip(probes) {
            *range = self.entries.range(probe.key);
        }
        let mut candidates = Candidates::default();
        for (probe, range) in probes.iter().zip(ranges) {
            for entry in self.entries.items(range) {
                if let Some(candidate) = entry.candidate(text, *probe)
                    && candidates.push(candidate)
                {
                    candidates.finish(text, visit);
                }
            }
        }
        candidates.finish(text, visit);
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.heap_bytes() + self.anchors.heap_bytes() + self.entries.heap_bytes()
    }
}

impl Entry {
    fn new(
        literal: LiteralId,
        shape: Shape,
        text: &[u8],
        place: Place,
        popularity: &Popularity,
        key: u32,
        companion: u16,
    ) -> Self {
        let near = place.probe.saturating_sub(GRAM.bytes - 1)..place.probe + shape.bytes;
        let far = popularity.rarest_gram(text, &near).unwrap_or(0);
        let narrow = |at: usize| u8::try_from(at).unwrap_or(u8::MAX);
        let (anchor, far, check) = (narrow(place.anchor), narrow(far), check(text, far, key));
        Self { literal, anchor, far, check, companion, length: narrow(text.len()) }
    }

    /// Where the literal seems to stand; `None` where it cannot.
    fn candidate(self, text: &[u8], probe: Probe) -> Option<Candidate> {
        let start = probe.at.checked_sub(usize::from(self.anchor))?;
        if check(text, start + usize::from(self.far), probe.key) != self.check {
            return None;
        }
        let end = start + usize::from(self.length);
        (end <= text.len()).then_some(Candidate { literal: self.literal, companion: self.companion, start, end })
    }
}

fn check(text: &[u8], far: usize, key: u32) -> u16 {
    (key.wrapping_mul(MIX) >> 16) as u16 ^ gram(text, far)
}

fn windows(shape: Shape, text: &[u8], at: usize) -> Windows {
    [0, 1, 2, 3].map(|offset: usize| shape.hash(text, at + offset.min(shape.stride - 1)))
}

/// The hash of an anchor. Its first and last window hold all of it.
fn whole(windows: Windows) -> u32 {
    windows[0].wrapping_mul(MIX) ^ windows[3]
}

fn step_of(place: Place) -> u32 {
    let steps = |bytes: usize| u32::try_from(bytes / GRID).unwrap_or(0);
    (MIDDLE + steps(place.probe)).saturating_sub(steps(place.anchor))
}

/// Where a probe of the anchor at `at` begins; `None` before the text.
fn probe_place(at: usize, step: u32) -> Option<usize> {
    (at + GRID * step as usize).checked_sub(GRID * MIDDLE as usize)
}

fn key(shape: Shape, text: &[u8], whole: u32, step: u32, probe: usize) -> u32 {
    let anchor = whole.wrapping_add(step.wrapping_mul(STEP));
    (anchor ^ (anchor >> 15)).wrapping_mul(MIX) ^ shape.hash(text, probe)
}
