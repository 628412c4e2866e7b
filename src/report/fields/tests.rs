//! What is found in whole reports.

use super::{Field, FieldValue};
use crate::report::{FieldPath, Hints, Incoming, Limits, Report, decode};

const PAYLOAD: &str = r#"state: hKFo...5pag``passkey:``action: showError::{"name":"TypeError","message":"Failed to read the 'name' property: Required member is undefined.","stack":"TypeError: Required member is undefined.\n at HTMLButtonElement.<anonymous> (https://<DOMAIN>/u/passkey-enrollment?state=hKFo...5pag:514:6352)"}"#;

fn read(body: &str, content_type: &str) -> Report {
    let incoming = Incoming { body: body.as_bytes(), content_type: Some(content_type), content_encoding: None };
    decode(incoming, &Hints::default(), &Limits::default()).unwrap()
}

fn text(body: &str) -> Report {
    read(body, "text/plain")
}

fn json(body: &str) -> Report {
    read(body, "application/json")
}

fn found<'r>(report: &'r Report, path: &str) -> Vec<&'r Field> {
    let path = FieldPath::parse(path).unwrap();
    report.fields().find(&path).collect()
}

/// The values at a path as text.
fn values(report: &Report, path: &str) -> Vec<String> {
    let show = |field: &&Field| match &field.value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::Number(_, written) => written.clone(),
        FieldValue::Bool(value) => value.to_string(),
        FieldValue::Empty => "(empty)".to_owned(),
        FieldValue::Container => "(container)".to_owned(),
    };
    found(report, path).iter().map(show).collect()
}

/// The bytes of the part that the first field at a path was read from.
fn source<'r>(report: &'r Report, path: &str) -> &'r str {
    let field = found(report, path)[0];
    let view = field.view.unwrap();
    report.part_span(view, field.span).slice(&report.parts[report.views[view].part].text)
}

#[track_caller]
fn assert_has(report: &Report, path: &str, value: &str) {
    let all: Vec<String> = report.fields().iter().map(|f| format!("{}={:?}", f.path.join("."), f.value)).collect();
    assert!(values(report, path).iter().any(|have| have == value), "no {path}={value:?} among {all:#?}");
}

