//! Hard-wrapped lines joined: by mail programs at words, by terminals and `fold` in the middle of words, by people with a
//! trailing backslash. Whether a text is wrapped shows in its line lengths: each break stands where the next word would
//! not have fitted any more. Log lines, stack frames, lists and indented lines begin something new and are not joined.

mod line;
mod widths;

use line::{Line, Lines, begins_new, first_word, may_be_cut, may_continue};
use widths::Certainty;
pub(super) use widths::Widths;

use super::rewrite::{Peeled, Rewrite};

/// How two lines are made one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    /// The break stood for a space.
    Space,
    /// The break stood inside a word or beside a space that is still there.
    Cut,
    /// The break followed a backslash that goes with it.
    Continued,
}

impl Widths {
    /// Joins the lines of the text they were measured on, if it was wrapped at words.
    pub(super) fn peel_words(self, text: &str) -> Option<Peeled> {
        let widths = Self { cut: None, ..self };
        (widths.words.is_some() || widths.continued).then(|| widths.join_lines(text)).flatten()
    }

    /// Joins the lines if the text was cut at a width, for certain.
    pub(super) fn peel_cut(self, text: &str) -> Option<Peeled> {
        self.cut.filter(|(_, certainty)| *certainty == Certainty::Certain)?;
        Self { words: None, ..self }.join_lines(text)
    }

    /// Joins the lines if the text may have been cut: a line or two of a usual width can also be wrapped at words.
    pub(super) fn peel_possible_cut(self, text: &str) -> Option<Peeled> {
        self.cut.filter(|(_, certainty)| *certainty == Certainty::Possible)?;
        self.join_lines(text)
    }

    fn join_lines(self, text: &str) -> Option<Peeled> {
        let mut rewrite = Rewrite::new(text);
        let mut lines = Lines::of(text);
        let mut line = lines.next()?;
        for next in lines {
            if let Some(join) = self.join(&line, &next) {
                match join {
                    Join::Space => rewrite.replace(line.start + line.words.len()..next.start, " "),
                    Join::Cut => rewrite.remove(line.start + line.whole.len()..next.start),
                    Join::Continued => rewrite.remove(line.start + line.words.len() - 1..next.start),
                }
            }
            line = next;
        }
        rewrite.finish()
    }

    fn join(self, line: &Line<'_>, next: &Line<'_>) -> Option<Join> {
        if next.words.is_empty() || line.words.is_empty() {
            return None;
        }
        let begins_new = begins_new(next.whole);
        if let Some((cut, _)) = self.cut
            && !begins_new
            && may_be_cut(line, next)
        {
            if line.whole_width == cut {
                return Some(Join::Cut);
            }
            // A space at the cut that was trimmed.
            if line.whole_width + 1 == cut {
                return Some(Join::Space);
            }
        }
        if let Some(width) = self.words
            && !begins_new
            && may_continue(line, next)
            && line.width <= width
            && line.width + first_word(next.words) >= width
        {
            return Some(if breaks_word(line, next, width) { Join::Cut } else { Join::Space });
        }
        (trailing_backslashes(line.words) % 2 == 1).then_some(Join::Continued)
    }
}

/// Whether the break stands inside a word: one that is too long for a line, or one with a hyphen.
fn breaks_word(line: &Line<'_>, next: &Line<'_>, width: usize) -> bool {
    let last_word = line.words.rsplit(' ').next().unwrap_or_default();
    let long = line.width == width && last_word.chars().count() + first_word(next.words) > width;
    let mut end = line.words.chars().rev();
    let hyphen = end.next() == Some('-') && end.next().is_some_and(char::is_alphanumeric);
    long || (hyphen && next.words.starts_with(char::is_alphanumeric))
}

fn trailing_backslashes(line: &str) -> usize {
    line.len() - line.trim_end_matches('\\').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: &str = "Failed to execute 'create' on 'CredentialsContainer': Failed to read the 'publicKey' property \
        from 'CredentialCreationOptions': Failed to read the 'name' property from 'PublicKeyCredentialEntity': Required \
        member is undefined. See the console of the browser for the rest.";

    fn text(source: &str) -> Option<String> {
        Widths::measure(source)
            .peel_cut(source)
            .or_else(|| Widths::measure(source).peel_words(source))
            .map(|(text, _)| text)
    }

    /// Wraps at words, as mail programs do.
    fn wrap(text: &str, width: usize, separator: &str) -> String {
        let mut lines: Vec<String> = vec![String::new()];
        for word in text.split(' ') {
            let line = lines.last_mut().unwrap();
            if !line.is_empty() && line.len() + 1 + word.len() > width {
                lines.push(word.to_owned());
            } else {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
            }
        }
        lines.join(separator)
    }

    /// Cuts at exactly the width, as `fold` does.
    fn fold(text: &str, width: usize) -> String {
        text.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn text_wrapped_at_any_usual_width_is_joined() {
        for width in 60..=100 {
            for separator in ["\n", "\r\n", " \n"] {
                assert_eq!(text(&wrap(MESSAGE, width, separator)).as_deref(), Some(MESSAGE), "width {width}");
            }
        }
    }

    #[test]
    fn text_cut_at_a_width_is_joined_without_spaces() {
        for width in [40, 64, 76, 80] {
            assert_eq!(text(&fold(MESSAGE, width)).as_deref(), Some(MESSAGE), "width {width}");
        }
        let two_full_lines = fold(MESSAGE, 100);
        assert_eq!(Widths::measure(&two_full_lines).peel_possible_cut(&two_full_lines).unwrap().0, MESSAGE);
    }

    #[test]
    fn a_word_longer_than_a_line_is_put_together_again() {
        let url = "https://example.com/".to_owned() + &"a1b2".repeat(30);
        let (head, tail) = url.split_at(76 - "Please look at ".len());
        let source = format!("{}\nPlease look at {head}\n{tail} and tell us\n", wrap(MESSAGE, 76, "\n"));
        assert!(text(&source).unwrap().contains(&format!("Please look at {url} and tell us")));
    }

    #[test]
    fn a_trailing_backslash_continues_the_line() {
        assert_eq!(
            text("curl -X POST \\\n  https://a.example \\\n  -d x").as_deref(),
            Some("curl -X POST   https://a.example   -d x")
        );
    }

    #[test]
    fn logs_frames_lists_and_short_lines_stay() {
        let log = "2026-11-24T03:57:47Z ERROR the connection to the database was refused by the host\n".repeat(4);
        let frames = "TypeError: Required member is undefined\n    at create (https://a.example/static/js/main.js:514:6352)\n\
                      at HTMLButtonElement.onclick (https://a.example/static/js/main.js:514:6352)\n";
        let list = "- the first thing that we tried was to start the service again, in vain\n".repeat(3);
        let levels = "INFO the service has been started and listens on the port 8080 of host\n".repeat(3);
        for source in [&log, frames, &list, &levels, "Failed to read\nthe 'name' property\nfrom it", "", "\n\n\n"] {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn a_joined_break_maps_to_the_break() {
        let source = wrap(MESSAGE, 76, " \r\n");
        let (joined, map) = Widths::measure(&source).peel_words(&source).unwrap();
        let at = source.find(" \r\n").unwrap();
        assert_eq!(&joined[at..=at], " ");
        assert_eq!(map.to_parent((at..at + 1).into()), (at..at + 3).into());
    }
}
