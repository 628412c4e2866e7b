//! The JSON envelope: `{"text": …}` or `{"payload": …}` with options beside it.

use super::options::{self, ENVELOPE_FIELDS, HINT_FIELDS};
use super::{FieldMistake, RequestError};
use crate::engine::{Explain, MatchOptions};
use crate::report::decode::parts_of_json;
use crate::report::json::{Document, Kind, NodeId};
use crate::report::{Limits, Part};

/// Reads the parts of a JSON body: of its `text` or `payload` where it is an envelope, else of the whole. Options of an
/// envelope replace those in `options`.
pub(super) fn read(
    text: &str,
    document: &Document,
    options: &mut MatchOptions,
    limits: &Limits,
    reached: &mut Vec<String>,
) -> Result<Vec<Part>, RequestError> {
    let body = Body { text, document };
    let root = document.root();
    let report = if body.kind(root) == Kind::Object { body.envelope(root, options)? } else { None };
    Ok(parts_of_json(text, document, report.unwrap_or(root), limits, reached))
}

/// A JSON body and helpers to read it by name.
struct Body<'a> {
    text: &'a str,
    document: &'a Document,
}

impl Body<'_> {
    fn kind(&self, id: NodeId) -> Kind {
        self.document.node(id).kind
    }

    /// The node that holds the report; `None` when the object is no envelope but the payload itself.
    fn envelope(&self, root: NodeId, options: &mut MatchOptions) -> Result<Option<NodeId>, RequestError> {
        let is_envelope = self
            .document
            .children(root)
            .any(|id| matches!(self.document.key(self.text, id).as_deref(), Some("text" | "payload")));
        if !is_envelope {
            return Ok(None);
        }
        let mut report = None;
        let mut seen: Vec<&'static str> = Vec::new();
        for id in self.document.children(root) {
            let name = self.known_name(id, "", &ENVELOPE_FIELDS)?;
            if seen.contains(&name) {
                return Err(self.mistake(id, FieldMistake::Conflict, name, format!("{name:?} is given twice")));
            }
            seen.push(name);
            match name {
                "text" | "payload" => {
                    if report.is_some() {
                        let message = "send either \"text\" or \"payload\", not both".to_owned();
                        return Err(self.mistake(id, FieldMistake::Conflict, name, message));
                    }
                    if name == "text" {
                        self.expect(id, name, Kind::String, "a string")?;
                    }
                    report = Some(id);
                }
                _ if self.kind(id) == Kind::Null => {}
                "limit" => options.limit = self.number(id, name, options::LIMIT, options::limit)?,
                "min_confidence" => {
                    options.min_confidence = self.number(id, name, options::MIN_CONFIDENCE, options::min_confidence)?;
                }
                "hints" => self.hints(id, options)?,
                _ => options.explain = self.explain(id)?,
            }
        }
        Ok(report)
    }

    fn hints(&self, hints: NodeId, options: &mut MatchOptions) -> Result<(), RequestError> {
        self.expect(hints, "hints", Kind::Object, "an object")?;
        for id in self.document.children(hints) {
            let name = self.known_name(id, "hints.", &HINT_FIELDS)?;
            let path = format!("hints.{name}");
            if self.kind(id) == Kind::Null {
                continue;
            }
            if name == "status" {
                options.hints.status = Some(self.number(id, &path, options::STATUS, options::status)?);
                continue;
            }
            self.expect(id, &path, Kind::String, "a string")?;
            let value = self.document.string(self.text, id);
            options::set_hint(&mut options.hints, name, &value);
        }
        Ok(())
    }

    fn explain(&self, id: NodeId) -> Result<Explain, RequestError> {
        match self.kind(id) {
            Kind::True => Ok(Explain::Candidates),
            Kind::False => Ok(Explain::None),
            Kind::String => options::explain(&self.document.string(self.text, id))
                .map_err(|message| self.mistake(id, FieldMistake::OutOfRange, "explain", message)),
            _ => Err(self.wrong_type(id, "explain", "true, false or an article's id")),
        }
    }

    /// Reads a number through the rule that query parameters go through too.
    fn number<T>(&self, id: NodeId, field: &str, wanted: &str, read: fn(&str) -> Option<T>) -> Result<T, RequestError> {
        if self.kind(id) != Kind::Number {
            return Err(self.wrong_type(id, field, wanted));
        }
        let written = self.document.string(self.text, id);
        read(&written).ok_or_else(|| {
            let written: String = written.chars().take(40).collect();
            let message = format!("{field:?} must be {wanted}, {written} is not");
            self.mistake(id, FieldMistake::OutOfRange, field, message)
        })
    }

    fn known_name(
        &self,
        id: NodeId,
        prefix: &str,
        known: &'static [&'static str],
    ) -> Result<&'static str, RequestError> {
        let name = self.document.key(self.text, id).unwrap_or_default();
        if let Some(known) = known.iter().find(|known| **known == name) {
            return Ok(known);
        }
        let nearest = crate::text::nearest(&name, known);
        let shown: String = name.chars().take(60).collect();
        let meant = match nearest {
            Some(near) => format!("did you mean {:?}?", format!("{prefix}{near}")),
            None => format!("known are {}.", known.join(", ")),
        };
        let wrap = if prefix.is_empty() {
            " If this object is itself the payload, send it as {\"payload\": …}."
        } else {
            ""
        };
        let field = format!("{prefix}{shown}");
        let message = format!("unknown field {field:?}; {meant}{wrap}");
        let place = Some(self.key_place(id));
        Err(RequestError::Field { kind: FieldMistake::Unknown, field, message, place, nearest })
    }

    fn expect(&self, id: NodeId, field: &str, kind: Kind, wanted: &str) -> Result<(), RequestError> {
        if self.kind(id) == kind { Ok(()) } else { Err(self.wrong_type(id, field, wanted)) }
    }

    fn wrong_type(&self, id: NodeId, field: &str, wanted: &str) -> RequestError {
        let found = match self.kind(id) {
            Kind::Object => "an object",
            Kind::Array => "an array",
            Kind::String => "a string",
            Kind::Number => "a number",
            Kind::True | Kind::False => "a truth value",
            Kind::Null => "null",
        };
        let message = format!("{field:?} must be {wanted}, not {found}");
        self.mistake(id, FieldMistake::WrongType, field, message)
    }

    fn mistake(&self, id: NodeId, kind: FieldMistake, field: &str, message: String) -> RequestError {
        let place = Some(self.place(self.document.node(id).span.start()));
        RequestError::Field { kind, field: field.to_owned(), message, place, nearest: None }
    }

    fn key_place(&self, id: NodeId) -> (usize, usize) {
        let node = self.document.node(id);
        self.place(node.key.unwrap_or(node.span).start())
    }

    fn place(&self, offset: usize) -> (usize, usize) {
        crate::text::line_and_column(self.text, offset)
    }
}
