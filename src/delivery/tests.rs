//! Deliveries from the request to the platform, each step real but for the platform.

mod late;
mod missed;
mod withdrawal;

use std::sync::Mutex;

use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::config::{BaseUrl, EndpointTable};
use crate::connect::model::Secret;
use crate::service::{Clock, Settings as ServiceSettings};
use crate::store::{DeliveryFilter, DeliveryRow, Location, Mute, ReplyFilter, ReplyRow};

const ARTICLE: &str = "---\nid: lost\ntitle: Lost sprocket\nsignatures:\n  - template: 'the frobnicator lost its sprocket'\n\
                       ---\n## Cause\n\nWear.\n\n## Solution\n\nReplace it.\n";
const REPORT: &str = "the frobnicator lost its sprocket";

struct Desk {
    deliveries: Arc<Deliveries>,
    platform: MockServer,
    _folder: tempfile::TempDir,
}

async fn desk(settings: &str, now: Arc<Mutex<Timestamp>>) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("lost.md"), ARTICLE).unwrap();
    let platform = MockServer::start().await;
    let table = format!("allow_private = true\nbase_url = \"{}\"\nsecret = \"env:S\"\n{settings}", platform.uri());
    let table: EndpointTable = toml::from_str(&table).unwrap();
    // Discord's is a public key; this one belongs to the seed of bytes 0 to 31.
    let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    let secret = if settings.contains("discord") { key } else { "s3cret" };
    let public: BaseUrl = "https://kb.example.com".parse().unwrap();
    let endpoint = table.resolve(Some(&public), &|_| Ok(Secret::new(secret))).unwrap();
    let clock = Clock::from_fn(move || *now.lock().unwrap());
    let settings =
        ServiceSettings { folders: vec![folder.path().to_owned()], ..ServiceSettings::new(Location::Temporary) };
    let service = Service::open(settings, clock).await.unwrap();
    let timing = Timing {
        look: Duration::from_millis(10),
        call: Duration::from_millis(500),
        catch_up: Duration::ZERO,
        ..Timing::default()
    };
    let settings = Settings { timing, public_url: Some(public.0), ..Settings::default() };
    let deliveries = Deliveries::start(service, vec![endpoint], settings).await.unwrap();
    Desk { deliveries, platform, _folder: folder }
}

const ZAMMAD: &str = "connector = \"zammad\"\nname = \"desk\"\nmode = \"suggest\"";

fn clock() -> Arc<Mutex<Timestamp>> {
    Arc::new(Mutex::new("2026-01-02T03:04:05Z".parse().unwrap()))
}

impl Desk {
    async fn send(&self, id: &str, ticket: u64, text: &str) -> Result<Receipt, IntakeError> {
        let article = json!({ "id": 5, "body": text, "content_type": "text/plain", "sender": "Customer" });
        let body = json!({ "ticket": { "id": ticket, "title": "Help" }, "article": article }).to_string();
        let mut mac = Hmac::<sha1::Sha1>::new_from_slice(b"s3cret").unwrap();
        mac.update(body.as_bytes());
        let signature = crate::text::hex(&mac.finalize().into_bytes());
        let headers = [("x-zammad-delivery", id.to_owned()), ("x-hub-signature", format!("sha1={signature}"))];
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let served = Arc::clone(self.deliveries.endpoints().next().unwrap());
        self.deliveries.receive(&served, &format!("request-{id}"), headers, Bytes::from(body)).await
    }

    async fn takes_notes(&self) {
        let made = ResponseTemplate::new(201).set_body_json(json!({ "id": 77 }));
        Mock::given(method("POST")).and(path("/api/v1/ticket_articles")).respond_with(made).mount(&self.platform).await;
    }

