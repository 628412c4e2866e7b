//! The pass over the text that finds where traces may be, and joins errors with their causes.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::headline::Link;
use super::source::{Line, Source};
use super::{MAX_TRACES, Trace, at_block, go, mozilla, php, python, ruby, rust};

/// What a reader found.
pub(super) struct Block {
    /// An error, or one with its causes inside, outermost first.
    pub(super) traces: Vec<Trace>,
    /// Offset after the last byte that was read.
    pub(super) end: usize,
    /// How the first trace hangs together with the one before.
    pub(super) link: Link,
}

/// Longest distance in bytes between a trace and its cause.
const MAX_LINK_DISTANCE: usize = 4096;

#[derive(Debug, Clone, Copy)]
enum Mark {
    At,
    Mozilla,
    Python,
    Goroutine,
    GoFile,
    RustPanic,
    RustBacktrace,
    Php,
    Ruby,
}

/// What only frames carry, and which reader tries there.
const MARKS: &[(&str, Mark)] = &[
    (" at ", Mark::At),
    ("\tat ", Mark::At),
    ("\nat ", Mark::At),
    ("|at ", Mark::At),
    ("@", Mark::Mozilla),
    ("File \"", Mark::Python),
    ("goroutine ", Mark::Goroutine),
    (".go:", Mark::GoFile),
    ("panicked at ", Mark::RustPanic),
    ("tack backtrace:", Mark::RustBacktrace),
    ("#0 ", Mark::Php),
    (":in `", Mark::Ruby),
    (":in '", Mark::Ruby),
];

static FINDER: LazyLock<Option<AhoCorasick>> =
    LazyLock::new(|| AhoCorasick::new(MARKS.iter().map(|(mark, _)| mark)).ok());

/// See [`super::find_traces`].
pub(super) fn scan(text: &str) -> Vec<Trace> {
    let source = Source { text };
    let mut chains = Chains::default();
    let Some(mut line) = source.line_from(0) else { return Vec::new() };
    let mut read_to = 0;
    let mut no_frame_to = 0;
    if text.starts_with("at ") {
        read_to = chains.take(at_block::read(source, line, 0, 0), read_to);
    }
    for found in FINDER.iter().flat_map(|finder| finder.find_iter(text)) {
        if found.end() <= read_to {
            continue;
        }
        let Some((_, mark)) = MARKS.get(found.pattern().as_usize()) else { continue };
        // The word `at` may be the first of its line: the line is that of the mark's end.
        line = line_at(source, line, found.end() - 1);
        let (start, end) = (found.start().max(read_to), found.end());
        let block = match mark {
            Mark::At => at_block::read(source, line, end - 3, read_to.min(end - 3)),
            // One word is tried once, however many `@` it holds.
            Mark::Mozilla if start < no_frame_to => None,
            Mark::Mozilla => {
                let block = mozilla::read(source, line, start, read_to);
                if block.is_none() {
                    let word = text.get(start..line.end()).unwrap_or_default();
                    no_frame_to = start + word.find(char::is_whitespace).unwrap_or(word.len());
                }
                block
            }
            Mark::Python => python::read(source, line, start, read_to),
            Mark::Goroutine => go::read_goroutine(source, line, start, read_to),
            Mark::GoFile => go::read_pairs(source, line, read_to),
            Mark::RustPanic => rust::read_panic(source, line, end, read_to),
            Mark::RustBacktrace => rust::read_backtrace(source, line, read_to),
            Mark::Php => php::read(source, line, start, read_to),
            Mark::Ruby => ruby::read(source, line, start, read_to),
        };
        read_to = chains.take(block, read_to);
        if chains.traces.len() >= MAX_TRACES {
            break;
        }
    }
    chains.traces.truncate(MAX_TRACES);
    chains.traces
}

/// The line that holds `at`, at or after `line`. Together all calls read the text once.
fn line_at<'t>(source: Source<'t>, line: Line<'t>, at: usize) -> Line<'t> {
    if at < line.next {
        return line;
    }
    let newline = source.text.as_bytes().get(line.next..at).and_then(|bytes| memchr::memrchr(b'\n', bytes));
    let start = newline.map_or(line.next, |newline| line.next + newline + 1);
    source.line_from(start).unwrap_or(line)
}

/// Traces in order, and where the last chain of error and causes starts.
#[derive(Default)]
struct Chains {
    traces: Vec<Trace>,
    chain: usize,
}

impl Chains {
    /// Adds what a reader found; gives the offset up to which the text is read.
    fn take(&mut self, block: Option<Block>, read_to: usize) -> usize {
        let Some(Block { mut traces, end, link }) = block else { return read_to };
        let near = |trace: &Trace, first: &Trace| {
            trace.language == first.language && first.span.start().saturating_sub(read_to) <= MAX_LINK_DISTANCE
        };
        let linked = self.traces.last().zip(traces.first()).is_some_and(|(last, first)| near(last, first));
        match link {
            Link::WrapsPrevious if linked => {
                if let Some(head) = self.traces.get_mut(self.chain) {
                    head.caused_by = true;
                }
                self.traces.splice(self.chain..self.chain, traces);
            }
            Link::CauseOfPrevious => {
                if let Some(first) = traces.first_mut() {
                    first.caused_by = true;
                }
                if !linked {
                    self.chain = self.traces.len();
                }
                self.traces.append(&mut traces);
            }
            _ => {
                self.chain = self.traces.len();
                self.traces.append(&mut traces);
            }
        }
        end.max(read_to)
    }
}
