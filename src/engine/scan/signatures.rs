//! Many signatures held against one text: which of them match.
//!
//! The literal index says where a signature's literal stands; around that place the signature's program is run, on no more
//! text than a match can reach. Nothing is compiled before it is needed, and hardly anything then.

use std::ops::Range;
use std::panic::resume_unwind;

use super::builder::Builder;
use super::cache::RegexCache;
use super::candidates::Visitor;
use super::index::LiteralIndex;
use super::records::{Code, Head, Records};
use super::walk::{Walked, Walker};
use crate::engine::pattern::compile_regex;

/// Most bytes of compiled expressions that a scanner keeps.
pub(super) const CACHE_BYTES: usize = 1 << 20;
/// Most signatures without a usable literal: each is run over every text.
pub const MAX_SLOW: usize = 1000;
/// Fewest signatures that are worth a thread.
const LEAST_SHARE: usize = 1000;
/// A stretch of text longer than this that was searched in vain is remembered, in bytes.
const LONG_STRETCH: usize = 4096;

/// Regular expressions matched together; a signature is known by its position.
#[derive(Debug)]
pub struct SignatureScanner {
    /// Leads to records. A literal of several signatures is there for each of them.
    pub(super) literals: LiteralIndex,
    pub(super) records: Records,
    pub(super) patterns: String,
    /// Where each pattern ends in the patterns; it begins where the one before ends.
    pub(super) pattern_ends: Vec<u32>,
    pub(super) slow: Vec<u32>,
    pub(super) slow_records: Vec<u32>,
    pub(super) cache: RegexCache,
}

/// What became of running a signature over a stretch of text.
enum Searched {
    Match,
    /// It does not match in this stretch.
    Vain(Range<usize>),
    /// The regex engine did not find it from this byte to the end of the text.
    VainToEnd(usize),
}

/// Why a signature is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// A pattern that is wrong or too large.
    #[error("signature {number}: {reason}")]
    Pattern {
        /// Position of the signature.
        number: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// Too many signatures that have no literal.
    #[error("more than {MAX_SLOW} signatures have no literal to be found by; the last is signature {number}")]
    TooManySlow {
        /// Position of the first that is too many.
        number: usize,
    },
    /// Too many signatures, or too long ones.
    #[error("the signatures hold more than 4 GiB of text")]
    TooLarge,
}

/// Memory of a scan, to be used again by the next; one for each thread.
#[derive(Debug, Default)]
pub struct Scratch {
    walker: Walker,
    /// A bit for every signature that is settled.
    settled: Vec<u64>,
    touched: Vec<u32>,
    matched: Vec<u32>,
    /// Long stretches that a signature was run over in vain.
    vain: Vec<(u32, Range<usize>)>,
}

