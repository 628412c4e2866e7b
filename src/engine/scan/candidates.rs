//! Literals that seem to stand in a text: which of them are worth touching their memory.
//!
//! Where many signatures share a literal (`permission denied for user anna`, each with another file), each of them would be
//! run in vain but one. So a signature that has a second literal lends four bytes of it, its *companion*, to the first: where
//! these four do not stand in the line, the signature cannot match there. Only where there is more than one candidate in a
//! line its fours are read, some dozens at a time, and all of the candidates held against them.

use std::ops::Range;

use super::table::Few;
use super::windows::{GRAM, gram, gram_of};

/// The companion of a literal that has none.
pub(super) const NO_COMPANION: u16 = 0;

/// So many candidates are told of at once; of more, those that are left.
const FEW: usize = 4;

/// A line longer than this admits every companion, in bytes: most fours stand in it, and to know them takes long.
const LONG_LINE: usize = 4096;

/// Fours of a line that are read at a time: few, so that they stay in the processor's registers.
const FOURS: usize = 64;

/// The companion that stands at a place of a literal; rarely none.
pub(super) fn companion(literal: &[u8], at: usize) -> u16 {
    gram(literal, at)
}

/// Who is told of the literals that seem to stand in a text, by what they lead to.
pub(super) trait Visitor {
    /// One may be visited in a moment; its memory can be asked for.
    fn soon(&mut self, _leads_to: u32) {}
    fn visit(&mut self, leads_to: u32, place: Range<usize>);
}

impl<F: FnMut(u32, Range<usize>)> Visitor for F {
    fn visit(&mut self, leads_to: u32, place: Range<usize>) {
        self(leads_to, place);
    }
}

/// A literal that seems to stand in a text.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Candidate {
    pub(super) leads_to: u32,
    pub(super) companion: u16,
    pub(super) length: u16,
    pub(super) start: usize,
}

impl Candidate {
    fn place(&self) -> Range<usize> {
        self.start..self.start + usize::from(self.length)
    }
}

/// A few candidates that are told apart together, each by a bit of a number.
#[derive(Default)]
pub(super) struct Candidates(Few<Candidate, { u32::BITS as usize }>);

impl Candidates {
    /// Adds one; says whether there is no room for another.
    #[inline]
    pub(super) fn push(&mut self, candidate: Candidate, visitor: &mut impl Visitor) -> bool {
        if self.0.len() < FEW {
            visitor.soon(candidate.leads_to);
        }
        self.0.push(candidate)
    }

    /// Visits those that can be true, and forgets all.
    pub(super) fn finish(&mut self, text: &[u8], visitor: &mut impl Visitor) {
        let mut left = self.0.take();
        while let Some(first) = left.first() {
            if left.len() == 1 {
                return visitor.visit(first.leads_to, first.place());
            }
            let line = line(text, first.start);
            let others = left[1..].iter().take_while(|candidate| line.contains(&candidate.start)).count();
            let (here, behind) = left.split_at(1 + others);
            left = behind;
            let mut admitted = if line.len() > LONG_LINE { u32::MAX } else { admitted(&text[line], here) };
            admitted &= u32::MAX >> (u32::BITS as usize - here.len());
            visit(here, admitted, visitor);
        }
    }
}

/// Visits candidates of which the bits are set, all of them being told of before.
fn visit(some: &[Candidate], bits: u32, visitor: &mut impl Visitor) {
    let those = || some.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, candidate)| candidate);
    those().for_each(|candidate| visitor.soon(candidate.leads_to));
    those().for_each(|candidate| visitor.visit(candidate.leads_to, candidate.place()));
}

/// The line around a place without its line feeds, of a very long one enough to tell that it is.
fn line(text: &[u8], at: usize) -> Range<usize> {
    let (before, behind) = (at.saturating_sub(LONG_LINE + 1), text.len().min(at + LONG_LINE + 1));
    let start = memchr::memrchr(b'\n', &text[before..at]).map_or(before, |found| before + found + 1);
    let end = memchr::memchr(b'\n', &text[at..behind]).map_or(behind, |found| at + found);
    start..end
}

/// A bit for each candidate whose companion stands in their line, as far as one can tell, or that has none.
fn admitted(line: &[u8], some: &[Candidate]) -> u32 {
    let mut admitted = bits(some, |companion| companion == NO_COMPANION);
    for from in (0..line.len()).step_by(FOURS) {
        let fours = fours(&line[from..]);
        // All are compared, none skipped: so the compiler makes vector instructions of it.
        admitted |= bits(some, |companion| fours.iter().map(|four| u32::from(*four == companion)).sum::<u32>() > 0);
    }
    admitted
}

/// A bit for each candidate of whose companion something holds.
#[inline]
fn bits(some: &[Candidate], holds: impl Fn(u16) -> bool) -> u32 {
    (0..).zip(some).fold(0, |bits, (at, candidate)| bits | u32::from(holds(candidate.companion)) << at)
}

/// The companions at the first places of a text, in no certain order; the text is taken to go on with zeros.
fn fours(text: &[u8]) -> [u16; FOURS] {
    let mut bytes = [0; FOURS + GRAM.bytes];
    let have = text.len().min(bytes.len());
    bytes[..have].copy_from_slice(&text[..have]);
    let mut fours = [0; FOURS];
    // The compiler makes vector instructions of this: neighbouring numbers from each of four places on.
    for (from, fours) in fours.chunks_exact_mut(FOURS / GRAM.bytes).enumerate() {
        for (four, bytes) in fours.iter_mut().zip(bytes[from..].chunks_exact(GRAM.bytes)) {
            *four = gram_of([bytes[0], bytes[1], bytes[2], bytes[3]]);
        }
    }
    fours
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn left(text: &str, candidates: &[(&str, usize)]) -> Vec<u32> {
        let (mut some, mut left) = (Candidates::default(), Vec::new());
        let mut visitor = |leads_to: u32, _: Range<usize>| left.push(leads_to);
        for (leads_to, &(other, start)) in (0..).zip(candidates) {
            let companion = if other.is_empty() { NO_COMPANION } else { companion(other.as_bytes(), 0) };
            some.push(Candidate { leads_to, companion, length: 0, start }, &mut visitor);
        }
        some.finish(text.as_bytes(), &mut visitor);
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
                    prop_assert_eq!(super::line(text.as_bytes(), at), places.clone());
                    let all = (0..line.len().saturating_sub(GRAM.bytes - 1)).map(|at| companion(line.as_bytes(), at));
                    for companion in all {
                        let candidate = Candidate { companion, ..Candidate::default() };
                        prop_assert_eq!(admitted(line.as_bytes(), &[candidate]), 1);
                    }
                }
                start = places.end + 1;
            }
        }
    }
}
