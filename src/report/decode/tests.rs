//! Tests of whole bodies: which parts come out, at which addresses, and what is refused.

use std::io::Write;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::processor_time;

fn read(body: &[u8], content_type: Option<&str>) -> Result<Report, DecodeError> {
    decode(Incoming { body, content_type, content_encoding: None }, &Hints::default(), &Limits::default())
}

/// Addresses and texts of the parts.
fn parts(body: impl AsRef<[u8]>, content_type: &str) -> Vec<(String, String)> {
    let content_type = Some(content_type).filter(|header| !header.is_empty());
    let report = read(body.as_ref(), content_type).unwrap();
    report.parts.iter().map(|part| (part.address.to_string(), part.text.clone())).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|&(address, text)| (address.to_owned(), text.to_owned())).collect()
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn every_scalar_and_empty_container_of_json_is_a_part_at_its_pointer() {
    let body = r#"{"a/b":{"m~n":[1.50,"x\ny",true]},"e":{},"l":[],"n":null}"#;
    let report = read(body.as_bytes(), Some("application/problem+json")).unwrap();
    let found: Vec<(String, &str, PartKind)> =
        report.parts.iter().map(|part| (part.address.to_string(), part.text.as_str(), part.kind)).collect();
    let wanted = [
        ("/a~1b/m~0n/0", "1.50", PartKind::Number),
        ("/a~1b/m~0n/1", "x\ny", PartKind::Text),
        ("/a~1b/m~0n/2", "true", PartKind::Bool),
        ("/e", "{}", PartKind::EmptyObject),
        ("/l", "[]", PartKind::EmptyArray),
        ("/n", "null", PartKind::Null),
    ];
    let wanted: Vec<(String, &str, PartKind)> = wanted.map(|(a, text, kind)| (a.to_owned(), text, kind)).into();
    assert_eq!(found, wanted);
}

#[test]
fn a_json_document_of_one_scalar_is_the_body() {
    assert_eq!(parts("\"x\\u0041\"", "application/json"), pairs(&[("body", "xA")]));
}

#[test]
fn broken_json_that_is_declared_is_an_error_with_its_place() {
    let error = read(b"{\"a\": 1,\n \"b\": }", Some("application/json")).unwrap_err();
    let DecodeError::Json { line, column, message } = error else { panic!("{error}") };
    assert_eq!((line, column, message.as_str()), (2, 7, "expected a value, found '}'"));
}

#[test]
fn a_body_without_a_type_is_told_by_what_it_is() {
    assert_eq!(parts(" {\"a\":1}\n", ""), pairs(&[("/a", "1")]));
    assert_eq!(parts("{\"a\":1}\n\n{\"a\":2}\n", "application/octet-stream"), pairs(&[("/0/a", "1"), ("/2/a", "2")]));
    assert_eq!(parts("{\"a\":1} and prose", ""), pairs(&[("body", "{\"a\":1} and prose")]));
    assert_eq!(parts("12", ""), pairs(&[("body", "12")]));
    assert_eq!(read(b"\n<!DOCTYPE HTML><p>x", None).unwrap().parts[0].kind, PartKind::Html);
}

#[test]
fn plain_text_stays_text_whatever_it_holds() {
    for text in ["{\"a\":1}", "<html><p>x", "a=b&c=d"] {
        let report = read(text.as_bytes(), Some("text/plain; charset=utf-8")).unwrap();
        assert_eq!(report.parts, [Part { address: PartAddress::Body, text: text.to_owned(), kind: PartKind::Text }]);
    }
}

#[test]
fn html_mail_and_unknown_types_are_one_part() {
    assert_eq!(read(b"<p>x", Some("text/html")).unwrap().parts[0].kind, PartKind::Html);
    assert_eq!(parts("Subject: x\r\n\r\n=41", "message/rfc822"), pairs(&[("body", "Subject: x\r\n\r\n=41")]));
    assert_eq!(parts("<a/>", "application/xml"), pairs(&[("body", "<a/>")]));
    assert_eq!(parts(b"\x7fELF\x02\xff\x00", "application/x-elf"), pairs(&[("body", "\u{7f}ELF\u{2}\u{fffd}\0")]));
}