    /// The deliveries once none is under way, oldest first.
    async fn settled(&self) -> Vec<DeliveryRow> {
        for _ in 0..500 {
            let filter = DeliveryFilter { most: 100, ..DeliveryFilter::default() };
            let mut rows = self.deliveries.service().store().deliveries(&filter).await.unwrap();
            if rows.iter().all(|row| !["received", "failed", "matched"].contains(&row.state.as_str())) {
                rows.reverse();
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("deliveries are still under way");
    }

    async fn replies(&self) -> Vec<ReplyRow> {
        self.deliveries.service().store().replies(&ReplyFilter { most: 100, ..ReplyFilter::default() }).await.unwrap()
    }

    async fn calls(&self) -> Vec<(String, Value)> {
        let requests = self.platform.received_requests().await.unwrap();
        requests.iter().map(|r| (format!("{} {}", r.method, r.url.path()), r.body_json().unwrap_or_default())).collect()
    }
}

#[tokio::test]
async fn a_delivery_becomes_one_note_with_its_marker_and_no_secret() {
    let desk = desk(ZAMMAD, clock()).await;
    desk.takes_notes().await;
    let text = format!("{REPORT} password=hunter2 ada@example.com");
    assert_eq!(desk.send("a", 7, &text).await, Ok(Receipt::Accepted));
    assert_eq!(desk.send("a", 7, &text).await, Ok(Receipt::Duplicate), "the same delivery");
    assert_eq!(desk.send("b", 7, &text).await, Ok(Receipt::Duplicate), "the same text");
    let rows = desk.settled().await;
    assert_eq!((rows.len(), rows[0].state.as_str()), (1, "replied"), "{rows:?}");
    let calls = desk.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    let note = calls[0].1["body"].as_str().unwrap();
    assert!(note.contains("Lost sprocket") && note.contains(&format!("kbmatch:{}", rows[0].id)), "{note}");
    assert_eq!(calls[0].1["internal"], true);
    let kept = desk.deliveries.service().store().delivery(&rows[0].id).await.unwrap().unwrap();
    for text in [format!("{kept:?}"), format!("{:?}", desk.replies().await), note.to_owned()] {
        assert!(!text.contains("hunter2") && !text.contains("ada@"), "{text}");
    }
    assert_eq!(desk.replies().await[0].external_reply_id.as_deref(), Some("77"));
}

#[tokio::test]
async fn an_endpoint_that_observes_posts_nothing_and_says_what_it_would_have() {
    let desk = desk(&ZAMMAD.replace("suggest", "observe"), clock()).await;
    desk.send("a", 7, REPORT).await.unwrap();
    desk.send("b", 8, "the lamp is green").await.unwrap();
    let states: Vec<_> = desk.settled().await.into_iter().map(|row| (row.state, row.reason.unwrap())).collect();
    let expected = [("ignored", "observed"), ("no_match", "no_match")];
    assert_eq!(states, expected.map(|(state, reason)| (state.to_owned(), reason.to_owned())));
    assert_eq!(desk.replies().await[0].state, "observed");
    assert!(desk.calls().await.is_empty());
}

#[tokio::test]
async fn a_muted_article_is_not_posted_until_the_mute_ends() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    desk.takes_notes().await;
    let until = "2026-01-03T00:00:00Z".parse::<Timestamp>().unwrap();
    let mute = Mute {
        connector: "zammad".to_owned(),
        endpoint: "desk".to_owned(),
        article: "lost".to_owned(),
        until: until.as_microsecond(),
        reason: "outage".to_owned(),
        muted_by: "ada".to_owned(),
        muted_at: 0,
    };
    desk.deliveries.service().store().mute(mute).await.unwrap();
    desk.send("a", 7, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[0].reason.as_deref(), Some("muted"));
    assert!(desk.calls().await.is_empty());
    *now.lock().unwrap() = until;
    desk.send("b", 8, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[1].state, "replied");
}

#[tokio::test]
async fn a_call_that_broke_off_is_looked_for_before_anything_is_posted_again() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    Mock::given(method("POST")).respond_with(slow).mount(&desk.platform).await;
    desk.send("a", 7, REPORT).await.unwrap();
    let reply = loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let found = desk.replies().await.into_iter().find(|reply| reply.state == "unknown");
        if let Some(reply) = found {
            break reply;
        }
    };
    assert!(reply.check_first);
    let list = json!([{ "id": 90, "body": format!("<p>note</p> {}", reply.marker) }]);
    let list = ResponseTemplate::new(200).set_body_json(list);
    Mock::given(method("GET"))
        .and(path("/api/v1/ticket_articles/by_ticket/7"))
        .respond_with(list)
        .mount(&desk.platform)
        .await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_secs(10)).unwrap();
    *now.lock().unwrap() = later;
    assert_eq!(desk.settled().await[0].state, "replied");
    assert_eq!(desk.replies().await[0].external_reply_id.as_deref(), Some("90"));
    assert_eq!(desk.calls().await.iter().filter(|(call, _)| call.starts_with("POST")).count(), 1);
}

