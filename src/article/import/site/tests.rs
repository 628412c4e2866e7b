use super::without_site_markup;

#[test]
fn shortcodes_that_show_code_become_blocks_and_others_leave_what_they_hold() {
    let source = "---\ntitle: T\n---\nYour {{< gloss crds>}}CRD{{</ gloss >}} is [here]({{< ref \"a\" >}}#b).\n\n{{< text plain >}}\nError: no\n{{< /text >}}\n\n1. Run\n\n    {{< text bash >}}\n    $ run\n    {{< /text >}}\n\n{{< tip >}}\nMind {{ port }}.\n{{< /tip >}}\n{{% highlight py %}}x = 1{{% /highlight %}}\n";
    let expected = "---\ntitle: T\n---\nYour CRD is here.\n\n```plain\nError: no\n```\n\n1. Run\n\n    ```bash\n    $ run\n    ```\n\n\nMind {{ port }}.\n\n```py\nx = 1\n```\n";
    assert_eq!(without_site_markup(source), expected);
}

#[test]
fn template_tags_are_dropped_and_their_code_is_fenced() {
    let source = "{% include note.md id=1 %}\n\n{% highlight ruby %}\nraise x\n{% endhighlight %}\n\n{% code title=\"a\" %}\n```js\nf()\n```\n{% endcode %}\n\nA {%- if a -%}b{% endif %} c.\n";
    let expected = "\n\n```ruby\nraise x\n```\n\n\n```js\nf()\n```\n\n\nA b c.\n";
    assert_eq!(without_site_markup(source), expected);
}

#[test]
fn admonitions_leave_their_title_and_their_content() {
    let source = ":::warning Mind this\n\nText.\n\n:::\n\n::: tip\nMore.\n:::\n\n!!! note \"Title\"\n    Inside.\n\n        code\n\n    ??? tip\n        Deep.\nOutside.\n\n- One\n\n    !!! info\n        In it.\n\n    Still one.\n\n=== \"Linux\"\n    Do.\n";
    let expected = "Mind this\n\nText.\n\n\n\n\nMore.\n\n\nTitle\nInside.\n\n    code\n\n\nDeep.\nOutside.\n\n- One\n\n\n    In it.\n\n    Still one.\n\nLinux\nDo.\n";
    assert_eq!(without_site_markup(source), expected);
}

#[test]
fn modules_and_components_are_dropped_and_output_in_them_is_fenced() {
    let source = "import Tabs from '@theme/Tabs';\nimport {\n  A,\n} from \"b\"\n\nexport const x = 1;\n\n# T\n\n<Tabs groupId=\"os\">\n<TabItem value={a > b ? 1 : 2}>\n\nRun it on <Host> or <HOST> <Icon name=\"x\" />.\n\n</TabItem>\n</Tabs>\n\n<ConsoleBlock level=\"error\">\n\nHooks can only be called.\n\n</ConsoleBlock>\n\n{/* a comment */}\n\nAn export default of `<Tabs>` and Map<Key, List<Item>>.\n";
    let expected = "\n\n# T\n\n\n\n\nRun it on <Host> or <HOST> .\n\n\n\n\n```text\nHooks can only be called.\n```\n\n\n\nAn export default of `<Tabs>` and Map<Key, List<Item>>.\n";
    assert_eq!(without_site_markup(source), expected);
}

#[test]
fn code_and_text_without_such_markup_stay_byte_for_byte() {
    for source in [
        "# T\r\n\r\nSet {{ web_port }} and {{{x}}} to <HOST>: a::b ::: c.\r\n",
        "```jinja\n{% if a %}\n:::note\n<Tabs>\n{{< x >}}\n```\n\n~~~\nimport a from 'b'\n~~~\n",
        "Use `{% raw %}`, ``{{< a >}} ` `` and {{</* ref */>}}.\n",
        "Text\n\n    {% code %}\n\nimport a from the shelf\nexport it\n\n!!! this is loud!\n",
        "Nothing is closed {{< here or {% there or <Tabs\n",
        "{{< text >}}\nnever closed",
        "---\nid: [\n---\n{% x %}\n",
    ] {
        let read = without_site_markup(source);
        assert!(read == source || source.starts_with("{{<"), "{read}");
    }
}

#[test]
fn hostile_text_takes_linear_time() {
    let start = std::time::Instant::now();
    for unit in [
        "{{<",
        "{%",
        "<A",
        "<Aa ",
        "`",
        "[](",
        "](",
        "!!! a\n",
        "    !!! a\n",
        ":::a\n",
        "{{< text >}}\n",
        "import {\n",
    ] {
        without_site_markup(&unit.repeat(200_000 / unit.len()));
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}
