//! Reports: what comes in, made readable.
//!
//! `decode` turns request bytes into [`Part`]s, the pieces a caller can address. Every part is then read in several
//! ways: each [`View`] is one reading after a decoding step and carries a [`SegmentMap`] back to the text it was made
//! from, so a place found in any view is known as byte offsets of its part. [`Fields`] are the named values found in
//! parts and views. No I/O, and nothing here knows of articles or signatures.

pub mod decode;
mod fields;
mod hints;
pub mod json;
mod normalise;
mod part;
mod path;
pub mod recognise;
mod redact;
mod span;
pub mod stack;
mod told;
mod view;
mod views;

use std::sync::OnceLock;

pub use decode::{DecodeError, Incoming, Limits, decode};
pub use fields::{Field, FieldValue, Fields, ObjectId};
pub use hints::Hints;
pub use normalise::{Normalised, normalise};
pub use part::{Part, PartAddress, PartIndex, PartKind};
pub use path::{FieldPath, PathSegment};
pub(crate) use redact::redact_quote;
pub use redact::{redact, redact_address, redact_around, redact_report, redact_span};
pub use span::ByteSpan;
pub use view::{Layer, Segment, SegmentMap, View, ViewIndex};
pub use views::text_of_html;

/// A decoded report.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What the caller can address, in document order.
    pub parts: Vec<Part>,
    /// Readings of the parts: for each part its raw view first, then decoded ones, fewest layers first.
    pub views: Vec<View>,
    /// Limits that were reached, in words for people; what lies beyond them was not read.
    pub limits_reached: Vec<String>,
    /// Found when first asked for: most signatures look at texts alone.
    fields: OnceLock<Fields>,
    hints: Hints,
    limits: Limits,
}

/// Fewer values than this come from a byte of text: a pair needs a name and a value, and a value has few names.
const FIELDS_PER_BYTE: usize = 4;

impl Report {
    /// Reads parts: makes their views and finds the fields. Everything in a report derives from its parts and hints, so
    /// stored parts give the same report again.
    pub fn from_parts(parts: Vec<Part>, hints: &Hints, limits: &Limits) -> Self {
        let mut limits_reached = Vec::new();
        let views = views::read_views(&parts, limits, &mut limits_reached);
        let mut report = Self {
            parts,
            views,
            limits_reached,
            fields: OnceLock::new(),
            hints: hints.clone(),
            limits: limits.clone(),
        };
        let bytes: usize = (0..report.views.len()).map(|view| report.view_text(view).len()).sum();
        if FIELDS_PER_BYTE * (bytes + report.parts.len()) >= limits.fields && report.fields().len() >= limits.fields {
            report.limits_reached.push(format!("fields beyond {} were left out", limits.fields));
        }
        report
    }

    /// Named values found in parts, views and hints.
    pub fn fields(&self) -> &Fields {
        self.fields.get_or_init(|| fields::find(&self.parts, &self.views, &self.hints, &self.limits))
    }

    /// Text of a view.
    pub fn view_text(&self, view: ViewIndex) -> &str {
        text_of(&self.parts, &self.views[view])
    }

    /// Maps a span of a view to the bytes of its part that it was read from: through every layer, widened to whole
    /// encoded pieces where a layer replaced text. The result always lies on character boundaries of the part.
    pub fn part_span(&self, view: ViewIndex, span: ByteSpan) -> ByteSpan {
        span_in_part(&self.views, view, span)
    }

    /// The layers between a part and a view of it, outermost first.
    pub fn decoded_by(&self, view: ViewIndex) -> Vec<Layer> {
        let mut layers = Vec::new();
        let mut next = Some(view);
        while let Some(index) = next {
            layers.extend(self.views[index].layer);
            next = self.views[index].parent;
        }
        layers.reverse();
        layers
    }

    /// Whether nothing readable came in: no part holds anything but white space.
    pub fn is_empty(&self) -> bool {
        self.parts.iter().all(|part| part.text.trim().is_empty())
    }
}

/// Text of a view of these parts.
fn text_of<'a>(parts: &'a [Part], view: &'a View) -> &'a str {
    match &view.decoded {
        Some(decoded) => decoded,
        None => &parts[view.part].text,
    }
}

/// The bytes of its part that a span of a view was read from.
fn span_in_part(views: &[View], view: ViewIndex, span: ByteSpan) -> ByteSpan {
    let mut view = &views[view];
    let mut span = span;
    while let Some(parent) = view.parent {
        span = view.map.to_parent(span);
        view = &views[parent];
    }
    span
}
