//! Numbers for hashed terms, in ten bytes a term.
//!
//! The hashes are random, so a term's place among the sorted hashes follows from its first bits: a table of buckets leads
//! to two or three neighbours. A hash map of the same terms takes three times as much.

use super::postings::TermId;
use super::terms::TermHash;

/// All terms, by hash.
#[derive(Debug, Default)]
pub(super) struct TermTable {
    hashes: Vec<TermHash>,
    /// Where the hashes with each first bits start; one more than there are buckets.
    buckets: Vec<u32>,
    shift: u32,
}

impl TermTable {
    /// Sorts distinct hashes; their positions are the numbers.
    pub(super) fn new(mut hashes: Vec<TermHash>) -> Self {
        hashes.sort_unstable();
        hashes.shrink_to_fit();
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
        Self { hashes, buckets, shift }
    }

    /// The number of a term.
    pub(super) fn id(&self, term: TermHash) -> Option<TermId> {
        let bucket = usize::try_from(term >> self.shift).ok()?;
        let (start, end) = (*self.buckets.get(bucket)?, *self.buckets.get(bucket + 1)?);
        let found = self.hashes[start as usize..end as usize].iter().position(|hash| *hash == term)?;
        Some(start + u32::try_from(found).ok()?)
    }

    /// Number of terms.
    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// All terms, by number.
    pub(super) fn terms(&self) -> &[TermHash] {
        &self.hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::retrieve::terms::hash;

    #[test]
    fn every_term_is_found_at_its_number_and_no_other() {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let hashes: Vec<TermHash> = (0..count).map(|number| hash(&format!("term {number}"))).collect();
            let table = TermTable::new(hashes.clone());
            assert_eq!(table.len(), hashes.len());
            for term in &hashes {
                let id = table.id(*term).expect("it is there");
                assert_eq!(table.terms()[id as usize], *term);
            }
            assert_eq!(table.id(hash("another")), None);
        }
        let extremes = TermTable::new(vec![0, TermHash::MAX]);
        assert_eq!((extremes.id(0), extremes.id(TermHash::MAX), extremes.id(1)), (Some(0), Some(1), None));
    }
}
