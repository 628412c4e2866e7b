//! Mail quoted below an answer.

/// Most lines over which a mail program breaks its line of who wrote when.
const MAX_HEADER_LINES: usize = 3;

/// A comment without the mail it answers: the lines starting with `>` under "On … wrote:", and that line. Quotations that
/// nobody announced stay: they may be what the comment is about.
pub fn without_mail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        let Some(length) = header(&lines[at..]) else {
            kept.push(lines[at]);
            at += 1;
            continue;
        };
        let quoted = lines[at + length..].iter().take_while(|line| is_quoted(line) || line.trim().is_empty());
        at += length + quoted.count();
        // The blank line after a quotation parts what stands around it.
        kept.extend((at < lines.len()).then_some(""));
    }
    super::tidy(&kept.join("\n"))
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Lines of "On … wrote:" at the start of `lines`, when quoted lines follow it or nothing does.
fn header(lines: &[&str]) -> Option<usize> {
    if !lines.first()?.starts_with("On ") {
        return None;
    }
    let length = lines.iter().take(MAX_HEADER_LINES).position(|line| line.trim_end().ends_with("wrote:"))? + 1;
    let next = lines[length..].iter().find(|line| !line.trim().is_empty());
    next.is_none_or(|line| is_quoted(line)).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_announced_mail_is_dropped() {
        let mail = "Same here\n\nOn Mon, 5 Jan 2026 at 10:00, Ada Lovelace\n<ada@example.com> wrote:\n\n> old\n>> older\n\nBye";
        assert_eq!(without_mail(mail), "Same here\n\nBye");
        for text in ["> quoted error\nwhat is this?", "On startup it wrote:\nE1001", "On x\ny"] {
            assert_eq!(without_mail(text), text);
        }
    }
}
