//! The command line, by the real binary.

mod command;
mod connectors;
mod evaluating;
mod files;
mod help;
mod keys;
mod matching;
mod restoring;
mod secrets;
mod serving;
mod sources;
