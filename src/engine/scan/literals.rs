//! What must stand in a text for a regular expression to match it.
//!
//! From a parsed pattern come *choices*: sets of literals of which one stands in every match. A pattern such as
//! `user '\w+' (lacks|misses) role` offers `{user '}`, `{lacks, misses}` and `{ role}`; which of them is looked for is a
//! matter of rarity (see `popularity`). Letters in both cases count as literal, since the scan ignores
//! ASCII letter case. Where `k` or `s` also stands for the Kelvin sign or the long s, the literal ends.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

/// Most literals of one choice.
const MAX_SET: usize = 32;
/// Most choices of one pattern.
const MAX_CHOICES: usize = 32;
/// Most bytes of a literal that are looked for; the rest of a longer one tells it apart no better.
const MAX_BYTES: usize = 96;

/// A set of literals of which one stands in every match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct LiteralChoice {
    pub(in crate::engine) literals: Vec<String>,
    /// How far a match can reach around one of them.
    pub(in crate::engine) reach: Reach,
}

/// How far a match can reach before and behind a literal in it, in bytes; `None` without bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Reach {
    pub(in crate::engine) before: Option<u32>,
    pub(in crate::engine) behind: Option<u32>,
}

impl Reach {
    /// No text but the literal itself.
    pub(in crate::engine) const NONE: Self = Self { before: Some(0), behind: Some(0) };

    fn around(self, before: Option<u32>, behind: Option<u32>) -> Self {
        Self { before: plus(self.before, before), behind: plus(self.behind, behind) }
    }
}

/// The choices that a pattern offers, none when nothing is sure to stand in a match.
pub(in crate::engine) fn choices(hir: &Hir) -> Vec<LiteralChoice> {
    let mut choices = Vec::new();
    collect(hir, &mut choices);
    choices.truncate(MAX_CHOICES);
    choices
}

fn collect(hir: &Hir, choices: &mut Vec<LiteralChoice>) {
    match hir.kind() {
        HirKind::Literal(_) | HirKind::Class(_) => {
            let mut run = Run::default();
            run.extend(hir);
            run.finish(choices);
        }
        HirKind::Capture(capture) => collect(&capture.sub, choices),
        HirKind::Repetition(repetition) if repetition.min > 0 => repeated(hir, repetition, choices),
        HirKind::Concat(parts) => concat(parts, choices),
        HirKind::Alternation(parts) => alternation(parts, choices),
        _ => {}
    }
}

fn concat(parts: &[Hir], choices: &mut Vec<LiteralChoice>) {
    let lengths: Vec<Option<u32>> = parts.iter().map(longest).collect();
    let total =
        |range: std::ops::Range<usize>| lengths[range].iter().try_fold(0_u32, |sum, part| plus(Some(sum), *part));
    let mut at = 0;
    while at < parts.len() {
        let first = at;
        let from = choices.len();
        let mut run = Run::default();
        while at < parts.len() && run.extend(&parts[at]) {
            at += 1;
        }
        if at == first {
            collect(&parts[at], choices);
            at += 1;
        } else {
            run.finish(choices);
        }
        for choice in &mut choices[from..] {
            choice.reach = choice.reach.around(total(0..first), total(at..parts.len()));
        }
    }
}

/// One of the alternatives stands in a match: the best literals of each together are a choice.
fn alternation(parts: &[Hir], choices: &mut Vec<LiteralChoice>) {
    let mut literals = Vec::new();
    for part in parts {
        let mut own = Vec::new();
        collect(part, &mut own);
        let least = |choice: &LiteralChoice| choice.literals.iter().map(String::len).min().unwrap_or(0);
        let Some(best) = own.into_iter().max_by_key(least) else { return };
        literals.extend(best.literals);
    }
    if literals.len() <= MAX_SET {
        literals.sort_unstable();
        literals.dedup();
        let all = parts.iter().map(longest).try_fold(0, |most, part| Some(most.max(part?)));
        choices.push(LiteralChoice { literals, reach: Reach { before: all, behind: all } });
    }
}

fn repeated(whole: &Hir, repetition: &Repetition, choices: &mut Vec<LiteralChoice>) {
    let from = choices.len();
    collect(&repetition.sub, choices);
    let all = longest(whole);
    for choice in &mut choices[from..] {
        choice.reach = Reach { before: all, behind: all };
    }
}

/// Most bytes that a match of an expression takes.
pub(in crate::engine) fn longest(hir: &Hir) -> Option<u32> {
    hir.properties().maximum_len().and_then(|length| u32::try_from(length).ok())
}

