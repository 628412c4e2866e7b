//! Every way to get a request wrong, for every scheme.

use proptest::prelude::*;

use super::cases::{Case, all};
use super::*;

const BODY: &[u8] = br#"{"text":"E1001: pool exhausted"}"#;

/// The headers with the value of one replaced.
fn with(case: &Case, header: &str, value: &str) -> Vec<(String, String)> {
    let mut headers = case.headers(case.secret, BODY);
    headers.iter_mut().filter(|(name, _)| name == header).for_each(|(_, old)| value.clone_into(old));
    headers
}

fn signature(case: &Case) -> String {
    (case.sign)(case.secret, BODY)
}

fn found(case: &Case, headers: Vec<(String, String)>) -> Result<Matched, Refused> {
    case.verify(&only(case.secret), headers, BODY, AT).map(|verified| verified.matched)
}

/// The headers that a scheme reads.
fn read_headers(case: &Case) -> Vec<&'static str> {
    let id = (case.header == "webhook-signature").then_some("webhook-id");
    [Some(case.header), case.stamp.map(|(name, _)| name), id].into_iter().flatten().collect()
}

#[test]
fn the_request_itself_is_accepted() {
    for case in all() {
        assert_eq!(found(&case, case.headers(case.secret, BODY)), Ok(Matched::Current), "{}", case.name);
    }
}

#[test]
fn header_names_are_read_in_any_case() {
    for case in all() {
        let headers = case.headers(case.secret, BODY);
        let upper = headers.into_iter().map(|(name, value)| (name.to_uppercase(), value)).collect();
        assert_eq!(found(&case, upper), Ok(Matched::Current), "{}", case.name);
    }
}

#[test]
fn a_body_changed_by_one_byte_is_refused() {
    for case in all().into_iter().filter(|case| case.encoding.is_some()) {
        for at in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[at] ^= 1;
            let found = case.verify(&only(case.secret), case.headers(case.secret, BODY), &body, AT);
            assert_eq!(found, Err(Refused::Mismatch), "{} at {at}", case.name);
        }
        for body in [&BODY[1..], &BODY[..BODY.len() - 1], &[BODY, b"\n"].concat(), b""] {
            let found = case.verify(&only(case.secret), case.headers(case.secret, BODY), body, AT);
            assert_eq!(found, Err(Refused::Mismatch), "{}", case.name);
        }
    }
}

#[test]
fn a_body_in_another_encoding_is_verified_as_bytes_and_not_as_text() {
    let text = "{\"text\":\"Ошибка: пул исчерпан\"}";
    let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for case in all() {
        for body in [utf16.as_slice(), b"\xff\xfe{\x00", b"{\"text\":\"caf\xe9\"}", b"\0", b""] {
            let headers = case.headers(case.secret, body);
            let found = case.verify(&only(case.secret), headers, body, AT).map(|verified| verified.matched);
            assert_eq!(found, Ok(Matched::Current), "{}", case.name);
        }
        if case.encoding.is_some() {
            let found = case.verify(&only(case.secret), case.headers(case.secret, text.as_bytes()), &utf16, AT);
            assert_eq!(found, Err(Refused::Mismatch), "{}", case.name);
        }
    }
}

#[test]
fn another_secret_is_refused() {
    for case in all() {
        let found = found(&case, case.headers(case.other, BODY));
        assert_eq!(found, Err(Refused::Mismatch), "{}", case.name);
    }
}

#[test]
fn a_header_missing_empty_doubled_or_not_ascii_is_refused() {
    for case in all() {
        for header in read_headers(&case) {
            let mut headers = case.headers(case.secret, BODY);
            headers.retain(|(name, _)| name != header);
            assert_eq!(found(&case, headers), Err(Refused::Missing), "{} without {header}", case.name);
            assert_eq!(found(&case, with(&case, header, "")), Err(Refused::Missing), "{} {header} empty", case.name);
            let mut headers = case.headers(case.secret, BODY);
            let again = headers.iter().find(|(name, _)| name == header).cloned().unwrap();
            headers.push(again);
            assert_eq!(found(&case, headers), Err(Refused::Doubled), "{} {header} twice", case.name);
            let found = found(&case, with(&case, header, "v1,é"));
            assert_eq!(found, Err(Refused::Malformed), "{} {header} not ASCII", case.name);
        }
    }
}

#[test]
fn a_wrong_prefix_is_refused() {
    for case in all().into_iter().filter(|case| !case.prefix.is_empty()) {
        let bare = signature(&case)[case.prefix.len()..].to_owned();
        for prefix in ["", "sha512=", "sha1 ", "v9,", "Bearer ", " "] {
            let found = found(&case, with(&case, case.header, &format!("{prefix}{bare}")));
            assert_eq!(found, Err(Refused::Malformed), "{} with {prefix:?}", case.name);
        }
        let nothing = found(&case, with(&case, case.header, case.prefix));
        assert_eq!(nothing, Err(Refused::Malformed), "{} with the prefix alone", case.name);
    }
}

