//! The scanner: one walk over the text that asks the recognisers in order.

use super::bytes::{before, byte, is_word, run};
use super::number::Numeric;
use super::token::Shape;
use super::upcoming::{FOOTER, Needle, SCHEME, Upcoming};
use super::{ByteSpan, Piece, PieceKind, keyed, network, number, path, place, time, token};

/// Longest scheme of a URL, in bytes.
const MAX_SCHEME: usize = 24;
/// Shortest segment of a path that may be secret, in bytes.
const MIN_SECRET_SEGMENT: usize = 6;
/// Shortest digest in base64, in bytes.
const MIN_DIGEST: usize = 16;
/// Longest quoted value that becomes a piece, in bytes.
const MAX_QUOTED: usize = 100;

/// A value in quotes that may become a piece when nothing is found inside.
struct OpenQuote {
    inner: ByteSpan,
    pieces_before: usize,
}

/// One walk over a text.
pub(super) struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    pieces: Vec<Piece>,
    /// How often base64 may still be looked into.
    decoding: usize,
    signs: Upcoming<'t>,
    schemes: Upcoming<'t>,
    footers: Upcoming<'t>,
    line_ends: Upcoming<'t>,
    /// Ends of the runs that were looked at as a whole: no need to look again from inside them.
    names_until: usize,
    tokens_until: usize,
    paths_until: usize,
    hosts_until: usize,
    no_cookies_until: usize,
    /// A word starts here although a letter, of an escape, stands before it.
    word_after_escape: usize,
    quote: Option<OpenQuote>,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t str, decoding: usize) -> Self {
        let bytes = text.as_bytes();
        Self {
            text,
            bytes,
            pieces: Vec::new(),
            decoding,
            signs: Upcoming::new(bytes, Needle::Byte(b'@')),
            schemes: Upcoming::new(bytes, Needle::Bytes(&SCHEME)),
            footers: Upcoming::new(bytes, Needle::Bytes(&FOOTER)),
            line_ends: Upcoming::new(bytes, Needle::Byte(b'\n')),
            names_until: 0,
            tokens_until: 0,
            paths_until: 0,
            hosts_until: 0,
            no_cookies_until: 0,
            word_after_escape: 0,
            quote: None,
        }
    }

    pub(super) fn run(mut self) -> Vec<Piece> {
        let mut at = 0;
        while at < self.bytes.len() {
            self.close_quote(at);
            let next = if self.at_word_start(at) { self.word(at) } else { self.symbol(at) };
            at = next.max(at + 1);
        }
        self.pieces
    }

    fn at_word_start(&self, at: usize) -> bool {
        let here = self.bytes[at];
        let starts = |byte: u8| is_word(byte) || byte >= 0x80;
        starts(here) && (!starts(before(self.bytes, at)) || at == self.word_after_escape)
    }

    fn push(&mut self, start: usize, end: usize, kind: PieceKind) -> usize {
        if start < end {
            self.pieces.push(Piece { span: ByteSpan::new(start, end), kind, secret: kind.is_secret() });
        }
        end
    }

    /// What starts with a byte that is no word's.
    fn symbol(&mut self, at: usize) -> usize {
        let bytes = self.bytes;
        match bytes[at] {
            b'-' if bytes[at..].starts_with(b"-----BEGIN ") => {
                if let Some((end, private)) = token::pem_block(bytes, at, self.footers.from(at)) {
                    return self.push(at, end, if private { PieceKind::PrivateKey } else { PieceKind::PemBlock });
                }
            }
            b'-' => {
                if let Some(end) = token::instance_suffix_end(bytes, at) {
                    return self.push(at + 1, end, PieceKind::Instance);
                }
            }
            b'/' | b'.' | b'~' => {
                if at >= self.paths_until
                    && let Some(end) = path::unix_end(bytes, at)
                {
                    return self.path(at, end);
                }
            }
            b'\\' => {
                if let Some(end) = path::windows_end(bytes, at) {
                    return self.path(at, end);
                }
                self.word_after_escape = escape_end(bytes, at);
                return self.word_after_escape;
            }
            b'<' | b'[' | b'*' => {
                if let Some(end) = place::placeholder_end(bytes, at) {
                    return self.push(at, end, PieceKind::Placeholder);
                }
            }
            b':' if byte(bytes, at + 1) == b':' && !is_word(before(bytes, at)) => {
                if let Some(end) = network::ipv6_end(bytes, at) {
                    return self.push(at, end, PieceKind::IpAddress);
                }
            }
            quote @ (b'"' | b'\'' | b'`') => self.open_quote(at, quote),
            _ => {}
        }
        at + 1
    }

    /// What starts with a word: the most specific first.
    fn word(&mut self, at: usize) -> usize {
        if let Some(end) = self.url(at).or_else(|| self.named_secret(at)).or_else(|| self.email(at)) {
            return end;
        }
        let bytes = self.bytes;
        let first = bytes[at];
        if let Some(end) = token::jwt_end(bytes, at) {
            return self.push(at, end, PieceKind::Jwt);
        }
        if let Some(end) = token::api_key_end(bytes, at) {
            return self.push(at, end, PieceKind::Token);
        }
        if let Some(end) = place::placeholder_end(bytes, at) {
            return self.push(at, end, PieceKind::Placeholder);
        }
        if first.is_ascii_hexdigit()
            && let Some(end) = self.hexadecimal(at)
        {
            return end;
        }
        if let Some(end) = path::windows_end(bytes, at) {
            return self.path(at, end);
        }
        if first.is_ascii_uppercase()
            && let Some((end, kind)) = time::named_time_at(bytes, at)
        {
            return self.push(at, end, kind);
        }
        if let Some(end) = self.dotted(at).or_else(|| self.token_run(at)) {
            return end;
        }
        self.plain_word(at)
    }

    /// What starts with a hexadecimal digit and has a fixed form.
    fn hexadecimal(&mut self, at: usize) -> Option<usize> {
        let bytes = self.bytes;
        if let Some(end) = number::uuid_end(bytes, at) {
            return Some(self.push(at, end, PieceKind::Uuid));
        }
        if let Some(end) = network::mac_end(bytes, at) {
            return Some(self.push(at, end, PieceKind::MacAddress));
        }
        if bytes[at].is_ascii_digit() {
            if let Some(end) = number::card_end(bytes, at) {
                return Some(self.push(at, end, PieceKind::CardNumber));
            }
            if let Some((end, kind)) = time::time_at(bytes, at) {
                return Some(self.push(at, end, kind));
            }
        }
        let end = network::ip_end(bytes, at)?;
        self.push(at, end, PieceKind::IpAddress);
        Some(self.port(end))
    }

    /// A port behind a host; the offset after it or after the host.
    fn port(&mut self, host_end: usize) -> usize {
        match network::port_end(self.bytes, host_end) {
            Some(end) => self.push(host_end + 1, end, PieceKind::Port),
            None => host_end,
        }
    }

    fn email(&mut self, at: usize) -> Option<usize> {
        let sign = self.signs.from(at).filter(|&sign| sign - at <= network::MAX_LOCAL_PART)?;
        let end = network::email_end(self.bytes, at, sign)?;
        Some(self.push(at, end, PieceKind::Email))
    }

    fn named_secret(&mut self, at: usize) -> Option<usize> {
        if at < self.names_until {
            return None;
        }
        self.names_until = run(self.bytes, at, usize::MAX, keyed::is_name);
        let line_end = self.line_ends.from(at).unwrap_or(self.bytes.len());
        let (secrets, end) = keyed::secret_at(self.text, at, line_end, &mut self.no_cookies_until)
            .or_else(|| self.scheme_and_credentials(at, line_end))?;
        for (range, kind) in secrets {
            self.push(range.start, range.end, kind);
        }
        Some(end)
    }

    /// `Bearer eyJ…` and `Basic dXNlcjpwYXNz` wherever they stand.
    fn scheme_and_credentials(&self, at: usize, line_end: usize) -> Option<keyed::Found> {
        let bytes = self.bytes;
        let name_end = self.names_until;
        let scheme = &bytes[at..name_end];
        let is_scheme = [b"bearer".as_slice(), b"basic", b"negotiate"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
        if !is_scheme || byte(bytes, name_end) != b' ' {
            return None;
        }
        let start = run(bytes, name_end, 8, |b| b == b' ');
        let end = run(bytes, start, line_end.saturating_sub(start), |b| token::is_token(b) || b == b'.');
        let value = &bytes[start..end];
        let is_secret = token::looks_secret(value) || (value.len() >= 16 && token::has_letter_and_digit(value));
        is_secret.then(|| (vec![(start..end, PieceKind::AuthorizationHeader)], end))
    }

    /// A URL: plain pieces of it and the secrets inside, touching each other.
    fn url(&mut self, at: usize) -> Option<usize> {
        let colon = self.schemes.from(at).filter(|&colon| colon - at <= MAX_SCHEME)?;
        let url = network::url_at(self.bytes, at, colon)?;
        let mut secrets = Vec::new();
        if let Some(password) = url.password
            && !place::is_placeholder(&self.text[password.clone()])
        {
            secrets.push(Piece { span: password.into(), kind: PieceKind::Password, secret: true });
        }
        self.secrets_in_path(url.path, url.query, &mut secrets);
        self.secrets_in(url.query, url.end, &mut secrets);
        Some(self.push_around(at, url.end, PieceKind::Url, secrets))
    }

    /// A path, with what is secret in it apart.
    fn path(&mut self, at: usize, end: usize) -> usize {
        let mut secrets = Vec::new();
        self.secrets_in_path(at, end, &mut secrets);
        self.push_around(at, end, PieceKind::Path, secrets)
    }

    fn push_around(&mut self, at: usize, end: usize, kind: PieceKind, secrets: Vec<Piece>) -> usize {
        let mut plain_from = at;
        for secret in secrets {
            self.push(plain_from, secret.span.start(), kind);
            plain_from = secret.span.end();
            self.pieces.push(secret);
        }
        self.push(plain_from, end, kind)
    }

    /// Secrets in the segments of a path.
    fn secrets_in_path(&self, start: usize, end: usize, secrets: &mut Vec<Piece>) {
        let mut at = start;
        while at < end {
            let segment_end = run(self.bytes, at, end - at, |b| !matches!(b, b'/' | b'\\'));
            if segment_end - at >= MIN_SECRET_SEGMENT {
                self.secrets_in(at, segment_end, secrets);
            }
            at = segment_end + 1;
        }
    }

    /// Secrets in a stretch of the text, read as a text of its own in which no URL stands.
    fn secrets_in(&self, start: usize, end: usize, secrets: &mut Vec<Piece>) {
        let Some(text) = self.text.get(start..end).filter(|text| !text.is_empty()) else { return };
        let mut inner = Scanner::new(text, self.decoding);
        inner.schemes.at = None;
        secrets.extend(inner.run().into_iter().filter(|piece| piece.secret).map(|piece| {
            let span = ByteSpan::new(piece.span.start() + start, piece.span.end() + start);
            Piece { span, ..piece }
        }));
    }

    /// A host, or a path of several segments, or a file name with a position.
    fn dotted(&mut self, at: usize) -> Option<usize> {
        let bytes = self.bytes;
        if at >= self.paths_until {
            if let Some(end) = path::relative_end(bytes, at) {
                return Some(self.path(at, end));
            }
            self.paths_until = path::run_end(bytes, at);
        }
        if at < self.hosts_until || matches!(before(bytes, at), b'.' | b'@') {
            return None;
        }
        let end = network::dotted_end(bytes, at);
        self.hosts_until = end;
        if is_word(byte(bytes, end)) || byte(bytes, end) == b'(' || !network::is_host(&bytes[at..end]) {
            return None;
        }
        let localhost = &bytes[at..end] == b"localhost";
        if localhost && network::port_end(bytes, end).is_none() {
            return None;
        }
        self.push(at, end, PieceKind::Host);
        Some(self.port(end))
    }

    /// A random-looking run of token bytes, a digest, or base64 of harmless text.
    fn token_run(&mut self, at: usize) -> Option<usize> {
        if at < self.tokens_until {
            return None;
        }
        let end = token::run_end(self.bytes, at);
        self.tokens_until = end;
        let word = &self.bytes[at..end];
        if token::is_digest(self.bytes, at) {
            let body = run(self.bytes, at, 8, |b| b.is_ascii_alphanumeric()) + 1;
            let end = token::run_end(self.bytes, body);
            return (end - body >= MIN_DIGEST).then(|| self.push(at, end, PieceKind::Hex));
        }
        if number::is_ulid(word) {
            return Some(self.push(at, end, PieceKind::Ulid));
        }
        if word.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        match token::shape(word, self.decoding) {
            Shape::Random => Some(self.push(at, end, PieceKind::Token)),
            Shape::Readable => Some(end),
            Shape::Plain => None,
        }
    }

    /// A word of its own: hexadecimal, ULID, number, version, code.
    fn plain_word(&mut self, at: usize) -> usize {
        let bytes = self.bytes;
        let word_end = run(bytes, at, usize::MAX, |b| is_word(b) || b >= 0x80);
        let numeric = if let Some(found) = number::hex_at(bytes, at, word_end) {
            found
        } else if bytes[at].is_ascii_digit() {
            number::numeric_at(bytes, at)
        } else if matches!(bytes[at], b'v' | b'V')
            && let Some(end) = number::v_version_end(bytes, at)
        {
            Numeric::Piece(end, PieceKind::Version)
        } else {
            Numeric::Kept(code_end(bytes, at, word_end))
        };
        match numeric {
            Numeric::Piece(end, kind) => self.push(at, end, kind),
            Numeric::Kept(end) => end,
        }
    }

    fn open_quote(&mut self, at: usize, quote: u8) {
        if is_word(before(self.bytes, at)) || self.quote.is_some() {
            return;
        }
        let inner = at + 1;
        let end = run(self.bytes, inner, MAX_QUOTED, |b| b != quote && b != b'\n' && b != b'\\');
        if end > inner && byte(self.bytes, end) == quote && !is_word(byte(self.bytes, end + 1)) {
            self.quote = Some(OpenQuote { inner: ByteSpan::new(inner, end), pieces_before: self.pieces.len() });
        }
    }

    fn close_quote(&mut self, at: usize) {
        if let Some(open) = self.quote.take_if(|open| open.inner.end() <= at)
            && open.pieces_before == self.pieces.len()
            && open.inner.end() == at
        {
            self.push(open.inner.start(), open.inner.end(), PieceKind::Quoted);
        }
    }
}

/// End of a code in capitals with its number: `ORA-00942`, `CVE-2021-44228`; otherwise of the word.
fn code_end(bytes: &[u8], at: usize, word_end: usize) -> usize {
    let mut end = word_end;
    if !bytes[at..word_end].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_') {
        return end;
    }
    while byte(bytes, end) == b'-' {
        let next = run(bytes, end + 1, 12, |b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if next == end + 1 || is_word(byte(bytes, next)) {
            break;
        }
        end = next;
    }
    end
}

/// End of the escape at `at`, whose letters are no part of the word behind it: `\nat`, `\u0022name`.
fn escape_end(bytes: &[u8], at: usize) -> usize {
    match byte(bytes, at + 1) {
        b'n' | b'r' | b't' => at + 2,
        b'u' if run(bytes, at + 2, 4, |b| b.is_ascii_hexdigit()) == at + 6 => at + 6,
        _ => at + 1,
    }
}
