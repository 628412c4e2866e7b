//! From nodes to typed fields, conditions, examples and checks.
//!
//! One [`Reader`] walks a tree and collects every problem on its way, so that an author sees all of them at once. It
//! serves front matter and the JSON of the API alike.

mod condition;
mod example;
mod fields;

pub(super) use fields::{KNOWN, is_foreign};

use super::ArticleProblem;
use super::tree::{Entry, Kind, Meaning, Node, Place, join, meaning, problem};

/// Collects problems while nodes are read.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<ArticleProblem>,
    pub(super) warnings: Vec<ArticleProblem>,
}

impl Reader {
    /// Notes a problem at `place`.
    fn wrong(&mut self, place: Place, path: &str, message: impl Into<String>) {
        self.problems.push(problem(place, path, message.into()));
    }

    /// The entries of a mapping whose keys are all in `allowed`; unknown keys are noted.
    fn mapping<'n>(&mut self, node: &'n Node, path: &str, what: &str, allowed: &[&str]) -> Option<&'n [Entry]> {
        let Kind::Map(entries) = &node.kind else {
            let message = format!("{what} is a mapping of {}, this is {}", list(allowed), describe(node));
            self.wrong(node.place, path, message);
            return None;
        };
        for entry in entries.iter().filter(|entry| !allowed.contains(&entry.key.as_str())) {
            let message = unknown_key(&entry.key, what, allowed);
            self.wrong(entry.place, &join(path, &entry.key), message);
        }
        Some(entries)
    }

    /// The items of a list, at least one.
    fn list<'n>(&mut self, node: &'n Node, path: &str, what: &str) -> Option<&'n [Node]> {
        match &node.kind {
            Kind::List(items) if !items.is_empty() => Some(items),
            Kind::List(_) => {
                self.wrong(node.place, path, format!("an empty list; name {what} or leave the key out"));
                None
            }
            _ => {
                self.wrong(node.place, path, format!("expected a list of {what}, this is {}", describe(node)));
                None
            }
        }
    }

    /// Text that is not blank; a plain number or truth value counts as it is written.
    fn text(&mut self, node: &Node, path: &str) -> Option<String> {
        let found = text_of(node);
        if found.is_none() {
            self.wrong(node.place, path, format!("expected text, this is {}", describe(node)));
        }
        found.map(str::to_owned)
    }

    fn bool(&mut self, node: &Node, path: &str) -> Option<bool> {
        if let Kind::Scalar { text, plain } = &node.kind
            && let Meaning::Bool(value) = meaning(text, *plain)
        {
            return Some(value);
        }
        self.wrong(node.place, path, format!("expected true or false, this is {}", describe(node)));
        None
    }

    fn number(&mut self, node: &Node, path: &str) -> Option<f64> {
        if let Kind::Scalar { text, plain } = &node.kind
            && let Meaning::Number(number) = meaning(text, *plain)
        {
            return number.as_f64();
        }
        self.wrong(node.place, path, format!("expected a number, this is {}", describe(node)));
        None
    }
}

/// Text of a scalar that is neither blank nor `null`.
fn text_of(node: &Node) -> Option<&str> {
    match &node.kind {
        Kind::Scalar { text, plain } if !text.trim().is_empty() && meaning(text, *plain) != Meaning::Null => Some(text),
        _ => None,
    }
}

/// The value of the first entry with `key`.
fn get<'n>(entries: &'n [Entry], key: &str) -> Option<&'n Node> {
    entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// Whether no key is unknown; where one is, what seems to be missing is probably what it was meant to be.
fn all_known(entries: &[Entry], allowed: &[&str]) -> bool {
    entries.iter().all(|entry| allowed.contains(&entry.key.as_str()))
}

/// What a node is, in words.
fn describe(node: &Node) -> String {
    match &node.kind {
        Kind::List(_) => "a list".to_owned(),
        Kind::Map(_) => "a mapping".to_owned(),
        Kind::Scalar { text, plain } => match meaning(text, *plain) {
            Meaning::Null => "empty".to_owned(),
            Meaning::Bool(_) => format!("the truth value {text}"),
            Meaning::Number(_) => format!("the number {text}"),
            Meaning::Text if text.trim().is_empty() => "blank text".to_owned(),
            Meaning::Text => format!("the text {}", quoted(text)),
        },
    }
}

/// Text in quotes, cut short and without control characters.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("\"{shown}\"")
}

/// `a, b or c`.
fn list(words: &[&str]) -> String {
    match words.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

fn unknown_key(key: &str, what: &str, allowed: &[&str]) -> String {
    match nearest(key, allowed) {
        Some(known) => format!("{what} has no key {}; did you mean {known}?", quoted(key)),
        None => format!("{what} has no key {}; it takes {}", quoted(key), list(allowed)),
    }
}

/// The word most like `key`, if one is near enough to be what was meant.
pub(super) fn nearest<'w>(key: &str, words: &[&'w str]) -> Option<&'w str> {
    let length = key.chars().count();
    if length > 40 {
        return None;
    }
    let lower = key.to_lowercase().replace('-', "_");
    words
        .iter()
        .map(|word| (strsim::osa_distance(&lower, word), *word))
        .min()
        .filter(|(distance, word)| *distance <= 2.min(length.max(word.len()) / 3))
        .map(|(_, word)| word)
}
