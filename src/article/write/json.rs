//! An article as the JSON of the API.

use serde_json::{Map, Value, json};

use crate::article::{
    Article, Check, Condition, Example, ExampleInput, Examples, Link, Scalar, Signature, SignatureOrigin, Template,
    Test,
};

/// The article with fields named as in front matter, and `overview`, `cause`, `solution` and `other_sections`. Written
/// signatures stand under `signatures` in the same form as in a file, derived ones under `derived_signatures`, which
/// [`super::super::change_from_json`] ignores. Fields that the article lacks are `null` or empty.
pub fn to_json(article: &Article) -> Value {
    let derived: Vec<&Signature> = of_origin(article, SignatureOrigin::Derived);
    json!({
        "id": article.id.as_str(),
        "title": article.title,
        "overview": article.overview,
        "applies_to": article.applies_to,
        "cause": article.cause,
        "solution": article.solution,
        "other_sections": article.other_sections.iter().map(|section| json!({
            "heading": section.heading,
            "text": section.text,
            "under": section.under.as_str(),
        })).collect::<Vec<_>>(),
        "product": article.product,
        "versions": article.versions,
        "tags": article.tags,
        "links": links(&article.links),
        "locale": article.locale,
        "status": article.status.as_str(),
        "owner": article.owner,
        "reviewed_at": article.reviewed_at,
        "fixed_in": article.fixed_in,
        "superseded_by": article.superseded_by.as_ref().map(super::super::Slug::as_str),
        "signatures": signatures(of_origin(article, SignatureOrigin::Written)),
        "derived_signatures": signatures(derived),
        "examples": examples(&article.examples),
        "checks": checks(&article.checks),
    })
}

fn of_origin(article: &Article, origin: SignatureOrigin) -> Vec<&Signature> {
    article.signatures.iter().filter(|signature| signature.origin == origin).collect()
}

/// Links, an address alone where there is no title.
pub(crate) fn links(links: &[Link]) -> Value {
    links
        .iter()
        .map(|link| match &link.title {
            Some(title) => json!({ "title": title, "url": link.url }),
            None => json!(link.url),
        })
        .collect()
}

/// Signatures as mappings.
pub(crate) fn signatures<'a>(signatures: impl IntoIterator<Item = &'a Signature>) -> Value {
    signatures
        .into_iter()
        .map(|signature| {
            let mut map = Map::new();
            if let Some(name) = &signature.name {
                map.insert("name".to_owned(), json!(name));
            }
            map.extend(condition(&signature.condition));
            if !signature.supports.is_empty() {
                map.insert("supports".to_owned(), conditions(&signature.supports));
            }
            Value::Object(map)
        })
        .collect()
}

fn conditions(list: &[Condition]) -> Value {
    list.iter().map(|item| Value::Object(condition(item))).collect()
}

/// Nesting is bounded where conditions are read.
fn condition(condition: &Condition) -> Map<String, Value> {
    let mut map = Map::new();
    let mut put = |key: &str, value: Value| {
        map.insert(key.to_owned(), value);
    };
    let mut case = false;
    match condition {
        Condition::Template(template) => {
            put("template", json!(template.source));
            case = template.ignore_case;
        }
        Condition::Regex(regex) => {
            put("regex", json!(regex.pattern));
            case = regex.ignore_case;
        }
        Condition::Code(code) => {
            put("code", json!(code.text));
            case = code.ignore_case;
        }
        Condition::Where(tests) => {
            let tests_by_path =
                tests.tests.iter().map(|test| (test.path.to_string(), self::test(&test.test))).collect();
            put("where", Value::Object(tests_by_path));
            if tests.same_object {
                put("same_object", json!(true));
            }
        }
        Condition::All { conditions: list, within_lines, ordered } => {
            put("all", conditions(list));
            if let Some(lines) = within_lines {
                put("within_lines", json!(lines));
            }
            if *ordered {
                put("ordered", json!(true));
            }
        }
        Condition::Any(list) => put("any", conditions(list)),
        Condition::None(list) => put("none", conditions(list)),
    }
    if case {
        put("ignore_case", json!(true));
    }
    map
}

fn test(test: &Test) -> Value {
    match test {
        Test::Present => json!("present"),
        Test::Absent => json!("absent"),
        Test::Empty => json!("empty"),
        Test::Equals(Scalar::Text(word)) if matches!(word.as_str(), "present" | "absent" | "empty") => {
            json!({ "equals": word })
        }
        Test::Equals(value) => scalar(value),
        Test::OneOf(values) => json!({ "one_of": values.iter().map(scalar).collect::<Vec<_>>() }),
        Test::Range { min, max } => json!({ "range": [min.map(number), max.map(number)] }),
        Test::Template(Template { source, ignore_case: false, .. }) => json!({ "template": source }),
        Test::Template(Template { source, .. }) => json!({ "template": source, "ignore_case": true }),
    }
}

fn scalar(scalar: &Scalar) -> Value {
    match scalar {
        Scalar::Text(text) => json!(text),
        Scalar::Number(value) => number(*value),
        Scalar::Bool(value) => json!(value),
        Scalar::Null => Value::Null,
    }
}

/// A number without a fraction is written without one.
fn number(value: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[allow(clippy::cast_possible_truncation)] // whole and below 2^53
        let whole = value as i64;
        json!(whole)
    } else {
        json!(value)
    }
}

/// Examples on both sides; a text alone where nothing is said beside it.
pub(crate) fn examples(examples: &Examples) -> Value {
    let side = |list: &[Example]| list.iter().map(example).collect::<Vec<_>>();
    let mut map = Map::new();
    if !examples.matching.is_empty() {
        map.insert("match".to_owned(), json!(side(&examples.matching)));
    }
    if !examples.no_match.is_empty() {
        map.insert("no_match".to_owned(), json!(side(&examples.no_match)));
    }
    Value::Object(map)
}

fn example(example: &Example) -> Value {
    let mut map = Map::new();
    match &example.input {
        ExampleInput::Text { text, content_type } => {
            map.insert("text".to_owned(), json!(text));
            if let Some(content_type) = content_type {
                map.insert("content_type".to_owned(), json!(content_type));
            }
        }
        ExampleInput::Payload(payload) => {
            map.insert("payload".to_owned(), payload.clone());
        }
    }
    let hints = &example.hints;
    let mut hint_map = Map::new();
    for (key, value) in [
        ("product", hints.product.as_ref().map(|value| json!(value))),
        ("version", hints.version.as_ref().map(|value| json!(value))),
        ("route", hints.route.as_ref().map(|value| json!(value))),
        ("status", hints.status.map(|value| json!(value))),
        ("locale", hints.locale.as_ref().map(|value| json!(value))),
    ] {
        hint_map.extend(value.map(|value| (key.to_owned(), value)));
    }
    if !hint_map.is_empty() {
        map.insert("hints".to_owned(), Value::Object(hint_map));
    }
    if let Some(least) = example.min_confidence {
        map.insert("min_confidence".to_owned(), number(least));
    }
    match (map.len(), &example.input) {
        (1, ExampleInput::Text { text, .. }) => json!(text),
        _ => Value::Object(map),
    }
}

/// Checks as mappings.
pub(crate) fn checks(checks: &[Check]) -> Value {
    checks
        .iter()
        .map(|check| {
            let mut map = Map::new();
            map.insert("name".to_owned(), json!(check.name));
            for (key, side) in [("confirms", &check.confirms), ("contradicts", &check.contradicts)] {
                if let Some(side) = side {
                    map.insert(key.to_owned(), Value::Object(condition(side)));
                }
            }
            Value::Object(map)
        })
        .collect()
}
