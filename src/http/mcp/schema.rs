//! The schema of an answer, taken from the interface's own description so that the two cannot differ.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

/// Where the description keeps its schemas, and where one that stands alone does.
const COMPONENTS: &str = "#/components/schemas/";
const DEFINITIONS: &str = "#/$defs/";

/// The schema of the body of `POST /v1/match`.
pub(super) fn answer() -> &'static Value {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| standing_alone("Answer"));
    &SCHEMA
}

fn standing_alone(name: &str) -> Value {
    let description: Value = serde_json::from_str(crate::http::openapi_json()).unwrap_or_default();
    let schemas = &description["components"]["schemas"];
    let mut root = schemas[name].clone();
    let mut definitions = Map::new();
    let mut wanted = BTreeSet::new();
    relocate(&mut root, &mut wanted);
    while let Some(next) = wanted.pop_first() {
        if definitions.contains_key(&next) {
            continue;
        }
        let mut schema = schemas[&next].clone();
        relocate(&mut schema, &mut wanted);
        definitions.insert(next, schema);
    }
    root["$defs"] = json!(definitions);
    root
}

/// Points references at the definitions, and gathers what they name.
fn relocate(schema: &mut Value, wanted: &mut BTreeSet<String>) {
    match schema {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::String(address) if key == "$ref" => {
                        if let Some(name) = address.strip_prefix(COMPONENTS) {
                            wanted.insert(name.to_owned());
                            *address = format!("{DEFINITIONS}{name}");
                        }
                    }
                    value => relocate(value, wanted),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| relocate(value, wanted)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_an_answer_stands_alone() {
        let schema = answer();
        assert_eq!(schema["type"], "object");
        assert!(schema["properties"]["matches"].is_object());
        let text = schema.to_string();
        assert!(!text.contains(COMPONENTS));
        let references = text.split("\"$ref\":\"#/$defs/").skip(1).filter_map(|rest| rest.split('"').next());
        let mut seen = 0;
        for name in references {
            assert!(schema["$defs"][name].is_object(), "{name}");
            seen += 1;
        }
        assert!(seen > 5, "{text}");
    }
}
