//! Multipart bodies: fields and files.

use std::borrow::Cow;

use super::charset::to_text_labelled;
use super::transfer::decode_transfer;
use super::unpack::unpack_undeclared;
use super::{Budget, DecodeError, Format, Header, Part, PartAddress, PartKind, Source, read_text};

/// Most pieces of a body that are read.
const MAX_PIECES: usize = 1_000;
/// Most bytes of headers of one piece.
const MAX_HEADER_BYTES: usize = 16 << 10;

/// Reads the fields and files of a multipart body in order. A piece without a name is a field named by its position. A
/// missing closing boundary is taken as the end of the body.
pub(super) fn read(body: &[u8], content_type: &str, budget: &mut Budget) -> Result<Vec<Part>, DecodeError> {
    let header = Header::parse(content_type);
    let boundary = match header.parameter("boundary").filter(|boundary| !boundary.is_empty()) {
        Some(boundary) => boundary.as_bytes(),
        None => first_boundary(body).ok_or_else(|| malformed("its content type names no boundary".to_owned()))?,
    };
    let pieces = split(body, boundary, MAX_PIECES);
    if pieces.is_empty() {
        let boundary = String::from_utf8_lossy(boundary);
        return Err(malformed(format!("the boundary \"--{boundary}\" of its content type stands nowhere in it")));
    }
    if pieces.len() > MAX_PIECES {
        budget.note(format!("the multipart body has more than {MAX_PIECES} pieces; those beyond were not read"));
    }
    let mut parts = Vec::new();
    for (index, piece) in pieces.into_iter().take(MAX_PIECES).enumerate() {
        parts.extend(Piece::parse(piece).read(index, budget)?);
    }
    Ok(parts)
}

/// The files of a multipart body with their names, as bytes and in order: for uploads that are not reports. A piece that is
/// no file is an error, since nobody would read it, and so are more than `most` files.
pub fn multipart_files(body: &[u8], content_type: &str, most: usize) -> Result<Vec<(String, Vec<u8>)>, DecodeError> {
    let header = Header::parse(content_type);
    let boundary = match header.parameter("boundary").filter(|boundary| !boundary.is_empty()) {
        Some(boundary) => boundary.as_bytes(),
        None => first_boundary(body).ok_or_else(|| malformed("its content type names no boundary".to_owned()))?,
    };
    let pieces = split(body, boundary, most);
    if pieces.len() > most {
        return Err(malformed(format!("it has more than {most} pieces")));
    }
    let files = pieces.into_iter().map(Piece::parse).enumerate();
    files.filter_map(|(index, piece)| piece.file(index).transpose()).collect()
}

fn malformed(message: String) -> DecodeError {
    DecodeError::Malformed { what: "multipart body", message }
}

/// The boundary as the first line of a body shows it.
fn first_boundary(body: &[u8]) -> Option<&[u8]> {
    let line = body.trim_ascii_start().split(|&byte| byte == b'\n').next()?;
    line.trim_ascii_end().strip_prefix(b"--").filter(|boundary| !boundary.is_empty())
}

/// Splits a body at its boundary lines, at most one piece beyond `most`; what stands before the first and after the
/// closing one is left out.
fn split<'a>(body: &'a [u8], boundary: &[u8], most: usize) -> Vec<&'a [u8]> {
    let mark = [b"--", boundary].concat();
    let mut pieces = Vec::new();
    let mut piece_start: Option<usize> = None;
    for at in memchr::memmem::find_iter(body, &mark) {
        if at > 0 && body[at - 1] != b'\n' {
            continue;
        }
        let after = &body[at + mark.len()..];
        let closes = after.starts_with(b"--");
        let line_len = memchr::memchr(b'\n', &after[..after.len().min(MAX_HEADER_BYTES)]).unwrap_or(after.len());
        if !closes && !after[..line_len].trim_ascii().is_empty() {
            continue;
        }
        if let Some(start) = piece_start {
            pieces.push(without_line_break(&body[start..at.max(start)]));
        }
        piece_start = (!closes).then(|| body.len().min(at + mark.len() + line_len + 1));
        if closes || pieces.len() > most {
            return pieces;
        }
    }
    pieces.extend(piece_start.map(|start| without_line_break(&body[start..])));
    pieces
}

/// The line break before a boundary belongs to the boundary.
fn without_line_break(piece: &[u8]) -> &[u8] {
    let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
    piece.strip_suffix(b"\r").unwrap_or(piece)
}

/// One piece of a multipart body with the headers that matter.
struct Piece<'a> {
    name: Option<String>,
    /// Without folders.
    file_name: Option<String>,
    content_type: Option<String>,
    transfer_encoding: String,
    content: &'a [u8],
}

