//! Notes that do not fit.

use std::fmt::Write as _;

use super::*;
use crate::connect::dialect::cut::{Limits, Unit};

const LINK: &str = "https://kb.example.com/articles/npm-eresolve";

/// A solution of paragraphs, a long list and a long block of code, with characters of two UTF-16 units.
fn long() -> Note {
    let mut solution = String::new();
    for at in 0..400 {
        let _ = write!(solution, "Paragraph {at} 😀 says what to do, and then some more.\n\n");
    }
    solution.push_str("```sh\n");
    for at in 0..20_000 {
        let _ = writeln!(solution, "echo {at}");
    }
    solution.push_str("```\n");
    let with = NoteArticle { solution, evidence: vec!["x".repeat(5000); 9], ..article() };
    Note { articles: vec![with], ..note() }
}

/// One block of code that is longer than any limit.
fn code_only() -> Note {
    let solution = format!("```\n{}```\n", "a line of code that goes on\n".repeat(20_000));
    Note { articles: vec![NoteArticle { solution, ..article() }], ..note() }
}

#[test]
fn every_dialect_keeps_its_limit_and_says_where_the_rest_is() {
    for note in [long(), code_only()] {
        let html = Html::note(&note, Some(MARKER), HTML_LIMITS);
        assert!(html.as_str().len() <= HTML_LIMITS.whole && html.as_str().len() > 15_000);
        assert!(html.as_str().contains(&format!("… full article: <a href=\"{LINK}\">")));
        assert!(html.as_str().contains("v1.y") && html.as_str().contains(MARKER));
        for flavour in [Flavour::GitHub, Flavour::GitLab, Flavour::Plain] {
            let markdown = Markdown::note(&note, Some(MARKER), flavour);
            assert!(markdown.as_str().chars().count() <= flavour.limits().whole);
            assert!(markdown.as_str().contains("… full article: [https://"), "{flavour:?}");
            assert!(markdown.as_str().contains("v1.y") && markdown.as_str().contains(MARKER));
            let fences = markdown.as_str().lines().filter(|line| line.starts_with("```")).count();
            assert_eq!(fences % 2, 0, "an open fence");
        }
        let plain = PlainText::note(&note, Some(MARKER), JOURNAL_LIMITS);
        assert!(plain.as_str().chars().count() <= 4_000);
        assert!(plain.as_str().contains(&format!("… full article: {LINK}")) && plain.as_str().contains(MARKER));
        let adf = Adf::note(&note, ADF_LIMITS).into_value().to_string();
        assert!(adf.encode_utf16().count() <= 32_767);
        assert!(adf.contains("… full article: ") && adf.contains("v1.y"));
    }
}

#[test]
fn a_limit_is_kept_whatever_it_is() {
    for whole in (700..4_000).step_by(70) {
        let limits = Limits { unit: Unit::Characters, part: whole, whole };
        for note in [long(), code_only(), note(), ambiguous(), no_match()] {
            let written = Markdown::note_within(&note, Some(MARKER), Flavour::GitHub, limits);
            let taken = written.as_str().chars().count();
            assert!(taken <= whole, "{taken} of {whole}");
        }
    }
}

#[test]
fn units_count_as_platforms_do() {
    assert_eq!([Unit::Bytes, Unit::Utf16, Unit::Characters].map(|unit| unit.measure("é😀")), [6, 3, 2]);
}
