//! Texts made to cost much: all are read in time linear in their size, within the limits.

use std::fmt::Write as _;
use std::time::Duration;

use ::base64::Engine as _;
use ::base64::engine::general_purpose::STANDARD;

use super::{read, read_within};
use crate::processor_time;
use crate::report::{Hints, Limits, Part, PartAddress, PartKind, Report};

const MEGABYTE: usize = 1 << 20;

fn repeated(piece: &str) -> String {
    piece.repeat(MEGABYTE / piece.len())
}

fn nested(times: usize, text: &str, wrap: impl Fn(&str) -> String) -> String {
    (0..times).fold(text.to_owned(), |text, _| wrap(&text))
}

fn noise() -> String {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let bytes: Vec<u8> = (0..MEGABYTE).map(|_| b' ' + u8::try_from(next() % 95).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}

fn texts() -> Vec<(&'static str, String)> {
    let pieces = [
        "\\",
        "\\\\u",
        "\\x41",
        "\\\"",
        "\\u{",
        "#012",
        "%",
        "%25",
        "%41",
        "+a=",
        "a+b%20&",
        "&",
        "&amp;",
        "&#",
        "&#x41;",
        "<",
        "<a ",
        "<a x=\">\"",
        "<p>",
        "</p>",
        "<!--",
        "<script>",
        "<script><style>",
        "<script></b",
        "<![CDATA[",
        "<p '",
        "<br",
        "=",
        "==",
        "=\n",
        "=41=\n",
        "=3D",
        "=C3=\n",
        "A",
        "AAAA ",
        "QUJD",
        "QUJD\n",
        "QUJD/",
        "a/",
        "\u{1b}",
        "\u{1b}[",
        "\u{1b}]",
        "\u{1b}]0;",
        "[0m",
        "[31m[",
        "\\x1b[",
        "^[[",
        "\n",
        "\r\n",
        " \n",
        "> ",
        "> \n",
        ">\n",
        "| ",
        "| a\n",
        "\"",
        "\"\"",
        "''",
        "'",
        "'\\''",
        "\\\n",
        "\0",
        "\u{feff}",
        "\u{a0}é",
        "é",
        "{",
        "[",
        "a b\n",
        "The line that is repeated is exactly as wide as a mail program makes lines \n",
    ];
    let mut texts: Vec<(&str, String)> = pieces.into_iter().map(|piece| (piece, repeated(piece))).collect();
    texts.push(("one line", "x".repeat(MEGABYTE)));
    texts.push(("noise", noise()));
    texts.push(("nested %25", repeated(&nested(10, "%", |t| t.replace('%', "%25")))));
    texts.push(("nested &amp;", repeated(&nested(10, "&", |t| t.replace('&', "&amp;")))));
    texts.push(("nested backslashes", repeated(&nested(8, "\"", |t| t.replace('\\', "\\\\").replace('"', "\\\"")))));
    texts.push(("nested base64", nested(5, &"Required member is undefined. ".repeat(8_000), |t| STANDARD.encode(t))));
    texts.push((
        "everything",
        repeated("\\n %41 &lt; <b> =3D \"\" '' [0m > \u{a0}\u{1b}[1m\nUmVxdWlyZWQgbWVtYmVyIGlzIHVuZGVmaW5lZA "),
    ));
    texts
}

#[test]
fn hostile_texts_are_read_in_time_linear_in_their_size() {
    for (name, text) in texts() {
        let half = text.char_indices().nth(text.chars().count() / 2).map_or("", |(at, _)| &text[..at]);
        let (_, of_half) = processor_time::of(|| read(half));
        let (report, of_whole) = processor_time::of(|| read(&text));
        // Twice the text may take twice the time; four times is allowed for a busy machine, and a floor for small times.
        assert!(of_whole < of_half * 4 + Duration::from_millis(500), "{name}: {of_half:?}, then {of_whole:?}");
        assert!(of_whole < Duration::from_secs(5), "{name}: {of_whole:?}");
        assert!(report.views.len() <= Limits::default().views_per_part, "{name}");
    }
}

#[test]
fn every_limit_is_kept_and_named_once() {
    let nested = nested(10, "%", |t| t.replace('%', "%25"));
    let report = read(&nested);
    assert_eq!(report.limits_reached, ["encodings nested deeper than 4 layers were not decoded"]);

    let mut everything = String::new();
    for at in 0..50 {
        writeln!(
            everything,
            "\\n{at} %41 &lt;p&gt; <p>x</p> =3D =C3=A9 \u{a0} [31m[0m \"\"a\"\" UmVxdWlyZWQgbWVtYmVyIGlzIHVuZGVmaW5lZA"
        )
        .unwrap();
    }
    let limits = Limits { views_per_part: 5, ..Limits::default() };
    let report = read_within(&everything, &limits);
    assert_eq!(report.views.len(), 5);
    assert_eq!(report.limits_reached, ["a part has more than 5 readings; the likeliest were kept"]);

    let limits = Limits { view_bytes: 1000, ..Limits::default() };
    let report = read_within(&"a%20b".repeat(1000), &limits);
    assert_eq!(report.views.len(), 1);
    assert_eq!(report.limits_reached, ["readings beyond 1000 bytes of decoded text were left out"]);

    for limits in [
        Limits { depth: 0, ..Limits::default() },
        Limits { views_per_part: 1, ..Limits::default() },
        Limits { views_per_part: 0, ..Limits::default() },
        Limits { view_bytes: 0, ..Limits::default() },
    ] {
        let report = read_within("say \\\"x\\\"", &limits);
        assert_eq!(report.views.len(), 1, "{limits:?}");
        assert_eq!(report.limits_reached.len(), 1, "{limits:?}");
    }
}

#[test]
fn ten_thousand_small_parts_cost_little() {
    let parts: Vec<Part> = (0..10_000)
        .map(|at| Part {
            address: PartAddress::Pointer(format!("/{at}")),
            text: format!("value {at} <x>"),
            kind: PartKind::Text,
        })
        .collect();
    let (report, took) = processor_time::of(|| Report::from_parts(parts, &Hints::default(), &Limits::default()));
    assert_eq!(report.views.len(), 10_000);
    assert!(took < Duration::from_millis(500), "{took:?}");
}
