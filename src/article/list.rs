//! Bullet lists as vendors write them.

/// Marks that begin a bullet in Markdown, in plain text and in text copied from a page.
const BULLETS: [char; 15] = ['-', '*', '+', '•', '◦', '▪', '▫', '‣', '⁃', '●', '○', '■', '□', '·', '–'];

/// The rest of a line after its bullet or number, when it begins with one.
pub(super) fn after_bullet(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let rest = if let Some(rest) = line.strip_prefix(BULLETS) {
        rest
    } else {
        let number = line.trim_start_matches(|c: char| c.is_ascii_digit());
        (number.len() < line.len()).then_some(number)?.strip_prefix(['.', ')'])?
    };
    rest.starts_with([' ', '\t', '\u{a0}']).then(|| rest.trim())
}

/// The items of a section that is a list: its bullets, or its lines where there are none. An indented line goes on with
/// the item before it.
pub(super) fn list_items(section: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for line in section.lines() {
        let text = line.trim();
        if text.is_empty() {
            continue;
        }
        match (after_bullet(line), items.last_mut()) {
            (Some(item), _) => items.push(item.to_owned()),
            (None, Some(last)) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(text);
            }
            (None, _) => items.push(text.to_owned()),
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_of_every_kind_are_items_and_indented_lines_go_on() {
        assert_eq!(
            list_items("  • One\n- Two\n  goes on\n\n1. Three\n* \nFour"),
            ["One", "Two goes on", "Three", "Four"]
        );
        assert_eq!(list_items("-flag\n3.5 and later"), ["-flag", "3.5 and later"]);
    }
}
