//! Conditions that must hold near each other or in order.

use super::found::Found;
use crate::report::{ByteSpan, Report};

/// Where one alternative stands: the view, its bytes there, and the lines it touches.
#[derive(Debug, Clone, Copy)]
struct Stand {
    child: usize,
    alternative: usize,
    view: usize,
    span: ByteSpan,
    first_line: usize,
    last_line: usize,
}

/// One alternative of each condition such that all lie in one view of one part, first to last within `within_lines`
/// lines, and in the order of the list when `ordered`. Conditions that hold without a place (an absent field, `none`)
/// take no part. The set that spans the fewest lines wins.
pub(super) fn nearest(
    alternatives: &[Vec<Found>],
    within_lines: Option<u32>,
    ordered: bool,
    report: &Report,
) -> Option<Found> {
    let placed: Vec<usize> = (0..alternatives.len())
        .filter(|&child| alternatives[child].iter().any(|found| found.places.iter().any(|p| p.view.is_some())))
        .collect();
    let stands = stands_by_view(alternatives, &placed, report);
    let most_lines = within_lines.map_or(usize::MAX, |lines| lines as usize);
    let mut best: Option<(usize, Vec<Stand>)> = None;
    for view in stands {
        for (index, &first) in view.iter().enumerate() {
            let set = if ordered { in_order(&view[index..], &placed) } else { around(&view[index..], &placed) };
            let Some(set) = set else { continue };
            let last_line = set.iter().map(|stand| stand.last_line).max().unwrap_or(first.last_line);
            let lines = last_line - first.first_line + 1;
            if lines <= most_lines && best.as_ref().is_none_or(|(fewest, _)| lines < *fewest) {
                best = Some((lines, set));
            }
        }
    }
    let (_, set) = best?;
    let mut places = Vec::new();
    for (child, found) in alternatives.iter().enumerate() {
        let chosen = set.iter().find(|stand| stand.child == child).map_or(0, |stand| stand.alternative);
        places.extend(found.get(chosen)?.places.iter().cloned());
    }
    Some(Found { places })
}

/// Every alternative with a place, grouped by view, in text order.
fn stands_by_view(alternatives: &[Vec<Found>], placed: &[usize], report: &Report) -> Vec<Vec<Stand>> {
    let mut by_view: std::collections::BTreeMap<usize, Vec<Stand>> = std::collections::BTreeMap::new();
    for &child in placed {
        for (alternative, found) in alternatives[child].iter().enumerate() {
            let mut places = found.places.iter().filter_map(|place| Some((place.view?, place.span)));
            let Some((view, first)) = places.next() else { continue };
            let span = places.filter(|&(v, _)| v == view).fold(first, |cover, (_, span)| cover.cover(span));
            by_view.entry(view).or_default().push(Stand {
                child,
                alternative,
                view,
                span,
                first_line: 0,
                last_line: 0,
            });
        }
    }
    let mut views: Vec<Vec<Stand>> = by_view.into_values().collect();
    for stands in &mut views {
        stands.sort_by_key(|stand| (stand.span.start(), stand.child));
        number_lines(stands, report);
    }
    views
}

/// Fills in line numbers by one pass over the view's text.
fn number_lines(stands: &mut [Stand], report: &Report) {
    let Some(view) = stands.first().map(|stand| stand.view) else { return };
    let text = report.view_text(view).as_bytes();
    let breaks: Vec<usize> = memchr::memchr_iter(b'\n', text).collect();
    for stand in stands {
        stand.first_line = breaks.partition_point(|&at| at < stand.span.start());
        stand.last_line = breaks.partition_point(|&at| at < stand.span.end().max(1) - 1);
    }
}

/// The first stand and, for every other condition, the next stand that begins after the one before ends.
fn in_order(stands: &[Stand], placed: &[usize]) -> Option<Vec<Stand>> {
    let mut set: Vec<Stand> = Vec::with_capacity(placed.len());
    for &child in placed {
        let after = set.last().map_or(0, |last: &Stand| last.span.end());
        let next = stands.iter().find(|stand| stand.child == child && stand.span.start() >= after)?;
        if set.is_empty() && stands.first().is_none_or(|first| first.child != child) {
            return None;
        }
        set.push(*next);
    }
    Some(set)
}

/// The first stand and the next stand of every other condition.
fn around(stands: &[Stand], placed: &[usize]) -> Option<Vec<Stand>> {
    placed.iter().map(|&child| stands.iter().find(|stand| stand.child == child).copied()).collect()
}
