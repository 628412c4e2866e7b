//! Notes that are taken back.

use super::*;

/// A desk with one note, which is then asked to be withdrawn; gives what its reply became and the calls that were made.
async fn withdrawn(desk: &Desk) -> (ReplyRow, Vec<(String, Value)>) {
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    desk.settled().await;
    let reply = desk.replies().await.remove(0);
    assert_eq!(reply.posted_revision, Some(1));
    withdrawn_again(desk).await
}

async fn withdrawn_again(desk: &Desk) -> (ReplyRow, Vec<(String, Value)>) {
    let now = *clock().lock().unwrap();
    let store = desk.deliveries.service().store();
    assert_eq!(store.withdraw_replies("lost".to_owned(), 1, now).await.unwrap().len(), 1);
    for _ in 0..500 {
        let reply = desk.replies().await.remove(0);
        if reply.state != "queued" && reply.state != "sending" {
            return (reply, desk.calls().await);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the note was not taken back in time");
}

#[tokio::test]
async fn what_is_withdrawn_is_removed_from_the_ticket() {
    let desk = desk(ZAMMAD, clock()).await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
    let (reply, calls) = withdrawn(&desk).await;
    assert_eq!(calls.last().unwrap().0, "DELETE /api/v1/ticket_articles/77");
    assert_eq!(reply.state, "withdrawn");
}

#[tokio::test]
async fn what_is_withdrawn_and_cannot_be_removed_says_so_in_its_place() {
    for refusal in [403, 422] {
        let desk = desk(ZAMMAD, clock()).await;
        Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(refusal)).mount(&desk.platform).await;
        Mock::given(method("PUT")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
        let (reply, calls) = withdrawn(&desk).await;
        let (address, body) = calls.last().unwrap();
        assert_eq!(address, "PUT /api/v1/ticket_articles/77");
        let text = body.to_string();
        assert!(text.contains("This note was withdrawn") && text.contains(&reply.marker), "{text}");
        assert_eq!(reply.state, "withdrawn");
    }
}

#[tokio::test]
async fn what_can_be_neither_removed_nor_changed_is_given_up_and_says_why() {
    let desk = desk(ZAMMAD, clock()).await;
    for way in ["DELETE", "PUT"] {
        Mock::given(method(way)).respond_with(ResponseTemplate::new(422)).mount(&desk.platform).await;
    }
    let (reply, _) = withdrawn(&desk).await;
    assert_eq!((reply.state.as_str(), reply.last_error.is_some()), ("rejected", true));
    assert_eq!((reply.posted_revision, reply.action.as_str()), (Some(1), "withdraw"));
}

/// A note whose withdrawal the platform refused, once.
async fn refused_withdrawal(desk: &Desk) -> ReplyRow {
    for way in ["DELETE", "PUT"] {
        let refused = Mock::given(method(way)).respond_with(ResponseTemplate::new(401)).up_to_n_times(1);
        refused.with_priority(1).mount(&desk.platform).await;
    }
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
    let (reply, _) = withdrawn(desk).await;
    reply
}

#[tokio::test]
async fn a_withdrawal_that_was_refused_can_be_asked_for_again() {
    let desk = desk(ZAMMAD, clock()).await;
    let reply = refused_withdrawal(&desk).await;
    assert_eq!((reply.state.as_str(), reply.action.as_str()), ("rejected", "withdraw"));
    desk.deliveries.service().store().resume(None).await.unwrap();
    let (reply, calls) = withdrawn_again(&desk).await;
    assert_eq!((reply.state.as_str(), reply.posted_revision), ("withdrawn", None));
    assert_eq!(calls.iter().filter(|(call, _)| call.starts_with("DELETE")).count(), 2);
}

#[tokio::test]
async fn a_withdrawal_that_was_refused_can_be_put_back_to_work_by_its_own_id() {
    let desk = desk(ZAMMAD, clock()).await;
    let reply = refused_withdrawal(&desk).await;
    assert_eq!(reply.state, "rejected");
    desk.deliveries.service().store().resume(None).await.unwrap();
    assert!(desk.deliveries.retry(&reply.id).await.unwrap());
    desk.reply_in("withdrawn").await;
    assert!(!desk.deliveries.retry(&reply.id).await.unwrap(), "it is not dead any more");
}

#[tokio::test]
async fn a_note_that_is_said_not_to_be_there_is_looked_for_before_it_counts_as_taken_back() {
    let error = ResponseTemplate::new(200).set_body_json(json!({ "error": "maintenance" }));
    let none = ResponseTemplate::new(200).set_body_json(json!([]));
    let there = ResponseTemplate::new(200).set_body_json(json!([{ "id": 77, "body": "kbmatch" }]));
    for (list, state) in [(none, "withdrawn"), (error, "unknown"), (ResponseTemplate::new(404), "rejected")] {
        let desk = desk(ZAMMAD, clock()).await;
        Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(404)).mount(&desk.platform).await;
        Mock::given(method("GET")).respond_with(list).mount(&desk.platform).await;
        let (reply, _) = withdrawn(&desk).await;
        assert_eq!((reply.state.as_str(), reply.posted_revision.is_none()), (state, state == "withdrawn"));
    }
    let desk = desk(ZAMMAD, clock()).await;
    Mock::given(method("DELETE")).respond_with(ResponseTemplate::new(404)).mount(&desk.platform).await;
    Mock::given(method("GET")).respond_with(there).mount(&desk.platform).await;
    let (reply, _) = withdrawn(&desk).await;
    assert_eq!(reply.state, "withdrawn", "what is listed is not ours");
}
