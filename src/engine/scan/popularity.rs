//! How many literals share a window, and so which stretch of a literal tells it apart.
//!
//! Messages of one program differ by a name: `cannot read property 'a' of 'b'`. A window of the shared words would lead to
//! all of them at once, one that reaches into the name to a few. Windows are counted in one small table by their hash
//! (a count-min sketch of one row), which may count too many and never too few.

use super::background::Background;
use super::index::shape_of;
use super::windows::Shape;

/// A chance below which windows do not differ: reports that hold a knowledge base's messages do so more often than the
/// background says. About one place in a million.
const FLOOR: f32 = 1.0 / (1 << 20) as f32;

/// Counts of windows over all literals.
pub(super) struct Popularity {
    counts: Vec<u16>,
    shift: u32,
}

impl Popularity {
    /// Counts the windows of literals of `bytes` bytes altogether.
    pub(super) fn count<'l>(literals: impl Iterator<Item = &'l [u8]>, bytes: usize) -> Self {
        let size = bytes.next_power_of_two().clamp(1 << 10, 1 << 25);
        let mut popularity = Self { counts: vec![0; size], shift: 32 - size.trailing_zeros() };
        for literal in literals {
            if let Some(shape) = shape_of(literal) {
                for at in 0..=literal.len() - shape.bytes {
                    let slot = popularity.slot(shape, literal, at);
                    popularity.counts[slot] = popularity.counts[slot].saturating_add(1);
                }
            }
        }
        popularity
    }

    fn slot(&self, shape: Shape, literal: &[u8], at: usize) -> usize {
        // The shapes' windows are told apart by their length in bytes.
        let mixed = (shape.hash(literal, at) ^ u32::try_from(shape.bytes).unwrap_or(0)).wrapping_mul(0x165_667B1);
        (mixed >> self.shift) as usize
    }

    /// Where the rarest run of `stride` windows of a literal begins, and what it costs: the literals to compare at a place
    /// of an ordinary report, on average.
    pub(super) fn rarest(&self, background: &Background, shape: Shape, literal: &[u8]) -> (usize, f32) {
        let last = (literal.len() - shape.bytes).min(usize::from(u16::MAX));
        let mut surprises = vec![0.0_f32; literal.len() + 1];
        for (at, bits) in background.surprises(literal).enumerate() {
            surprises[at + 1] = surprises[at] + bits;
        }
        let costs: Vec<f32> = (0..=last)
            .map(|at| {
                let bits = surprises[at + shape.bytes] - surprises[at + 2] + background.pair(literal[at], literal[at + 1]);
                let sharers = f32::from(self.counts[self.slot(shape, literal, at)].max(1));
                sharers * ((-bits).exp2() + FLOOR)
            })
            .collect();
        let runs = costs.windows(shape.stride).map(|run| run.iter().sum::<f32>() / shape.stride as f32);
        runs.enumerate().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f32::INFINITY))
    }

    /// What a literal costs, see [`rarest`](Self::rarest).
    pub(super) fn cost(&self, background: &Background, literal: &[u8]) -> f32 {
        match shape_of(literal) {
            Some(shape) => self.rarest(background, shape, literal).1,
            None => (-background.surprises(literal).sum::<f32>()).exp2(),
        }
    }
}
