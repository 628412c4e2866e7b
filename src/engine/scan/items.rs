//! What is kept of anchors and literals in the tables of a `group`: what tells them apart without touching more memory, in
//! as few bytes as can be, so that five lie in a cache line.

use super::candidates::Candidate;
use super::index::Known;
use super::popularity::{Place, Popularity};
use super::table::Item;
use super::windows::{GRAM, Shape, gram};

/// An odd constant, from `MurmurHash3`'s finaliser (Appleby, 2011).
const MIX: u32 = 0x85EB_CA6B;

/// Where an anchor's offset is among the bits of its tag (windows begin less than four bytes apart), and where the part of
/// its window's hash is. The rest is of the whole anchor's hash.
const OFFSET: u32 = 0b11;
const WINDOW: u32 = 0xff << 2;

/// What is known of a window of an anchor.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// A bit for each of its probes.
    pub(super) probes: u64,
    /// Of the hashes of the window and of the whole anchor.
    tag: u32,
    /// Bytes from the anchor's start to the window's.
    pub(super) offset: u8,
}

/// What is known of a literal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    leads_to: u32,
    /// Bytes from the literal's start to its anchor's.
    anchor: u8,
    /// Bytes from the literal's start to four others, away from the probe.
    far: u8,
    /// Of the probe and of the four bytes.
    check: u16,
    companion: u16,
    /// Of the literal, in bytes, as far as it is known to the index.
    length: u8,
    /// Of the probe.
    tag: u8,
}

/// Where a literal would be, by an anchor and one of its probes.
#[derive(Clone, Copy, Default)]
pub(super) struct Probe {
    pub(super) key: u32,
    /// Where the anchor begins.
    pub(super) at: usize,
}

impl Anchor {
    pub(super) fn new(probes: u64, window: u32, whole: u32, offset: u8) -> Self {
        Self { probes, tag: whole & !(WINDOW | OFFSET) | window & WINDOW, offset }
    }

    /// Whether it seems to have this hash as a whole.
    #[inline]
    pub(super) fn is_whole(self, whole: u32) -> bool {
        (self.tag ^ whole) & !(WINDOW | OFFSET) == 0
    }
}

impl Item for Anchor {
    type Words = [u32; 3];
    const WORDS: usize = 3;

    #[expect(clippy::cast_possible_truncation, reason = "the halves of 64 bits")]
    fn to_words(self) -> [u32; 3] {
        [self.probes as u32, (self.probes >> 32) as u32, self.tag | u32::from(self.offset)]
    }

    #[inline]
    fn from_words(words: &[u32]) -> Self {
        let probes = u64::from(words[1]) << 32 | u64::from(words[0]);
        Self { probes, tag: words[2] & !OFFSET, offset: (words[2] & OFFSET) as u8 }
    }

    #[inline]
    fn fits(self, hash: u32) -> bool {
        (self.tag ^ hash) & WINDOW == 0
    }
}

impl Item for Entry {
    type Words = [u32; 3];
    const WORDS: usize = 3;

    fn to_words(self) -> [u32; 3] {
        let hashes = u32::from(self.check) << 16 | u32::from(self.companion);
        [self.leads_to, hashes, u32::from_le_bytes([self.anchor, self.far, self.length, self.tag])]
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the halves of 32 bits")]
    fn from_words(words: &[u32]) -> Self {
        let [anchor, far, length, tag] = words[2].to_le_bytes();
        let (check, companion) = ((words[1] >> 16) as u16, words[1] as u16);
        Self { leads_to: words[0], anchor, far, check, companion, length, tag }
    }

    #[inline]
    fn fits(self, key: u32) -> bool {
        self.tag == entry_tag(key)
    }
}

impl Entry {
    pub(super) fn new(
        known: Known,
        shape: Shape,
        text: &[u8],
        place: Place,
        popularity: &Popularity,
        key: u32,
    ) -> Self {
        let near = place.probe.saturating_sub(GRAM.bytes - 1)..place.probe + shape.bytes;
        let far = popularity.rarest_gram(text, &near).unwrap_or(0);
        let narrow = |at: usize| u8::try_from(at).unwrap_or(u8::MAX);
        let (anchor, far, check) = (narrow(place.anchor), narrow(far), check(text, far, key));
        let Known { leads_to, companion } = known;
        Self { leads_to, anchor, far, check, companion, length: narrow(text.len()), tag: entry_tag(key) }
    }

    /// Where the literal seems to stand; `None` where it cannot.
    #[inline]
    pub(super) fn candidate(self, text: &[u8], probe: Probe) -> Option<Candidate> {
        let start = probe.at.checked_sub(usize::from(self.anchor))?;
        if check(text, start + usize::from(self.far), probe.key) != self.check {
            return None;
        }
        let Self { leads_to, companion, .. } = self;
        let length = u16::from(self.length);
        (start + usize::from(length) <= text.len()).then_some(Candidate { leads_to, companion, length, start })
    }
}

/// What is kept of a probe's hash to tell it from others in its bucket: the bits that a bucket is not
/// chosen by.
fn entry_tag(key: u32) -> u8 {
    key.to_le_bytes()[0]
}

/// What is kept of a probe and of four bytes away from it.
fn check(text: &[u8], far: usize, key: u32) -> u16 {
    (key.wrapping_mul(MIX) >> 16) as u16 ^ gram(text, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_as_they_were_kept() {
        let (window, whole) = (0x9E37_79B1, 0x85EB_CA77);
        for offset in 0..4 {
            let anchor = Anchor::from_words(&Anchor::new(1 << 63 | 5, window, whole, offset).to_words());
            assert_eq!((anchor.probes, anchor.offset), (1 << 63 | 5, offset));
            assert!(anchor.fits(window) && anchor.is_whole(whole));
            assert!(!anchor.fits(!window) && !anchor.is_whole(!whole));
        }
        let entry = Entry { leads_to: 1, anchor: 2, far: 3, check: 4, companion: 5, length: 6, tag: 7 };
        assert_eq!(Entry::from_words(&entry.to_words()), entry);
    }
}
