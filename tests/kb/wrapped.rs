//! Forty ways in which an error text reaches a support desk.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A request body and its headers.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    pub(crate) content_type: &'static str,
    pub(crate) content_encoding: Option<&'static str>,
}

impl Body {
    /// A plain text body.
    pub(crate) fn text(text: impl Into<Vec<u8>>) -> Self {
        Self { bytes: text.into(), content_type: "text/plain", content_encoding: None }
    }
}

/// A wrapping: of a text into another text, or of a text into a request body.
#[derive(Clone, Copy)]
pub(crate) enum Wrapping {
    /// Gives a text, so that others can go around it.
    Text(fn(&str) -> String),
    /// Gives a body of a media type; inside another wrapping its text counts.
    Typed(&'static str, fn(&str) -> String),
    /// Changes the bytes of a finished body.
    Transport(fn(Body) -> Body),
}

/// Wraps a text once.
pub(crate) fn wrap(text: &str, wrapping: Wrapping) -> Body {
    match wrapping {
        Wrapping::Text(wrap) => Body::text(wrap(text)),
        Wrapping::Typed(content_type, wrap) => {
            Body { bytes: wrap(text).into_bytes(), content_type, content_encoding: None }
        }
        Wrapping::Transport(wrap) => wrap(Body::text(text)),
    }
}

/// Wraps a text twice: `inner` first, `outer` around it. What changes the transport does so last.
pub(crate) fn wrap_twice(text: &str, inner: Wrapping, outer: Wrapping) -> Body {
    match (inner, outer) {
        (Wrapping::Transport(inner), Wrapping::Transport(outer)) => outer(inner(Body::text(text))),
        (Wrapping::Transport(transport), outer) => transport(wrap(text, outer)),
        (inner, Wrapping::Transport(transport)) => transport(wrap(text, inner)),
        (Wrapping::Text(inner) | Wrapping::Typed(_, inner), outer) => wrap(&inner(text), outer),
    }
}

/// The wrappings by name.
pub(crate) const WRAPPINGS: [(&str, Wrapping); 44] = [
    ("plain", Wrapping::Text(str::to_owned)),
    ("json text", Wrapping::Typed("application/json", |t| format!("{{\"text\":{}}}", json(t)))),
    (
        "json payload",
        Wrapping::Typed("application/json", |t| format!("{{\"payload\":{{\"details\":{{\"error\":{}}}}}}}", json(t))),
    ),
    ("json array", Wrapping::Typed("application/json", |t| format!("[{{\"events\":[{}]}}]", json(t)))),
    ("ndjson", Wrapping::Typed("application/x-ndjson", |t| format!("{{\"n\":1}}\n{{\"msg\":{}}}\n", json(t)))),
    ("form", Wrapping::Typed("application/x-www-form-urlencoded", |t| format!("id=7&report={}", percent(t, true)))),
    (
        "multipart field",
        Wrapping::Typed("multipart/form-data; boundary=XX", |t| {
            format!("--XX\r\nContent-Disposition: form-data; name=\"report\"\r\n\r\n{t}\r\n--XX--\r\n")
        }),
    ),
    (
        "multipart file",
        Wrapping::Typed("multipart/form-data; boundary=XX", |t| {
            format!(
                "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"trace.log\"\r\nContent-Type: text/plain\r\n\r\n{t}\r\n--XX--\r\n"
            )
        }),
    ),
    ("har", Wrapping::Typed("application/json", har)),
    (
        "html page",
        Wrapping::Typed("text/html", |t| format!("<html><body><h1>Oops</h1><pre>{}</pre></body></html>", html(t))),
    ),
    ("html fragment", Wrapping::Text(|t| format!("<p>Hello,</p><p>I get <code>{}</code></p><p>Bye</p>", html(t)))),
    ("gzip", Wrapping::Transport(|b| compress(&b, "gzip"))),
    ("br", Wrapping::Transport(|b| compress(&b, "br"))),
    ("zstd", Wrapping::Transport(|b| compress(&b, "zstd"))),
    ("deflate", Wrapping::Transport(|b| compress(&b, "deflate"))),
    ("utf-16", Wrapping::Transport(utf16)),
    ("bom", Wrapping::Transport(bom)),
    ("json string", Wrapping::Text(json)),
    (
        "json log line",
        Wrapping::Text(|t| {
            format!("{{\"ts\":\"2026-11-02T10:00:00Z\",\"level\":\"error\",\"msg\":{},\"n\":3}}", json(t))
        }),
    ),
    ("json in json", Wrapping::Text(|t| json(&format!("{{\"error\":{}}}", json(t))))),
    ("docker log", Wrapping::Text(|t| format!("{{\"log\":{},\"stream\":\"stderr\"}}\n", json(&format!("{t}\n"))))),
    ("syslog", Wrapping::Text(|t| format!("Nov  2 10:00:00 web-1 app[311]: {t}"))),
    (
        "log line",
        Wrapping::Text(|t| {
            format!(
                "2026-11-02 10:00:00,123 ERROR [main] c.e.App - {t}\n2026-11-02 10:00:01,002 INFO  [main] c.e.App - done\n"
            )
        }),
    ),
    ("logfmt", Wrapping::Text(|t| format!("level=error msg={} dur=3ms", json(t)))),
    ("percent", Wrapping::Text(|t| percent(t, false))),
    ("percent twice", Wrapping::Text(|t| percent(&percent(t, false), false))),
    (
        "url query",
        Wrapping::Text(|t| format!("https://app.example.com/error?code=400&message={}&retry=1", percent(t, true))),
    ),
    ("html entities", Wrapping::Text(html)),
    ("numeric entities", Wrapping::Text(numeric_entities)),
    ("quoted mail", Wrapping::Text(|t| quote(t, "> "))),
    ("html quoted mail", Wrapping::Text(|t| quote(&html(t), "> "))),
    ("twice quoted mail", Wrapping::Text(|t| quote(&quote(t, "> "), "> "))),
    ("quoted-printable", Wrapping::Text(quoted_printable)),
    ("base64", Wrapping::Text(|t| STANDARD.encode(t))),
    ("base64url", Wrapping::Text(|t| format!("data={}", URL_SAFE_NO_PAD.encode(t)))),
    ("mime base64", Wrapping::Text(|t| lines(&STANDARD.encode(t), 76))),
    (
        "ansi",
        Wrapping::Text(|t| {
            format!("\u{1b}[2m10:00\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m {}", t.replace(' ', " \u{1b}[1m"))
        }),
    ),
    ("smart quotes", Wrapping::Text(smart_quotes)),
    ("no-break spaces", Wrapping::Text(|t| t.replace(' ', "\u{a0}"))),
    ("zero width", Wrapping::Text(|t| t.replace('e', "e\u{200b}"))),
    ("bidi", Wrapping::Text(|t| format!("\u{202a}{t}\u{202c}"))),
    ("wrapped lines", Wrapping::Text(|t| wrap_lines(t, 72))),
    ("markdown fence", Wrapping::Text(|t| format!("It fails with\n\n```\n{t}\n```\n\nAny idea?"))),
    ("unicode escapes", Wrapping::Text(unicode_escapes)),
];

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn percent(text: &str, plus: bool) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            b' ' if plus => out.push('+'),
            _ => write!(out, "%{byte:02X}").unwrap(),
        }
    }
    out
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn numeric_entities(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_alphanumeric() || c == ' ' || c == '\n' {
            out.push(c);
        } else {
            write!(out, "&#x{:X};", u32::from(c)).unwrap();
        }
        out
    })
}

