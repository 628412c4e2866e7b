//! Errors and frames of stack traces.

use crate::report::ByteSpan;
use crate::report::fields::FieldValue;
use crate::report::fields::collector::{Collector, Source};
use crate::report::fields::synonyms::{WellKnown, add_type};
use crate::report::stack::find_traces;

/// Reads the traces in a run of lines. One that begins in a document is read where its string is.
pub(super) fn read(collector: &mut Collector<'_>, source: &Source<'_>, run: ByteSpan, documents: &[ByteSpan]) {
    let within = |span: ByteSpan| ByteSpan::new(run.start() + span.start(), run.start() + span.end());
    for trace in find_traces(run.slice(&source.text)) {
        let start = run.start() + trace.span.start();
        if documents.iter().any(|document| document.start() <= start && start < document.end()) {
            continue;
        }
        if let Some(span) = trace.error_name.map(within) {
            let place = source.place(span);
            let mut add = |name: WellKnown, value: FieldValue| collector.canonical(name, value, place, None);
            add_type(span.slice(&source.text), &mut add);
        }
        let mut add = |name: WellKnown, span: ByteSpan| {
            let span = within(span);
            let value = FieldValue::Text(span.slice(&source.text).to_owned());
            collector.canonical(name, value, source.place(span), None);
        };
        if let Some(message) = trace.message {
            add(WellKnown::Message, message);
        }
        for frame in &trace.frames {
            if let Some(function) = frame.function {
                add(WellKnown::StackFunction, function);
            }
            if let Some(file) = frame.file {
                add(WellKnown::StackFile, file);
            }
        }
        let language = FieldValue::Text(trace.language.as_str().to_owned());
        collector.canonical(WellKnown::StackLanguage, language, source.place(within(trace.span)), None);
    }
}
