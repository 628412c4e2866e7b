//! Names under which programs point at the article of an error: the end of its page's address, and the name of a rule where
//! linters and compilers print it.
//!
//! `https://example.dev/e/20/3o7r`, `tasks.yml:12: no-changed-when: …`, `… has no attribute "x"  [attr-defined]`,
//! `(react-hooks/exhaustive-deps)`. Such a name may be an ordinary word, so that it counts in these places only, and for
//! no article but the one that bears it.

use super::terms::{TermHash, hash};

/// Shortest and longest handle, the name of a plugin before it included, in bytes.
const LEAST: usize = 4;
const MOST: usize = 80;
/// What programs print in the same places that says how bad it is.
const SEVERITIES: [&str; 9] = ["error", "warning", "note", "info", "fatal", "debug", "fail", "failed", "exception"];

/// The term of a handle, apart from those of words: letter case and underscores make no difference.
pub(super) fn term(name: &str) -> TermHash {
    let name: String = name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect();
    hash(&format!("handle {name}"))
}

/// The handle that a title shows: itself where it is one word, or what stands in brackets at its end.
pub(super) fn of_title(title: &str) -> Option<&str> {
    let title = title.trim();
    let in_brackets = title.strip_suffix(']').and_then(|title| title.rsplit_once('[')).map(|(_, name)| name);
    bare(in_brackets.unwrap_or(title))
}

/// What an address ends with that can be the name of a page: its fragment, and its path's last segment.
pub(super) fn of_address(url: &str) -> impl Iterator<Item = &str> {
    let (address, fragment) = url.split_once('#').map_or((url, None), |(address, fragment)| (address, Some(fragment)));
    let address = address.split('?').next().unwrap_or_default();
    let path = address.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let segment = path.trim_end_matches('/').rsplit('/').next();
    let segment = segment.map(|segment| segment.rsplit_once('.').map_or(segment, |(name, _)| name));
    fragment.into_iter().chain(segment).filter(|name| is_handle(name))
}

/// The handles in the places of a line where programs print the name of a rule: alone in brackets, between two colons, and
/// at the line's end behind a gap.
pub(super) fn of_line(line: &str) -> impl Iterator<Item = &str> {
    let line = line.trim_end();
    let closed = line
        .match_indices(['[', '('])
        .filter_map(|(at, open)| until(&line[at + 1..], if open == "[" { ']' } else { ')' }));
    let between = line.match_indices(": ").filter_map(|(at, _)| until(&line[at + 2..], ':'));
    let last = line.rsplit_once("  ").map(|(_, last)| last);
    closed.chain(between).chain(last).filter_map(bare)
}

/// What stands before a sign that is near.
fn until(text: &str, sign: char) -> Option<&str> {
    text[..text.floor_char_boundary(MOST)].split_once(sign).map(|(name, _)| name)
}

/// A handle without the name of the plugin before it.
fn bare(name: &str) -> Option<&str> {
    let name = name.rsplit_once(['/', ':']).map_or(name, |(_, name)| name);
    is_handle(name).then_some(name)
}

fn is_handle(name: &str) -> bool {
    (LEAST..=MOST).contains(&name.len())
        && !SEVERITIES.iter().any(|severity| severity.eq_ignore_ascii_case(name))
        && name.bytes().any(|b| b.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_the_name_of_its_page() {
        let named = |url: &'static str| of_address(url).collect::<Vec<_>>();
        assert_eq!(named("https://sql.example/e/20/3o7r"), ["3o7r"]);
        assert_eq!(named("https://docs.example/errors/no-gamma.html?x=1#Fix_it"), ["Fix_it", "no-gamma"]);
        assert!(named("https://docs.example").is_empty());
        assert!(named("https://docs.example/a/b%20c d").is_empty());
    }

    #[test]
    fn rules_are_named_where_programs_print_them() {
        let named = |line: &'static str| of_line(line).collect::<Vec<_>>();
        assert_eq!(named("a.yml:12: no-changed-when: Commands should not change things"), ["no-changed-when"]);
        assert_eq!(named("x.py:3: error: \"A\" has no attribute \"b\"  [attr-defined]"), ["attr-defined"]);
        assert_eq!(named("  12:5  warning  Missing key  react/jsx-key"), ["jsx-key"]);
        assert_eq!(named("note: `#[warn(clippy::needless_return)]` on by default"), ["needless_return"]);
        assert!(named("the args (see below) differ").is_empty());
    }

    #[test]
    fn a_title_shows_a_handle_when_it_is_one() {
        assert_eq!(of_title("no-changed-when"), Some("no-changed-when"));
        assert_eq!(of_title("Check that attribute exists [attr-defined]"), Some("attr-defined"));
        assert_eq!(of_title("Lock file is stale"), None);
    }

    #[test]
    fn a_handle_is_no_word() {
        assert_eq!(term("KubePod_Crashing"), term("kubepod-crashing"));
        assert_ne!(term("kubepod"), hash("kubepod"));
    }
}
