use super::from_asciidoc;

#[test]
fn a_document_has_a_title_a_header_and_sections() {
    let adoc = "// a comment\n\n= The title\nA. Uthor <a@example.org>\nv1.2, 2024-01-31\n:product: Thing\n:toc:\n\nIntro to {product}.\n\n[[cause]]\n== Cause\n\nWhy.\n\n=== Detail\nMore.\n";
    let expected = "# The title\n\nIntro to Thing.\n\n## Cause\n\nWhy.\n\n### Detail\n\nMore.\n";
    assert_eq!(from_asciidoc(adoc), expected);
}

#[test]
fn what_was_printed_is_fenced_as_it_stands() {
    let adoc = "It says:\n\n[source,console]\n----\n$ run\n*no* {route}\n----\n\n....\nE1\n....\n\n a literal\n   line\n\n```sh\nx\n```\n";
    let expected = "It says:\n\n```console\n$ run\n*no* {route}\n```\n\n```\nE1\n```\n\n```\na literal\n  line\n```\n\n```sh\nx\n```\n";
    assert_eq!(from_asciidoc(adoc), expected);
}

#[test]
fn the_language_of_a_block_is_that_of_its_attributes_and_of_no_later_block() {
    let adoc = "[source%linenums,Python]\n.Run\n----\nx\n----\n\n[,ruby]\n[[here]]\n----\ny\n----\n\n[source,java]\nNo block.\n\n----\nz\n----\n";
    assert_eq!(from_asciidoc(adoc), "**Run**\n\n```python\nx\n```\n\n```ruby\ny\n```\n\nNo block.\n\n```\nz\n```\n");
}

#[test]
fn inline_markup_and_macros_show_what_they_show() {
    let adoc = "Set `LIMIT` or `+a_b+` in *the* _file_, see link:https://example.org/a[the list], https://example.org/b[this,window=_blank], xref:x.adoc#y[there] and <<z,here>>; press kbd:[Ctrl]. Keep snake_case and a[0] +\nnext [.path]`/etc`. // no comment\n// a comment\n";
    let expected = "Set `LIMIT` or `a_b` in **the** *file*, see [the list](https://example.org/a), [this](https://example.org/b), there and here; press Ctrl. Keep snake_case and a[0]\nnext `/etc`. // no comment\n";
    assert_eq!(from_asciidoc(adoc), expected);
}

#[test]
fn block_titles_name_sections_where_they_are_some() {
    let adoc = ".Symptoms\nIt stops.\n\n.Example\n====\nInside.\n====\n\nNOTE: Mind this.\n\n[NOTE]\n--\nAnd that.\n--\n\n____\nSomebody said.\n____\n";
    let expected =
        "## Symptoms\n\nIt stops.\n\n**Example**\n\nInside.\n\nNOTE: Mind this.\n\nAnd that.\n\n> Somebody said.\n";
    assert_eq!(from_asciidoc(adoc), expected);
}

#[test]
fn lists_keep_their_items_together_and_their_blocks_inside() {
    let adoc = "* One\ngoes on\n** Deeper\n* Two\n+\n----\nprinted\n----\n\n. First\n. Second\n\nCause:: The disk.\nSince:: 2.0\n";
    let expected = "- One\n  goes on\n\n  - Deeper\n- Two\n\n  ```\n  printed\n  ```\n\n1. First\n1. Second\n\n## Cause\n\nThe disk.\n\n**Since**\n\n2.0\n";
    assert_eq!(from_asciidoc(adoc), expected);
}

#[test]
fn tables_become_rows() {
    let adoc = "[cols=\"1,2\"]\n|===\n|Code |Text\n\n|12\n|No disk,\nnot any\n\n|13 |Full\n|===\n\nEnd.\n";
    assert_eq!(from_asciidoc(adoc), "Code | Text\n\n12 | No disk, not any\n\n13 | Full\n\nEnd.\n");
}

#[test]
fn prose_cannot_turn_into_markup_and_what_is_never_closed_is_prose() {
    assert_eq!(from_asciidoc("a <b> c\n-no item `open {x [y <<z\n"), "a \\<b> c\n\\-no item `open {x [y <\\<z\n");
    assert_eq!(from_asciidoc("----\nnever closed\n"), "```\nnever closed\n```\n");
}

#[test]
fn a_name_that_stands_for_much_and_blocks_that_lie_deep_cannot_blow_an_article_up() {
    let items = "* x\n** x\n*** x\n**** x\n***** x\n".repeat(8_000);
    let wide = format!(":a: {}\n\n{}", "b".repeat(100_000), "{a} ".repeat(50_000));
    let most = format!(":a: {}\n\n{}", "b".repeat(79), "{a} ".repeat(50_000));
    for text in [items, wide, most] {
        let length = from_asciidoc(&text).len();
        assert!(length < 30 * text.len(), "{length} bytes of {}", text.len());
    }
}
