//! Kept reports and feedback.

use super::*;

#[tokio::test]
async fn a_report_is_kept_as_it_was_given() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let too_large = KeptReport { parts: None, matches: Vec::new(), outcome: Outcome::NoMatch, ..report("r2", 2) };
    store.add_reports(vec![report("r1", 1), too_large.clone()]).await.unwrap();
    assert_eq!(store.report("r1").await.unwrap(), Some(report("r1", 1)));
    assert_eq!(store.newest_reports(10).await.unwrap(), [too_large, report("r1", 1)]);
    assert_eq!(store.report("r3").await.unwrap(), None);
}

#[tokio::test]
async fn old_and_excess_reports_go_and_the_newest_stay() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let reports: Vec<_> = (0..1_300).map(|number| report(&format!("r{number:04}"), number)).collect();
    store.add_reports(reports).await.unwrap();
    let aged = store.delete_old_reports(Retention { before: at(40), most: 5_000 }).await.unwrap();
    assert_eq!(aged, 40);
    let excess = store.delete_old_reports(Retention { before: at(40), most: 10 }).await.unwrap();
    assert_eq!(excess, 1_250);
    let left: Vec<_> = store.newest_reports(100).await.unwrap().into_iter().map(|r| r.id).collect();
    assert_eq!(left, (1_290..1_300).rev().map(|number| format!("r{number}")).collect::<Vec<_>>());
    assert_eq!(scalar(store.path(), "SELECT COUNT(*) FROM report_matches").await, 20);
}

#[tokio::test]
async fn feedback_is_listed_and_once_withdrawn_stays_so() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    let first = Feedback {
        id: "f1".to_owned(),
        report_id: "r1".to_owned(),
        article: slug("a"),
        revision: 1,
        helpful: true,
        comment: Some("thanks".to_owned()),
        given_by: "ada".to_owned(),
        given_at: at(1),
        withdrawn_at: None,
    };
    let second = Feedback { id: "f2".to_owned(), helpful: false, comment: None, given_at: at(2), ..first.clone() };
    store.add_feedback(first.clone()).await.unwrap();
    store.add_feedback(second.clone()).await.unwrap();
    let all = FeedbackFilter::default();
    assert_eq!(store.feedback(&all, 10).await.unwrap(), [second.clone(), first.clone()]);
    let withdrawn = Feedback { withdrawn_at: Some(at(3)), ..second };
    assert_eq!(store.withdraw_feedback("f2".to_owned(), at(3)).await.unwrap(), Some(withdrawn.clone()));
    assert_eq!(store.withdraw_feedback("f2".to_owned(), at(4)).await.unwrap(), Some(withdrawn.clone()));
    assert_eq!(store.withdraw_feedback("f3".to_owned(), at(4)).await.unwrap(), None);
    assert_eq!(store.feedback(&all, 10).await.unwrap(), std::slice::from_ref(&first));
    let of_report = FeedbackFilter { report_id: Some("r1".to_owned()), withdrawn: true, ..FeedbackFilter::default() };
    assert_eq!(store.feedback(&of_report, 10).await.unwrap(), [withdrawn, first]);
    let of_article = FeedbackFilter { article: Some(slug("b")), ..FeedbackFilter::default() };
    assert!(store.feedback(&of_article, 10).await.unwrap().is_empty());
}
