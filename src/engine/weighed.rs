//! What a pattern or a code says at least, for the weight of a match.

use regex_syntax::hir::{Hir, HirKind};

/// What a code says: more than as many letters of prose, less when it is a mere number.
pub(super) fn code_weight(code: &str) -> f64 {
    let characters = code.chars().filter(char::is_ascii_alphanumeric).count() as f64;
    let digits_only = code.chars().all(|c| !c.is_alphabetic());
    characters * if digits_only { 2.0 } else { 3.0 }
}

/// The longest literals that stand in every match: what a match of the pattern says at least, for its weight. What the
/// scan looks for is chosen by rarity instead.
pub(super) fn weighed_literals(hir: &Hir) -> Option<Vec<String>> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            let text = std::str::from_utf8(&literal.0).ok()?;
            (text.len() > 1).then(|| vec![text.to_owned()])
        }
        HirKind::Capture(capture) => weighed_literals(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => weighed_literals(&repetition.sub),
        HirKind::Concat(parts) => {
            let folded = folded_runs(parts);
            parts
                .iter()
                .filter_map(weighed_literals)
                .chain(folded)
                .max_by_key(|texts| texts.iter().map(String::len).min().unwrap_or(0))
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(weighed_literals(part)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// Runs of single-character classes such as `[Ee][Rr]`, which is how a pattern that ignores case spells a literal.
fn folded_runs(parts: &[Hir]) -> Vec<Vec<String>> {
    let mut runs = Vec::new();
    let mut run = String::new();
    for part in parts {
        match folded_letter(part) {
            Some(text) => run.push_str(&text),
            None if run.len() > 1 => runs.push(vec![std::mem::take(&mut run)]),
            None => run.clear(),
        }
    }
    if run.len() > 1 {
        runs.push(vec![run]);
    }
    runs
}

fn folded_letter(hir: &Hir) -> Option<String> {
    match hir.kind() {
        HirKind::Literal(literal) => {
            std::str::from_utf8(&literal.0).ok().filter(|text| text.is_ascii()).map(str::to_owned)
        }
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            let letters: Vec<char> =
                class.ranges().iter().flat_map(|range| range.start()..=range.end()).take(4).collect();
            let ascii: Vec<char> = letters.iter().copied().filter(char::is_ascii).collect();
            // A letter such as k also folds to the Kelvin sign; then the run would miss that form, so it ends here.
            match (letters.as_slice(), ascii.as_slice()) {
                ([_, _], [upper, lower]) if upper.eq_ignore_ascii_case(lower) => Some(lower.to_string()),
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(pattern: &str, ignore_case: bool) -> Option<Vec<String>> {
        let hir = regex_syntax::ParserBuilder::new().case_insensitive(ignore_case).build().parse(pattern).unwrap();
        weighed_literals(&hir)
    }

    #[test]
    fn a_pattern_names_the_longest_literal_that_every_match_holds() {
        assert_eq!(required(r"ORA-\d{5}: (?P<what>.+) does not exist", false), Some(vec![" does not exist".into()]));
        assert_eq!(required("(foo|quux)+", false), Some(vec!["foo".into(), "quux".into()]));
        assert_eq!(required(r"(foo|\d+)", false), None);
        assert_eq!(required("(abc)?", false), None);
        assert_eq!(required(r"\d+error\d+", true), Some(vec!["error".into()]));
    }
}
