//! Readings of a part: the raw text first, then what comes out when encodings are peeled off it, layer by layer.
//!
//! A view is the whole text of its parent with the encoded pieces decoded in place, so that cut, unbalanced and mixed
//! texts work. Each layer is a module with a `peel` function that returns the decoded text and its map, or nothing when
//! the text holds none of its kind. Two kinds of layers: *decoders* change what the text says (escapes, transfer
//! encodings, markup) and count towards the depth limit; *cleaners* remove what only dresses it (colours, invisible
//! characters, mail quoting, line breaks), are applied in a fixed order to every reading and do not count. Decoders are
//! tried on the cleaned text.
//!
//! Readings are found breadth first. On each level every decoder is tried on every reading of the level above, and those
//! that decoded most are kept, a fair share of the budget for each level: a long message four layers deep is not lost to
//! a text that holds a little of everything. A reading whose text has been seen is dropped.

mod ansi;
mod base64;
mod doubled_quote;
mod email_quote;
mod entities;
mod html;
mod html_entity;
mod invisible;
mod json_string;
mod line_wrap;
mod percent;
mod quoted_printable;
mod reader;
mod rewrite;
mod triggers;

#[cfg(test)]
mod tests;

use super::decode::Limits;
use super::{Part, View};

/// The text of HTML: tags and comments dropped, the edges of blocks as line breaks, character references decoded once.
pub fn text_of_html(html: &str) -> std::borrow::Cow<'_, str> {
    html::peel_html(html).map_or(std::borrow::Cow::Borrowed(html), |(text, _)| text.into())
}

/// Reads parts in all ways within the limits: for each part its raw view, then decoded ones, fewest layers first. Says
/// in `limits_reached`, once each, which limits left something unread. Decoded text and the maps back to the parts
/// together take at most `limits.view_bytes`.
pub(super) fn read_views(parts: &[Part], limits: &Limits, limits_reached: &mut Vec<String>) -> Vec<View> {
    let mut reader = reader::Reader::new(parts, limits);
    for part in 0..parts.len() {
        reader.read_part(part);
    }
    reader.finish(limits_reached)
}

/// The character of a Windows-1252 byte.
fn windows_1252(byte: u8) -> char {
    let bytes = [byte];
    let (text, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
    text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
}
