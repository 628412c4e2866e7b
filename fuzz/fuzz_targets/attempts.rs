//! Any bytes as a platform's list of its attempts: reading never panics, and whatever it names leads calls nowhere but below
//! the hook of the settings.
#![no_main]

use kbmatch::connect::model::{OutboundCall, OutboundResponse};
use kbmatch::connect::ticket::{TicketConnector, all};
use libfuzzer_sys::fuzz_target;

const HOOK: &str = "repos/acme/app/hooks/7";

fuzz_target!(|data: &[u8]| {
    // What stands before the first line end is the header that names the next page.
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (link, body) = data.split_at(at);
    let link = String::from_utf8_lossy(link).into_owned();
    let response = OutboundResponse { status: 200, headers: vec![("link".to_owned(), link)], body: body.to_vec() };
    all().iter().for_each(|connector| check(*connector, &response));
});

fn check(connector: &dyn TicketConnector, response: &OutboundResponse) {
    let Some(listed) = connector.read_attempts(response) else { return };
    for attempt in &listed.attempts {
        assert!(!attempt.id.is_empty() && !attempt.delivery_id.is_empty());
        connector.again(HOOK, attempt).iter().for_each(|call| check_call(call, "/attempts"));
    }
    connector.attempts(HOOK, listed.next.as_deref()).iter().for_each(|call| check_call(call, ""));
}

fn check_call(call: &OutboundCall, end: &str) {
    let path = call.path.split('?').next().unwrap_or_default();
    let below = path.strip_prefix("/repos/acme/app/hooks/7/deliveries").and_then(|rest| rest.strip_suffix(end));
    let id = below.map(|rest| rest.strip_prefix('/').unwrap_or(rest));
    assert!(id.is_some_and(|id| !id.contains('/') && id != "." && id != ".."), "{}", call.path);
    assert!(!call.path.contains('#') && call.path.matches('?').count() <= 1, "{}", call.path);
}
