//! Any bytes as a request of any chat platform: reading never panics, no question is empty, whatever is answered is JSON
//! or empty, calls keep to their path, and a refused signature stays refused.
#![no_main]

use std::collections::BTreeMap;

use kbmatch::connect::chat::{ChatCall, ChatReading, ChatReply, all};
use kbmatch::connect::dialect::{Note, NoteArticle, Votes};
use kbmatch::connect::endpoint::{Endpoint, Mode, Secrets};
use kbmatch::connect::model::{Credential, InboundRequest, Secret};
use kbmatch::connect::verify::{TimestampCheck, verify};
use kbmatch::engine::{Confidence, Outcome};
use libfuzzer_sys::fuzz_target;

const CONTENT_TYPES: [&str; 2] = ["application/json", "application/x-www-form-urlencoded"];
const OUTCOMES: [Outcome; 3] = [Outcome::Match, Outcome::Ambiguous, Outcome::NoMatch];

fuzz_target!(|data: &[u8]| {
    let [choice, outcome, body @ ..] = data else { return };
    let connector = all()[usize::from(*choice) % all().len()];
    let content_type = CONTENT_TYPES[usize::from(*choice) / all().len() % CONTENT_TYPES.len()];
    let endpoint = Endpoint {
        connector: connector.name().to_owned(),
        name: "fuzz".to_owned(),
        mode: Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: Secrets { current: Some(Secret::new("kb-test-secret")), previous: None },
        base_url: None,
        credential: Credential::None,
        own_user: Some("UBOT".to_owned()),
        options: BTreeMap::new(),
        public_url: Some("https://kb.example".to_owned()),
    };
    let headers = vec![("content-type".to_owned(), content_type.to_owned())];
    let request = InboundRequest { headers, body };
    let now = "2026-01-02T03:04:05Z".parse().expect("a time");
    // Rocket.Chat's token stands in the body, where these bytes may hold it.
    if connector.name() != "rocketchat" {
        assert!(verify(connector.scheme(&endpoint), &endpoint.secrets, &request, now, TimestampCheck::Warn).is_err());
    }
    // The body is the article as well, so that every dialect writes any text.
    let note = note(OUTCOMES[usize::from(*outcome) % OUTCOMES.len()], &String::from_utf8_lossy(body));
    match connector.read(&endpoint, &request) {
        Ok(ChatReading::Query(query)) => {
            assert!(!query.text.trim().is_empty());
            check(&connector.answer(&endpoint, &query, &note));
            connector.late(&endpoint, &query, &note).iter().for_each(check_call);
            let _ = connector.deferred(&endpoint, &query);
        }
        Ok(ChatReading::Vote(vote) | ChatReading::Choice(vote)) => {
            check(&connector.settle(&endpoint, &vote, &note));
            check(&connector.thanks(&endpoint, &vote, true));
        }
        Ok(ChatReading::Respond(_)) | Err(_) => {}
    }
});

fn check(reply: &ChatReply) {
    assert!(reply.response.body.is_empty() || serde_json::from_slice::<serde_json::Value>(&reply.response.body).is_ok());
    reply.call.iter().for_each(check_call);
}

fn check_call(call: &ChatCall) {
    let path = &call.call.path;
    assert!(path.starts_with('/') && !path.split('/').any(|segment| segment == ".."), "{path}");
    assert!(call.origin.as_deref().is_none_or(|origin| origin == "https://hooks.slack.com"));
}

fn note(outcome: Outcome, text: &str) -> Note {
    let article = NoteArticle {
        id: "an-article".to_owned(),
        revision: 1,
        title: text.to_owned(),
        url: Some("https://kb.example/articles/an-article".to_owned()),
        confidence: Confidence::HALF,
        cause: text.to_owned(),
        solution: text.to_owned(),
        checks: Vec::new(),
        evidence: vec![text.to_owned()],
        reviewed_at: None,
        fixed_in: None,
        votes: Some(Votes { yes: "v1.y".to_owned(), no: "v1.n".to_owned(), choose: "v1.c".to_owned() }),
    };
    let articles = vec![article; if outcome == Outcome::Ambiguous { 2 } else { 1 }];
    let question = Some(text.to_owned());
    Note { outcome, report_id: "01".to_owned(), articles, question, feedback_url: Some("https://kb.example/f/".to_owned()), withdrawn: false }
}
