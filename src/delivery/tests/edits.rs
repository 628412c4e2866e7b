//! Notes whose text changes, and what happens when that fails: a note that is on a ticket is never posted again.

use super::*;
use crate::service::{ImportOptions, no_progress};

const PUT: &str = "PUT /api/v1/ticket_articles/77";
const POST: &str = "POST /api/v1/ticket_articles";

/// Gives the article another cause: its next revision.
async fn revise(desk: &Desk) {
    let folder = desk.folder.path().to_owned();
    std::fs::write(folder.join("lost.md"), ARTICLE.replace("Wear.", "Wear and tear.")).unwrap();
    let service = desk.deliveries.service();
    service.import_folders(&[folder], &ImportOptions::new("folder"), no_progress()).await.unwrap();
}

async fn answers(desk: &Desk, way: &str, status: u16) {
    Mock::given(method(way)).respond_with(ResponseTemplate::new(status)).mount(&desk.platform).await;
}

/// A desk with one note on ticket 7, and the article's second revision.
async fn noted(now: &Arc<Mutex<Timestamp>>) -> Desk {
    let desk = desk(ZAMMAD, Arc::clone(now)).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[0].state, "replied");
    assert_eq!(desk.replies().await[0].posted_revision, Some(1));
    revise(&desk).await;
    desk
}

async fn count(desk: &Desk, call: &str) -> usize {
    desk.calls().await.iter().filter(|(made, _)| made == call).count()
}

/// Another delivery of the ticket in other words, a minute later.
async fn again(desk: &Desk, now: &Arc<Mutex<Timestamp>>, id: &str) -> DeliveryRow {
    let later = now.lock().unwrap().checked_add(SignedDuration::from_secs(61)).unwrap();
    *now.lock().unwrap() = later;
    desk.send(id, 7, &format!("{REPORT}, {id}")).await.unwrap();
    desk.settled().await.pop().unwrap()
}

#[tokio::test]
async fn a_newer_revision_is_put_in_the_place_of_the_note() {
    let now = clock();
    let desk = noted(&now).await;
    answers(&desk, "PUT", 200).await;
    assert_eq!(again(&desk, &now, "b").await.state, "replied");
    assert_eq!((count(&desk, POST).await, count(&desk, PUT).await), (1, 1));
    let reply = desk.replies().await.remove(0);
    assert_eq!((reply.state.as_str(), reply.posted_revision), ("sent", Some(2)));
}

#[tokio::test]
async fn a_note_whose_edit_is_given_up_stays_and_is_not_posted_again() {
    for status in [401, 403, 404, 422] {
        let now = clock();
        let desk = noted(&now).await;
        answers(&desk, "PUT", status).await;
        assert_eq!(again(&desk, &now, "b").await.state, "replied", "{status}");
        let reply = desk.replies().await.remove(0);
        assert_eq!((reply.state.as_str(), reply.posted_revision), ("sent", Some(1)), "{status}");
        desk.deliveries.service().store().resume(None).await.unwrap();
        assert_eq!(again(&desk, &now, "c").await.state, "replied", "{status}");
        assert_eq!(count(&desk, POST).await, 1, "{status}");
        assert_eq!(count(&desk, PUT).await, 2, "{status}: the newer text is still wanted");
    }
}

#[tokio::test]
async fn an_edit_that_comes_too_late_leaves_the_note() {
    let now = clock();
    let desk = noted(&now).await;
    answers(&desk, "PUT", 503).await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_secs(61)).unwrap();
    *now.lock().unwrap() = later;
    desk.send("b", 7, &format!("{REPORT}, b")).await.unwrap();
    desk.reply_in("retry_wait").await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_hours(25)).unwrap();
    *now.lock().unwrap() = later;
    assert_eq!(desk.settled().await.pop().unwrap().state, "replied");
    assert_eq!(desk.replies().await[0].state, "sent");
    desk.send("c", 7, &format!("{REPORT}, c")).await.unwrap();
    desk.reply_in("retry_wait").await;
    assert_eq!(count(&desk, POST).await, 1);
}

