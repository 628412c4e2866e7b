//! Jira's wiki text.

use super::tidy;

/// Macros whose marks go and whose content stays.
const MACROS: [&str; 6] = ["noformat", "code", "quote", "panel", "color", "anchor"];

/// Longest mark: what is opened is looked for no further than this, so that a text made of openings costs little.
const MAX_MARK_BYTES: usize = 2_000;

/// The text of wiki markup: the marks of macros and headings go, `{{code}}` and `[text|address]` are shown as text. What
/// stands inside `{noformat}` and `{code}` is left alone.
pub fn to_text(wiki: &str) -> String {
    let mut text = String::with_capacity(wiki.len());
    let mut verbatim: Option<&str> = None;
    for line in wiki.lines() {
        let mut rest = if verbatim.is_none() { without_heading(line) } else { line };
        while let Some(at) = rest.find(['{', '[', '\\']) {
            text.push_str(&rest[..at]);
            rest = &rest[at..];
            let taken = match verbatim {
                Some(name) => macro_mark(rest).filter(|(found, _)| *found == name).map(|(_, length)| {
                    verbatim = None;
                    length
                }),
                None => marked(rest, &mut text, &mut verbatim),
            };
            let taken = taken.unwrap_or_else(|| {
                text.push_str(&rest[..1]);
                1
            });
            rest = &rest[taken..];
        }
        text.push_str(rest);
        text.push('\n');
    }
    tidy(&text)
}

/// Reads a mark at the start of `rest`, writes what it shows, and returns its length.
fn marked<'t>(rest: &'t str, text: &mut String, verbatim: &mut Option<&'t str>) -> Option<usize> {
    let rest = near(rest);
    if let Some(code) = rest.strip_prefix("{{") {
        let (inner, _) = code.split_once("}}")?;
        text.push_str(inner);
        return Some(inner.len() + 4);
    }
    if let Some((name, length)) = macro_mark(rest) {
        *verbatim = Some(name).filter(|name| matches!(*name, "noformat" | "code"));
        return Some(length);
    }
    if rest.starts_with("\\\\") {
        text.push('\n');
        return Some(2);
    }
    let (inner, _) = rest.strip_prefix('[')?.split_once(']')?;
    let (shown, address) = inner.split_once('|')?;
    text.push_str(shown);
    text.push(' ');
    text.push_str(address);
    Some(inner.len() + 2)
}

/// The name and length of `{name}` or `{name:arguments}`.
fn macro_mark(text: &str) -> Option<(&str, usize)> {
    let (inner, _) = near(text).strip_prefix('{')?.split_once('}')?;
    let name = inner.split(':').next().unwrap_or_default();
    MACROS.contains(&name).then_some((name, inner.len() + 2))
}

fn near(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_MARK_BYTES.min(text.len()))]
}

fn without_heading(line: &str) -> &str {
    let level = |rest: &str| rest.starts_with(|c: char| ('1'..='6').contains(&c)) && rest[1..].starts_with(". ");
    line.strip_prefix('h').filter(|rest| level(rest)).map_or(line, |rest| &rest[3..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_code_stays_as_it_is() {
        let wiki = "h2. Problem\r\n{noformat}ORA-00942: table {x} [a|b]{noformat}\n{code:java|title=X}\nint[] a = {1};\n{code}\nsee {{a.b}} and [docs|https://x.test] \\\\ {color:red}now{color} {unknown}";
        assert_eq!(
            to_text(wiki),
            "Problem\nORA-00942: table {x} [a|b]\n\nint[] a = {1};\n\nsee a.b and docs https://x.test\n now {unknown}"
        );
    }
}
