//! Literals that seem to stand in a text: which of them are worth touching their memory.
//!
//! Where many signatures share a literal (`permission denied for user anna`, each with another file), each of them would be
//! run in vain but one. So a signature that has a second literal lends four bytes of it, its *companion*, to the first: where
//! these four do not stand in the line, the signature cannot match there. To know that, all fours of a line are put
//! into a small set, once, and only where there is more than one candidate.

use std::ops::Range;

use super::table::Few;
use super::windows::{GRAM, gram};
use crate::engine::compiled::LiteralId;

/// The companion of a literal that has none.
pub(super) const NO_COMPANION: u16 = 0;

/// A line longer than this admits every companion, in bytes: most fours stand in it, and to know them takes long.
const LONG_LINE: usize = 4096;

/// The companion that stands at a place of a literal.
pub(super) fn companion(literal: &[u8], at: usize) -> u16 {
    gram(literal, at).max(NO_COMPANION + 1)
}

/// A literal that seems to stand in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidate {
    pub(super) literal: LiteralId,
    pub(super) companion: u16,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// A few candidates that are told apart together.
#[derive(Default)]
pub(super) struct Candidates(Few<Candidate, 32>);

impl Candidates {
    /// Adds one; says whether there is no room for another.
    #[inline]
    pub(super) fn push(&mut self, candidate: Candidate) -> bool {
        self.0.push(candidate)
    }

    /// Calls `visit` with those that can be true, and forgets all.
    pub(super) fn finish(&mut self, text: &[u8], visit: &mut impl FnMut(LiteralId, Range<usize>)) {
        let some = self.0.take();
        let mut line = None;
        for candidate in some {
            if some.len() == 1 || admits(&mut line, text, candidate) {
                visit(candidate.literal, candidate.start..candidate.end);
            }
        }
    }
}

/// Whether a candidate's companion stands in its line, as far as one can tell.
fn admits(line: &mut Option<Line>, text: &[u8], candidate: &Candidate) -> bool {
    if candidate.companion == NO_COMPANION {
        return true;
    }
    if line.as_ref().is_none_or(|line| !line.range.contains(&candidate.start)) {
        *line = Some(Line::around(text, candidate.start));
    }
    line.as_ref().is_some_and(|line| line.holds(candidate.companion))
}

/// Which fours stand in a line.
struct Line {
    range: Range<usize>,
    fours: [u64; 64],
}

impl Line {
    fn around(text: &[u8], at: usize) -> Self {
        let (before, behind) = (at.saturating_sub(LONG_LINE), text.len().min(at + LONG_LINE));
        let start = memchr::memrchr(b'\n', &text[before..at]).map(|found| before + found + 1);
        let end = memchr::memchr(b'\n', &text[at..behind]).map(|found| at + found);
        let start = start.or_else(|| (before == 0).then_some(0));
        let end = end.or_else(|| (behind == text.len()).then_some(behind));
        let Some((start, end)) = start.zip(end).filter(|(start, end)| end - start <= LONG_LINE) else {
            return Self { range: at..at + 1, fours: [u64::MAX; 64] };
        };
        let mut fours = [0; 64];
        for at in start..(end + 1).saturating_sub(GRAM.bytes) {
            let (word, bit) = place(companion(text, at));
            fours[word] |= 1 << bit;
        }
        Self { range: start..end.max(start + 1), fours }
    }

    fn holds(&self, companion: u16) -> bool {
        let (word, bit) = place(companion);
        self.fours[word] >> bit & 1 == 1
    }
}

/// The word and the bit of a companion.
fn place(companion: u16) -> (usize, u32) {
    (usize::from(companion >> 10), u32::from(companion >> 4 & 63))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn left(text: &str, candidates: &[(&str, usize)]) -> Vec<LiteralId> {
        let (mut some, mut left) = (Candidates::default(), Vec::new());
        for (literal, &(other, start)) in (0..).zip(candidates) {
            let companion = if other.is_empty() { NO_COMPANION } else { companion(other.as_bytes(), 0) };
            some.push(Candidate { literal, companion, start, end: start });
        }
        some.finish(text.as_bytes(), &mut |literal, _| left.push(literal));
        left
    }

    #[test]
    fn candidates_whose_companion_is_not_in_their_line_are_left_out() {
        let text = "anna may not read the ledger\nhugo may not read the journal\n";
        assert_eq!(left(text, &[("ledger", 0), ("journal", 0), ("LEDGER", 4), ("", 0)]), [0, 2, 3]);
        assert_eq!(left(text, &[("ledger", 29), ("journal", 29)]), [1]);
        assert_eq!(left(text, &[("journal", 0)]), [0], "one alone is not worth it");
    }

    #[test]
    fn a_very_long_line_admits_all() {
        let text = "x".repeat(2 * LONG_LINE);
        assert_eq!(left(&text, &[("ledger", 0), ("journal", LONG_LINE + 9), ("ledger", 2 * LONG_LINE - 1)]), [0, 1, 2]);
    }

    proptest! {
        #[test]
        fn a_companion_in_the_line_is_always_found(lines in proptest::collection::vec("[ab]{0,9}", 1..9), at in 0usize..80) {
            let text = lines.join("\n");
            let mut start = 0;
            for line in &lines {
                let places = start..start + line.len();
                if places.contains(&at) {
                    let fours = Line::around(text.as_bytes(), at);
                    let all = (0..line.len().saturating_sub(GRAM.bytes - 1)).map(|at| companion(line.as_bytes(), at));
                    prop_assert!(all.into_iter().all(|companion| fours.holds(companion)));
                }
                start = places.end + 1;
            }
        }
    }
}
