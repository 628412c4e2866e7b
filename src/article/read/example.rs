//! Examples and checks.

use super::{Reader, all_known, describe, get, text_of};
use crate::article::tree::{Entry, Kind, Node, join};
use crate::article::{Check, Example, ExampleInput, Examples};
use crate::report::Hints;

const MATCH_KEYS: [&str; 5] = ["text", "payload", "content_type", "hints", "min_confidence"];
const HINT_KEYS: [&str; 5] = ["product", "version", "route", "status", "locale"];
const CHECK_KEYS: [&str; 3] = ["name", "confirms", "contradicts"];

impl Reader {
    /// Reads `examples`.
    pub(super) fn examples(&mut self, node: &Node, path: &str) -> Examples {
        let Some(entries) = self.mapping(node, path, "examples", &["match", "no_match"]) else {
            return Examples::default();
        };
        let mut side = |key: &str| match get(entries, key).filter(|node| !node.is_null()) {
            Some(node) => self.example_list(node, &join(path, key), key == "match"),
            None => Vec::new(),
        };
        Examples { matching: side("match"), no_match: side("no_match") }
    }

    fn example_list(&mut self, node: &Node, path: &str, is_match: bool) -> Vec<Example> {
        let Kind::List(items) = &node.kind else {
            self.wrong(node.place, path, format!("expected a list of examples, this is {}", describe(node)));
            return Vec::new();
        };
        let read = |(index, item)| self.example(item, &format!("{path}[{index}]"), is_match);
        items.iter().enumerate().filter_map(read).collect()
    }

    fn example(&mut self, node: &Node, path: &str, is_match: bool) -> Option<Example> {
        let line = node.place.line;
        if let Kind::Scalar { .. } = node.kind {
            let input = ExampleInput::Text { text: self.text(node, path)?, content_type: None };
            return Some(Example { input, hints: Hints::default(), min_confidence: None, line });
        }
        let entries = self.mapping(node, path, "an example", &MATCH_KEYS)?;
        let hints = get(entries, "hints").map_or_else(Hints::default, |node| self.hints(node, &join(path, "hints")));
        let min_confidence = match get(entries, "min_confidence") {
            Some(node) => Some(self.min_confidence(node, &join(path, "min_confidence"), is_match)?),
            None => None,
        };
        let input = self.example_input(node, entries, path)?;
        Some(Example { input, hints, min_confidence, line })
    }

    fn example_input(&mut self, node: &Node, entries: &[Entry], path: &str) -> Option<ExampleInput> {
        let content_type = get(entries, "content_type");
        match (get(entries, "text"), get(entries, "payload")) {
            (Some(text), None) => {
                let content_type = match content_type {
                    Some(node) => Some(self.line(node, &join(path, "content_type"))?),
                    None => None,
                };
                Some(ExampleInput::Text { text: self.text(text, &join(path, "text"))?, content_type })
            }
            (None, Some(payload)) => {
                if let Some(node) = content_type {
                    let message = "content_type says how text is read; a payload is JSON already, leave it out";
                    self.wrong(node.place, &join(path, "content_type"), message);
                }
                if payload.is_null() {
                    self.wrong(
                        payload.place,
                        &join(path, "payload"),
                        "an empty payload reports nothing; write a value",
                    );
                    return None;
                }
                Some(ExampleInput::Payload(payload.to_json()))
            }
            (Some(_), Some(_)) => {
                self.wrong(node.place, path, "an example is either text or payload; remove one");
                None
            }
            (None, None) => {
                if all_known(entries, &MATCH_KEYS) {
                    self.wrong(node.place, path, "an example needs text or payload");
                }
                None
            }
        }
    }

    fn min_confidence(&mut self, node: &Node, path: &str, is_match: bool) -> Option<f64> {
        if !is_match {
            let message = "only match examples have a least confidence; no_match ones must stay below 0.5";
            self.wrong(node.place, path, message);
            return None;
        }
        let value = self.number(node, path)?;
        if !(0.0..=1.0).contains(&value) {
            self.wrong(node.place, path, format!("expected a number from 0 to 1, this is {value}"));
            return None;
        }
        Some(value)
    }

    fn hints(&mut self, node: &Node, path: &str) -> Hints {
        let Some(entries) = self.mapping(node, path, "hints", &HINT_KEYS) else { return Hints::default() };
        let mut line = |key: &str| get(entries, key).and_then(|node| self.line(node, &join(path, key)));
        let (product, version, route, locale) = (line("product"), line("version"), line("route"), line("locale"));
        let status = get(entries, "status").and_then(|node| {
            let status = text_of(node).and_then(|text| text.parse::<u16>().ok()).filter(|s| (100..=599).contains(s));
            if status.is_none() {
                let message = format!("expected an HTTP status from 100 to 599, this is {}", describe(node));
                self.wrong(node.place, &join(path, "status"), message);
            }
            status
        });
        Hints { product, version, route, status, locale }
    }

    /// Reads `checks`.
    pub(super) fn checks(&mut self, node: &Node, path: &str) -> Vec<Check> {
        let Kind::List(items) = &node.kind else {
            self.wrong(node.place, path, format!("expected a list of checks, this is {}", describe(node)));
            return Vec::new();
        };
        let read = |(index, item)| self.check(item, &format!("{path}[{index}]"));
        items.iter().enumerate().filter_map(read).collect()
    }

    fn check(&mut self, node: &Node, path: &str) -> Option<Check> {
        let entries = self.mapping(node, path, "a check", &CHECK_KEYS)?;
        let name = if let Some(node) = get(entries, "name") {
            self.line(node, &join(path, "name"))
        } else {
            self.wrong(node.place, path, "a check needs a name that says what is tested");
            None
        };
        let mut side = |key: &str| match get(entries, key) {
            Some(node) => self.condition(node, &join(path, key), 1).map(Some),
            None => Some(None),
        };
        let (confirms, contradicts) = (side("confirms")?, side("contradicts")?);
        if confirms.is_none() && contradicts.is_none() {
            if !all_known(entries, &CHECK_KEYS) {
                return None;
            }
            self.wrong(node.place, path, "a check needs confirms, contradicts or both");
            return None;
        }
        Some(Check { name: name?, confirms, contradicts })
    }
}
