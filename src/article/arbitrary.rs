//! Random articles for property tests.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::Value;

use super::{
    Article, Check, Code, Condition, Example, ExampleInput, Examples, FieldTest, KnownSection, Link, RegexPattern,
    Scalar, Section, Signature, SignatureOrigin, Slug, Status, Template, Test, Where,
};
use crate::report::{FieldPath, Hints};

/// One line without white space at its ends, of characters that markup and YAML trip over.
pub(super) fn line() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zA-Z]{1,8}",
        2 => r#"[-?:,\[\]{}\x23&*!|>'"%@`~_.+=<\\/()$^]{1,3}"#,
        1 => "[0-9]{1,4}(\\.[0-9])?",
        1 => Just("null".to_owned()), 1 => Just("{{name}}".to_owned()), 1 => Just("…ü\u{a0}é".to_owned()),
        1 => Just("\u{1}\u{85}\u{2028}\u{feff}".to_owned()), 1 => Just("&amp;".to_owned()),
    ];
    let joined = |words: Vec<String>| words.join(" ").trim().to_owned();
    vec(word, 1..6).prop_map(joined).prop_filter("blank", |line| !line.is_empty())
}

/// Text of several lines, also with blank lines and white space around.
fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![3 => line(), 1 => Just(String::new()), 1 => Just("  indented".to_owned())];
    (vec(line, 1..5), "[ \n\t]{0,2}")
        .prop_map(|(lines, end)| lines.join("\n") + &end)
        .prop_filter("blank", |text| !text.trim().is_empty())
}

/// Section text that begins no other section.
pub(super) fn markdown() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        4 => "[a-zA-Z][a-zA-Z ,.{}`*_]{0,30}[a-z]",
        1 => Just("- a\n- b\n  c".to_owned()),
        1 => Just("```\n# no heading\n---\n\ncode\n```".to_owned()),
        1 => Just("> quoted\n> more".to_owned()),
        1 => Just("### Sub heading\n\nbelow".to_owned()),
        1 => Just("    indented code".to_owned()),
        1 => Just("| a | b |\n| - | - |".to_owned()),
    ];
    vec(block, 0..4).prop_map(|blocks| super::body::tidy(&blocks.join("\n\n")))
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![(-1000..1000_i32).prop_map(f64::from), any::<f64>().prop_filter("finite", |number| number.is_finite()),]
}

/// Any JSON value of little depth.
pub(super) fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        number().prop_map(Value::from),
        text().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((prop_oneof![line(), any::<String>()], inner), 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn template() -> impl Strategy<Value = Template> {
    (line(), any::<bool>()).prop_filter_map("no template", |(line, case)| Template::parse(&line, case).ok())
}

fn scalar() -> impl Strategy<Value = Scalar> {
    prop_oneof![
        prop_oneof![line(), Just("present".to_owned()), Just("404".to_owned())].prop_map(Scalar::Text),
        number().prop_map(Scalar::Number),
        any::<bool>().prop_map(Scalar::Bool),
        Just(Scalar::Null),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    prop_oneof![
        Just(Test::Present),
        Just(Test::Empty),
        scalar().prop_map(Test::Equals),
        vec(scalar(), 1..3).prop_map(Test::OneOf),
        (number(), option::of(Just(f64::MAX))).prop_map(|(min, max)| Test::Range { min: Some(min), max }),
        template().prop_map(Test::Template),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let tests = ("[a-z]{1,5}(\\.[a-z*0-9]{1,3}){0,2}", test(), any::<bool>()).prop_map(|(path, test, same_object)| {
        let path = FieldPath::parse(&path).unwrap();
        Condition::Where(Where { tests: vec![FieldTest { path, test }], same_object })
    });
    let leaf = prop_oneof![
        template().prop_map(Condition::Template),
        ("[a-z]{1,4}(\\[0-9\\]\\+|\\\\d)?", any::<bool>())
            .prop_map(|(pattern, ignore_case)| Condition::Regex(RegexPattern { pattern, ignore_case })),
        ("[A-Z0-9]{1,6}", any::<bool>()).prop_map(|(text, ignore_case)| Condition::Code(Code { text, ignore_case })),
        tests,
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            (vec(inner.clone(), 1..3), option::of(1..9_u32), any::<bool>())
                .prop_map(|(conditions, within_lines, ordered)| Condition::All { conditions, within_lines, ordered }),
            vec(inner.clone(), 1..3).prop_map(Condition::Any),
            (inner.clone(), inner).prop_map(|(some, none)| Condition::All {
                conditions: vec![some, Condition::None(vec![none])],
                within_lines: None,
                ordered: false,
            }),
        ]
    })
}

fn signature() -> impl Strategy<Value = Signature> {
    (option::of(line()), condition(), vec(condition(), 0..2)).prop_map(|(name, condition, supports)| Signature {
        name,
        condition,
        supports,
        origin: SignatureOrigin::Written,
        line: 0,
    })
}

fn example() -> impl Strategy<Value = Example> {
    let input = prop_oneof![
        (text(), option::of(Just("text/html".to_owned())))
            .prop_map(|(text, content_type)| ExampleInput::Text { text, content_type }),
        json().prop_filter("null", |json| !json.is_null()).prop_map(ExampleInput::Payload),
    ];
    let hints = (option::of(line()), option::of(100..600_u16)).prop_map(|(product, status)| Hints {
        product,
        status,
        ..Hints::default()
    });
    (input, hints).prop_map(|(input, hints)| Example { input, hints, min_confidence: None, line: 0 })
}

fn section() -> impl Strategy<Value = Section> {
    let heading = "[A-Z][a-z`*_#&<>\\\\]{3,9} and more".prop_map(|heading| heading);
    (heading, markdown(), prop::sample::select(KnownSection::ALL.to_vec())).prop_map(|(heading, text, under)| Section {
        heading,
        text,
        under,
    })
}

/// Any article that can be written in the documented form.
pub(super) fn article() -> impl Strategy<Value = Article> {
    let words = || vec(line(), 0..3);
    let texts = (line(), markdown(), words(), markdown(), markdown(), vec(section(), 0..3));
    let fields = (words(), words(), option::of(line()), option::of(Just("2026-11-20".to_owned())));
    let status = prop::sample::select(vec![Status::Draft, Status::Published, Status::Archived]);
    let links =
        vec(option::of(line()).prop_map(|title| Link { title, url: "https://x.test/a?b=c#d".to_owned() }), 0..2);
    let check = (line(), option::of(condition()), condition()).prop_map(|(name, confirms, contradicts)| Check {
        name,
        confirms,
        contradicts: Some(contradicts),
    });
    let examples =
        (vec(example(), 0..2), vec(example(), 0..2)).prop_map(|(matching, no_match)| Examples { matching, no_match });
    let rules = (vec(signature(), 0..3), examples, vec(check, 0..2), status, links);
    (texts, fields, rules).prop_map(|(texts, (product, tags, owner, reviewed_at), rules)| {
        let (title, overview, applies_to, cause, solution, mut other_sections) = texts;
        let (signatures, examples, checks, status, links) = rules;
        other_sections.sort_by_key(|section| section.under);
        Article {
            id: Slug::new("an-article").unwrap(),
            title,
            overview,
            applies_to,
            cause,
            solution,
            other_sections,
            product,
            versions: None,
            tags,
            links,
            locale: "en".to_owned(),
            status,
            owner,
            reviewed_at,
            fixed_in: None,
            superseded_by: None,
            signatures,
            examples,
            checks,
        }
    })
}