#[test]
fn a_broken_line_of_declared_ndjson_is_text_and_noted() {
    let report = read(b"{\"a\":1}\r\noops {\n[2]", Some("application/x-ndjson")).unwrap();
    let found: Vec<String> = report.parts.iter().map(|part| format!("{} {}", part.address, part.text)).collect();
    assert_eq!(found, ["/0/a 1", "/1 oops {", "/2/0 2"]);
    assert_eq!(report.limits_reached, ["1 line is broken JSON and was read as text"]);
}

#[test]
fn form_fields_are_decoded_and_repeat() {
    assert_eq!(
        parts("state=hKFo%2E&passkey=&m=a+b%0Ac%C3%A9&m=2&flag\n", FORM),
        pairs(&[
            ("form.state", "hKFo."),
            ("form.passkey", ""),
            ("form.m", "a b\ncé"),
            ("form.m", "2"),
            ("form.flag", ""),
        ])
    );
    assert_eq!(parts("a=%F1", "application/x-www-form-urlencoded; charset=latin1"), pairs(&[("form.a", "ñ")]));
}

#[test]
fn a_body_that_is_no_form_is_text_although_the_client_says_form() {
    let base64 = format!("{}==", "VHlwZUVycm9y".repeat(40));
    for text in [
        "TypeError: x",
        "at line 1: a=b",
        "oops\na=b",
        "{\"u\":\"a=b\"}",
        "[\"a=b\"]",
        "<a href=x>",
        "",
        "https://app.example.com/cb?error=invalid_grant&x=1",
        &base64,
    ] {
        assert_eq!(parts(text, FORM), pairs(&[("body", text)]));
    }
    assert_eq!(parts("user[name]=x&flag", FORM), pairs(&[("form.user[name]", "x"), ("form.flag", "")]));
}

const MULTIPART: &str = "multipart/form-data; boundary=\"-- x\"";

#[test]
fn multipart_fields_and_files_are_read_with_their_own_headers() {
    let body = concat!(
        "preamble\r\n",
        "---- x\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nline 1\r\nline 2\r\n",
        "---- x  \r\ncontent-disposition: form-data;\r\n name=doc; filename=\"C:\\x\\a.har\"\r\n",
        "Content-Type: application/octet-stream\r\n\r\n{\"log\":{\"entries\":[{\"status\":400}]}}\r\n",
        "---- x\r\nContent-Disposition: form-data; name=f; filename*=UTF-8''%C3%A9.log\r\n",
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=C3=A9 =\r\nx\r\n",
        "---- x\r\nContent-Disposition: form-data; name=g; filename=g.json\r\n\r\n{broken\r\n",
        "---- x\r\nContent-Disposition: form-data; name=h; filename=\"\"\r\n\r\n\r\n",
        "---- x--\r\nepilogue",
    );
    let report = read(body.as_bytes(), Some(MULTIPART)).unwrap();
    let found: Vec<String> = report.parts.iter().map(|part| format!("{} {}", part.address, part.text)).collect();
    let wanted = [
        "form.text line 1\r\nline 2",
        "file:a.har#/log/entries/0/status 400",
        "file:é.log café x",
        "file:g.json {broken",
    ];
    assert_eq!(found, wanted);
    assert_eq!(report.limits_reached.len(), 1);
    assert!(report.limits_reached[0].starts_with("file \"g.json\" is broken JSON"), "{:?}", report.limits_reached);
}

