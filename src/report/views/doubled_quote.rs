//! Doubled quotes made single: `""` in quoted CSV fields, `''` in SQL strings, and the shell's ways of putting a single
//! quote into a single-quoted word, `'\''` and `'"'"'`.

use memchr::memchr2_iter;

use super::rewrite::{Peeled, Rewrite};

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let bytes = text.as_bytes();
    let marks: [&[u8]; 4] = [b"\"\"", b"''", b"'\\''", b"'\"'"];
    let stands = |at: usize| marks.iter().any(|mark| bytes[at..].starts_with(mark));
    if !memchr2_iter(b'"', b'\'', bytes).any(stands) {
        return None;
    }
    let mut rewrite = Rewrite::new(text);
    let mut in_field = false;
    let mut done = 0;
    for at in memchr2_iter(b'"', b'\'', bytes) {
        if at < done {
            continue;
        }
        if let Some(len) = shell_quote(&bytes[at..]) {
            done = at + len;
            rewrite.replace(at..done, "'");
            continue;
        }
        let run = bytes[at..].iter().take_while(|&&byte| byte == bytes[at]).count();
        done = at + run;
        let quotes = if bytes[at] == b'"' {
            double_quotes(bytes, at, run, &mut in_field)
        } else {
            single_quotes(bytes, at, run)
        };
        if quotes < run {
            rewrite.replace(at..done, &text[at..at + quotes]);
        }
    }
    rewrite.finish()
}

/// Length of a single quote as shells escape it.
fn shell_quote(rest: &[u8]) -> Option<usize> {
    ["'\\''", "'\"'\"'"].into_iter().find(|quote| rest.starts_with(quote.as_bytes())).map(str::len)
}

/// How many quotes a run of `"` stands for, given whether a quoted field is open. An even run inside a field is doubled
/// quotes; an odd one also opens or closes it. An even run outside is an empty field, unless a word follows it at once:
/// then the field's start was cut off.
fn double_quotes(bytes: &[u8], at: usize, run: usize, in_field: &mut bool) -> usize {
    // A quote after a backslash is a character of the field.
    let escaped = usize::from(at > 0 && bytes[at - 1] == b'\\');
    let rest = run - escaped;
    if rest % 2 == 1 {
        *in_field = !*in_field;
        return escaped + rest / 2 + 1;
    }
    *in_field |= rest > 0 && bytes.get(at + run).is_some_and(u8::is_ascii_alphanumeric);
    escaped + if *in_field { rest / 2 } else { rest }
}

/// How many quotes a run of `'` stands for. Apostrophes make fields unknowable, so only a run that touches a word counts.
fn single_quotes(bytes: &[u8], at: usize, run: usize) -> usize {
    let before = at.checked_sub(1).is_some_and(|index| bytes[index].is_ascii_alphanumeric());
    let after = bytes.get(at + run).is_some_and(u8::is_ascii_alphanumeric);
    if before || after { run.div_ceil(2) } else { run }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn doubled_quotes_in_fields_become_single() {
        for (source, single) in [
            (r#"1,"{""name"":""TypeError"",""x"":""""}",2"#, r#"1,"{"name":"TypeError","x":""}",2"#),
            (r#""""name"" is missing""#, r#"""name" is missing""#),
            (r#"{""name"":""x""}"#, r#"{"name":"x"}"#),
            ("'Failed to read the ''name'' property'", "'Failed to read the 'name' property'"),
            (r"'the '\''name'\'' property'", "'the 'name' property'"),
            (r#"'the '"'"'name'"'"' property'"#, "'the 'name' property'"),
        ] {
            assert_eq!(text(source).as_deref(), Some(single), "{source}");
        }
    }

    #[test]
    fn empty_strings_and_other_quotes_stay() {
        for source in [
            r#"{"a":"","b":[""],"c":"\"\"","d":""}"#,
            r#"a,"",b"#,
            "('', 'x', '')",
            "it's 'quoted' \"text\"",
            r#"say "" and '' "#,
        ] {
            assert_eq!(text(source), None, "{source}");
        }
    }
}
