//! Which lines of a report say what went wrong.
//!
//! In a short report every line counts. In a log most lines are chatter: what counts is what is marked as an error, its
//! first occurrence and its innermost cause, and what stands beside it. What tools print beside any failure counts little
//! as soon as another line says what failed.

use std::sync::LazyLock;

use super::super::scan::LiteralIndex;

/// Reports up to this many lines with content are read whole.
const SHORT: usize = 12;

const ERROR: f32 = 1.0;
const FIRST_ERROR: f32 = 1.15;
const CAUSE: f32 = 1.2;
const BESIDE_ERROR: f32 = 0.6;
const WARNING: f32 = 0.55;
const PLAIN: f32 = 0.3;
const CHATTER: f32 = 0.12;
const FRAME: f32 = 0.12;
const CLOSING: f32 = 0.2;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineKind {
    Error,
    Cause,
    /// What is printed beside any failure, see `lexicon/closing.txt`.
    Closing,
    Warning,
    Plain,
    Chatter,
    Frame,
}

/// A line and how much it counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Line {
    /// Bytes in the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// From 0.12 for chatter to 1.2 for the first error.
    pub(super) salience: f32,
}

/// The lines of a text that hold something, with their salience.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut kinds = Vec::new();
    let mut start = 0;
    for piece in text.split_inclusive('\n') {
        let end = start + piece.len();
        let content = piece.trim_end();
        if !content.trim_start().is_empty() {
            lines.push(Line { start, end: start + content.len(), salience: 1.0 });
            kinds.push(kind_of(content));
        }
        start = end;
    }
    // Where nothing else says what failed, that is what it says.
    if !kinds.iter().any(|kind| matches!(kind, LineKind::Error | LineKind::Cause)) {
        kinds.iter_mut().filter(|kind| **kind == LineKind::Closing).for_each(|kind| *kind = LineKind::Error);
    }
    weigh(&mut lines, &kinds);
    lines
}

fn weigh(lines: &mut [Line], kinds: &[LineKind]) {
    let first_error = kinds.iter().position(|kind| *kind == LineKind::Error);
    if lines.len() <= SHORT {
        for (at, (line, kind)) in lines.iter_mut().zip(kinds).enumerate() {
            line.salience = match kind {
                LineKind::Error if Some(at) == first_error => 1.1,
                LineKind::Error | LineKind::Cause | LineKind::Plain => 1.0,
                LineKind::Warning => 0.9,
                LineKind::Closing => 0.5,
                LineKind::Chatter => 0.6,
                LineKind::Frame => 0.4,
            };
        }
        return;
    }
    let last_cause = kinds.iter().rposition(|kind| *kind == LineKind::Cause);
    let any_error = kinds.iter().any(|kind| matches!(kind, LineKind::Error | LineKind::Cause));
    let is_error = |at: usize| kinds.get(at).is_some_and(|kind| matches!(kind, LineKind::Error | LineKind::Cause));
    for (at, line) in lines.iter_mut().enumerate() {
        line.salience = match kinds[at] {
            LineKind::Error if Some(at) == first_error => FIRST_ERROR,
            LineKind::Cause if Some(at) == last_cause => CAUSE,
            LineKind::Warning if any_error => WARNING,
            LineKind::Error | LineKind::Cause | LineKind::Warning => ERROR,
            LineKind::Frame => FRAME,
            LineKind::Closing => CLOSING,
            LineKind::Chatter => CHATTER,
            LineKind::Plain if !any_error => 0.8,
            LineKind::Plain if is_error(at + 1) || (at > 0 && is_error(at - 1)) => BESIDE_ERROR,
            LineKind::Plain if at > 1 && is_error(at - 2) => BESIDE_ERROR,
            LineKind::Plain => PLAIN,
        };
    }
}

