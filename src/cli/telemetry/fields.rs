//! The fields of spans as JSON, written straight into their text.
//!
//! Every request opens a span, so its fields are formatted whether or not a line is ever logged. The library's own way
//! builds a map of JSON values first and takes five times as long.

use std::fmt::{self, Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::span::Record;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormattedFields;
use tracing_subscriber::fmt::format::{FormatFields, Writer};

/// Formats the fields of spans as one JSON object.
#[derive(Debug, Clone, Copy)]
pub(super) struct SpanFields;

impl<'w> FormatFields<'w> for SpanFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut visitor = Object { text: String::with_capacity(128), result: Ok(()) };
        fields.record(&mut visitor);
        visitor.end(writer)
    }

    fn add_fields(&self, current: &'w mut FormattedFields<Self>, fields: &Record<'_>) -> fmt::Result {
        let mut visitor = Object { text: std::mem::take(&mut current.fields), result: Ok(()) };
        // Behind what is there already; of a field given twice, readers take the later value.
        visitor.text.truncate(visitor.text.len().saturating_sub(1));
        fields.record(&mut visitor);
        visitor.end(current.as_writer())
    }
}

/// An object that is being written, without its closing brace.
struct Object {
    text: String,
    result: fmt::Result,
}

impl Object {
    fn end(mut self, mut writer: Writer<'_>) -> fmt::Result {
        self.result?;
        self.text.push_str(if self.text.is_empty() { "{}" } else { "}" });
        writer.write_str(&self.text)
    }

    fn name(&mut self, field: &Field) {
        if self.text.is_empty() {
            self.text.push('{');
        } else if self.text != "{" {
            self.text.push(',');
        }
        self.string(field.name());
        self.text.push(':');
    }

    fn string(&mut self, value: &str) {
        self.text.push('"');
        let mut rest = value;
        while let Some(at) = rest.bytes().position(|b| b < 0x20 || matches!(b, b'"' | b'\\')) {
            self.text.push_str(&rest[..at]);
            self.result = self.result.and_then(|()| write!(self.text, "\\u{:04x}", rest.as_bytes()[at]));
            rest = &rest[at + 1..];
        }
        self.text.push_str(rest);
        self.text.push('"');
    }

    fn plain(&mut self, field: &Field, value: impl fmt::Display) {
        self.name(field);
        self.result = self.result.and_then(|()| write!(self.text, "{value}"));
    }
}

impl Visit for Object {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.name(field);
        self.string(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.name(field);
        self.string(&format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field, value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    /// Lines that are kept.
    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Lines {
        type Writer = Self;

        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn a_line_has_the_fields_of_its_span() {
        let lines = Lines::default();
        let builder = tracing_subscriber::fmt().json().flatten_event(true).with_span_list(false);
        let subscriber = builder.fmt_fields(SpanFields).with_writer(lines.clone()).finish();
        tracing::subscriber::with_default(subscriber, || {
            let odd = "a \"quoted\" \\ line\nand é";
            let span =
                tracing::error_span!("request", odd, count = 3_u64, way = ?Some(1), later = tracing::field::Empty);
            span.record("later", true);
            span.in_scope(|| tracing::error!(status = 500, "answered"));
            tracing::error_span!("bare").in_scope(|| tracing::error!("said"));
            let late = tracing::error_span!("late", first = tracing::field::Empty);
            late.record("first", 1);
            late.in_scope(|| tracing::error!("said"));
        });
        let text = String::from_utf8(lines.0.lock().unwrap_or_else(PoisonError::into_inner).clone()).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let span = serde_json::json!({
            "name": "request", "odd": "a \"quoted\" \\ line\nand é", "count": 3, "way": "Some(1)", "later": true
        });
        assert_eq!((&lines[0]["span"], &lines[0]["status"]), (&span, &500.into()));
        assert_eq!(lines[1]["span"], serde_json::json!({ "name": "bare" }));
        assert_eq!(lines[2]["span"], serde_json::json!({ "name": "late", "first": 1 }));
    }
}
