//! Templates of calls: placeholders filled in, each value escaped for the place that it stands in.

use serde_json::{Map, Value};

use super::call::segment;
use super::{Audience, Posting};
use crate::connect::dialect::html::{HTML_LIMITS, Html};
use crate::connect::dialect::markdown::{Flavour, Markdown};
use crate::connect::dialect::plain::PlainText;

/// What the placeholders of a template stand for.
pub(super) struct Template<'a> {
    posting: Posting<'a>,
}

impl<'a> Template<'a> {
    pub(super) fn new(posting: Posting<'a>) -> Self {
        Self { posting }
    }

    fn value(&self, name: &str) -> Option<String> {
        let Posting { note, marker, external_id, .. } = self.posting;
        Some(match name {
            "external_id" => external_id.to_owned(),
            "marker" => marker.to_owned(),
            "report_id" => note.report_id.clone(),
            "note_text" => PlainText::note(note, Some(marker), HTML_LIMITS).as_str().to_owned(),
            "note_markdown" => Markdown::note(note, Some(marker), Flavour::GitHub).as_str().to_owned(),
            "note_html" => Html::note(note, Some(marker), HTML_LIMITS).as_str().to_owned(),
            _ => return None,
        })
    }

    /// Puts values in place of `{{names}}`, once: what a value holds is not read again. Names nobody knows stay.
    fn fill(&self, template: &str, escape: fn(&str) -> String) -> String {
        let mut filled = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find("{{") {
            filled.push_str(&rest[..at]);
            let inner = &rest[at + 2..];
            let found = inner.find("}}").and_then(|end| Some((self.value(inner[..end].trim())?, end)));
            if let Some((value, end)) = found {
                filled.push_str(&escape(&value));
                rest = &inner[end + 2..];
            } else {
                filled.push_str("{{");
                rest = inner;
            }
        }
        filled.push_str(rest);
        filled
    }

    /// A path, each value one segment.
    pub(super) fn path(&self, template: &str) -> String {
        let path = self.fill(template, segment);
        if path.starts_with('/') { path } else { format!("/{path}") }
    }

    /// A header's value: one line.
    pub(super) fn line(&self, template: &str) -> String {
        self.fill(template, |value| value.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect())
    }

    /// A body: values stay inside their texts, since the template is filled after it was read. A text that is only
    /// `{{internal}}` or `{{public}}` is a yes or no.
    pub(super) fn json(&self, template: &toml::Value) -> Value {
        match template {
            toml::Value::String(text) => match text.trim() {
                "{{internal}}" => Value::Bool(self.posting.audience == Audience::Internal),
                "{{public}}" => Value::Bool(self.posting.audience == Audience::Public),
                _ => Value::String(self.fill(text, str::to_owned)),
            },
            toml::Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            toml::Value::Table(table) => {
                Value::Object(table.iter().map(|(name, value)| (name.clone(), self.json(value))).collect::<Map<_, _>>())
            }
            other => serde_json::to_value(other).unwrap_or(Value::Null),
        }
    }
}
