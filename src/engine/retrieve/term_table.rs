//! Numbers for hashed terms, in six bytes a term.
//!
//! The hashes are random, so a term's place among the sorted hashes follows from its first bits: a table of buckets leads
//! to two or three neighbours, of which 32 more bits are kept. A term that is not there is taken for one that is once in
//! a billion look-ups. A hash map of the same terms takes five times as much.

use borsh::{BorshDeserialize, BorshSerialize};

use super::postings::TermId;
use super::terms::TermHash;
use crate::engine::flat;

/// All terms, by hash.
#[derive(Debug, Default, BorshSerialize, BorshDeserialize)]
pub(super) struct TermTable {
    /// The last 32 bits of each hash.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    ends: Vec<u32>,
    /// Where the hashes with each first bits start; one more than there are buckets.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    buckets: Vec<u32>,
    shift: u32,
}

impl TermTable {
    /// Numbers distinct hashes, which must come sorted, by their positions.
    pub(super) fn new(hashes: &[TermHash]) -> Self {
        let bits = (hashes.len() / 2).next_power_of_two().trailing_zeros().clamp(1, 30);
        let shift = TermHash::BITS - bits;
        let mut buckets = Vec::with_capacity((1 << bits) + 1);
        let mut at = 0;
        for bucket in 0..=(1_u64 << bits) {
            while hashes.get(at).is_some_and(|hash| hash >> shift < bucket) {
                at += 1;
            }
            buckets.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self { ends: hashes.iter().map(|hash| end(*hash)).collect(), buckets, shift }
    }

    /// The number of a term.
    pub(super) fn id(&self, term: TermHash) -> Option<TermId> {
        let bucket = usize::try_from(term >> self.shift).ok()?;
        let (start, end) = (*self.buckets.get(bucket)?, *self.buckets.get(bucket + 1)?);
        let wanted = self::end(term);
        let found = self.ends[start as usize..end as usize].iter().position(|end| *end == wanted)?;
        Some(start + u32::try_from(found).ok()?)
    }

    /// Number of terms.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }
}

/// The last 32 bits of a hash.
#[expect(clippy::cast_possible_truncation, reason = "the rest is the bucket's")]
fn end(hash: TermHash) -> u32 {
    hash as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::retrieve::terms::hash;

    #[test]
    fn every_term_is_found_at_its_number_and_no_other() {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let mut hashes: Vec<TermHash> = (0..count).map(|number| hash(&format!("term {number}"))).collect();
            hashes.sort_unstable();
            let table = TermTable::new(&hashes);
            assert_eq!(table.len(), hashes.len());
            for (number, term) in hashes.iter().enumerate() {
                assert_eq!(table.id(*term).map(|id| id as usize), Some(number));
            }
            assert_eq!(table.id(hash("another")), None);
        }
        let extremes = TermTable::new(&[0, TermHash::MAX]);
        assert_eq!((extremes.id(0), extremes.id(TermHash::MAX), extremes.id(1)), (Some(0), Some(1), None));
    }
}
