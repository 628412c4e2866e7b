//! Parts of a documented message that stand for it alone, where a report shows no more of it.

use std::sync::LazyLock;

use regex::Regex;

/// What introduces the cause inside a message: `… failed. Error: …`, `Code="…"`, `Caused by: …`.
static CAUSE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\b(?:error|caused by|reason|code|message|details?)\s*[:=]\s*"));

/// Who says so: `(Firefox)`, `(V8-based)`. A number is part of the message: `(os error 13)`,
/// `(VOL4711)`.
static TAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\s*\((?:[A-Za-z](?:[A-Za-z./_-]|[0-9][A-Za-z./_-])*[ ,]*){1,6}\)\.?$"));

/// The kind of exception before its message.
static KIND: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:[\w.$]+\.)?[A-Z]\w*(?:Error|Exception)\s*:\s+"));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern written here, compiled by every test of this module")
}

/// Its first sentence, or what it gives as the cause behind that; without who says so; without the kind of exception.
pub(super) fn parts(message: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = sentence(message).into_iter().collect();
    let tail = TAIL.find(message).map_or(message.len(), |tail| tail.start());
    let kind = KIND.find(message).map_or(0, |kind| kind.end());
    if tail < message.len() {
        parts.push(&message[..tail]);
    }
    if kind > 0 && kind < tail {
        parts.push(&message[kind..tail]);
    }
    parts
}

/// The first sentence of several. Where a cause follows, many errors begin as this one does, and the cause stands for it.
fn sentence(message: &str) -> Option<&str> {
    let starts = |at: &usize| message[at + 2..].trim_start().starts_with(char::is_uppercase);
    let end = message.match_indices(". ").map(|(at, _)| at).find(starts)?;
    match CAUSE.find_at(message, end) {
        Some(cause) => Some(message[cause.end()..].trim()),
        None => Some(&message[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_sentence_stands_alone_unless_a_cause_follows() {
        assert_eq!(parts("The disk is full. Remove files."), ["The disk is full"]);
        assert_eq!(parts("Failed to scale pool 'x'. Error: Subnet is full"), ["Subnet is full"]);
        assert!(parts("One sentence only").is_empty());
    }

    #[test]
    fn who_says_so_and_the_kind_of_exception_may_be_missing() {
        assert_eq!(
            parts("ReferenceError: Cannot access 'X' before initialization (V8-based)"),
            ["ReferenceError: Cannot access 'X' before initialization", "Cannot access 'X' before initialization"]
        );
        assert_eq!(parts("java.lang.IllegalStateException: no bean"), ["no bean"]);
        assert!(parts("Permission denied (os error 13)").is_empty());
        assert!(parts("The volume is read-only (VOL4711)").is_empty());
    }
}
