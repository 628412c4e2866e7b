//! URL-encoded forms.

use super::charset::to_text_labelled;
use super::transfer::decode_percent;
use super::{Budget, DecodeError, Header, Part, PartAddress, PartKind};

/// Longest name of a first field, in bytes; what is longer is base64 or the like that ends with `=`.
const MAX_NAME_LEN: usize = 256;

/// Whether a body can be a form: what stands before its first `=` can be a name. Clients send everything as a form when
/// nobody says otherwise, so that logs, JSON, markup and addresses come with that header too. A browser leaves none of
/// the bytes refused here unencoded in a name; brackets and dollar signs are let through, since hand-written clients do.
pub(super) fn is_form(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    let Some(name_len) = memchr::memchr(b'=', &body[..body.len().min(MAX_NAME_LEN)]) else { return false };
    let is_no_name =
        |byte: &u8| byte.is_ascii_whitespace() || byte.is_ascii_control() || b":/?#\"'<>{}()\\,;".contains(byte);
    !body[..name_len].iter().any(is_no_name) && body[0] != b'['
}

/// Reads the fields of a form in order; a name that stands several times gives several parts.
pub(super) fn read(body: &[u8], content_type: Option<&str>, budget: &mut Budget) -> Result<Vec<Part>, DecodeError> {
    let header = Header::parse(content_type.unwrap_or_default());
    let label = header.parameter("charset").or(Some("utf-8"));
    let mut parts = Vec::new();
    for pair in body.trim_ascii().split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
        if budget.parts_left == 0 {
            budget.note(format!("the form has more than {} fields; those beyond were not read", budget.limits.fields));
            break;
        }
        budget.parts_left -= 1;
        let (name, value) = match memchr::memchr(b'=', pair) {
            Some(equals) => (&pair[..equals], &pair[equals + 1..]),
            None => (pair, &[][..]),
        };
        let (name, _) = to_text_labelled(&decode_percent(name, true), label)?;
        let (text, _) = to_text_labelled(&decode_percent(value, true), label)?;
        parts.push(Part { address: PartAddress::Form(name), text, kind: PartKind::Text });
    }
    Ok(parts)
}
