//! Readings of whole parts: every pair of wrappings, properties of any text, and hostile texts.

mod hostile;
mod pairs;
mod properties;
mod readings;
mod wrappers;

use crate::report::{Hints, Limits, Part, PartAddress, PartKind, Report};

fn read(text: &str) -> Report {
    read_within(text, &Limits::default())
}

fn read_within(text: &str, limits: &Limits) -> Report {
    read_as(text, PartKind::Text, limits)
}

fn read_as(text: &str, kind: PartKind, limits: &Limits) -> Report {
    let part = Part { address: PartAddress::Body, text: text.to_owned(), kind };
    Report::from_parts(vec![part], &Hints::default(), limits)
}

/// The texts of all views, the raw one first.
fn texts(report: &Report) -> Vec<&str> {
    (0..report.views.len()).map(|view| report.view_text(view)).collect()
}
