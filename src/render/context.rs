//! The place of a quote in its part: the text around it, cut to what a line shows.

/// Most characters shown before and after a quote on its line.
const AROUND: usize = 48;
/// Most characters of a quote shown on one line.
const QUOTED: usize = 160;
/// Most lines of a quote.
const LINES: usize = 4;

/// One line of an excerpt: the marked text and what stands before and after it. Nothing in it can steer a terminal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ExcerptLine {
    pub(super) before: String,
    pub(super) marked: String,
    pub(super) after: String,
}

/// The lines around `start..end` of `text`, bytes; the offsets are moved to character boundaries. Looks only at the
/// quote and at a bounded stretch around it, however long the line is.
pub(super) fn excerpt(text: &str, start: usize, end: usize) -> Vec<ExcerptLine> {
    let start = text.floor_char_boundary(start);
    let end = text.ceil_char_boundary(end.max(start));
    let mut quoted = text[start..end].lines();
    let mut lines: Vec<ExcerptLine> = quoted
        .by_ref()
        .take(LINES)
        .map(|line| ExcerptLine { before: String::new(), marked: shorten(line), after: String::new() })
        .collect();
    if lines.is_empty() {
        lines.push(ExcerptLine { before: String::new(), marked: String::new(), after: String::new() });
    }
    let cut = quoted.next().is_some();
    if let Some(first) = lines.first_mut() {
        first.before = before(&text[..start]);
    }
    if let Some(last) = lines.last_mut() {
        last.after = if cut { " …".to_owned() } else { after(&text[end..]) };
    }
    lines
}

fn before(text: &str) -> String {
    let mut start = text.len();
    for (shown, (at, c)) in text.char_indices().rev().enumerate() {
        if c == '\n' {
            break;
        }
        if shown == AROUND {
            return format!("…{}", clean(&text[start..]));
        }
        start = at;
    }
    clean(text[start..].trim_start())
}

fn after(text: &str) -> String {
    let mut end = 0;
    for (shown, (at, c)) in text.char_indices().enumerate() {
        if c == '\n' {
            break;
        }
        if shown == AROUND {
            return format!("{}…", clean(&text[..at]));
        }
        end = at + c.len_utf8();
    }
    clean(text[..end].trim_end())
}

/// A line of a quote, its middle left out when it is long.
fn shorten(line: &str) -> String {
    let half = QUOTED / 2;
    let (Some((head, _)), Some((tail, _))) = (line.char_indices().nth(half), line.char_indices().rev().nth(half - 1))
    else {
        return clean(line);
    };
    if line[..tail].chars().nth(half).is_none() {
        return clean(line);
    }
    format!("{} … {}", clean(&line[..head]), clean(&line[tail..]))
}

fn clean(text: &str) -> String {
    crate::text::printable(&text.replace('\t', " "), false).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(before: &str, marked: &str, after: &str) -> ExcerptLine {
        ExcerptLine { before: before.to_owned(), marked: marked.to_owned(), after: after.to_owned() }
    }

    #[test]
    fn a_quote_is_shown_within_its_line() {
        let text = "first\nsome bad thing here\nlast";
        assert_eq!(excerpt(text, 11, 20), [line("some ", "bad thing", " here")]);
        assert_eq!(excerpt(text, 21, 30), [line("some bad thing ", "here", ""), line("", "last", "")]);
    }

    #[test]
    fn a_line_of_a_megabyte_is_cut_around_the_quote() {
        let text = format!("{}NEEDLE{}", "ä".repeat(500_000), "ö".repeat(500_000));
        let lines = excerpt(&text, 1_000_000, 1_000_006);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].marked, "NEEDLE");
        assert!(lines[0].before.starts_with("…ä") && lines[0].after.ends_with("ö…"));
        assert!(lines[0].before.chars().count() + lines[0].after.chars().count() < 110);
        let whole = excerpt(&text, 0, text.len());
        assert!(whole[0].marked.chars().count() < 200 && whole[0].marked.contains(" … "));
    }

    #[test]
    fn what_a_report_holds_cannot_steer_the_terminal() {
        let lines = excerpt("a\x1b[2J bad \u{202e} b", 6, 9);
        assert_eq!(lines, [line("a␛[2J ", "bad", " \u{fffd} b")]);
    }

    proptest::proptest! {
        #[test]
        fn any_offsets_in_any_text_give_a_short_excerpt(text in "\\PC{0,600}", a in 0_usize..2000, b in 0_usize..2000) {
            let lines = excerpt(&text, a.min(text.len()), b.min(text.len()));
            let shown: usize = lines.iter().map(|l| l.before.chars().count() + l.marked.chars().count() + l.after.chars().count()).sum();
            proptest::prop_assert!(!lines.is_empty() && shown <= LINES * (QUOTED + 3) + 2 * (AROUND + 2));
        }
    }
}
