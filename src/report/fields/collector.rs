//! Takes fields in, once each and within the limit.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::Arc;

use super::synonyms::{self, Canonical, WellKnown};
use super::{Field, FieldValue, Fields, ObjectId};
use crate::report::decode::Limits;
use crate::report::{ByteSpan, Hints, Part, SegmentMap, View, ViewIndex, span_in_part, text_of};

/// Segments of a path that are kept, from its end; with deep nesting the paths would outweigh the text by far.
const MAX_SEGMENTS: usize = 32;
/// A path of this many segments more counts as one field more.
const SEGMENTS_PER_FIELD: usize = 8;
/// Longest segment of a path, in bytes; every member below a longer name would carry it.
const MAX_SEGMENT: usize = 200;

/// Fields in the making.
pub(super) struct Collector<'a> {
    pub(super) parts: &'a [Part],
    pub(super) views: &'a [View],
    limits: &'a Limits,
    fields: Fields,
    spent: usize,
    /// What was taken from texts, as a hash of part, place and path, with the object made for a container.
    seen: HashMap<u64, Option<ObjectId>>,
    hasher: RandomState,
    /// Names of `key: value` pairs as written.
    names: HashMap<String, Key>,
}

/// A name below a fixed first segment, and what it is another spelling of.
#[derive(Debug, Clone)]
struct Key {
    path: Arc<[String]>,
    canonical: Option<Canonical>,
}

/// A text that is read and how its bytes are found in a view.
#[derive(Debug, Clone)]
pub(super) struct Source<'a> {
    pub(super) view: ViewIndex,
    pub(super) text: Cow<'a, str>,
    /// From this text to the view, innermost first: a string inside a document of the view was decoded.
    pub(super) maps: Vec<Arc<SegmentMap>>,
    /// Another text of the part may show the same value.
    pub(super) repeats: bool,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) view: ViewIndex,
    pub(super) span: ByteSpan,
    /// The same value may be found again in another reading of the part.
    pub(super) repeats: bool,
}

impl Source<'_> {
    /// The place of a span of this text.
    pub(super) fn place(&self, span: ByteSpan) -> Place {
        let span = self.maps.iter().fold(span, |span, map| map.to_parent(span));
        Place { view: self.view, span, repeats: self.repeats }
    }
}

impl<'a> Collector<'a> {
    pub(super) fn new(parts: &'a [Part], views: &'a [View], limits: &'a Limits) -> Self {
        Self {
            parts,
            views,
            limits,
            fields: Fields::default(),
            spent: 0,
            seen: HashMap::new(),
            hasher: RandomState::new(),
            names: HashMap::new(),
        }
    }

    pub(super) fn into_fields(self) -> Fields {
        self.fields
    }

    pub(super) fn is_full(&self) -> bool {
        self.fields.len() >= self.limits.fields || self.spent >= self.limits.fields
    }

    /// Most JSON values that one text is read for.
    pub(super) fn nodes_left(&self) -> usize {
        self.limits.json_nodes.min(2 * self.limits.fields.saturating_sub(self.spent))
    }