#[tokio::test]
async fn a_refused_credential_rests_the_endpoint_and_a_retry_sends_what_was_refused() {
    let desk = desk(ZAMMAD, clock()).await;
    let refuse = Mock::given(method("POST")).respond_with(ResponseTemplate::new(401)).up_to_n_times(1);
    refuse.mount(&desk.platform).await;
    desk.send("a", 7, REPORT).await.unwrap();
    let row = desk.settled().await.remove(0);
    assert_eq!((row.state.as_str(), row.reason.as_deref()), ("dead", Some("reply rejected")));
    let store = desk.deliveries.service().store();
    let now = *clock().lock().unwrap();
    assert_eq!(store.pauses(now).await.unwrap().len(), 1);
    desk.takes_notes().await;
    let none = ResponseTemplate::new(200).set_body_json(json!([]));
    Mock::given(method("GET")).respond_with(none).mount(&desk.platform).await;
    store.resume(None).await.unwrap();
    assert!(desk.deliveries.retry(&row.id).await.unwrap());
    assert_eq!(desk.settled().await[0].state, "replied");
    assert!(!desk.deliveries.retry(&row.id).await.unwrap(), "it is not dead any more");
}

#[tokio::test]
async fn a_changed_body_is_refused_and_a_full_inbox_puts_off() {
    let desk = desk(ZAMMAD, clock()).await;
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    let headers = vec![("x-hub-signature".to_owned(), format!("sha1={}", "0".repeat(40)))];
    let refused = desk.deliveries.receive(&served, "r", headers, Bytes::from_static(b"{}")).await;
    assert_eq!(refused, Err(IntakeError::Unauthorized));
    // Not before the first count, which sets the number right.
    tokio::time::sleep(Duration::from_millis(200)).await;
    desk.deliveries.waiting.store(u64::MAX, Ordering::Relaxed);
    assert!(matches!(desk.send("a", 7, REPORT).await, Err(IntakeError::Unavailable(_))));
}

#[tokio::test]
async fn a_deleted_report_takes_the_texts_of_its_delivery_along() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    desk.send("b", 8, &format!("{REPORT} again")).await.unwrap();
    let store = desk.deliveries.service().store();
    let reports: Vec<String> = desk.settled().await.into_iter().map(|row| row.report_id.unwrap()).collect();
    assert!(store.delete_report(reports[0].clone()).await.unwrap());
    assert!(!store.delete_report(reports[0].clone()).await.unwrap(), "nothing is left of it");
    for (row, kept) in desk.settled().await.iter().zip([false, true]) {
        let row = store.delivery(&row.id).await.unwrap().unwrap();
        assert_eq!((row.raw.is_some(), row.ticket.is_some()), (kept, kept), "{row:?}");
        let reply = desk.replies().await.into_iter().find(|reply| Some(&reply.id) == row.reply_id.as_ref()).unwrap();
        assert_eq!((reply.body.is_some(), reply.state.as_str()), (kept, "sent"));
    }
}

#[tokio::test]
async fn a_reply_that_waits_is_sent_although_its_report_is_deleted_and_keeps_no_text_then() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(429)).up_to_n_times(1).mount(&desk.platform).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    let filter = DeliveryFilter { most: 1, ..DeliveryFilter::default() };
    let store = desk.deliveries.service().store();
    while desk.replies().await.iter().all(|reply| reply.state != "retry_wait") {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let row = store.deliveries(&filter).await.unwrap().remove(0);
    assert!(store.delete_report(row.report_id.unwrap()).await.unwrap());
    assert!(store.delivery(&row.id).await.unwrap().unwrap().ticket.is_none());
    assert!(desk.replies().await[0].body.is_some(), "it is still to be sent");
    let later = now.lock().unwrap().checked_add(SignedDuration::from_hours(2)).unwrap();
    *now.lock().unwrap() = later;
    assert_eq!(desk.settled().await[0].state, "replied");
    assert_eq!(desk.replies().await[0].body, None);
}

