//! The wire formats of ticketing and chat platforms.
//!
//! Everything here is pure: bytes and settings in, values out. Reading the network, the clock and the store is the work
//! of [`http`](crate::http) and [`delivery`](crate::delivery). A ticketing platform is a [`ticket::TicketConnector`], a
//! chat platform a [`chat::ChatConnector`]; both share the [`model`], the ways to [`verify`] a request, the reading of
//! marked-up [`text`] and the [`dialect`]s that answers are written in.

pub mod chat;
pub mod dialect;
pub mod endpoint;
pub mod model;
pub mod text;
pub mod ticket;
pub mod token;
pub mod unconfirmed;
pub mod verify;
