//! From an article to what the store keeps of it.

use crate::article::{Article, Condition, Signature, SignatureOrigin, to_json};
use crate::store::{Digest, SignatureRow, Text};

/// What the store keeps of an article whose Markdown is `markdown`.
pub(super) fn text_of(article: &Article, markdown: String) -> Text {
    let json = to_json(article);
    // Either all are written or all are derived, and each list keeps the article's order.
    let trees = ["signatures", "derived_signatures"].into_iter().filter_map(|key| json.get(key)?.as_array()).flatten();
    let signatures = article.signatures.iter().zip(trees).map(|(signature, tree)| SignatureRow {
        name: signature.name.clone(),
        kind: kind(signature),
        origin: match signature.origin {
            SignatureOrigin::Written => "written",
            SignatureOrigin::Derived => "derived",
        },
        text: tree.to_string(),
    });
    Text {
        id: article.id.clone(),
        title: article.title.clone(),
        status: article.status,
        sha256: Digest::of(&markdown),
        signatures: signatures.collect(),
        markdown,
    }
}

/// The kind of a signature: that of its outermost condition, as written in front matter.
fn kind(signature: &Signature) -> &'static str {
    match &signature.condition {
        Condition::Template(_) => "template",
        Condition::Regex(_) => "regex",
        Condition::Code(_) => "code",
        Condition::Where(_) => "where",
        Condition::All { .. } => "all",
        Condition::Any(_) => "any",
        Condition::None(_) => "none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::{SourceFormat, parse};

    fn rows(markdown: &str) -> Vec<(Option<String>, &'static str, &'static str, serde_json::Value)> {
        let article = parse(markdown, SourceFormat::Markdown, "a").unwrap().article;
        let rows = text_of(&article, markdown.to_owned()).signatures.into_iter();
        rows.map(|row| (row.name, row.kind, row.origin, serde_json::from_str(&row.text).unwrap())).collect()
    }

    #[test]
    fn every_signature_becomes_a_row_with_its_own_json() {
        let written = rows(
            "---\ntitle: A\nsignatures:\n  - name: first\n    template: 'no such sprocket'\n  - code: NU1605\n---\n\
             ## Solution\n\nNone.\n",
        );
        assert_eq!(written.len(), 2);
        assert_eq!((written[0].0.as_deref(), written[0].1, written[0].2), (Some("first"), "template", "written"));
        assert_eq!(written[0].3["template"], "no such sprocket");
        assert_eq!((written[1].1, &written[1].3["code"]), ("code", &serde_json::json!("NU1605")));

        let derived =
            rows("# Error NU1605\n\nThe restore says:\n\n```\nerror NU1605: Detected package downgrade\n```\n");
        assert!(!derived.is_empty());
        assert!(derived.iter().all(|row| row.2 == "derived" && row.3.is_object()), "{derived:?}");
    }
}
