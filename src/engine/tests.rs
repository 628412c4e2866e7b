//! Behaviour of the whole engine on small knowledge bases.

use std::sync::Arc;

use super::*;
use crate::article::{
    Article, Check, Code, Condition, Examples, FieldTest, RegexPattern, Scalar, Signature, SignatureOrigin, Slug,
    Status, Template, Test, Where,
};
use crate::report::{FieldPath, Hints, Incoming, Limits, Report, decode};

fn template(source: &str) -> Condition {
    Condition::Template(Template::parse(source, false).unwrap())
}

fn code(text: &str) -> Condition {
    Condition::Code(Code { text: text.to_owned(), ignore_case: false })
}

fn fields(tests: &[(&str, Test)], same_object: bool) -> Condition {
    let tests = tests
        .iter()
        .map(|(path, test)| FieldTest { path: FieldPath::parse(path).unwrap(), test: test.clone() })
        .collect();
    Condition::Where(Where { tests, same_object })
}

fn equals(text: &str) -> Test {
    Test::Equals(Scalar::Text(text.to_owned()))
}

fn article(id: &str, conditions: Vec<Condition>) -> Article {
    let signature = |condition| Signature {
        name: None,
        condition,
        supports: Vec::new(),
        origin: SignatureOrigin::Written,
        line: 0,
    };
    Article {
        id: Slug::new(id).unwrap(),
        title: format!("About {id}"),
        overview: String::new(),
        applies_to: Vec::new(),
        cause: "Because of {{what|something}}.".to_owned(),
        solution: String::new(),
        other_sections: Vec::new(),
        product: Vec::new(),
        versions: None,
        tags: Vec::new(),
        links: Vec::new(),
        locale: "en".to_owned(),
        status: Status::Published,
        owner: None,
        reviewed_at: None,
        fixed_in: None,
        superseded_by: None,
        signatures: conditions.into_iter().map(signature).collect(),
        examples: Examples::default(),
        checks: Vec::new(),
    }
}

fn index(articles: Vec<Article>) -> Snapshot {
    let published =
        articles.into_iter().map(|article| PublishedArticle { article: Arc::new(article), revision: 1 }).collect();
    let (snapshot, refused) = Snapshot::build(published, "test".to_owned());
    assert_eq!(refused, []);
    snapshot
}

fn read(body: &str, content_type: &str) -> Report {
    let incoming = Incoming { body: body.as_bytes(), content_type: Some(content_type), content_encoding: None };
    decode(incoming, &Hints::default(), &Limits::default()).unwrap()
}

fn text(body: &str) -> Report {
    read(body, "text/plain")
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.matches.iter().map(|found| found.article.id.as_str()).collect()
}

const MISSING: &str = "relation \"{{what}}\" does not exist";

#[test]
fn two_known_errors_in_different_places_are_two_matches() {
    let snapshot = index(vec![
        article("missing-relation", vec![template(MISSING)]),
        article("full-disk", vec![template("could not extend file \"{{file}}\": No space left on device")]),
    ]);
    let report =
        text("ERROR: relation \"a\" does not exist\nERROR: could not extend file \"b\": No space left on device\n");
    let answer = snapshot.answer(&report, &MatchOptions::default());
    assert_eq!(answer.outcome, Outcome::Match);
    let mut found = ids(&answer);
    found.sort_unstable();
    assert_eq!(found, ["full-disk", "missing-relation"]);
    assert_ne!(answer.matches[0].evidence[0].start, answer.matches[1].evidence[0].start);
}

#[test]
fn the_more_specific_signature_wins_a_place_and_the_other_falls_below_half() {
    let snapshot = index(vec![
        article("any-relation", vec![template(MISSING)]),
        article("orders-relation", vec![template("relation \"orders\" does not exist at character {{at}}")]),
    ]);
    let options = MatchOptions { min_confidence: Confidence::ZERO, ..MatchOptions::default() };
    let answer = snapshot.answer(&text("relation \"orders\" does not exist at character 15"), &options);
    assert_eq!(ids(&answer), ["orders-relation", "any-relation"]);
    assert_eq!(answer.outcome, Outcome::Match);
    assert!(answer.matches[1].confidence < Confidence::HALF);
}

#[test]
fn articles_that_explain_one_place_equally_are_ambiguous_and_a_hint_settles_it() {
    let of_product =
        |id: &str, product: &str| Article { product: vec![product.to_owned()], ..article(id, vec![template(MISSING)]) };
    let snapshot = index(vec![of_product("in-postgres", "PostgreSQL"), of_product("in-redshift", "Redshift")]);
    let report = text("relation \"orders\" does not exist");
    let answer = snapshot.answer(&report, &MatchOptions::default());
    assert_eq!(answer.outcome, Outcome::Ambiguous);
    assert!(answer.matches.iter().all(|found| found.confidence.value() < 0.8));
    let question = answer.question.unwrap();
    assert!(question.contains("PostgreSQL") && question.contains("Redshift"), "{question}");
    let hints = Hints { product: Some("Redshift".to_owned()), ..Hints::default() };
    let settled = snapshot.answer(&report, &MatchOptions { hints, ..MatchOptions::default() });
    assert_eq!(settled.outcome, Outcome::Match);
    assert_eq!(ids(&settled), ["in-redshift"]);
}

