//! What an answer shows of the report, with its secrets overwritten.
//!
//! An answer is written into tickets and chats that others read. Places and lengths stay, so that a quote still lies
//! where its evidence says.

use std::borrow::Cow;

use super::Evidence;
use crate::report::{ByteSpan, Report, redact, redact_quote};

/// Quotes a part in its evidence from `start` to `end`, and what was read there, `text`; overwrites secrets in both and in
/// the captures.
pub(super) fn quote(evidence: &mut Evidence, part: usize, text: &str, report: &Report) {
    let span = ByteSpan::new(evidence.start, evidence.end);
    let written = span.slice(&report.parts[part].text);
    let quote = redact_quote(report, part, span);
    let mut shown = if quote.is_plain && text == written { Cow::Borrowed(text) } else { redact(text) };
    // What is secret only by its surroundings, or in its encoded form, is so in the decoded text too.
    if quote.text != written && (text == written || shown == text) {
        shown = Cow::Owned(quote.text.clone());
    }
    for value in evidence.captures.values_mut() {
        let at = text.find(value.as_str()).filter(|_| shown.len() == text.len());
        let capture = at.and_then(|at| shown.get(at..at + value.len())).unwrap_or(value);
        let capture = redact(capture);
        if *capture != **value {
            *value = capture.into_owned();
        }
    }
    evidence.quote = quote.text;
    evidence.text = shown.into_owned();
}

#[cfg(test)]
mod tests {
    use crate::engine::answer::EvidenceKind;
    use crate::report::{Hints, Incoming, Limits, PartAddress, decode};

    use super::*;

    fn evidence(text: &str, quote: &str, capture: &str) -> Evidence {
        let incoming = Incoming { body: text.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
        let report = decode(incoming, &Hints::default(), &Limits::default()).unwrap();
        let start = text.find(quote).unwrap();
        let mut evidence = Evidence {
            kind: EvidenceKind::Template,
            signature: "x".to_owned(),
            derived: false,
            field: PartAddress::Body.to_string(),
            start,
            end: start + quote.len(),
            quote: String::new(),
            text: String::new(),
            decoded_by: Vec::new(),
            captures: [("value".to_owned(), capture.to_owned())].into(),
        };
        super::quote(&mut evidence, 0, quote, &report);
        evidence
    }

    #[test]
    fn what_is_secret_by_its_surroundings_is_hidden_wherever_it_shows() {
        let shown = evidence("first line\npassword=hunter2 refused", "hunter2 refused", "hunter2");
        assert_eq!((shown.quote.as_str(), shown.text.as_str()), ("xxxxxx0 refused", "xxxxxx0 refused"));
        assert_eq!(shown.captures["value"], "xxxxxx0");
        let shown = evidence("no row for jane@example.com in users", "no row for jane@example.com", "jane@example.com");
        assert_eq!(shown.captures["value"], "xxxx@xxxxxxx.xxx");
    }

    #[test]
    fn what_is_not_secret_stays() {
        let text = "ORA-00942: table or view ORDERS does not exist";
        let shown = evidence(text, text, "ORDERS");
        assert_eq!((shown.quote.as_str(), shown.captures["value"].as_str()), (text, "ORDERS"));
    }
}
