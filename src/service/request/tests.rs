use super::*;
use crate::engine::{Confidence, Explain};
use crate::report::PartAddress;

fn read(body: &str, content_type: Option<&str>) -> Result<MatchRequest, RequestError> {
    read_with(body.as_bytes(), content_type, &[])
}

fn read_with(body: &[u8], content_type: Option<&str>, query: &[(&str, &str)]) -> Result<MatchRequest, RequestError> {
    let query: Vec<(String, String)> = query.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let request = RawRequest { body, content_type, content_encoding: None, query: &query };
    parse_match_request(request, &Limits::default())
}

fn json(body: &str) -> Result<MatchRequest, RequestError> {
    read(body, Some("application/json"))
}

fn parts(request: &MatchRequest) -> Vec<(String, &str)> {
    request.report.parts.iter().map(|part| (part.address.to_string(), part.text.as_str())).collect()
}

#[test]
fn text_is_one_part_that_holds_the_callers_own_string() {
    let request = json(r#"{"text":"line one\nsays \"no\" {\"a\":1}"}"#).unwrap();
    assert_eq!(parts(&request), [("/text".to_owned(), "line one\nsays \"no\" {\"a\":1}")]);
    assert_eq!(request.options, MatchOptions::default());
}

#[test]
fn a_payload_is_addressed_by_pointers_of_the_whole_body() {
    let request = json(r#"{"limit":5,"payload":{"details":{"error":"x y"},"n":[1,null]}}"#).unwrap();
    assert_eq!(
        parts(&request),
        [
            ("/payload/details/error".to_owned(), "x y"),
            ("/payload/n/0".to_owned(), "1"),
            ("/payload/n/1".to_owned(), "null")
        ]
    );
    assert_eq!(request.options.limit, 5);
    let scalar = json(r#"{"payload":"just text"}"#).unwrap();
    assert_eq!(parts(&scalar), [("/payload".to_owned(), "just text")]);
}

#[test]
fn json_without_text_or_payload_is_the_payload_itself() {
    for (body, first) in
        [(r#"{"error":"x","limit":3}"#, "/error"), (r#"["x"]"#, "/0"), (r#""x""#, "body"), ("42", "body")]
    {
        let request = json(body).unwrap();
        assert_eq!(parts(&request)[0].0, first, "{body}");
        assert_eq!(request.options, MatchOptions::default());
    }
}

#[test]
fn the_envelope_carries_every_option() {
    let body = r#"{"text":"x","limit":20,"min_confidence":0.25,"explain":"some-article",
        "hints":{"product":"P","version":"1.2","route":"/u","status":400,"locale":"de"}}"#;
    let options = json(body).unwrap().options;
    assert_eq!(options.limit, 20);
    assert_eq!(options.min_confidence, Confidence::new(0.25).unwrap());
    assert_eq!(options.explain, Explain::Article("some-article".parse().unwrap()));
    let hints = options.hints;
    assert_eq!(hints.product.as_deref(), Some("P"));
    assert_eq!(hints.version.as_deref(), Some("1.2"));
    assert_eq!((hints.route.as_deref(), hints.status, hints.locale.as_deref()), (Some("/u"), Some(400), Some("de")));
    assert_eq!(json(r#"{"text":"x","explain":true}"#).unwrap().options.explain, Explain::Candidates);
    assert_eq!(json(r#"{"text":"x","limit":null,"hints":{"status":null}}"#).unwrap().options, MatchOptions::default());
}

#[test]
fn other_bodies_take_the_same_options_from_the_query() {
    let query = [("limit", "7"), ("min_confidence", "0"), ("explain", "true"), ("status", "404"), ("product", "P")];
    let request = read_with(b"some error", Some("text/plain"), &query).unwrap();
    assert_eq!((request.options.limit, request.options.min_confidence), (7, Confidence::ZERO));
    assert_eq!((request.options.explain, request.options.hints.status), (Explain::Candidates, Some(404)));
    assert_eq!(request.options.hints.product.as_deref(), Some("P"));
    let both = read_with(br#"{"text":"x","limit":2}"#, Some("application/json"), &[("limit", "9")]).unwrap();
    assert_eq!(both.options.limit, 2);
}

#[test]
fn a_mistake_is_named_with_its_field_and_place() {
    for (body, field, message, place) in [
        (
            r#"{"text":"x","limt":1}"#,
            "limt",
            "unknown field \"limt\"; did you mean \"limit\"? If this object is itself the payload, send it as {\"payload\": …}.",
            (1, 13),
        ),
        (
            r#"{"text":"x","stack":[]}"#,
            "stack",
            "known are text, payload, limit, min_confidence, hints, explain",
            (1, 13),
        ),
        (
            "{\"text\":\"x\",\n \"hints\":{\"prodct\":\"a\"}}",
            "hints.prodct",
            "did you mean \"hints.product\"?",
            (2, 11),
        ),
        (r#"{"text":5}"#, "text", "\"text\" must be a string, not a number", (1, 9)),
        (r#"{"text":"x","payload":1}"#, "payload", "not both", (1, 23)),
        (r#"{"text":"x","text":"y"}"#, "text", "given twice", (1, 20)),
        (
            r#"{"text":"x","limit":"3"}"#,
            "limit",
            "\"limit\" must be a whole number from 1 to 20, not a string",
            (1, 21),
        ),
        (r#"{"text":"x","limit":0}"#, "limit", "a whole number from 1 to 20, 0 is not", (1, 21)),
        (r#"{"text":"x","limit":1.5}"#, "limit", "1.5 is not", (1, 21)),
        (r#"{"text":"x","min_confidence":1.01}"#, "min_confidence", "a number from 0 to 1, 1.01 is not", (1, 30)),
        (r#"{"text":"x","hints":[]}"#, "hints", "an object, not an array", (1, 21)),
        (r#"{"text":"x","hints":{"status":"400"}}"#, "hints.status", "not a string", (1, 31)),
        (r#"{"text":"x","hints":{"version":2}}"#, "hints.version", "a string, not a number", (1, 32)),
        (r#"{"text":"x","explain":1}"#, "explain", "true, false or an article's id, not a number", (1, 23)),
        (r#"{"text":"x","explain":"No Id"}"#, "explain", "a-z, 0-9", (1, 23)),
    ] {
        let RequestError::Field { field: found, message: said, place: stands, .. } = json(body).unwrap_err() else {
            panic!("{body} gave another error");
        };
        assert_eq!((found.as_str(), stands), (field, Some(place)), "{body}");
        assert!(said.contains(message), "{body} gave {said:?}");
    }
}

#[test]
fn a_mistake_in_the_query_is_named_too() {
    for (name, value, message) in [
        ("limt", "3", "unknown query parameter \"limt\"; did you mean \"limit\"?"),
        ("limit", "21", "\"21\" is not"),
        ("min_confidence", "NaN", "a number from 0 to 1"),
        ("status", "99", "an HTTP status from 100 to 599"),
        ("explain", "No Id", "an article's id"),
    ] {
        let error = read_with(b"x", Some("text/plain"), &[(name, value)]).unwrap_err();
        assert!(error.to_string().contains(message), "{name}={value} gave {error}");
    }
}

#[test]
fn an_empty_report_is_refused_in_every_form() {
    for (body, content_type) in [
        ("", None),
        ("", Some("application/json")),
        (" \n\t", Some("text/plain")),
        (r#"{"text":""}"#, Some("application/json")),
        (r#"{"text":"  "}"#, Some("application/json")),
        (r#"{"payload":""}"#, Some("application/json")),
        (r#"{"payload":null}"#, Some("application/json")),
        (r#"{"payload":{"a":[],"b":{}}}"#, Some("application/json")),
        ("{}", Some("application/json")),
    ] {
        assert_eq!(read(body, content_type).unwrap_err(), RequestError::Empty, "{body:?} as {content_type:?}");
    }
}

#[test]
fn broken_json_is_told_its_line_and_column() {
    let error = json("{\n  \"text\": \"x\",,\n}").unwrap_err();
    assert!(matches!(error, RequestError::Decode(DecodeError::Json { line: 2, column: 15, .. })), "{error:?}");
}

#[test]
fn json_without_a_type_is_recognised_and_plain_text_stays_text() {
    let sniffed = read(r#"{"text":"x"}"#, None).unwrap();
    assert_eq!(parts(&sniffed)[0].0, "/text");
    let text = read(r#"{"text":"x"}"#, Some("text/plain")).unwrap();
    assert_eq!(text.report.parts[0].address, PartAddress::Body);
    assert_eq!(read("{not json", None).unwrap().report.parts[0].address, PartAddress::Body);
}

#[test]
fn hostile_json_is_answered_in_time_of_its_size() {
    let deep = format!("{{\"payload\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let wide =
        format!("{{\"payload\":{{{}}}}}", (0..10_000).map(|i| format!("\"f{i}\":\"v\"")).collect::<Vec<_>>().join(","));
    let unknown = format!("{{\"text\":\"x\",\"{}\":1}}", "k".repeat(1 << 20));
    let (read, took) = crate::processor_time::of(|| [&deep, &wide, &unknown].map(|body| json(body)));
    let [Ok(_), Ok(_), Err(RequestError::Field { message, .. })] = read else { panic!("another error") };
    assert!(message.len() < 400);
    assert!(took.as_secs() < 5, "took {took:?}");
}

#[test]
fn an_example_is_read_as_the_request_that_would_send_it() {
    let hints = crate::report::Hints { product: Some("P".to_owned()), status: Some(404), ..Default::default() };
    let payload = serde_json::json!({"error": "x"});
    let example = Example { input: ExampleInput::Payload(payload), hints, min_confidence: None, line: 0 };
    let request = MatchRequest::from_example(&example).unwrap();
    assert_eq!(parts(&request), [("/payload/error".to_owned(), "x")]);
    assert_eq!(request.options.hints, example.hints);
    let input = ExampleInput::Text { text: "{\"text\":\"x\"}".to_owned(), content_type: None };
    let request = MatchRequest::from_example(&Example { input, ..example }).unwrap();
    assert_eq!(request.report.parts[0].address, PartAddress::Body);
}

proptest::proptest! {
    #[test]
    fn any_bytes_under_any_type_are_answered_or_refused(
        body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
        content_type in proptest::option::of(proptest::sample::select(vec![
            "application/json", "text/plain", "application/x-www-form-urlencoded", "text/html", "multipart/form-data; boundary=x",
        ])),
    ) {
        let _ = read_with(&body, content_type, &[]);
    }

    #[test]
    fn any_text_in_an_envelope_comes_through_unchanged(text in "\\PC{1,80}[a-z]") {
        let request = json(&serde_json::json!({ "text": text }).to_string()).unwrap();
        proptest::prop_assert_eq!(&request.report.parts[0].text, &text);
    }
}
