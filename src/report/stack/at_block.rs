//! Traces made of `at …` frames: JavaScript on V8, Java and .NET, with causes that .NET writes inside.

use super::at;
use super::headline::{self, Headline, Link};
use super::scan::Block;
use super::source::{Line, Source};
use super::{Frame, Language, MAX_FRAMES, Trace};

/// Longest text before a frame of a running trace: a log prefix.
const MAX_PREFIX: usize = 200;
/// Lines without a frame that may stand between frames: blank ones and those that say that frames are left out.
const MAX_GAP: usize = 2;
/// Errors that may be nested in one headline.
const MAX_INNER: usize = 16;

const INNER_END: &str = "--- End of inner exception stack trace ---";
const INNER: &str = "---> ";

/// Reads the trace whose first frame starts at `first`, in `line`.
pub(super) fn read(source: Source<'_>, line: Line<'_>, first: usize, floor: usize) -> Option<Block> {
    let leading = source.is_indent(line.start.max(floor), first);
    let found = at::read(source, first, line.end(), leading)?;
    let mut reading =
        Reading { source, language: found.language, traces: Vec::new(), open: Vec::new(), end: found.end };
    let link = reading.open_headlines(line.start, first, floor);
    reading.push(found.frame);
    let mut rest = line;
    let mut stopped = reading.frames_of(rest, found.end);
    let mut gap = 0;
    while !stopped {
        let Some(next) = source.line_from(rest.next) else { break };
        rest = next;
        let before = reading.end;
        stopped = reading.frames_of(rest, rest.start);
        if reading.end == before && !stopped {
            gap += 1;
            stopped = gap > MAX_GAP || !reading.passes_over(rest);
        } else {
            gap = 0;
        }
    }
    Some(Block { traces: reading.traces, end: reading.end, link })
}

/// A trace under reading. Only .NET has more than one open at a time: the causes stand inside, innermost first to end.
struct Reading<'t> {
    source: Source<'t>,
    language: Language,
    traces: Vec<Trace>,
    open: Vec<usize>,
    end: usize,
}

impl<'t> Reading<'t> {
    /// Takes the frames of a line from `from` on. Says whether the trace ends in this line.
    fn frames_of(&mut self, line: Line<'t>, from: usize) -> bool {
        let mut at = from;
        let mut search = from;
        while let Some(start) = next_at(self.source, search, line.end()) {
            let lead = &self.source.text[at..start];
            let leading = self.source.is_indent(at, start);
            let Some(found) = at::read(self.source, start, line.end(), leading) else {
                search = start + 3;
                continue;
            };
            if found.language != self.language || !self.take_lead(lead, start) {
                return true;
            }
            self.push(found.frame);
            at = found.end;
            search = found.end;
        }
        false
    }

    /// Reads what stands before a frame. Says whether the trace goes on.
    fn take_lead(&mut self, lead: &'t str, frame: usize) -> bool {
        if self.language == Language::DotNet {
            if lead.contains(INNER_END) {
                self.close_inner();
                return true;
            }
            if let Some(mark) = lead.find(INNER) {
                self.open_inner(&lead[mark + INNER.len()..], frame);
                return true;
            }
        }
        lead.len() <= MAX_PREFIX && headline::find_name(lead).is_none_or(|(_, message)| message.is_empty())
    }

    /// Whether a line without frames may stand inside a trace.
    fn passes_over(&mut self, line: Line<'t>) -> bool {
        if self.language == Language::DotNet {
            if line.text.contains(INNER_END) {
                self.close_inner();
                return true;
            }
            if let Some(mark) = line.text.find(INNER) {
                self.open_inner(&line.text[mark + INNER.len()..], line.end());
                return true;
            }
            if line.text.contains("--- End of stack trace from previous location") {
                return true;
            }
        }
        let text = line.text.trim_ascii();
        text.is_empty() || text.contains("... ") && (text.ends_with(" more") || text.ends_with("common frames omitted"))
    }

