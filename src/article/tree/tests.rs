use std::fmt::Write as _;

use super::*;

fn yaml(text: &str) -> Node {
    from_yaml(text, 1).unwrap().unwrap()
}

fn entry<'a>(node: &'a Node, key: &str) -> &'a Entry {
    let Kind::Map(entries) = &node.kind else { panic!("not a mapping") };
    entries.iter().find(|entry| entry.key == key).unwrap()
}

#[test]
fn plain_scalars_follow_the_core_schema_of_yaml_1_2() {
    let node = yaml("[404, 0x1F, 0o17, -1.5e3, yes, no, on, ~, true, '404', 1_000, .inf, 12:30, 007, '', 2024-01-02]");
    let expected = serde_json::json!([
        404,
        31,
        15,
        -1500.0,
        "yes",
        "no",
        "on",
        null,
        true,
        "404",
        "1_000",
        ".inf",
        "12:30",
        7,
        "",
        "2024-01-02"
    ]);
    assert_eq!(node.to_json(), expected);
}

#[test]
fn nodes_know_their_line_column_and_bytes_also_with_crlf_and_umlauts() {
    let text = "a: ü\r\nbü: {c: 'x'}\r\nlist:\r\n  - one\r\n  - two # note\r\n\r\n# end\r\n";
    let node = yaml(text);
    let c = entry(&node, "bü");
    assert_eq!((c.place.line, c.place.column), (2, 1));
    let inner = entry(&c.value, "c");
    assert_eq!((inner.place.line, inner.place.column), (2, 6));
    assert_eq!(&text[inner.value.span.clone()], "'x'");
    assert_eq!(&text[entry(&node, "list").value.span.clone()], "- one\r\n  - two");
}

#[test]
fn a_key_that_stands_twice_is_found_at_any_depth() {
    let mut problems = Vec::new();
    duplicate_keys(&yaml("a:\n  - {x: 1, x: 2}\nb: 1\nb: 2\n"), "", &mut problems);
    let found: Vec<_> = problems.iter().map(|p| (p.line, p.field.clone().unwrap())).collect();
    assert_eq!(found, [(2, "a[0].x".to_owned()), (4, "b".to_owned())]);
}

#[test]
fn hostile_front_matter_is_refused_within_bounds() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let alias = format!("*a{}, ", level - 1).repeat(10);
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", alias.trim_end_matches(", "));
    }
    assert!(from_yaml(&bomb, 1).unwrap_err().message.contains("values"));
    assert!(from_yaml(&"[".repeat(100_000), 1).is_err());
    assert!(from_yaml(&format!("a: {}{}", "[".repeat(70), "]".repeat(70)), 1).unwrap_err().message.contains("nested"));
    assert!(from_yaml("a: &x [*x]\n", 1).is_err());
    assert!(from_yaml("a: 1\n---\nb: 2\n", 1).is_err());
}

#[test]
fn toml_front_matter_gives_the_same_kind_of_tree() {
    let node = from_toml("title = \"T\"\n\n[[errors]]\nmessage = \"m\"\nstatus = 500\n", 2).unwrap();
    assert_eq!(node.to_json(), serde_json::json!({"title": "T", "errors": [{"message": "m", "status": 500}]}));
    assert_eq!(entry(&node, "errors").value.place.line, 4);
    assert!(from_toml("title: T\n", 2).is_none());
}
