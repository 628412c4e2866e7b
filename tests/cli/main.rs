//! The command line, by the real binary.

mod command;
mod evaluating;
mod files;
mod help;
mod matching;
mod serving;
