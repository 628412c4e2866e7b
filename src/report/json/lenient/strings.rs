//! Where strings end when nobody escaped their quotes and line breaks.

use memchr::memchr3;

use super::Parser;
use crate::report::json::string::joint_len;

/// How far beyond an unescaped quote the real end of its string is looked for, in bytes.
const QUOTE_WINDOW: usize = 1024;
/// How far beyond a line break inside a string its end is looked for, in bytes.
const LINE_WINDOW: usize = 4096;
/// Longest run of spaces looked through after a quote, in bytes.
const SPACE_WINDOW: usize = 64;

impl Parser<'_> {
    /// End of the string whose opening quote stands here, with those that a `+` joins to it (Node.js prints a text of
    /// several lines so).
    pub(super) fn strings_end(&mut self, quote: u8) -> usize {
        let mut end = self.string_end(self.at, quote);
        while let Some(joint) = end.checked_sub(1).and_then(|last| joint_len(self.bytes, last, quote)) {
            end = self.string_end(end + joint - 2, quote);
        }
        end
    }

    /// End of the string whose opening quote stands at `start`. A quote ends it when what follows can follow a value; else it
    /// stands unescaped inside, if a better one comes on the same line. A line break ends it unless the next quote does.
    fn string_end(&mut self, start: usize, quote: u8) -> usize {
        let mut at = start + 1;
        let mut first_quote: Option<usize> = None;
        let mut lines_until = 0;
        loop {
            let window = first_quote.map_or(self.bytes.len(), |first| {
                self.bytes.len().min(first + QUOTE_WINDOW.min(self.effort.lookahead))
            });
            let found = self.bytes.get(at..window).and_then(|rest| memchr3(quote, b'\\', b'\n', rest));
            let Some(found) = found else { return self.fall_back(first_quote, window) };
            at += found;
            match self.bytes[at] {
                b'\\' => at += 2,
                b'\n' => {
                    if first_quote.is_some() {
                        return self.fall_back(first_quote, at);
                    }
                    if at >= lines_until {
                        match self.end_after_line_break(at, quote) {
                            Some(end) => lines_until = end,
                            None => return at - usize::from(self.bytes[at - 1] == b'\r'),
                        }
                    }
                    at += 1;
                }
                _ if self.ends_value(at + 1, Some(quote)) || joint_len(self.bytes, at, quote).is_some() => {
                    return at + 1;
                }
                _ => {
                    first_quote.get_or_insert(at + 1);
                    at += 1;
                }
            }
        }
    }

    /// The end of a string for which no quote fits: after its first quote, or at the end of the text.
    fn fall_back(&mut self, first_quote: Option<usize>, looked_until: usize) -> usize {
        let Some(end) = first_quote else { return self.bytes.len() };
        self.effort.lookahead = self.effort.lookahead.saturating_sub(looked_until.saturating_sub(end));
        end
    }

    /// Whether the next quote after the line break at `at` ends the string; if so, where it stands.
    fn end_after_line_break(&self, at: usize, quote: u8) -> Option<usize> {
        let window = &self.bytes[at..self.bytes.len().min(at + LINE_WINDOW)];
        let end = memchr::memchr_iter(quote, window).find(|&end| window[end - 1] != b'\\')? + at;
        self.ends_value(end + 1, Some(quote)).then_some(end)
    }

    /// Whether what stands at `at` can follow a value.
    pub(super) fn ends_value(&self, at: usize, quote: Option<u8>) -> bool {
        let rest = &self.bytes[at.min(self.bytes.len())..];
        let space = rest.iter().take(SPACE_WINDOW).take_while(|byte| byte.is_ascii_whitespace()).count();
        if space == SPACE_WINDOW || rest[..space].contains(&b'\n') {
            return true;
        }
        match &rest[space..] {
            [] | [b',' | b'}' | b']', ..] | [b'/', b'/' | b'*', ..] | [b'.', b'.', b'.', ..] => true,
            [next, ..] => space > 0 && quote.is_some() && matches!(next, b'"' | b'\''),
        }
    }
}
