//! Places in source files as frames write them: `file:line:column`.

/// A file with its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'t> {
    /// What stands before the numbers.
    pub(super) file: &'t str,
    /// The line.
    pub(super) line: u32,
    /// Whether a column followed.
    pub(super) column: bool,
}

/// Reads `file:line` or `file:line:column`; the numbers end the text.
pub(super) fn read(text: &str) -> Option<Place<'_>> {
    let (before, last) = number_at_end(text)?;
    match number_at_end(before) {
        Some((file, line)) if !file.is_empty() => Some(Place { file, line, column: true }),
        _ if before.is_empty() => None,
        _ => Some(Place { file: before, line: last, column: false }),
    }
}

/// Reads `file:line:column`, the file being more than a number (`12:30:45` is a time).
pub(super) fn read_with_column(text: &str) -> Option<Place<'_>> {
    read(text).filter(|place| place.column && place.file.bytes().any(|byte| byte.is_ascii_alphabetic() || byte == b'<'))
}

fn number_at_end(text: &str) -> Option<(&str, u32)> {
    let digits = text.bytes().rev().take(10).take_while(u8::is_ascii_digit).count();
    let (before, number) = text.split_at(text.len() - digits);
    Some((before.strip_suffix(':')?, number.parse().ok()?))
}

/// The number that starts a text.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.bytes().take(10).take_while(u8::is_ascii_digit).count();
    text[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_a_file_and_one_or_two_numbers() {
        assert_eq!(read("a.js:3:14"), Some(Place { file: "a.js", line: 3, column: true }));
        assert_eq!(read("http://host:80/a.js:3"), Some(Place { file: "http://host:80/a.js", line: 3, column: false }));
        assert_eq!(read("C:\\a.js:3"), Some(Place { file: "C:\\a.js", line: 3, column: false }));
        for text in ["", "3", ":3", "a.js", "a.js:", "a.js:x", "a.js:99999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read_with_column("12:30:45"), None);
    }
}
