//! What the benchmarks of requests ask: a knowledge base of 10,000 signatures and reports of 1 KB, each of which shows one
//! of them among lines of a log.

use std::fmt::Write as _;

/// Articles of the knowledge base.
pub(crate) const ARTICLES: usize = 1_000;
/// Signatures of each.
pub(crate) const SIGNATURES_EACH: usize = 10;
/// Bytes of a report.
pub(crate) const REPORT: usize = 1_024;

/// A word of three syllables that stands for a number.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ba", "co", "da", "fe", "gi", "ho", "ju", "ka", "le", "mi", "no", "pu", "qua", "ri", "so", "ta", "ul", "ve",
        "wi", "xe", "yo", "zu", "shi", "dro",
    ];
    [number % 24, number / 24 % 24, number / 576 % 24].map(|at| SYLLABLES[at]).concat()
}

/// The message of a signature before and behind its wildcard.
fn message(signature: usize) -> (String, String) {
    let (a, b) = (word(signature * 7 + 3), word(signature));
    let forms = [
        (format!("{a}Error: cannot read property '{b}' of "), " in the handler".to_owned()),
        (format!("relation \"{b}\" of schema {a} does not exist at "), " of the statement".to_owned()),
        (format!("E{signature:05}: the {a} of {b} was refused by "), " after three attempts".to_owned()),
        (format!("{a}.{b}Exception: no such "), " on the class path".to_owned()),
    ];
    forms[signature % forms.len()].clone()
}

/// The articles: id and Markdown.
pub(crate) fn articles() -> impl Iterator<Item = (String, String)> {
    (0..ARTICLES).map(|article| {
        let mut text = format!("---\nid: article-{article}\ntitle: Problem {article}\nsignatures:\n");
        for at in 0..SIGNATURES_EACH {
            let (before, behind) = message(article * SIGNATURES_EACH + at);
            let template = format!("{before}{{{{what}}}}{behind}").replace('\'', "''");
            writeln!(text, "  - template: '{template}'").unwrap();
        }
        text += "---\n## Cause\nThe part is missing or too old.\n\n## Solution\nPut the part back and start again.\n";
        (format!("article-{article}"), text)
    })
}

/// The body of a request, and the article that it is about.
pub(crate) fn request(number: usize) -> (String, String) {
    let signature = number * 4_999 % (ARTICLES * SIGNATURES_EACH);
    let (before, behind) = message(signature);
    let error = format!("ERROR {before}item-{number}{behind}");
    let mut lines = Vec::new();
    let mut length = error.len();
    for line in 0.. {
        let line = format!(
            "2026-11-02T10:00:{:02}.{:03}Z INFO worker-{} served request {:08x} in {} ms",
            line % 60,
            number % 1_000,
            line % 8,
            (number * 31 + line).wrapping_mul(0x9e37_79b9) & 0xffff_ffff,
            line * 7 % 90
        );
        length += line.len() + 1;
        if length > REPORT {
            break;
        }
        lines.push(line);
    }
    lines.insert(lines.len() / 2, error);
    (serde_json::json!({ "text": lines.join("\n") }).to_string(), format!("article-{}", signature / SIGNATURES_EACH))
}
