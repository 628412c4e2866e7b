//! What holds for the readings of any text.

use proptest::prelude::*;

use super::read_as;
use super::wrappers::WRAPPERS;
use crate::report::views::{
    ansi, base64, doubled_quote, email_quote, html, html_entity, invisible, json_string, line_wrap::Widths, percent,
    quoted_printable,
};
use crate::report::{ByteSpan, Limits, PartKind, Report, SegmentMap};

/// Texts in which the marks of all layers stand close together.
fn any_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "\\", "\\n", "\\\"", "\\u00e9", "\\ud83d\\ude00", "\\x41", "\\xc3", "\\303\\251", "#012", "%", "%41", "%C3%A9", "%u00e9",
            "+", "=", "&", "&amp;", "&#39;", "&lt", "<", ">", "<p>", "</p>", "<br", "<!--", "-->", "<a x='", "<script>", "=3D",
            "=\n", "=C3=A9", "=E9", "\u{1b}[31m", "\u{1b}]0;", "\u{7}", "[0m", "[31m", "\\x1b[0m", "^[[1m", "> ", ">>", "| ", "\n",
            "\r\n", "\"", "\"\"", "''", "'", "'\\''", "\0", "\u{200b}", "\u{a0}", "ﬁ", "Ａ", "é", "😀", "\t",
            "UmVxdWlyZWQgbWVtYmVyIGlzIHVuZGVmaW5lZA==", "UmVxdWlyZWTDqSBtZW1iZXIgaXMgdW5kZWZpbmVk", "/u/passkey?state=x",
        ]).prop_map(str::to_owned),
        3 => "[a-zA-Z0-9 ]{0,12}",
        1 => "\\PC{0,8}",
        1 => "([a-z]{1,9} ){8,14}\n",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

/// Every character boundary of a text.
fn boundaries(text: &str) -> Vec<usize> {
    text.char_indices().map(|(at, _)| at).chain([text.len()]).collect()
}

fn check_map(parent: &str, text: &str, map: &SegmentMap) {
    let (mut view_at, mut parent_at) = (0, 0);
    for segment in map.segments() {
        assert_eq!(segment.view_start, view_at, "a gap in the view");
        assert_eq!(segment.parent_start, parent_at, "a gap in the parent");
        view_at += segment.view_len;
        parent_at += segment.parent_len;
        let there = &parent[segment.parent_start..parent_at];
        let here = &text[segment.view_start..view_at];
        assert!(!segment.identity || here == there, "{here:?} is not {there:?}");
    }
    assert_eq!((view_at, parent_at), (text.len(), parent.len()));
}

fn check_report(report: &Report) {
    let part = &report.parts[0].text;
    for (index, view) in report.views.iter().enumerate() {
        let text = report.view_text(index);
        let Some(parent) = view.parent else {
            assert_eq!(index, 0);
            continue;
        };
        assert!(parent < index);
        check_map(report.view_text(parent), text, &view.map);
        assert!((0..index).all(|other| report.view_text(other) != text), "the same text twice");
        let boundaries = boundaries(text);
        let mut before = ByteSpan::new(0, 0);
        for pair in boundaries.windows(2) {
            let place = report.part_span(index, ByteSpan::new(pair[0], pair[1]));
            assert!(part.get(place.start()..place.end()).is_some(), "{place:?} does not slice");
            assert!(before.start() <= place.start() && before.end() <= place.end(), "{before:?} then {place:?}");
            before = place;
        }
        for (&start, &end) in boundaries.iter().zip(boundaries.iter().rev()).filter(|(start, end)| start <= end) {
            let place = report.part_span(index, ByteSpan::new(start, end));
            assert!(part.get(place.start()..place.end()).is_some(), "{place:?} does not slice");
        }
    }
    let layers: Vec<usize> = (0..report.views.len()).map(|view| report.decoded_by(view).len()).collect();
    assert!(layers.is_sorted(), "{layers:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn every_reading_of_any_text_maps_back_to_it(text in any_text(), html in any::<bool>()) {
        let kind = if html { PartKind::Html } else { PartKind::Text };
        check_report(&read_as(&text, kind, &Limits::default()));
    }

    #[test]
    fn every_reading_of_wrapped_text_maps_back_to_it(
        text in any_text(),
        inner in prop::sample::select(WRAPPERS.to_vec()),
        outer in prop::sample::select(WRAPPERS.to_vec()),
    ) {
        check_report(&read_as(&outer.2(&inner.2(&text)), PartKind::Text, &Limits::default()));
    }

    #[test]
    fn readings_stay_within_small_limits(text in any_text(), depth in 0usize..4, views in 0usize..6, bytes in 0usize..400) {
        let limits = Limits { depth, views_per_part: views, view_bytes: bytes, ..Limits::default() };
        let report = read_as(&text, PartKind::Text, &limits);
        check_report(&report);
        prop_assert!(report.views.len() <= views.max(1));
        let used: usize = report.views.iter().filter_map(|view| view.decoded.as_ref()).map(String::len).sum();
        prop_assert!(used <= bytes);
    }

    #[test]
    fn layers_that_only_remove_leave_nothing_to_remove(text in any_text()) {
        if let Some((plain, _)) = invisible::peel(&text) {
            prop_assert!(invisible::peel(&plain).is_none(), "{plain:?}");
        }
    }

    #[test]
    fn each_layer_alone_changes_what_it_returns_and_maps_it(text in any_text()) {
        let layers = [
            ansi::peel, base64::peel, doubled_quote::peel, email_quote::peel, html::peel, html::peel_html, html_entity::peel,
            invisible::peel, json_string::peel, |text: &str| Widths::measure(text).peel_words(text), |text: &str| Widths::measure(text).peel_cut(text),
            |text: &str| Widths::measure(text).peel_possible_cut(text),
            percent::peel, quoted_printable::peel,
        ];
        for (index, peel) in layers.into_iter().enumerate() {
            if let Some((decoded, map)) = peel(&text) {
                check_map(&text, &decoded, &map);
                prop_assert!(decoded != text, "layer {index} changed nothing in {text:?}");
                prop_assert!(map.replaced_len() > 0);
            }
        }
    }
}
