//! Signatures and their conditions.

use regex::RegexBuilder;

use super::{Reader, all_known, describe, get, list, quoted, text_of};
use crate::article::tree::{Entry, Kind, Meaning, Node, join, meaning};
use crate::article::{
    Code, Condition, FieldTest, RegexPattern, Scalar, Signature, SignatureOrigin, Template, Test, Where,
};
use crate::report::FieldPath;

/// Deepest nesting of `all`, `any` and `none`.
const MAX_NESTING: usize = 16;
/// Most bytes a compiled pattern takes; the same limit holds when the engine compiles it.
const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// Deepest nesting inside a pattern.
const REGEX_NEST_LIMIT: u32 = 50;
/// Longest code, in characters.
const MAX_CODE_CHARS: usize = 200;
/// Longest template, in bytes.
const MAX_TEMPLATE_BYTES: usize = 64 * 1024;

const CONDITIONS: [&str; 7] = ["template", "regex", "code", "where", "all", "any", "none"];
const SIGNATURE_KEYS: [&str; 13] = [
    "name",
    "template",
    "regex",
    "code",
    "where",
    "all",
    "any",
    "none",
    "supports",
    "ignore_case",
    "within_lines",
    "ordered",
    "same_object",
];
const CONDITION_KEYS: [&str; 11] = [
    "template",
    "regex",
    "code",
    "where",
    "all",
    "any",
    "none",
    "ignore_case",
    "within_lines",
    "ordered",
    "same_object",
];
/// Keys that stand beside a condition, and the conditions they stand beside.
const MODIFIERS: [(&str, &[&str]); 4] = [
    ("ignore_case", &["template", "regex", "code"]),
    ("within_lines", &["all"]),
    ("ordered", &["all"]),
    ("same_object", &["where"]),
];

impl Reader {
    /// Reads the list of signatures.
    pub(super) fn signatures(&mut self, node: &Node, path: &str) -> Vec<Signature> {
        let Kind::List(items) = &node.kind else {
            self.wrong(node.place, path, format!("expected a list of signatures, this is {}", describe(node)));
            return Vec::new();
        };
        let read = |(index, item)| self.signature(item, &format!("{path}[{index}]"));
        items.iter().enumerate().filter_map(read).collect()
    }

    fn signature(&mut self, node: &Node, path: &str) -> Option<Signature> {
        let entries = self.mapping(node, path, "a signature", &SIGNATURE_KEYS)?;
        let name = get(entries, "name").and_then(|node| self.line(node, &join(path, "name")));
        let supports = match get(entries, "supports") {
            Some(node) => self.conditions(node, &join(path, "supports"), 1),
            None => Some(Vec::new()),
        };
        let condition = self.entries(node, entries, path, 0)?;
        if !can_single_out(&condition) {
            let message = "this can never single anything out: it holds where something is missing; \
                           add a template, regex, code or a test for what is there";
            self.wrong(node.place, path, message);
            return None;
        }
        let line = node.place.line;
        Some(Signature { name, condition, supports: supports?, origin: SignatureOrigin::Written, line })
    }

    /// Reads one condition; `depth` counts the lists around it.
    pub(super) fn condition(&mut self, node: &Node, path: &str, depth: usize) -> Option<Condition> {
        if depth > MAX_NESTING {
            self.wrong(node.place, path, format!("conditions nest deeper than {MAX_NESTING} levels; flatten them"));
            return None;
        }
        let entries = self.mapping(node, path, "a condition", &CONDITION_KEYS)?;
        self.entries(node, entries, path, depth)
    }

    fn conditions(&mut self, node: &Node, path: &str, depth: usize) -> Option<Vec<Condition>> {
        let items = self.list(node, path, "conditions")?;
        let read = |(index, item)| self.condition(item, &format!("{path}[{index}]"), depth);
        let conditions: Vec<_> = items.iter().enumerate().filter_map(read).collect();
        (conditions.len() == items.len()).then_some(conditions)
    }

