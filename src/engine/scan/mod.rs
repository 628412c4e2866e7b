//! Which signatures can match a text, and which do: one pass for all signatures at once.

mod background;
mod cache;
mod index;
mod literals;
mod popularity;
mod program;
mod signatures;
mod triggers;
mod walk;
mod windows;

pub(super) use background::surprise;
pub(super) use cache::RegexCache;
pub(super) use literals::{LiteralChoice, choices};
pub use signatures::{MAX_SLOW, ScanError, Scratch, SignatureScanner};
pub(super) use triggers::{Scanner, SignatureRef};