#[test]
fn a_report_cut_inside_a_message_that_siblings_share_asks_what_follows() {
    let snapshot = index(vec![
        article(
            "missing-name",
            vec![template("Failed to execute 'create' on 'Container': the member 'name' is missing")],
        ),
        article("missing-id", vec![template("Failed to execute 'create' on 'Container': the member 'id' is missing")]),
    ]);
    let answer = snapshot.answer(&text("Failed to execute 'create' on 'Container': the me"), &MatchOptions::default());
    assert_eq!(answer.outcome, Outcome::Ambiguous);
    let question = answer.question.unwrap();
    assert!(question.contains("'name' is missing") && question.contains("'id' is missing"), "{question}");
    assert_eq!(answer.matches[0].evidence[0].kind, EvidenceKind::TemplateStart);
}

#[test]
fn conditions_near_each_other_and_in_order_hold_only_there() {
    let all = |within_lines, ordered| Condition::All {
        conditions: vec![template("connect to upstream"), template("error 111 refused")],
        within_lines,
        ordered,
    };
    let near = "connect to upstream\nx\nerror 111 refused";
    let far = format!("connect to upstream\n{}error 111 refused", "x\n".repeat(9));
    let back = "error 111 refused\nconnect to upstream";
    let matches =
        |condition: Condition, body: &str| !index(vec![article("a", vec![condition])]).fired(&text(body)).is_empty();
    assert!(matches(all(Some(3), false), near));
    assert!(!matches(all(Some(2), false), near));
    assert!(!matches(all(Some(3), false), &far));
    assert!(matches(all(None, false), &far));
    assert!(matches(all(Some(3), false), back));
    assert!(!matches(all(Some(3), true), back));
    assert!(matches(all(None, true), &far));
}

#[test]
fn none_any_and_regex_hold_as_written() {
    let condition = Condition::All {
        conditions: vec![
            Condition::Any(vec![
                code("ORA-00942"),
                Condition::Regex(RegexPattern {
                    pattern: r"table (?P<what>\w+) is gone".to_owned(),
                    ignore_case: true,
                }),
            ]),
            Condition::None(vec![template("dry run")]),
        ],
        within_lines: None,
        ordered: false,
    };
    let snapshot = index(vec![article("gone", vec![condition])]);
    assert_eq!(snapshot.fired(&text("ORA-00942: x")).len(), 1);
    assert_eq!(snapshot.fired(&text("ORA-009421: x")).len(), 0);
    assert_eq!(snapshot.fired(&text("dry run: ORA-00942")).len(), 0);
    let fired = snapshot.fired(&text("TABLE Orders IS GONE"));
    assert_eq!(fired[0].evidence.as_ref().unwrap().captures["what"], "Orders");
}

