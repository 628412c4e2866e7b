//! Deliveries that GitHub could not hand over: listed, and asked for again. GitHub never sends again by itself.
//!
//! <https://docs.github.com/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-repository-webhook>

use serde_json::Value;

use super::call;
use crate::connect::endpoint::Endpoint;
use crate::connect::model::{Method, OutboundCall, OutboundResponse, Unreadable};
use crate::connect::ticket::attempts::{Attempt, Attempts};
use crate::connect::ticket::call::segment;
use crate::connect::ticket::fields::{Fields, unreadable};

/// Setting: the hooks whose failed deliveries are asked for again, as the API's paths name them.
pub(super) const HOOKS: &str = "hooks";
/// Attempts on a page, the most that there may be.
const PAGE: u32 = 100;

/// The hooks that the settings name.
pub(super) fn named(endpoint: &Endpoint) -> Vec<String> {
    let hooks = endpoint.options.get(HOOKS).and_then(toml::Value::as_array);
    hooks.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

pub(super) fn check(endpoint: &Endpoint) -> Result<(), Unreadable> {
    let is_hook = |value: &toml::Value| value.as_str().is_some_and(is_hook);
    match endpoint.options.get(HOOKS) {
        None => Ok(()),
        Some(toml::Value::Array(hooks)) if hooks.iter().all(is_hook) => Ok(()),
        Some(_) => Err(unreadable(HOOKS, "a list of \"repos/OWNER/NAME/hooks/NUMBER\" or \"orgs/NAME/hooks/NUMBER\"")),
    }
}

fn is_hook(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let is_name = |name: &str| !name.is_empty() && segment(name) == name;
    match parts.as_slice() {
        ["repos", owner, name, "hooks", number] => is_name(owner) && is_name(name) && is_number(number),
        ["orgs", name, "hooks", number] => is_name(name) && is_number(number),
        _ => false,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The call that lists a hook's attempts.
pub(super) fn list(hook: &str, page: Option<&str>) -> OutboundCall {
    let cursor = page.map(|page| format!("&cursor={}", segment(page))).unwrap_or_default();
    call(Method::Get, format!("/{hook}/deliveries?per_page={PAGE}{cursor}"), None)
}

/// The call that asks for an attempt to be made again.
pub(super) fn again(hook: &str, attempt: &Attempt) -> OutboundCall {
    call(Method::Post, format!("/{hook}/deliveries/{}/attempts", segment(&attempt.id)), None)
}

/// Reads a list of attempts. One that cannot be read is left out: it cannot be asked for either.
pub(super) fn read(response: &OutboundResponse) -> Option<Attempts> {
    let value: Value = serde_json::from_slice(&response.body).ok()?;
    let attempts = value.as_array()?.iter().filter_map(|attempt| self::attempt(Fields(attempt))).collect();
    let link = response.headers.iter().find(|(name, _)| name == "link").map(|(_, value)| value.as_str());
    Some(Attempts { attempts, next: link.and_then(next) })
}

fn attempt(fields: Fields<'_>) -> Option<Attempt> {
    let code = fields.get("/status_code").and_then(Value::as_i64);
    let is_read = matches!(
        (fields.text("/event").ok()?, fields.text("/action").ok()?),
        ("issues", "opened" | "edited") | ("issue_comment", "created")
    );
    Some(Attempt {
        id: fields.id("/id").ok()??,
        delivery_id: fields.id("/guid").ok()??,
        at: fields.time("/delivered_at")?,
        arrived: fields.text("/status").ok()? == "OK" || code.is_some_and(|code| (200..300).contains(&code)),
        is_read,
    })
}

/// The cursor of the next page. Nothing else of the address in the header is used: calls go to `base_url` alone.
fn next(link: &str) -> Option<String> {
    let next = link.split(',').find(|part| part.contains("rel=\"next\""))?;
    let query = next.split_once('?')?.1.split('>').next()?;
    let (_, cursor) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cursor")?;
    Some(cursor.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hooks_as_the_api_names_them_are_taken() {
        for hook in ["repos/acme/app.rs/hooks/12", "orgs/acme/hooks/7"] {
            assert!(is_hook(hook), "{hook}");
        }
        for hook in
            ["acme/app/hooks/12", "repos/acme/../hooks/12", "repos/acme/app/hooks/1?x", "orgs/acme/hooks/", "app/hook"]
        {
            assert!(!is_hook(hook), "{hook}");
        }
    }

    #[test]
    fn a_page_names_the_next_by_its_cursor_alone() {
        let link =
            "<https://evil.test/x?per_page=100&cursor=v1_7%2F8>; rel=\"next\", <https://evil.test/x>; rel=\"prev\"";
        assert_eq!(next(link).as_deref(), Some("v1_7/8"));
        let path = list("repos/acme/app/hooks/12", next(link).as_deref()).path;
        assert_eq!(path, "/repos/acme/app/hooks/12/deliveries?per_page=100&cursor=v1_7%2F8");
        assert_eq!(next("<https://evil.test/x?cursor=a>; rel=\"prev\""), None);
    }

    #[test]
    fn attempts_are_read_and_what_is_no_attempt_is_left_out() {
        let body = br#"[
            {"id": 42, "guid": "58474f00", "delivered_at": "2026-01-02T03:04:05Z", "redelivery": false, "duration": 0.03,
             "status": "failed to connect", "status_code": 502, "event": "issues", "action": "opened"},
            {"id": 41, "guid": "58474f01", "delivered_at": "2026-01-02T03:04:05Z", "status": "OK", "status_code": 200,
             "event": "star", "action": null},
            {"id": 40, "guid": null}, 7
        ]"#;
        let response = OutboundResponse { status: 200, headers: Vec::new(), body: body.to_vec() };
        let Attempts { attempts, next } = read(&response).unwrap();
        let seen: Vec<_> = attempts.iter().map(|a| (a.id.as_str(), a.arrived, a.is_read)).collect();
        assert_eq!(seen, [("42", false, true), ("41", true, false)]);
        assert_eq!(next, None);
        assert_eq!(again("orgs/acme/hooks/7", &attempts[0]).path, "/orgs/acme/hooks/7/deliveries/42/attempts");
    }
}
