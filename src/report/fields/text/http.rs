//! Requests, responses, addresses and standard codes that a text mentions.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::report::ByteSpan;
use crate::report::fields::FieldValue;
use crate::report::fields::collector::{Collector, Source};
use crate::report::fields::synonyms::{METHODS, WellKnown, status};

/// What an occurrence of a word may begin.
#[derive(Debug, Clone, Copy)]
enum Sign {
    /// `://` of an address.
    Address,
    /// A request method and the space behind it.
    Method,
    /// `HTTP` of a protocol version, or of `HTTP error 502`.
    Protocol,
    /// Words after which a status stands: `status`, `responded with`.
    Status,
    /// `returned`, after which any number may stand.
    Returned,
    /// The reason phrase of a status, which stands before it.
    Reason(&'static str),
    /// `SQLSTATE` and `errno`.
    Code,
}

/// Statuses and reason phrases of errors and the commonest others (IANA HTTP Status Code Registry).
const REASONS: [(&str, &str); 44] = [
    ("200", "OK"),
    ("201", "Created"),
    ("202", "Accepted"),
    ("204", "No Content"),
    ("301", "Moved Permanently"),
    ("302", "Found"),
    ("303", "See Other"),
    ("304", "Not Modified"),
    ("307", "Temporary Redirect"),
    ("308", "Permanent Redirect"),
    ("400", "Bad Request"),
    ("401", "Unauthorized"),
    ("402", "Payment Required"),
    ("403", "Forbidden"),
    ("404", "Not Found"),
    ("405", "Method Not Allowed"),
    ("406", "Not Acceptable"),
    ("407", "Proxy Authentication Required"),
    ("408", "Request Timeout"),
    ("409", "Conflict"),
    ("410", "Gone"),
    ("411", "Length Required"),
    ("412", "Precondition Failed"),
    ("413", "Content Too Large"),
    ("413", "Payload Too Large"),
    ("413", "Request Entity Too Large"),
    ("414", "URI Too Long"),
    ("415", "Unsupported Media Type"),
    ("416", "Range Not Satisfiable"),
    ("417", "Expectation Failed"),
    ("421", "Misdirected Request"),
    ("422", "Unprocessable"),
    ("423", "Locked"),
    ("425", "Too Early"),
    ("426", "Upgrade Required"),
    ("428", "Precondition Required"),
    ("429", "Too Many Requests"),
    ("431", "Request Header Fields Too Large"),
    ("451", "Unavailable For Legal Reasons"),
    ("500", "Internal Server Error"),
    ("501", "Not Implemented"),
    ("502", "Bad Gateway"),
    ("503", "Service Unavailable"),
    ("504", "Gateway Time"),
];

static SIGNS: LazyLock<(Option<AhoCorasick>, Vec<Sign>)> = LazyLock::new(|| {
    let mut words: Vec<String> = Vec::new();
    let mut signs = Vec::new();
    let mut add = |word: &str, sign: Sign| {
        words.push(word.to_owned());
        signs.push(sign);
    };
    add("://", Sign::Address);
    add("HTTP", Sign::Protocol);
    for word in ["tatus", "STATUS", "esponded with ", "esponse code "] {
        add(word, Sign::Status);
    }
    add("eturned ", Sign::Returned);
    for word in ["SQLSTATE", "rrno"] {
        add(word, Sign::Code);
    }
    for method in METHODS {
        add(&format!("{method} "), Sign::Method);
    }
    for (digits, phrase) in REASONS {
        add(phrase, Sign::Reason(digits));
    }
    // Some fifty short words are built within a fixed size.
    (AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(&words).ok(), signs)
});

/// Reads a run of lines; what stands in `documents` has been read as values.
pub(super) fn read(collector: &mut Collector<'_>, source: &Source<'_>, run: ByteSpan, documents: &[ByteSpan]) {
    let mut reader = Reader { collector, source, text: &source.text, read_to: run.start() };
    let mut at = run.start();
    for document in documents {
        reader.read_between(at, document.start());
        at = at.max(document.end());
    }
    reader.read_between(at, run.end());
}

struct Reader<'c, 'p, 's> {
    collector: &'c mut Collector<'p>,
    source: &'s Source<'s>,
    text: &'s str,
    /// End of the last address: what stands inside it is no address of its own.
    read_to: usize,
}

