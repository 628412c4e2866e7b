use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use crate::article::{Condition, Scalar, Signature, Status, Test, requirements, sniff, to_json};
use crate::processor_time;

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/articles").join(folder);
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn markdown(source: &str) -> ParsedArticle {
    parse(source, SourceFormat::Markdown, "the-file").unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn every_broken_article_is_refused_with_line_field_and_what_would_be_right() {
    let mut all = String::new();
    let files = files("broken");
    assert!(files.len() >= 25);
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let name = file.file_stem().unwrap().to_string_lossy();
        // The last one must not be named by its file.
        let fallback = if name == "nothing-to-name-it" { "" } else { &name };
        let problems = parse(&source, SourceFormat::Markdown, fallback).expect_err(&name);
        let _ = writeln!(all, "{name}");
        for problem in problems {
            let _ = writeln!(all, "    {problem}");
        }
    }
    insta::assert_snapshot!(all);
}

#[test]
fn every_vendors_article_becomes_an_article() {
    for file in files("vendor") {
        let source = std::fs::read_to_string(&file).unwrap();
        let name = file.file_name().unwrap().to_string_lossy();
        let stem = file.file_stem().unwrap().to_string_lossy();
        let format = sniff(&source, &name);
        let parsed = parse(&source, format, &stem).unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
        assert_eq!(parsed.markdown == source, format == SourceFormat::Markdown);
        // What was made of it reads as the same article.
        let (again, _) = parse_markdown(&parsed.markdown, &stem).unwrap();
        assert_eq!(to_json(&again), to_json(&parsed.article));
        let warnings: Vec<String> = parsed.warnings.iter().map(ToString::to_string).collect();
        let json = serde_json::json!({ "article": to_json(&parsed.article), "warnings": warnings });
        insta::assert_json_snapshot!(name.replace('.', "-"), json);
    }
}

#[test]
fn the_documented_example_reads_as_documented() {
    let documentation = include_str!("../../../docs/articles.md");
    let start = documentation.find("```markdown\n").unwrap() + "```markdown\n".len();
    let source = &documentation[start..start + documentation[start..].find("\n```").unwrap()];
    let parsed = markdown(source);
    assert_eq!(parsed.warnings, []);
    let article = parsed.article;
    assert_eq!(article.id.as_str(), "postgres-relation-does-not-exist");
    assert_eq!((article.signatures.len(), article.signatures[0].line), (2, 13));
    assert_eq!(article.applies_to, ["PostgreSQL"]);
    assert_eq!(article.examples.matching[1].line, 25);
    assert_eq!(article.overview, "A query names a table or view that this connection cannot see.");
    assert_eq!(requirements(&article), []);
    let Condition::All { conditions, within_lines: Some(3), ordered: false } = &article.signatures[1].condition else {
        panic!("{:?}", article.signatures[1]);
    };
    assert!(matches!(&conditions[0], Condition::Code(code) if code.text == "42P01"));
}

fn one_signature(yaml: &str) -> Signature {
    markdown(&format!("---\nsignatures:\n  - {yaml}\n---\n")).article.signatures.remove(0)
}

#[test]
fn numbers_in_where_are_numbers_and_in_code_are_text() {
    let Condition::Code(code) = one_signature("code: 0x80070005").condition else { panic!() };
    assert_eq!(code.text, "0x80070005");
    let signature =
        one_signature("where: {a: 400, b: '400', c: no, d: true, e: null, f: {equals: present}, g: present}");
    let Condition::Where(tests) = signature.condition else { panic!() };
    let tests: Vec<_> = tests.tests.into_iter().map(|test| test.test).collect();
    let text = |text: &str| Test::Equals(Scalar::Text(text.to_owned()));
    assert_eq!(
        tests,
        [
            Test::Equals(Scalar::Number(400.0)),
            text("400"),
            text("no"),
            Test::Equals(Scalar::Bool(true)),
            Test::Equals(Scalar::Null),
            text("present"),
            Test::Present,
        ]
    );
}

#[test]
fn several_conditions_in_one_mapping_must_all_hold() {
    let Condition::All { conditions, within_lines: None, ordered: false } =
        one_signature("{template: a message, ignore_case: true, code: AB1605}").condition
    else {
        panic!()
    };
    assert!(matches!(&conditions[..], [Condition::Template(t), Condition::Code(c)] if t.ignore_case && c.ignore_case));
}

