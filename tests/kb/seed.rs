//! The first article anyone asked for: its payload, its siblings, what it must not claim.

use kbmatch::engine::{CheckResult, Outcome};

use crate::knowledge::{answer, answer_all, confidence_of, read};

/// The article under test.
pub(crate) const ID: &str = "passkey-progressive-enrollment";

/// What the page posts when passkey enrolment fails.
pub(crate) const PAYLOAD: &str = include_str!("../data/seed-payload.txt");

/// A connection on which only a phone number signs up.
const CONNECTION: &str = r#"{"options":{"attributes":{"email":{"signup":{"status":"inactive","verification":{"active":false}},"identifier":{"active":true},"profile_required":false},"username":{"signup":{"status":"inactive"},"identifier":{"active":true},"validation":{"max_length":15,"allowed_types":{"email":false,"phone_number":false}}},"phone_number":{"signup":{"status":"optional","verification":{"active":true}},"identifier":{"active":false}}}}}"#;

fn profile(extra: &str) -> String {
    format!(
        r#"{{"created_at":"2026-03-01","email":"kim@example.com","email_verified":false,"identities":[{{"connection":"db","provider":"auth0","user_id":"17"}}],"name":"Kim","user_id":"auth0|17","user_metadata":{{}},"username":"kim"{extra},"blocked_for":[],"passkeys":[]}}"#
    )
}

fn payload_with(connection: &str, profile: &str) -> Vec<u8> {
    let text = serde_json::to_string(PAYLOAD).unwrap();
    format!("{{\"payload\":{{\"error\":{text},\"connection\":{connection},\"user\":{profile}}}}}").into_bytes()
}

#[test]
fn the_payload_finds_its_article_with_high_confidence_and_cause_and_solution() {
    let found = answer(&read(PAYLOAD.as_bytes(), Some("text/plain"), None));
    assert_eq!(found.outcome, Outcome::Match);
    let first = &found.matches[0];
    assert_eq!(first.article.id.as_str(), ID);
    assert!(first.confidence.value() >= 0.9, "{}", first.confidence.value());
    assert!(!first.cause.is_empty() && !first.solution.is_empty() && !first.evidence.is_empty());
}

#[test]
fn the_structure_of_the_payload_raises_the_confidence_without_being_required() {
    let message = PAYLOAD.split("\"message\":\"").nth(1).unwrap().split("\",\"stack\"").next().unwrap();
    let bare = answer(&read(message.as_bytes(), Some("text/plain"), None));
    let form = format!("state=x&passkey=&action=showError%3A%3A{}", message.replace(' ', "+").replace('\'', "%27"));
    let whole = answer(&read(form.as_bytes(), Some("application/x-www-form-urlencoded"), None));
    assert_eq!(bare.matches[0].article.id.as_str(), ID);
    assert_eq!(whole.matches[0].article.id.as_str(), ID);
    assert!(whole.matches[0].confidence > bare.matches[0].confidence);
}

#[test]
fn a_payload_cut_behind_the_message_is_the_same_article() {
    let found = answer(&read(&PAYLOAD.as_bytes()[..420], Some("text/plain"), None));
    assert_eq!(found.matches[0].article.id.as_str(), ID);
}

#[test]
fn a_payload_cut_where_the_siblings_read_the_same_asks_for_the_missing_part() {
    for width in [200, 205, 210] {
        let found = answer(&read(&PAYLOAD.as_bytes()[..width], Some("text/plain"), None));
        assert!(confidence_of(&found, ID) > 0.0, "not among the first three of {width}");
        let question = found.question.as_deref().unwrap_or_default();
        let asks = found.outcome == Outcome::Ambiguous && question.contains("property from");
        assert!(asks || found.matches[0].confidence.value() < 0.8, "{width}: {:?} {question}", found.outcome);
        assert_eq!(found.outcome, Outcome::Ambiguous);
    }
}

#[test]
fn siblings_get_their_own_article_or_none() {
    let same_message = |member: &str, entity: &str| {
        PAYLOAD.replace(
            "'name' property from 'PublicKeyCredentialEntity'",
            &format!("'{member}' property from '{entity}'"),
        )
    };
    let siblings = [
        "Required parameters missing in options.user".to_owned(),
        "NotAllowedError: The operation either timed out or was not allowed. See: https://www.w3.org/TR/webauthn-2/#sctn-privacy-considerations-client.".to_owned(),
        "Resident credentials or empty 'allowCredentials' lists are not supported at this time.".to_owned(),
        same_message("displayName", "PublicKeyCredentialUserEntity"),
        same_message("id", "PublicKeyCredentialUserEntity"),
    ];
    for sibling in siblings {
        let all = answer_all(&read(sibling.as_bytes(), Some("text/plain"), None));
        assert!(confidence_of(&all, ID) <= 0.5, "{sibling}: {:?}", all.matches);
        if let Some(first) = all.matches.first().filter(|first| first.confidence.value() >= 0.5) {
            assert_ne!(first.article.id.as_str(), ID);
        }
    }
}

#[test]
fn ordinary_text_matches_nothing() {
    let texts = [
        "Tomorrow it will be sunny with some clouds in the north, 18 degrees, light wind from the west.",
        "Thank you so much, that did the trick! Have a great day.",
        "Something went wrong…",
        "Something went wrong...",
    ];
    for text in texts {
        assert_eq!(answer(&read(text.as_bytes(), Some("text/plain"), None)).outcome, Outcome::NoMatch, "{text}");
    }
}

#[test]
fn the_check_reads_the_configuration_and_the_profile() {
    let result = |extra: &str| {
        let found = answer(&read(&payload_with(CONNECTION, &profile(extra)), Some("application/json"), None));
        assert_eq!(found.matches[0].article.id.as_str(), ID);
        found.matches[0].checks[0].result
    };
    assert_eq!(result(""), CheckResult::Confirmed);
    assert_eq!(result(r#","phone_number":"+1 555 0100""#), CheckResult::Contradicted);
    let without = answer(&read(PAYLOAD.as_bytes(), Some("text/plain"), None));
    assert_eq!(without.matches[0].checks[0].result, CheckResult::NotSeen);
}

#[test]
fn the_check_reads_pasted_blocks_with_elisions() {
    let seed_like = CONNECTION.replacen("{\"options\"", "{\n...\n  \"options\"", 1).replace("}}}}}", "}}}},\n...");
    let text = format!("{PAYLOAD}\n\nconnection:\n{seed_like}\n\nuser:\n{}\n", profile(""));
    let found = answer(&read(text.as_bytes(), Some("text/plain"), None));
    assert_eq!(found.matches[0].checks[0].result, CheckResult::Confirmed);
    let text =
        format!("{PAYLOAD}\n\nconnection:\n{seed_like}\n\nuser:\n{}\n", profile(",\"phone_number\":\"+15550100\""));
    let found = answer(&read(text.as_bytes(), Some("text/plain"), None));
    assert_eq!(found.matches[0].checks[0].result, CheckResult::Contradicted);
}