fn har(text: &str) -> String {
    format!(
        "{{\"log\":{{\"version\":\"1.2\",\"entries\":[{{\"request\":{{\"method\":\"POST\",\"url\":\"https://login.example.com/u/passkey-enrollment?state=x\"}},\"response\":{{\"status\":400,\"content\":{{\"mimeType\":\"text/html\",\"text\":{}}}}}}}]}}}}",
        json(text)
    )
}

fn quote(text: &str, mark: &str) -> String {
    let quoted = wrap_lines(text, 70).lines().fold(String::new(), |out, line| format!("{out}{mark}{line}\n"));
    format!("On Mon, Nov 2, 2026 at 10:00 Kim wrote:\n{quoted}\nThanks\n")
}

fn wrap_lines(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let indentation = line.len() - line.trim_start_matches(' ').len();
        out.push_str(&line[..indentation]);
        let mut column = indentation;
        for (number, word) in line[indentation..].split(' ').enumerate() {
            let length = word.chars().count();
            if number > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if number > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += length;
        }
        out.push('\n');
    }
    out
}

fn quoted_printable(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for byte in text.replace("\r\n", "\n").bytes() {
        let piece = match byte {
            b'\n' => "\r\n".to_owned(),
            b' '..=b'~' if byte != b'=' => char::from(byte).to_string(),
            _ => format!("={byte:02X}"),
        };
        if column + piece.len() > 75 && piece != "\r\n" {
            out.push_str("=\r\n");
            column = 0;
        }
        column = if piece == "\r\n" { 0 } else { column + piece.len() };
        out.push_str(&piece);
    }
    out
}

