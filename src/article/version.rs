//! Version ranges: `">=1.2, <3"`.

use std::cmp::Ordering;

/// Comparators that a version must all satisfy.
///
/// A version is compared part by part, numbers as numbers and letters as text, missing parts as zero; a part such as
/// `rc1` after a number comes before the plain version (`2.0-rc1` < `2.0`). That orders semantic versions as
/// <https://semver.org> does, and years, dates and build numbers as people do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRange {
    comparators: Vec<Comparator>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparator {
    operator: Operator,
    version: Vec<VersionPart>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum VersionPart {
    Number(u64),
    Word(String),
}

/// Longer first, so that `<=` is not read as `<`. A version without an operator stands for itself and what is below it:
/// `1.2` holds for `1.2.9`.
const OPERATORS: [(&str, Operator); 7] = [
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("!=", Operator::NotEqual),
    ("==", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

impl VersionRange {
    /// Reads comparators joined by commas; the error says what is wrong and what would be right.
    pub fn parse(text: &str) -> Result<Self, String> {
        let comparators = text.split(',').map(comparator).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { comparators })
    }

    /// Whether `version` lies in the range; `None` when it is not a version.
    pub fn contains(&self, version: &str) -> Option<bool> {
        let version = parts(version.trim())?;
        Some(self.comparators.iter().all(|comparator| comparator.holds(&version)))
    }
}

impl Comparator {
    fn holds(&self, version: &[VersionPart]) -> bool {
        // `1.2` as an equal covers 1.2.9, and so lies on no side of it.
        let ordering = if version.starts_with(&self.version) && self.covers_below() {
            Ordering::Equal
        } else {
            compare(version, &self.version)
        };
        match self.operator {
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            Operator::GreaterOrEqual => ordering.is_ge(),
            Operator::Equal => ordering.is_eq(),
            Operator::NotEqual => ordering.is_ne(),
        }
    }

    fn covers_below(&self) -> bool {
        matches!(self.operator, Operator::Equal | Operator::NotEqual | Operator::LessOrEqual)
    }
}

fn comparator(text: &str) -> Result<Comparator, String> {
    let text = text.trim();
    let found = OPERATORS.iter().find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)));
    let (operator, rest) = found.unwrap_or((Operator::Equal, text));
    let version = parts(rest.trim()).ok_or_else(|| {
        format!("\"{text}\" is no version comparison; write comparators joined by commas, such as \">=1.2, <3\"")
    })?;
    Ok(Comparator { operator, version })
}

/// Parts of a version that begins with a digit, or with `v` and a digit. A build mark after `+` says nothing of order.
fn parts(text: &str) -> Option<Vec<VersionPart>> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let text = text.split('+').next().unwrap_or_default();
    if text.len() > 100 || !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut parts = Vec::new();
    for piece in text.split(['.', '-', '_']) {
        let mut rest = piece;
        if rest.is_empty() || !rest.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return None;
        }
        while let Some(first) = rest.bytes().next() {
            let digits = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            parts.push(if digits {
                VersionPart::Number(part.parse().ok()?)
            } else {
                VersionPart::Word(part.to_ascii_lowercase())
            });
            rest = after;
        }
    }
    Some(parts)
}

fn compare(a: &[VersionPart], b: &[VersionPart]) -> Ordering {
    const ZERO: VersionPart = VersionPart::Number(0);
    for index in 0..a.len().max(b.len()) {
        let (a, b) = (a.get(index).unwrap_or(&ZERO), b.get(index).unwrap_or(&ZERO));
        let ordering = match (a, b) {
            (VersionPart::Number(a), VersionPart::Number(b)) => a.cmp(b),
            (VersionPart::Word(a), VersionPart::Word(b)) => a.cmp(b),
            (VersionPart::Word(_), VersionPart::Number(_)) => Ordering::Less,
            (VersionPart::Number(_), VersionPart::Word(_)) => Ordering::Greater,
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_lies_between_its_ends() {
        let range = VersionRange::parse(">=1.2, <3").unwrap();
        for (version, inside) in
            [("1.2", true), ("v1.10.0", true), ("2.9.9", true), ("1.1.9", false), ("3.0", false), ("3.0-rc1", true)]
        {
            assert_eq!(range.contains(version), Some(inside), "{version}");
        }
        assert_eq!(range.contains("latest"), None);
    }

    #[test]
    fn a_bare_version_covers_its_patches() {
        let range = VersionRange::parse("1.2").unwrap();
        assert_eq!(range.contains("1.2.9"), Some(true));
        assert_eq!(range.contains("1.20"), Some(false));
        assert_eq!(VersionRange::parse("<=1.2").unwrap().contains("1.2.9"), Some(true));
        assert_eq!(VersionRange::parse("!=1.2").unwrap().contains("1.2.9"), Some(false));
    }

    #[test]
    fn what_is_no_range_is_refused_with_what_would_be_right() {
        for bad in ["", "all", ">=", "1.2,", ">= 1.2 < 3", "1..2", &"1.".repeat(10_000)] {
            assert!(VersionRange::parse(bad).unwrap_err().contains(">=1.2, <3"), "{bad:?}");
        }
    }
}