#[tokio::test]
async fn the_id_of_the_request_goes_with_the_delivery_and_its_reply() {
    let desk = desk(ZAMMAD, clock()).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[0].request_id.as_deref(), Some("request-a"));
    assert_eq!(desk.replies().await[0].request_id.as_deref(), Some("request-a"));
}

const SLACK: &str = "connector = \"slack\"\nname = \"ops\"";

fn call() -> crate::connect::chat::ChatCall {
    let call = crate::connect::model::OutboundCall {
        method: crate::connect::model::Method::Post,
        path: "/api/chat.postMessage".to_owned(),
        headers: vec![],
        body: Some(json!({ "channel": "C1", "text": "answer" })),
    };
    crate::connect::chat::ChatCall { origin: None, call }
}

impl Desk {
    /// Keeps the sender from calling, queues the call of one question three times.
    async fn asked_thrice(&self) {
        let now = self.deliveries.service().clock().now();
        let until = now.checked_add(SignedDuration::from_hours(1)).unwrap().as_microsecond();
        let pause = crate::store::Pause {
            connector: "slack".to_owned(),
            endpoint: "ops".to_owned(),
            until,
            reason: "test".to_owned(),
        };
        self.deliveries.service().store().pause(pause).await.unwrap();
        let served = Arc::clone(self.deliveries.endpoints().next().unwrap());
        let mut new = Vec::new();
        for _ in 0..3 {
            new.push(self.deliveries.queue_chat_call(&served, Some("Ev1"), "r", call()).await.unwrap());
        }
        assert_eq!(new, [true, false, false]);
    }

    /// Others in the place of these deliveries, which end here and know nothing but what is stored.
    async fn restarted(self) -> Self {
        self.deliveries.stop().await;
        let endpoints = self.deliveries.endpoints().map(|served| served.configured.clone()).collect();
        let (service, settings) = (Arc::clone(self.deliveries.service()), self.deliveries.settings.clone());
        let deliveries = Deliveries::start(service, endpoints, settings).await.unwrap();
        Self { deliveries, ..self }
    }

