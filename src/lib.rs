//! kbmatch recognises known errors in reports and answers with the article that solves them.
//!
//! A report (an error string, a ticket, a log, a JSON payload) takes one path through the crate:
//!
//! ```text
//! request bytes + content type
//!   -> report::decode      content-encoding, charset, then JSON, form, multipart, HTML, …; escapes peeled
//!                          => parts (what the caller can address), views (readings of a part), fields
//!   -> report::recognise   variable and secret pieces, found once, used to normalise and to redact
//!   -> engine::scan        which signatures match exactly
//!   -> engine::retrieve    which articles are near when no signature decides
//!   -> engine::score       evidence and context -> one confidence, ties, abstention
//!   -> render              Answer -> text for people
//! ```
//!
//! A platform's event takes the same path, with a way in and a way out that lose nothing:
//!
//! ```text
//! http::webhooks    the bytes as sent -> connect::verify, connect::ticket
//!   -> delivery     stored, then acknowledged; matched by the same service; one note a ticket and article
//!   -> connect      Answer -> Note -> the platform's dialect and call
//!   -> delivery     sent, retried, looked for where it is not known whether it arrived
//! ```
//!
//! Rooms call inwards only: [`http`], [`cli`] and [`eval`] call [`service`] and [`delivery`]; [`service`] joins [`store`],
//! [`engine`] and the clock; [`connect`], [`engine`], [`report`] and [`article`] do no I/O.

pub mod access;
pub mod article;
pub mod cli;
pub mod config;
pub mod connect;
pub mod delivery;
pub mod engine;
pub mod eval;
pub mod http;
#[cfg(test)]
mod processor_time;
pub mod render;
pub mod report;
pub mod service;
mod standards;
pub mod store;
pub mod telemetry;
pub mod text;
