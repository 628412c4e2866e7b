//! Secrets overwritten, length kept: what is stored, logged or sent on goes through here.
//!
//! Letters of a secret become `x` and digits `0`; error codes, field names and all other text stay, so a redacted report
//! matches as the original did. When in doubt more is overwritten, never less.

use std::borrow::Cow;
use std::collections::HashMap;

use super::recognise::{NamedSecret, Piece, PieceKind, is_quiet, is_quiet_from, looks_secret, named_secret, recognise};
use super::{ByteSpan, Layer, Part, PartAddress, PartKind, Report, ViewIndex};

/// How far around a span is read for what makes it secret, in bytes.
const AROUND: usize = 1_024;
/// How often a text is read again for secrets that show only after others are gone, before all of it is overwritten.
const MAX_ROUNDS: usize = 6;

/// Overwrites tokens, cookies, credentials, passwords, private keys, card numbers and e-mail addresses. Keeps the length
/// in bytes; redacting the result again changes nothing.
pub fn redact(text: &str) -> Cow<'_, str> {
    if is_quiet(text) {
        return Cow::Borrowed(text);
    }
    let mut current = Cow::Borrowed(text);
    for _ in 0..MAX_ROUNDS {
        let pieces = recognise(&current);
        if pieces.iter().all(|piece| !piece.secret) {
            return current;
        }
        let mut bytes = Overwriter::new(&current);
        pieces.iter().filter(|piece| piece.secret).for_each(|piece| bytes.piece(*piece));
        match bytes.finish() {
            None => return current,
            Some(redacted) => current = Cow::Owned(redacted),
        }
    }
    let mut bytes = Overwriter::new(&current);
    bytes.everything(ByteSpan::new(0, current.len()));
    bytes.finish().map_or(current, Cow::Owned)
}

/// The redacted text of every part of a report, in order. Looks at every view, so that secrets in base64, URL-encoded or
/// escaped text are overwritten where they stand in the part; a part with a secret name is overwritten whole.
pub fn redact_report(report: &Report) -> Vec<String> {
    let mut texts: Vec<Overwriter> = report.parts.iter().map(|part| Overwriter::new(&part.text)).collect();
    let pair_names = pair_names(&report.parts);
    for (text, part) in texts.iter_mut().zip(&report.parts) {
        if is_named_secret(part, |object| pair_names.get(object).copied()) {
            text.everything(ByteSpan::new(0, text.bytes.len()));
        }
    }
    for (index, view) in report.views.iter().enumerate() {
        let Some(text) = texts.get_mut(view.part) else { continue };
        if is_quiet(report.view_text(index)) {
            continue;
        }
        let pieces = recognise(report.view_text(index));
        for piece in pieces.into_iter().filter(|piece| piece.secret) {
            let span = report.part_span(index, piece.span);
            if view.parent.is_none() {
                text.piece(piece);
            } else if is_base64(report, index) {
                text.base64(span);
            } else {
                text.encoded(piece, span);
            }
        }
    }
    texts
        .into_iter()
        .map(|text| {
            let text = text.into_text();
            match redact(&text) {
                Cow::Borrowed(_) => text,
                Cow::Owned(redacted) => redacted,
            }
        })
        .collect()
}

/// A span of a text, redacted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    /// What is shown.
    pub(crate) text: String,
    /// Nothing secret was found in it or around it, nor would be in it alone.
    pub(crate) is_plain: bool,
}

/// The redacted text of a span of a part, read with what stands around it on its lines; a part with a secret name is
/// overwritten whole.
pub fn redact_span(report: &Report, part: usize, span: ByteSpan) -> String {
    redact_quote(report, part, span).text
}

/// The same, and whether there was anything to hide.
pub(crate) fn redact_quote(report: &Report, part: usize, span: ByteSpan) -> Quote {
    let Some(part) = report.parts.get(part) else { return Quote { text: String::new(), is_plain: true } };
    let text = part.text.as_str();
    if is_named_secret(part, |object| pair_name(&report.parts, object)) {
        let mut slice = Overwriter::new(text.get(span.start()..span.end()).unwrap_or_default());
        slice.everything(ByteSpan::new(0, slice.bytes.len()));
        return Quote { text: slice.into_text(), is_plain: false };
    }
    quote_around(text, span)
}

/// The redacted text of a span, read with what stands around it on its lines.
pub fn redact_around(text: &str, span: ByteSpan) -> String {
    quote_around(text, span).text
}