#[test]
fn values_of_a_json_body_have_their_pointers_as_paths() {
    let report = json(r#"{"Payload":{"details":{"error":"x"},"list":[1,true],"none":null,"no":{}}}"#);
    for (path, value) in [
        ("payload.details.error", "x"),
        ("payload.list.0", "1"),
        ("list.1", "true"),
        ("none", "(empty)"),
        ("no", "(empty)"),
        ("payload.details", "(container)"),
        ("list", "(container)"),
    ] {
        assert_has(&report, path, value);
    }
    assert_eq!(source(&report, "details.error"), "x");
}

#[test]
fn objects_hold_their_fields_and_know_their_parents() {
    let report = json(r#"{"a":{"x":1,"deep":{"y":2}},"b":{"x":3}}"#);
    let object = |path: &str| found(&report, path)[0].object.unwrap();
    assert_eq!(object("a.x"), report.fields().parent_of(object("deep.y")).unwrap());
    assert_ne!(object("a.x"), object("b.x"));
    assert_eq!(report.fields().parent_of(object("a.x")), report.fields().parent_of(object("b.x")));
    assert_eq!(report.fields().parent_of(object("a.x")), Some(object("a")));
}

#[test]
fn documents_inside_text_are_read_with_elisions() {
    let report = text(
        "the connection:\n{\n...\n  \"options\": {\n...\n \"attributes\": {\"email\": {\"signup\": {\"status\": \"inactive\"}},\n \"blocked\": []}\n},\n...\n and more",
    );
    assert_has(&report, "options.attributes.email.signup.status", "inactive");
    assert_has(&report, "attributes.blocked", "(empty)");
    assert_eq!(source(&report, "signup.status"), "inactive");
}

#[test]
fn a_pasted_form_gives_its_fields_the_error_inside_it_and_the_route() {
    for report in [text(PAYLOAD), json(&format!("{{\"details\":{}}}", serde_json::to_string(PAYLOAD).unwrap()))] {
        assert_has(&report, "form.state", "hKFo...5pag");
        assert_eq!(values(&report, "form.passkey"), [""]);
        assert_has(&report, "name", "TypeError");
        assert_has(&report, "message", "Required member is undefined.");
        assert_has(&report, "route", "/u/passkey-enrollment");
        assert_has(&report, "http.host", "<DOMAIN>");
    }
}

#[test]
fn a_payload_in_a_string_of_a_log_line_is_read_through() {
    let inner = serde_json::to_string(PAYLOAD).unwrap();
    let report = text(&format!("2026-11-02T10:00:00Z ERROR {{\"event\":\"client\",\"data\":{inner}}}"));
    assert_eq!(values(&report, "form.passkey"), [""]);
    assert_has(&report, "name", "TypeError");
    assert_has(&report, "route", "/u/passkey-enrollment");
}

#[test]
fn an_encoded_form_body_gives_decoded_fields() {
    let report = read(
        "state=x&passkey=&action=showError%3A%3A%7B%22name%22%3A%22TypeError%22%7D&user.id=7",
        "application/x-www-form-urlencoded",
    );
    assert_eq!(values(&report, "form.passkey"), [""]);
    assert_has(&report, "form.user.id", "7");
    assert_has(&report, "name", "TypeError");
    let report = text("state=x&passkey=&action=showError%3A%3A%7B%22name%22%3A%22TypeError%22%7D");
    assert_eq!(values(&report, "form.passkey"), [""]);
    assert_has(&report, "form.state", "x");
    assert_has(&report, "name", "TypeError");
}

#[test]
fn form_parameters_and_headers_of_a_recording_are_fields() {
    let report = json(
        r#"{"log":{"entries":[{"request":{"method":"POST","url":"https://login.example.com/u/passkey-enrollment?state=h","headers":[{"name":"User-Agent","value":"Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0.0.0 Safari/537.36"}],"postData":{"params":[{"name":"state","value":"x"},{"name":"passkey","value":""}]}},"response":{"status":400}}]}}"#,
    );
    assert_eq!(values(&report, "form.passkey"), [""]);
    assert_has(&report, "form.state", "x");
    assert_has(&report, "http.method", "POST");
    assert_has(&report, "http.path", "/u/passkey-enrollment");
    assert_has(&report, "http.host", "login.example.com");
    assert_has(&report, "route", "/u/passkey-enrollment");
    assert_has(&report, "http.status", "400");
    assert_has(&report, "product", "Chrome");
    assert_has(&report, "version", "129.0.0.0");
    let object = |path: &str| found(&report, path)[0].object.unwrap();
    assert_eq!(object("form.state"), object("form.passkey"));
    // Request and response belong to one entry.
    assert_eq!(report.fields().parent_of(object("http.status")), report.fields().parent_of(object("http.method")));
}

#[test]
fn pairs_are_read_in_every_notation() {
    for (body, path, value) in [
        ("level=info msg=\"two words\" code=42P01", "form.msg", "two words"),
        ("level=info msg=\"two words\" code=42P01", "form.level", "info"),
        ("at start code=42P01, more", "code", "42P01"),
        ("key: value, key2: value2", "form.key", "value"),
        ("key: value, key2: value2", "form.key2", "value2"),
        ("Content-Type: text/html; charset=utf-8\nHost: a.example", "form.content-type", "text/html; charset=utf-8"),
        ("Content-Type: text/html; charset=utf-8\nHost: a.example", "http.host", "a.example"),
        ("Request Method: POST\nStatus Code: 400 Bad Request", "http.status", "400"),
        ("Request Method: POST\nStatus Code: 400 Bad Request", "http.method", "POST"),
        ("[db]\nname = two words\nport=5432", "form.name", "two words"),
        ("[db]\nname = two words\nport=5432", "form.port", "5432"),
        ("\"error_code\": \"E17\",\n", "code", "E17"),
        ("state: a\npasskey:\naction: b", "form.passkey", ""),
        ("failed (code: 42P01)", "code", "42P01"),
        ("it failed with status: 503 today", "http.status", "503"),
        ("https://x.example/a?token=7&empty=&last=9 was called", "form.last", "9"),
        ("- **Version:** 2.4.1", "version", "2.4.1"),
        ("path: ~/x\nmessage: it broke: badly", "message", "it broke: badly"),
        ("--output=json", "form.output", "json"),
    ] {
        assert_has(&text(body), path, value);
    }
}

#[test]
fn what_only_looks_like_a_pair_is_none() {
    for body in [
        "10:12:13 started",
        "see https://a.example/b and C:\\temp",
        "if a == b and c != d then e => f",
        "std::io::read",
        "at f (a.js:10:5)",
        "yesterday we had this: then it went away",
    ] {
        let report = text(body);
        assert_eq!(values(&report, "form.*"), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_heading_over_prose_or_over_deeper_lines_is_no_empty_field() {
    let report = text("We saw this error:\nit broke\n\nuser:\n  name: Kim\n");
    assert!(!values(&report, "form.*").contains(&String::new()), "{:?}", values(&report, "form.*"));
    assert_has(&report, "form.user", "(container)");
}

#[test]
fn spellings_of_json_members_fill_the_well_known_names() {
    for (body, path, value) in [
        (r#"{"exception":"java.lang.IllegalStateException"}"#, "name", "java.lang.IllegalStateException"),
        (r#"{"exception":"java.lang.IllegalStateException"}"#, "name", "IllegalStateException"),
        (r#"{"error":"invalid_grant","error_description":"Token is not active"}"#, "code", "invalid_grant"),
        (r#"{"error":"invalid_grant","error_description":"Token is not active"}"#, "message", "Token is not active"),
        (r#"{"error":"it broke badly"}"#, "message", "it broke badly"),
        (r#"{"errorCode":17}"#, "code", "17"),
        (r#"{"error":{"code":403,"message":"no"}}"#, "http.status", "403"),
        (r#"{"http.status_code":"502","http.target":"/a?b=c"}"#, "http.status", "502"),
        (r#"{"http.status_code":"502","http.target":"/a?b=c"}"#, "http.path", "/a"),
        (r#"{"http":{"response":{"status_code":502}}}"#, "http.status", "502"),
        (r#"{"appVersion":"2.1"}"#, "version", "2.1"),
    ] {
        assert_has(&json(body), path, value);
    }
    assert_eq!(values(&json(r#"{"status":"active"}"#), "http.status"), Vec::<String>::new());
    assert_eq!(values(&json(r#"{"name":"x"}"#), "name"), ["x"]);
}

#[test]
fn first_lines_of_errors_give_type_code_and_message() {
    for (body, path, value) in [
        ("Uncaught (in promise) NotAllowedError: The operation timed out.", "name", "NotAllowedError"),
        ("Uncaught (in promise) NotAllowedError: The operation timed out.", "message", "The operation timed out."),
        ("Caused by: java.net.ConnectException: refused", "name", "ConnectException"),
        ("error[E0382]: borrow of moved value", "code", "E0382"),
        ("error[E0382]: borrow of moved value", "message", "borrow of moved value"),
        ("LINK : fatal error LNK1104: cannot open file", "code", "LNK1104"),
        ("A.BException: outer ---> C.DException: inner", "message", "outer"),
        ("SQLSTATE[42P01]: Undefined table", "code", "42P01"),
        ("OSError: [Errno 111] Connection refused", "code", "111"),
    ] {
        assert_has(&text(body), path, value);
    }
}

#[test]
fn a_stack_trace_gives_its_error_language_and_frames() {
    let trace = "TypeError: x is undefined\n    at f (https://a.example/app.js:1:2)\n    at g (lib.js:3:4)\n";
    let escaped = trace.replace('\n', "\\n");
    for report in [
        text(trace),
        text(&format!("2026 ERROR {{\"stack\":\"{escaped}\"}}")),
        json(&format!("{{\"stack\":\"{escaped}\"}}")),
    ] {
        assert_eq!(values(&report, "stack.language"), ["javascript"]);
        assert_eq!(values(&report, "stack.function"), ["f", "g"]);
        assert_eq!(values(&report, "stack.file"), ["https://a.example/app.js", "lib.js"]);
        assert_eq!(values(&report, "name"), ["TypeError"]);
        assert_eq!(values(&report, "message"), ["x is undefined"]);
        assert_eq!(source(&report, "stack.file"), "https://a.example/app.js");
    }
}

#[test]
fn requests_and_responses_in_text_give_method_path_route_and_status() {
    for (body, path, value) in [
        ("A 400 response to POST /u/passkey-enrollment is returned", "route", "/u/passkey-enrollment"),
        ("A 400 response to POST /u/passkey-enrollment is returned", "http.method", "POST"),
        ("HTTP/1.1 400 Bad Request", "http.status", "400"),
        ("HTTP/2 404", "http.status", "404"),
        (
            "1.2.3.4 - - [02/Nov/2026:10:00:00 +0000] \"GET /a/b?c=d HTTP/1.1\" 502 157 \"-\" \"curl\"",
            "http.status",
            "502",
        ),
        (
            "1.2.3.4 - - [02/Nov/2026:10:00:00 +0000] \"GET /a/b?c=d HTTP/1.1\" 502 157 \"-\" \"curl\"",
            "http.path",
            "/a/b",
        ),
        ("Request failed with status code 400", "http.status", "400"),
        ("the proxy returned 502 Bad Gateway", "http.status", "502"),
        ("fetch failed (404 Not Found)", "http.status", "404"),
        ("The remote server returned an error: (403) Forbidden.", "http.status", "403"),
        ("GET /users/7 500 12.3 ms", "http.status", "500"),
        ("GET https://a.example:8443/x/y?z=1 failed", "http.path", "/x/y"),
        ("GET https://a.example:8443/x/y?z=1 failed", "http.host", "a.example"),
        ("at f (https://a.example/static/app.js:10:5)", "route", "/static/app.js"),
    ] {
        assert_has(&text(body), path, value);
    }
    for body in ["returned 200 rows", "HTTP/1.1 is spoken", "status 4000", "status 404.5", "took 502 ms"] {
        assert_eq!(values(&text(body), "http.status"), Vec::<String>::new(), "{body}");
    }
}

#[test]
fn a_value_that_several_readings_show_is_one_field() {
    let report = text("tab\\there {\"user\":{\"id\":\"7\"},\"note\":\"caf\\u00e9\"} key=1\ncode: 42P01");
    assert!(report.views.len() > 1);
    for path in ["user.id", "note", "form.key", "form.code", "user"] {
        assert_eq!(found(&report, path).len(), 1, "{path}: {:?}", values(&report, path));
    }
    assert_has(&report, "note", "café");
    assert_eq!(source(&report, "note"), "caf\\u00e9");
}

#[test]
fn hints_are_fields_of_no_place() {
    let hints = Hints {
        product: Some("Redshift".to_owned()),
        route: Some("/a".to_owned()),
        status: Some(400),
        ..Hints::default()
    };
    let report = Report::from_parts(Vec::new(), &hints, &Limits::default());
    assert_has(&report, "product", "Redshift");
    assert_has(&report, "route", "/a");
    assert_has(&report, "http.status", "400");
    assert!(report.fields().iter().all(|field| field.view.is_none()));
}

#[test]
fn fields_are_taken_up_to_their_limit() {
    let lines: Vec<String> = (0..500).map(|n| format!("k{n}=1")).collect();
    let body = lines.join("\n");
    let limits = Limits { fields: 100, ..Limits::default() };
    let incoming = Incoming { body: body.as_bytes(), content_type: Some("text/plain"), content_encoding: None };
    let report = decode(incoming, &Hints::default(), &limits).unwrap();
    assert_eq!(report.fields().len(), 100);
    assert!(report.limits_reached.iter().any(|note| note.contains("fields")), "{:?}", report.limits_reached);
}
