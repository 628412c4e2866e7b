//! The first look at a text: which stretches of a few bytes could belong to a literal.
//!
//! Every literal, by its anchor, puts some of its *windows* (runs of [`Shape::bytes`] bytes, letter case folded) into a blocked Bloom
//! filter: one 32-bit word for a window, three bits in it (Putze, Sanders and Singler, "Cache-, hash- and space-efficient
//! Bloom filters", 2007). A scan hashes one window of the text in every [`Shape::stride`] bytes, as Wu and Manber's search
//! does ("A fast algorithm for multi-pattern searching", 1994): a literal that gives as many neighbouring windows as the
//! stride is long is seen at one of them, wherever it stands. So a long literal costs the text a quarter of a look-up a
//! byte.
//!
//! The hash uses 32-bit products only, so that eight windows are hashed at once where the processor has AVX2; both paths
//! compute the same numbers, and a test holds them against each other.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::engine::flat;

/// Odd constants for multiplicative hashing: the golden ratio and the primes of xxHash (Collet, 2012).
const LOW: u32 = 0x9E37_79B1;
const HIGH: u32 = 0x85EB_CA77;
const MIX: u32 = 0x27D4_EB2F;
/// Sets the bit that tells ASCII letters' cases apart in four bytes at once. Other bytes change too, the same way on both
/// sides; what that confuses the exact comparison tells apart.
const FOLD: u32 = 0x2020_2020;

/// How windows of one group of literals are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Shape {
    /// Bytes of a window, 4..=8.
    pub(super) bytes: usize,
    /// The text is looked at once in so many bytes: 1, 2 or 4.
    pub(super) stride: usize,
}

impl Shape {
    /// Shortest literal that holds `stride` neighbouring windows, in bytes.
    pub(super) const fn least(self) -> usize {
        self.bytes + self.stride - 1
    }

    /// What of a window's second four bytes counts.
    fn mask(self) -> u32 {
        u32::try_from((1_u64 << (8 * self.bytes.saturating_sub(4).min(4))) - 1).unwrap_or(u32::MAX)
    }

    /// Hash of the window at `at`; bytes beyond the text count as zero.
    pub(super) fn hash(self, text: &[u8], at: usize) -> u32 {
        if let Some(window) = text.get(at..).and_then(|rest| rest.first_chunk()) {
            return hash(*window, self.mask());
        }
        let mut window = [0; 8];
        let rest = text.get(at..).unwrap_or_default();
        let have = rest.len().min(8);
        window[..have].copy_from_slice(&rest[..have]);
        hash(window, self.mask())
    }
}

/// Four bytes that tell literals apart that share a window.
pub(super) const GRAM: Shape = Shape { bytes: 4, stride: 1 };

/// Sixteen bits of the four bytes at a place, letter case folded.
pub(super) fn gram(text: &[u8], at: usize) -> u16 {
    (GRAM.hash(text, at).wrapping_mul(MIX) >> 16) as u16
}

/// The same of four bytes that are at hand.
#[inline]
pub(super) fn gram_of([a, b, c, d]: [u8; 4]) -> u16 {
    (hash([a, b, c, d, 0, 0, 0, 0], 0).wrapping_mul(MIX) >> 16) as u16
}

fn hash(window: [u8; 8], mask: u32) -> u32 {
    let four = |at: usize| u32::from_le_bytes([window[at], window[at + 1], window[at + 2], window[at + 3]]) | FOLD;
    let first = four(0).wrapping_mul(LOW);
    let second = (four(4) & mask).wrapping_mul(HIGH);
    first.wrapping_add(second)
}

/// The three bits that a hash sets in its word.
fn bits(hash: u32) -> u32 {
    let mixed = hash.wrapping_mul(MIX);
    1 << (mixed >> 27) | 1 << (mixed >> 22 & 31) | 1 << (mixed >> 17 & 31)
}

/// Whether vector instructions are used: where the processor has them, unless told otherwise.
#[derive(Debug, Clone, Copy)]
struct Simd(bool);