fn quote_around(text: &str, span: ByteSpan) -> Quote {
    let bytes = text.as_bytes();
    let (start, end) = (span.start().min(text.len()), span.end().min(text.len()));
    let line_start = memchr::memrchr(b'\n', &bytes[..start]).map_or(0, |at| at + 1).max(start.saturating_sub(AROUND));
    let line_end = memchr::memchr(b'\n', &bytes[end..]).map_or(text.len(), |at| end + at).min(end + AROUND);
    let from = text.floor_char_boundary(line_start);
    let to = text.ceil_char_boundary(line_end);
    if is_quiet(&text[from..to]) {
        let is_plain = is_quiet_from(&text[from..to], start - from);
        return Quote { text: text.get(start..end).unwrap_or_default().to_owned(), is_plain };
    }
    let around = redact(&text[from..to]);
    let quote = around.get(start - from..end - from);
    let text = quote.map_or_else(|| redact(&text[start..end]).into_owned(), str::to_owned);
    Quote { text, is_plain: false }
}

/// Whether the bytes that a view was read from are base64 themselves, with no other encoding around.
fn is_base64(report: &Report, view: ViewIndex) -> bool {
    report.decoded_by(view).contains(&Layer::Base64)
}

/// Whether the name of a part, or that of the pair it is the value of, says that it is secret. `pair_name` gives the name
/// of the pair that an object is.
fn is_named_secret<'p>(part: &'p Part, pair_name: impl FnOnce(&str) -> Option<&'p str>) -> bool {
    matches!(part.kind, PartKind::Text | PartKind::Html | PartKind::Number)
        && !part.text.trim_start().is_empty()
        && part_name(&part.address, pair_name).is_some_and(|name| is_secret(&name, &part.text))
}

/// The names of pairs, by the pointer of the object that holds the pair.
fn pair_names(parts: &[Part]) -> HashMap<&str, &str> {
    parts.iter().filter_map(|part| Some((pair_of_name(part)?, part.text.as_str()))).collect()
}

/// The name of one pair; of several the last, as in [`pair_names`].
fn pair_name<'p>(parts: &'p [Part], object: &str) -> Option<&'p str> {
    parts.iter().rev().find(|part| pair_of_name(part) == Some(object)).map(|part| part.text.as_str())
}

/// The object of a pair whose name the part is.
fn pair_of_name(part: &Part) -> Option<&str> {
    match pointer(&part.address)?.rsplit_once('/')? {
        (object, "name" | "key") => Some(object),
        _ => None,
    }
}

fn is_secret(name: &str, value: &str) -> bool {
    match named_secret(name) {
        Some(NamedSecret::Always) => true,
        Some(NamedSecret::WhenRandom) => looks_secret(value.trim().as_bytes()),
        None => false,
    }
}

/// The address of a part with secrets overwritten that somebody put into the name of a field. What comes before a name
/// would hide what it is, so every name is read by itself as well.
pub fn redact_address(address: &PartAddress) -> String {
    let address = address.to_string();
    // The names that every report has are no secret.
    if matches!(address.as_str(), "/text" | "/payload" | "body") {
        return address;
    }
    let names = address.split('/').map(|name| redact(&name.replace("~1", "/").replace("~0", "~")).into_owned());
    redact(&names.collect::<Vec<_>>().join("/")).into_owned()
}

fn pointer(address: &PartAddress) -> Option<&str> {
    match address {
        PartAddress::Pointer(pointer) | PartAddress::File { pointer: Some(pointer), .. } => Some(pointer),
        _ => None,
    }
}

/// The name that a part goes by: its form field, its member, that of the list it stands in, or of its pair.
fn part_name<'p>(address: &'p PartAddress, pair_name: impl FnOnce(&str) -> Option<&'p str>) -> Option<Cow<'p, str>> {
    if let PartAddress::Form(name) = address {
        return Some(name.into());
    }
    let pointer = pointer(address)?;
    if let Some((object, "value")) = pointer.rsplit_once('/')
        && let Some(name) = pair_name(object)
    {
        let in_cookies = object.rsplit('/').nth(1).is_some_and(|list| list.eq_ignore_ascii_case("cookies"));
        return Some(if in_cookies { "cookie" } else { name }.into());
    }
    let name = pointer.rsplit('/').find(|token| token.is_empty() || !token.bytes().all(|b| b.is_ascii_digit()))?;
    Some(if name.contains('~') { name.replace("~1", "/").replace("~0", "~").into() } else { name.into() })
}

/// A text whose bytes are overwritten in place.
struct Overwriter {
    bytes: Vec<u8>,
    changed: bool,
}

