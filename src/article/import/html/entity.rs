//! Character references.

use std::borrow::Cow;

/// The named references that articles use, from <https://html.spec.whatwg.org/multipage/named-characters.html>. Others
/// stay as they are: Markdown knows them all.
const NAMED: [(&str, &str); 32] = [
    ("amp", "&"),
    ("apos", "'"),
    ("bull", "•"),
    ("cent", "¢"),
    ("copy", "©"),
    ("deg", "°"),
    ("euro", "€"),
    ("gt", ">"),
    ("hellip", "…"),
    ("laquo", "«"),
    ("larr", "←"),
    ("ldquo", "“"),
    ("lsquo", "‘"),
    ("lt", "<"),
    ("mdash", "—"),
    ("middot", "·"),
    ("nbsp", " "),
    ("ndash", "–"),
    ("para", "¶"),
    ("pound", "£"),
    ("quot", "\""),
    ("raquo", "»"),
    ("rarr", "→"),
    ("rdquo", "”"),
    ("reg", "®"),
    ("rsquo", "’"),
    ("sect", "§"),
    ("shy", ""),
    ("times", "×"),
    ("trade", "™"),
    ("yen", "¥"),
    ("zwnj", ""),
];

/// Text with its character references replaced.
pub(super) fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        // The longest name in the standard has 31 letters.
        let window = &rest.as_bytes()[..rest.len().min(33)];
        let replaced = memchr::memchr(b';', window).and_then(|end| {
            let found = reference(&rest[..end])?;
            decoded.push_str(&found);
            Some(end + 1)
        });
        match replaced {
            Some(length) => rest = &rest[length..],
            None => decoded.push('&'),
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

fn reference(name: &str) -> Option<Cow<'static, str>> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code)
            .filter(|c| !c.is_control() || *c == '\n' || *c == '\t')
            .map(|c| c.to_string().into());
    }
    let index = NAMED.binary_search_by_key(&name, |(known, _)| known).ok()?;
    Some(NAMED[index].1.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_replaced_once_and_unknown_ones_stay() {
        assert!(NAMED.is_sorted());
        assert_eq!(decode("&lt;a&gt; &amp;lt; &#39;&#x41; &nosuch; & &;"), "<a> &lt; 'A &nosuch; & &;");
        assert_eq!(decode(&"&".repeat(1_000_000)).len(), 1_000_000);
    }
}
