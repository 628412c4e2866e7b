//! What is kept once a report is deleted.

use super::*;

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