impl Overwriter {
    fn new(text: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), changed: false }
    }

    /// Overwrites a piece found in this very text.
    fn piece(&mut self, piece: Piece) {
        match piece.kind {
            PieceKind::Password | PieceKind::Cookie | PieceKind::AuthorizationHeader => self.everything(piece.span),
            PieceKind::PrivateKey => self.key_body(piece.span),
            _ => self.words(piece.span),
        }
    }

    /// Overwrites a piece that a decoded view shows, where its encoded form stands.
    fn encoded(&mut self, piece: Piece, span: ByteSpan) {
        match piece.kind {
            PieceKind::PrivateKey => self.key_body(span),
            PieceKind::Email | PieceKind::Jwt | PieceKind::CardNumber => self.words(span),
            _ => self.everything(span),
        }
    }

    /// Overwrites letters and digits; what stands between them stays, and so do escapes.
    fn words(&mut self, span: ByteSpan) {
        self.fill(span, |byte| if byte.is_ascii() && !byte.is_ascii_alphanumeric() { byte } else { filler(byte) });
    }

    /// Overwrites all but white space, quotes and escapes.
    fn everything(&mut self, span: ByteSpan) {
        self.fill(
            span,
            |byte| if byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'') { byte } else { filler(byte) },
        );
    }

    /// Overwrites the body of a PEM block; its header and footer name no secret.
    fn key_body(&mut self, span: ByteSpan) {
        let Some(block) = self.bytes.get(span.start()..span.end()) else { return };
        let header = block
            .iter()
            .position(|&b| b == b'N')
            .map_or(0, |begin| begin + memchr::memmem::find(&block[begin..], b"-----").map_or(0, |dashes| dashes + 5));
        let footer = memchr::memmem::rfind(block, b"-----END ").unwrap_or(block.len()).max(header);
        self.words(ByteSpan::new(span.start() + header, span.start() + footer));
    }

    /// Overwrites base64 so that it still decodes to text: `eHh4` is `xxx`.
    fn base64(&mut self, span: ByteSpan) {
        let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=');
        let encoded = self.bytes.get(span.start()..span.end()).unwrap_or_default();
        if !encoded.iter().all(is_base64) {
            return self.everything(span);
        }
        let groups: Vec<usize> = encoded.chunks(4).map(|group| group.iter().filter(|&&b| b != b'=').count()).collect();
        for (index, len) in groups.into_iter().enumerate() {
            let filler: &[u8] = match len {
                2 => b"eA",
                3 => b"eHg",
                _ => b"eHh4",
            };
            for (offset, &byte) in filler.iter().enumerate().take(len) {
                self.set(span.start() + index * 4 + offset, byte);
            }
        }
    }

    /// Overwrites byte by byte. An escape stays an escape, of a harmless character where it names one: `\u0078` and
    /// `%78` are `x`.
    fn fill(&mut self, span: ByteSpan, replace: impl Fn(u8) -> u8) {
        let end = span.end().min(self.bytes.len());
        let mut at = span.start();
        while at < end {
            let hex = |from: usize, len: usize| {
                from + len <= end && self.bytes[from..from + len].iter().all(u8::is_ascii_hexdigit)
            };
            let (keep, code): (usize, &[u8]) = match self.bytes[at] {
                b'\\' => match self.bytes.get(at + 1).filter(|_| at + 1 < end) {
                    Some(b'u') if hex(at + 2, 4) => (2, b"0078"),
                    Some(b'n' | b'r' | b't' | b'b' | b'f' | b'/' | b'\\' | b'"' | b'\'') => (2, b""),
                    _ => (0, b""),
                },
                b'%' if hex(at + 1, 2) => (1, b"78"),
                _ => (0, b""),
            };
            at += keep;
            for &byte in code {
                self.set(at, byte);
                at += 1;
            }
            if keep == 0 {
                self.set(at, replace(self.bytes[at]));
                at += 1;
            }
        }
    }

    fn set(&mut self, at: usize, byte: u8) {
        if let Some(have) = self.bytes.get_mut(at)
            && *have != byte
        {
            *have = byte;
            self.changed = true;
        }
    }

    /// The text when anything in it changed.
    fn finish(self) -> Option<String> {
        self.changed.then(|| self.into_text())
    }

    /// The text. Should an overwritten range have cut a character, every byte that is no ASCII is overwritten.
    fn into_text(self) -> String {
        String::from_utf8(self.bytes).unwrap_or_else(|error| {
            let bytes = error.into_bytes();
            bytes.into_iter().map(|byte| if byte.is_ascii() { char::from(byte) } else { 'x' }).collect()
        })
    }
}

/// What a byte of a secret is overwritten with.
fn filler(byte: u8) -> u8 {
    if byte.is_ascii_digit() { b'0' } else { b'x' }
}

#[cfg(test)]
mod tests;