impl SignatureScanner {
    /// Prepares patterns in the syntax of the `regex` crate, each with whether letter case is ignored. `^` and `$` are the
    /// ends of lines. Many are shared out to the processor's cores.
    pub fn new<'p>(patterns: impl Iterator<Item = (&'p str, bool)>) -> Result<Self, ScanError> {
        let patterns: Vec<(&str, bool)> = patterns.collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = patterns.len().div_ceil(cores).max(LEAST_SHARE);
        let builders: Vec<Result<Builder, ScanError>> = std::thread::scope(|scope| {
            let shares = patterns.chunks(share).enumerate();
            let threads: Vec<_> =
                shares.map(|(part, patterns)| scope.spawn(move || Builder::read(part * share, patterns))).collect();
            // A thread that panicked read nothing; its panic goes on here.
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        let mut all = Builder::default();
        for builder in builders {
            all.merge(&builder?).ok_or(ScanError::TooLarge)?;
        }
        all.finish()
    }

    /// The signatures that match somewhere in the text, in order.
    pub fn matches<'s>(&self, text: &str, scratch: &'s mut Scratch) -> &'s [u32] {
        scratch.start(self.len());
        self.literals.likely(text.as_bytes(), &mut Verifier { scanner: self, text, scratch });
        for &at in &self.slow_records {
            let (head, code) = self.records.get(at);
            if let Searched::Match = self.search(head, code, text, 0..text.len(), text.len(), &mut scratch.walker) {
                scratch.matched.push(head.number);
            }
        }
        scratch.matched.sort_unstable();
        &scratch.matched
    }

    /// Number of signatures.
    pub fn len(&self) -> usize {
        self.pattern_ends.len()
    }

    /// Whether there are no signatures.
    pub fn is_empty(&self) -> bool {
        self.pattern_ends.is_empty()
    }

    /// The signatures that no literal leads to; they are run over every text.
    pub fn slow(&self) -> &[u32] {
        &self.slow
    }

    /// Bytes that it takes, the cache of compiled expressions at its cap included.
    pub fn resident_bytes(&self) -> usize {
        let numbers = self.pattern_ends.capacity() + self.slow.capacity() + self.slow_records.capacity();
        let texts = self.patterns.capacity() + self.records.heap_bytes();
        size_of::<Self>() + self.literals.heap_bytes() + numbers * size_of::<u32>() + texts + self.cache.cap()
    }

    /// Bytes that the cache of compiled expressions may grow by until it is at its cap.
    pub fn cache_room(&self) -> usize {
        self.cache.room()
    }

    /// Looks without vector instructions from now on; the matches are the same.
    #[must_use]
    pub fn portable(mut self) -> Self {
        self.literals.set_portable();
        self
    }

    /// Checks the signature of a record whose literal seems to stand at a place.
    fn verify(&self, at: u32, text: &str, place: Range<usize>, scratch: &mut Scratch) {
        let (head, code) = self.records.get(at);
        let number = head.number;
        if scratch.is_settled(number) {
            return;
        }
        let start = place.start;
        let stretch = head.stretch(text, place);
        if scratch.vain.iter().any(|(n, s)| *n == number && s.start <= stretch.start && stretch.end <= s.end) {
            return;
        }
        // What was searched in vain is remembered for all starts.
        let latest = if stretch.len() > LONG_STRETCH { stretch.end } else { start };
        match self.search(head, code, text, stretch, latest, &mut scratch.walker) {
            Searched::Match => {
                scratch.settle(number);
                scratch.matched.push(number);
            }
            // The engine takes long for a byte, so what it read is remembered however short.
            Searched::VainToEnd(from) => scratch.vain.push((number, from..text.len())),
            Searched::Vain(stretch) if stretch.len() > LONG_STRETCH => scratch.vain.push((number, stretch)),
            Searched::Vain(_) => {}
        }
    }

    /// Runs a signature over a stretch, for matches that start no later than at `latest`.
    fn search(
        &self,
        head: Head,
        code: Option<Code<'_>>,
        text: &str,
        stretch: Range<usize>,
        latest: usize,
        walker: &mut Walker,
    ) -> Searched {
        if let Some(code) = code {
            match walker.find(code, &self.records.classes, text, stretch.clone(), latest) {
                Walked::Match(_) => return Searched::Match,
                Walked::NoMatch => return Searched::Vain(stretch),
                Walked::GaveUp => {}
            }
        }
        let pattern = self.pattern(head.number);
        let regex = self.cache.get(head.number, pattern, || compile_regex(pattern, head.ignore_case).ok());
        // The engine cannot be told where to stop, so it looks on to the end of the text, once.
        match regex {
            Some(regex) if regex.is_match_at(text, stretch.start) => Searched::Match,
            _ => Searched::VainToEnd(stretch.start),
        }
    }

    fn pattern(&self, number: u32) -> &str {
        let at = number as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.pattern_ends[before] as usize);
        &self.patterns[start..self.pattern_ends[at] as usize]
    }
}

/// Checks what the literal index leads to.
struct Verifier<'s> {
    scanner: &'s SignatureScanner,
    text: &'s str,
    scratch: &'s mut Scratch,
}

impl Visitor for Verifier<'_> {
    #[inline]
    fn soon(&mut self, at: u32) {
        self.scanner.records.fetch(at);
    }

    #[inline]
    fn visit(&mut self, at: u32, place: Range<usize>) {
        self.scanner.verify(at, self.text, place, self.scratch);
    }
}

impl Head {
    /// The text that a match around a literal at `start..end` can take.
    fn stretch(&self, text: &str, Range { start, end }: Range<usize>) -> Range<usize> {
        let bytes = text.as_bytes();
        let reach = |bound: Option<u32>| bound.map_or(usize::MAX, |bytes| bytes as usize);
        let mut from = start.saturating_sub(reach(self.reach.before));
        let mut to = end.saturating_add(reach(self.reach.behind)).min(text.len());
        if !self.spans_lines {
            from = memchr::memrchr(b'\n', &bytes[from..start]).map_or(from, |at| from + at + 1);
            to = memchr::memchr(b'\n', &bytes[end..to]).map_or(to, |at| end + at);
        }
        text.ceil_char_boundary(from)..text.floor_char_boundary(to)
    }
}

impl Scratch {
    fn start(&mut self, signatures: usize) {
        self.settled.resize(signatures.div_ceil(64), 0);
        for number in self.touched.drain(..) {
            if let Some(word) = self.settled.get_mut(number as usize / 64) {
                *word = 0;
            }
        }
        self.matched.clear();
        self.vain.clear();
    }

    fn is_settled(&self, number: u32) -> bool {
        self.settled[number as usize / 64] >> (number % 64) & 1 == 1
    }