impl Reader<'_, '_, '_> {
    fn read_between(&mut self, start: usize, end: usize) {
        let (Some(words), signs) = &*SIGNS else { return };
        if start >= end {
            return;
        }
        let input = aho_corasick::Input::new(self.text).range(start..end);
        for found in words.find_iter(input) {
            if self.collector.is_full() {
                return;
            }
            if found.start() < self.read_to {
                continue;
            }
            match signs[found.pattern().as_usize()] {
                Sign::Address => {
                    self.address(found.start());
                }
                Sign::Method => self.request(found.start(), found.end()),
                Sign::Protocol => self.protocol(found.end()),
                Sign::Status => self.status_after(found.end()),
                Sign::Returned => self.returned(found.end()),
                Sign::Reason(digits) => self.reason(digits, found.start()),
                Sign::Code => self.code(found.end()),
            }
        }
    }

    fn add(&mut self, name: WellKnown, value: FieldValue, span: ByteSpan) {
        self.collector.canonical(name, value, self.source.place(span), None);
    }

    fn add_text(&mut self, name: WellKnown, span: ByteSpan) {
        self.add(name, FieldValue::Text(span.slice(self.text).to_owned()), span);
    }

    /// Adds an address and returns where its path stands.
    fn address(&mut self, at: usize) -> Option<ByteSpan> {
        let url = url_pieces(self.text, at)?;
        self.read_to = url.path.end();
        self.add_text(WellKnown::Host, url.host);
        if url.path.is_empty() {
            return None;
        }
        self.add_text(WellKnown::Route, url.path);
        Some(url.path)
    }

    /// `POST /path`, as in a request line, an access log or prose.
    fn request(&mut self, start: usize, end: usize) {
        let bytes = self.text.as_bytes();
        if start > 0 && (bytes[start - 1].is_ascii_alphanumeric() || matches!(bytes[start - 1], b'-' | b'_')) {
            return;
        }
        let path = if bytes.get(end) == Some(&b'/') {
            let path = request_path(self.text, end);
            self.read_to = path.end();
            self.add_text(WellKnown::Route, path);
            path
        } else {
            let scheme = bytes[end..].iter().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
            if !bytes[end + scheme..].starts_with(b"://") {
                return;
            }
            let Some(path) = self.address(end + scheme) else { return };
            path
        };
        self.add_text(WellKnown::Path, path);
        self.add_text(WellKnown::Method, ByteSpan::new(start, end - 1));
        // `GET /path 404 12 ms` of development servers; the query is not part of the path.
        let target = bytes[path.end()..].iter().take_while(|byte| !byte.is_ascii_whitespace()).take(512).count();
        let after = path.end() + target;
        if bytes.get(after) == Some(&b' ') && bytes.get(after + 4).is_none_or(u8::is_ascii_whitespace) {
            self.status_at(after + 1);
        }
    }

    /// The status after `HTTP`: `HTTP/1.1 400`, `HTTP/1.1" 404`, `HTTP 502`, `HTTP error 503`, `HTTP Status 404`.
    fn protocol(&mut self, end: usize) {
        let bytes = self.text.as_bytes();
        let mut at = end;
        if bytes.get(at) == Some(&b'/') {
            at += 1;
            at += bytes[at..].iter().take(4).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        }
        self.status_after(at);
    }

    /// A status at most a few separators and a word such as `code` or `error` further on.
    fn status_after(&mut self, at: usize) {
        const WORDS: [&str; 8] = ["code", "Code", "CODE", "error", "Error", "status", "Status", "response"];
        let bytes = self.text.as_bytes();
        let mut at = at;
        for _ in 0..3 {
            at += bytes[at..]
                .iter()
                .take(6)
                .take_while(|byte| {
                    matches!(byte, b' ' | b'"' | b'\'' | b':' | b'=' | b'(' | b'-' | b'_' | b'[' | b'\t')
                })
                .count();
            if bytes.get(at).is_some_and(u8::is_ascii_digit) {
                self.status_at(at);
                return;
            }
            let Some(word) = WORDS.iter().find(|word| bytes[at..].starts_with(word.as_bytes())) else { return };
            at += word.len();
        }
    }

    /// `returned 502 Bad Gateway` or `returned 502.`, but not `returned 200 rows`.
    fn returned(&mut self, at: usize) {
        const FOLLOW: [&str; 8] = ["for", "from", "on", "when", "and", "at", "while", "in"];
        let rest = self.text.get(at + 3..).unwrap_or_default();
        let next = rest.strip_prefix(' ').map(|rest| rest.split(' ').next().unwrap_or_default());
        if next.is_none_or(|word| !word.starts_with(|c: char| c.is_lowercase()) || FOLLOW.contains(&word)) {
            self.status_at(at);
        }
    }

    /// A status whose reason phrase begins at `at`: `404 Not Found`, `(404) Not Found`, `502: Bad Gateway`.
    fn reason(&mut self, digits: &str, at: usize) {
        let before = self.text[..at].trim_end_matches([' ', ')', ':', '-', ',']);
        if before.len() < at && before.ends_with(digits) {
            self.status_at(before.len() - digits.len());
        }
    }

    /// Adds the three digits at `at` if they are a status and no part of a longer number or word.
    fn status_at(&mut self, at: usize) {
        let bytes = self.text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
        let end = at + 3;
        let goes_on = is_word(bytes.get(end))
            || matches!(bytes.get(end), Some(b'.' | b',' | b':')) && bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
        if goes_on || at > 0 && (is_word(bytes.get(at - 1)) || bytes[at - 1] == b'.') {
            return;
        }
        if let Some(value) = self.text.get(at..end).and_then(status) {
            self.add(WellKnown::Status, value, ByteSpan::new(at, end));
        }
    }

    /// `SQLSTATE[42P01]`, `SQLSTATE: 42P01`, `[Errno 111]`, `errno=13`.
    fn code(&mut self, at: usize) {
        let bytes = self.text.as_bytes();
        let start =
            at + bytes[at..].iter().take(4).take_while(|b| matches!(b, b' ' | b'[' | b':' | b'=' | b'(')).count();
        let len = bytes[start..].iter().take(24).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let written = &bytes[start..start + len];
        if start > at && len < 24 && written.iter().any(u8::is_ascii_digit) {
            self.add_text(WellKnown::Code, ByteSpan::new(start, start + len));
        }
    }
}

