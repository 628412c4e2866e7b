//! An answer as JSON, byte for byte as [`serde_json`] writes it.
//!
//! Nearly all of an answer is text, and nearly none of it needs an escape. The library looks at it byte by byte; here a
//! text is first looked at as a whole, which the processor does for many bytes at once.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::engine::{Answer, ArticleSummary, Evidence, Match};

/// Bytes that most answers take: growing a buffer copies it.
const USUAL: usize = 2 << 10;

/// Writes an answer.
///
/// # Errors
/// None that an answer can give; they are those of `serde_json` for values in general.
pub fn answer(answer: &Answer) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(USUAL);
    let Answer { report_id, outcome, kb_version, engine_version, matches, question, took_us, limits_reached, explain } =
        answer;
    named_text(&mut out, "{\"report_id\":", report_id);
    named(&mut out, ",\"outcome\":", outcome)?;
    named_text(&mut out, ",\"kb_version\":", kb_version);
    named_text(&mut out, ",\"engine_version\":", engine_version);
    out.extend_from_slice(b",\"matches\":");
    list(&mut out, matches, found)?;
    named_option(&mut out, ",\"question\":", question.as_deref());
    named(&mut out, ",\"took_us\":", took_us)?;
    if !limits_reached.is_empty() {
        named(&mut out, ",\"limits_reached\":", limits_reached)?;
    }
    if !explain.is_empty() {
        named(&mut out, ",\"explain\":", explain)?;
    }
    out.push(b'}');
    Ok(out)
}

fn found(out: &mut Vec<u8>, found: &Match) -> serde_json::Result<()> {
    let Match { article, confidence, cause, solution, checks, evidence } = found;
    out.extend_from_slice(b"{\"article\":");
    summary(out, article)?;
    named(out, ",\"confidence\":", confidence)?;
    named_text(out, ",\"cause\":", cause);
    named_text(out, ",\"solution\":", solution);
    named(out, ",\"checks\":", checks)?;
    out.extend_from_slice(b",\"evidence\":");
    list(out, evidence, evidence_of)?;
    out.push(b'}');
    Ok(())
}

fn summary(out: &mut Vec<u8>, summary: &ArticleSummary) -> serde_json::Result<()> {
    let ArticleSummary { id, title, applies_to, url, revision, reviewed_at, fixed_in, supersedes } = summary;
    named_text(out, "{\"id\":", id.as_str());
    named_text(out, ",\"title\":", title);
    named(out, ",\"applies_to\":", applies_to)?;
    named_text(out, ",\"url\":", url);
    named(out, ",\"revision\":", revision)?;
    named_option(out, ",\"reviewed_at\":", reviewed_at.as_deref());
    named_option(out, ",\"fixed_in\":", fixed_in.as_deref());
    if let Some(supersedes) = supersedes {
        named_text(out, ",\"supersedes\":", supersedes.as_str());
    }
    out.push(b'}');
    Ok(())
}

fn evidence_of(out: &mut Vec<u8>, evidence: &Evidence) -> serde_json::Result<()> {
    let Evidence { kind, signature, derived, field, start, end, quote, text: read, decoded_by, captures } = evidence;
    named(out, "{\"kind\":", kind)?;
    named_text(out, ",\"signature\":", signature);
    if *derived {
        out.extend_from_slice(b",\"derived\":true");
    }
    named_text(out, ",\"field\":", field);
    named(out, ",\"start\":", start)?;
    named(out, ",\"end\":", end)?;
    named_text(out, ",\"quote\":", quote);
    named_text(out, ",\"text\":", read);
    named(out, ",\"decoded_by\":", decoded_by)?;
    out.extend_from_slice(b",\"captures\":");
    texts_by_name(out, captures);
    out.push(b'}');
    Ok(())
}

fn texts_by_name(out: &mut Vec<u8>, texts: &BTreeMap<String, String>) {
    out.push(b'{');
    for (at, (name, value)) in texts.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        text(out, name);
        out.push(b':');
        text(out, value);
    }
    out.push(b'}');
}

fn list<T>(
    out: &mut Vec<u8>,
    items: &[T],
    write: impl Fn(&mut Vec<u8>, &T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item)?;
    }
    out.push(b']');
    Ok(())
}

/// What is no text, or rare.
fn named(out: &mut Vec<u8>, name: &str, value: &impl Serialize) -> serde_json::Result<()> {
    out.extend_from_slice(name.as_bytes());
    serde_json::to_writer(out, value)
}

fn named_option(out: &mut Vec<u8>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        named_text(out, name, value);
    } else {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b"null");
    }
}

fn named_text(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(name.as_bytes());
    text(out, value);
}

/// A text in quotes. Control characters are left to the library; quotes and backslashes get a backslash.
fn text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    // The least of all bytes is found many at a time.
    if rest.iter().fold(u8::MAX, |least, byte| least.min(*byte)) < 0x20 {
        // A text can always be written.
        let _ = serde_json::to_writer(&mut *out, text);
        return;
    }
    out.push(b'"');
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(&[b'\\', rest[at]]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::article::Slug;
    use crate::engine::{CheckOutcome, CheckResult, Confidence, EvidenceKind, Outcome};
    use crate::report::Layer;

    fn answer_with(words: &[String], whole: bool) -> Answer {
        let word = |at: usize| words[at % words.len()].clone();
        let some = |at: usize| whole.then(|| word(at));
        let evidence = |at: usize| Evidence {
            kind: EvidenceKind::TemplateStart,
            signature: word(at),
            derived: whole,
            field: word(at + 1),
            start: at,
            end: at + 7,
            quote: word(at + 2),
            text: word(at + 3),
            decoded_by: if whole { vec![Layer::Percent, Layer::JsonString] } else { Vec::new() },
            captures: words.iter().take(at).map(|word| (word.clone(), word.clone())).collect(),
        };
        let found = |at: usize| Match {
            article: ArticleSummary {
                id: Slug::new("an-article").unwrap(),
                title: word(at),
                applies_to: words.iter().take(at).cloned().collect(),
                url: word(at + 1),
                revision: 3,
                reviewed_at: some(at),
                fixed_in: some(at + 1),
                supersedes: whole.then(|| Slug::new("another").unwrap()),
            },
            confidence: Confidence::new(0.1234 * at as f64).unwrap(),
            cause: word(at + 2),
            solution: word(at + 3),
            checks: (0..at).map(|at| CheckOutcome { name: word(at), result: CheckResult::Confirmed }).collect(),
            evidence: (0..at).map(evidence).collect(),
        };
        Answer {
            report_id: word(0),
            outcome: Outcome::NoMatch,
            kb_version: word(1),
            engine_version: word(2),
            matches: (0..words.len().min(4)).map(found).collect(),
            question: some(3),
            took_us: 142,
            limits_reached: if whole { words.to_vec() } else { Vec::new() },
            explain: Vec::new(),
        }
    }

    proptest! {
        #[test]
        fn an_answer_is_written_as_serde_json_writes_it(
            words in prop::collection::vec("[ -~]{0,40}|.{0,20}|[\"\\\\\u{0}-\u{1f}\u{7f}é😀a]{0,8}", 1..6),
            whole in any::<bool>(),
        ) {
            let value = answer_with(&words, whole);
            let written = String::from_utf8(answer(&value).unwrap()).unwrap();
            prop_assert_eq!(written, serde_json::to_string(&value).unwrap());
        }
    }
}
