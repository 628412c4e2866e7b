//! JSON documents inside free text.

use super::lenient::{self, Effort};
use super::{Document, Kind};

/// Finds the JSON-like documents inside a text, outermost only, in order; see [`Document::parse_lenient`] for what is
/// taken. Left out are documents without any member or string (`[12]`, a list of numbers) and brackets right after a
/// word (`list["name"]`), which are no JSON in prose, logs and code. Stops when all documents together hold `max_nodes`
/// values. Linear in the length of the text.
pub fn find_embedded(text: &str, max_nodes: usize) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut nodes_left = max_nodes;
    let mut effort = Effort::for_text(text);
    let mut at = 0;
    while nodes_left > 0
        && let Some(found) = memchr::memchr2(b'{', b'[', &text.as_bytes()[at..])
    {
        let start = at + found;
        at = start + 1;
        if !may_start(text.as_bytes(), start) {
            continue;
        }
        let attempt = lenient::attempt(text, start, nodes_left, &mut effort);
        at = at.max(attempt.resume);
        if let Some((document, _)) = attempt.found
            && document.nodes.iter().any(|node| node.key.is_some() || node.kind == Kind::String)
        {
            nodes_left -= document.len();
            documents.push(document);
        }
    }
    documents
}

/// Whether a document may start with the bracket at `start`: a square bracket after a word is an index or a label.
fn may_start(bytes: &[u8], start: usize) -> bool {
    let before = start.checked_sub(1).map(|index| bytes[index]);
    bytes[start] == b'{'
        || !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b']' | b')'))
}