#[test]
fn fields_are_tested_across_the_report_or_within_one_object() {
    let report =
        read(r#"{"payload":{"a":{"user_id":"1"},"b":{"phone":"2"},"status":404,"note":""}}"#, "application/json");
    let holds = |condition: Condition| !index(vec![article("a", vec![condition])]).fired(&report).is_empty();
    let both = [("user_id", Test::Present), ("phone", Test::Present)];
    assert!(holds(fields(&both, false)));
    assert!(!holds(fields(&both, true)));
    assert!(holds(fields(&[("status", Test::Range { min: Some(400.0), max: Some(499.0) })], false)));
    assert!(!holds(fields(&[("status", equals("500"))], false)));
    assert!(holds(fields(&[("note", Test::Empty), ("a.phone", Test::Absent)], false)));
    assert!(!holds(fields(&[("note", Test::Empty), ("b.phone", Test::Absent)], false)));
}

#[test]
fn a_contradicted_check_lowers_an_article_and_never_leaves_it_first() {
    let check = Check {
        name: "the user is new".to_owned(),
        confirms: Some(fields(&[("age", equals("0"))], false)),
        contradicts: Some(fields(&[("age", equals("9"))], false)),
    };
    let checked = Article {
        checks: vec![check],
        ..article("checked", vec![template(MISSING), template("at character {{n}} of the statement")])
    };
    let other = article("other", vec![template("the search path is not set for this role")]);
    let snapshot = index(vec![checked, other]);
    let body = |age: &str| {
        read(
            &format!(
                "{{\"payload\":{{\"age\":\"{age}\",\"m\":\"relation \\\"x\\\" does not exist at character 7 of the statement; the search path is not set for this role\"}}}}"
            ),
            "application/json",
        )
    };
    let answer = |age: &str| snapshot.answer(&body(age), &MatchOptions::default());
    let confidence =
        |age: &str| answer(age).matches.iter().find(|m| m.article.id.as_str() == "checked").unwrap().confidence;
    assert!(confidence("0") > confidence("5"));
    assert!(confidence("9") < confidence("5"));
    assert_eq!(ids(&answer("9"))[0], "other");
    assert_eq!(answer("9").matches[1].checks[0].result, CheckResult::Contradicted);
}

#[test]
fn a_superseded_article_answers_with_its_successor() {
    let old = Article { superseded_by: Some(Slug::new("new").unwrap()), ..article("old", vec![template(MISSING)]) };
    let snapshot = index(vec![old, article("new", vec![template("another message of the successor")])]);
    let answer = snapshot.answer(&text("relation \"x\" does not exist"), &MatchOptions::default());
    assert_eq!(ids(&answer), ["new"]);
    assert_eq!(answer.matches[0].article.supersedes.as_ref().unwrap().as_str(), "old");
    assert_eq!(answer.matches[0].cause, "Because of x.");
}

#[test]
fn evidence_points_at_the_encoded_bytes_and_shows_the_decoded_text() {
    let snapshot = index(vec![article("missing", vec![template(MISSING)])]);
    let body = r#"{"msg":"relation \"x\" does not exist"}"#;
    let answer = snapshot.answer(&text(body), &MatchOptions::default());
    let evidence = &answer.matches[0].evidence[0];
    assert_eq!(evidence.quote, r#"relation \"x\" does not exist"#);
    assert_eq!(&body[evidence.start..evidence.end], evidence.quote);
    assert_eq!(evidence.text, r#"relation "x" does not exist"#);
    assert_eq!(evidence.decoded_by, [crate::report::Layer::JsonString]);
    assert_eq!(evidence.captures["what"], "x");
}

#[test]
fn an_explanation_names_the_failed_condition_and_the_nearest_text() {
    let all = Condition::All {
        conditions: vec![code("42P01"), template(MISSING), template("never")],
        within_lines: None,
        ordered: false,
    };
    let snapshot = index(vec![article("missing", vec![all])]);
    let options = MatchOptions { explain: Explain::Article(Slug::new("missing").unwrap()), ..MatchOptions::default() };
    let answer = snapshot.answer(&text("SQLSTATE 42P01\nthe relation x does not seem to exist"), &options);
    let explained = &answer.explain[0];
    let states: Vec<ConditionState> = explained.conditions.iter().map(|c| c.state).collect();
    assert_eq!(
        states,
        [ConditionState::Failed, ConditionState::Met, ConditionState::Failed, ConditionState::NotReached]
    );
    assert_eq!(explained.conditions[2].nearest.as_deref(), Some("the relation x does not seem to exist"));
    assert!(explained.left_out.is_some());
}

#[test]
fn words_alone_find_an_article_only_when_they_say_enough() {
    let plain = |id: &str, title: &str, overview: &str| Article {
        title: title.to_owned(),
        overview: overview.to_owned(),
        ..article(id, Vec::new())
    };
    let mut articles = vec![plain(
        "dns",
        "Name resolution of the build agent fails behind the proxy",
        "The agent prints that it could not resolve the registry host.",
    )];
    for n in 0..30 {
        articles.push(plain(
            &format!("other-{n}"),
            &format!("Problem number {n} with the printer"),
            "Some text about paper, toner and a queue that stays empty.",
        ));
    }
    let snapshot = index(articles);
    let near = snapshot.answer(
        &text("our build agent says it could not resolve the registry host, name resolution fails behind the proxy"),
        &MatchOptions::default(),
    );
    assert_eq!(ids(&near), ["dns"]);
    assert_eq!(near.matches[0].evidence[0].kind, EvidenceKind::Words);
    assert_eq!(
        snapshot.answer(&text("thank you for the text about the weather"), &MatchOptions::default()).outcome,
        Outcome::NoMatch
    );
}

#[test]
fn one_article_that_cannot_be_compiled_does_not_stop_the_others() {
    let bad = article(
        "bad",
        vec![Condition::Regex(RegexPattern { pattern: r"(\pL{300}){300}".to_owned(), ignore_case: false })],
    );
    let published =
        [bad, article("good", vec![template(MISSING)])].map(|a| PublishedArticle { article: Arc::new(a), revision: 1 });
    let (snapshot, refused) = Snapshot::build(published.into(), "test".to_owned());
    assert_eq!(refused.len(), 1);
    assert!(refused[0].reason.contains("bytes"), "{}", refused[0].reason);
    assert_eq!(snapshot.fired(&text("relation \"x\" does not exist")).len(), 1);
}
