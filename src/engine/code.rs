//! Error codes as whole tokens.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::report::ByteSpan;

/// A code compiled for matching.
#[derive(Debug, Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct CodeMatcher {
    text: String,
    ignore_case: bool,
}

impl CodeMatcher {
    /// Compiles a code.
    pub(super) fn new(text: &str, ignore_case: bool) -> Self {
        Self { text: text.to_owned(), ignore_case }
    }

    /// The first whole token at or after `from`.
    pub(super) fn find(&self, text: &str, from: usize) -> Option<ByteSpan> {
        let mut at = from;
        loop {
            let start = self.next(text, at)?;
            let span = ByteSpan::new(start, start + self.text.len());
            if self.stands_alone(text, span) {
                return Some(span);
            }
            at = text.floor_char_boundary(start + self.text.len()).max(start + 1);
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }

    fn next(&self, text: &str, from: usize) -> Option<usize> {
        let bytes = text.as_bytes().get(from..)?;
        let code = self.text.as_bytes();
        let offset = if self.ignore_case {
            bytes.windows(code.len()).position(|window| window.eq_ignore_ascii_case(code))?
        } else {
            memchr::memmem::find(bytes, code)?
        };
        Some(from + offset)
    }

    /// Whether the code is not a piece of a longer word, number or dotted number: `5.7.1` does not stand in `5.7.13` or
    /// `5.7.1.2`, `E0382` does not stand in `ME0382` or `E03825`; `550-5.7.1` does hold `5.7.1`.
    fn stands_alone(&self, text: &str, span: ByteSpan) -> bool {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let mut before = text[..span.start()].chars().rev();
        let mut after = text[span.end()..].chars();
        let starts_in_word = self.text.starts_with(word);
        let ends_in_word = self.text.ends_with(word);
        let starts_in_digit = self.text.starts_with(|c: char| c.is_ascii_digit());
        let ends_in_digit = self.text.ends_with(|c: char| c.is_ascii_digit());
        let continued_before = match before.next() {
            Some(c) if starts_in_word && word(c) => true,
            Some('.') if starts_in_digit => before.next().is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
        let continued_after = match after.next() {
            Some(c) if ends_in_word && word(c) => true,
            Some('.') if ends_in_digit => after.next().is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
        !continued_before && !continued_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_whole_token() {
        let cases = [
            ("NU1605", "error NU1605: downgrade", true),
            ("NU1605", "NU16051", false),
            ("E0382", "error[E0382]: borrow", true),
            ("E0382", "ME0382", false),
            ("404", "HTTP 404.", true),
            ("404", "404.3", false),
            ("404", "1404 4040", false),
            ("5.7.1", "550-5.7.1 relaying", true),
            ("5.7.1", "5.7.13", false),
            ("5.7.1", "15.7.1", false),
            ("SQLSTATE[42S02]", "SQLSTATE[42S02]: x", true),
            ("0x80070005", "(0x80070005)", true),
            ("EACCES", "MY_EACCES", false),
            ("404", "4040 404", true),
        ];
        for (code, text, stands) in cases {
            assert_eq!(CodeMatcher::new(code, false).find(text, 0).is_some(), stands, "{code} in {text}");
        }
    }

    #[test]
    fn letter_case_counts_unless_told_otherwise() {
        assert!(CodeMatcher::new("0x8007000e", false).find("0x8007000E", 0).is_none());
        assert_eq!(CodeMatcher::new("0x8007000e", true).find("é 0x8007000E", 0), Some(ByteSpan::new(3, 13)));
    }
}