    /// Opens the trace of the error whose frames start at `frame`, and around it those that .NET says it caused.
    fn open_headlines(&mut self, line_start: usize, frame: usize, floor: usize) -> Link {
        let mut headlines: Vec<Headline<'t>> = Vec::new();
        let (mut line, mut end) = (line_start, frame);
        while headlines.len() < MAX_INNER {
            let Some(mut found) = headline::before(self.source, line, end, floor) else { break };
            found.message = up_to(self.source, found.message, end);
            let (start, link) = (found.start, found.link);
            let group =
                if self.language == Language::DotNet { split_at_arrows(self.source, found) } else { vec![found] };
            headlines.splice(0..0, group);
            if self.language != Language::DotNet || link != Link::CauseOfPrevious {
                break;
            }
            end = start;
            line = line_of(self.source, end, floor);
        }
        if headlines.is_empty() {
            self.open_trace(None, frame);
        }
        for headline in &headlines {
            self.open_trace(Some(headline), frame);
        }
        headlines.first().map_or(Link::None, |outer| outer.link)
    }

    fn open_trace(&mut self, headline: Option<&Headline<'t>>, frame: usize) {
        let start = headline.map_or(frame, |headline| headline.start);
        self.open.push(self.traces.len());
        self.traces.push(Trace {
            language: self.language,
            error_name: headline.and_then(|headline| headline.name_span(self.source)),
            message: headline.and_then(|headline| headline.message_span(self.source)),
            frames: Vec::new(),
            span: (start..start).into(),
            caused_by: !self.traces.is_empty(),
        });
    }

    /// Opens an inner error that is written after frames or after the end of another inner error.
    fn open_inner(&mut self, text: &'t str, end: usize) {
        if let Some(headline) = headline::read(self.source, text, end)
            && self.traces.len() < super::MAX_TRACES
        {
            self.open_trace(Some(&headline), end);
            self.end = end.max(self.end);
        }
    }

    fn close_inner(&mut self) {
        if self.open.len() > 1 {
            self.open.pop();
        }
    }

    fn push(&mut self, frame: Frame) {
        self.end = frame.span.end();
        let Some(&innermost) = self.open.last() else { return };
        for &index in &self.open {
            let trace = &mut self.traces[index];
            trace.span = trace.span.cover(frame.span);
        }
        let frames = &mut self.traces[innermost].frames;
        if frames.len() < MAX_FRAMES {
            frames.push(frame);
        }
    }
}

/// A message up to `stop`, without the arrow that leads to a cause.
fn up_to<'t>(source: Source<'t>, message: &'t str, stop: usize) -> &'t str {
    let start = source.span(message).start();
    let message = source.text.get(start..stop).filter(|upto| upto.len() < message.len()).unwrap_or(message);
    message.trim_end().trim_end_matches("--->").trim_end()
}

/// The errors of a .NET headline such as `Outer: message ---> Inner: message`, outermost first.
fn split_at_arrows<'t>(source: Source<'t>, headline: Headline<'t>) -> Vec<Headline<'t>> {
    let mut pieces = headline.message.split(INNER).take(MAX_INNER);
    let first = pieces.next().unwrap_or_default().trim_end();
    let mut group = vec![Headline { message: first, ..headline }];
    for piece in pieces {
        let end = source.span(piece).end();
        group.extend(headline::read(source, piece, end));
    }
    group
}

/// Start of the line that holds `at`; `floor` when it starts before.
fn line_of(source: Source<'_>, at: usize, floor: usize) -> usize {
    let newline = source.text.get(floor..at).and_then(|text| memchr::memrchr(b'\n', text.as_bytes()));
    newline.map_or(floor, |newline| floor + newline + 1)
}

/// The next word `at` between `from` and `end`, followed by a space.
fn next_at(source: Source<'_>, from: usize, end: usize) -> Option<usize> {
    let bytes = source.text.as_bytes().get(..end)?;
    let mut at = from;
    loop {
        let found = at + memchr::memmem::find(bytes.get(at..)?, b"at ")?;
        let before = found.checked_sub(1).map(|index| bytes[index]);
        if before.is_none_or(|byte| byte.is_ascii_whitespace() || byte == b'|') {
            return Some(found);
        }
        at = found + 3;
    }
}
