//! Reading patterns that are made of fixed text and a few wildcards, as signatures are.
//!
//! A million signatures have few different wildcards (`.+`, `\d+`, `[^']*`), and reading these anew for each takes longer
//! than all else of it. So a pattern is cut where a wildcard begins and ends, a wildcard is read once, and the parts are
//! put together as the `regex-syntax` crate does; a test holds the result against its own. Whatever is not cut with
//! certainty is left to it as a whole.

use std::collections::HashMap;

use regex_syntax::hir::Hir;

use crate::engine::pattern::parse_regex;

/// Most wildcards that are remembered.
const MOST: usize = 256;

/// Wildcards read so far.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    known: HashMap<Box<str>, Hir>,
}

impl Pieces {
    /// Reads a pattern as [`parse_regex`] does.
    pub(super) fn parse(&mut self, pattern: &str, ignore_case: bool) -> Result<Hir, String> {
        let pieced = if ignore_case { None } else { self.pieced(pattern) };
        pieced.map_or_else(|| parse_regex(pattern, ignore_case), Ok)
    }

    fn pieced(&mut self, pattern: &str) -> Option<Hir> {
        let (mut parts, mut literal) = (Vec::new(), Vec::new());
        let mut rest = pattern;
        while let Some(first) = rest.chars().next() {
            let (atom, wild) = atom(rest, first)?;
            let quantifier = quantifier(&rest[atom..])?;
            if wild || quantifier > 0 {
                if !literal.is_empty() {
                    parts.push(Hir::literal(std::mem::take(&mut literal)));
                }
                parts.push(self.wildcard(&rest[..atom + quantifier])?);
            } else {
                // Of an escaped character the backslash goes.
                let escape = usize::from(first == '\\');
                literal.extend_from_slice(&rest.as_bytes()[escape..atom]);
            }
            rest = &rest[atom + quantifier..];
        }
        if !literal.is_empty() {
            parts.push(Hir::literal(literal));
        }
        Some(Hir::concat(parts))
    }

    fn wildcard(&mut self, piece: &str) -> Option<Hir> {
        if let Some(known) = self.known.get(piece) {
            return Some(known.clone());
        }
        let hir = parse_regex(piece, false).ok()?;
        if self.known.len() < MOST {
            self.known.insert(piece.into(), hir.clone());
        }
        Some(hir)
    }
}

/// The length of what a quantifier would apply to at the start of a pattern, and whether it is more than one character as it
/// stands; `None` where that is not certain.
fn atom(rest: &str, first: char) -> Option<(usize, bool)> {
    match first {
        '.' => Some((1, true)),
        '\\' => match rest[1..].chars().next()? {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Some((2, true)),
            escaped if regex_syntax::is_meta_character(escaped) => Some((2, false)),
            _ => None,
        },
        '[' => Some((class(rest)?, true)),
        '(' => Some((group(rest)?, true)),
        '|' | '^' | '$' | '*' | '+' | '?' | '{' | '}' | ')' | ']' => None,
        _ => Some((first.len_utf8(), false)),
    }
}

/// The length of a class without others in it.
fn class(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('[')?;
    let inside = inside.strip_prefix('^').unwrap_or(inside);
    if inside.starts_with(']') {
        return None;
    }
    let mut escaped = false;
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'[' => return None,
            b']' => return Some(rest.len() - inside.len() + at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a group that catches nothing and holds no other group.
fn group(rest: &str) -> Option<usize> {
    let mut at = "(?:".len();
    if !rest.starts_with("(?:") {
        return None;
    }
    loop {
        match rest.as_bytes().get(at)? {
            b'\\' => at += 2,
            b'[' => at += class(&rest[at..])?,
            b'(' => return None,
            b')' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// The length of the quantifier at the start of a pattern, 0 where there is none; `None` where that is not certain.
fn quantifier(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let length = match bytes.first() {
        Some(b'*' | b'+' | b'?') => 1,
        Some(b'{') => {
            let inside = rest[1..].find('}')?;
            let plain = rest[1..=inside].bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
            plain.then_some(inside + 2)?
        }
        _ => return Some(0),
    };
    let length = length + usize::from(bytes.get(length) == Some(&b'?'));
    match bytes.get(length) {
        Some(b'*' | b'+' | b'?' | b'{') => None,
        _ => Some(length),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece() -> impl Strategy<Value = String> {
        let wild = prop::sample::select(vec![
            ".",
            r"\d",
            r"\S",
            r"\w",
            "[^']",
            "[a-f0-9]",
            r"[\]x]",
            "[]a]",
            "[^]a]",
            "[a[b]c]",
            r"(?:[^\s<]+|<[^>\n]+>)",
            "(?:a|b)",
            "(?:)",
            "(a|b)",
            "(?i:a)",
            "(?i)",
            "(?P<n>x)",
            r"\b",
            "^",
            "$",
            "|",
            "a",
            "é",
            r"\.",
            r"\x41",
            r"\n",
            r"\é",
            "(",
            ")",
            "]",
            "}",
            "{",
            "(?:(?:a))",
            r"(?:[(])",
            r"(?:\))",
            "[a&&b]",
            r"\pL",
            "(?:a",
            "[a",
        ]);
        let quantifier = prop::sample::select(vec![
            "", "", "*", "+", "?", "+?", "*?", "??", "{2}", "{1,3}", "{1,3}?", "{,3}", "{3,1}", "{ 1}", "**", "{}",
            "{0}",
        ]);
        let fixed = r"([a-z :'é#&~/-]|\\[.(\[?{|+*$^\\#&~-]){0,12}";
        prop_oneof![fixed.prop_map(|text| text), (wild, quantifier).prop_map(|(wild, q)| format!("{wild}{q}"))]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2048, ..ProptestConfig::default() })]

        #[test]
        fn a_pattern_read_in_pieces_is_what_it_is_as_a_whole(
            patterns in proptest::collection::vec(proptest::collection::vec(piece(), 0..7), 1..4),
            ignore_case: bool,
        ) {
            let mut pieces = Pieces::default();
            for pattern in patterns {
                let pattern = pattern.concat();
                prop_assert_eq!(pieces.parse(&pattern, ignore_case), parse_regex(&pattern, ignore_case), "{}", pattern);
            }
        }
    }

    #[test]
    fn patterns_of_fixed_text_and_wildcards_are_read_in_pieces() {
        for pattern in
            [r"user '\w+' of \[x\] lacks .{1,120}?: \d+", r"on (?:[^\s<]+|<[^>\n]+>) at line\.", "", "a+[^']*"]
        {
            assert_eq!(Pieces::default().pieced(pattern), parse_regex(pattern, false).ok(), "{pattern}");
        }
    }
}
