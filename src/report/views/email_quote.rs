//! Mail quoting: `>` at the start of lines, any depth, and `|` where every line has one.

use super::rewrite::{Peeled, Rewrite};

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    let bars = every_line_has_a_bar(text);
    let (mut start, mut inside_tag, mut quoted_before) = (0, false, false);
    for line in text.split_inclusive('\n') {
        let bar = if bars { bar_prefix(line) } else { 0 };
        let len = bar + quote_prefix(&line[bar..]);
        // In source code a `>` at the start of a line may close the tag of a line before.
        let quoted = len > 0 && (bars || quoted_before || !inside_tag);
        if quoted {
            rewrite.remove(start..start + len);
        }
        inside_tag = ends_inside_tag(&line[if quoted { len } else { 0 }..], inside_tag);
        (start, quoted_before) = (start + line.len(), quoted);
    }
    rewrite.finish()
}

/// Length of `>`, `> > ` or `>>`, with up to three blanks before and one after each. `>=` is a comparison.
fn quote_prefix(line: &str) -> usize {
    let bytes = line.as_bytes();
    let mut len = 0;
    loop {
        let blanks = bytes[len..].iter().take(3).take_while(|&&byte| byte == b' ').count();
        if bytes.get(len + blanks) != Some(&b'>') || bytes.get(len + blanks + 1) == Some(&b'=') {
            break;
        }
        len += blanks + 1;
    }
    if len > 0 && matches!(bytes.get(len), Some(b' ' | b'\t')) { len + 1 } else { len }
}

fn bar_prefix(line: &str) -> usize {
    if line.starts_with("| ") { 2 } else { usize::from(line.starts_with('|')) }
}

/// Whether there are two lines or more, each with text starting with `|`; those of a table end with one as well.
fn every_line_has_a_bar(text: &str) -> bool {
    text.starts_with('|')
        && text.contains('\n')
        && text.lines().all(|line| {
            let line = line.trim_end();
            line.is_empty() || line == "|" || (line.starts_with("| ") && !line.ends_with('|'))
        })
}

fn ends_inside_tag(line: &str, inside_before: bool) -> bool {
    let bytes = line.as_bytes();
    memchr::memrchr2(b'<', b'>', bytes).map_or(inside_before, |at| {
        bytes[at] == b'<' && bytes.get(at + 1).is_some_and(|&next| next.is_ascii_alphabetic() || next == b'/')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn quoting_of_any_depth_goes_and_indentation_inside_it_stays() {
        for (source, bare) in [
            ("> one\n> two", "one\ntwo"),
            (">> one\n> > two\n>\n> three", "one\ntwo\n\nthree"),
            ("hello\n>  at x\n>>>y\n", "hello\n at x\ny\n"),
            ("| one\n|\n| two\n", "one\n\ntwo\n"),
            ("| one\n| > two", "one\ntwo"),
            (" > one\r\n", "one\r\n"),
        ] {
            assert_eq!(text(source).as_deref(), Some(bare), "{source}");
        }
    }

    #[test]
    fn other_uses_of_the_characters_stay() {
        for source in
            ["a > b", ">= 1.2", "<a\n  href=\"x\"\n>", "<a\n>x</a\n>", "| a | b |\n| 1 | 2 |", "| one\ntwo", "=> x"]
        {
            assert_eq!(text(source), None, "{source}");
        }
    }
}