    async fn reply_in(&self, state: &str) -> ReplyRow {
        for _ in 0..500 {
            let found = self.replies().await.into_iter().next().filter(|reply| reply.state == state);
            if let Some(found) = found {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not {state}: {:?}", self.replies().await);
    }
}

#[tokio::test]
async fn an_answer_in_a_chat_survives_a_crash_before_its_call_and_is_given_once() {
    let desk = desk(SLACK, clock()).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
    desk.asked_thrice().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(desk.calls().await.is_empty(), "the response was given, the call was not made yet");
    let desk = desk.restarted().await;
    assert_eq!(desk.reply_in("sent").await.body, None);
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    assert!(!desk.deliveries.queue_chat_call(&served, Some("Ev1"), "r", call()).await.unwrap(), "asked after it all");
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(desk.calls().await.len(), 1);
}

#[tokio::test]
async fn an_answer_in_a_chat_whose_call_may_have_been_made_is_not_given_again() {
    let desk = desk(SLACK, clock()).await;
    desk.asked_thrice().await;
    let budget = crate::store::Budget { connector: "slack".to_owned(), endpoint: "ops".to_owned(), most: 1 };
    let now = desk.deliveries.service().clock().now();
    let after_the_pause = now.checked_add(SignedDuration::from_hours(2)).unwrap();
    let claimed = desk.deliveries.service().store().claim_replies(vec![budget], after_the_pause, now).await.unwrap();
    assert_eq!(claimed.len(), 1, "the crash comes while it is sent");
    let desk = desk.restarted().await;
    assert!(desk.reply_in("dead").await.last_error.unwrap().starts_with("unknown"));
    assert!(desk.calls().await.is_empty());
}

#[tokio::test]
async fn what_slack_refuses_in_a_body_is_refused_and_a_response_address_that_ran_out_pauses_nothing() {
    let desk = desk(SLACK, clock()).await;
    let said = ResponseTemplate::new(200).set_body_json(json!({ "ok": false, "error": "channel_not_found" }));
    Mock::given(path("/api/chat.postMessage")).respond_with(said).mount(&desk.platform).await;
    Mock::given(path("/old")).respond_with(ResponseTemplate::new(403)).mount(&desk.platform).await;
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    desk.deliveries.queue_chat_call(&served, None, "r", call()).await.unwrap();
    assert_eq!(desk.reply_in("rejected").await.last_error.as_deref(), Some("the platform answered channel_not_found"));
    let mut old = call();
    (old.origin, old.call.path) = (Some(desk.platform.uri()), "/old".to_owned());
    desk.deliveries.queue_chat_call(&served, Some("old"), "r", old).await.unwrap();
    desk.reply_in("rejected").await;
    let now = desk.deliveries.service().clock().now();
    assert!(desk.deliveries.service().store().pauses(now).await.unwrap().is_empty());
}

/// A customer's message in Chatwoot, signed.
async fn message(desk: &Desk, id: u64, text: &str) {
    let body = json!({
        "event": "message_created", "id": id, "content": text, "message_type": "incoming", "private": false,
        "sender": { "id": 4, "type": "contact" }, "account": { "id": 1 }, "conversation": { "id": 77 },
    });
    let body = body.to_string();
    let now = desk.deliveries.service().clock().now().as_second().to_string();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(format!("{now}.{body}").as_bytes());
    let signature = format!("sha256={}", crate::text::hex(&mac.finalize().into_bytes()));
    let headers = [("x-chatwoot-timestamp", now), ("x-chatwoot-signature", signature)];
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    let receipt = desk.deliveries.receive(&served, "r", headers, Bytes::from(body)).await;
    assert_eq!(receipt, Ok(Receipt::Accepted));
}

#[tokio::test]
async fn a_conversation_that_nothing_answers_is_handed_to_people_through_the_outbox() {
    let bot = "connector = \"chatwoot\"\nname = \"desk\"\nmode = \"suggest\"\noptions = { agent_bot = true }";
    let now = clock();
    let desk = desk(bot, Arc::clone(&now)).await;
    let once = |status| {
        Mock::given(path("/api/v1/accounts/1/conversations/77/toggle_status"))
            .respond_with(ResponseTemplate::new(status))
    };
    once(502).up_to_n_times(1).mount(&desk.platform).await;
    once(200).mount(&desk.platform).await;
    message(&desk, 1, "the lamp is green").await;
    desk.reply_in("retry_wait").await;
    assert_eq!(desk.settled().await[0].state, "no_match");
    // Another message while the call waits asks for no second one.
    message(&desk, 2, "the lamp is red").await;
    desk.settled().await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_mins(2)).unwrap();
    *now.lock().unwrap() = later;
    desk.reply_in("sent").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let calls = desk.calls().await;
    assert_eq!(calls.len(), 2, "one that failed, one that was taken: {calls:?}");
    assert_eq!(calls[1].1, json!({ "status": "open" }));
    assert_eq!(desk.replies().await.len(), 1);
    // Once it is made, a later message asks again: somebody may have handed the conversation back.
    message(&desk, 3, "the lamp is blue").await;
    for _ in 0..200 {
        if desk.calls().await.len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(desk.calls().await.len(), 3);
}

#[tokio::test]
async fn an_endpoint_that_observes_hands_nothing_over() {
    let bot = "connector = \"chatwoot\"\nname = \"desk\"\nmode = \"observe\"\noptions = { agent_bot = true }";
    let desk = desk(bot, clock()).await;
    message(&desk, 1, "the lamp is green").await;
    assert_eq!(desk.settled().await[0].state, "no_match");
    assert!(desk.replies().await.is_empty() && desk.calls().await.is_empty());
}
