//! Signed values of feedback buttons and links.
