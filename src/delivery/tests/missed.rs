//! What a platform could not hand over while the server was down.

use wiremock::matchers::{query_param, query_param_is_missing};

use super::*;

const GITHUB: &str = "connector = \"github\"\nname = \"desk\"\nmode = \"answer\"\nanswer_at = 0.9\noptions = { hooks = \
                      [\"repos/acme/app/hooks/7\"] }";
const LIST: &str = "/repos/acme/app/hooks/7/deliveries";

/// An issue, signed, under the platform's identifier of its delivery.
async fn issue(desk: &Desk, guid: &str) -> Result<Receipt, IntakeError> {
    let body = json!({
        "action": "opened", "issue": { "number": 12, "title": "Help", "body": "the lamp is green" },
        "repository": { "full_name": "acme/app" }, "sender": { "id": 5, "type": "User" },
    });
    let body = body.to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", crate::text::hex(&mac.finalize().into_bytes()));
    let headers = [("x-github-event", "issues"), ("x-github-delivery", guid), ("x-hub-signature-256", &signature)];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    desk.deliveries.receive(&served, "r", headers, Bytes::from(body)).await
}

/// An attempt as the platform lists it.
fn attempt(id: u64, guid: &str, at: &str, status: u16, event: (&str, &str)) -> Value {
    let word = if status == 200 { "OK" } else { "failed to connect" };
    json!({
        "id": id, "guid": guid, "delivered_at": at, "redelivery": false, "status": word, "status_code": status,
        "event": event.0, "action": event.1,
    })
}

const OPENED: (&str, &str) = ("issues", "opened");

impl Desk {
    async fn lists(&self, first: Value, second: Value) {
        let link = format!("<{}{LIST}?per_page=100&cursor=v1_15>; rel=\"next\"", self.platform.uri());
        let first = ResponseTemplate::new(200).set_body_json(first).insert_header("link", &*link);
        let page = || Mock::given(method("GET")).and(path(LIST));
        page().and(query_param_is_missing("cursor")).respond_with(first).mount(&self.platform).await;
        let second = ResponseTemplate::new(200).set_body_json(second).insert_header("link", &*link.replace("15", "1"));
        page().and(query_param("cursor", "v1_15")).respond_with(second).mount(&self.platform).await;
    }

    /// The paths of the calls once there are as many of the method, and no more came for a while.
    async fn called(&self, wanted: &str, count: usize) -> Vec<String> {
        let of_method = async || {
            let calls = self.calls().await.into_iter().map(|(call, _)| call);
            calls.filter_map(|call| call.strip_prefix(wanted).map(|path| path.trim().to_owned())).collect::<Vec<_>>()
        };
        for _ in 0..500 {
            if of_method().await.len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        of_method().await
    }
}

#[tokio::test]
async fn after_a_start_what_the_platform_could_not_hand_over_is_asked_for_once() {
    let desk = desk(GITHUB, clock()).await;
    assert_eq!(desk.called("GET", 1).await, [LIST], "the first start lists, in vain");
    assert_eq!(issue(&desk, "stored").await, Ok(Receipt::Accepted));
    let (today, before) = ("2026-01-02T01:00:00Z", "2026-01-01T01:00:00Z");
    let first = json!([
        attempt(21, "came-later", today, 200, OPENED),
        attempt(19, "lost", today, 502, OPENED),
        attempt(18, "stored", today, 504, OPENED),
        attempt(17, "star", today, 502, ("star", "created")),
    ]);
    let mut second = vec![
        attempt(16, "came-later", today, 502, OPENED),
        attempt(15, "comment", today, 502, ("issue_comment", "created")),
        attempt(9, "too-old", before, 502, OPENED),
    ];
    second.extend((10..14).map(|id| attempt(id, "refused-each-time", today, 401, OPENED)));
    desk.lists(first, Value::from(second)).await;
    // Once it breaks off, but it is tried again.
    let asked = || Mock::given(method("POST"));
    asked().respond_with(ResponseTemplate::new(502)).up_to_n_times(1).mount(&desk.platform).await;
    asked().respond_with(ResponseTemplate::new(202)).mount(&desk.platform).await;
    let desk = desk.restarted().await;
    let again = |id: u64| format!("{LIST}/{id}/attempts");
    assert_eq!(desk.called("POST", 3).await, [again(15), again(15), again(19)]);
    assert_eq!(desk.called("GET", 3).await, [LIST; 3], "no page after the one that reaches back far enough");
}

#[tokio::test]
async fn a_token_that_may_not_see_the_hook_rests_nothing() {
    let desk = desk(GITHUB, clock()).await;
    assert_eq!(desk.called("GET", 1).await.len(), 1);
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(403)).mount(&desk.platform).await;
    let desk = desk.restarted().await;
    assert_eq!(desk.called("GET", 2).await.len(), 2);
    let now = desk.deliveries.service().clock().now();
    assert!(desk.deliveries.service().store().pauses(now).await.unwrap().is_empty());
    assert!(desk.called("POST", 0).await.is_empty());
}

#[tokio::test]
async fn an_endpoint_that_names_no_hook_asks_for_nothing() {
    let desk = desk("connector = \"github\"\nname = \"desk\"\nmode = \"answer\"", clock()).await;
    assert!(desk.called("GET", 0).await.is_empty());
}
