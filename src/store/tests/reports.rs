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
    let (gone, generation) = store.withdraw_feedback("f2".to_owned(), at(3)).await.unwrap().unwrap();
    assert_eq!((&gone, generation), (&withdrawn, 4));
    assert_eq!(store.withdraw_feedback("f2".to_owned(), at(4)).await.unwrap(), Some((gone, generation)));
    assert_eq!(store.withdraw_feedback("f3".to_owned(), at(4)).await.unwrap(), None);
    assert_eq!(store.feedback(&all, 10).await.unwrap(), std::slice::from_ref(&first));
    let of_report = FeedbackFilter { report_id: Some("r1".to_owned()), withdrawn: true, ..FeedbackFilter::default() };
    assert_eq!(store.feedback(&of_report, 10).await.unwrap(), [withdrawn, first]);
    let of_article = FeedbackFilter { article: Some(slug("b")), ..FeedbackFilter::default() };
    assert!(store.feedback(&of_article, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn votes_hold_from_the_generation_they_came_with_until_they_are_taken_back() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    let vote = |id: &str, report: &str, by: &str, helpful: bool| Feedback {
        id: id.to_owned(),
        report_id: report.to_owned(),
        article: slug("a"),
        revision: 1,
        helpful,
        comment: None,
        given_by: by.to_owned(),
        given_at: at(2),
        withdrawn_at: None,
    };
    let mut generations = Vec::new();
    for given in [
        vote("f1", "r1", "ada", true),
        // The same person on the same answer: only the last counts.
        vote("f2", "r1", "ada", false),
        vote("f3", "r2", "ada", true),
        vote("f4", "r1", "bob", true),
    ] {
        generations.push(store.add_feedback(given).await.unwrap());
    }
    let (_, withdrawn) = store.withdraw_feedback("f4".to_owned(), at(3)).await.unwrap().unwrap();
    generations.push(withdrawn);
    let mut votes = Vec::new();
    for generation in generations {
        let at = store.votes_at(generation).await.unwrap();
        votes.push((at[0].votes.helpful, at[0].votes.unhelpful));
    }
    assert_eq!(votes, [(1, 0), (0, 1), (1, 1), (2, 1), (1, 1)]);
    assert_eq!(store.votes_at(1).await.unwrap(), []);
    assert_eq!(store.changed_since(withdrawn).await.unwrap().votes, store.votes_at(withdrawn).await.unwrap());
}
