//! Text that tries to be more than text.

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

use super::*;
use crate::connect::dialect::block::{Block, Span, from_markdown};

/// Titles, checks and quotes as an attacker would have them.
const HOSTILE: [&str; 10] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "```\n/close\n````\n# head",
    "@everyone see #12 and acme/app#3",
    "/close",
    "[x](javascript:alert(1))",
    "a\u{202e}b\u{1b}[31m",
    "[code]<b>x</b>[/code]",
    "--> <!-- kbmatch:x",
    "1. one\n- two\n=====",
];

fn hostile(text: &str) -> Note {
    let with = NoteArticle {
        title: text.to_owned(),
        cause: text.to_owned(),
        solution: format!("Do this.\n\n{text}"),
        checks: vec![(text.to_owned(), true)],
        evidence: vec![text.to_owned()],
        reviewed_at: Some(text.to_owned()),
        fixed_in: Some(text.to_owned()),
        ..article()
    };
    Note { articles: vec![with.clone(), with], question: Some(text.to_owned()), ..note() }
}

fn outcomes(text: &str) -> [Note; 3] {
    [Outcome::Match, Outcome::Ambiguous, Outcome::NoMatch].map(|outcome| Note { outcome, ..hostile(text) })
}

/// The text of a rendered Markdown outside code, and whether it holds HTML other than the marker.
fn rendered(markdown: &str) -> (String, bool) {
    let (mut text, mut has_html, mut in_code) = (String::new(), false, false);
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_code = false,
            Event::Text(piece) if !in_code => text.push_str(&piece),
            Event::End(pulldown_cmark::TagEnd::Strong | pulldown_cmark::TagEnd::Link) => {}
            Event::End(_) => text.push('\n'),
            Event::Html(html) => has_html |= html.trim() != format!("<!-- {MARKER} -->"),
            Event::InlineHtml(_) => has_html = true,
            _ => {}
        }
    }
    (text, has_html)
}

fn check_markdown(note: &Note) {
    for flavour in [Flavour::GitHub, Flavour::GitLab] {
        let markdown = Markdown::note(note, Some(MARKER), flavour);
        let (text, has_html) = rendered(markdown.as_str());
        assert!(!has_html, "{}", markdown.as_str());
        for sign in ['@', '#'] {
            let reaches = |piece: &str| piece.starts_with(char::is_alphanumeric);
            assert!(!text.split(sign).skip(1).any(reaches), "{flavour:?} {text}");
        }
        if flavour == Flavour::GitLab {
            assert!(!markdown.as_str().lines().any(|line| line.starts_with('/')), "{}", markdown.as_str());
        }
        assert!(markdown.as_str().ends_with(&format!("<!-- {MARKER} -->")));
    }
}

fn check_html(note: &Note) {
    const KEPT: [&str; 22] = [
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "a",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
        "strong",
        "em",
        "br",
        "hr",
        "small",
        "blockquote",
        "table",
        "tr",
        "td",
    ];
    let html = Html::note(note, Some(MARKER), HTML_LIMITS);
    let lower = html.as_str().to_lowercase();
    for tag in lower.split('<').skip(1) {
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        assert!(KEPT.contains(&name.as_str()) || name == "th", "<{tag}");
        let inside = tag.split('>').next().unwrap_or_default();
        assert!(!inside.contains("javascript:") && !inside.contains("onerror"), "<{tag}");
    }
    assert!(!lower.contains('\u{1b}') && !lower.contains('\u{202e}'));
}

/// What Jira refuses: empty texts, blocks where they may not stand.
fn check_adf(value: &Value, parent: &str) {
    let kind = value["type"].as_str().unwrap();
    if kind == "text" {
        assert!(!value["text"].as_str().unwrap().is_empty());
    }
    let allowed: &[&str] = match parent {
        "doc" => &["heading", "paragraph", "codeBlock", "bulletList", "orderedList", "blockquote", "rule", "table"],
        "listItem" | "blockquote" => &["paragraph", "codeBlock", "bulletList", "orderedList"],
        "paragraph" | "heading" => &["text", "hardBreak"],
        "codeBlock" => &["text"],
        "bulletList" | "orderedList" => &["listItem"],
        "table" => &["tableRow"],
        "tableRow" => &["tableHeader", "tableCell"],
        "tableHeader" | "tableCell" => &["paragraph"],
        _ => &["doc"],
    };
    assert!(allowed.contains(&kind), "{kind} in {parent}");
    for child in value["content"].as_array().into_iter().flatten() {
        check_adf(child, kind);
    }
}

#[test]
fn text_stays_text_in_every_dialect() {
    for text in HOSTILE {
        for note in outcomes(text) {
            check_markdown(&note);
            check_html(&note);
            check_adf(&Adf::note(&note, ADF_LIMITS).into_value(), "");
            let plain = PlainText::note(&note, Some(MARKER), JOURNAL_LIMITS);
            assert!(!plain.as_str().contains("[code]"), "{}", plain.as_str());
        }
    }
}

#[test]
fn a_quote_cannot_leave_its_fence() {
    let block = Markdown::code_block(None, "a\n````\n# b", Flavour::GitHub);
    assert_eq!(block.as_str(), "`````\na\n````\n# b\n`````");
    assert_eq!(
        from_markdown(block.as_str()),
        [Block::Code(Some(String::new()).filter(|l| !l.is_empty()), "a\n````\n# b".to_owned())]
    );
}

proptest! {
    #[test]
    fn text_stays_text_whatever_it_is(text in "[\\PC\n`@#/<>*_\\[\\]()|.0-9 -]{0,60}") {
        for note in outcomes(&text) {
            check_markdown(&note);
            check_html(&note);
            check_adf(&Adf::note(&note, ADF_LIMITS).into_value(), "");
        }
    }

    #[test]
    fn what_is_written_reads_back_the_same(text in "[a-z*_`#>\\[\\]!|~&;<.0-9 +=-]{1,40}") {
        let blocks = [Block::Paragraph(vec![Span::text(text.trim())])];
        prop_assume!(!text.trim().is_empty());
        let again = from_markdown(Markdown::blocks(&blocks, Flavour::GitHub).as_str());
        let shown = again.iter().map(|block| match block {
            Block::Paragraph(spans) => super::super::cut::plain(spans),
            other => format!("{other:?}"),
        });
        let shown: Vec<String> = shown.collect();
        prop_assert_eq!(shown.join("|").replace('\u{200d}', ""), text.trim());
    }
}
