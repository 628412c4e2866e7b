//! Reports of one error made equal: variable pieces become typed placeholders, what identifies stays.
//!
//! For retrieval and grouping only; signatures read the text as it is.

use super::recognise::{Piece, PieceKind, recognise};
use super::{ByteSpan, SegmentMap};

/// A text with its variable pieces masked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Normalised {
    /// The text: placeholders such as `<uuid>`, `<num>`, `<path>`, runs of white space as one space, none at the ends.
    pub text: String,
    /// Maps ranges of it to the text it was made from.
    pub map: SegmentMap,
}

/// Masks the variable pieces of a text. Error codes, statuses, errno numbers, constants, option names, exception types
/// and quoted names stay.
pub fn normalise(text: &str) -> Normalised {
    let text = text.trim_end();
    let mut writer = Writer { source: text, text: String::with_capacity(text.len()), map: SegmentMap::new() };
    let mut at = 0;
    let mut pieces = recognise(text).into_iter().peekable();
    while let Some(piece) = pieces.next() {
        let Some(mask) = mask(text, piece) else { continue };
        let mut span = piece.span;
        // The pieces of one URL or path touch each other.
        while matches!(mask, "<url>" | "<path>")
            && let Some(next) = pieces.next_if(|next| next.span.start() == span.end() && next.kind != PieceKind::Port)
        {
            span = span.cover(next.span);
        }
        writer.plain(ByteSpan::new(at, span.start()));
        writer.masked(mask, span);
        at = span.end();
    }
    writer.plain(ByteSpan::new(at, text.len()));
    Normalised { text: writer.text, map: writer.map }
}

/// What stands for a piece; `None` where it stays.
fn mask(text: &str, piece: Piece) -> Option<&'static str> {
    Some(match piece.kind {
        PieceKind::Uuid => "<uuid>",
        PieceKind::Ulid | PieceKind::Instance => "<id>",
        PieceKind::Hex => "<hex>",
        PieceKind::Number => "<num>",
        PieceKind::Version => "<version>",
        PieceKind::Timestamp | PieceKind::Date => "<time>",
        PieceKind::Duration => "<duration>",
        PieceKind::Size => "<size>",
        PieceKind::IpAddress => "<ip>",
        PieceKind::Port => "<port>",
        PieceKind::MacAddress => "<mac>",
        PieceKind::Email => "<email>",
        PieceKind::Host => "<host>",
        PieceKind::Url => "<url>",
        PieceKind::Path => "<path>",
        PieceKind::CardNumber => "<card>",
        PieceKind::PrivateKey | PieceKind::PemBlock => "<pem>",
        PieceKind::Jwt
        | PieceKind::Token
        | PieceKind::Cookie
        | PieceKind::AuthorizationHeader
        | PieceKind::Password => "<secret>",
        PieceKind::Placeholder => placeholder(piece.span.slice(text)),
        PieceKind::Quoted => return None,
    })
}

/// What a value would have become in whose place somebody wrote `<DOMAIN>` or `<date>`.
fn placeholder(written: &str) -> &'static str {
    let word: String = written.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    match word.as_str() {
        "domain" | "host" | "hostname" => "<host>",
        "ip" => "<ip>",
        "date" => "<time>",
        "url" => "<url>",
        "path" => "<path>",
        "email" => "<email>",
        _ => "<value>",
    }
}

struct Writer<'t> {
    source: &'t str,
    text: String,
    map: SegmentMap,
}

