//! Two secrets at once.

use super::cases::{Case, all};
use super::*;

const BODY: &[u8] = br#"{"text":"E1001: pool exhausted"}"#;

fn rotating(case: &Case, until: i64) -> Secrets {
    Secrets { current: Some(Secret::new(case.other)), previous: Some((Secret::new(case.secret), at(until))) }
}

#[test]
fn the_previous_secret_counts_until_its_expiry() {
    for case in all() {
        let signed = || case.headers(case.secret, BODY);
        let found = case.verify(&rotating(&case, AT + 1), signed(), BODY, AT).map(|verified| verified.matched);
        assert_eq!(found, Ok(Matched::Previous), "{}", case.name);
        let expired = case.verify(&rotating(&case, AT), signed(), BODY, AT);
        assert_eq!(expired, Err(Refused::Mismatch), "{}", case.name);
        let newer = case.verify(&rotating(&case, AT + 1), case.headers(case.other, BODY), BODY, AT);
        assert_eq!(newer.map(|verified| verified.matched), Ok(Matched::Current), "{}", case.name);
    }
}

#[test]
fn an_endpoint_without_a_secret_refuses() {
    for case in all() {
        for secrets in [Secrets::default(), only("")] {
            let found = case.verify(&secrets, case.headers(case.secret, BODY), BODY, AT);
            assert_eq!(found, Err(Refused::NoSecret), "{}", case.name);
        }
    }
}

#[test]
fn a_list_matches_by_any_of_its_first_eight_signatures() {
    let case = &all()[0];
    let list = |before: usize| {
        let mut entries = vec!["v1a,c2lnbmF0dXJl".to_owned(), "v2,x".to_owned()];
        entries.extend((0..before).map(|at| (case.sign)(case.secret, at.to_string().as_bytes())));
        entries.push((case.sign)(case.secret, BODY));
        let mut headers = case.headers(case.secret, BODY);
        headers.last_mut().unwrap().1 = entries.join(" ");
        headers
    };
    assert_eq!(case.verify(&only(case.secret), list(7), BODY, AT), Ok(TIMED));
    assert_eq!(case.verify(&only(case.secret), list(8), BODY, AT), Err(Refused::Mismatch));
    let found = case.verify(&rotating(case, AT + 1), list(3), BODY, AT).map(|verified| verified.matched);
    assert_eq!(found, Ok(Matched::Previous));
}

#[test]
fn a_secret_of_the_wrong_form_is_named_when_configured() {
    use SecretProblem::{Empty, NotBase64, NotPrintable, NotPublicKey, NotWhsec};
    for (scheme, secret, expected) in [
        (schemes::STANDARD_WEBHOOKS, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Ok(())),
        (schemes::STANDARD_WEBHOOKS, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", Err(NotWhsec)),
        (schemes::STANDARD_WEBHOOKS, "whsec_c2hvcnQ=", Err(NotWhsec)),
        (schemes::STANDARD_WEBHOOKS, "", Err(Empty)),
        (schemes::TEAMS, "not base64", Err(NotBase64)),
        (schemes::DISCORD, "03a1", Err(NotPublicKey)),
        (schemes::TOKEN, "with blank", Err(NotPrintable)),
        (schemes::GITHUB, "It's a Secret to Everybody", Ok(())),
    ] {
        assert_eq!(check_secret(scheme, &Secret::new(secret)), expected, "{secret}");
    }
    for case in all() {
        assert_eq!(check_secret(case.scheme, &Secret::new(case.secret)), Ok(()), "{}", case.name);
        assert_eq!(check_secret(case.scheme, &Secret::new(case.other)), Ok(()), "{}", case.name);
    }
}

#[test]
fn no_secret_shows_in_what_is_printed() {
    let secrets = only("kb-test-secret");
    assert!(!format!("{secrets:?}").contains("kb-test-secret"));
}
