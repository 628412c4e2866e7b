//! Content types: what a header says and which format it means.

use std::borrow::Cow;

use super::transfer::decode_percent;

/// Format of a body or file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON document.
    Json,
    /// A JSON document on every line (NDJSON, JSON Lines).
    JsonLines,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data` and its like.
    Multipart,
    /// HTML.
    Html,
    /// Text as it stands.
    Text,
    /// Not named: to be told from the text.
    Unknown,
}

impl Format {
    /// The format that a `Content-Type` means. Types of plain bytes and of compressed files name none.
    pub fn of(content_type: Option<&str>) -> Self {
        if content_type == Some("application/json") {
            return Self::Json;
        }
        let header = Header::parse(content_type.unwrap_or_default());
        match header.value.as_str() {
            ""
            | "*/*"
            | "application/octet-stream"
            | "binary/octet-stream"
            | "application/gzip"
            | "application/x-gzip"
            | "application/zstd" => Self::Unknown,
            "application/json" | "text/json" => Self::Json,
            "application/x-ndjson"
            | "application/ndjson"
            | "application/jsonl"
            | "application/x-jsonl"
            | "application/json-lines"
            | "application/x-json-lines"
            | "application/jsonlines" => Self::JsonLines,
            "application/x-www-form-urlencoded" => Self::Form,
            "text/html" | "application/xhtml+xml" => Self::Html,
            value if value.ends_with("+json") => Self::Json,
            value if value.starts_with("multipart/") => Self::Multipart,
            _ => Self::Text,
        }
    }

    /// The format of a file by the end of its name.
    pub(super) fn of_file(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
        match name.rsplit_once('.').map(|(_, extension)| extension) {
            Some("json" | "har") => Self::Json,
            Some("ndjson" | "jsonl") => Self::JsonLines,
            Some("html" | "htm" | "xhtml") => Self::Html,
            _ => Self::Unknown,
        }
    }
}

/// Whether a text starts as an HTML document does.
pub(super) fn starts_as_html(text: &str) -> bool {
    ["<!doctype html", "<html"].iter().any(|start| {
        let bytes = text.as_bytes();
        let follows = bytes.get(start.len());
        bytes.get(..start.len()).is_some_and(|have| have.eq_ignore_ascii_case(start.as_bytes()))
            && follows.is_none_or(|byte| byte.is_ascii_whitespace() || *byte == b'>')
    })
}

/// A header of a value and parameters: `text/plain; charset="utf-8"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// What stands before the parameters, in lower case.
    pub(super) value: String,
    /// Names in lower case with values out of their quotes.
    parameters: Vec<(String, String)>,
}

impl Header {
    /// Reads a header as far as it goes; what cannot be read is left out.
    pub(super) fn parse(header: &str) -> Self {
        let (value, mut rest) = header.split_once(';').unwrap_or((header, ""));
        let mut parameters = Vec::new();
        while let Some((name, after)) = rest.split_once('=') {
            // Something without a value may stand before it.
            let name = name.rsplit(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            let (value, after) = parameter_value(after.trim_start());
            parameters.push((name, value));
            rest = after;
        }
        Self { value: value.trim().to_ascii_lowercase(), parameters }
    }

    /// Value of a parameter; the name in lower case.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// Value of a parameter that may be written in the extended notation of RFC 5987, which wins.
    pub(super) fn text_parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let extended = self.parameter(&format!("{name}*")).and_then(decode_extended);
        extended.map(Cow::Owned).or_else(|| self.parameter(name).map(Cow::Borrowed))
    }
}

/// Reads a value, quoted or not, and returns it with what follows its semicolon.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quote @ ('"' | '\'')) = text.chars().next() else {
        let (value, rest) = text.split_once(';').unwrap_or((text, ""));
        return (value.trim_end().to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            // Only these two are escaped: browsers of old send `filename="C:\logs\new.txt"`.
            '\\' => match characters.next_if(|&(_, next)| next == quote || next == '\\') {
                Some((_, escaped)) => value.push(escaped),
                None => value.push('\\'),
            },
            character if character == quote => {
                let rest = &text[at + 1..];
                return (value, rest.split_once(';').map_or("", |(_, rest)| rest));
            }
            character => value.push(character),
        }
    }
    (value, "")
}

/// Decodes `UTF-8''na%C3%AFve` (RFC 5987).
fn decode_extended(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_language, encoded) = rest.split_once('\'')?;
    let encoding = encoding_rs::Encoding::for_label(charset.as_bytes())?;
    Some(encoding.decode_without_bom_handling(&decode_percent(encoded.as_bytes(), false)).0.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_names_its_format_whatever_its_case_and_parameters() {
        let table = [
            ("application/json", Format::Json),
            ("Application/JSON ; charset=utf-8", Format::Json),
            ("application/problem+json", Format::Json),
            ("application/x-ndjson", Format::JsonLines),
            ("application/x-www-form-urlencoded; charset=UTF-8", Format::Form),
            ("multipart/form-data; boundary=x", Format::Multipart),
            ("text/html;charset=utf-8", Format::Html),
            ("application/xhtml+xml", Format::Html),
            ("image/svg+xml", Format::Text),
            ("message/rfc822", Format::Text),
            ("text/plain", Format::Text),
            ("application/octet-stream", Format::Unknown),
            ("", Format::Unknown),
        ];
        for (header, format) in table {
            assert_eq!(Format::of(Some(header)), format, "{header}");
        }
        assert_eq!(Format::of(None), Format::Unknown);
    }

    #[test]
    fn parameters_come_out_of_their_quotes() {
        let header = Header::parse(r#"form-data; flag; Name="a \"b\"; c" ; filename="C:\logs\new.txt"; x=plain ; y"#);
        assert_eq!(header.value, "form-data");
        assert_eq!(header.parameter("name"), Some("a \"b\"; c"));
        assert_eq!(header.parameter("filename"), Some(r"C:\logs\new.txt"));
        assert_eq!(header.parameter("x"), Some("plain"));
        assert_eq!(header.parameter("y"), None);
    }

    #[test]
    fn the_extended_notation_of_a_parameter_wins() {
        let header = Header::parse("attachment; filename=\"naive.log\"; filename*=UTF-8''na%C3%AFve%20%E2%82%AC.log");
        assert_eq!(header.text_parameter("filename").unwrap(), "naïve €.log");
        let header = Header::parse("attachment; filename=\"naive.log\"; filename*=nonsense");
        assert_eq!(header.text_parameter("filename").unwrap(), "naive.log");
    }

    #[test]
    fn html_is_told_by_its_first_tag() {
        for text in ["<!DOCTYPE html><p>", "<html lang=en>", "<HTML>", "<!doctype HTML PUBLIC"] {
            assert!(starts_as_html(text), "{text}");
        }
        for text in ["<htmlish>", "<?xml version='1.0'?>", "html", "<p>"] {
            assert!(!starts_as_html(text), "{text}");
        }
    }
}
