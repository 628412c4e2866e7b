//! What the scanner looks for ahead of its walk.

use std::sync::LazyLock;

use memchr::memmem;

/// What finds the start of a URL's rest and the end of a PEM block; made once, since making one takes as long as a short
/// text.
pub(super) static SCHEME: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("://"));
pub(super) static FOOTER: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("-----END "));

/// What is looked for ahead of the walk.
#[derive(Clone, Copy)]
pub(super) enum Needle {
    Byte(u8),
    Bytes(&'static memmem::Finder<'static>),
}

impl Needle {
    fn find(self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Byte(byte) => memchr::memchr(byte, bytes),
            Self::Bytes(finder) => finder.find(bytes),
        }
    }
}

/// Positions of a needle, found in order and remembered.
pub(super) struct Upcoming<'t> {
    needle: Needle,
    bytes: &'t [u8],
    pub(super) at: Option<usize>,
}

impl<'t> Upcoming<'t> {
    pub(super) fn new(bytes: &'t [u8], needle: Needle) -> Self {
        Self { needle, bytes, at: needle.find(bytes) }
    }

    /// First position at or after `from`; calls come with growing `from`.
    pub(super) fn from(&mut self, from: usize) -> Option<usize> {
        if self.at.is_some_and(|at| at < from) {
            self.at = self.needle.find(self.bytes.get(from..)?).map(|found| from + found);
        }
        self.at
    }
}
