//! Fields: named values found in a report.
//!
//! [`find`] reads them from the hints, from parts that are JSON values or form fields, from JSON documents inside texts
//! and from what texts say: `key: value` pairs, first lines of errors, HTTP requests and responses. Every value keeps the
//! path it was written at; well-known ones are there a second time under one name for all spellings (`http.status`).

mod collector;
mod documents;
mod members;
mod parts;
mod synonyms;
mod text;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::Arc;

use super::decode::Limits;
use super::{ByteSpan, FieldPath, Hints, Part, PathSegment, View, ViewIndex};
use collector::Collector;

/// Number of an object (or array) that holds fields; objects of different documents never share one.
pub type ObjectId = usize;

/// A named value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Full path, lower-case segments: `["payload", "details", "error"]`, `["form", "passkey"]`, `["http", "status"]`.
    /// Fields of one name share it.
    pub path: Arc<[String]>,
    /// The value.
    pub value: FieldValue,
    /// View in which the value stands; `None` when it came with the request's hints.
    pub view: Option<ViewIndex>,
    /// Where the value stands in that view; empty for values of no extent.
    pub span: ByteSpan,
    /// The object that holds it directly; `None` when it stands in no object.
    pub object: Option<ObjectId>,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum FieldValue {
    /// Text, decoded.
    Text(String),
    /// A number and how it was written.
    Number(f64, String),
    /// A truth value.
    Bool(bool),
    /// `null`, `[]` or `{}`.
    Empty,
    /// An object or array that is not empty.
    Container,
}

/// Finds the fields of a report: at most `limits.fields`, at a cost linear in the texts of parts and views. Hints come
/// first, then values of JSON and forms, then what texts say.
pub(super) fn find(parts: &[Part], views: &[View], hints: &Hints, limits: &Limits) -> Fields {
    let mut collector = Collector::new(parts, views, limits);
    collector.add_hints(hints);
    parts::read(&mut collector);
    text::read(&mut collector);
    collector.into_fields()
}

/// All fields of a report, found by the end of their path.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    items: Vec<Field>,
    by_last: HashMap<String, Vec<usize>>,
    object_parents: Vec<Option<ObjectId>>,
}

impl Fields {
    /// Every field, in the order found.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.items.iter()
    }

    /// Number of fields.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Makes a new object inside `parent`.
    pub fn add_object(&mut self, parent: Option<ObjectId>) -> ObjectId {
        self.object_parents.push(parent);
        self.object_parents.len() - 1
    }

    /// Adds a field.
    pub fn push(&mut self, field: Field) {
        if let Some(last) = field.path.last() {
            match self.by_last.get_mut(last) {
                Some(indices) => indices.push(self.items.len()),
                None => {
                    self.by_last.insert(last.clone(), vec![self.items.len()]);
                }
            }
            self.items.push(field);
        }
    }

    /// The object that holds an object, if any.
    pub fn parent_of(&self, object: ObjectId) -> Option<ObjectId> {
        self.object_parents.get(object).copied().flatten()
    }

    /// The fields whose path ends with `path`, in the order found.
    pub fn find<'r, 'p>(&'r self, path: &'p FieldPath) -> impl Iterator<Item = &'r Field> + use<'r, 'p> {
        let wanted = path.segments();
        // Only a path that ends in `*` has to look at every field.
        let (named, all) = match wanted.last() {
            Some(PathSegment::Key(key)) => (self.by_last.get(key).map_or(&[][..], Vec::as_slice), 0..0),
            _ => (&[][..], 0..self.items.len()),
        };
        let indices = named.iter().copied().chain(all);
        indices.map(|index| &self.items[index]).filter(move |field| ends_with(&field.path, wanted))
    }
}

fn ends_with(path: &[String], wanted: &[PathSegment]) -> bool {
    path.len() >= wanted.len()
        && path[path.len() - wanted.len()..].iter().zip(wanted).all(|(have, want)| match want {
            PathSegment::Any => true,
            PathSegment::Key(key) => have == key,
        })
}