impl Default for Simd {
    fn default() -> Self {
        Self(simd_available())
    }
}

/// A set of windows that never misses a member and rarely takes another for one.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct WindowFilter {
    shape: Shape,
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    words: Vec<u32>,
    shift: u32,
    /// Of the machine that it runs on, not of the one that kept it.
    #[borsh(skip)]
    simd: Simd,
}

impl WindowFilter {
    /// A filter for about `windows` windows.
    pub(super) fn new(shape: Shape, windows: usize) -> Self {
        // A word for every window up to what a second-level cache holds, then one for two: measured, the misses of a
        // larger table cost more than its fewer false alarms save.
        let words = if windows <= 1 << 17 { windows } else { windows / 2 };
        let words = words.next_power_of_two().clamp(1 << 8, 1 << 26);
        Self { shape, words: vec![0; words], shift: 32 - words.trailing_zeros(), simd: Simd::default() }
    }

    /// The same filter without vector instructions.
    pub(super) fn set_portable(&mut self) {
        self.simd = Simd(false);
    }

    pub(super) fn insert(&mut self, hash: u32) {
        self.words[(hash >> self.shift) as usize] |= bits(hash);
    }

    fn holds(&self, hash: u32) -> bool {
        let bits = bits(hash);
        self.words[(hash >> self.shift) as usize] & bits == bits
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.words.len() * size_of::<u32>()
    }

    /// Calls `visit` with the position and hash of every window looked at that may be in the set, in no certain order.
    #[inline]
    pub(super) fn scan(&self, text: &[u8], mut visit: impl FnMut(usize, u32)) {
        let mut at = 0;
        #[cfg(target_arch = "x86_64")]
        if self.simd.0 {
            at = avx2::scan(self, text, &mut visit);
        }
        while at + self.shape.bytes <= text.len() {
            let hash = self.shape.hash(text, at);
            if self.holds(hash) {
                visit(at, hash);
            }
            at += self.shape.stride;
        }
    }
}

