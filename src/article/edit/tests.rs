use proptest::prelude::*;

use super::*;
use crate::article::{arbitrary, change_from_json, to_json};

const FILE: &str = "---\n# who knows\nid: disk-full\ntitle: Disk full # shown first\nmystery: {a: 1}\ntags: [disk, io]\n\n\
                    # rules\nsignatures:\n  - code: ENOSPC # posix\n  - template: 'no space'\nlast: |\n  kept\n  as is\n---\n\
                    Intro.\n\n## Impact\n\nbad\n\n## Cause  \n\nold cause\n\n\n## See also\n\n* x\n\n## Solution\nfree it\n";

fn changed(file: &str, change: &serde_json::Value) -> String {
    edit(file, &change_from_json(change).unwrap()).unwrap()
}

#[test]
fn a_scalar_changes_its_own_bytes_and_keeps_the_comment_beside_it() {
    let edited = changed(FILE, &serde_json::json!({"title": "Disk: full"}));
    assert_eq!(edited, FILE.replace("Disk full #", "'Disk: full' #"));
}

#[test]
fn a_missing_key_goes_where_the_documentation_has_it() {
    let edited = changed(FILE, &serde_json::json!({"product": "linux", "owner": "storage team"}));
    let expected = FILE
        .replace("shown first\n", "shown first\nproduct: [linux]\n")
        .replace("[disk, io]\n", "[disk, io]\nowner: storage team\n");
    assert_eq!(edited, expected);
}

#[test]
fn a_section_changes_between_its_blank_lines() {
    let edited = changed(FILE, &serde_json::json!({"cause": "new\n\ncause", "overview": "Intro!"}));
    assert_eq!(edited, FILE.replace("old cause", "new\n\ncause").replace("Intro.", "Intro!"));
}

#[test]
fn a_missing_section_goes_before_the_ones_that_follow_it() {
    let without = FILE.replace("## Cause  \n\nold cause\n\n\n", "");
    let edited = changed(&without, &serde_json::json!({"cause": "why"}));
    assert_eq!(edited, without.replace("## Solution", "## Cause\n\nwhy\n\n## Solution"));
    let without = "---\ntitle: T\n---\nIntro.\n";
    assert_eq!(
        changed(without, &serde_json::json!({"solution": "s"})),
        "---\ntitle: T\n---\nIntro.\n\n## Solution\n\ns\n"
    );
}

#[test]
fn crlf_and_a_missing_final_newline_survive() {
    let file = FILE.replace('\n', "\r\n");
    let file = file.trim_end();
    let edited = changed(
        file,
        &serde_json::json!({"solution": "a\nb", "tags": ["x"], "checks": [{"name": "c", "confirms": {"code": "E1"}}]}),
    );
    let expected = file.replace("free it", "a\r\nb").replace("[disk, io]", "[x]").replace(
        "  - template: 'no space'\r\n",
        "  - template: 'no space'\r\nchecks:\r\n  - name: c\r\n    confirms:\r\n      code: E1\r\n",
    );
    assert_eq!(edited, expected);
}

#[test]
fn a_file_without_front_matter_gets_some_for_what_only_that_can_hold() {
    let edited = changed("# Title\n\ntext\n", &serde_json::json!({"status": "draft"}));
    assert_eq!(edited, "---\nstatus: draft\n---\n# Title\n\ntext\n");
    let edited = changed("# Title\n\ntext\n", &serde_json::json!({"title": "New *title*"}));
    assert_eq!(edited, "# New \\*title\\*\n\ntext\n");
}

#[test]
fn toml_front_matter_is_edited_in_toml() {
    let file = "---\ntitle = \"T\" # c\n[[errors]]\nmessage = \"m\"\n---\nbody\n";
    let edited = changed(file, &serde_json::json!({"title": "U\"", "tags": ["a"]}));
    assert_eq!(edited, "---\ntitle = \"U\\\"\" # c\ntags = [\"a\"]\n[[errors]]\nmessage = \"m\"\n---\nbody\n");
}

#[test]
fn what_would_read_differently_is_refused_by_field() {
    for text in ["a\n\n## Cause\n\nb", "a\n\n# Top", "```\nopen"] {
        let change = Change { overview: Some(text.to_owned()), ..Change::default() };
        let EditError::Refused(problems) = edit(FILE, &change).unwrap_err() else { panic!("not refused") };
        assert_eq!(problems[0].field.as_deref(), Some("overview"), "{text}");
    }
    let change = Change { id: Some(Slug::new("other").unwrap()), ..Change::default() };
    assert!(matches!(edit(FILE, &change), Err(EditError::Refused(_))));
}

#[test]
fn a_title_changes_in_front_matter_and_heading_alike() {
    let file = "---\ntitle: Disk full\n---\n# Disk full!\n\ntext\n";
    assert_eq!(
        changed(file, &serde_json::json!({"title": "Disc full"})),
        "---\ntitle: Disc full\n---\n# Disc full\n\ntext\n"
    );
}

#[test]
fn a_list_of_bullets_stays_a_list_of_bullets() {
    let file = "# T\n\n## Applies to\n\n- A\n\n## Cause\n\nx\n";
    assert_eq!(changed(file, &serde_json::json!({"applies_to": ["B", "C"]})), file.replace("- A", "- B\n- C"));
    assert_eq!(changed(file, &serde_json::json!({"applies_to": null})), file.replace("- A", ""));
}

