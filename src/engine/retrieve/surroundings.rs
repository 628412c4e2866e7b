//! What stands around a token of a report, and what it leaves of the token's weight.

use super::terms::Token;
use crate::report::ByteSpan;
use crate::report::recognise::{Piece, PieceKind};

/// Words inside addresses, hosts and paths seldom name the problem.
const ADDRESS_FACTOR: f32 = 0.35;
/// The names of fields are the format's, their values the report's.
const KEY_FACTOR: f32 = 0.4;

/// What surroundings leave of each token: nothing of ids and times, some of addresses and paths.
pub(super) fn factors(tokens: &[Token], pieces: &[Piece]) -> Vec<f32> {
    let mut at = 0;
    tokens
        .iter()
        .map(|token| {
            while pieces.get(at).is_some_and(|piece| piece.span.end() <= token.start as usize) {
                at += 1;
            }
            piece_factor(token.span(), pieces.get(at))
        })
        .collect()
}

/// What is left of a token that names a field of a log line or of JSON: `msg=…`, `"level": …`.
pub(super) fn key_factor(line: &str, end: usize) -> f32 {
    let rest = &line[end..];
    if rest.starts_with('=') || rest.starts_with("\":") { KEY_FACTOR } else { 1.0 }
}

pub(super) fn factors_of(token: Token, pieces: &[Piece]) -> f32 {
    let at = pieces.partition_point(|piece| piece.span.end() <= token.start as usize);
    piece_factor(token.span(), pieces.get(at))
}

fn piece_factor(span: ByteSpan, piece: Option<&Piece>) -> f32 {
    let Some(piece) = piece.filter(|piece| piece.span.overlaps(span)) else { return 1.0 };
    match piece.kind {
        PieceKind::Quoted | PieceKind::Placeholder => 1.0,
        PieceKind::Url | PieceKind::Path | PieceKind::Host | PieceKind::Email | PieceKind::Version => ADDRESS_FACTOR,
        _ => 0.0,
    }
}

/// Whether a code stands where programs print the code of an error.
pub(super) fn in_error_position(line: &str, start: usize, end: usize) -> bool {
    let before = line[..start].trim_end_matches(|c: char| c.is_whitespace() || "([\"':=#".contains(c));
    let word_start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
    let word = before.get(word_start..).unwrap_or_default().to_lowercase();
    let introduced = matches!(
        word.as_str(),
        "error"
            | "errors"
            | "warning"
            | "code"
            | "errorcode"
            | "error_code"
            | "err"
            | "fatal"
            | "exception"
            | "alertname"
            | "alert"
            | "errno"
            | "sqlstate"
            | "status"
            | "reason"
            | "diagnostic"
    );
    let rest = line[end..].trim_start_matches([' ', ']', ')', '"', '\'']);
    introduced || (rest.starts_with(": ") && line[..start].trim().len() <= 24)
}
