//! Markdown as people write it into issues.

use super::{Place, quoted, tidy};

/// The text of Markdown: fences and comments go, everything else stays as written. An error message pasted without a
/// fence is no Markdown, and reading it as such would eat its underscores, its lines and `<anonymous>`.
pub fn to_text(markdown: &str, place: Place) -> String {
    let text: Vec<&str> = markdown.split("<!--").collect();
    let mut kept = String::with_capacity(markdown.len());
    for (at, piece) in text.iter().enumerate() {
        match piece.split_once("-->") {
            _ if at == 0 => kept.push_str(piece),
            Some((_, rest)) => kept.push_str(rest),
            None => {
                kept.push_str("<!--");
                kept.push_str(piece);
            }
        }
    }
    let lines: Vec<&str> = kept.lines().filter(|line| !is_fence(line)).collect();
    let text = tidy(&lines.join("\n"));
    if place == Place::Comment { quoted::without_mail(&text) } else { text }
}

/// A line of three backticks or tildes or more and at most the name of a language.
fn is_fence(line: &str) -> bool {
    let line = line.trim();
    ['`', '~'].iter().any(|mark| {
        let rest = line.trim_start_matches(*mark);
        line.len() - rest.len() >= 3 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_#. ".contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_and_comments_go_and_errors_stay_as_pasted() {
        let markdown = "<!-- Please fill in -->\r\nIt fails:\r\n```rust\r\nthread 'main' panicked\r\n    at <anonymous>\r\n```\r\nmy_var_name * 2 <!-- open";
        let text = "It fails:\nthread 'main' panicked\n    at <anonymous>\nmy_var_name * 2 <!-- open";
        assert_eq!(to_text(markdown, Place::First), text);
    }
}