impl<'a> Piece<'a> {
    fn parse(piece: &'a [u8]) -> Self {
        let (headers, content) = split_headers(piece);
        let headers = String::from_utf8_lossy(headers);
        let mut parsed =
            Self { name: None, file_name: None, content_type: None, transfer_encoding: String::new(), content };
        for (name, value) in unfold(&headers) {
            if name.eq_ignore_ascii_case("content-disposition") {
                let disposition = Header::parse(&value);
                parsed.name = disposition.text_parameter("name").map(Cow::into_owned);
                parsed.file_name = disposition.text_parameter("filename").map(|path| file_name(&path));
            } else if name.eq_ignore_ascii_case("content-type") {
                parsed.content_type = Some(value);
            } else if name.eq_ignore_ascii_case("content-transfer-encoding") {
                value.trim().clone_into(&mut parsed.transfer_encoding);
            }
        }
        parsed
    }

    /// Name and bytes of a file; `None` for a file input that was left empty.
    fn file(self, index: usize) -> Result<Option<(String, Vec<u8>)>, DecodeError> {
        let content = decode_transfer(self.content, &self.transfer_encoding);
        match self.file_name {
            Some(name) if !name.is_empty() => Ok(Some((name, content.into_owned()))),
            Some(_) if content.is_empty() => Ok(None),
            _ => {
                let which = self.name.map_or_else(|| format!("piece {}", index + 1), |name| format!("field {name:?}"));
                Err(malformed(format!("its {which} is no file: every piece needs a file name")))
            }
        }
    }

    fn read(self, index: usize, budget: &mut Budget) -> Result<Vec<Part>, DecodeError> {
        let content = decode_transfer(self.content, &self.transfer_encoding);
        let content_type = self.content_type.as_deref();
        let Some(file_name) = self.file_name else {
            let text = text_of(&content, content_type, budget)?;
            let kind = if Format::of(content_type) == Format::Html { PartKind::Html } else { PartKind::Text };
            let address = PartAddress::Form(self.name.unwrap_or_else(|| index.to_string()));
            budget.parts_left = budget.parts_left.saturating_sub(1);
            return Ok(vec![Part { address, text, kind }]);
        };
        if file_name.is_empty() && content.is_empty() {
            // A browser sends a file input that was left empty like this.
            return Ok(Vec::new());
        }
        let name = if file_name.is_empty() { self.name.unwrap_or_else(|| index.to_string()) } else { file_name };
        let unpacked = match unpack_undeclared(&content, &mut budget.unpacked) {
            Ok(unpacked) => unpacked,
            Err(error @ DecodeError::Malformed { .. }) => {
                budget.note(format!("file {name:?} was read as it stands: {error}"));
                None
            }
            Err(refused) => return Err(refused),
        };
        let text = text_of(unpacked.as_deref().unwrap_or(&content), content_type, budget)?;
        let format = match (Format::of(content_type), Format::of_file(&name)) {
            // What clients send for a file whose type they do not know.
            (Format::Unknown | Format::Text, named @ (Format::Json | Format::JsonLines | Format::Html)) => named,
            (declared, _) => declared,
        };
        read_text(text, format, &Source::File(name), budget)
    }
}

/// Text of a piece. A charset that nobody knows is sniffed, so that one piece does not take the others down.
fn text_of(bytes: &[u8], content_type: Option<&str>, budget: &mut Budget) -> Result<String, DecodeError> {
    let header = Header::parse(content_type.unwrap_or_default());
    let decoded = to_text_labelled(bytes, header.parameter("charset")).or_else(|unknown| {
        budget.note(format!("the charset of a piece was guessed: {unknown}"));
        to_text_labelled(bytes, None)
    })?;
    Ok(decoded.0)
}

/// Splits the headers of a piece from its content. A piece that does not start with a header line is content alone.
fn split_headers(piece: &[u8]) -> (&[u8], &[u8]) {
    let mut line_start = 0;
    while line_start < piece.len().min(MAX_HEADER_BYTES) {
        let line_end = memchr::memchr(b'\n', &piece[line_start..]).map_or(piece.len(), |len| line_start + len);
        let line = piece[line_start..line_end].trim_ascii_end();
        let next = (line_end + 1).min(piece.len());
        if line.is_empty() {
            return (&piece[..line_start], &piece[next..]);
        }
        let folded = line_start > 0 && line[0].is_ascii_whitespace();
        let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
        let is_header =
            name.len() < line.len() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
        if !folded && !is_header {
            break;
        }
        line_start = next;
    }
    if line_start == piece.len() { (piece, &[]) } else { (&[], piece) }
}

/// Header lines as names and values, folded lines joined.
fn unfold(headers: &str) -> Vec<(&str, String)> {
    let mut unfolded: Vec<(&str, String)> = Vec::new();
    for line in headers.lines() {
        match (line.starts_with([' ', '\t']), unfolded.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => value.push_str(line),
            (_, _, Some((name, value))) => unfolded.push((name.trim(), value.to_owned())),
            _ => {}
        }
    }
    unfolded
}

/// The last step of a path, in the notation of any system, without control characters.
fn file_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    name.trim().chars().filter(|character| !character.is_control()).collect()
}
