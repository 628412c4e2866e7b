//! The way through nested values, from outside in.

use super::collector::{Collector, Place, push_segments};
use super::{FieldValue, ObjectId};

/// Lists whose elements are objects with a name and a value, and the first segment under which each is found
/// (HTTP Archive 1.2: `headers`, `postData.params`).
const NAMED_LISTS: [(&str, &str); 2] = [("params", "form"), ("headers", "header")];

/// A walk over the values of one document.
#[derive(Debug, Default)]
pub(super) struct Walk {
    path: Vec<String>,
    open: Vec<Level>,
}

/// A container that is entered.
#[derive(Debug)]
struct Level {
    object: ObjectId,
    /// Segments of the path outside it.
    outside: usize,
    /// Its members `name` and `value`, when it may be an element of a [`NAMED_LISTS`] list.
    name: Option<String>,
    value: Option<(FieldValue, Place)>,
}

impl Walk {
    /// Number of containers entered.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Leaves containers until `depth` are entered.
    pub(super) fn leave_to(&mut self, depth: usize) {
        while self.open.len() > depth {
            if let Some(level) = self.open.pop() {
                self.path.truncate(level.outside);
            }
        }
    }

    /// Enters a container that is not empty; the outermost has no key.
    pub(super) fn enter(&mut self, collector: &mut Collector<'_>, key: Option<&str>, place: Place) {
        let outside = self.path.len();
        if let Some(key) = key {
            push_segments(&mut self.path, key);
        }
        let object = collector.container(&self.path, Some(place), self.object());
        self.open.push(Level { object, outside, name: None, value: None });
    }

    /// Adds a scalar or an empty container.
    pub(super) fn leaf(&mut self, collector: &mut Collector<'_>, key: &str, value: FieldValue, place: Place) {
        let outside = self.path.len();
        push_segments(&mut self.path, key);
        self.note_element(collector, key, &value, place);
        collector.value(&self.path, value, place, self.object());
        self.path.truncate(outside);
    }

    fn object(&self) -> Option<ObjectId> {
        self.open.last().map(|level| level.object)
    }

    /// Notes a `name` or `value` of an element of a named list and adds the pair once both are there.
    fn note_element(&mut self, collector: &mut Collector<'_>, key: &str, value: &FieldValue, place: Place) {
        let [.., list, element] = self.open.as_mut_slice() else { return };
        // The list's own name stands last in the path of its elements' outside.
        let Some(list_name) = element.outside.checked_sub(1).and_then(|at| self.path.get(at)) else { return };
        let Some((_, group)) = NAMED_LISTS.iter().find(|(name, _)| name == list_name) else { return };
        match (key, value) {
            ("name", FieldValue::Text(name)) => element.name = Some(name.clone()),
            ("value", _) => element.value = Some((value.clone(), place)),
            _ => return,
        }
        if let (Some(name), Some((value, place))) = (&element.name, &element.value) {
            collector.named(group, name, value.clone(), *place, Some(list.object));
            (element.name, element.value) = (None, None);
        }
    }
}
