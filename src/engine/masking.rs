//! What an answer shows of the report, with its secrets overwritten.
//!
//! An answer is written into tickets and chats that others read. Places and lengths stay, so that a quote still lies
//! where its evidence says.

use super::Evidence;
use crate::report::{ByteSpan, Report, redact, redact_span};

/// Overwrites secrets in the quote, the decoded text and the captures of evidence in a part.
pub(super) fn mask(mut evidence: Evidence, part: usize, report: &Report) -> Evidence {
    let quote = redact_span(report, part, ByteSpan::new(evidence.start, evidence.end));
    let mut text = redact(&evidence.text).into_owned();
    // What is secret only by its surroundings, or in its encoded form, is so in the decoded text too.
    if quote != evidence.quote && (evidence.text == evidence.quote || text == evidence.text) {
        text.clone_from(&quote);
    }
    for value in evidence.captures.values_mut() {
        let at = evidence.text.find(value.as_str()).filter(|_| text.len() == evidence.text.len());
        let shown = at.and_then(|at| text.get(at..at + value.len())).unwrap_or(value);
        *value = redact(shown).into_owned();
    }
    evidence.quote = quote;
    evidence.text = text;
    evidence
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
        let evidence = Evidence {
            kind: EvidenceKind::Template,
            signature: "x".to_owned(),
            derived: false,
            field: PartAddress::Body.to_string(),
            start,
            end: start + quote.len(),
            quote: quote.to_owned(),
            text: quote.to_owned(),
            decoded_by: Vec::new(),
            captures: [("value".to_owned(), capture.to_owned())].into(),
        };
        mask(evidence, 0, &report)
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
