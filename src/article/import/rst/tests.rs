use super::from_rst;

#[test]
fn sections_get_their_levels_in_the_order_of_their_underlines() {
    let rst = "=====\nTitle\n=====\n\nIntro.\n\nSymptoms\n--------\n\nIt stops.\n\nDetail\n~~~~~~\n\nMore.\n\nCause\n-----\nWhy.\n";
    let expected = "# Title\n\nIntro.\n\n## Symptoms\n\nIt stops.\n\n### Detail\n\nMore.\n\n## Cause\n\nWhy.\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn what_was_printed_is_fenced_as_it_stands() {
    let rst = "The log says::\n\n    E123: *no* route\n      to host_\n\nThen it ends.\n\n.. code-block:: console\n   :linenos:\n\n   $ run --now\n   `x`\n\n>>> f()\n1\n";
    let expected = "The log says:\n\n```\nE123: *no* route\n  to host_\n```\n\nThen it ends.\n\n```console\n$ run --now\n`x`\n```\n\n```\n>>> f()\n1\n```\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn roles_references_and_substitutions_show_what_they_show() {
    let rst = "Set :envvar:`LIMIT` in ``app.conf`` (see :ref:`the page <limits>` or `the list <https://example.org/a>`_) of |name|\\ 's *first* **node** [1]_, call :py:func:`~a.b.c`, keep snake_case and ask_.\n\n.. |name| replace:: Product\n.. [1] A note.\n.. _ask: https://example.org\n.. a comment\n   of two lines\n";
    let expected = "Set `LIMIT` in `app.conf` (see the page or [the list](https://example.org/a)) of Product's *first* **node** , call `a.b.c`, keep snake_case and ask.\n\nA note.\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn lists_keep_their_items_together_and_their_blocks_inside() {
    let rst = "* One\n  goes on\n\n  - deeper::\n\n      printed\n\n* Two\n\n#. First\n#. Second\n\n(a) Third\n";
    let expected =
        "- One\n  goes on\n\n  - deeper:\n\n    ```\n    printed\n    ```\n- Two\n\n1. First\n1. Second\n1. Third\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn directives_fields_and_definitions_are_prose_or_sections() {
    let rst = "Top\n===\n\n.. warning:: Stop.\n   Read on.\n\n:Cause: The disk is full.\n:Since: 2.0\n\nterm one\n   What it means.\n\n.. toctree::\n\n   other\n\n.. rubric:: Notes\n\nHe said:\n\n  Quoted words.\n";
    let expected = "# Top\n\nStop.\n\nRead on.\n\n## Cause\n\nThe disk is full.\n\n**Since**\n\n2.0\n\n**term one**\n\nWhat it means.\n\n## Notes\n\nHe said:\n\n> Quoted words.\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn tables_become_rows() {
    let rst = "+------+-------+\n| Code | Text  |\n+======+=======+\n| 12   | No    |\n|      | disk  |\n+------+-------+\n\n====  =====\nCode  Text\n====  =====\n13    Full\n      of it\n14    Gone\n====  =====\n\nEnd.\n";
    let expected = "Code | Text\n\n12 | No disk\n\nCode | Text\n\n13 | Full of it\n\n14 | Gone\n\nEnd.\n";
    assert_eq!(from_rst(rst), expected);
}

#[test]
fn prose_cannot_turn_into_markup() {
    assert_eq!(from_rst("a <b> c & d; 5 * 6\n# no heading\n"), "a \\<b> c & d; 5 \\* 6\n\\# no heading\n");
}

#[test]
fn front_matter_stays_and_what_is_never_closed_is_prose() {
    let rst = "---\nid: a\n---\n``open *and :ref:`so on [x |y\n";
    let markdown = from_rst(rst);
    assert!(markdown.starts_with("---\nid: a\n---\n"), "{markdown}");
    assert!(markdown.contains("so on [x |y"), "{markdown}");
}

#[test]
fn a_name_that_stands_for_much_and_lists_that_lie_deep_cannot_blow_an_article_up() {
    let deep = (0..400).map(|depth| "  ".repeat(depth) + "* x\n\n").collect::<Vec<_>>().concat();
    let wide = ".. |a| replace:: ".to_owned() + &"b".repeat(100_000) + "\n\n" + &"|a| ".repeat(50_000);
    let most = format!(".. |a| replace:: {}\n\n{}", "b".repeat(80), "|a| ".repeat(50_000));
    for text in [deep, wide, most] {
        let length = from_rst(&text).len();
        assert!(length < 30 * text.len(), "{length} bytes of {}", text.len());
    }
}
