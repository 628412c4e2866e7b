//! Items found by a 32-bit hash: a bucket for each, all buckets one behind the other in one array. At a million literals a
//! vector for each would cost more than the literals. And the other way round, a few items that are looked up together.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::engine::flat::{self, Flat};

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;

/// Items by hash. A bucket holds what other hashes lead to as well; an item must tell by itself.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct Table<T: Flat> {
    /// Where each bucket's items begin, and where the last ends.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    buckets: Vec<u32>,
    shift: u32,
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read", bound(serialize = "", deserialize = ""))]
    items: Vec<T>,
}

impl<T: Flat + Default> Table<T> {
    /// A table of items with their hashes.
    pub(super) fn new(hashed: &[(u32, T)]) -> Self {
        let size = hashed.len().next_power_of_two().clamp(2, 1 << 30);
        let shift = 32 - size.trailing_zeros();
        let mut buckets = vec![0; size + 1];
        for (hash, _) in hashed {
            buckets[bucket(*hash, shift) + 1] += 1;
        }
        for at in 0..size {
            buckets[at + 1] += buckets[at];
        }
        let mut free = buckets.clone();
        let mut items = vec![T::default(); hashed.len()];
        for (hash, item) in hashed {
            let place = &mut free[bucket(*hash, shift)];
            items[*place as usize] = *item;
            *place += 1;
        }
        Self { buckets, shift, items }
    }
}

impl<T: Flat> Table<T> {
    /// Where the items of a hash lie.
    #[inline]
    pub(super) fn range(&self, hash: u32) -> (u32, u32) {
        let bucket = bucket(hash, self.shift);
        (self.buckets[bucket], self.buckets[bucket + 1])
    }

    /// The items of a range.
    #[inline]
    pub(super) fn items(&self, (start, end): (u32, u32)) -> &[T] {
        &self.items[start as usize..end as usize]
    }

    /// Number of items.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<u32>() + self.items.capacity() * size_of::<T>()
    }
}

/// The bucket of a hash. The filter takes its word from the same upper bits of the hash itself; here they are mixed anew,
/// so that windows that fall on one word spread over buckets.
fn bucket(hash: u32, shift: u32) -> usize {
    ((hash ^ (hash >> 15)).wrapping_mul(MIX) >> shift) as usize
}

/// A few items that are worked on together.
pub(super) struct Few<T, const MOST: usize> {
    items: [T; MOST],
    count: usize,
}

impl<T: Copy + Default, const MOST: usize> Default for Few<T, MOST> {
    fn default() -> Self {
        Self { items: [T::default(); MOST], count: 0 }
    }
}

impl<T, const MOST: usize> Few<T, MOST> {
    /// Adds one; says whether there is no room for another.
    #[inline]
    pub(super) fn push(&mut self, item: T) -> bool {
        self.items[self.count] = item;
        self.count += 1;
        self.count == MOST
    }

    pub(super) fn take(&mut self) -> &[T] {
        let count = std::mem::take(&mut self.count);
        &self.items[..count]
    }
}
