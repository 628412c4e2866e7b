//! Fields that are parts: values of a JSON body or file, and form fields.

use super::collector::{Collector, Place};
use super::members::Walk;
use super::{FieldValue, ObjectId};
use crate::report::{ByteSpan, Part, PartAddress, PartKind};

/// Reads the parts that are values.
pub(super) fn read(collector: &mut Collector<'_>) {
    let mut document = Document::default();
    let mut form: Option<ObjectId> = None;
    let views = collector.views;
    for (index, view) in views.iter().enumerate().filter(|(_, view)| view.parent.is_none()) {
        let part = &collector.parts[view.part];
        let place = Place { view: index, span: ByteSpan::new(0, part.text.len()), repeats: false };
        match &part.address {
            PartAddress::Pointer(pointer) => document.read(collector, None, pointer, part, place),
            PartAddress::File { name, pointer: Some(pointer) } => {
                document.read(collector, Some(name), pointer, part, place);
            }
            PartAddress::Form(name) => {
                let object = *form.get_or_insert_with(|| {
                    let root = collector.object(None);
                    collector.object(Some(root))
                });
                collector.named("form", name, value_of(part), place, Some(object));
            }
            PartAddress::Body | PartAddress::File { pointer: None, .. } => {}
        }
    }
}

/// The document whose values are being read; they stand in document order.
#[derive(Default)]
struct Document<'a> {
    file: Option<&'a str>,
    walk: Walk,
    /// Tokens of the pointers to the containers entered below the outermost.
    tokens: Vec<&'a str>,
}

impl<'a> Document<'a> {
    fn read(
        &mut self,
        collector: &mut Collector<'_>,
        file: Option<&'a String>,
        pointer: &'a str,
        part: &Part,
        place: Place,
    ) {
        let file = file.map(String::as_str);
        let Some(pointer) = pointer.strip_prefix('/') else { return };
        let (containers, last) = pointer.rsplit_once('/').map_or((None, pointer), |(all, last)| (Some(all), last));
        let start = Place { span: ByteSpan::new(0, 0), ..place };
        if self.file != file || self.walk.depth() == 0 {
            *self = Self { file, walk: Walk::default(), tokens: Vec::new() };
            self.walk.enter(collector, None, start);
        }
        let mut shared = 0;
        for token in containers.into_iter().flat_map(|containers| containers.split('/')) {
            if self.tokens.get(shared) != Some(&token) {
                self.tokens.truncate(shared);
                self.walk.leave_to(1 + shared);
                self.tokens.push(token);
                self.walk.enter(collector, Some(&unescape(token)), start);
            }
            shared += 1;
        }
        self.tokens.truncate(shared);
        self.walk.leave_to(1 + shared);
        self.walk.leaf(collector, &unescape(last), value_of(part), place);
    }
}

/// Name that a token of a JSON pointer stands for (RFC 6901, section 4).
fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

fn value_of(part: &Part) -> FieldValue {
    match part.kind {
        PartKind::Text | PartKind::Html => FieldValue::Text(part.text.clone()),
        PartKind::Number => number(&part.text),
        PartKind::Bool => FieldValue::Bool(part.text == "true"),
        PartKind::Null | PartKind::EmptyArray | PartKind::EmptyObject => FieldValue::Empty,
    }
}

/// A number as written; text when it is none after all (`NaN` of a lenient document).
pub(super) fn number(written: &str) -> FieldValue {
    match written.parse::<f64>() {
        Ok(number) if number.is_finite() => FieldValue::Number(number, written.to_owned()),
        _ => FieldValue::Text(written.to_owned()),
    }
}
