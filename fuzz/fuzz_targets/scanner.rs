//! Any signatures and any text: the scanner matches what a loop over `regex::Regex` matches, with and without vector
//! instructions.
#![no_main]

use kbmatch::engine::scan::{Scratch, SignatureScanner};
use libfuzzer_sys::fuzz_target;
use regex::RegexBuilder;

/// Pieces that patterns are made of: whole words, so that literals of every length come up, and every kind of wildcard.
const PIECES: [&str; 40] = [
    "a", "b", "k", "S", "ab", "Error: ", "failed to load ", "connection refused by peer", "é", "ſ", "'", " ", "x", "7", "<",
    ".{1,12}?", ".+", ".*?", r"\d+", r"\w*", r"\S+", r"\s", "[ab]{0,3}", "[^a]", "(?s:.{2,9})", "(a|b|ab)+", r"\b", r"\B",
    "^", "$", "(?:ab)?", "(x|ya|é)", "(?:a+b)*", "a{3}", "(?i:Ks)", "(?:[^\\s<]+|<[^>]+>)", "|", "(?:", ")", "\\n",
];
/// Pieces that texts are made of beside the bytes themselves.
const WORDS: [&str; 16] = [
    "a", "b", "K", "s", "ab", "Error: ", "FAILED to load ", "connection refused by peer", "é", "ſ", "'", "\n", "x", "777",
    "<a b>", " ",
];

fuzz_target!(|data: &[u8]| {
    let mut parts = data.split(|byte| *byte == 0xff);
    let text: String = parts
        .next()
        .unwrap_or_default()
        .iter()
        .map(|&byte| match WORDS.get(usize::from(byte.wrapping_sub(0x80))) {
            Some(word) => (*word).to_owned(),
            None => char::from(byte).to_string(),
        })
        .collect();
    let pattern = |part: &[u8]| -> Option<(String, bool)> {
        let (first, rest) = part.split_first()?;
        let pattern: String = rest.iter().take(12).map(|byte| PIECES[usize::from(*byte) % PIECES.len()]).collect();
        Some((pattern, first & 1 == 1))
    };
    let build = |(pattern, ignore_case): &(String, bool)| {
        RegexBuilder::new(pattern).case_insensitive(*ignore_case).multi_line(true).size_limit(1 << 20).build().ok()
    };
    let patterns = parts.take(8).filter_map(pattern).filter_map(|pattern| Some((build(&pattern)?, pattern)));
    let (regexes, patterns): (Vec<_>, Vec<_>) = patterns.unzip();
    let scanner = SignatureScanner::new(patterns.iter().map(|(pattern, ignore_case)| (pattern.as_str(), *ignore_case)))
        .expect("the regex engine takes the patterns");
    let expected: Vec<u32> =
        (0..).zip(&regexes).filter(|(_, regex)| regex.is_match(&text)).map(|(number, _)| number).collect();
    let mut scratch = Scratch::default();
    assert_eq!(scanner.matches(&text, &mut scratch), expected, "{patterns:?} on {text:?}");
    assert_eq!(scanner.portable().matches(&text, &mut scratch), expected, "portable: {patterns:?} on {text:?}");
});