fn lines(text: &str, width: usize) -> String {
    text.as_bytes().chunks(width).map(|chunk| String::from_utf8_lossy(chunk) + "\r\n").collect()
}

fn smart_quotes(text: &str) -> String {
    let mut open = true;
    text.chars()
        .map(|c| match c {
            '\'' | '"' => {
                open = !open;
                match (c, open) {
                    ('\'', false) => '‘',
                    ('\'', true) => '’',
                    (_, false) => '“',
                    (_, true) => '”',
                }
            }
            other => other,
        })
        .collect()
}

fn unicode_escapes(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if c.is_ascii_alphanumeric() || c == ' ' {
            out.push(c);
        } else {
            write!(out, "\\u{:04x}", u32::from(c)).unwrap();
        }
        out
    })
}

fn compress(body: &Body, encoding: &'static str) -> Body {
    let mut bytes = Vec::new();
    match encoding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(&mut bytes, flate2::Compression::default());
            encoder.write_all(&body.bytes).unwrap();
            encoder.finish().unwrap();
        }
        "deflate" => {
            let mut encoder = flate2::write::ZlibEncoder::new(&mut bytes, flate2::Compression::default());
            encoder.write_all(&body.bytes).unwrap();
            encoder.finish().unwrap();
        }
        "br" => brotli::CompressorWriter::new(&mut bytes, 4096, 5, 20).write_all(&body.bytes).unwrap(),
        _ => bytes = zstd::encode_all(body.bytes.as_slice(), 3).unwrap(),
    }
    let content_encoding = Some(match body.content_encoding {
        None => encoding,
        Some(inner) => Box::leak(format!("{inner}, {encoding}").into_boxed_str()),
    });
    Body { bytes, content_encoding, content_type: body.content_type }
}

/// A byte order mark belongs to text, so it stands inside a compression.
fn bom(body: Body) -> Body {
    if body.content_encoding.is_some() {
        return body;
    }
    Body { bytes: [b"\xef\xbb\xbf".as_slice(), &body.bytes].concat(), ..body }
}

/// A body that is compressed already cannot change its charset; it stays.
fn utf16(body: Body) -> Body {
    let (None, Ok(text)) = (body.content_encoding, std::str::from_utf8(&body.bytes)) else { return body };
    // Only text has a charset of its own.
    if body.content_type.starts_with("multipart") || body.content_type.contains("urlencoded") {
        return body;
    }
    let units = std::iter::once(0xfeff).chain(text.trim_start_matches('\u{feff}').encode_utf16());
    Body { bytes: units.flat_map(u16::to_le_bytes).collect(), ..body }
}
