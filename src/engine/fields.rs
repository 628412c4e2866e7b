//! Conditions on decoded fields.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::article::{FieldTest, Scalar, Test, Where};
use crate::report::{ByteSpan, Field, FieldPath, FieldValue, Fields, ObjectId, PathSegment};

use super::template::TemplateMatcher;

/// Most fields with one path that are looked at.
const MAX_CANDIDATES: usize = 64;

/// A `where` ready to be evaluated.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
pub(super) struct WhereMatcher {
    tests: Vec<CompiledTest>,
    same_object: bool,
    /// The tests as written.
    pub(super) label: Arc<str>,
}

#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct CompiledTest {
    path: FieldPath,
    test: Test,
    template: Option<TemplateMatcher>,
}

/// What a test that fails asks for.
#[derive(Debug, Clone)]
pub(super) struct Wanted<'r> {
    /// The path as written.
    pub(super) path: String,
    /// The field that has another value.
    pub(super) field: Option<&'r Field>,
    pub(super) value: String,
}

/// A field that passed its test.
#[derive(Debug, Clone)]
pub(super) struct FieldHit<'r> {
    pub(super) field: &'r Field,
    /// Wildcards of a template test and what they stand for.
    pub(super) captures: Vec<(String, String)>,
}

impl WhereMatcher {
    pub(super) fn new(source: &Where) -> Self {
        let tests = source
            .tests
            .iter()
            .map(|FieldTest { path, test }| CompiledTest {
                path: path.clone(),
                template: match test {
                    Test::Template(template) => Some(TemplateMatcher::new(template)),
                    _ => None,
                },
                test: test.clone(),
            })
            .collect();
        Self { tests, same_object: source.same_object, label: describe_where(source).into() }
    }

    /// Number of tests that a report must pass by having something.
    pub(super) fn positive_tests(&self) -> usize {
        self.tests.iter().filter(|test| !matches!(test.test, Test::Absent)).count()
    }

    /// What passing says, in characters of literal text: a named value is worth its length and some for its name.
    pub(super) fn weight(&self) -> f64 {
        self.tests
            .iter()
            .map(|test| match &test.test {
                Test::Absent => 1.0,
                Test::Present | Test::Empty => 4.0,
                Test::Equals(value) => 6.0 + value.to_string().chars().count().min(40) as f64 / 2.0,
                Test::OneOf(_) | Test::Range { .. } => 6.0,
                Test::Template(_) => 6.0 + test.template.as_ref().map_or(0, TemplateMatcher::literal_chars) as f64,
            })
            .sum()
    }

    /// The last key of a path that must be there for the condition to hold.
    pub(super) fn required_key(&self) -> Option<&str> {
        self.tests.iter().filter(|test| !matches!(test.test, Test::Absent)).find_map(|test| {
            match test.path.segments().last() {
                Some(PathSegment::Key(key)) => Some(key.as_str()),
                _ => None,
            }
        })
    }

    /// The fields that make the condition hold: one for each positive test; `None` when it does not hold. With one test
    /// only, every field that passes is its own alternative.
    pub(super) fn find<'r>(&self, fields: &'r Fields) -> Vec<Vec<FieldHit<'r>>> {
        if self.same_object {
            return self.find_in_one_object(fields).into_iter().collect();
        }
        if let [test] = self.tests.as_slice()
            && !matches!(test.test, Test::Absent)
        {
            return test.hits(fields).take(MAX_CANDIDATES).map(|hit| vec![hit]).collect();
        }
        let mut hits = Vec::new();
        for test in &self.tests {
            match (&test.test, test.hits(fields).next()) {
                (Test::Absent, None) => {}
                (Test::Absent, Some(_)) | (_, None) => return Vec::new(),
                (_, Some(hit)) => hits.push(hit),
            }
        }
        vec![hits]
    }

    fn find_in_one_object<'r>(&self, fields: &'r Fields) -> Option<Vec<FieldHit<'r>>> {
        let first = self.tests.iter().position(|test| !matches!(test.test, Test::Absent))?;
        self.tests[first].hits(fields).take(MAX_CANDIDATES).find_map(|hit| {
            let object = holder(fields, hit.field, self.tests[first].path.segments().len())?;
            let mut hits = vec![hit];
            for (_, test) in self.tests.iter().enumerate().filter(|&(index, _)| index != first) {
                let depth = test.path.segments().len();
                let found = test.hits(fields).find(|hit| holder(fields, hit.field, depth) == Some(object));
                match (&test.test, found) {
                    (Test::Absent, None) => {}
                    (Test::Absent, Some(_)) | (_, None) => return None,
                    (_, Some(hit)) => hits.push(hit),
                }
            }
            Some(hits)
        })
    }

    /// What the tests that fail ask for. Fields that must be absent and are there are not named.
    pub(super) fn wanted<'r>(&self, fields: &'r Fields) -> Vec<Wanted<'r>> {
        let failing = self.tests.iter().filter(|test| test.hits(fields).next().is_none());
        failing
            .filter_map(|test| {
                let value = match &test.test {
                    Test::Absent => return None,
                    Test::Present => "x".to_owned(),
                    Test::Empty => String::new(),
                    Test::Equals(value) => value.to_string(),
                    Test::OneOf(values) => values.first()?.to_string(),
                    Test::Range { min, max } => (*min).or(*max)?.to_string(),
                    Test::Template(_) => {
                        test.template.as_ref()?.spelled().into_iter().map(|c| c.unwrap_or('x')).collect()
                    }
                };
                Some(Wanted { path: test.path.to_string(), field: fields.find(&test.path).next(), value })
            })
            .collect()
    }

    /// For explanations: each test as written, whether it holds alone, and the values seen at its path.
    pub(super) fn explain(&self, fields: &Fields) -> Vec<(String, bool, Option<String>)> {
        self.tests
            .iter()
            .map(|test| {
                let passed = test.hits(fields).next().is_some();
                let holds = if matches!(test.test, Test::Absent) { !passed } else { passed };
                let seen: Vec<String> = fields.find(&test.path).take(3).map(|field| show(&field.value)).collect();
                (describe_test(&test.path, &test.test), holds, (!seen.is_empty()).then(|| seen.join(", ")))
            })
            .collect()
    }
}

