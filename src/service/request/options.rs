//! Options of a match request: their names, their rules, and how they stand in a query.

use super::{FieldMistake, RequestError};
use crate::article::Slug;
use crate::engine::{Confidence, Explain, MatchOptions};
use crate::report::Hints;

/// Fields of the envelope.
pub(super) const ENVELOPE_FIELDS: [&str; 6] = ["text", "payload", "limit", "min_confidence", "hints", "explain"];
/// Fields of its `hints`.
pub(super) const HINT_FIELDS: [&str; 5] = ["product", "version", "route", "status", "locale"];
/// Parameters of the query.
const PARAMETERS: [&str; 8] = ["limit", "min_confidence", "explain", "product", "version", "route", "status", "locale"];

/// What `limit` must be.
pub(super) const LIMIT: &str = "a whole number from 1 to 20";
/// What `min_confidence` must be.
pub(super) const MIN_CONFIDENCE: &str = "a number from 0 to 1";
/// What `status` must be.
pub(super) const STATUS: &str = "an HTTP status from 100 to 599";

/// Reads `limit`.
pub(super) fn limit(written: &str) -> Option<usize> {
    written.parse().ok().filter(|limit| (1..=20).contains(limit))
}

/// Reads `min_confidence`.
pub(super) fn min_confidence(written: &str) -> Option<Confidence> {
    Confidence::new(written.parse().ok()?).ok()
}

/// Reads `status`.
pub(super) fn status(written: &str) -> Option<u16> {
    written.parse().ok().filter(|status| (100..=599).contains(status))
}

/// Reads `explain` where it is text.
pub(super) fn explain(written: &str) -> Result<Explain, String> {
    match written {
        "true" => Ok(Explain::Candidates),
        "false" | "" => Ok(Explain::None),
        id => match Slug::new(id) {
            Ok(id) => Ok(Explain::Article(id)),
            Err(error) => Err(format!("\"explain\" must be true, false or an article's id: {error}")),
        },
    }
}

/// Sets a hint that is text; an empty one says nothing.
pub(super) fn set_hint(hints: &mut Hints, name: &str, value: &str) {
    let value = Some(value.trim().to_owned()).filter(|value| !value.is_empty());
    match name {
        "product" => hints.product = value,
        "version" => hints.version = value,
        "route" => hints.route = value,
        "locale" => hints.locale = value,
        _ => {}
    }
}

/// Reads the options of a query.
pub(super) fn read_query(query: &[(String, String)], options: &mut MatchOptions) -> Result<(), RequestError> {
    for (name, value) in query {
        let wrong = |message: String| RequestError::Field {
            kind: FieldMistake::OutOfRange,
            field: name.clone(),
            message,
            place: None,
            nearest: None,
        };
        let must_be = |wanted: &str| {
            let value: String = value.chars().take(40).collect();
            wrong(format!("query parameter {name:?} must be {wanted}, {value:?} is not"))
        };
        match name.as_str() {
            "limit" => options.limit = limit(value).ok_or_else(|| must_be(LIMIT))?,
            "min_confidence" => {
                options.min_confidence = min_confidence(value).ok_or_else(|| must_be(MIN_CONFIDENCE))?;
            }
            "explain" => options.explain = explain(value).map_err(wrong)?,
            "status" => options.hints.status = Some(status(value).ok_or_else(|| must_be(STATUS))?),
            "product" | "version" | "route" | "locale" => set_hint(&mut options.hints, name, value),
            _ => return Err(unknown(name)),
        }
    }
    Ok(())
}

fn unknown(name: &str) -> RequestError {
    let shown: String = name.chars().take(60).collect();
    let nearest = crate::text::nearest(name, &PARAMETERS);
    let meant = match nearest {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("known are {}", PARAMETERS.join(", ")),
    };
    RequestError::Field {
        kind: FieldMistake::Unknown,
        message: format!("unknown query parameter {shown:?}; {meant}"),
        field: shown,
        place: None,
        nearest,
    }
}

/// Hints as the query that would send them.
pub(super) fn hints_as_query(hints: &Hints) -> Vec<(String, String)> {
    let status = hints.status.map(|status| status.to_string());
    let values = [&hints.product, &hints.version, &hints.route, &status, &hints.locale];
    let named = HINT_FIELDS.iter().zip(values);
    named.filter_map(|(name, value)| Some(((*name).to_owned(), value.clone()?))).collect()
}
