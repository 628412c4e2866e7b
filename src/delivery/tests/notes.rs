//! Deliveries that become notes, and what keeps them from it.

use super::*;

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
    desk.deliveries.room.set(u64::MAX);
    assert!(matches!(desk.send("a", 7, REPORT).await, Err(IntakeError::Unavailable(_))));
}

#[tokio::test]
async fn the_id_of_the_request_goes_with_the_delivery_and_its_reply() {
    let desk = desk(ZAMMAD, clock()).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    assert_eq!(desk.settled().await[0].request_id.as_deref(), Some("request-a"));
    assert_eq!(desk.replies().await[0].request_id.as_deref(), Some("request-a"));
}

#[tokio::test]
async fn candidates_of_which_all_but_one_are_muted_read_as_one_answer() {
    let (platform, now) = (MockServer::start().await, clock());
    let twin = ARTICLE.replace("id: lost", "id: lost-too").replace("Lost sprocket", "Sprocket gone");
    let address = platform.uri();
    let desk = desk_at(platform, &address, &[ARTICLE, &twin], ZAMMAD, now).await;
    desk.takes_notes().await;
    desk.send("a", 7, REPORT).await.unwrap();
    desk.settled().await;
    let several = desk.replies().await.remove(0);
    let text = desk.calls().await[0].1["body"].as_str().unwrap().to_owned();
    assert!(text.contains("Lost sprocket") && text.contains("Sprocket gone"), "{text}");
    let other = if several.article_id == "lost" { "lost-too" } else { "lost" };
    let mute = Mute {
        connector: "zammad".to_owned(),
        endpoint: "desk".to_owned(),
        article: other.to_owned(),
        until: Timestamp::MAX.as_microsecond(),
        reason: "outage".to_owned(),
        muted_by: "ada".to_owned(),
        muted_at: 0,
    };
    desk.deliveries.service().store().mute(mute).await.unwrap();
    desk.send("b", 8, REPORT).await.unwrap();
    desk.settled().await;
    let note = desk.calls().await[1].1["body"].as_str().unwrap().to_owned();
    assert!(note.contains("Wear.") && note.contains("Replace it."), "{note}");
    assert!(text.contains("Several known problems") && !note.contains("Several known problems"), "{text}\n{note}");
}

#[tokio::test]
async fn a_repeat_is_a_duplicate_whatever_became_of_the_first() {
    let desk = desk(ZAMMAD, clock()).await;
    let own = format!("{REPORT} kbmatch:01JGFJJZ00000000000000000A");
    assert_eq!(desk.send("a", 7, &own).await, Ok(Receipt::Ignored("own_note".to_owned())));
    assert_eq!(desk.send("a", 7, &own).await, Ok(Receipt::Duplicate));
    desk.send("b", 8, "the lamp is green").await.unwrap();
    assert_eq!(desk.settled().await[1].state, "no_match");
    assert_eq!(desk.send("b", 8, "the lamp is green").await, Ok(Receipt::Duplicate));
}
