use std::time::Duration;

use proptest::prelude::*;

use super::super::{MAX_FRAMES, MAX_TRACES, find_traces};
use super::assert_traces;
use crate::processor_time;

#[test]
fn ordinary_text_holds_no_traces() {
    for text in [
        "",
        "at",
        "at ",
        "We meet at noon (see https://example.com:8080/a).",
        "listening at http://localhost:3000",
        "mail ops@example.com:25, clone git@github.com:shop/app.git at https://github.com/",
        "Look at File \"a.txt\" and at line 3",
        "the goroutine 3 was slow; it panicked at noon",
        "issue #0 was closed, #1 (open): see #2",
        "error at foo.bar() when called",
        "2026-11-02T10:00:00.123Z INFO worker-3 request 0f at 10:30:45 took 12 ms",
    ] {
        assert_traces(text, &[]);
    }
}

#[test]
fn traces_and_frames_are_bounded_and_the_frames_nearest_to_the_error_are_kept() {
    let many = "Error: x\n    at f (/a.js:1:2)\n".repeat(MAX_TRACES + 10);
    assert_eq!(find_traces(&many).len(), MAX_TRACES);
    let deep = format!("Error: x\n{}", "    at f (/a.js:1:2)\n".repeat(MAX_FRAMES + 10));
    assert_eq!(find_traces(&deep)[0].frames.len(), MAX_FRAMES);
    let python =
        (0..5000).fold(String::new(), |text, line| text + &format!("  File \"a.py\", line {line}, in f\n    g()\n"));
    let python = find_traces(&format!("Traceback (most recent call last):\n{python}RecursionError: deep"));
    assert_eq!(python[0].frames.len(), MAX_FRAMES);
    assert_eq!(python[0].frames[0].line, Some(4999));
}

#[test]
fn hostile_text_is_read_in_linear_time() {
    let pieces = [
        " at ",
        " at f (",
        " at f (x:1:2) ",
        " at A.B() in ",
        "at ",
        "\tat ",
        " at f () ",
        "@",
        "@/",
        "f@https:/",
        " @/a:1:2",
        "File \"",
        "File \"a\", line 1 ",
        "goroutine 1 [a]:\n",
        "goroutine 1 [a.b]:",
        ".go:1",
        " a.go:1\n",
        "panicked at ",
        "thread 'a' panicked at ",
        "tack backtrace:",
        "tack backtrace:\n",
        "#0 ",
        "#0 a(1): ",
        "#0 a(1): f() Error: x ",
        ":in `",
        "a:1:in `b' ",
        "a:1:in '",
        "Error: ",
        "---> ",
        "Error: x ---> ",
        "Caused by: ",
        " ",
        "\n",
        "(",
        "x",
        "main.f()\n",
        "1: a\n",
        "é",
        " at é (é:1:2)",
    ];
    let mut slow = Vec::new();
    for piece in pieces {
        let text = piece.repeat((1 << 20) / piece.len());
        for text in [text.clone(), format!("{}{text}", " ".repeat(1 << 19)), format!("Error: x at f (a:1:2) {text}")] {
            let (_, took) = processor_time::of(|| find_traces(&text));
            if took > Duration::from_millis(500) {
                slow.push((piece, took));
            }
        }
    }
    assert!(slow.is_empty(), "{slow:?}");
}

proptest! {
    #[test]
    fn every_span_slices_and_frames_lie_in_their_trace(
        text in prop::collection::vec(prop::sample::select(vec![
            "\n", "\r\n", " at ", "at f (a.js:1:2)", "é", "TypeError: x", "@https://a/b.js:1:2", "File \"a.py\", line 3, in f",
            "Traceback (most recent call last):", "ValueError: é", " ---> ", "System.XException: y", "at A.B(C d) in e:line 3",
            "goroutine 1 [running]:", "main.f()", "\t/a.go:1 +0x1", "panic: x", "thread 'é' panicked at a.rs:1:2:",
            "stack backtrace:", " 0: f", "#0 /a.php(1): f()", "#1 {main}", "Next ", "a.rb:1:in `f'", ": m (E)", "Caused by: ",
            "Wrapped by: ", "at x.Y.z(Y.java:1)", "... 3 more", " ", "--- End of inner exception stack trace ---", "(", "'", "\"",
        ]), 0..40).prop_map(|pieces| pieces.concat())
    ) {
        for trace in find_traces(&text) {
            trace.span.slice(&text);
            for span in trace.error_name.iter().chain(&trace.message) {
                span.slice(&text);
            }
            for frame in &trace.frames {
                frame.span.slice(&text);
                prop_assert!(trace.span.contains(frame.span), "{trace:?}");
                for piece in frame.function.iter().chain(&frame.file) {
                    prop_assert!(frame.span.contains(*piece), "{frame:?}");
                }
            }
        }
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        find_traces(&text);
    }
}
