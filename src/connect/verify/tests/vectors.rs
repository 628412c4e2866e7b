//! The published vectors, and those computed where a platform publishes none.

use super::*;

const BODY: &[u8] = br#"{"text":"E1001: pool exhausted"}"#;
const STAMP: &str = "1767323045";

fn check(scheme: Scheme, secret: &str, pairs: &[(&str, &str)], body: &[u8], now: i64) -> Result<Verified, Refused> {
    verify(scheme, &only(secret), &request(pairs, body), at(now), TimestampCheck::Refuse)
}

#[test]
fn published_standard_webhooks() {
    let pairs = [
        ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        ("webhook-timestamp", "1614265330"),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    ];
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(check(schemes::STANDARD_WEBHOOKS, secret, &pairs, br#"{"test": 2432232314}"#, 1_614_265_330), Ok(TIMED));
}

#[test]
fn published_github_and_jira() {
    let secret = "It's a Secret to Everybody";
    let github = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert_eq!(check(schemes::GITHUB, secret, &[("x-hub-signature-256", github)], b"Hello, World!", AT), Ok(GOOD));
    let jira = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9";
    assert_eq!(check(schemes::JIRA, secret, &[("x-hub-signature", jira)], b"Hello World!", AT), Ok(GOOD));
}

#[test]
fn published_slack() {
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let pairs = [
        ("x-slack-signature", "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"),
        ("x-slack-request-timestamp", "1531420618"),
    ];
    assert_eq!(check(schemes::SLACK, "8f742231b10e8888abcd99yyyzzz85a5", &pairs, body, 1_531_420_618), Ok(TIMED));
}

#[test]
fn computed_zendesk_keys_with_the_secret_as_shown() {
    let secret = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==";
    let signed = |signature| {
        [("x-zendesk-webhook-signature", signature), ("x-zendesk-webhook-signature-timestamp", "2026-01-02T03:04:05Z")]
    };
    let right = signed("rCb3hSD3efqljMhASsXzE0IcChy6fEYAFsEOurpleVI=");
    assert_eq!(check(schemes::ZENDESK, secret, &right, BODY, AT), Ok(TIMED));
    let decoded_key = signed("XB29sxQSLnWdW067HvfUPY9KTcPjTvzS9XCYdXOVQAY=");
    assert_eq!(check(schemes::ZENDESK, secret, &decoded_key, BODY, AT), Err(Refused::Mismatch));
}

#[test]
fn zendesk_signs_the_timestamp_first() {
    // An old edition of Zendesk's page has this vector, which holds only for body then timestamp.
    let pairs = [
        ("x-zendesk-webhook-signature", "tRDSF7URY8BLCDlaBcQ7FHu051Zk+aAB0NKMP53teMw="),
        ("x-zendesk-webhook-signature-timestamp", "2021-07-25T10:00:00Z"),
    ];
    let at = "2021-07-25T10:00:00Z".parse::<Timestamp>().unwrap().as_second();
    let secret = "HRkRd4BeOAoUkfZr-mhauJT64rvBASlJRoIyPsd3zeA=";
    assert_eq!(check(schemes::ZENDESK, secret, &pairs, br#"{"say": "hello"}"#, at), Err(Refused::Mismatch));
}

#[test]
fn computed_hashes_of_the_body() {
    let secret = "kb-test-secret";
    let sha256 = "sha256=3042380dda3acd614cb2643e1dfc22bde3d7de044fad6d8c9386bc40a9fe4140";
    assert_eq!(check(schemes::JIRA, secret, &[("x-hub-signature", sha256)], BODY, AT), Ok(GOOD));
    assert_eq!(check(schemes::GITHUB, secret, &[("x-hub-signature-256", sha256)], BODY, AT), Ok(GOOD));
    let sha1 = "sha1=d4c594056a9c97e54ebe113fe6dba316cfee014e";
    assert_eq!(check(schemes::ZAMMAD, secret, &[("x-hub-signature", sha1)], BODY, AT), Ok(GOOD));
    assert_eq!(check(schemes::INTERCOM, secret, &[("x-hub-signature", sha1)], BODY, AT), Ok(GOOD));
    let base64 = "1MWUBWqcl+VOvhE/5tujFs/uAU4=";
    assert_eq!(check(schemes::HELPSCOUT, secret, &[("x-helpscout-signature", base64)], BODY, AT), Ok(GOOD));
    let teams = "HMAC kZwoZ5c9j2OYb/FQ2/wIa/YI/zD7841T/Pkf2L2kq7E=";
    let token = "vqF0En+Z0ucuRTM/01o2GuhMH3hKKk/N2bOmlM31zaA=";
    assert_eq!(check(schemes::TEAMS, token, &[("authorization", teams)], BODY, AT), Ok(GOOD));
}

#[test]
fn computed_hashes_of_timestamp_and_body() {
    let chatwoot = "sha256=1dfa85effd033f8e2667bbcdc2be7897df184656aad471e3e87611ad05a29eb4";
    let pairs = [("x-chatwoot-signature", chatwoot), ("x-chatwoot-timestamp", STAMP)];
    assert_eq!(check(schemes::CHATWOOT, "kb-test-secret", &pairs, BODY, AT), Ok(TIMED));
    let slack = "v0=34681642ca5a89d34d0e5b30fd064500bb6d5f69e6e48d329eba0f7003491ca5";
    let pairs = [("x-slack-signature", slack), ("x-slack-request-timestamp", STAMP)];
    assert_eq!(check(schemes::SLACK, "kb-test-secret", &pairs, BODY, AT), Ok(TIMED));
    let standard = "v1,r91MnIpmp3R6txrooTxB3Ch7LkSxam7Cn5nLQtLdYbI=";
    let pairs = [("webhook-id", "kb-evt-1"), ("webhook-timestamp", STAMP), ("webhook-signature", standard)];
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    assert_eq!(check(schemes::STANDARD_WEBHOOKS, secret, &pairs, BODY, AT), Ok(TIMED));
}

#[test]
fn computed_discord() {
    let pairs = [
        (
            "x-signature-ed25519",
            "f4abd84ee0662c2c3049285764ad1f53eaaaee60be8cf41942ed79bde2838410\
             b489091d519955f8e45e5f7e86916d4a30fa5986a15fb18876500b00b507c800",
        ),
        ("x-signature-timestamp", STAMP),
    ];
    let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    assert_eq!(check(schemes::DISCORD, key, &pairs, br#"{"type":1}"#, AT), Ok(TIMED));
}
