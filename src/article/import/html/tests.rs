use super::*;

#[test]
fn a_page_becomes_its_markdown() {
    let page = r#"<!doctype html><html><head><title>Site</title><style>p{}</style></head><body><nav><p>Menu</p></nav>
<main><h1>It <em>fails</em></h1><p>Before: <code>a &lt; b</code>,
<b>bold </b>and <a href="https://x.test/?a=1&amp;b=2">link</a>.</p>
<h2>Cause</h2><ul><li>One<ul><li>Inner</li></ul></li><li><p>Two</p></li></ul><ol><li>First</li><li>Second</li></ol>
<pre><code class="x">if (a &lt; b) {
  *x*
}</code></pre><blockquote><p>Quoted</p></blockquote><p>1 &lt;b&gt; 2<br>next</p><!-- gone --></main><p>after</p></body></html>"#;
    let expected = "# It fails\n\nBefore: `a < b`, **bold** and [link](https://x.test/?a=1&b=2).\n\n## Cause\n\n- One\n   - Inner\n- Two\n\n1. First\n2. Second\n\n```\nif (a < b) {\n  *x*\n}\n```\n\n> Quoted\n\n1 \\<b> 2  \nnext\n";
    assert_eq!(from_html(page), expected);
}

#[test]
fn code_keeps_the_language_it_is_marked_with() {
    let page = r#"<h1>T</h1><pre><code class="hljs language-python">a</code></pre><div class="highlight-Java notranslate">
<div><pre>b</pre></div></div><pre class="lang-sh wide">c</pre><div class="language-x">no</div><pre>d</pre>"#;
    let expected = "# T\n\n```python\na\n```\n\n```java\nb\n```\n\n```sh\nc\n```\n\nno\n\n```\nd\n```\n";
    assert_eq!(from_html(page), expected);
}

#[test]
fn the_pages_title_serves_where_no_heading_does() {
    assert_eq!(from_html("<TITLE>A &amp; B</TITLE><p>x"), "# A & B\n\nx\n");
}

#[test]
fn roles_say_what_elements_say() {
    let page = "<div role='banner'><div>Site</div><h1>Logo</h1></div><div role=\"Navigation\"><ul><li>Menu</li></ul></div>\
                <div><div role=main class=x><h1>T</h1><div>Text.</div><form role=search>Find</form>\
                <div role='complementary'>A note.</div></div><p>After.</p></div><div role=contentinfo>Foot</div>";
    assert_eq!(from_html(page), "# T\n\nText.\n\nA note.\n");
    let page =
        "<div role=complementary><p>Sidebar</p></div><h1>T</h1><p>Text.</p><div role=contentinfo><p>Foot</p></div>";
    assert_eq!(from_html(page), "# T\n\nText.\n");
    // A role that is never closed hides nothing.
    assert_eq!(from_html("<h1>T</h1><div role=navigation><p>Text."), "# T\n\nText.\n");
    assert_eq!(from_html("<main role=main><h1>T</h1>Text.</main>x"), "# T\n\nText.\n");
}

#[test]
fn what_a_site_says_below_every_article_is_left_out() {
    let page = "<h1>T</h1><h2>Solution</h2><p>Do it.</p><ul><li>Then it works.</li></ul><h3>Was this article helpful?</h3>\
                <p><button>Yes</button> <button>No</button></p><p>0 out of 3 found this helpful</p>\
                <p>© 2020 Somebody</p><div>Copyright 2020 by somebody. All rights reserved.</div>";
    assert_eq!(from_html(page), "# T\n\n## Solution\n\nDo it.\n\n- Then it works.\n");
    let page = "<h1>T</h1><p>Was this set to help? No</p><p>No</p><p>Copyright headers are missing.</p>";
    assert!(from_html(page).ends_with("Copyright headers are missing.\n"), "{}", from_html(page));
    assert!(from_html("<h1>T</h1><p>Restart?</p><p>No</p>").ends_with("No\n"));
}

#[test]
fn what_is_never_closed_hides_nothing() {
    assert_eq!(from_html("<nav><p>a<script>b"), "a\n\nb\n".replace("\n\nb", "b"));
    assert_eq!(from_html("<p>a < b <p title=\">\">c<pre>d"), "a < b\n\nc\n\n```\nd\n```\n");
}

#[test]
fn hostile_pages_take_linear_time() {
    let start = std::time::Instant::now();
    for unit in [
        "<",
        "<a",
        "<a\">",
        "<ul><li>",
        "<blockquote>",
        "</script",
        "<script>",
        "<!--",
        "&",
        "<b>x",
        "<code>x",
        "<title>",
        "<div role=navigation>",
        "<p role=main>x</p><p role=search>",
    ] {
        let page = unit.repeat(1_000_000 / unit.len());
        from_html(&page);
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
}
