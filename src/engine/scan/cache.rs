//! Compiled regular expressions, made at first need and kept while there is room.
//!
//! A compiled expression takes tens of kilobytes, most are never needed, and a knowledge base may hold many: so all share
//! a cache with a cap, and the one that has not been used longest goes first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use regex::Regex;

/// What a compiled expression is counted as, in bytes for each byte of its pattern and in any case. The `regex` crate does
/// not tell the size; measured over the workload of `benches/scanner.rs`, with the scratch space of one thread, an
/// expression takes 75 KB.
const COUNTED_PER_BYTE: usize = 1024;
const COUNTED: usize = 32 * 1024;

/// Compiled expressions by a number of the caller's.
#[derive(Debug)]
pub(in crate::engine) struct RegexCache {
    cap: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    regexes: HashMap<u32, Entry>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Entry {
    regex: Arc<Regex>,
    bytes: usize,
    used: u64,
}

impl RegexCache {
    /// A cache of about `cap` bytes.
    pub(in crate::engine) fn new(cap: usize) -> Self {
        Self { cap, held: Mutex::default() }
    }

    /// The expression with this number, compiled by `compile` where it is not at hand; `None` where it cannot be.
    pub(in crate::engine) fn get(
        &self,
        number: u32,
        pattern: &str,
        compile: impl FnOnce() -> Option<Regex>,
    ) -> Option<Arc<Regex>> {
        if let Some(regex) = self.lock().use_again(number) {
            return Some(regex);
        }
        // Outside the lock: others need not wait for this one.
        let regex = Arc::new(compile()?);
        let bytes = COUNTED + COUNTED_PER_BYTE * pattern.len();
        self.lock().keep(number, Arc::clone(&regex), bytes, self.cap);
        Some(regex)
    }

    /// Most bytes that it holds.
    pub(in crate::engine) fn cap(&self) -> usize {
        self.cap
    }

    /// Bytes until it is at its cap.
    pub(in crate::engine) fn room(&self) -> usize {
        self.cap.saturating_sub(self.lock().bytes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    fn use_again(&mut self, number: u32) -> Option<Arc<Regex>> {
        self.clock += 1;
        let entry = self.regexes.get_mut(&number)?;
        entry.used = self.clock;
        Some(Arc::clone(&entry.regex))
    }

    fn keep(&mut self, number: u32, regex: Arc<Regex>, bytes: usize, cap: usize) {
        while self.bytes + bytes > cap
            && let Some(oldest) = self.regexes.iter().min_by_key(|(_, entry)| entry.used).map(|(number, _)| *number)
        {
            self.bytes -= self.regexes.remove(&oldest).map_or(0, |entry| entry.bytes);
        }
        let entry = Entry { regex, bytes, used: self.clock };
        self.bytes += bytes;
        self.bytes -= self.regexes.insert(number, entry).map_or(0, |before| before.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expression_that_was_not_used_longest_goes_when_room_runs_out() {
        let cache = RegexCache::new(2 * COUNTED + 2 * COUNTED_PER_BYTE);
        let made = std::cell::Cell::new(0);
        let get = |number, pattern: &str| {
            cache.get(number, pattern, || {
                made.set(made.get() + 1);
                Regex::new(pattern).ok()
            })
        };
        for (number, pattern) in [(0, "a"), (1, "b"), (0, "a"), (2, "c"), (0, "a")] {
            assert_eq!(get(number, pattern).unwrap().as_str(), pattern);
        }
        assert_eq!(made.get(), 3);
        get(1, "b");
        assert_eq!(made.get(), 4);
    }
}