#[test]
fn a_multipart_body_may_lack_its_end_its_carriage_returns_and_its_boundary_parameter() {
    let body = "--b\nContent-Disposition: form-data; name=a\n\n1\n--b\nContent-Disposition: form-data; name=c\n\n2";
    for header in ["multipart/form-data; boundary=b", "multipart/form-data"] {
        assert_eq!(parts(body, header), pairs(&[("form.a", "1"), ("form.c", "2")]));
    }
    assert_eq!(parts("--b\r\n\r\nplain\r\n--b--", "multipart/mixed; boundary=b"), pairs(&[("form.0", "plain")]));
}

#[test]
fn a_multipart_body_without_its_boundary_is_malformed() {
    let error = read(b"nothing of the kind", Some("multipart/form-data; boundary=b")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the body is no multipart body: the boundary \"--b\" of its content type stands nowhere in it"
    );
    assert!(read(b"nothing", Some("multipart/form-data")).is_err());
}

fn upload(name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--b\r\nContent-Disposition: form-data; name=f; filename={name}\r\n\r\n");
    [head.as_bytes(), content, b"\r\n--b--\r\n"].concat()
}

#[test]
fn compressed_files_are_unpacked_and_named_as_sent() {
    let header = "multipart/form-data; boundary=b";
    assert_eq!(parts(upload("t.log.gz", &gzip(b"x: 1")), header), pairs(&[("file:t.log.gz", "x: 1")]));
    assert_eq!(parts(upload("t.json.gz", &gzip(b"{\"a\":1}")), header), pairs(&[("file:t.json.gz#/a", "1")]));
    let error = read(&upload("t.zip", b"PK\x03\x04"), Some(header)).unwrap_err();
    assert!(matches!(error, DecodeError::Unsupported { .. }));
}

#[test]
fn a_broken_compressed_file_is_read_as_it_stands_and_noted() {
    let report = read(&upload("t.gz", b"\x1f\x8b\x08 oops"), Some("multipart/form-data; boundary=b")).unwrap();
    assert_eq!(report.parts.len(), 1);
    assert!(report.limits_reached[0].starts_with("file \"t.gz\" was read as it stands"), "{:?}", report.limits_reached);
}

#[test]
fn all_files_together_keep_the_limit_on_unpacked_bytes() {
    let limits = Limits { unpacked_bytes: 1_500, ..Limits::default() };
    let file = upload("t.gz", &gzip(&[b'a'; 1_000]));
    let one = &file[..file.len() - b"--b--\r\n".len()];
    let header = Some("multipart/form-data; boundary=b");
    let read = |body: &[u8]| {
        decode(Incoming { body, content_type: header, content_encoding: None }, &Hints::default(), &limits)
    };
    assert!(read(one).is_ok());
    assert_eq!(read(&[one, one].concat()).unwrap_err(), DecodeError::TooLarge { limit: 1_500 });
}

#[test]
fn pieces_beyond_the_thousandth_are_not_read_and_that_is_said() {
    let body = "--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n".repeat(1_200);
    let report = read(body.as_bytes(), Some("multipart/form-data; boundary=b")).unwrap();
    assert_eq!(report.parts.len(), 1_000);
    assert_eq!(report.limits_reached, ["the multipart body has more than 1000 pieces; those beyond were not read"]);
}

#[test]
fn a_piece_in_an_unknown_charset_does_not_take_the_others_down() {
    let body =
        "--b\r\nContent-Disposition: form-data; name=a\r\nContent-Type: text/plain; charset=what\r\n\r\nx\r\n--b--";
    let report = read(body.as_bytes(), Some("multipart/form-data; boundary=b")).unwrap();
    assert_eq!(report.parts[0].text, "x");
    assert!(report.limits_reached[0].starts_with("the charset of a piece was guessed"), "{:?}", report.limits_reached);
}

#[test]
fn a_utf16_body_is_read_as_json() {
    let body: Vec<u8> = "{\"a\":\"é\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(parts(body, "application/json"), pairs(&[("/a", "é")]));
}

#[test]
fn a_byte_order_mark_before_a_form_is_no_part_of_it() {
    let multipart = "\u{feff}--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b--";
    assert_eq!(parts(multipart, "multipart/form-data; boundary=b"), pairs(&[("form.a", "1")]));
    assert_eq!(parts("\u{feff}a=1", FORM), pairs(&[("form.a", "1")]));
}