#[tokio::test]
async fn a_mute_keeps_an_edit_back_and_the_note_where_it_is() {
    let now = clock();
    let desk = noted(&now).await;
    answers(&desk, "PUT", 200).await;
    let store = desk.deliveries.service().store();
    let wanted = ReplyRow { revision: 2, action: "edit".to_owned(), ..desk.replies().await.remove(0) };
    let muted = desk.deliveries.send(&wanted, true).await.keeping_what_is_posted();
    assert_eq!((muted.result.state, muted.result.error.as_deref()), ("kept", Some("muted")));
    let at = *now.lock().unwrap();
    store.finish_replies(vec![muted.result], at).await.unwrap();
    assert_eq!(desk.replies().await[0].state, "sent");
    again(&desk, &now, "b").await;
    assert_eq!((count(&desk, POST).await, count(&desk, PUT).await), (1, 1));
}

#[tokio::test]
async fn what_was_queued_is_not_posted_once_the_endpoint_only_observes() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    desk.takes_notes().await;
    let busy = ResponseTemplate::new(429).insert_header("retry-after", "30");
    Mock::given(method("POST")).respond_with(busy).up_to_n_times(1).with_priority(1).mount(&desk.platform).await;
    desk.send("a", 7, REPORT).await.unwrap();
    desk.reply_in("retry_wait").await;
    let desk = desk.restarted_as(Mode::Observe).await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_secs(60)).unwrap();
    *now.lock().unwrap() = later;
    assert_eq!(desk.settled().await[0].reason.as_deref(), Some("observed"));
    assert_eq!(desk.replies().await[0].state, "observed");
    assert_eq!(count(&desk, POST).await, 1, "the one that was answered 429");
    let desk = desk.restarted_as(Mode::Suggest).await;
    assert_eq!(again(&desk, &now, "b").await.state, "replied");
}

#[tokio::test]
async fn what_may_have_been_posted_is_looked_for_also_after_it_came_too_late() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    Mock::given(method("POST")).respond_with(slow).mount(&desk.platform).await;
    desk.send("a", 7, REPORT).await.unwrap();
    let reply = desk.reply_in("unknown").await;
    let later = now.lock().unwrap().checked_add(SignedDuration::from_hours(25)).unwrap();
    *now.lock().unwrap() = later;
    let dead = desk.reply_in("dead").await;
    assert!(dead.check_first && dead.last_error.unwrap().starts_with("stale"));
    let list = ResponseTemplate::new(200).set_body_json(json!([{ "id": 90, "body": reply.marker }]));
    Mock::given(method("GET")).respond_with(list).mount(&desk.platform).await;
    assert_eq!(again(&desk, &now, "b").await.state, "replied");
    assert_eq!(count(&desk, POST).await, 1);
    assert_eq!(desk.replies().await[0].external_reply_id.as_deref(), Some("90"));
}

#[tokio::test]
async fn a_newer_text_that_came_while_a_call_broke_off_is_put_in_the_place_of_the_older() {
    let now = clock();
    let desk = desk(ZAMMAD, Arc::clone(&now)).await;
    let slow = ResponseTemplate::new(201).set_delay(Duration::from_secs(5));
    Mock::given(method("POST")).respond_with(slow).mount(&desk.platform).await;
    answers(&desk, "PUT", 200).await;
    desk.send("a", 7, REPORT).await.unwrap();
    let reply = desk.reply_in("unknown").await;
    revise(&desk).await;
    desk.send("b", 7, &format!("{REPORT}, b")).await.unwrap();
    let list = ResponseTemplate::new(200).set_body_json(json!([{ "id": 77, "body": reply.marker }]));
    Mock::given(method("GET")).respond_with(list).mount(&desk.platform).await;
    for _ in 0..500 {
        if desk.replies().await[0].revision == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let later = now.lock().unwrap().checked_add(SignedDuration::from_secs(30)).unwrap();
    *now.lock().unwrap() = later;
    desk.settled().await;
    desk.reply_in("sent").await;
    assert_eq!((count(&desk, POST).await, count(&desk, PUT).await), (1, 1));
    assert_eq!(desk.replies().await[0].posted_revision, Some(2));
}