impl Writer<'_> {
    /// Copies a stretch; runs of white space become one space, and nothing at the start.
    fn plain(&mut self, span: ByteSpan) {
        let mut at = span.start();
        while at < span.end() {
            let rest = &self.source[at..span.end()];
            let word = rest.find(char::is_whitespace).unwrap_or(rest.len());
            self.text.push_str(&rest[..word]);
            self.map.push_identity(at, word);
            at += word;
            let rest = &self.source[at..span.end()];
            let space = rest.len() - rest.trim_start().len();
            if space > 0 {
                self.space(&rest[..space], at);
                at += space;
            }
        }
    }

    fn space(&mut self, space: &str, at: usize) {
        if self.text.is_empty() || self.text.ends_with(' ') {
            self.map.push_replaced(0, at, space.len());
        } else {
            self.text.push(' ');
            if space == " " {
                self.map.push_identity(at, 1);
            } else {
                self.map.push_replaced(1, at, space.len());
            }
        }
    }

    fn masked(&mut self, mask: &str, span: ByteSpan) {
        self.text.push_str(mask);
        self.map.push_replaced(mask.len(), span.start(), span.len());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Two reports of one error each.
    const EQUAL: &[(&str, &str)] = &[
        (
            "2026-10-14T07:41:22Z [worker-3] timeout of 3000ms exceeded",
            "2026-11-02T17:01:09Z [worker-12] timeout of 500ms exceeded",
        ),
        ("connect ECONNREFUSED 127.0.0.1:5432", "connect ECONNREFUSED 10.1.2.3:6432"),
        ("open /srv/a/x.log: permission denied", "open /home/me/y.log: permission denied"),
        ("Trace ID: 3fa85f64-5717-4562-b3fc-2c963f66afa6", "Trace ID: 00000000-5717-4562-b3fc-2c963f66afa7"),
        ("pod web-7d9c6b8f5d-x2x4z  restarted\n 12 times", "pod web-5f4d8c9b7-bb2zx restarted 3 times"),
        ("GET https://a.example.com/x/1?t=2 failed", "GET https://b.example.org/y failed"),
        ("mail to jane@example.com bounced", "mail to bob@example.org bounced"),
        ("lookup <DOMAIN>: no such host", "lookup db.example.com: no such host"),
        ("downgrade: Foo from 4.3.0 to 4.0.0", "downgrade: Foo from 5.0.1 to 2.1.0-rc.1"),
    ];

    /// Two errors each.
    const APART: &[(&str, &str)] = &[
        ("certificate has expired", "certificate is not yet valid"),
        ("[Errno 111] Connection refused", "[Errno 113] Connection refused"),
        ("status code 404", "status code 500"),
        ("HTTP/1.1 502 Bad Gateway", "HTTP/1.1 504 Bad Gateway"),
        ("error NU1605: x", "error NU1101: x"),
        ("exited with code 137", "exited with code 139"),
        ("HRESULT 0x80070005", "HRESULT 0x80070002"),
        ("read the 'name' property", "read the 'displayName' property"),
        ("550 5.7.1 denied", "550 5.1.1 denied"),
        ("java.lang.NullPointerException", "java.lang.IllegalStateException"),
        ("SQLSTATE[42S02]", "SQLSTATE[42S22]"),
        ("npm ERR! code ERESOLVE", "npm ERR! code EACCES"),
        ("use --force", "use --legacy-peer-deps"),
        ("no pg_hba.conf entry", "no ident.conf entry"),
        ("Msg 208, Level 16, State 1", "Msg 2627, Level 14, State 1"),
    ];

    #[test]
    fn reports_of_one_error_become_equal() {
        for (a, b) in EQUAL {
            assert_eq!(normalise(a).text, normalise(b).text);
        }
    }

    #[test]
    fn two_errors_stay_apart() {
        for (a, b) in APART {
            assert_ne!(normalise(a).text, normalise(b).text, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn a_masked_range_maps_to_the_whole_piece() {
        let source = "  at  10.1.2.3:80 now\n";
        let normalised = normalise(source);
        assert_eq!(normalised.text, "at <ip>:<port> now");
        let whole = normalised.map.to_parent(ByteSpan::new(0, normalised.text.len()));
        assert_eq!(whole.slice(source), "at  10.1.2.3:80 now");
        let inside = normalised.map.to_parent(ByteSpan::new(4, 5));
        assert_eq!(inside.slice(source), "10.1.2.3");
    }

    proptest! {
        #[test]
        fn the_map_covers_the_text_and_white_space_is_folded(text in "[ -~\n\t]{0,80}") {
            let normalised = normalise(&text);
            prop_assert_eq!(normalised.map.view_len(), normalised.text.len());
            prop_assert!(!normalised.text.contains("  ") && normalised.text.trim() == normalised.text);
            for (start, _) in normalised.text.char_indices() {
                let span = normalised.map.to_parent(ByteSpan::new(start, start + 1));
                prop_assert!(text.get(span.start()..span.end()).is_some());
            }
        }
    }
}