#[test]
fn a_declared_encoding_is_undone_before_the_text_is_read() {
    let body = gzip(b"{\"a\":1}");
    let incoming =
        Incoming { body: &body, content_type: Some("application/json"), content_encoding: Some("gzip, identity") };
    assert_eq!(decode(incoming, &Hints::default(), &Limits::default()).unwrap().parts.len(), 1);
}

#[test]
fn the_parts_of_one_member_keep_pointers_from_the_whole_document() {
    let text = r#"{"text":"x","payload":{"e":[{"m":"y"}]}}"#;
    let document = Document::parse(text, 100).unwrap();
    let payload = document.children(document.root()).nth(1).unwrap();
    let mut reached = Vec::new();
    let parts = parts_of_json(text, &document, payload, &Limits::default(), &mut reached);
    let address = PartAddress::Pointer("/payload/e/0/m".to_owned());
    assert_eq!(parts, [Part { address, text: "y".to_owned(), kind: PartKind::Text }]);
    assert!(reached.is_empty());
}

#[test]
fn parts_keep_their_limit_and_what_lies_beyond_stays_readable() {
    let limits = Limits { fields: 10, ..Limits::default() };
    let read = |body: &str, content_type: &str| {
        let incoming = Incoming { body: body.as_bytes(), content_type: Some(content_type), content_encoding: None };
        decode(incoming, &Hints::default(), &limits).unwrap()
    };
    let array = read(&format!("[{}[1]]", "[1,2,3],".repeat(8)), "application/json");
    assert_eq!(array.parts.len(), 9);
    assert_eq!(array.parts[8].text, "1");
    assert_eq!(array.parts[1].text, "[1,2,3]");
    let beyond = "JSON nested more than 512 deep, or beyond 10 values, was read as text and not value by value";
    assert_eq!(array.limits_reached, [beyond, "fields beyond 10 were left out"]);
    let lines = read(&"{\"a\":1}\n".repeat(20), "application/jsonl");
    assert_eq!(lines.parts.len(), 11);
    assert_eq!(lines.parts[10].text, "{\"a\":1}\n".repeat(10));
    let form = read(&"a=1&".repeat(20), FORM);
    assert_eq!(form.parts.len(), 10);
    let unread = "the form has more than 10 fields; those beyond were not read";
    assert_eq!(form.limits_reached, [unread, "fields beyond 10 were left out"]);
}

#[test]
fn hostile_bodies_are_read_in_the_time_of_their_size() {
    let bodies = [
        ("{\"a\":".repeat(200_000), "application/json"),
        (format!("{}{}", "[".repeat(500_000), "]".repeat(500_000)), "application/json"),
        (format!("[{}1]", "1,".repeat(500_000)), "application/json"),
        ("{}\n".repeat(300_000), ""),
        ("1\n".repeat(500_000), "application/x-ndjson"),
        ("&".repeat(1 << 20), FORM),
        ("a&".repeat(1 << 19), FORM),
        (format!("a={}", "%".repeat(1 << 20)), FORM),
        ("--b\n".repeat(1 << 18), "multipart/form-data; boundary=b"),
        ("--b".repeat(1 << 18), "multipart/form-data; boundary=b"),
        (format!("--b\n{}", "a:\n".repeat(1 << 18)), "multipart/form-data; boundary=b"),
        (format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20)), "application/json"),
    ];
    for (body, content_type) in bodies {
        let (_, took) = processor_time::of(|| read(body.as_bytes(), Some(content_type)));
        assert!(took < Duration::from_secs(2), "{:?} took {took:?}", &body[..10]);
    }
}

