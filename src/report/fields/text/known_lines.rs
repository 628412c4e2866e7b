//! Lines that another reading of the part showed already.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::report::ByteSpan;

/// Remembers the lines of a part's readings.
#[derive(Debug, Default)]
pub(super) struct KnownLines {
    seen: HashSet<u64>,
    hasher: RandomState,
}

impl KnownLines {
    /// The runs of lines that were not seen before; the whole text when nothing was. `remember` when more readings follow.
    pub(super) fn new_lines(&mut self, text: &str, remember: bool) -> Vec<ByteSpan> {
        let is_first = self.seen.is_empty();
        if is_first && !remember {
            return vec![ByteSpan::new(0, text.len())];
        }
        let mut runs: Vec<ByteSpan> = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let end = start + line.len();
            let hash = self.hasher.hash_one(line.trim_end_matches(['\n', '\r']));
            let known = self.seen.contains(&hash);
            if remember {
                self.seen.insert(hash);
            }
            // Of the first reading every line counts, repeated ones too: each stands in a place of its own.
            if is_first || !known {
                match runs.last_mut() {
                    Some(last) if last.end() == start => *last = ByteSpan::new(last.start(), end),
                    _ => runs.push(ByteSpan::new(start, end)),
                }
            }
            start = end;
        }
        runs
    }
}