#[test]
fn an_article_made_of_json_reads_back_as_it_was_sent() {
    let json = serde_json::json!({"title": "T", "overview": "o\n\n## Sub\n\nx", "signatures": [{"code": 404, "template": "x y"}]});
    let parsed = create(&Slug::new("t").unwrap(), &change_from_json(&json).unwrap()).unwrap();
    assert_eq!(parsed.article.overview, "o\n\n## Sub\n\nx");
    assert_eq!(parsed.article.signatures.len(), 1);
    assert!(create(&Slug::new("t").unwrap(), &Change::default()).is_err());
}

/// The article as a file with what people add to files: comments, foreign fields, a title heading, blank lines, CRLF.
fn decorated(article: &Article, crlf: bool, final_newline: bool) -> String {
    let plain = to_markdown(article);
    let (head, body) = plain.split_at(plain.find("\n---\n").unwrap() + 1);
    let head = head.replacen("---\n", "---\n# a comment\nforeign: &f {a: 1} # b\n\n", 1);
    let head = head.replace("\ntags:", "\n\n# about tags\ntags:").replace("\nsignatures:", "\nx: *f\n\nsignatures:");
    let body = body.replacen("---\n", "---\n\n\n", 1).replace("\n## ", "\n\n## ");
    let file = format!("{head}last: |\n  text\n{body}");
    let file = if final_newline { file } else { file.trim_end().to_owned() };
    if crlf { file.replace('\n', "\r\n") } else { file }
}

/// A change to one field, and the change that takes it back.
fn one_field(index: usize, from: &Article, to: &Article) -> (&'static str, Change, Change) {
    let (from, to) = (to_json(from), to_json(to));
    let fields = [
        "title",
        "overview",
        "applies_to",
        "cause",
        "solution",
        "product",
        "tags",
        "links",
        "status",
        "owner",
        "reviewed_at",
        "signatures",
        "examples",
        "checks",
        "other_sections",
    ];
    let field = fields[index % fields.len()];
    let only = |json: &Value| change_from_json(&json!({ field: json[field] })).unwrap();
    (field, only(&to), only(&from))
}

proptest! {
    #[test]
    fn one_field_changes_and_every_other_byte_stays(
        article in arbitrary::article(), other in arbitrary::article(), index in 0..15_usize,
        crlf in any::<bool>(), final_newline in any::<bool>(),
    ) {
        let file = decorated(&article, crlf, final_newline);
        let (read, _) = parse_markdown(&file, NAMELESS).map_err(|p| TestCaseError::fail(format!("{p:?}\n{file}")))?;
        prop_assert_eq!(differing_field(&without_lines(read), &article), None, "{}", file);
        let (field, there, back) = one_field(index, &article, &other);
        let edited = edit(&file, &there).map_err(|error| TestCaseError::fail(format!("{error}\n{file}")))?;
        let (changed, _) = parse_markdown(&edited, NAMELESS).unwrap();
        prop_assert_eq!(&to_json(&changed)[field], &to_json(&other)[field]);
        // Sections that come and go are written anew; every other field leaves the rest as it was, so that taking the
        // change back gives the same bytes. A value that was there before and is empty now leaves no trace to restore.
        let (now, before) = (&to_json(&other)[field], &to_json(&article)[field]);
        let empty = |value: &Value| matches!(value, Value::Null) || *value == json!([]) || *value == json!({}) || *value == json!("");
        if field != "other_sections" && empty(now) == empty(before) {
            let reverted = edit(&edited, &back).map_err(|error| TestCaseError::fail(format!("{error}\n{edited}")))?;
            prop_assert_eq!(&reverted, &file, "by way of\n{}", edited);
        }
    }

    #[test]
    fn an_edit_of_any_file_does_what_it_says_or_refuses(file in file_like(), other in arbitrary::article(), index in 0..15_usize) {
        if let Ok((article, _)) = parse_markdown(&file, NAMELESS) {
            let (field, change, _) = one_field(index, &article, &other);
            if let Ok(edited) = edit(&file, &change) {
                let (read, _) = parse_markdown(&edited, NAMELESS).unwrap();
                prop_assert_eq!(&to_json(&read)[field], &to_json(&other)[field]);
            }
        }
    }
}

/// Text that looks like an article's file, sound or not.
fn file_like() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("---".to_owned()),
        Just(String::new()),
        Just("title: T".to_owned()),
        Just("title = 'T'".to_owned()),
        Just("tags: [a]".to_owned()),
        Just("x: |".to_owned()),
        Just("  y".to_owned()),
        Just("# T".to_owned()),
        Just("## Cause".to_owned()),
        Just("### Fix".to_owned()),
        Just("- a".to_owned()),
        Just("```".to_owned()),
        Just("Solution\n===".to_owned()),
        Just("> q".to_owned()),
        Just("<!--".to_owned()),
        arbitrary::line(),
    ];
    (prop::collection::vec(line, 0..12), prop::sample::select(vec!["\n", "\r\n", "\r"]))
        .prop_map(|(lines, newline)| lines.join(newline))
}

#[test]
fn examples_that_were_read_from_a_file_can_be_added_to() {
    let file = "---\ntitle: T\nexamples:\n  no_match: [one]\n---\nIntro.\n";
    let mut examples = parse_markdown(file, NAMELESS).unwrap().0.examples;
    examples.no_match.push(crate::article::Example::text("two".to_owned()));
    let edited = edit(file, &Change { examples: Some(examples), ..Change::default() }).unwrap();
    assert_eq!(edited, "---\ntitle: T\nexamples:\n  no_match: [one, two]\n---\nIntro.\n");
}