#[test]
fn a_weaker_hash_than_configured_is_refused() {
    let zammad = all().into_iter().find(|case| case.name == "zammad").unwrap();
    let jira = all().into_iter().find(|case| case.name == "jira").unwrap();
    assert_eq!(found(&jira, zammad.headers(jira.secret, BODY)), Err(Refused::Malformed));
    assert_eq!(found(&zammad, jira.headers(zammad.secret, BODY)), Err(Refused::Malformed));
}

#[test]
fn hexadecimal_counts_in_either_case() {
    for case in all().into_iter().filter(|case| case.encoding == Some(Encoding::Hex)) {
        let upper = format!("{}{}", case.prefix, signature(&case)[case.prefix.len()..].to_uppercase());
        assert_eq!(found(&case, with(&case, case.header, &upper)), Ok(Matched::Current), "{}", case.name);
    }
}

#[test]
fn a_signature_of_the_wrong_length_or_alphabet_is_refused() {
    for case in all().into_iter().filter(|case| case.encoding.is_some()) {
        let whole = signature(&case);
        let filler = match case.encoding {
            Some(Encoding::Hex) => "00",
            _ => "AAAA",
        };
        let cut = |bytes: usize| whole[..whole.len() - bytes].to_owned();
        for value in [cut(1), cut(2), cut(4), format!("{whole}{filler}"), format!("{whole}!"), format!("{whole}\n")] {
            let found = found(&case, with(&case, case.header, &value));
            assert_eq!(found, Err(Refused::Malformed), "{} with {value:?}", case.name);
        }
    }
}

#[test]
fn a_token_is_compared_whole() {
    for case in all().into_iter().filter(|case| case.encoding.is_none()) {
        for value in ["kb-test-secre", "kb-test-secrets", "KB-TEST-SECRET", "kb-test-secret ", "x"] {
            let found = found(&case, with(&case, case.header, &format!("{}{value}", case.prefix)));
            assert_eq!(found, Err(Refused::Mismatch), "{} with {value:?}", case.name);
        }
    }
}

#[test]
fn a_timestamp_counts_for_five_minutes_both_ways() {
    for case in all().into_iter().filter(|case| case.stamp.is_some()) {
        for skew in [300, -300, 0, 299] {
            let found = case.verify(&only(case.secret), case.headers(case.secret, BODY), BODY, AT + skew);
            assert_eq!(found, Ok(Verified { skew_seconds: Some(skew), ..GOOD }), "{} at {skew}", case.name);
        }
        for skew in [301, -301, 86_400, -1_000_000_000] {
            let found = case.verify(&only(case.secret), case.headers(case.secret, BODY), BODY, AT + skew);
            assert_eq!(found, Err(Refused::Stale { skew_seconds: skew }), "{} at {skew}", case.name);
            let forged = case.verify(&only(case.secret), case.headers(case.secret, BODY), b"{}", AT + skew);
            assert_eq!(forged, Err(Refused::Mismatch), "{} at {skew}, forged", case.name);
        }
    }
}

#[test]
fn an_old_timestamp_passes_with_a_warning_where_the_operator_says_so() {
    for case in all().into_iter().filter(|case| case.stamp.is_some()) {
        let headers = case.headers(case.secret, BODY);
        let request = InboundRequest { headers, body: BODY };
        let found = verify(case.scheme, &only(case.secret), &request, at(AT + 301), TimestampCheck::Warn);
        let expected = Verified { stale: true, skew_seconds: Some(301), ..GOOD };
        assert_eq!(found, Ok(expected), "{}", case.name);
    }
}

#[test]
fn an_endpoint_says_how_old_a_timestamp_may_be() {
    for case in all().into_iter().filter(|case| case.stamp.is_some()) {
        for (skew, passes) in [(60, true), (-60, true), (61, false), (-61, false)] {
            let request = InboundRequest { headers: case.headers(case.secret, BODY), body: BODY };
            let minute = Freshness { seconds: 60, check: TimestampCheck::Refuse };
            let found = verify(case.scheme, &only(case.secret), &request, at(AT + skew), minute);
            assert_eq!(found.is_ok(), passes, "{} at {skew}: {found:?}", case.name);
        }
    }
}

