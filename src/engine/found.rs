//! Where a condition holds.

use std::sync::Arc;

use super::EvidenceKind;
use crate::report::{ByteSpan, Report, ViewIndex};

/// A place in a report that helped a condition to hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) kind: EvidenceKind,
    /// The condition as written.
    pub(super) label: Arc<str>,
    /// `None` when the value came with the request's hints.
    pub(super) view: Option<ViewIndex>,
    /// Where in the view.
    pub(super) span: ByteSpan,
    /// Wildcards and groups, decoded.
    pub(super) captures: Vec<(String, String)>,
    /// What it says, see [`TextMatcher::weight`].
    pub(super) weight: f64,
}

/// One way in which a condition holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Found {
    pub(super) places: Vec<Place>,
}

impl Found {
    /// What all its places say together.
    pub(super) fn weight(&self) -> f64 {
        self.places.iter().map(|place| place.weight).sum()
    }

    /// Its places in text, by part and byte range there; its fields when it has no text.
    pub(super) fn anchors(&self, report: &Report) -> Vec<(usize, ByteSpan)> {
        let in_text = self.places.iter().any(Place::is_text);
        self.places
            .iter()
            .filter(|place| !in_text || place.is_text())
            .filter_map(|place| place.in_part(report))
            .collect()
    }
}

impl Place {
    fn is_text(&self) -> bool {
        !matches!(self.kind, EvidenceKind::Where | EvidenceKind::Support | EvidenceKind::Context)
    }

    /// The part and the bytes in it; `None` for hints.
    pub(super) fn in_part(&self, report: &Report) -> Option<(usize, ByteSpan)> {
        let view = self.view?;
        Some((report.views[view].part, report.part_span(view, self.span)))
    }
}
