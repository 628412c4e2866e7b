//! How many literals share a window, and so which stretch of a literal tells it apart.
//!
//! Messages of one program differ by a name: `cannot read property 'a' of 'b'`. A window of the shared words would lead to
//! all of them at once, one that reaches into the name to a few. Windows are counted in one small table by their hash
//! (a count-min sketch of one row), in a sample of the literals where they are many.

use super::background::Background;
use super::index::shape_of;
use super::windows::Shape;

/// A chance below which windows do not differ: reports that hold a knowledge base's messages do so more often than the
/// background says. About one place in a million.
const FLOOR: f32 = 1.0 / (1 << 20) as f32;

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0xC2B2_AE35;

/// Most windows counted, and entries of the table (8 MB, which a third-level cache holds).
const COUNTED: usize = 1 << 22;
/// Windows are chosen from so many first bytes of a literal.
const LOOKED_AT: usize = 96;

/// Counts of windows over all literals.
pub(super) struct Popularity {
    counts: Vec<u16>,
    shift: u32,
    /// One literal in so many was counted.
    step: f32,
}

/// Whether a literal is one of the sample. Every so many-th in their order would not do: articles come from templates, and
/// then the same of their signatures would be left out each time.
fn sampled(number: u32, step: u32) -> bool {
    number.wrapping_mul(MIX).rotate_left(16).wrapping_mul(MIX).is_multiple_of(step)
}

impl Popularity {
    /// Counts the windows of literals of `bytes` bytes altogether.
    pub(super) fn count<'l>(literals: impl Iterator<Item = &'l [u8]>, bytes: usize) -> Self {
        let step = u32::try_from(bytes.div_ceil(COUNTED)).unwrap_or(u32::MAX).max(1);
        let size = bytes.next_power_of_two().clamp(1 << 10, COUNTED);
        let mut popularity = Self { counts: vec![0; size], shift: 32 - size.trailing_zeros(), step: step as f32 };
        for (number, literal) in (0..).zip(literals) {
            if let Some(shape) = shape_of(literal)
                && sampled(number, step)
            {
                for at in 0..=literal.len().min(LOOKED_AT) - shape.bytes {
                    let slot = popularity.slot(shape, literal, at);
                    popularity.counts[slot] = popularity.counts[slot].saturating_add(1);
                }
            }
        }
        popularity
    }

    fn slot(&self, shape: Shape, literal: &[u8], at: usize) -> usize {
        // The shapes' windows are told apart by their length in bytes.
        let mixed = (shape.hash(literal, at) ^ u32::try_from(shape.bytes).unwrap_or(0)).wrapping_mul(MIX);
        (mixed >> self.shift) as usize
    }

    /// Where the rarest run of `stride` windows of a literal begins, and what it costs: the literals to compare at a place
    /// of an ordinary report, on average.
    pub(super) fn rarest(&self, background: &Background, shape: Shape, literal: &[u8]) -> (usize, f32) {
        let literal = &literal[..literal.len().min(LOOKED_AT)];
        let mut sums = [0.0_f32; LOOKED_AT + 1];
        for (at, bits) in background.surprises(literal).enumerate() {
            sums[at + 1] = sums[at] + bits;
        }
        let windows = literal.len() - shape.bytes + 1;
        let mut costs = [0.0_f32; LOOKED_AT];
        for (at, cost) in costs.iter_mut().enumerate().take(windows) {
            let bits = sums[at + shape.bytes] - sums[at + 2] + background.pair(literal[at], literal[at + 1]);
            let sharers = (self.step * f32::from(self.counts[self.slot(shape, literal, at)])).max(1.0);
            let chance = if bits > 32.0 { 0.0 } else { (-bits).exp2() };
            *cost = sharers * (chance + FLOOR);
        }
        let runs = costs[..windows].windows(shape.stride).map(|run| run.iter().sum::<f32>() / shape.stride as f32);
        runs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f32::INFINITY))
    }

    /// What a literal costs, see [`rarest`](Self::rarest). Short ones cost more: where there are none, a text need not be
    /// looked at in their smaller steps.
    pub(super) fn cost(&self, background: &Background, literal: &[u8]) -> f32 {
        match shape_of(literal) {
            Some(shape) => {
                let steps = match (shape.bytes, shape.stride) {
                    (12.., _) => 1.0,
                    (_, 4) => 16.0,
                    (_, stride) => 64.0 / stride as f32,
                };
                steps * self.rarest(background, shape, literal).1
            }
            None => (-background.surprises(literal).sum::<f32>()).exp2(),
        }
    }
}
