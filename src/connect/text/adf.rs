//! Documents in Atlassian's format.

use serde_json::Value;

use super::tidy;

/// Deepest node that is read; the parser of JSON refuses deeper ones already.
const MAX_DEPTH: usize = 128;

/// The text of a document: text as it is, the ends of paragraphs, headings, items and cells as line breaks, mentions and
/// cards as what stands for them. Nodes nobody knows are read for what is inside them.
pub fn to_text(document: &Value) -> String {
    let mut text = String::new();
    node(document, 0, &mut text);
    tidy(&text)
}

fn node(value: &Value, depth: usize, text: &mut String) {
    if depth > MAX_DEPTH {
        return;
    }
    let kind = value["type"].as_str().unwrap_or_default();
    match kind {
        "text" => text.push_str(value["text"].as_str().unwrap_or_default()),
        "hardBreak" => text.push('\n'),
        "mention" | "emoji" | "inlineCard" | "blockCard" | "status" => {
            let attributes = &value["attrs"];
            let shown = ["text", "url", "shortName"].iter().find_map(|name| attributes[*name].as_str());
            text.push_str(shown.unwrap_or_default());
        }
        _ => {}
    }
    for child in value["content"].as_array().into_iter().flatten() {
        node(child, depth + 1, text);
    }
    let ends_line = matches!(kind, "paragraph" | "heading" | "listItem" | "tableCell" | "tableHeader" | "codeBlock");
    if ends_line && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_document_reads_as_its_lines() {
        let document = json!({"type": "doc", "version": 1, "content": [
            {"type": "paragraph", "content": [{"type": "text", "text": "Hi "}, {"type": "mention", "attrs": {"id": "1", "text": "@Ada"}},
                {"type": "hardBreak"}, {"type": "inlineCard", "attrs": {"url": "https://x.test"}}]},
            {"type": "codeBlock", "attrs": {"language": "text"}, "content": [{"type": "text", "text": "a\n  b"}]},
            {"type": "bulletList", "content": [{"type": "listItem", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}]}]},
            {"type": "newThing", "content": [{"type": "text", "text": "inside"}]}
        ]});
        assert_eq!(to_text(&document), "Hi @Ada\nhttps://x.test\na\n  b\none\ninside");
        assert_eq!(to_text(&json!(null)), "");
        assert_eq!(to_text(&json!({"content": "x", "type": 3})), "");
    }
}
