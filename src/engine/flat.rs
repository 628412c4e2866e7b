//! Arrays of numbers as they are kept on disk: their length, then the numbers in little-endian order, read and written in
//! blocks, since a large index holds tens of millions of them.

use borsh::io::{Read, Result, Write};
use borsh::{BorshDeserialize as _, BorshSerialize as _};

/// Bytes that are converted at once, a multiple of every item's size.
const BLOCK: usize = 1 << 16;

/// Most bytes that are reserved for an array before it is read.
const MOST_RESERVED: usize = 1 << 30;

/// A number, or a few packed into one.
pub(super) trait Flat: Copy {
    /// What it is packed into.
    type Bits: Bits;
    fn to_bits(self) -> Self::Bits;
    fn from_bits(bits: Self::Bits) -> Self;
}

/// An unsigned number.
pub(super) trait Bits: Copy {
    const BYTES: usize;
    fn put(self, bytes: &mut [u8]);
    fn take(bytes: &[u8]) -> Self;
}

/// A sequence of [`Flat`] items.
pub(super) trait FlatArray {
    type Item: Flat;
    fn items(&self) -> &[Self::Item];
    fn from_items(items: Vec<Self::Item>) -> Self;
}

/// Writes an array; for borsh's `serialize_with`.
pub(super) fn write<A: FlatArray, W: Write>(array: &A, writer: &mut W) -> Result<()> {
    let items = array.items();
    (items.len() as u64).serialize(writer)?;
    let size = <A::Item as Flat>::Bits::BYTES;
    let mut block = vec![0; BLOCK.min(items.len() * size)];
    for some in items.chunks(BLOCK / size) {
        let bytes = &mut block[..some.len() * size];
        for (place, item) in bytes.chunks_exact_mut(size).zip(some) {
            item.to_bits().put(place);
        }
        writer.write_all(bytes)?;
    }
    Ok(())
}

/// Reads an array; for borsh's `deserialize_with`.
pub(super) fn read<A: FlatArray, R: Read>(reader: &mut R) -> Result<A> {
    let size = <A::Item as Flat>::Bits::BYTES;
    let mut left = usize::try_from(u64::deserialize_reader(reader)?).map_err(borsh::io::Error::other)?;
    // What a damaged length asks for beyond a few blocks is not reserved before the bytes are there.
    let mut items = Vec::with_capacity(left.min(MOST_RESERVED / size));
    let mut block = vec![0; BLOCK.min(left.saturating_mul(size))];
    while left > 0 {
        let some = left.min(BLOCK / size);
        let bytes = &mut block[..some * size];
        reader.read_exact(bytes)?;
        items.extend(bytes.chunks_exact(size).map(|bytes| A::Item::from_bits(Bits::take(bytes))));
        left -= some;
    }
    Ok(A::from_items(items))
}

impl<T: Flat> FlatArray for Vec<T> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn from_items(items: Vec<T>) -> Self {
        items
    }
}

impl<T: Flat> FlatArray for Box<[T]> {
    type Item = T;

    fn items(&self) -> &[T] {
        self
    }

    fn from_items(items: Vec<T>) -> Self {
        items.into()
    }
}

macro_rules! bits {
    ($($number:ty),*) => {$(
        impl Bits for $number {
            const BYTES: usize = size_of::<$number>();

            fn put(self, bytes: &mut [u8]) {
                bytes.copy_from_slice(&self.to_le_bytes());
            }

            fn take(bytes: &[u8]) -> Self {
                let mut number = [0; size_of::<$number>()];
                number.copy_from_slice(bytes);
                Self::from_le_bytes(number)
            }
        }
    )*};
}

bits!(u32, u64, u128);

impl Flat for u32 {
    type Bits = Self;

    fn to_bits(self) -> Self {
        self
    }

    fn from_bits(bits: Self) -> Self {
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_come_back_as_they_were_and_cut_ones_are_refused() {
        for length in [0, 1, BLOCK / 4 - 1, BLOCK / 4, BLOCK / 4 + 1, 100_000] {
            let numbers: Vec<u32> = (0..length).map(|n| u32::try_from(n).unwrap().wrapping_mul(0x9E37_79B1)).collect();
            let mut bytes = Vec::new();
            write(&numbers, &mut bytes).unwrap();
            assert_eq!(bytes.len(), 8 + 4 * numbers.len());
            assert_eq!(read::<Vec<u32>, _>(&mut bytes.as_slice()).unwrap(), numbers);
            assert!(read::<Vec<u32>, _>(&mut &bytes[..bytes.len() - 1]).is_err());
        }
        assert!(read::<Vec<u32>, _>(&mut u64::MAX.to_le_bytes().as_slice()).is_err());
    }
}
