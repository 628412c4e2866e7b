//! Ways in which a text reaches a support desk inside another text.

use std::fmt::Write as _;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A wrapping by name, how many layers of encoding it adds, and its function.
pub(super) type Wrapper = (&'static str, usize, fn(&str) -> String);

pub(super) const WRAPPERS: [Wrapper; 58] = [
    ("plain", 0, str::to_owned),
    ("JSON string", 1, json),
    ("JSON string in a log line", 1, |t| format!("{{\"ts\":\"2026-11-02T10:00:00Z\",\"msg\":{},\"n\":3}}", json(t))),
    ("JSON string in JSON string", 2, |t| json(&format!("{{\"error\":{}}}", json(t)))),
    ("JSON string cut at both ends", 1, |t| {
        let whole = json(&format!("The browser says: {t}, and then it stops"));
        whole[1..whole.len() - 1].to_owned()
    }),
    ("JSON with slashes escaped", 1, |t| json(t).replace('/', "\\/")),
    ("Docker log line", 1, |t| format!("{{\"log\":{},\"stream\":\"stderr\"}}\n", json(&format!("{t}\n")))),
    ("logfmt", 1, |t| format!("level=error msg={} dur=3ms", json(t))),
    ("Python repr", 1, |t| format!("ValueError('{}')", escape(t, "\\'"))),
    ("Python bytes repr", 1, python_bytes),
    ("JavaScript template literal", 1, |t| format!("console.log(`{}`)", escape(t, "\\`"))),
    ("\\u escapes of all marks", 1, |t| marks(t, |c| unit_escapes(c, "\\u"))),
    ("\\u{} escapes of all marks", 1, |t| marks(t, |c| format!("\\u{{{:x}}}", u32::from(c)))),
    ("\\x escapes of all marks", 1, |t| marks(t, |c| bytes(c, |b| format!("\\x{b:02x}")))),
    ("octal escapes of all marks", 1, |t| marks(t, |c| bytes(c, |b| format!("\\{b:03o}")))),
    ("rsyslog with octal control characters", 1, |t| {
        format!("Nov  2 10:00:00 web-1 app[311]: {}", t.replace('\r', "#015").replace('\n', "#012"))
    }),
    ("syslog line", 0, |t| format!("<11>1 2026-11-02T10:00:00Z web-1 app 311 - - {t}")),
    ("container runtime line", 0, |t| format!("2026-11-02T10:00:00.123456789Z stderr F {t}\n")),
    ("log line", 0, |t| {
        format!("2026-11-02 10:00:00,123 ERROR [main] c.e.App - {t}\n2026-11-02 10:00:01,002 INFO done\n")
    }),
    ("percent", 1, |t| percent(t, false)),
    ("percent twice", 2, |t| percent(&percent(t, false), false)),
    ("percent, lower case", 1, percent_lower),
    ("form body", 1, |t| format!("id=7&report={}&retry=1", percent(t, true))),
    ("URL query in a request line", 1, |t| format!("GET /error?code=400&message={} HTTP/1.1", percent(t, true))),
    ("JavaScript escape()", 1, |t| {
        marks(t, |c| if c.is_ascii() { format!("%{:02X}", u32::from(c)) } else { unit_escapes(c, "%u") })
    }),
    ("HTML entities", 1, html),
    ("HTML entities twice", 2, |t| html(&html(t))),
    ("numeric entities of all marks", 1, |t| marks(t, |c| format!("&#{};", u32::from(c)))),
    ("hexadecimal entities of all marks", 1, |t| marks(t, |c| format!("&#x{:X};", u32::from(c)))),
    ("HTML page", 1, |t| {
        format!("<!DOCTYPE html><html><head><title>Oops</title></head><body><pre>{}</pre></body></html>", html(t))
    }),
    ("HTML attribute", 1, |t| format!("<div class=\"error\" data-report=\"{}\">Oops</div>", html(t))),
    ("HTML mail", 1, |t| {
        format!(
            "<div>Hello,<br>I get</div><blockquote><p>{}</p></blockquote><div>Bye</div>",
            html(t).replace(' ', "&nbsp;")
        )
    }),
    ("CDATA", 1, |t| format!("<?xml version=\"1.0\"?><p><![CDATA[{t}]]></p>")),
    ("quoted mail", 0, |t| quote(t, "> ")),
    ("mail quoted twice", 0, |t| lines(&quote(t, "> "), |line| format!(">{line}"))),
    ("HTML-escaped quoted mail", 1, |t| quote(&html(t), "> ")),
    ("mail quoted with bars", 0, |t| lines(t, |line| format!("| {line}"))),
    ("quoted-printable", 1, quoted_printable),
    ("quoted-printable HTML", 2, |t| quoted_printable(&format!("<html><p style=\"color:red\">{}</p></html>", html(t)))),
    ("base64", 1, |t| STANDARD.encode(t)),
    ("base64url in a query", 1, |t| format!("https://a.example/e?data={}&x=1", URL_SAFE_NO_PAD.encode(t))),
    ("base64 in JSON", 1, |t| format!("{{\"id\":7,\"detail\":\"{}\"}}", STANDARD.encode(t))),
    ("MIME base64", 1, |t| chunks(&STANDARD.encode(t), 76, "\r\n")),
    ("base64 data URL", 1, |t| format!("see data:text/plain;base64,{} please", STANDARD.encode(t))),
    ("PowerShell base64", 1, |t| STANDARD.encode(t.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>())),
    ("ANSI colours", 0, |t| {
        format!("\u{1b}[2m10:00\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m {}", t.replace(' ', " \u{1b}[1m"))
    }),
    ("ANSI colours without escape bytes", 0, |t| format!("[2m10:00[0m [31mERROR[0m {}", t.replace(' ', "[39m [1m"))),
    ("ANSI colours written out", 0, |t| format!("\\x1b[31mERROR\\x1b[0m {}", t.replace(' ', "\\033[0m "))),
    ("CSV field", 1, |t| format!("7,\"{}\",open\r\n", t.replace('"', "\"\""))),
    ("SQL string", 1, |t| format!("INSERT INTO log VALUES (7, '{}');", t.replace('\'', "''"))),
    ("shell word", 1, |t| format!("curl -d '{}' https://a.example", t.replace('\'', "'\\''"))),
    ("smart quotes", 0, smart_quotes),
    ("no-break spaces", 0, |t| t.replace(' ', "\u{a0}")),
    ("zero-width and bidi characters", 0, |t| format!("\u{feff}\u{202a}{}\u{202c}", t.replace('e', "e\u{200b}"))),
    ("NULs of UTF-16", 0, |t| t.chars().fold(String::new(), |out, c| out + c.encode_utf8(&mut [0; 4]) + "\0")),
    ("lines wrapped at words", 0, |t| wrap(t, 72)),
    ("lines cut at a width", 0, |t| lines(t, |line| chunks(line, 80, "\n").trim_end_matches('\n').to_owned())),
    ("Markdown fence", 0, |t| format!("It fails with\n\n```json\n{t}\n```\n\nAny idea?")),
];

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Escapes a delimiter, backslashes and line breaks, as string literals do.
fn escape(text: &str, delimiter: &str) -> String {
    let bare = delimiter.trim_start_matches('\\');
    text.replace('\\', "\\\\").replace(bare, delimiter).replace('\n', "\\n")
}

fn python_bytes(text: &str) -> String {
    let escaped = escape(text, "\\'");
    let ascii = |c: char| if c.is_ascii() { c.to_string() } else { bytes(c, |byte| format!("\\x{byte:02x}")) };
    format!("b'{}'", escaped.chars().map(ascii).collect::<String>())
}

/// Encodes everything but ASCII letters, digits and spaces.
fn marks(text: &str, encode: impl Fn(char) -> String) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() || c == ' ' { c.to_string() } else { encode(c) }).collect()
}

