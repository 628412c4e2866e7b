//! The starter knowledge base against real input: the seed's payload in every wrapping, its siblings, and every example.

mod changes;
mod chat;
mod conditions;
mod confusion;
mod knowledge;
mod raw;
mod redaction;
mod reports;
mod rewrites;
mod scan;
mod seed;
mod told;
mod why_not;
mod wrapped;
mod wrappings;
