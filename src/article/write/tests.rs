use proptest::prelude::*;

use super::*;
use crate::article::arbitrary;
use crate::article::tree::{from_toml, from_yaml};
use crate::article::{change_from_json, create};

proptest! {
    #[test]
    fn any_json_value_reads_back_from_yaml(value in arbitrary::json()) {
        let yaml = yaml_entry("key", &value, 0);
        let read = from_yaml(&yaml, 1).map_err(|problem| TestCaseError::fail(format!("{problem}\n{yaml}")))?.unwrap();
        prop_assert_eq!(read.to_json(), serde_json::json!({"key": value.clone()}), "{}", yaml);
        let flow = format!("key: {}\n", yaml_scalar(&value));
        let read = from_yaml(&flow, 1).map_err(|problem| TestCaseError::fail(format!("{problem}\n{flow}")))?.unwrap();
        prop_assert_eq!(read.to_json(), serde_json::json!({"key": value}), "{}", flow);
    }

    #[test]
    fn any_json_value_without_null_reads_back_from_toml(value in arbitrary::json()) {
        if let Some(toml) = toml_value(&value) {
            let read = from_toml(&format!("key = {toml}\n"), 1).ok_or_else(|| TestCaseError::fail(toml.clone()))?;
            prop_assert_eq!(read.to_json(), serde_json::json!({"key": value}), "{}", toml);
        }
    }

    #[test]
    fn an_article_is_the_same_after_json_and_markdown(article in arbitrary::article()) {
        let json = to_json(&article);
        let change = change_from_json(&json).map_err(|problems| TestCaseError::fail(format!("{problems:?}\n{json}")))?;
        let parsed = create(&article.id, &change)
            .map_err(|error| TestCaseError::fail(format!("{error}\n{}", to_markdown(&article))))?;
        let mut json_again = to_json(&parsed.article);
        json_again["derived_signatures"] = serde_json::json!([]);
        prop_assert_eq!(json_again, json);
        prop_assert_eq!(to_markdown(&parsed.article), to_markdown(&article));
    }
}

#[test]
fn an_article_is_written_in_the_documented_order_and_without_defaults() {
    let json = serde_json::json!({
        "title": "T: x", "solution": "do", "applies_to": ["A", "B"], "status": "published", "locale": "en",
        "signatures": [{"name": "rule", "code": 404, "template": "it's {{x}}"}],
        "examples": {"match": ["one\ntwo", {"payload": {"a": [1, "2"]}}]},
        "other_sections": [{"heading": "Impact", "text": "bad", "under": "cause"}],
    });
    let article = create(&crate::article::Slug::new("t").unwrap(), &change_from_json(&json).unwrap()).unwrap().article;
    let expected = "---\nid: t\ntitle: 'T: x'\napplies_to: [A, B]\nsignatures:\n  - name: rule\n    all:\n      - code: '404'\n      - \
                    template: 'it''s {{x}}'\nexamples:\n  match:\n    - |-\n      one\n      two\n    - payload:\n        a: [1, '2']\n---\n\
                    ## Cause\n\n## Impact\n\nbad\n\n## Solution\n\ndo\n";
    assert_eq!(to_markdown(&article), expected);
}

#[test]
fn keys_longer_than_yaml_allows_on_one_line_are_written_with_a_question_mark() {
    let long = "k".repeat(2000);
    let value = serde_json::json!({ long: [{"a": 1}, "x"] });
    let read = from_yaml(&yaml_entry("key", &value, 0), 1).unwrap().unwrap();
    assert_eq!(read.to_json(), serde_json::json!({ "key": value }));
    let read = from_yaml(&format!("key: {}\n", yaml_scalar(&value)), 1).unwrap().unwrap();
    assert_eq!(read.to_json(), serde_json::json!({ "key": value }));
}
