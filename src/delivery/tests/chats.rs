//! Calls of chat platforms: survived, made once, and what the platform refuses.

use super::*;

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
