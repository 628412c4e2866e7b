//! JSON values as TOML.

use serde_json::Value;

/// A value on one line; `None` when TOML cannot hold it, because it knows no `null`.
pub(crate) fn inline(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        // A TOML basic string takes JSON's escapes, and wants the delete character escaped too.
        Value::String(_) => value.to_string().replace('\u{7f}', "\\u007F"),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Option<Vec<_>>>()?.join(", ")),
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| {
                let key = Value::String(key.clone()).to_string().replace('\u{7f}', "\\u007F");
                Some(format!("{key} = {}", inline(value)?))
            };
            let entries = map.iter().map(entry).collect::<Option<Vec<_>>>()?;
            if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
        }
        other => other.to_string(),
    })
}
