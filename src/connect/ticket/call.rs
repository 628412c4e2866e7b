//! Calls and what comes back, as far as platforms agree.

use std::fmt::Write as _;

use serde_json::Value;

use crate::connect::endpoint::Endpoint;
use crate::connect::model::{Method, OutboundCall, OutboundResponse};

/// What every marker starts with.
const MARKER: &str = "kbmatch:";
/// Characters of the ULID in a marker.
const ULID_CHARACTERS: usize = 26;
/// What the addresses of feedback links end with before the signed value.
const FEEDBACK: &str = "/f/v1.";

/// A call without further headers.
pub(super) fn call(method: Method, path: String, body: Option<Value>) -> OutboundCall {
    OutboundCall { method, path, headers: Vec::new(), body }
}

/// Text as one segment of a path: whatever it holds, it leads no further.
pub(super) fn segment(text: &str) -> String {
    let mut segment = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'~') || (byte == b'.' && !is_dots(text)) {
            segment.push(char::from(byte));
        } else {
            let _ = write!(segment, "%{byte:02X}");
        }
    }
    segment
}

/// `.` and `..` would be taken for places in the path.
fn is_dots(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'.')
}

/// The ULID of a marker.
pub(super) fn ulid(marker: &str) -> &str {
    marker.strip_prefix(MARKER).unwrap_or(marker)
}

/// Whether a text is one of our notes: it has a marker, or a link to this server's feedback page.
pub(super) fn is_own_note(endpoint: &Endpoint, text: &str) -> bool {
    let marked = text.match_indices(MARKER).any(|(at, _)| {
        let ulid = text[at + MARKER.len()..].bytes().take(ULID_CHARACTERS);
        ulid.clone().count() == ULID_CHARACTERS && ulid.clone().all(|byte| byte.is_ascii_alphanumeric())
    });
    let has_link = |url: &String| text.contains(&format!("{url}{FEEDBACK}"));
    marked || endpoint.public_url.as_ref().is_some_and(has_link)
}

/// Whether somebody is the user that we post as.
pub(super) fn is_own_user(endpoint: &Endpoint, id: Option<&str>) -> bool {
    id.is_some() && endpoint.own_user.as_deref() == id
}

/// A setting that is a text.
pub(super) fn option<'e>(endpoint: &'e Endpoint, name: &str) -> Option<&'e str> {
    endpoint.options.get(name).and_then(toml::Value::as_str).filter(|text| !text.is_empty())
}

/// A setting that is a yes or no.
pub(super) fn is_set(endpoint: &Endpoint, name: &str) -> bool {
    endpoint.options.get(name).and_then(toml::Value::as_bool).unwrap_or(false)
}

/// The identifier at a pointer of a successful answer.
pub(super) fn id_at(response: &OutboundResponse, pointer: &str) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    id_of(value.pointer(pointer)?)
}

/// Notes on one page of a ticket's, where the platform lets us say so: the most that all of them give.
pub(super) const PER_PAGE: usize = 100;

/// How a platform sorts the notes of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sorted {
    OldestFirst,
    NewestFirst,
}

/// The identifier of the element with the marker, in the list at a pointer of an answer. A reply that quotes our note holds
/// its marker too, and comes after it: of several the oldest is ours.
pub(super) fn find(
    response: &OutboundResponse,
    (list, sorted): (&str, Sorted),
    key: &str,
    marker: &str,
) -> Option<String> {
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    // Wherever the platform keeps it: in the text, in a property, in metadata.
    let mut marked = value.pointer(list)?.as_array()?.iter().filter(|note| note.to_string().contains(ulid(marker)));
    let ours = match sorted {
        Sorted::OldestFirst => marked.next(),
        Sorted::NewestFirst => marked.next_back(),
    };
    id_of(ours?.get(key)?)
}

/// Whether the list at a pointer of an answer has as many elements as a page holds, so that more may come.
pub(super) fn is_full(response: &OutboundResponse, list: &str, per_page: usize) -> bool {
    let value: Option<Value> = serde_json::from_slice(&response.body).ok();
    let count = value.as_ref().and_then(|value| value.pointer(list)?.as_array()).map_or(0, Vec::len);
    count >= per_page
}

/// The number at a pointer of an answer.
pub(super) fn number_at(response: &OutboundResponse, pointer: &str) -> Option<u64> {
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    value.pointer(pointer)?.as_u64()
}

fn id_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_stays_one_segment() {
        for (text, path) in [
            ("OPS-7", "OPS-7"),
            ("a.b", "a.b"),
            ("..", "%2E%2E"),
            ("1/../2?x#y", "1%2F..%2F2%3Fx%23y"),
            ("é", "%C3%A9"),
        ] {
            assert_eq!(segment(text), path);
        }
    }
}