#[test]
fn a_replay_with_a_new_timestamp_is_refused() {
    for case in all().into_iter().filter(|case| case.stamp.is_some()) {
        let (header, _) = case.stamp.unwrap();
        let fresh = if case.name == "zendesk" { "2026-01-02T04:04:05Z" } else { "1767326645" };
        let found = case.verify(&only(case.secret), with(&case, header, fresh), BODY, AT + 3600);
        assert_eq!(found, Err(Refused::Mismatch), "{}", case.name);
    }
}

#[test]
fn a_malformed_timestamp_is_refused_even_with_a_warning() {
    for case in all().into_iter().filter(|case| case.stamp.is_some()) {
        for value in ["now", "1767323045.0", "-1", "2026-01-02", "99999999999999999999"] {
            let headers = with(&case, case.stamp.unwrap().0, value);
            let request = InboundRequest { headers, body: BODY };
            let found = verify(case.scheme, &only(case.secret), &request, at(AT), TimestampCheck::Warn);
            assert_eq!(found, Err(Refused::BadTimestamp), "{} with {value:?}", case.name);
        }
    }
}

#[test]
fn an_identifier_that_could_be_taken_for_more_is_refused() {
    let case = &all()[0];
    for id in ["kb.evt", &"x".repeat(257)] {
        assert_eq!(found(case, with(case, "webhook-id", id)), Err(Refused::BadId));
    }
    assert_eq!(found(case, with(case, "webhook-id", "kb-evt-2")), Err(Refused::Mismatch));
}

#[test]
fn the_token_of_a_body_is_compared_whole() {
    let check = |body: &[u8]| {
        let found =
            verify(schemes::ROCKETCHAT, &only("kb-test-secret"), &request(&[], body), at(AT), TimestampCheck::Refuse);
        found.map(|verified| verified.matched)
    };
    assert_eq!(check(br#"{"token":"kb-test-secret","text":"x"}"#), Ok(Matched::Current));
    for (body, expected) in [
        (br#"{"token":"kb-test-secreT"}"#.as_slice(), Refused::Mismatch),
        (br#"{"token":""}"#, Refused::Missing),
        (br#"{"token":null}"#, Refused::Missing),
        (br#"{"text":"x"}"#, Refused::Missing),
        (br#"{"token":["kb-test-secret"]}"#, Refused::Missing),
        (b"token=kb-test-secret", Refused::Malformed),
        (b"", Refused::Malformed),
        (b"\xff\xfe{\x00", Refused::Malformed),
    ] {
        assert_eq!(check(body), Err(expected), "{}", String::from_utf8_lossy(body));
    }
    let rotating = Secrets { current: Some(Secret::new("new")), previous: Some((Secret::new("old"), at(AT + 1))) };
    let old = request(&[], br#"{"token":"old"}"#);
    let found = |now| verify(schemes::ROCKETCHAT, &rotating, &old, at(now), TimestampCheck::Refuse);
    assert_eq!(found(AT).map(|verified| verified.matched), Ok(Matched::Previous));
    assert_eq!(found(AT + 1), Err(Refused::Mismatch));
}

#[test]
fn the_first_scheme_that_a_request_carries_decides() {
    const EITHER: Scheme = Scheme::FirstOf(&[schemes::JIRA, schemes::TOKEN]);
    let check = |pairs: &[(&str, &str)]| {
        let found = verify(EITHER, &only("kb-test-secret"), &request(pairs, BODY), at(AT), TimestampCheck::Refuse);
        found.map(|verified| verified.matched)
    };
    let right = "sha256=3042380dda3acd614cb2643e1dfc22bde3d7de044fad6d8c9386bc40a9fe4140";
    assert_eq!(check(&[("x-hub-signature", right)]), Ok(Matched::Current));
    assert_eq!(check(&[("x-kb-token", "kb-test-secret")]), Ok(Matched::Current));
    assert_eq!(check(&[("x-hub-signature", "x"), ("x-kb-token", "kb-test-secret")]), Err(Refused::Malformed));
    assert_eq!(check(&[]), Err(Refused::Missing));
}

proptest! {
    #[test]
    fn no_header_or_body_panics(value in "\\PC{0,80}", stamp in "\\PC{0,20}", body: Vec<u8>) {
        for case in all() {
            let mut headers = with(&case, case.header, &value);
            if let Some((name, _)) = case.stamp {
                headers.iter_mut().filter(|(known, _)| known == name).for_each(|(_, old)| stamp.clone_into(old));
            }
            prop_assert!(case.verify(&only(case.secret), headers, &body, AT).is_err());
        }
        let request = InboundRequest { headers: Vec::new(), body: &body };
        let found = verify(schemes::ROCKETCHAT, &only("kb-test-secret"), &request, at(AT), TimestampCheck::Refuse);
        prop_assert!(found.is_err());
    }
}
