//! Regular expressions of signatures: read and measured when a knowledge base is loaded, compiled when first needed.
//!
//! Compiling takes fifty times as long as reading, and most expressions are never needed. What must be known at once, that
//! the pattern is well-formed and stays within its size, is told from the parsed pattern; only one that comes near the
//! limit is compiled to know.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Class, Hir, HirKind};

use super::scan::RegexCache;

/// Most bytes a compiled regular expression may take, as counted by the `regex` crate.
pub(crate) const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// Deepest nesting inside a pattern.
const NEST_LIMIT: u32 = 50;

/// A regular expression that is compiled when it is first needed.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct LazyRegex {
    pattern: String,
    ignore_case: bool,
    number: u32,
    /// Shared by all of a snapshot; one that was read back has none until it is given it.
    #[borsh(skip)]
    cache: Option<Arc<RegexCache>>,
}

impl LazyRegex {
    /// `number` tells it apart from the others of the cache.
    pub(super) fn new(pattern: &str, ignore_case: bool, number: u32, cache: Arc<RegexCache>) -> Self {
        Self { pattern: pattern.to_owned(), ignore_case, number, cache: Some(cache) }
    }

    /// Keeps what is compiled in this cache from now on.
    pub(super) fn set_cache(&mut self, cache: &Arc<RegexCache>) {
        self.cache = Some(Arc::clone(cache));
    }

    /// The compiled expression. It was read before; `None` where it cannot be compiled all the same.
    pub(super) fn get(&self) -> Option<Arc<Regex>> {
        let compile = || compile_regex(&self.pattern, self.ignore_case).ok();
        match &self.cache {
            Some(cache) => cache.get(self.number, &self.pattern, compile),
            None => compile().map(Arc::new),
        }
    }
}

/// Reads a pattern as [`compile_regex`] does; the error names what is wrong.
pub(super) fn parse_regex(pattern: &str, ignore_case: bool) -> Result<Hir, String> {
    regex_syntax::ParserBuilder::new()
        .case_insensitive(ignore_case)
        .multi_line(true)
        .nest_limit(NEST_LIMIT)
        .build()
        .parse(pattern)
        .map_err(|error| error.to_string())
}

/// Compiles a pattern under the size limit; the error names what is wrong.
pub(crate) fn compile_regex(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    compile_within(pattern, ignore_case, REGEX_SIZE_LIMIT)
}

fn compile_within(pattern: &str, ignore_case: bool, limit: usize) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .case_insensitive(ignore_case)
        .multi_line(true)
        .size_limit(limit)
        .dfa_size_limit(REGEX_SIZE_LIMIT)
        .nest_limit(NEST_LIMIT)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(limit) => format!("it compiles to more than {limit} bytes"),
            other => other.to_string(),
        })
}

/// Refuses a pattern that compiles to more than the limit, without compiling where that is sure.
pub(super) fn check_size(hir: &Hir, pattern: &str, ignore_case: bool) -> Result<(), String> {
    if size_bound(hir) <= REGEX_SIZE_LIMIT { Ok(()) } else { compile_regex(pattern, ignore_case).map(|_| ()) }
}

/// More bytes than the expression compiles to. Bytes for each kind of state were measured with the `regex` crate 1.13 and
/// rounded up; a test holds the bound against it.
fn size_bound(hir: &Hir) -> usize {
    const WHOLE: usize = 4096;
    part_bound(hir).saturating_add(WHOLE)
}

fn part_bound(hir: &Hir) -> usize {
    const STATE: usize = 96;
    // Of characters beyond ASCII, whose bytes are states of their own; many ranges share them.
    const RANGE: usize = 1280;
    const FURTHER_RANGE: usize = 384;
    const FEW: usize = 8;
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => STATE,
        HirKind::Literal(literal) => STATE.saturating_mul(literal.0.len() + 1),
        HirKind::Class(Class::Bytes(class)) => STATE * (class.ranges().len() + 1),
        HirKind::Class(Class::Unicode(class)) => {
            let beyond_ascii = class.ranges().iter().filter(|range| !range.end().is_ascii()).count();
            STATE * (class.ranges().len() + 2)
                + RANGE * beyond_ascii.min(FEW)
                + FURTHER_RANGE * beyond_ascii.saturating_sub(FEW)
        }
        HirKind::Repetition(repetition) => {
            let copies = repetition.max.unwrap_or(repetition.min.saturating_add(1)).max(1) as usize;
            part_bound(&repetition.sub).saturating_add(STATE).saturating_mul(copies).saturating_add(STATE)
        }
        HirKind::Capture(capture) => part_bound(&capture.sub).saturating_add(4 * STATE),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().fold(STATE, |sum, part| sum.saturating_add(STATE).saturating_add(part_bound(part)))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_over_the_size_limit_is_refused_with_its_size() {
        let pattern = r"(\pL{200}){200}";
        let hir = parse_regex(pattern, false).unwrap();
        let error = check_size(&hir, pattern, false).unwrap_err();
        assert!(error.contains("1048576"), "{error}");
    }

    #[test]
    fn a_malformed_pattern_is_refused_in_the_words_of_the_regex_engine() {
        assert_eq!(parse_regex("a(b", false).unwrap_err(), compile_regex("a(b", false).unwrap_err());
    }

    fn bound_holds(pattern: &str, ignore_case: bool) {
        let Ok(hir) = parse_regex(pattern, ignore_case) else { return };
        let bound = size_bound(&hir);
        if bound <= REGEX_SIZE_LIMIT {
            assert!(compile_within(pattern, ignore_case, bound).is_ok(), "{pattern:?} takes more than {bound} bytes");
        }
    }

    #[test]
    fn the_bound_of_a_compiled_size_holds_for_common_classes() {
        for pattern in
            [r"\w", r"\W", r"\s", r"\S", r"\d", r"\D", ".", r"\pL", r"\p{Greek}", "(?s).", "é", "[^é]", r"\b"]
        {
            for pattern in [pattern.to_owned(), format!("{pattern}{{1,9}}"), format!("(x|{pattern})+")] {
                bound_holds(&pattern, false);
                bound_holds(&pattern, true);
            }
        }
    }

    proptest! {
        #[test]
        fn the_bound_of_a_compiled_size_holds(pattern in r"([a-zé\[\]^(|)?*+.]|\\[wdsWDSb]|\{[1-9],[0-9]{2}\}){0,30}", ignore_case: bool) {
            bound_holds(&pattern, ignore_case);
        }
    }
}
