//! How many literals share a stretch, and so where a literal is looked for.
//!
//! Messages of one program differ by a name: `cannot read property 'a' of 'b'`. The shared words are what a text is looked
//! through for: there are few of them, so that all of them together stay in the fastest cache. What reaches into the name
//! tells the messages apart. Stretches are counted in small tables by their hash (a count-min sketch of one row), in a
//! sample of the literals where they are many.

use std::ops::Range;

use super::background::Background;
use super::index::shape_of;
use super::windows::{GRAM, Shape, gram};

/// A literal is told apart by its first bytes, no more than these.
const LOOKED_AT: usize = 96;

/// The chance of a knowledge base's messages: reports hold them more often than the background says. About one place in a
/// million.
const FLOOR: f32 = 1.0 / (1 << 20) as f32;

/// What an anchor that no other literal shares costs by taking room in the fastest cache, as the chance of one that costs
/// as much by being met. Measured at a million literals: 2^-10 and 2^-16 are a third slower.
const PRESSURE: f32 = 1.0 / (1 << 14) as f32;

/// How much dearer a literal is that a text is looked through for byte by byte, in a pass of its own.
const OWN_PASS: f32 = (1 << 16) as f32;

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0xC2B2_AE35;

/// Most windows counted, and entries of the table (4 MB, which a third-level cache holds).
const COUNTED: usize = 1 << 22;

/// Bytes between the places, seen from an anchor, where a probe can be.
pub(super) const GRID: usize = 4;

/// Counts of windows over all literals.
pub(super) struct Popularity {
    counts: Vec<u8>,
    shift: u32,
    /// Of four bytes by their [`gram`].
    grams: Vec<u16>,
    /// One literal in so many was counted.
    step: f32,
}

/// Where a literal is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Where the neighbouring windows begin that a text is looked through for.
    pub(super) anchor: usize,
    /// Where the window begins that tells it from others with this anchor; whole steps of [`GRID`] away.
    pub(super) probe: usize,
    /// What looking for it costs, by the literals to compare at a place of an ordinary report, on average.
    cost: f32,
}

/// A window of a literal.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    /// That it stands at a place of an ordinary report.
    chance: f32,
    /// How many literals hold it.
    sharers: f32,
}

fn anchor_cost(windows: &[Window]) -> f32 {
    let chance: f32 = windows.iter().map(|window| window.chance).sum();
    let sharers = windows.iter().map(|window| window.sharers).fold(f32::INFINITY, f32::min);
    chance / windows.len() as f32 + PRESSURE / sharers
}

/// Whether a literal is one of the sample. Every so many-th in their order would not do: articles come from templates, and
/// then the same of their signatures would be left out each time.
fn sampled(number: u32, step: u32) -> bool {
    number.wrapping_mul(MIX).rotate_left(16).wrapping_mul(MIX).is_multiple_of(step)
}

fn looked_at(literal: &[u8]) -> &[u8] {
    &literal[..literal.len().min(LOOKED_AT)]
}

impl Popularity {
    /// Counts the windows of literals of `bytes` bytes altogether.
    pub(super) fn count<'l>(literals: impl Iterator<Item = &'l [u8]>, bytes: usize) -> Self {
        let step = u32::try_from(bytes.div_ceil(COUNTED)).unwrap_or(u32::MAX).max(1);
        let size = bytes.next_power_of_two().clamp(1 << 10, COUNTED);
        let (counts, grams) = (vec![0_u8; size], vec![0_u16; 1 << 16]);
        let mut popularity = Self { counts, shift: 32 - size.trailing_zeros(), grams, step: step as f32 };
        for (number, literal) in (0..).zip(literals) {
            if sampled(number, step) {
                popularity.add(looked_at(literal));
            }
        }
        popularity
    }

    fn add(&mut self, literal: &[u8]) {
        let Some(shape) = shape_of(literal) else { return };
        for at in 0..=literal.len() - shape.bytes {
            let slot = self.slot(shape, literal, at);
            self.counts[slot] = self.counts[slot].saturating_add(1);
        }
        for at in 0..=literal.len() - GRAM.bytes {
            let count = &mut self.grams[usize::from(gram(literal, at))];
            *count = count.saturating_add(1);
        }
    }

    fn slot(&self, shape: Shape, literal: &[u8], at: usize) -> usize {
        // The shapes' windows are told apart by their length in bytes.
        let mixed = (shape.hash(literal, at) ^ u32::try_from(shape.bytes).unwrap_or(0)).wrapping_mul(MIX);
        (mixed >> self.shift) as usize
    }

    /// Where a literal is looked for best: at neighbouring windows that ordinary reports do not hold and many other literals
    /// do, and then at a window that few others hold, near by where there is a choice.
    pub(super) fn place(&self, background: &Background, shape: Shape, literal: &[u8]) -> Place {
        let literal = looked_at(literal);
        let count = (literal.len() + 1).saturating_sub(shape.bytes);
        let mut windows = [Window::default(); LOOKED_AT];
        let windows = &mut windows[..count];
        self.weigh(background, shape, literal, windows);
        let anchors = windows.windows(shape.stride).map(anchor_cost).enumerate();
        let (anchor, cost) = anchors.min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f32::INFINITY));
        // A window that a few more share is as good when it is nearer: the fewer places are looked at around an anchor.
        let far = |at: usize| windows[at].sharers * (32 + at.abs_diff(anchor)) as f32;
        let probes = (anchor % GRID..count).step_by(GRID);
        let probe = probes.min_by(|&a, &b| far(a).total_cmp(&far(b))).unwrap_or(anchor);
        Place { anchor, probe, cost: cost + FLOOR * windows.get(probe).map_or(1.0, |window| window.sharers) }
    }

    fn weigh(&self, background: &Background, shape: Shape, literal: &[u8], windows: &mut [Window]) {
        let mut sums = [0_u32; LOOKED_AT + 1];
        for (at, eighths) in background.eighths(literal).enumerate() {
            sums[at + 1] = sums[at] + u32::from(eighths);
        }
        for (at, window) in windows.iter_mut().enumerate() {
            let pair = background.pair(literal[at], literal[at + 1]);
            let surprise = sums[at + shape.bytes] - sums[at + 2] + u32::from(pair);
            let sharers = self.step * f32::from(self.counts[self.slot(shape, literal, at)]);
            *window = Window { chance: background.chance(surprise), sharers: sharers.max(1.0) };
        }
    }

    /// Where the rarest four bytes of a literal stand, apart from those that begin in a range.
    pub(super) fn rarest_gram(&self, literal: &[u8], apart: &Range<usize>) -> Option<usize> {
        let literal = looked_at(literal);
        let places = 0..(literal.len() + 1).saturating_sub(GRAM.bytes);
        places.filter(|at| !apart.contains(at)).min_by_key(|&at| self.grams[usize::from(gram(literal, at))])
    }

    /// What a literal costs, see [`Place`]. Short ones cost much more: where there are none, a text need not be looked at in
    /// their smaller steps. Tiny ones are for signatures that have no others.
    pub(super) fn cost(&self, background: &Background, literal: &[u8]) -> f32 {
        match shape_of(literal) {
            Some(shape @ Shape { stride: 4.., .. }) => self.place(background, shape, literal).cost,
            Some(shape) => OWN_PASS / shape.stride as f32 * self.place(background, shape, literal).cost,
            None => OWN_PASS * (1.0 + (-background.surprise(literal)).exp2()),
        }
    }
}
