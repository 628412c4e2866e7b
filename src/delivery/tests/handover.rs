//! Conversations that nothing answers, handed over to people.

use super::*;

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
