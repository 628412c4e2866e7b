//! The HTTP interface, on a real server with a real database.

mod access;
mod again;
mod app;
mod articles;
mod bad_input;
mod batch;
mod chats;
mod contents;
mod feedback;
mod import;
mod mcp;
mod server;
mod votes;
mod webhooks;