fn plus(a: Option<u32>, b: Option<u32>) -> Option<u32> {
    a?.checked_add(b?)
}

/// Whether a match of the expression can hold a line break.
pub(in crate::engine) fn spans_lines(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => false,
        HirKind::Literal(literal) => literal.0.contains(&b'\n'),
        HirKind::Class(Class::Unicode(class)) => {
            class.ranges().iter().any(|range| range.start() <= '\n' && '\n' <= range.end())
        }
        HirKind::Class(Class::Bytes(class)) => {
            class.ranges().iter().any(|range| range.start() <= b'\n' && b'\n' <= range.end())
        }
        HirKind::Repetition(repetition) => spans_lines(&repetition.sub),
        HirKind::Capture(capture) => spans_lines(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(spans_lines),
    }
}

/// Neighbouring characters that stand as they are, up to ASCII letter case.
#[derive(Default)]
struct Run {
    text: String,
    /// Bytes behind it that are not kept.
    cut: u32,
}

impl Run {
    /// Takes an expression that is one fixed text; says whether it was.
    fn extend(&mut self, hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
                Ok(text) => self.push(text),
                Err(_) => return false,
            },
            HirKind::Class(Class::Unicode(class)) => match folded_letter(class) {
                Some(letter) => self.push(letter.encode_utf8(&mut [0; 4])),
                None => return false,
            },
            HirKind::Capture(capture) => return self.extend(&capture.sub),
            // An assertion takes no text, so what stands on both sides of it stands side by side.
            HirKind::Look(_) => return !self.text.is_empty(),
            _ => return false,
        }
        true
    }

    fn push(&mut self, text: &str) {
        let room = if self.cut == 0 { MAX_BYTES - self.text.len() } else { 0 };
        let kept = text.floor_char_boundary(room);
        self.text.push_str(&text[..kept]);
        self.cut = self.cut.saturating_add(u32::try_from(text.len() - kept).unwrap_or(u32::MAX));
    }

    fn finish(self, choices: &mut Vec<LiteralChoice>) {
        if self.text.len() > 1 {
            let reach = Reach { before: Some(0), behind: Some(self.cut) };
            choices.push(LiteralChoice { literals: vec![self.text], reach });
        }
    }
}

/// The lower-case letter of a class such as `[Ee]`.
fn folded_letter(class: &regex_syntax::hir::ClassUnicode) -> Option<char> {
    match class.ranges() {
        [upper, lower] if upper.start() == upper.end() && lower.start() == lower.end() => {
            let (upper, lower) = (upper.start(), lower.start());
            (lower.is_ascii_lowercase() && upper == lower.to_ascii_uppercase()).then_some(lower)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(pattern: &str, ignore_case: bool) -> Vec<Vec<String>> {
        let hir = regex_syntax::ParserBuilder::new().case_insensitive(ignore_case).build().parse(pattern).unwrap();
        choices(&hir).into_iter().map(|choice| choice.literals).collect()
    }

    fn reach(pattern: &str) -> Reach {
        choices(&regex_syntax::parse(pattern).unwrap())[0].reach
    }

    #[test]
    fn every_literal_of_a_pattern_is_a_choice() {
        assert_eq!(sets(r"ORA-\d{5}: (?P<what>.+) does not exist", false), [["ORA-"], [": "], [" does not exist"]]);
        assert_eq!(sets("(foo|quux)+", false), [["foo", "quux"]]);
        assert_eq!(sets(r"(foo|\d+)", false), Vec::<Vec<String>>::new());
        assert_eq!(sets("(abc)?", false), Vec::<Vec<String>>::new());
        assert_eq!(sets(r"ab(cd)ef\b gh", false), [["abcdef gh"]]);
    }

    #[test]
    fn letters_in_both_cases_are_literal_unless_they_fold_beyond_ascii() {
        assert_eq!(sets(r"\d+error\d+", true), [["error"]]);
        assert_eq!(sets(r"not unlocked", true), [["not unloc"], ["ed"]]);
    }

    #[test]
    fn the_reach_is_what_a_match_takes_around_the_literal() {
        assert_eq!(reach(r"[0-9]{3}abc[a-z]{0,7}"), Reach { before: Some(3), behind: Some(7) });
        assert_eq!(reach(r"abc\d+"), Reach { before: Some(0), behind: None });
        assert_eq!(reach(r"x(abc|de){2}"), Reach { before: Some(7), behind: Some(6) });
        assert_eq!(reach(&"a".repeat(100)), Reach { before: Some(0), behind: Some(4) });
    }
}
