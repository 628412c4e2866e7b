//! JSON values as nodes.

use serde_json::Value;

use super::{Entry, Kind, MAX_DEPTH, Node, Place};

/// Makes nodes of a JSON value; an error says why it is too large.
pub(crate) fn from_json(value: &Value) -> Result<Node, String> {
    convert(value, 0)
}

fn convert(value: &Value, depth: usize) -> Result<Node, String> {
    if depth > MAX_DEPTH {
        return Err(format!("nested deeper than {MAX_DEPTH} levels; flatten it"));
    }
    let plain = |text: String| Kind::Scalar { text, plain: true };
    let kind = match value {
        Value::Null => plain("null".to_owned()),
        Value::Bool(value) => plain(value.to_string()),
        Value::Number(number) => plain(number.to_string()),
        Value::String(text) => Kind::Scalar { text: text.clone(), plain: false },
        Value::Array(items) => Kind::List(items.iter().map(|item| convert(item, depth + 1)).collect::<Result<_, _>>()?),
        Value::Object(map) => {
            let mut entries = Vec::with_capacity(map.len());
            for (key, value) in map {
                let value = convert(value, depth + 1)?;
                entries.push(Entry { key: key.clone(), place: Place::default(), span: 0..0, value });
            }
            Kind::Map(entries)
        }
    };
    Ok(Node { place: Place::default(), span: 0..0, kind })
}