fn any_content_type() -> impl Strategy<Value = Option<String>> {
    let known = [
        "application/json",
        "application/x-ndjson",
        FORM,
        "multipart/form-data; boundary=b",
        "multipart/mixed",
        "text/html",
        "text/plain; charset=utf-16",
        "text/plain; charset=shift_jis",
        "message/rfc822",
        "application/octet-stream",
        "image/png",
    ];
    prop_oneof![
        3 => proptest::sample::select(known.to_vec()).prop_map(|header| Some(header.to_owned())),
        1 => Just(None),
        1 => "[ -~]{0,40}".prop_map(Some),
    ]
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        r#"(--b(--)?(\r\n|\n)|[Cc]ontent-[Tt]ype: [a-z/;= ]{0,9}|[{}\[\]:,"'=&%+\\\n]|[a-z0-9é]){0,40}"#
            .prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|tail| [&b"\x1f\x8b\x08"[..], &tail].concat()),
        prop::collection::vec(any::<u8>(), 0..60).prop_map(|plain| gzip(&plain)),
    ]
}

fn any_json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::String),
    ];
    scalar.prop_recursive(5, 48, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..5).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// The texts of a value's leaves, in order.
fn leaf_texts(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Array(elements) if !elements.is_empty() => elements.iter().for_each(|value| leaf_texts(value, texts)),
        Value::Object(members) if !members.is_empty() => members.values().for_each(|value| leaf_texts(value, texts)),
        Value::String(text) => texts.push(text.clone()),
        other => texts.push(other.to_string()),
    }
}

proptest! {
    #[test]
    fn any_bytes_under_any_headers_are_a_report_or_an_error(
        body in any_body(), content_type in any_content_type(), encoding in prop_oneof![Just(None), Just(Some("gzip")), Just(Some("deflate")), Just(Some("br, zstd"))]
    ) {
        let incoming = Incoming { body: &body, content_type: content_type.as_deref(), content_encoding: encoding };
        let _ = decode(incoming, &Hints::default(), &Limits { fields: 20, ..Limits::default() });
    }

    #[test]
    fn the_parts_of_json_are_the_leaves_that_serde_json_reads(value in any_json(), declared in any::<bool>()) {
        // A scalar alone is taken for JSON only when it is declared.
        let declared = declared || !(value.is_array() || value.is_object());
        let body = value.to_string();
        let report = read(body.as_bytes(), declared.then_some("application/json")).unwrap();
        let texts: Vec<String> = report.parts.iter().map(|part| part.text.clone()).collect();
        let mut wanted = Vec::new();
        leaf_texts(&value, &mut wanted);
        prop_assert_eq!(texts, wanted);
        for part in &report.parts {
            let PartAddress::Pointer(pointer) = &part.address else { panic!("{:?}", part.address) };
            let leaf = match part.kind {
                PartKind::Text => json!(part.text),
                _ => serde_json::from_str(&part.text).unwrap(),
            };
            prop_assert_eq!(value.pointer(pointer), Some(&leaf));
        }
    }

    #[test]
    fn unpacking_never_yields_more_than_the_limit(plain in prop::collection::vec(0..3u8, 0..2_000), limit in 0..2_000usize) {
        let limits = Limits { unpacked_bytes: limit, ..Limits::default() };
        match unpack(&gzip(&plain), Some("gzip"), &limits) {
            Ok(unpacked) => prop_assert!(unpacked.len() <= limit && unpacked == plain),
            Err(error) => {
                prop_assert_eq!(error, DecodeError::TooLarge { limit });
                prop_assert!(plain.len() > limit);
            }
        }
    }

    #[test]
    fn form_fields_come_back_as_a_client_wrote_them(fields in prop::collection::vec(("[a-z\u{e9} &=+%]{1,6}", any::<String>()), 1..6)) {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let found = parts(body.join("&"), FORM);
        let wanted: Vec<(String, String)> = fields
            .into_iter()
            .map(|(name, value)| (format!("form.{name}"), value.trim_start_matches('\u{feff}').to_owned()))
            .collect();
        prop_assert_eq!(found, wanted);
    }
}