    /// The condition that a mapping holds; several keys must all hold.
    fn entries(&mut self, node: &Node, entries: &[Entry], path: &str, depth: usize) -> Option<Condition> {
        let mut sound = self.modifiers(entries, path);
        let mut conditions = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            let repeated = entries[..index].iter().any(|earlier| earlier.key == entry.key);
            if repeated || !CONDITIONS.contains(&entry.key.as_str()) {
                continue;
            }
            match self.single(entry, entries, &join(path, &entry.key), depth) {
                Some(condition) => conditions.push(condition),
                None => sound = false,
            }
        }
        if !sound {
            return None;
        }
        if conditions.len() > 1 {
            return Some(Condition::All { conditions, within_lines: None, ordered: false });
        }
        let only = conditions.pop();
        // A key that is not known was probably meant to be the condition, and has been noted.
        if only.is_none() && all_known(entries, &SIGNATURE_KEYS) {
            self.wrong(node.place, path, format!("nothing to recognise; add one of {}", list(&CONDITIONS)));
        }
        only
    }

    /// Whether every modifier stands beside a condition it belongs to.
    fn modifiers(&mut self, entries: &[Entry], path: &str) -> bool {
        let mut sound = true;
        for (modifier, conditions) in MODIFIERS {
            let Some(entry) = entries.iter().find(|entry| entry.key == modifier) else { continue };
            if !entries.iter().any(|entry| conditions.contains(&entry.key.as_str())) {
                let message = format!("{modifier} stands beside {}, and there is none here", list(conditions));
                self.wrong(entry.place, &join(path, modifier), message);
                sound = false;
            }
        }
        sound
    }

    fn single(&mut self, entry: &Entry, beside: &[Entry], path: &str, depth: usize) -> Option<Condition> {
        let parent = path.strip_suffix(&entry.key).map_or("", |parent| parent.trim_end_matches('.'));
        let flag = |reader: &mut Self, key: &str| match get(beside, key) {
            Some(node) => reader.bool(node, &join(parent, key)),
            None => Some(false),
        };
        let node = &entry.value;
        match entry.key.as_str() {
            "template" => {
                let ignore_case = flag(self, "ignore_case")?;
                self.template(node, path, ignore_case).map(Condition::Template)
            }
            "regex" => {
                let ignore_case = flag(self, "ignore_case")?;
                self.regex(node, path, ignore_case).map(Condition::Regex)
            }
            "code" => {
                let ignore_case = flag(self, "ignore_case")?;
                self.code(node, path, ignore_case).map(Condition::Code)
            }
            "where" => {
                let same_object = flag(self, "same_object")?;
                self.tests(node, path).map(|tests| Condition::Where(Where { tests, same_object }))
            }
            "any" => self.conditions(node, path, depth + 1).map(Condition::Any),
            "none" => self.conditions(node, path, depth + 1).map(Condition::None),
            _ => {
                let ordered = flag(self, "ordered");
                let within_lines = match get(beside, "within_lines") {
                    Some(node) => self.lines(node, &join(parent, "within_lines")).map(Some),
                    None => Some(None),
                };
                let conditions = self.conditions(node, path, depth + 1)?;
                Some(Condition::All { conditions, within_lines: within_lines?, ordered: ordered? })
            }
        }
    }

    fn lines(&mut self, node: &Node, path: &str) -> Option<u32> {
        let lines = text_of(node).and_then(|text| text.parse::<u32>().ok()).filter(|lines| *lines > 0);
        if lines.is_none() {
            let message =
                format!("expected a whole number of lines from 1 (the same line), this is {}", describe(node));
            self.wrong(node.place, path, message);
        }
        lines
    }

    fn template(&mut self, node: &Node, path: &str, ignore_case: bool) -> Option<Template> {
        let text = self.text(node, path)?;
        if text.len() > MAX_TEMPLATE_BYTES {
            self.wrong(node.place, path, format!("a template has at most {MAX_TEMPLATE_BYTES} bytes; quote less"));
            return None;
        }
        match Template::parse(&text, ignore_case) {
            Ok(template) => Some(template),
            Err(reason) => {
                self.wrong(node.place, path, reason);
                None
            }
        }
    }

    fn regex(&mut self, node: &Node, path: &str, ignore_case: bool) -> Option<RegexPattern> {
        let pattern = self.text(node, path)?;
        let compiled = RegexBuilder::new(&pattern)
            .size_limit(REGEX_SIZE_LIMIT)
            .nest_limit(REGEX_NEST_LIMIT)
            .case_insensitive(ignore_case)
            .build();
        let reason = match compiled {
            Ok(regex) if regex.is_match("") => {
                "matches the empty text, and so any report; let it require something".into()
            }
            Ok(_) => return Some(RegexPattern { pattern, ignore_case }),
            Err(regex::Error::CompiledTooBig(limit)) => {
                format!("this pattern compiles to more than the limit of {limit} bytes; lower its repetition counts")
            }
            // The error's last line says what is wrong; the ones before draw the pattern.
            Err(error) => {
                let text = error.to_string();
                let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                format!("not a valid pattern: {reason}")
            }
        };
        self.wrong(node.place, path, reason);
        None
    }

    fn code(&mut self, node: &Node, path: &str, ignore_case: bool) -> Option<Code> {
        let text = self.text(node, path)?.trim().to_owned();
        let reason = if text.contains(char::is_whitespace) {
            "a code is one token without white space; write a message as template"
        } else if !text.contains(char::is_alphanumeric) {
            "a code has at least one letter or digit"
        } else if text.chars().count() > MAX_CODE_CHARS {
            "a code has at most 200 characters; write a message as template"
        } else {
            return Some(Code { text, ignore_case });
        };
        self.wrong(node.place, path, reason);
        None
    }

    fn tests(&mut self, node: &Node, path: &str) -> Option<Vec<FieldTest>> {
        let Kind::Map(entries) = &node.kind else {
            self.wrong(node.place, path, format!("expected a mapping of field to test, this is {}", describe(node)));
            return None;
        };
        if entries.is_empty() {
            self.wrong(node.place, path, "no test; add one such as `http.status: 400`");
        }
        let mut tests = Vec::with_capacity(entries.len());
        for entry in entries {
            let here = join(path, &entry.key);
            let field = FieldPath::parse(&entry.key).map_err(|reason| self.wrong(entry.place, &here, reason));
            let test = self.test(&entry.value, &here);
            if let (Ok(path), Some(test)) = (field, test) {
                tests.push(FieldTest { path, test });
            }
        }
        (!tests.is_empty() && tests.len() == entries.len()).then_some(tests)
    }

    fn test(&mut self, node: &Node, path: &str) -> Option<Test> {
        const KEYS: [&str; 5] = ["equals", "one_of", "range", "template", "ignore_case"];
        match &node.kind {
            Kind::Scalar { text, .. } if text == "present" => return Some(Test::Present),
            Kind::Scalar { text, .. } if text == "absent" => return Some(Test::Absent),
            Kind::Scalar { text, .. } if text == "empty" => return Some(Test::Empty),
            Kind::Scalar { text, plain } => return Some(Test::Equals(scalar(text, *plain))),
            Kind::List(_) => {
                self.wrong(node.place, path, "a list is no test; write {one_of: […]} for one of several values");
                return None;
            }
            Kind::Map(_) => {}
        }
        let entries = self.mapping(node, path, "a test", &KEYS)?;
        let mut tests = entries.iter().filter(|entry| KEYS[..4].contains(&entry.key.as_str()));
        let (Some(only), None) = (tests.next(), tests.next()) else {
            if all_known(entries, &KEYS) {
                self.wrong(node.place, path, format!("a test has exactly one of {}", list(&KEYS[..4])));
            }
            return None;
        };
        let here = join(path, &only.key);
        let case = get(entries, "ignore_case");
        if let Some(case) = case.filter(|_| only.key != "template") {
            self.wrong(
                case.place,
                &join(path, "ignore_case"),
                "ignore_case stands beside template, and there is none here",
            );
            return None;
        }
        match only.key.as_str() {
            "equals" => self.scalar(&only.value, &here).map(Test::Equals),
            "one_of" => {
                let items = self.list(&only.value, &here, "values")?;
                let read = |(index, item)| self.scalar(item, &format!("{here}[{index}]"));
                let values: Vec<_> = items.iter().enumerate().filter_map(read).collect();
                (values.len() == items.len()).then_some(Test::OneOf(values))
            }
            "range" => self.range(&only.value, &here),
            _ => {
                let ignore_case = match case {
                    Some(node) => self.bool(node, &join(path, "ignore_case"))?,
                    None => false,
                };
                self.template(&only.value, &here, ignore_case).map(Test::Template)
            }
        }
    }

    fn scalar(&mut self, node: &Node, path: &str) -> Option<Scalar> {
        if let Kind::Scalar { text, plain } = &node.kind {
            return Some(scalar(text, *plain));
        }
        self.wrong(node.place, path, format!("expected a plain value, this is {}", describe(node)));
        None
    }

    fn range(&mut self, node: &Node, path: &str) -> Option<Test> {
        const SHAPE: &str = "a range is [least, greatest], both included, null for an open side, such as [500, 599]";
        let Kind::List(ends) = &node.kind else {
            self.wrong(node.place, path, SHAPE);
            return None;
        };
        let [min, max] = ends.as_slice() else {
            self.wrong(node.place, path, SHAPE);
            return None;
        };
        let mut end = |node: &Node, index: usize| {
            if node.is_null() { Some(None) } else { self.number(node, &format!("{path}[{index}]")).map(Some) }
        };
        let (min, max) = (end(min, 0), end(max, 1));
        let (min, max) = (min?, max?);
        let reason = match (min, max) {
            (None, None) => "open on both sides: any number passes; give an end, or test for present".to_owned(),
            (Some(min), Some(max)) if min > max => format!("{min} is greater than {max}; swap the ends"),
            _ => return Some(Test::Range { min, max }),
        };
        self.wrong(node.place, path, reason);
        None
    }

    /// One line of text.
    pub(super) fn line(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = self.text(node, path)?.trim().to_owned();
        if text.contains(['\n', '\r']) {
            self.wrong(node.place, path, format!("expected one line, {} has several", quoted(&text)));
            return None;
        }
        Some(text)
    }
}

fn scalar(text: &str, plain: bool) -> Scalar {
    match meaning(text, plain) {
        Meaning::Null => Scalar::Null,
        Meaning::Bool(value) => Scalar::Bool(value),
        Meaning::Number(number) => number.as_f64().map_or_else(|| Scalar::Text(text.to_owned()), Scalar::Number),
        Meaning::Text => Scalar::Text(text.to_owned()),
    }
}

/// Whether the condition needs something to be there. One that holds on an empty report recognises nothing.
fn can_single_out(condition: &Condition) -> bool {
    match condition {
        Condition::Template(_) | Condition::Regex(_) | Condition::Code(_) => true,
        Condition::Where(tests) => tests.tests.iter().any(|test| test.test != Test::Absent),
        Condition::All { conditions, .. } => conditions.iter().any(can_single_out),
        Condition::Any(conditions) => conditions.iter().all(can_single_out),
        Condition::None(_) => false,
    }
}