    fn settle(&mut self, number: u32) {
        self.settled[number as usize / 64] |= 1 << (number % 64);
        self.touched.push(number);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(patterns: &[(String, bool)], text: &str) -> Vec<u32> {
        let holds = |(pattern, ignore_case): &(String, bool)| {
            compile_regex(pattern, *ignore_case).is_ok_and(|regex| regex.is_match(text))
        };
        (0..).zip(patterns).filter(|(_, pattern)| holds(pattern)).map(|(number, _)| number).collect()
    }

    fn agree(patterns: &[(String, bool)], texts: &[String]) -> Result<(), TestCaseError> {
        let scanner = SignatureScanner::new(patterns.iter().map(|(pattern, i)| (pattern.as_str(), *i))).unwrap();
        let mut scratch = Scratch::default();
        let ours: Vec<Vec<u32>> = texts.iter().map(|text| scanner.matches(text, &mut scratch).to_vec()).collect();
        let portable = scanner.portable();
        for (text, ours) in texts.iter().zip(ours) {
            prop_assert_eq!(portable.matches(text, &mut scratch), &ours, "portable, {:?} on {:?}", patterns, text);
            prop_assert_eq!(&ours, &naive(patterns, text), "{:?} on {:?}", patterns, text);
        }
        Ok(())
    }

    /// A pattern of pieces such as signatures have.
    fn pattern() -> impl Strategy<Value = String> {
        let literal = prop_oneof!["[abAKs]{1,5}", "[a-c' ]{6,14}", "(Failed|loading) [ab]{2,9} x"];
        let wild = prop::sample::select(vec![
            ".{1,12}?",
            r"\d+",
            r"\w*",
            r"(?:\S+|<[^>]+>)",
            "[ab]{0,3}",
            ".+",
            "(?s).{2,9}",
            "(a|b|ab)+",
            r"\b",
            "$",
            "^",
            "(?:ab)?",
            "(x|ya|é)",
            r"\s+",
            "(?:a+b)*",
            "(?:)|b",
            "a{3}",
            r"\B",
            "[^a]",
            "(?i:Ks)",
        ]);
        let piece = prop_oneof![3 => literal.prop_map(|text| text), 2 => wild.prop_map(str::to_owned)];
        proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
    }

    fn text() -> impl Strategy<Value = String> {
        let piece =
            prop_oneof!["[abAKkſs]{1,5}", "[a-c' ]{1,14}", "Failed [ab]{2,9} x", "[0-9<> é\n]{1,4}", "loading x"];
        proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

        #[test]
        fn the_scanner_matches_what_a_loop_over_regexes_matches(
            patterns in proptest::collection::vec((pattern(), any::<bool>()), 1..8),
            texts in proptest::collection::vec(text(), 1..4),
        ) {
            agree(&patterns, &texts)?;
        }
    }

    #[test]
    fn signatures_that_share_a_literal_are_told_apart_by_another() {
        let names = ["anna", "Hugo", "kalomi", "ſam", "k9", "a much longer name than the others"];
        let lines = [r".{1,40}?", r"\d+", r"(?s).{1,60}", r"(?:\S+|<[^>]+>)", r"[^']*"];
        let patterns: Vec<(String, bool)> = names
            .iter()
            .flat_map(|name| lines.iter().map(move |wild| format!("permission denied for {wild} as user {name}")))
            .flat_map(|pattern| [(pattern.clone(), false), (pattern, true)])
            .collect();
        let texts = [
            "permission denied for x as user anna",
            "permission denied for 7\nas user hugo",
            "PERMISSION DENIED FOR 7 AS USER KALOMI",
        ];
        let long = format!("{} permission denied for 7 as user k9 {}", "y".repeat(5000), "as user anna".repeat(400));
        let texts: Vec<String> =
            texts.into_iter().map(str::to_owned).chain([texts.join(" "), texts.join("\n"), long]).collect();
        agree(&patterns, &texts).unwrap();
    }

    #[test]
    fn a_pattern_without_a_literal_is_slow_and_still_matches() {
        let scanner = SignatureScanner::new([(r"\d+", false), ("needle", true)].into_iter()).unwrap();
        assert_eq!(scanner.slow(), [0]);
        assert_eq!(scanner.matches("a NEEDLE in 7 stacks", &mut Scratch::default()), [0, 1]);
    }

    #[test]
    fn a_walk_that_would_not_end_is_left_to_the_regex_engine() {
        let scanner = SignatureScanner::new([("xy(?:a|a|b)+(?:a|a|b)+(?:a|a|b)+c", false)].into_iter()).unwrap();
        let text = format!("xy{}", "a".repeat(5000));
        assert!(scanner.matches(&text, &mut Scratch::default()).is_empty());
    }
}