/// The object relative to which a path of `depth` segments names the field.
fn holder(fields: &Fields, field: &Field, depth: usize) -> Option<ObjectId> {
    let mut object = field.object?;
    for _ in 1..depth {
        object = fields.parent_of(object)?;
    }
    Some(object)
}

impl CompiledTest {
    /// The fields at the path that pass; for `absent`, those that exist.
    fn hits<'s, 'r: 's>(&'s self, fields: &'r Fields) -> impl Iterator<Item = FieldHit<'r>> + 's {
        fields.find(&self.path).filter_map(|field| self.passes(field))
    }

    fn passes<'r>(&self, field: &'r Field) -> Option<FieldHit<'r>> {
        let plain = FieldHit { field, captures: Vec::new() };
        let value = &field.value;
        let holds = match &self.test {
            Test::Present | Test::Absent => true,
            Test::Empty => match value {
                FieldValue::Empty => true,
                FieldValue::Text(text) => text.trim().is_empty(),
                _ => false,
            },
            Test::Equals(scalar) => equals(value, scalar),
            Test::OneOf(scalars) => scalars.iter().any(|scalar| equals(value, scalar)),
            Test::Range { min, max } => {
                number(value).is_some_and(|n| min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max))
            }
            Test::Template(_) => {
                let FieldValue::Text(text) = value else { return None };
                let found = self.template.as_ref()?.find(text, 0)?;
                let captures = found
                    .captures
                    .into_iter()
                    .map(|(name, span): (String, ByteSpan)| (name, span.slice(text).to_owned()));
                return Some(FieldHit { field, captures: captures.collect() });
            }
        };
        holds.then_some(plain)
    }
}

fn equals(value: &FieldValue, scalar: &Scalar) -> bool {
    match (value, scalar) {
        (FieldValue::Text(have), Scalar::Text(want)) => have.trim() == want,
        (FieldValue::Number(_, written), Scalar::Text(want)) => written == want,
        (FieldValue::Bool(have), Scalar::Text(want)) => have.to_string() == *want,
        (_, Scalar::Number(want)) => number(value).is_some_and(|have| (have - want).abs() < f64::EPSILON),
        (FieldValue::Bool(have), Scalar::Bool(want)) => have == want,
        (FieldValue::Text(have), Scalar::Bool(want)) => have.trim() == want.to_string(),
        (FieldValue::Empty, Scalar::Null) => true,
        _ => false,
    }
}

fn number(value: &FieldValue) -> Option<f64> {
    match value {
        FieldValue::Number(number, _) => Some(*number),
        FieldValue::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn show(value: &FieldValue) -> String {
    match value {
        FieldValue::Text(text) if text.trim().is_empty() => "(empty)".to_owned(),
        FieldValue::Text(text) => text.chars().take(120).collect(),
        FieldValue::Number(_, written) => written.clone(),
        FieldValue::Bool(value) => value.to_string(),
        FieldValue::Empty => "(empty)".to_owned(),
        FieldValue::Container => "(an object or array)".to_owned(),
    }
}

/// A `where` as written.
pub(super) fn describe_where(source: &Where) -> String {
    let tests: Vec<String> = source.tests.iter().map(|t| describe_test(&t.path, &t.test)).collect();
    tests.join(", ")
}

fn describe_test(path: &FieldPath, test: &Test) -> String {
    match test {
        Test::Present => format!("{path}: present"),
        Test::Absent => format!("{path}: absent"),
        Test::Empty => format!("{path}: empty"),
        Test::Equals(value) => format!("{path}: {value}"),
        Test::OneOf(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("{path}: one of {}", values.join(", "))
        }
        Test::Range { min, max } => {
            let side = |bound: &Option<f64>| bound.map_or_else(|| "…".to_owned(), |b| b.to_string());
            format!("{path}: {} to {}", side(min), side(max))
        }
        Test::Template(template) => format!("{path}: {}", template.source),
    }
}
