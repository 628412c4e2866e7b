//! Which readings a text gets, and in which order.

use super::{read, read_as, texts};
use crate::report::{Hints, Layer, Limits, Part, PartAddress, PartKind, Report};

#[test]
fn plain_text_has_one_reading() {
    for text in
        ["Required member is undefined.", "", "ab", "a < b and 50 % of [x]", "at f (https://a.example/x.js:1:2)\nat g"]
    {
        assert_eq!(texts(&read(text)), [text]);
    }
}

#[test]
fn values_that_are_no_text_have_one_reading() {
    for kind in [PartKind::Number, PartKind::Bool, PartKind::Null, PartKind::EmptyArray, PartKind::EmptyObject] {
        assert_eq!(read_as("1%202\\n3", kind, &Limits::default()).views.len(), 1);
    }
}

#[test]
fn layers_are_peeled_in_the_order_in_which_they_lie() {
    let report = read("say %5C%22Required%5C%22");
    assert_eq!(texts(&report), ["say %5C%22Required%5C%22", "say \\\"Required\\\"", "say \"Required\""]);
    assert_eq!(report.decoded_by(0), []);
    assert_eq!(report.decoded_by(1), [Layer::Percent]);
    assert_eq!(report.decoded_by(2), [Layer::Percent, Layer::JsonString]);
    assert_eq!(report.part_span(2, (5..13).into()), (10..18).into());
}

#[test]
fn readings_with_fewer_layers_come_first_and_parts_stay_together() {
    let texts = ["\u{a0}\u{1b}[31m> a\\nb %41 &lt;\u{1b}[0m", "plain", "%2541 \\\\n"];
    let parts = texts.map(|text| Part { address: PartAddress::Body, text: text.to_owned(), kind: PartKind::Text });
    let report = Report::from_parts(parts.to_vec(), &Hints::default(), &Limits::default());
    let places: Vec<(usize, usize)> =
        (0..report.views.len()).map(|view| (report.views[view].part, report.decoded_by(view).len())).collect();
    assert!(places.is_sorted(), "{places:?}");
    assert!(places.contains(&(1, 0)) && !places.contains(&(1, 1)));
    assert!(report.views.iter().all(|view| view.parent.is_none_or(|parent| report.views[parent].part == view.part)));
}

#[test]
fn html_is_read_without_proof_only_where_it_is_declared() {
    let declared = read_as("<b>Error", PartKind::Html, &Limits::default());
    assert_eq!(texts(&declared), ["<b>Error", "Error"]);
    assert_eq!(texts(&read("<b>Error")), ["<b>Error"]);
}

#[test]
fn a_reference_that_html_hides_in_an_attribute_is_read() {
    let report = read("<div data-error=\"{&quot;code&quot;:7}\">Oops</div>");
    assert!(texts(&report).contains(&"<div data-error=\"{\"code\":7}\">Oops</div>"), "{:?}", texts(&report));
    assert!(texts(&report).contains(&"Oops\n"));
}

#[test]
fn a_message_deep_in_escapes_survives_a_text_that_holds_a_little_of_everything() {
    let mut message = "\"Required member\" is \"undefined\"\n".repeat(20);
    for _ in 0..4 {
        message = serde_json::to_string(&message).unwrap();
    }
    let text = format!(
        "50%25 &amp; <br> =3D =C3=A9 \u{a0}\"\"a\"\" [31mx[0m UmVxdWlyZWQgbWVtYmVyIGlzIHVuZGVmaW5lZA\n{message}"
    );
    let wanted = "\"Required member\" is \"undefined\"\n\"Required member\"";
    assert!(texts(&read(&text)).iter().any(|view| view.contains(wanted)), "{:#?}", texts(&read(&text)));
}
