//! Tests of the tokenizer: strict against `serde_json`, lenient by example, hostile input by the clock.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::processor_time;

const MANY: usize = 1 << 20;

fn strict(text: &str) -> Document {
    Document::parse(text, MANY).unwrap()
}

/// A document as `serde_json` would have it; the last of several members of one name wins.
fn to_value(document: &Document, text: &str, id: NodeId) -> Value {
    let node = document.node(id);
    match node.kind {
        Kind::Object => Value::Object(
            document
                .children(id)
                .map(|child| (document.key(text, child).unwrap().into_owned(), to_value(document, text, child)))
                .collect(),
        ),
        Kind::Array => Value::Array(document.children(id).map(|child| to_value(document, text, child)).collect()),
        Kind::String => Value::String(document.string(text, id).into_owned()),
        Kind::Number => serde_json::from_str(node.span.slice(text)).unwrap_or(Value::Null),
        Kind::True => Value::Bool(true),
        Kind::False => Value::Bool(false),
        Kind::Null => Value::Null,
    }
}

fn lenient_value(text: &str) -> Option<Value> {
    let (document, end) = Document::parse_lenient(text, 0, MANY)?;
    assert!(text.is_char_boundary(end));
    Some(to_value(&document, text, document.root()))
}

fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_map(Value::from),
        any::<String>().prop_map(Value::String),
        r#"[a-z"'\\/{}\[\]:, \n~.é😀]{0,12}"#.prop_map(Value::String),
    ];
    scalar.prop_recursive(6, 64, 6, |inner| {
        let name = prop_oneof![any::<String>(), "[a-z/~\"]{0,4}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn any_layout() -> impl Strategy<Value = (Value, String)> {
    (any_json(), any::<bool>()).prop_map(|(value, pretty)| {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        // Read again, since serde_json's shortest digits and its parser may differ in a float's last bit.
        (serde_json::from_str(&text).unwrap_or(value), text)
    })
}

proptest! {
    #[test]
    fn a_valid_document_has_the_values_that_serde_json_reads((value, text) in any_layout()) {
        let document = strict(&text);
        prop_assert_eq!(to_value(&document, &text, document.root()), value);
    }

    #[test]
    fn lenient_reading_agrees_with_strict_reading_of_a_valid_document((value, text) in any_layout()) {
        if let Some((document, end)) = Document::parse_lenient(&text, 0, MANY) {
            prop_assert_eq!(end, text.len());
            prop_assert_eq!(document, strict(&text));
        } else {
            prop_assert!(!value.is_object() || value.as_object().unwrap().is_empty(), "{}", text);
        }
    }

    #[test]
    fn every_pointer_leads_serde_json_to_the_same_leaf((value, text) in any_layout()) {
        let document = strict(&text);
        for (id, pointer) in document.leaves(&text) {
            prop_assert_eq!(&pointer, &document.pointer(&text, id));
            prop_assert_eq!(value.pointer(&pointer), Some(&to_value(&document, &text, id)));
        }
    }

    #[test]
    fn strict_reading_takes_what_serde_json_takes_and_nothing_else(text in r#"[\[\]{}",:\\u0-9dtrue.eE+\- n]{0,12}"#) {
        let theirs = serde_json::from_str::<Value>(&text);
        let ours = Document::parse(&text, MANY);
        // Two things RFC 8259 allows are refused there: escapes of lone surrogates and numbers beyond an f64.
        let stricter = theirs.as_ref().is_err_and(|error| {
            let message = error.to_string();
            message.contains("surrogate") || message.contains("out of range") || message.contains("hex escape")
        });
        prop_assert!(stricter || theirs.is_ok() == ours.is_ok(), "{:?} {:?}", theirs, ours);
    }

    #[test]
    fn any_text_is_read_without_panic_and_every_span_slices(text in r#"[\[\]{}"':,\\/*\n\r.…a-f0-9 <>(=+é]{0,60}"#) {
        let _ = Document::parse(&text, 20);
        for document in find_embedded(&text, 20) {
            for id in 0..document.len() {
                let node = document.node(id);
                let _ = (node.span.slice(&text), document.key(&text, id), document.string(&text, id));
                let _ = document.pointer(&text, id);
                if let Some(parent) = node.parent {
                    prop_assert!(document.node(parent).span.contains(node.span), "{:?}", document);
                }
            }
        }
    }

    #[test]
    fn a_decoded_string_maps_back_to_its_source(value in any::<String>()) {
        let text = format!("xx{}", serde_json::to_string(&value).unwrap());
        let (decoded, map) = decode_string(&text, ByteSpan::new(2, text.len()));
        prop_assert_eq!(&decoded, &value);
        prop_assert_eq!(map.view_len(), value.len());
        for (start, character) in value.char_indices() {
            let span = map.to_parent(ByteSpan::new(start, start + character.len_utf8()));
            let source = format!("\"{}\"", span.slice(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&source).unwrap(), character.to_string());
        }
    }
}

#[test]
fn members_of_the_same_name_all_stay() {
    let text = r#"{"a":1,"a":2}"#;
    let document = strict(text);
    let values: Vec<&str> =
        document.children(document.root()).map(|child| document.node(child).span.slice(text)).collect();
    assert_eq!(values, ["1", "2"]);
}

#[test]
fn half_of_a_surrogate_pair_becomes_a_replacement_character() {
    let text = r#"["\ud83d\ude00 \ud83d \ude00 \ud83d\u0041"]"#;
    let document = strict(text);
    assert_eq!(document.string(text, 1), "😀 \u{fffd} \u{fffd} \u{fffd}A");
}

#[test]
fn an_error_names_line_column_and_what_was_expected() {
    let table: &[(&str, usize, usize, &str)] = &[
        ("", 1, 1, "expected a value, found the end of the text"),
        ("{\"a\":1,}", 1, 8, "expected a member name in double quotes after ',', found '}'"),
        ("{\n  'a': 1\n}", 2, 3, "expected a member name in double quotes or '}', found a single quote (')"),
        ("{\n  \"ä\" 1}", 2, 7, "expected ':' after a member name, found '1'"),
        ("{\"é\":undefined}", 1, 6, "expected a value, found 'undefined'"),
        ("[1 2]", 1, 4, "expected ',' or ']' after an element, found '2'"),
        ("{\"a\":1\r\n\"b\":2}", 2, 1, "expected ',' or '}' after a member, found '\"'"),
        ("[\"a\nb\"]", 1, 4, "expected control characters in a string to be escaped, found a line break"),
        (
            "[\"\u{1}\"]",
            1,
            3,
            "expected control characters in a string to be escaped, found the control character U+0001",
        ),
        ("[\"C:\\dir\"]", 1, 6, "expected one of \" \\ / b f n r t u after a backslash, found 'dir'"),
        ("[\"\\u12g4\"]", 1, 7, "expected four hexadecimal digits after \\u, found 'g4'"),
        ("[01]", 1, 3, "expected no digit after a leading zero, found '1'"),
        ("[1.]", 1, 4, "expected a digit of a number, found ']'"),
        ("[\"a", 1, 4, "expected the closing '\"' of a string, found the end of the text"),
        ("{} x", 1, 4, "expected the end of the text after the document, found 'x'"),
    ];
    for &(text, line, column, message) in table {
        let error = Document::parse(text, MANY).unwrap_err();
        assert_eq!((error.line, error.column, error.message.as_str()), (line, column, message), "{text:?}");
    }
    assert_eq!(Document::parse("[1,2]", 2).unwrap_err().message, "the document holds more than 2 values");
}

#[test]
fn lenient_reading_takes_what_people_and_loggers_make_of_json() {
    let table = [
        // Commas, comments, elisions.
        (r#"{"a":1,,"b":[1,2,],}"#, r#"{"a":1,"b":[1,2]}"#),
        (r#"{"a":"x" "b":2}"#, r#"{"a":"x","b":2}"#),
        ("{\"a\":1 // one\n /* two */ \"b\":2}", r#"{"a":1,"b":2}"#),
        (r#"{"a":1, ... "b":{...}, "c":[1,…], "d": ...}"#, r#"{"a":1,"b":"{...}","c":[1],"d":"..."}"#),
        (r#"{"a": , "b":}"#, r#"{"a":null,"b":null}"#),
        // Cut off.
        (r#"{"a":{"b":["x","y"#, r#"{"a":{"b":["x","y"]}}"#),
        (r#"{"a":"x","b"#, r#"{"a":"x"}"#),
        (r#"{"a":"x","b":"#, r#"{"a":"x"}"#),
        (r#"{"a":"cut\"#, r#"{"a":"cut\\"}"#),
        (r#"{"a":[1,2}"#, r#"{"a":[1,2]}"#),
        ("{\"a\":\"cut\n2024-01-01 {\"b\":2}", r#"{"a":"cut"}"#),
        // Other languages.
        (r"{'a': 'it\'s', 'b': True, 'c': None}", r#"{"a":"it's","b":true,"c":null}"#),
        (r"{u'error': u'invalid_grant'}", r#"{"error":"invalid_grant"}"#),
        (r"{a: 'x', b_c: undefined, d: NaN}", r#"{"a":"x","b_c":null,"d":null}"#),
        (r#"{"a"=>"x", :b=>nil}"#, r#"{"a":"x",":b":null}"#),
        (
            "{ name: 'E', fn: [Function: f], h: Headers { a: 1 }, n: [Object: null prototype] { b: 2 }, s: [ [Object] ] }",
            r#"{"name":"E","fn":"[Function: f]","h":{"a":1},"n":{"b":2},"s":["[Object]"]}"#,
        ),
        ("{ stack: 'E: x\\n' +\n    '    at f', n: \"a\" + \"b\" }", r#"{"stack":"E: x\n    at f","n":"ab"}"#),
        // Quotes and line breaks that nobody escaped.
        (r#"{"a":"He said "hi" there","b":1}"#, r#"{"a":"He said \"hi\" there","b":1}"#),
        (r"{'a': 'it's', 'b': 1}", r#"{"a":"it's","b":1}"#),
        ("{\"a\":\"one\ntwo\",\"b\":1}", r#"{"a":"one\ntwo","b":1}"#),
        // Bare words and placeholders.
        (
            r#"{status: active, "t": <redacted>, "at": 2024-01-01T10:00:00Z}"#,
            r#"{"status":"active","t":"<redacted>","at":"2024-01-01T10:00:00Z"}"#,
        ),
    ];
    for (text, wanted) in table {
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(lenient_value(text), Some(wanted), "{text}");
    }
}

#[test]
fn what_is_not_like_json_is_no_document() {
    for text in [
        "{",
        "[",
        "{}",
        "[]",
        "[[[",
        "{ return x; }",
        "{ color: red; }",
        "{id}",
        "[ERROR] x",
        "[12:30:01] x",
        "[...]",
        "{std::string}",
        "{12:30}",
        "{\"a\" b}",
        "[2024-01-01]",
        "x",
        "",
    ] {
        assert_eq!(lenient_value(text), None, "{text}");
    }
}

#[test]
fn documents_are_found_in_a_log_outermost_only_and_in_order() {
    let text = concat!(
        "[INFO] [12] list[\"x\"] ESC[0m got {\"a\":{\"b\":1}} and [{\"c\":2}] then\n",
        "ERR {\"d\":\"cut\nERR {\"e\":3} {not json} {\"f\": oops oops {\"g\":4}",
    );
    let found: Vec<String> = find_embedded(text, MANY)
        .iter()
        .map(|document| document.node(document.root()).span.slice(text).to_owned())
        .collect();
    assert_eq!(found, ["{\"a\":{\"b\":1}}", "[{\"c\":2}]", "{\"d\":\"cut", "{\"e\":3}", "{\"g\":4}"]);
}

#[test]
fn all_embedded_documents_together_keep_the_node_budget() {
    let text = r#"{"a":1} "#.repeat(100);
    let nodes: usize = find_embedded(&text, 15).iter().map(Document::len).sum();
    assert_eq!(nodes, 14);
}

#[test]
fn hostile_megabytes_are_read_in_the_time_of_their_size() {
    for unit in [
        "{",
        "[",
        "{\"",
        "{\"a\":",
        "[{",
        "{'{\"",
        "{\"a\":\"\" x",
        "{\"a\":1 //",
        "{\"a\"//",
        "{/*",
        "{\"a\": /*",
        "[,",
        "{\"a\":\"\\",
        "\\",
        "{\"a\":\"\n",
        "{\"a\":'\n\"",
        "{a:",
        "{a:1 ",
        "[1]",
        "[1 ",
        "[}",
        "{]",
        "{\"a\":[Function ",
        "{...",
        "{\"a\":\"b\" \"",
        "{\"a\":\"\"\"\"",
        "{\"a\":1}",
        "[\"",
        "{\"a\":<",
        "{a (",
        "{a:'' + '",
        "{a:'' + ",
        "{a:'b' +      ",
    ] {
        let text = unit.repeat((1 << 20) / unit.len());
        let ((found, leaves), took) = processor_time::of(|| {
            let found = find_embedded(&text, MANY);
            let leaves: usize = found.iter().map(|document| document.leaves(&text).count()).sum();
            (found.len(), leaves)
        });
        assert!(leaves >= found);
        assert!(took < Duration::from_secs(2), "{unit:?} took {took:?}");
    }
}

#[test]
fn a_document_nested_deep_has_its_deep_part_as_one_leaf() {
    let depth = 100_000;
    let text = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
    let document = strict(&text);
    let leaves: Vec<(NodeId, String)> = document.leaves(&text).collect();
    assert_eq!(leaves, [(512, "/0".repeat(512))]);
    assert_eq!(document.node(512).span, ByteSpan::new(512, text.len() - 512));
}

#[test]
fn a_long_name_over_many_values_does_not_multiply() {
    let text = format!("{{\"{}\":[{}1]}}", "k".repeat(500_000), "1,".repeat(250_000));
    let document = strict(&text);
    let leaves: Vec<(NodeId, String)> = document.leaves(&text).collect();
    assert_eq!(leaves.len(), 1);
    assert_eq!(leaves[0].0, 1);
}

#[test]
fn leaves_beyond_their_number_are_gathered_container_by_container() {
    let text = "[[1,2],[3,4],[5,6]]";
    let document = strict(text);
    let mut leaves = document.leaves_under(text, document.root(), 4);
    let pointers: Vec<String> = leaves.by_ref().map(|(_, pointer)| pointer).collect();
    assert_eq!(pointers, ["/0/0", "/0/1", "/1", "/2"]);
    assert!(leaves.gathered());
}

#[test]
fn leaves_under_a_value_have_pointers_from_the_root() {
    let text = r#"{"text":"x","payload":{"a/b":[1]}}"#;
    let document = strict(text);
    let payload = document.children(document.root()).nth(1).unwrap();
    let pointers: Vec<String> = document.leaves_under(text, payload, MANY).map(|(_, pointer)| pointer).collect();
    assert_eq!(pointers, ["/payload/a~1b/0"]);
}
