//! The seed's payload in every wrapping and every pair of wrappings.

use kbmatch::engine::Outcome;
use kbmatch::report::{Hints, Incoming, Limits, decode};

use crate::knowledge::answer;
use crate::seed::{ID, PAYLOAD};
use crate::wrapped::{Body, WRAPPINGS, wrap, wrap_twice};

fn verdict(body: &Body) -> Result<(), String> {
    let incoming =
        Incoming { body: &body.bytes, content_type: Some(body.content_type), content_encoding: body.content_encoding };
    let report = decode(incoming, &Hints::default(), &Limits::default()).map_err(|error| error.to_string())?;
    let found = answer(&report);
    match found.matches.first() {
        Some(first) if first.article.id.as_str() == ID && found.outcome == Outcome::Match => Ok(()),
        Some(first) => Err(format!("{} ({:?})", first.article.id, found.outcome)),
        None => Err("no match".to_owned()),
    }
}

#[test]
fn the_payload_is_found_in_every_wrapping() {
    let failed: Vec<String> = WRAPPINGS
        .iter()
        .filter_map(|(name, wrapping)| verdict(&wrap(PAYLOAD, *wrapping)).err().map(|e| format!("{name}: {e}")))
        .collect();
    assert_eq!(failed, Vec::<String>::new());
}

#[test]
fn the_payload_is_found_in_every_pair_of_wrappings() {
    let mut failed = Vec::new();
    let mut tried = 0;
    for (inner_name, inner) in WRAPPINGS {
        for (outer_name, outer) in WRAPPINGS {
            tried += 1;
            if let Err(error) = verdict(&wrap_twice(PAYLOAD, inner, outer)) {
                failed.push(format!("{inner_name} in {outer_name}: {error}"));
            }
        }
    }
    assert_eq!(tried, WRAPPINGS.len() * WRAPPINGS.len());
    assert!(failed.is_empty(), "{} of {tried} pairs:\n{}", failed.len(), failed.join("\n"));
}
