//! Measuring: reports with known answers through the very pipeline of `/v1/match`, on a throw-away database.
//!
//! [`dataset`] reads the reports, [`run`] answers them, [`metrics`] says how good the answers are, [`fit`] finds new
//! parameters for the engine's [`model`](crate::engine::model), [`crossval`] measures such a fit on articles that it has
//! not seen, and [`plot`] draws how far confidences can be trusted.

pub mod crossval;
pub mod dataset;
pub mod fit;
pub mod metrics;
pub mod plot;
pub mod run;
