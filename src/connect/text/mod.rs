//! Marked-up text of tickets as plain text.
