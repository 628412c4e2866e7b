//! What a compiler says, as documentation shows it in the comments of a sample: `call();  // error: no such function`.

/// Longest run of comment lines that one message is read from.
const MAX_LINES: usize = 6;

/// The messages in the comments of a block of source or output, each on one line.
pub(super) fn messages(code: &str) -> Vec<String> {
    let lines: Vec<&str> = code.lines().take(400).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((column, message)) = marked(line) else { continue };
        let mut whole = message.trim().to_owned();
        for next in lines.iter().skip(at + 1).take(MAX_LINES - 1) {
            let Some(rest) = continued(next, column, &whole) else { break };
            whole.push(' ');
            whole.push_str(rest);
        }
        found.push(whole);
    }
    found
}

/// Whether a line has a comment that shows a message.
pub(super) fn is_marked(line: &str) -> bool {
    marked(line).is_some()
}

/// The code of a line, without a comment at its end.
pub(super) fn without_comment(line: &str) -> &str {
    comments(line).next().map_or(line, |(start, _)| &line[..start])
}

/// Where the comment begins that shows a message, and the message in it.
fn marked(line: &str) -> Option<(usize, &str)> {
    comments(line).find_map(|(start, text)| Some((start, after_marker(text)?)))
}

/// What may be the comments of a line: where each begins, and its text.
fn comments(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    line.char_indices().filter(move |(at, _)| begins(*at)).filter_map(|(at, _)| {
        let rest = &line[at..];
        let text = ["//", "#", "--"].iter().find_map(|mark| rest.strip_prefix(mark))?;
        (text.is_empty() || text.starts_with([' ', '\t'])).then_some((at, text))
    })
}

/// The message after `error:`, `Error:`, `error[E0308]:`, `error TS2322:` or `E:`.
fn after_marker(comment: &str) -> Option<&str> {
    let text = comment.trim_start();
    let length = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, rest) = text.split_at(length);
    if !(word.eq_ignore_ascii_case("error") || word == "E") {
        return None;
    }
    let (code, message) = rest.split_once(": ")?;
    let code = code.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')'));
    let is_code = code.len() <= 20
        && !code.contains(' ')
        && (code.contains(|c: char| c.is_ascii_digit()) || rest.starts_with('['));
    (code.is_empty() || is_code).then_some(message)
}

/// The rest of a message that goes on with the next line: a comment alone, in the same column.
fn continued<'a>(next: &'a str, column: usize, before: &str) -> Option<&'a str> {
    let (start, text) = comments(next).next()?;
    let text = text.trim();
    let alone = next[..start].trim().is_empty() && start == column;
    let open = !before.ends_with(['.', '!', '?', ']']);
    let goes_on = text.starts_with(|c: char| !c.is_uppercase() || before.ends_with([':', ',']));
    (alone && open && goes_on && !text.is_empty() && !is_marked(next) && !is_note(text)).then_some(text)
}

/// `note: …`, which a compiler says besides.
fn is_note(text: &str) -> bool {
    let label = text.split_once(": ").map_or("", |(label, _)| label).to_ascii_lowercase();
    matches!(label.as_str(), "note" | "help" | "hint" | "warning")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_what_follows_the_marker_whatever_its_case() {
        for line in [
            "f(1)  # Error: no such function",
            "f(1);\t// error[E0425]: no such function",
            "// error TS2304: no such function",
            "x = 1  # E: no such function",
            "select 1 -- ERROR: no such function",
        ] {
            assert_eq!(messages(line), ["no such function"], "{line}");
        }
        for line in ["# error handling: see below", "# Errors: none", "x = 'a#Error: b'", "# OK", "// E: "] {
            assert!(messages(line).iter().all(String::is_empty), "{line}: {:?}", messages(line));
        }
    }

    #[test]
    fn a_message_goes_on_with_the_next_comment_in_its_column() {
        let code = "  # Error: incompatible type\n  # \"int\"; expected\n  # \"str\"  [arg]\n  # note: more\n# of it\n";
        assert_eq!(messages(code), ["incompatible type \"int\"; expected \"str\"  [arg]"]);
        assert_eq!(messages("f()  # Error: it is bad\n# goes elsewhere\n"), ["it is bad"]);
        assert_eq!(messages("# Error: it is bad\n# Next we do this\n"), ["it is bad"]);
        assert_eq!(messages("# Error: one\n# Error: two\n"), ["one", "two"]);
    }

    #[test]
    fn code_is_what_stands_before_the_comment() {
        assert_eq!(without_comment("x = f()  # says"), "x = f()  ");
        assert_eq!(without_comment("get('https://a.test/#b')"), "get('https://a.test/#b')");
    }
}
