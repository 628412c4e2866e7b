//! HTML character references, one level: `&amp;`, `&#39;`, `&#x27;`. Names are case-sensitive, as in HTML.

use memchr::memchr_iter;

use super::entities::{WITH_SEMICOLON, WITHOUT_SEMICOLON};
use super::rewrite::{Peeled, Rewrite};
use super::windows_1252;

/// Longest name looked up; longer than any in the tables.
const LONGEST_NAME: usize = 32;

pub(super) fn peel(text: &str) -> Option<Peeled> {
    let mut rewrite = Rewrite::new(text);
    for at in memchr_iter(b'&', text.as_bytes()) {
        if let Some((character, len)) = reference(&text.as_bytes()[at..]) {
            rewrite.replace_char(at..at + len, character);
        }
    }
    rewrite.finish()
}

/// The character that a reference at the start of `text` stands for and its length in bytes.
pub(super) fn reference(text: &[u8]) -> Option<(char, usize)> {
    let rest = text
        .strip_prefix(b"&")
        .filter(|rest| rest.first().is_some_and(|&byte| byte == b'#' || byte.is_ascii_alphabetic()))?;
    if let Some(number) = rest.strip_prefix(b"#") {
        return numeric(number).map(|(character, len)| (character, len + 2));
    }
    let len = rest.iter().take(LONGEST_NAME).position(|byte| !byte.is_ascii_alphanumeric());
    let name = std::str::from_utf8(&rest[..len.unwrap_or(rest.len().min(LONGEST_NAME))]).ok()?;
    let after = rest.get(name.len());
    if let Some(character) = look_up(&WITHOUT_SEMICOLON, name) {
        // In `?a=1&copy=2` the name belongs to a query string: HTML's rule for attributes, safer everywhere.
        return match after {
            Some(b';') => Some((character, name.len() + 2)),
            Some(b'=') => None,
            _ => Some((character, name.len() + 1)),
        };
    }
    let character = look_up(&WITH_SEMICOLON, name)?;
    (after == Some(&b';')).then_some((character, name.len() + 2))
}

fn look_up(table: &[(&str, char)], name: &str) -> Option<char> {
    table.binary_search_by(|(known, _)| (*known).cmp(name)).ok().map(|index| table[index].1)
}

/// A numeric reference after its `#`. As HTML says, 128 to 159 mean Windows-1252, and what is no character stands for
/// U+FFFD; only NUL stays NUL, since it marks UTF-16 that was read byte by byte.
fn numeric(text: &[u8]) -> Option<(char, usize)> {
    let (radix, prefix) = if matches!(text.first(), Some(b'x' | b'X')) { (16, 1) } else { (10, 0) };
    let mut value: u32 = 0;
    let mut len = prefix;
    while let Some(digit) = text.get(len).and_then(|&byte| char::from(byte).to_digit(radix)) {
        value = value.saturating_mul(radix).saturating_add(digit);
        len += 1;
        if len > LONGEST_NAME {
            return None;
        }
    }
    if len == prefix {
        return None;
    }
    let character = match u8::try_from(value) {
        Ok(byte @ 0x80..=0x9f) => windows_1252(byte),
        _ => char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER),
    };
    Some((character, len + usize::from(text.get(len) == Some(&b';'))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(source: &str) -> Option<String> {
        peel(source).map(|(text, _)| text)
    }

    #[test]
    fn references_are_decoded_one_level() {
        for (source, decoded) in [
            ("&quot;name&quot; &lt;DOMAIN&gt;", "\"name\" <DOMAIN>"),
            ("&#39;a&#x27; &#X27;", "'a' '"),
            ("&amp;amp;quot;", "&amp;quot;"),
            ("&lsquo;x&rsquo; &hellip; &nbsp;|", "‘x’ … \u{a0}|"),
            ("&#146; &#x93; &#128;", "’ “ €"),
            ("AT&ampT &lt b &copy 2026", "AT&ampT < b © 2026"),
            ("&#39no &#0; &#xD800; &#x110000;", "'no \0 \u{fffd} \u{fffd}"),
            ("&Eacute;&eacute;", "Éé"),
            ("&lbrace;&apos;&NewLine;", "{'\n"),
        ] {
            assert_eq!(text(source).as_deref(), Some(decoded), "{source}");
        }
    }

    #[test]
    fn query_strings_and_unknown_names_stay() {
        for source in
            ["?a=1&copy=2&reg=3", "a && b", "&unknown;", "&hellip no", "&#;", "&#x;", "&;", "&", "R&D", "&regions=1"]
        {
            assert_eq!(text(source), None, "{source}");
        }
    }

    #[test]
    fn the_tables_are_sorted_and_share_no_name() {
        for table in [&WITHOUT_SEMICOLON[..], &WITH_SEMICOLON[..]] {
            assert!(table.windows(2).all(|pair| pair[0].0 < pair[1].0));
            assert!(table.iter().all(|(name, _)| name.len() < LONGEST_NAME));
        }
        assert!(WITH_SEMICOLON.iter().all(|(name, _)| look_up(&WITHOUT_SEMICOLON, name).is_none()));
    }

    #[test]
    fn a_reference_maps_to_all_of_its_characters() {
        let (text, map) = peel("a&quot;b").unwrap();
        assert_eq!(text, "a\"b");
        assert_eq!(map.to_parent((1..2).into()), (1..7).into());
    }
}