fn simd_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    return std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    false
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    //! Eight windows, four bytes apart, at once: their first four bytes are eight neighbouring 32-bit lanes of the text,
    //! the second four the same one lane on. Smaller strides take the steps in between from one, two and three bytes on.
    #![expect(unsafe_code, reason = "vector loads and the gather have no safe form")]

    use std::arch::x86_64::{
        __m256i, _mm_cvtsi32_si128, _mm256_add_epi32, _mm256_and_si256, _mm256_castsi256_ps, _mm256_cmpeq_epi32,
        _mm256_i32gather_epi32, _mm256_loadu_si256, _mm256_movemask_ps, _mm256_mullo_epi32, _mm256_or_si256,
        _mm256_set1_epi32, _mm256_sllv_epi32, _mm256_srl_epi32, _mm256_srli_epi32, _mm256_storeu_si256,
    };

    use super::{FOLD, HIGH, LOW, MIX, WindowFilter};

    /// Windows hashed by one step.
    const LANES: usize = 8;
    /// Bytes of text that one step moves on.
    const STEP: usize = 4 * LANES;

    /// Looks at as much of the text as whole steps cover; gives the position after them.
    #[inline]
    pub(super) fn scan(filter: &WindowFilter, text: &[u8], visit: &mut impl FnMut(usize, u32)) -> usize {
        // SAFETY: `simd` is set only where the processor has AVX2.
        unsafe { steps(filter, text, visit) }
    }

    /// All steps, in one function so that what they have in common stays in registers.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn steps(filter: &WindowFilter, text: &[u8], visit: &mut impl FnMut(usize, u32)) -> usize {
        let mut at = 0;
        // A step reads STEP + 4 bytes, the last of its round from three bytes on.
        while text.len() - at >= STEP + 7 {
            for from in (at..at + 4).step_by(filter.shape.stride) {
                let mut hashes = [0; LANES];
                // SAFETY: `STEP + 4` bytes from `from` on lie in `text`.
                let mut found = unsafe { step(filter, text.as_ptr().add(from).cast(), &mut hashes) };
                while found != 0 {
                    let lane = found.trailing_zeros() as usize;
                    visit(from + 4 * lane, hashes[lane]);
                    found &= found - 1;
                }
            }
            at += STEP;
        }
        at
    }

    /// The lanes whose windows may be in the set, as a bit mask; writes the hashes of all where there is one.
    ///
    /// # Safety
    /// `text` points at `STEP + 4` readable bytes.
    #[target_feature(enable = "avx2")]
    #[inline]
    unsafe fn step(filter: &WindowFilter, text: *const core::ffi::c_void, hashes: &mut [u32; LANES]) -> u32 {
        let constant = |value: u32| _mm256_set1_epi32(value.cast_signed());
        // SAFETY: the loads read 32 bytes, from `text` and from four bytes on.
        let (first, second) = unsafe {
            let load = |at: usize| _mm256_loadu_si256(text.byte_add(at).cast::<__m256i>());
            (load(0), load(4))
        };
        let fold = constant(FOLD);
        let first = _mm256_mullo_epi32(_mm256_or_si256(first, fold), constant(LOW));
        let second = _mm256_and_si256(_mm256_or_si256(second, fold), constant(filter.shape.mask()));
        let hash = _mm256_add_epi32(first, _mm256_mullo_epi32(second, constant(HIGH)));
        let word = _mm256_srl_epi32(hash, _mm_cvtsi32_si128(filter.shift.cast_signed()));
        // SAFETY: `words` has `1 << (32 - shift)` entries, at most 2^26, and `word` is a 32-bit number shifted by `shift`.
        let words = unsafe { _mm256_i32gather_epi32::<4>(filter.words.as_ptr().cast(), word) };
        let mixed = _mm256_mullo_epi32(hash, constant(MIX));
        let one = constant(1);
        let first = _mm256_sllv_epi32(one, _mm256_srli_epi32::<27>(mixed));
        let second = _mm256_sllv_epi32(one, _mm256_and_si256(_mm256_srli_epi32::<22>(mixed), constant(31)));
        let third = _mm256_sllv_epi32(one, _mm256_and_si256(_mm256_srli_epi32::<17>(mixed), constant(31)));
        let bits = _mm256_or_si256(_mm256_or_si256(first, second), third);
        let held = _mm256_cmpeq_epi32(_mm256_and_si256(words, bits), bits);
        let found = _mm256_movemask_ps(_mm256_castsi256_ps(held)).cast_unsigned();
        if found != 0 {
            // SAFETY: `hashes` is 32 bytes long.
            unsafe { _mm256_storeu_si256(hashes.as_mut_ptr().cast(), hash) };
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn vector_and_portable_paths_see_the_same_windows(
            text in proptest::collection::vec(prop_oneof![Just(b'a'), Just(b'B'), any::<u8>()], 0..300),
            members in proptest::collection::vec(0usize..300, 0..20),
            bytes in prop::sample::select(vec![4usize, 5, 6, 7, 8]),
            stride in prop::sample::select(vec![1usize, 2, 4]),
        ) {
            let shape = Shape { bytes, stride };
            let mut filter = WindowFilter::new(shape, 4);
            for at in members.into_iter().filter(|at| at + bytes <= text.len()) {
                filter.insert(shape.hash(&text, at));
            }
            let seen = |filter: &WindowFilter| {
                let mut seen = Vec::new();
                filter.scan(&text, |at, hash| seen.push((at, hash)));
                seen.sort_unstable();
                seen
            };
            let vector = seen(&filter);
            filter.set_portable();
            prop_assert_eq!(vector, seen(&filter));
        }
    }

    #[test]
    fn letter_case_makes_no_difference() {
        let shape = Shape { bytes: 6, stride: 1 };
        assert_eq!(shape.hash(b"Failed to", 0), shape.hash(b"fAILED to", 0));
        assert_ne!(shape.hash(b"Failed to", 0), shape.hash(b"Failes to", 0));
    }
}