    /// Text of a view.
    pub(super) fn text(&self, view: ViewIndex) -> &'a str {
        text_of(self.parts, &self.views[view])
    }

    /// What the caller said of the report.
    pub(super) fn add_hints(&mut self, hints: &Hints) {
        let Hints { product, version, route, status, locale } = hints;
        let texts = [
            (WellKnown::Product, product),
            (WellKnown::Version, version),
            (WellKnown::Route, route),
            (WellKnown::Locale, locale),
        ];
        for (name, value) in texts {
            if let Some(value) = value {
                self.push(name.path(), FieldValue::Text(value.clone()), None, None);
            }
        }
        if let Some(status) = status {
            let value = FieldValue::Number(f64::from(*status), status.to_string());
            self.push(WellKnown::Status.path(), value, None, None);
        }
    }

    /// Makes an object inside another.
    pub(super) fn object(&mut self, parent: Option<ObjectId>) -> ObjectId {
        self.fields.add_object(parent)
    }

    /// Adds a container that is not empty and returns its object: the one it got when another reading showed it.
    pub(super) fn container(&mut self, path: &[String], place: Option<Place>, parent: Option<ObjectId>) -> ObjectId {
        let fingerprint = place.filter(|place| place.repeats).map(|place| {
            // Where a container ends depends on how its text was read.
            self.fingerprint(path, Place { span: ByteSpan::new(place.span.start(), place.span.start()), ..place })
        });
        if let Some(fingerprint) = fingerprint
            && let Some(Some(object)) = self.seen.get(&fingerprint)
        {
            return *object;
        }
        let object = self.fields.add_object(parent);
        if let Some(fingerprint) = fingerprint {
            self.seen.insert(fingerprint, Some(object));
        }
        if !path.is_empty() {
            self.push(tail(path), FieldValue::Container, place, parent);
        }
        object
    }

    /// Adds a value at a path, and again under the name that its key is a spelling of.
    pub(super) fn value(&mut self, path: &[String], value: FieldValue, place: Place, object: Option<ObjectId>) {
        if path.is_empty() || self.is_full() || !self.is_new(path, place) {
            return;
        }
        let path = tail(path);
        if let Some(canonical) = synonyms::of_path(&path) {
            synonyms::derive(self, canonical, &path, &value, place, object);
        }
        self.push(path, value, Some(place), object);
    }

    /// Adds the value of a form field, header or pair.
    pub(super) fn named(&mut self, group: &str, name: &str, value: FieldValue, place: Place, object: Option<ObjectId>) {
        if self.is_full() {
            return;
        }
        let Key { path, canonical } = self.key(group, name);
        if !self.is_new(&path, place) {
            return;
        }
        if let Some(canonical) = canonical {
            synonyms::derive(self, canonical, &path, &value, place, object);
        }
        self.push(path, value, Some(place), object);
    }

    /// Adds a value under a well-known name, once for a place.
    pub(super) fn canonical(&mut self, name: WellKnown, value: FieldValue, place: Place, object: Option<ObjectId>) {
        if self.is_full() {
            return;
        }
        let path = name.path();
        // One place may give two values, such as a type with and without its package.
        let written = match &value {
            FieldValue::Text(text) | FieldValue::Number(_, text) => text.as_str(),
            FieldValue::Bool(_) | FieldValue::Empty | FieldValue::Container => "",
        };
        let fingerprint = self.hasher.hash_one((self.fingerprint(&path, place), written));
        if self.seen.insert(fingerprint, None).is_none() {
            self.push(path, value, Some(place), object);
        }
    }

    /// What the name of a pair is another spelling of.
    pub(super) fn meaning(&mut self, name: &str) -> Option<Canonical> {
        self.key("form", name).canonical
    }

    fn key(&mut self, group: &str, name: &str) -> Key {
        // Headers are few; the names of pairs repeat on every line of a log.
        if group != "form" {
            return Key::new(group, name);
        }
        if let Some(key) = self.names.get(name) {
            return key.clone();
        }
        let key = Key::new(group, name);
        self.names.insert(name.to_owned(), key.clone());
        key
    }

    fn is_new(&mut self, path: &[String], place: Place) -> bool {
        if !place.repeats {
            return true;
        }
        match self.seen.entry(self.fingerprint(path, place)) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(None);
                true
            }
        }
    }

    fn fingerprint(&self, path: &[String], place: Place) -> u64 {
        let span = span_in_part(self.views, place.view, place.span);
        self.hasher.hash_one((self.views[place.view].part, span, path))
    }

    fn push(&mut self, path: Arc<[String]>, value: FieldValue, place: Option<Place>, object: Option<ObjectId>) {
        if self.is_full() {
            return;
        }
        self.spent += 1 + path.len() / SEGMENTS_PER_FIELD;
        let (view, span) = place.map_or((None, ByteSpan::new(0, 0)), |place| (Some(place.view), place.span));
        self.fields.push(Field { path, value, view, span, object });
    }
}

impl Key {
    fn new(group: &str, name: &str) -> Self {
        let mut path = vec![group.to_owned()];
        push_segments(&mut path, name);
        Self { canonical: synonyms::of_name(name), path: path.into() }
    }
}

/// Appends a member's name to a path, in lower case. A name with dots is several segments: no path in a `where` could
/// name it otherwise.
pub(super) fn push_segments(path: &mut Vec<String>, name: &str) {
    let name = &name[..name.floor_char_boundary(MAX_SEGMENT)];
    let before = path.len();
    if name.contains('.') {
        path.extend(name.split('.').filter(|segment| !segment.is_empty()).map(str::to_lowercase));
    }
    if path.len() == before {
        path.push(name.to_lowercase());
    }
}

fn tail(path: &[String]) -> Arc<[String]> {
    path[path.len().saturating_sub(MAX_SEGMENTS)..].into()
}
