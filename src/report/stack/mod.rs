//! Stack traces: where in a text a program says what went wrong and how it got there.
//!
//! One pass looks for marks that only frames carry (`at …`, `File "…"`, `goroutine`, `f@https:`); ordinary text has
//! none and costs no more than that pass. Around a mark the reader of its language takes the frames, then looks for the
//! headline with the error's name and message. Lines may stand behind a log prefix, and a whole trace may stand in one
//! line. Nothing here decodes: a trace inside JSON is found in the decoded view.

mod at;
mod at_block;
mod go;
mod headline;
mod mozilla;
mod php;
mod place;
mod python;
mod ruby;
mod rust;
mod scan;
mod source;
#[cfg(test)]
mod tests;

use std::fmt;

use super::ByteSpan;

/// Most traces that are read from one text.
pub const MAX_TRACES: usize = 64;

/// Most frames that are kept of one trace; those nearest to the error.
pub const MAX_FRAMES: usize = 256;

/// One error with its frames. An error and its causes are traces of their own, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// Language whose way of writing traces this is.
    pub language: Language,
    /// Type of the error: `TypeError`, `java.lang.IllegalStateException`, Go's `panic`.
    pub error_name: Option<ByteSpan>,
    /// Message of the error, without its name; may run over several lines.
    pub message: Option<ByteSpan>,
    /// The frames, the one where the error arose first, whatever order the text has them in.
    pub frames: Vec<Frame>,
    /// From the headline to the last frame. The trace of a .NET error holds those of its causes.
    pub span: ByteSpan,
    /// Whether this is the cause of the trace before it.
    pub caused_by: bool,
}

/// One call of a trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Name of the function, with what qualifies it and without arguments.
    pub function: Option<ByteSpan>,
    /// File, address or module as written, without line and column.
    pub file: Option<ByteSpan>,
    /// Line in the file, from 1.
    pub line: Option<u32>,
    /// The frame's text.
    pub span: ByteSpan,
}

/// A language whose traces are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// JavaScript and what compiles to it: V8, `SpiderMonkey` and `JavaScriptCore`.
    JavaScript,
    /// Java, Kotlin, Scala and others on the Java virtual machine.
    Java,
    /// Python.
    Python,
    /// C#, F# and others on .NET and Mono.
    DotNet,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// PHP.
    Php,
    /// Ruby.
    Ruby,
}

impl Language {
    /// Name as used in the field `stack.language`, lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JavaScript => "javascript",
            Self::Java => "java",
            Self::Python => "python",
            Self::DotNet => "dotnet",
            Self::Go => "go",
            Self::Rust => "rust",
            Self::Php => "php",
            Self::Ruby => "ruby",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Finds the stack traces of a text: in the order of the text, except that a cause always follows what it caused, so
/// the innermost cause stands last in its chain. At most [`MAX_TRACES`] with [`MAX_FRAMES`] frames each. Linear in the
/// length of the text.
pub fn find_traces(text: &str) -> Vec<Trace> {
    scan::scan(text)
}