fn bytes(character: char, encode: impl Fn(u8) -> String) -> String {
    character.encode_utf8(&mut [0; 4]).bytes().map(encode).collect()
}

fn unit_escapes(character: char, prefix: &str) -> String {
    character.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |out, unit| format!("{out}{prefix}{unit:04x}"))
}

fn percent(text: &str, plus: bool) -> String {
    text.chars().fold(String::new(), |out, c| match c {
        ' ' if plus => out + "+",
        c if c.is_ascii_alphanumeric() || "-_.~".contains(c) => format!("{out}{c}"),
        c => out + &bytes(c, |byte| format!("%{byte:02X}")),
    })
}

fn percent_lower(text: &str) -> String {
    marks(text, |c| bytes(c, |byte| format!("%{byte:02x}"))).replace(' ', "%20")
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

fn lines(text: &str, each: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| each(line) + "\n").collect()
}

fn quote(text: &str, mark: &str) -> String {
    let quoted = lines(&wrap(text, 70), |line| format!("{mark}{line}"));
    format!("On Mon, Nov 2, 2026 at 10:00 Kim wrote:\n{quoted}\nThanks\n")
}

/// Wraps each line at words, as mail programs do.
fn wrap(text: &str, width: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let mut column = 0;
        for (index, word) in line.split(' ').enumerate() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > width {
                out.push('\n');
                column = 0;
            } else if index > 0 {
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

/// Cuts a text every `width` characters.
fn chunks(text: &str, width: usize, separator: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(width).map(|chunk| chunk.iter().collect::<String>() + separator).collect()
}

fn quoted_printable(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for character in text.chars().filter(|character| *character != '\r') {
        let piece = match character {
            '\n' => "\r\n".to_owned(),
            ' '..='~' if character != '=' => character.to_string(),
            _ => bytes(character, |byte| format!("={byte:02X}")),
        };
        if column + piece.len() > 75 && piece != "\r\n" {
            out.push_str("=\r\n");
            column = 0;
        }
        column = if piece == "\r\n" { 0 } else { column + piece.len() };
        write!(out, "{piece}").unwrap();
    }
    out
}

fn smart_quotes(text: &str) -> String {
    let mut opens = false;
    let bend = |c: char| {
        if !matches!(c, '\'' | '"') {
            return c;
        }
        opens = !opens;
        match (c, opens) {
            ('\'', true) => '‘',
            ('\'', false) => '’',
            (_, true) => '“',
            (_, false) => '”',
        }
    };
    text.chars().map(bend).collect()
}