/// Host and path of an address.
pub(in crate::report::fields) struct UrlPieces {
    pub(in crate::report::fields) host: ByteSpan,
    /// Without the query; empty when there is none.
    pub(in crate::report::fields) path: ByteSpan,
}

/// The pieces of the web address whose `://` stands at `at`.
pub(in crate::report::fields) fn url_pieces(text: &str, at: usize) -> Option<UrlPieces> {
    let bytes = text.as_bytes();
    let scheme = bytes[..at].iter().rev().take(6).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let scheme = text[at - scheme..at].to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https" | "ws" | "wss") {
        return None;
    }
    let start = at + 3;
    let end = text.floor_char_boundary(host_end(bytes, start));
    // Names and passwords before the host, the port after it.
    let start = memchr::memrchr(b'@', &bytes[start..end]).map_or(start, |found| start + found + 1);
    let mut host = ByteSpan::new(start, end);
    if let Some(colon) = memchr::memrchr(b':', &bytes[start..end])
        && bytes[start + colon + 1..end].iter().all(u8::is_ascii_digit)
    {
        host = ByteSpan::new(start, start + colon);
    }
    if host.is_empty() {
        return None;
    }
    let path = if bytes.get(end) == Some(&b'/') { request_path(text, end) } else { ByteSpan::new(end, end) };
    Some(UrlPieces { host, path })
}

/// Where the authority of an address ends; in reports it may be a placeholder such as `<DOMAIN>`.
fn host_end(bytes: &[u8], start: usize) -> usize {
    const MAX_HOST: usize = 320;
    let placeholder = match bytes.get(start) {
        Some(b'<') => memchr::memchr(b'>', &bytes[start..bytes.len().min(start + 64)]).map_or(0, |found| found + 1),
        _ => 0,
    };
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'/' | b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b',' | b';' | b')' | b'}' | b'\\'
            )
    };
    let from = start + placeholder;
    from + bytes[from..].iter().take(MAX_HOST).take_while(|byte| !ends(byte)).count()
}

/// The path that begins at `start` with a slash, without its query, the position in a script (`:514:6352`) and the
/// punctuation of the sentence it stands in.
pub(in crate::report::fields) fn request_path(text: &str, start: usize) -> ByteSpan {
    let bytes = &text.as_bytes()[start..];
    let ends = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'?' | b'#' | b'"' | b'\'' | b'<' | b'>' | b'`' | b')' | b'}' | b']' | b'|' | b'\\' | b',' | b';'
            )
    };
    let mut len = bytes.iter().take_while(|byte| !ends(byte)).count();
    let sentence = bytes[..len].iter().rev().take_while(|byte| matches!(byte, b'.' | b':' | b'!')).count();
    len -= sentence;
    for _ in 0..2 {
        let digits = bytes[..len].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 && len > digits + 1 && bytes[len - digits - 1] == b':' {
            len -= digits + 1;
        }
    }
    ByteSpan::new(start, start + len)
}
