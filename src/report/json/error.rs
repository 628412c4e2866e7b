//! What is wrong with a JSON text, and where.

/// Why a text is no JSON document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct JsonError {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Byte offset in the text.
    pub offset: usize,
    /// What was expected and what stands there.
    pub message: String,
}

/// Longest word quoted in a message, in characters.
const QUOTED_WORD: usize = 24;

impl JsonError {
    /// An error at a byte offset, which is moved back to a character boundary.
    pub(super) fn at(text: &str, offset: usize, message: String) -> Self {
        let offset = text.floor_char_boundary(offset);
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Self {
            line: before.bytes().filter(|&byte| byte == b'\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            offset,
            message,
        }
    }

    /// An error that says what was expected at an offset and names what stands there.
    pub(super) fn expected(text: &str, offset: usize, wanted: &str) -> Self {
        let offset = text.floor_char_boundary(offset);
        Self::at(text, offset, format!("expected {wanted}, found {}", found(&text[offset..])))
    }
}

/// Names the first character or word of a text.
fn found(rest: &str) -> String {
    let Some(first) = rest.chars().next() else { return "the end of the text".to_owned() };
    match first {
        '\n' => "a line break".to_owned(),
        '\'' => "a single quote (')".to_owned(),
        first if first.is_control() => format!("the control character U+{:04X}", u32::from(first)),
        first if first.is_alphabetic() => {
            let word: String =
                rest.chars().take(QUOTED_WORD).take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            format!("'{word}'")
        }
        first => format!("'{first}'"),
    }
}
