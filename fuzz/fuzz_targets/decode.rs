//! Any bytes under any content type and encoding: decoding never panics, and every span slices its text.
#![no_main]

use kbmatch::report::{ByteSpan, Hints, Incoming, Limits, decode, normalise, redact_report};
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPES: [Option<&str>; 12] = [
    None,
    Some("text/plain"),
    Some("text/plain; charset=utf-16le"),
    Some("application/json"),
    Some("application/x-ndjson"),
    Some("application/x-www-form-urlencoded"),
    Some("multipart/form-data; boundary=X"),
    Some("text/html"),
    Some("message/rfc822"),
    Some("text/html; charset=windows-1252"),
    Some("application/octet-stream"),
    Some("application/problem+json"),
];
const ENCODINGS: [Option<&str>; 6] = [None, Some("gzip"), Some("br"), Some("zstd"), Some("deflate"), Some("gzip, br")];

fuzz_target!(|data: &[u8]| {
    let [choice, body @ ..] = data else { return };
    let content_type = CONTENT_TYPES[usize::from(*choice) % CONTENT_TYPES.len()];
    let content_encoding = ENCODINGS[usize::from(*choice) / CONTENT_TYPES.len() % ENCODINGS.len()];
    let limits = Limits { unpacked_bytes: 1 << 20, view_bytes: 1 << 22, ..Limits::default() };
    let incoming = Incoming { body, content_type, content_encoding };
    let Ok(report) = decode(incoming, &Hints::default(), &limits) else { return };
    for view in 0..report.views.len() {
        let text = report.view_text(view);
        let part = &report.parts[report.views[view].part].text;
        let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).take(200).collect();
        for pair in boundaries.windows(2) {
            let span = report.part_span(view, ByteSpan::new(pair[0], pair[1]));
            assert!(part.get(span.start()..span.end()).is_some(), "a span does not slice its part");
        }
        let _ = normalise(text);
    }
    for field in report.fields().iter() {
        if let Some(view) = field.view {
            assert!(report.view_text(view).get(field.span.start()..field.span.end()).is_some());
        }
    }
    for (part, redacted) in report.parts.iter().zip(redact_report(&report)) {
        assert_eq!(part.text.len(), redacted.len(), "redaction keeps length");
    }
});
