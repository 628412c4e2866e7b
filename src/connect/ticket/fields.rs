//! Fields of an event: read strictly, with the JSON pointer in every error.

use jiff::Timestamp;
use serde_json::Value;

use crate::connect::model::Unreadable;

/// The JSON of an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'a>(pub(super) &'a Value);

/// Reads a body as JSON. A mark of byte order is no JSON, but some senders write one.
pub(super) fn parse(body: &[u8]) -> Result<Value, Unreadable> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let value: Value =
        serde_json::from_slice(body).map_err(|error| unreadable("", &format!("not JSON in UTF-8: {error}")))?;
    if value.is_object() {
        Ok(value)
    } else {
        Err(unreadable("", &format!("an object is expected, not {}", kind(&value))))
    }
}

pub(super) fn unreadable(field: &str, problem: &str) -> Unreadable {
    Unreadable {
        field: if field.is_empty() { "body".to_owned() } else { field.to_owned() },
        problem: problem.to_owned(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

impl<'a> Fields<'a> {
    /// What stands at a pointer; `None` when it is absent or null.
    pub(super) fn get(self, pointer: &str) -> Option<&'a Value> {
        self.0.pointer(pointer).filter(|value| !value.is_null())
    }

    /// A text that may be absent or null.
    pub(super) fn text(self, pointer: &str) -> Result<&'a str, Unreadable> {
        match self.get(pointer) {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(unreadable(pointer, &format!("a text is expected, not {}", kind(other)))),
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(self, pointer: &str) -> Result<&'a str, Unreadable> {
        match self.get(pointer) {
            None => Err(unreadable(pointer, "is missing")),
            Some(_) => self.text(pointer),
        }
    }

    /// An identifier, a text or a whole number; `None` when it is absent, null or empty.
    pub(super) fn id(self, pointer: &str) -> Result<Option<String>, Unreadable> {
        match self.get(pointer) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty())),
            Some(Value::Number(number)) if !number.is_f64() => Ok(Some(number.to_string())),
            Some(other) => Err(unreadable(pointer, &format!("an identifier is expected, not {}", kind(other)))),
        }
    }

    /// An identifier that must be there.
    pub(super) fn required_id(self, pointer: &str) -> Result<String, Unreadable> {
        self.id(pointer)?.ok_or_else(|| unreadable(pointer, "is missing"))
    }

    /// Whether a field is true; absent is not.
    pub(super) fn is_true(self, pointer: &str) -> bool {
        self.get(pointer).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The elements of a list; none when it is absent.
    pub(super) fn list(self, pointer: &str) -> impl Iterator<Item = Fields<'a>> {
        self.get(pointer).and_then(Value::as_array).into_iter().flatten().map(Fields)
    }

    /// Tags: a list of texts or of objects with a text under `key`, or one text with blanks or commas between them.
    pub(super) fn tags(self, pointer: &str, key: &str) -> Vec<String> {
        let tags: Vec<String> = match self.get(pointer) {
            Some(Value::String(text)) => text.split([' ', ',']).map(str::to_owned).collect(),
            Some(Value::Array(items)) => {
                let tag = |item: &Value| item.as_str().or_else(|| item.get(key)?.as_str()).map(str::to_owned);
                items.iter().filter_map(tag).collect()
            }
            _ => Vec::new(),
        };
        tags.into_iter().filter(|tag| !tag.is_empty()).collect()
    }

    /// A time as RFC 3339, as seconds or as milliseconds since 1970. What cannot be read orders nothing and is no error.
    pub(super) fn time(self, pointer: &str) -> Option<Timestamp> {
        match self.get(pointer)? {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => {
                let number = number.as_i64()?;
                // No clock has counted this many seconds before the year 5138.
                let is_seconds = number.unsigned_abs() < 100_000_000_000;
                if is_seconds { Timestamp::from_second(number).ok() } else { Timestamp::from_millisecond(number).ok() }
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_names_the_pointer_and_what_stands_there() {
        let value = json!({"a": {"b": 7}, "n": null});
        let fields = Fields(&value);
        let errors = [
            fields.text("/a/b").unwrap_err(),
            fields.required_text("/a/c").unwrap_err(),
            fields.required_id("/a").unwrap_err(),
            fields.required_id("/n").unwrap_err(),
            parse(b"[1]").unwrap_err(),
            parse(b"\xff\xfe{\x00}\x00").unwrap_err(),
        ];
        insta::assert_snapshot!(errors.map(|error| error.to_string()).join("\n"), @r"
        /a/b: a text is expected, not a number
        /a/c: is missing
        /a: an identifier is expected, not an object
        /n: is missing
        body: an object is expected, not a list
        body: not JSON in UTF-8: expected value at line 1 column 1
        ");
        assert_eq!(fields.id("/a/b").unwrap().as_deref(), Some("7"));
        assert_eq!(parse(b"\xef\xbb\xbf{}").unwrap(), json!({}));
    }
}