/// Log levels and the words that stand for them in the output of compilers and tools: of these the first decides.
const LEVELS: &[(&str, LineKind)] = &[
    ("fatal", LineKind::Error),
    ("panic", LineKind::Error),
    ("panicked", LineKind::Error),
    ("emerg", LineKind::Error),
    ("critical", LineKind::Error),
    ("crit", LineKind::Error),
    ("severe", LineKind::Error),
    ("error", LineKind::Error),
    ("errors", LineKind::Error),
    ("err", LineKind::Error),
    ("firing", LineKind::Error),
    ("erreur", LineKind::Error),
    ("fehler", LineKind::Error),
    ("errore", LineKind::Error),
    ("ошибка", LineKind::Error),
    ("warning", LineKind::Warning),
    ("warn", LineKind::Warning),
    ("avertissement", LineKind::Warning),
    ("warnung", LineKind::Warning),
    ("advertencia", LineKind::Warning),
    ("info", LineKind::Chatter),
    ("information", LineKind::Chatter),
    ("debug", LineKind::Chatter),
    ("trace", LineKind::Chatter),
    ("notice", LineKind::Chatter),
    ("verbose", LineKind::Chatter),
];
/// Words that tell of a failure where no level stands.
const FAILURES: &[&str] = &[
    "exception",
    "failed",
    "failure",
    "fail",
    "fails",
    "cannot",
    "can't",
    "couldn't",
    "unable",
    "denied",
    "refused",
    "invalid",
    "undefined",
    "unresolved",
    "crash",
    "crashed",
    "unreachable",
    "forbidden",
    "unauthorized",
    "expired",
    "timeout",
    "timed",
    "abort",
    "aborted",
    "unexpected",
    "violates",
    "violation",
    "missing",
    "unknown",
    "mismatch",
    "conflict",
    "exceeded",
    "rejected",
    "undeclared",
    "deadlock",
    "corrupt",
    "corrupted",
];
const CAUSE_MARKS: &[&str] = &["caused by", "root cause", "inner exception", "--->"];
const WIDE_ERRORS: &[&str] = &["错误", "錯誤", "エラー", "오류"];
/// A level stands near the beginning of its line, behind time, host, program and file.
const LEVEL_WITHIN: usize = 24;

fn kind_of(line: &str) -> LineKind {
    let trimmed = line.trim_start();
    if is_frame(trimmed) {
        return LineKind::Frame;
    }
    if is_closing(trimmed) {
        return LineKind::Closing;
    }
    let lower = trimmed.to_lowercase();
    if CAUSE_MARKS.iter().any(|mark| lower.contains(mark)) {
        return LineKind::Cause;
    }
    let mut failure = WIDE_ERRORS.iter().any(|mark| lower.contains(mark));
    let words = lower.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(|word| !word.is_empty());
    let mut chatter = false;
    for (number, word) in words.enumerate() {
        let level = LEVELS.iter().find(|(name, _)| *name == word).filter(|_| number < LEVEL_WITHIN);
        match level {
            Some((_, LineKind::Chatter)) => chatter = true,
            Some((_, kind)) if !chatter => return *kind,
            _ => {}
        }
        failure |= FAILURES.contains(&word) || word.ends_with("error") || word.ends_with("exception");
    }
    match (failure, chatter) {
        (true, false) => LineKind::Error,
        (false, true) => LineKind::Chatter,
        // A level that says all is well beside a word that says it is not.
        (true, true) | (false, false) => LineKind::Plain,
    }
}

/// Whether a line is what tools print beside any failure.
fn is_closing(line: &str) -> bool {
    static CLOSINGS: LazyLock<LiteralIndex> = LazyLock::new(|| {
        let lines = include_str!("lexicon/closing.txt").lines().map(str::trim);
        LiteralIndex::new(lines.filter(|line| !line.is_empty() && !line.starts_with('#')))
    });
    let mut found = false;
    CLOSINGS.each(line.as_bytes(), |_, _| found = true);
    found
}

/// A frame of a stack trace.
fn is_frame(line: &str) -> bool {
    let named = line.starts_with("at ") && line.contains(['(', ':', '/', '.']);
    named || (line.starts_with("File \"") && line.contains(", line ")) || line.starts_with("goroutine ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(error_at: usize) -> String {
        let line = |number: usize| {
            if number == error_at {
                "cannot open file 'a.lib'".to_owned()
            } else {
                format!("2026-11-02 INFO step {number} done")
            }
        };
        (0..40).map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn in_a_log_the_error_counts_most_and_chatter_least() {
        let lines = lines(&log(20));
        assert_eq!(lines.len(), 40);
        assert!(lines[20].salience > 1.0 && lines[3].salience < 0.2);
    }

    #[test]
    fn a_short_report_counts_whole() {
        assert!(lines("the build is red\nwhat can I do").iter().all(|line| line.salience >= 1.0));
    }

    #[test]
    fn what_is_printed_beside_any_failure_counts_where_nothing_else_does() {
        let both = lines("error: the spindle is bent\nmake: *** [all] Error 2");
        assert!(both[1].salience < both[0].salience / 2.0);
        let alone = lines("fatal: Could not read from remote repository.\nwhat is this");
        assert!(alone[0].salience > 1.0);
    }

    #[test]
    fn of_several_causes_the_last_counts_most() {
        let mut text = log(5);
        text.push_str("\nCaused by: a.B: outer\n  at a.b(C.java:1)\nCaused by: a.C: inner\n");
        let lines = lines(&text);
        let last = &lines[lines.len() - 1];
        let frame = &lines[lines.len() - 2];
        assert!(last.salience > lines[lines.len() - 3].salience && frame.salience < 0.2);
    }
}
