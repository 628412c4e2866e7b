//! Answers in chats that were put off, and calls of which nobody can find out whether they were carried out.

use super::*;
use crate::connect::chat::ChatQuery;

fn query(text: &str) -> ChatQuery {
    ChatQuery {
        query_id: Some("Ev1".to_owned()),
        conversation_id: "C1".to_owned(),
        user_id: "U2CERLKJA".to_owned(),
        locale: None,
        text: text.to_owned(),
        reply: json!({ "event": true, "channel": "C1", "thread_ts": "1.5" }),
    }
}

async fn keep(desk: &Desk, text: &str) -> Option<String> {
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    desk.deliveries.queue_question(&served, &query(text), "r").await.unwrap()
}

fn pass(now: &Arc<Mutex<Timestamp>>, time: SignedDuration) {
    let mut now = now.lock().unwrap();
    *now = now.checked_add(time).unwrap();
}

async fn takes_messages(desk: &Desk) {
    let taken = ResponseTemplate::new(200).set_body_json(json!({ "ok": true }));
    Mock::given(path("/api/chat.postMessage")).respond_with(taken).mount(&desk.platform).await;
}

#[tokio::test]
async fn a_question_whose_request_died_is_answered_after_the_restart_once() {
    let now = clock();
    let desk = desk(SLACK, Arc::clone(&now)).await;
    takes_messages(&desk).await;
    assert!(keep(&desk, &format!("{REPORT} password=hunter2")).await.is_some());
    assert_eq!(keep(&desk, REPORT).await, None, "the platform asks again");
    let kept = format!("{:?}", desk.replies().await);
    assert!(kept.contains("sprocket") && !kept.contains("hunter2") && !kept.contains("U2CERLKJA"), "{kept}");
    let desk = desk.restarted().await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(desk.calls().await.is_empty(), "the request still has its time");
    pass(&now, SignedDuration::from_secs(20));
    assert_eq!(desk.reply_in("sent").await.body, None);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let calls = desk.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    assert_eq!((&calls[0].1["channel"], &calls[0].1["thread_ts"]), (&json!("C1"), &json!("1.5")));
    assert!(calls[0].1.to_string().contains("Lost sprocket"), "{calls:?}");
}

#[tokio::test]
async fn an_answer_that_its_request_found_is_given_at_once_and_not_looked_for_again() {
    let now = clock();
    let desk = desk(SLACK, Arc::clone(&now)).await;
    takes_messages(&desk).await;
    let id = keep(&desk, REPORT).await.unwrap();
    desk.deliveries.answer_question(id.clone(), call()).await.unwrap();
    desk.reply_in("sent").await;
    desk.deliveries.answer_question(id, call()).await.unwrap();
    pass(&now, SignedDuration::from_mins(5));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(desk.calls().await.iter().map(|(_, body)| &body["text"]).collect::<Vec<_>>(), ["answer"]);
}

#[tokio::test]
async fn a_crash_while_an_answer_is_looked_for_loses_nothing() {
    let now = clock();
    let desk = desk(SLACK, Arc::clone(&now)).await;
    takes_messages(&desk).await;
    let store = Arc::clone(desk.deliveries.service());
    keep(&desk, REPORT).await;
    desk.deliveries.stop().await;
    pass(&now, SignedDuration::from_secs(20));
    let at = *now.lock().unwrap();
    let budget = crate::store::Budget { connector: "slack".to_owned(), endpoint: "ops".to_owned(), most: 1 };
    assert_eq!(store.store().claim_replies(vec![budget], at, at).await.unwrap().len(), 1);
    assert_eq!(desk.replies().await[0].state, "sending", "the crash comes now");
    let desk = desk.restarted().await;
    desk.reply_in("sent").await;
    assert_eq!(desk.calls().await.len(), 1);
}

#[tokio::test]
async fn an_answer_that_the_platform_takes_no_more_is_given_up_visibly() {
    let lives = [("slack", 30), ("discord", 15)];
    for (connector, minutes) in lives {
        let now = clock();
        let desk = desk(&SLACK.replace("slack", connector), Arc::clone(&now)).await;
        keep(&desk, REPORT).await;
        desk.deliveries.stop().await;
        pass(&now, SignedDuration::from_secs(minutes * 60 + 1));
        let desk = desk.restarted().await;
        assert!(desk.reply_in("dead").await.last_error.unwrap().starts_with("stale"), "{connector}");
        assert!(desk.calls().await.is_empty());
    }
}

const GENERIC: &str = "connector = \"generic\"\nname = \"tools\"\nmode = \"suggest\"\n\
    options = { external_id = \"/id\", body = \"/text\", reply_path = \"/notes/{{external_id}}\", \
    reply_body = { text = \"{{note_text}}\" } }";

async fn event(desk: &Desk, ticket: &str) {
    let headers = vec![("x-kb-token".to_owned(), "s3cret".to_owned())];
    let body = Bytes::from(json!({ "id": ticket, "text": REPORT }).to_string());
    let served = Arc::clone(desk.deliveries.endpoints().next().unwrap());
    assert_eq!(desk.deliveries.receive(&served, "r", headers, body).await, Ok(Receipt::Accepted));
}

#[tokio::test]
async fn a_failure_that_may_have_made_a_note_is_not_repeated_where_nobody_can_look_until_a_person_says_so() {
    for status in [500, 502, 503, 504, 408] {
        let now = clock();
        let desk = desk(GENERIC, Arc::clone(&now)).await;
        Mock::given(path("/notes/7"))
            .respond_with(ResponseTemplate::new(status))
            .up_to_n_times(1)
            .mount(&desk.platform)
            .await;
        Mock::given(path("/notes/7")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
        event(&desk, "7").await;
        let row = desk.settled().await.remove(0);
        assert_eq!(row.state, "dead", "{status}");
        assert!(row.last_error.unwrap().starts_with("unknown"), "{status}");
        pass(&now, SignedDuration::from_hours(2));
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(desk.calls().await.len(), 1, "{status}: it was made, or not; a missing note is better than two");
        assert!(desk.deliveries.retry(&row.id).await.unwrap());
        assert_eq!(desk.settled().await[0].state, "replied", "{status}");
        assert_eq!(desk.calls().await.len(), 2);
    }
}

#[tokio::test]
async fn a_platform_that_asks_to_come_back_later_is_called_again_also_where_nobody_can_look() {
    let now = clock();
    let desk = desk(GENERIC, Arc::clone(&now)).await;
    let later = ResponseTemplate::new(503).insert_header("retry-after", "5");
    Mock::given(path("/notes/7")).respond_with(later).up_to_n_times(1).mount(&desk.platform).await;
    Mock::given(path("/notes/7")).respond_with(ResponseTemplate::new(200)).mount(&desk.platform).await;
    event(&desk, "7").await;
    desk.reply_in("retry_wait").await;
    pass(&now, SignedDuration::from_secs(60));
    desk.reply_in("sent").await;
    assert_eq!(desk.calls().await.len(), 2);
}
