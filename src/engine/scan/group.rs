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
use super::candidates::{Candidates, Visitor};
use super::index::{Known, Texts, shape_of};
use super::items::{Anchor, Entry, Probe};
use super::popularity::{GRID, Place, Popularity};
use super::table::{Few, Table};
use super::windows::{Shape, WindowFilter};
use crate::engine::compiled::LiteralId;

/// Odd constants, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;
const STEP: u32 = 0xC2B2_AE35;

/// Most windows, and most probes, that are looked up together.
pub(super) const SEEN: usize = 32;
const PROBES: usize = 32;

/// Fewest literals that are worth a thread.
const LEAST_SHARE: usize = 1000;

/// The bit of an anchor's probe at its own start: probes stand up to so many steps of [`GRID`] bytes before it.
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

/// Most windows of an anchor: the longest stride of any shape.
const MAX_STRIDE: usize = 4;

/// The hashes of an anchor's windows; the last repeat where it has fewer than four.
type Windows = [u32; MAX_STRIDE];

/// Where literals are looked for.
struct Placed {
    /// The probes of every anchor.
    anchors: HashMap<Windows, u64>,
    /// With the hashes of their probes.
    entries: Vec<(u32, Entry)>,
}

impl Placed {
    /// Those of one shape in a range of all literals.
    fn new(shape: Shape, texts: &Texts, known: &[Known], popularity: &Popularity, share: Range<usize>) -> Self {
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
            placed.entries.push((key, Entry::new(known[at], shape, text, place, popularity, key)));
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
    /// Those of one shape among literals with what is known of them; `None` where there are none.
    pub(super) fn new(shape: Shape, texts: &Texts, known: &[Known], popularity: &Popularity) -> Option<Self> {
        let all = known.len();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = all.div_ceil(cores).max(LEAST_SHARE);
        let placed = std::thread::scope(|scope| {
            let shares = (0..all).step_by(share).map(|from| {
                let share = from..all.min(from + share);
                scope.spawn(move || Placed::new(shape, texts, known, popularity, share))
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
                looked_up.push((hash, Anchor::new(probes, hash, whole(windows), offset)));
            }
        }
        Some(Self { shape, filter, anchors: Table::new(&looked_up), entries: Table::new(&entries) })
    }

    /// A window is seen that will be looked up.
    #[inline]
    pub(super) fn soon(&self, hash: u32) {
        self.anchors.fetch(hash);
    }

    /// Looks windows up. Memory is asked for as soon as it is known where, so that its answers overlap.
    pub(super) fn occurrences(&self, text: &[u8], seen: &[(usize, u32)], visitor: &mut impl Visitor) {
        if seen.is_empty() {
            return;
        }
        let mut probes = Few::<Probe, PROBES>::default();
        for &(at, hash) in seen {
            // Many anchors may hold a window, at few places.
            let mut wholes = [None; MAX_STRIDE];
            for anchor in self.anchors.items(hash) {
                let Some(at) = at.checked_sub(usize::from(anchor.offset)) else { continue };
                let known = &mut wholes[usize::from(anchor.offset) % MAX_STRIDE];
                let whole = *known.get_or_insert_with(|| whole(windows(self.shape, text, at)));
                if !anchor.is_whole(whole) {
                    continue;
                }
                let mut left = anchor.probes;
                while left != 0 {
                    let step = left.trailing_zeros();
                    left &= left - 1;
                    let Some(place) = probe_place(at, step) else { continue };
                    let key = key(self.shape, text, whole, step, place);
                    self.entries.fetch(key);
                    if probes.push(Probe { key, at }) {
                        self.look_up(text, probes.take(), visitor);
                    }
                }
            }
        }
        self.look_up(text, probes.take(), visitor);
    }

    fn look_up(&self, text: &[u8], probes: &[Probe], visitor: &mut impl Visitor) {
        let mut candidates = Candidates::default();
        for probe in probes {
            for entry in self.entries.items(probe.key) {
                if let Some(candidate) = entry.candidate(text, *probe)
                    && candidates.push(candidate, visitor)
                {
                    candidates.finish(text, visitor);
                }
            }
        }
        candidates.finish(text, visitor);
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.filter.heap_bytes() + self.anchors.heap_bytes() + self.entries.heap_bytes()
    }
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