#[test]
fn unknown_fields_are_kept_and_a_likely_slip_is_pointed_out() {
    let parsed = markdown("---\ntitle: T\nteam: storage\nsingatures: []\n---\n");
    let warnings: Vec<_> = parsed.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["4:1: singatures: this field is kept and ignored; did you mean signatures?"]);
}

#[test]
fn the_id_comes_from_front_matter_then_the_file_then_the_title() {
    let id = |source, fallback| parse(source, SourceFormat::Markdown, fallback).unwrap().article.id.to_string();
    assert_eq!(id("---\nid: own\n---\n# T", "file"), "own");
    assert_eq!(id("# T", "My File"), "my-file");
    assert_eq!(id("# A title", "…"), "a-title");
    assert_eq!(markdown("text").article.title, "The file");
}

#[test]
fn only_published_articles_with_signatures_of_their_own_need_examples() {
    let fields = |status: &str| {
        format!("---\nstatus: {status}\nsignatures: [{{template: 'no {{{{x}}}} left'}}]\n---\nIt stops.\n\n")
    };
    let missing = |source: &str| {
        let problems = requirements(&markdown(source).article);
        problems.into_iter().filter_map(|problem| problem.field).collect::<Vec<_>>()
    };
    assert_eq!(missing(&fields("published")), ["examples.match", "examples.no_match"]);
    assert!(missing(&fields("draft")).is_empty());
    assert!(missing("# AB1605\n\n## Cause\n\n{{anything}}").is_empty());
    let body = "## Cause\n\n{{x}} {{y|why}} {{z}} {{z}}\n\n## Solution\n\n{{y}}\n";
    assert_eq!(missing(&format!("{}{body}", fields("draft"))), ["cause", "solution"]);
    assert_eq!(missing("---\nsuperseded_by: the-file\n---\nIt stops.\n"), ["superseded_by"]);
    assert_eq!(missing("!!!\n"), ["solution"]);
}

#[test]
fn formats_are_told_by_name_and_else_by_look() {
    for (source, name, format) in [
        ("anything", "a.md", SourceFormat::Markdown),
        ("# anything", "a.TXT", SourceFormat::PlainText),
        ("anything", "a.htm", SourceFormat::Html),
        ("anything", "a.rst", SourceFormat::ReStructuredText),
        ("anything", "a.adoc", SourceFormat::AsciiDoc),
        ("---\ntitle: T\n---\n", "a", SourceFormat::Markdown),
        ("Text\n\n## Cause\n", "", SourceFormat::Markdown),
        ("  <!DOCTYPE html><p>x", "a", SourceFormat::Html),
        ("Title\n\nCause\n\ntext <b>x</b>", "README", SourceFormat::PlainText),
    ] {
        assert_eq!(sniff(source, name), format, "{source:?} {name}");
    }
}

#[test]
fn an_unknown_status_of_another_program_does_not_stop_its_article() {
    let parsed = markdown("---\nuid: 7\nstatus: stable\nid: Not A Slug\n---\n# T");
    assert_eq!((parsed.article.status, parsed.article.id.as_str()), (Status::Published, "the-file"));
    assert_eq!(parsed.warnings.len(), 2);
}

#[test]
fn hostile_sources_are_read_in_time_in_every_format() {
    for unit in [
        "{",
        "[",
        "`",
        "*",
        "_",
        "> ",
        "- ",
        "# a\n",
        "<",
        "<a",
        "&",
        "\\",
        "{{a|",
        "a: ",
        "- a\n",
        "\"",
        "'",
        "```\n",
        "“",
        "{\"",
        "%",
        "$",
        "(",
        "error ",
        "\r",
        "|",
        ":a",
        "*a ",
        "a:",
        "<<",
        "====\n",
        "* x\n",
        ".. a::\n ",
        ":`",
        "|a| ",
    ] {
        let text = unit.repeat(200_000 / unit.len());
        for format in [
            SourceFormat::Markdown,
            SourceFormat::PlainText,
            SourceFormat::Html,
            SourceFormat::ReStructuredText,
            SourceFormat::AsciiDoc,
        ] {
            let ((), took) = processor_time::of(|| {
                let _ = parse(&text, format, "x");
                let _ = parse(&format!("---\nx: {text}\n---\n"), format, "x");
            });
            assert!(took < Duration::from_secs(3), "{unit:?} {format:?} {took:?}");
        }
    }
}
