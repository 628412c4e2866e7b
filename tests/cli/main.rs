//! The command line, by the real binary.

mod command;
mod files;
mod help;
mod matching;
mod serving;
