//! Items found by a 32-bit hash, and a few items that are looked up together.
//!
//! With a million literals whatever is looked up first comes from memory, so a look-up shall touch one place only: the
//! items of a bucket lie in the bucket, which is one cache line. Where there are too many for that (signatures that share a
//! whole literal) the line says where they lie one behind the other.

use std::marker::PhantomData;

use borsh::{BorshDeserialize, BorshSerialize};

use super::memory::{self, LINE};
use crate::engine::flat::{self, Bits, Flat};

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;

/// Numbers in a cache line.
const WORDS: usize = LINE / size_of::<u32>();

/// What lies in a table.
pub(super) trait Item: Copy {
    /// How it is kept: so many numbers.
    type Words: AsRef<[u32]>;
    const WORDS: usize;

    fn to_words(self) -> Self::Words;
    fn from_words(words: &[u32]) -> Self;
    /// Whether it seems to be of this hash: a bucket holds what other hashes lead to as well.
    fn fits(self, hash: u32) -> bool;
}

/// Items by hash.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
#[borsh(init = settle)]
pub(super) struct Table<T: Item> {
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    buckets: Vec<Bucket>,
    shift: u32,
    /// The items of buckets that have too many.
    #[borsh(serialize_with = "flat::write", deserialize_with = "flat::read")]
    spilled: Vec<u32>,
    #[borsh(skip, bound(serialize = "", deserialize = ""))]
    items: PhantomData<T>,
}

/// The number of items, then the items themselves, or where they begin among the spilled.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Bucket([u32; WORDS]);

impl<T: Item> Table<T> {
    /// Most items that lie in a bucket itself.
    const ROOM: usize = (WORDS - 1) / T::WORDS;

    /// A table of items with their hashes.
    pub(super) fn new(hashed: &[(u32, T)]) -> Self {
        // About half full: in fuller ones too many spill.
        let size = (2 * hashed.len() / Self::ROOM).next_power_of_two().clamp(2, 1 << 30);
        let shift = 32 - size.trailing_zeros();
        let mut by_bucket: Vec<(usize, T)> = hashed.iter().map(|(hash, item)| (bucket(*hash, shift), *item)).collect();
        by_bucket.sort_unstable_by_key(|(bucket, _)| *bucket);
        let (mut buckets, mut spilled) = (vec![Bucket([0; WORDS]); size], Vec::new());
        for some in by_bucket.chunk_by(|a, b| a.0 == b.0) {
            buckets[some[0].0] = Bucket::new::<T>(some, &mut spilled);
        }
        spilled.shrink_to_fit();
        let mut table = Self { buckets, shift, spilled, items: PhantomData };
        table.settle();
        table
    }

    /// Its arrays are finished.
    fn settle(&mut self) {
        memory::settle(&self.buckets);
        memory::settle(&self.spilled);
    }

    /// Asks for the memory of the items of a hash.
    #[inline]
    pub(super) fn fetch(&self, hash: u32) {
        memory::fetch(&self.buckets, bucket(hash, self.shift), 1);
    }

    /// The items that seem to be of a hash.
    #[inline]
    pub(super) fn items(&self, hash: u32) -> impl Iterator<Item = T> {
        let Bucket([count, own @ ..]) = &self.buckets[bucket(hash, self.shift)];
        let count = *count as usize;
        let words = if count <= Self::ROOM { own } else { &self.spilled[own[0] as usize..] };
        words[..count * T::WORDS].chunks_exact(T::WORDS).map(T::from_words).filter(move |item| item.fits(hash))
    }

    /// Number of items.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.buckets.iter().map(|Bucket([count, ..])| *count as usize).sum()
    }

    /// Bytes on the heap.
    pub(super) fn heap_bytes(&self) -> usize {
        self.buckets.capacity() * size_of::<Bucket>() + self.spilled.capacity() * size_of::<u32>()
    }
}

impl Bucket {
    fn new<T: Item>(items: &[(usize, T)], spilled: &mut Vec<u32>) -> Self {
        let mut bucket = Self([0; WORDS]);
        let [count, own @ ..] = &mut bucket.0;
        *count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        if items.len() > Table::<T>::ROOM {
            own[0] = u32::try_from(spilled.len()).unwrap_or(u32::MAX);
            for (_, item) in items {
                spilled.extend_from_slice(item.to_words().as_ref());
            }
        } else {
            for (place, (_, item)) in own.chunks_exact_mut(T::WORDS).zip(items) {
                place.copy_from_slice(item.to_words().as_ref());
            }
        }
        bucket
    }
}

impl Flat for Bucket {
    type Bits = [u32; WORDS];

    fn to_bits(self) -> Self::Bits {
        self.0
    }

    fn from_bits(bits: Self::Bits) -> Self {
        Self(bits)
    }
}

impl Bits for [u32; WORDS] {
    const BYTES: usize = size_of::<Self>();

    fn put(self, bytes: &mut [u8]) {
        bytes.chunks_exact_mut(size_of::<u32>()).zip(self).for_each(|(bytes, word)| word.put(bytes));
    }

    fn take(bytes: &[u8]) -> Self {
        let mut words = [0; WORDS];
        words.iter_mut().zip(bytes.chunks_exact(size_of::<u32>())).for_each(|(word, bytes)| *word = Bits::take(bytes));
        words
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

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn take(&mut self) -> &[T] {
        let count = std::mem::take(&mut self.count);
        &self.items[..count]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A number that is told by the last bits of its hash.
    impl Item for (u32, u32) {
        type Words = [u32; 2];
        const WORDS: usize = 2;

        fn to_words(self) -> [u32; 2] {
            self.into()
        }

        fn from_words(words: &[u32]) -> Self {
            (words[0], words[1])
        }

        fn fits(self, hash: u32) -> bool {
            self.1 == hash % 4
        }
    }

    proptest! {
        #[test]
        fn items_are_found_by_their_hash_however_many_share_it(hashes in proptest::collection::vec(0u32..40, 0..200)) {
            let hashed: Vec<(u32, (u32, u32))> =
                (0..).zip(&hashes).map(|(number, hash)| (*hash, (number, hash % 4))).collect();
            let table = Table::new(&hashed);
            prop_assert_eq!(table.len(), hashed.len());
            let bytes = borsh::to_vec(&table).unwrap();
            let back: Table<(u32, u32)> = borsh::from_slice(&bytes).unwrap();
            for table in [table, back] {
                for hash in 0..40 {
                    let found: Vec<u32> = table.items(hash).map(|(number, _)| number).collect();
                    let all = (0..).zip(&hashes).filter(|(_, own)| **own == hash).map(|(number, _)| number);
                    prop_assert!(all.into_iter().all(|number: u32| found.contains(&number)));
                    prop_assert!(found.iter().all(|number| hashes[*number as usize] % 4 == hash % 4));
                }
            }
        }
    }
}
