//! The engines that are held side by side.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use kbmatch::engine::scan::{Scratch, SignatureScanner};
use regex::{Regex, RegexSet};

/// Many patterns matched at once.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;
    /// Writes the numbers of the patterns that match, in any order, each once.
    fn matches(&mut self, text: &str, found: &mut Vec<u32>);
    /// Bytes that the counting allocator does not see, or that are only reserved.
    fn more_bytes(&self) -> usize {
        0
    }
}

pub(crate) struct Kbmatch {
    scanner: SignatureScanner,
    scratch: Scratch,
    portable: bool,
}

impl Kbmatch {
    pub(crate) fn new(patterns: &[&str], portable: bool) -> Self {
        let scanner =
            SignatureScanner::new(patterns.iter().map(|pattern| (*pattern, false))).expect("patterns are right");
        let scanner = if portable { scanner.portable() } else { scanner };
        Self { scanner, scratch: Scratch::default(), portable }
    }
}

impl Engine for Kbmatch {
    fn name(&self) -> &'static str {
        if self.portable { "kbmatch, portable" } else { "kbmatch" }
    }

    fn matches(&mut self, text: &str, found: &mut Vec<u32>) {
        found.extend_from_slice(self.scanner.matches(text, &mut self.scratch));
    }

    fn more_bytes(&self) -> usize {
        self.scanner.cache_room()
    }
}

/// An automaton over the longest literal of each pattern, then the pattern's own expression on the line where it stands,
/// compiled when first needed.
pub(crate) struct AhoCorasickVerify {
    automaton: AhoCorasick,
    patterns: Vec<String>,
    compiled: Vec<OnceLock<Box<Regex>>>,
    settled: Vec<bool>,
}

impl AhoCorasickVerify {
    pub(crate) fn new(patterns: &[&str]) -> Self {
        let automaton = AhoCorasick::new(patterns.iter().map(|pattern| longest_literal(pattern))).expect("it fits");
        Self {
            automaton,
            patterns: patterns.iter().map(|pattern| (*pattern).to_owned()).collect(),
            compiled: patterns.iter().map(|_| OnceLock::new()).collect(),
            settled: vec![false; patterns.len()],
        }
    }
}

fn longest_literal(pattern: &str) -> String {
    let literals = [".{1,120}?", r"\d+", r"(?:[^\s<]+|<[^>\n]+>)"]
        .iter()
        .fold(vec![pattern], |pieces, wild| pieces.iter().flat_map(|piece| piece.split(wild)).collect());
    literals.into_iter().max_by_key(|piece| piece.len()).unwrap_or_default().replace('\\', "")
}

impl Engine for AhoCorasickVerify {
    fn name(&self) -> &'static str {
        "Aho-Corasick, verify"
    }

    fn matches(&mut self, text: &str, found: &mut Vec<u32>) {
        for hit in self.automaton.find_overlapping_iter(text) {
            let number = hit.pattern().as_usize();
            if self.settled[number] {
                continue;
            }
            let start = text[..hit.start()].rfind('\n').map_or(0, |at| at + 1);
            let end = text[hit.end()..].find('\n').map_or(text.len(), |at| hit.end() + at);
            let regex = self.compiled[number]
                .get_or_init(|| Box::new(Regex::new(&self.patterns[number]).expect("patterns are right")));
            if regex.is_match(&text[start..end]) {
                self.settled[number] = true;
                found.push(u32::try_from(number).expect("at most a million patterns"));
            }
        }
        for &number in found.iter() {
            self.settled[number as usize] = false;
        }
    }
}

pub(crate) struct OneSet(pub(crate) RegexSet);

impl OneSet {
    pub(crate) fn new(patterns: &[&str]) -> Self {
        Self(regex::RegexSetBuilder::new(patterns).size_limit(1 << 32).build().expect("it fits"))
    }
}

impl Engine for OneSet {
    fn name(&self) -> &'static str {
        "regex::RegexSet"
    }

    fn matches(&mut self, text: &str, found: &mut Vec<u32>) {
        found.extend(self.0.matches(text).into_iter().map(|at| u32::try_from(at).expect("few patterns")));
    }
}

/// The truth: every expression by itself.
pub(crate) struct Loop(Vec<Regex>);

impl Loop {
    pub(crate) fn new(patterns: &[&str]) -> Self {
        Self(patterns.iter().map(|pattern| Regex::new(pattern).expect("patterns are right")).collect())
    }
}

impl Engine for Loop {
    fn name(&self) -> &'static str {
        "loop over regex::Regex"
    }

    fn matches(&mut self, text: &str, found: &mut Vec<u32>) {
        found.extend((0..).zip(&self.0).filter(|(_, regex)| regex.is_match(text)).map(|(number, _)| number));
    }
}
