//! Any bytes as an event of any ticketing platform: reading never panics, whatever becomes a ticket has an identifier that
//! keeps calls on their path, and a refused signature stays refused.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use kbmatch::connect::endpoint::{Endpoint, Mode, Secrets};
use kbmatch::connect::model::{Credential, InboundRequest, OutboundResponse, Reading, Secret};
use kbmatch::connect::ticket::all;
use kbmatch::connect::verify::{TimestampCheck, verify};
use libfuzzer_sys::fuzz_target;

const EVENTS: [&[(&str, &str)]; 5] = [
    &[],
    &[("x-github-event", "issues")],
    &[("x-github-event", "issue_comment"), ("content-type", "application/x-www-form-urlencoded")],
    &[("x-helpscout-event", "convo.created")],
    &[("x-helpscout-event", "convo.customer.reply.created")],
];

static OPTIONS: LazyLock<BTreeMap<String, toml::Value>> = LazyLock::new(|| {
    let pointers = [("external_id", "/id"), ("body", "/body"), ("body_format", "html"), ("comment_id", "/comment")];
    pointers.map(|(name, pointer)| (name.to_owned(), toml::Value::from(pointer))).into()
});

fuzz_target!(|data: &[u8]| {
    let [choice, event, body @ ..] = data else { return };
    let connector = all()[usize::from(*choice) % all().len()];
    let is_generic = connector.name() == "generic" || *choice >= 128;
    let endpoint = Endpoint {
        connector: connector.name().to_owned(),
        name: "fuzz".to_owned(),
        mode: Mode::Suggest,
        suggest_at: 0.6,
        answer_at: 0.9,
        secrets: Secrets { current: Some(Secret::new("kb-test-secret")), previous: None },
        base_url: None,
        credential: Credential::None,
        own_user: Some("43".to_owned()),
        options: if is_generic { OPTIONS.clone() } else { BTreeMap::new() },
        public_url: Some("https://kb.example.com".to_owned()),
    };
    let headers = EVENTS[usize::from(*event) % EVENTS.len()];
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let request = InboundRequest { headers, body };
    let now = "2026-01-02T03:04:05Z".parse().expect("a time");
    assert!(verify(connector.scheme(&endpoint), &endpoint.secrets, &request, now, TimestampCheck::Warn).is_err());
    if let Ok(Reading::Ticket(ticket)) = connector.read(&endpoint, &request) {
        assert!(!ticket.external_id.is_empty());
        if let Some(call) = connector.list(&endpoint, &ticket.external_id) {
            let path = call.path.split('?').next().unwrap_or_default();
            assert!(path.starts_with('/') && !path.split('/').any(|segment| segment == ".."), "{path}");
        }
    }
    let response = OutboundResponse { status: 200, headers: Vec::new(), body: body.to_vec() };
    let _ = connector.posted_id(&response);
    let _ = connector.find(&response, "kbmatch:01JGFJJZ00000000000000000A");
});
