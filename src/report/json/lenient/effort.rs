//! Bounds on the work that all attempts on one text share.

use memchr::memmem;

/// What all attempts on one text share to stay linear together.
pub(in crate::report::json) struct Effort {
    /// Bytes that may still be looked at in vain after unescaped quotes.
    pub(super) lookahead: usize,
    /// End of the first block comment that ends after the place last asked for; `None` when there is none.
    comment_end: Option<usize>,
}

impl Effort {
    pub(in crate::report::json) fn for_text(text: &str) -> Self {
        Self { lookahead: text.len().saturating_mul(4), comment_end: Some(0) }
    }

    /// Where the block comment that starts at `start` ends.
    pub(super) fn block_comment_end(&mut self, bytes: &[u8], start: usize) -> Option<usize> {
        if self.comment_end? < start + 4 {
            let body = (start + 2).min(bytes.len());
            self.comment_end = memmem::find(&bytes[body..], b"*/").map(|end| body + end + 2);
        }
        self.comment_end
    }
}
