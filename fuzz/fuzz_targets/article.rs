//! Any text as an article in any format: parsing never panics, what parses is kept byte for byte and parses again the
//! same, and what is written anew parses to the same article.
#![no_main]

use kbmatch::article::{SourceFormat, parse, sniff, to_markdown};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [choice, rest @ ..] = data else { return };
    let Ok(source) = std::str::from_utf8(rest) else { return };
    let format = match choice % 6 {
        0 => SourceFormat::Markdown,
        1 => SourceFormat::PlainText,
        2 => SourceFormat::Html,
        3 => SourceFormat::ReStructuredText,
        4 => SourceFormat::AsciiDoc,
        _ => sniff(source, "article.md"),
    };
    let Ok(parsed) = parse(source, format, "fuzzed-article") else { return };
    if format == SourceFormat::Markdown {
        assert_eq!(parsed.markdown, source, "Markdown is kept byte for byte");
    }
    let again = parse(&parsed.markdown, SourceFormat::Markdown, "fuzzed-article").expect("what parsed parses again");
    assert_eq!(again.markdown, parsed.markdown);
    let _ = to_markdown(&parsed.article);
});
