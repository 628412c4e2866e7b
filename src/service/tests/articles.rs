//! Articles through the API.

use super::*;
use crate::article::{Change, Status};
use crate::service::{ListQuery, ServiceError};

fn query(words: &str) -> ListQuery {
    ListQuery { words: words.to_owned(), status: None, offset: 0, limit: 10 }
}

#[tokio::test]
async fn an_article_comes_back_byte_for_byte_with_its_history() {
    let bench = Bench::new().await;
    let one = article("a", "message of a", "One.");
    let two = format!("{}\n<!-- kept -->\r\n", article("a", "message of a", "Two."));
    let created = bench.service.put(&slug("a"), one.clone(), Expected::Unsaid, "ada", false).await.unwrap();
    assert!(created.created && created.changed && created.check.is_none());
    let tags = Expected::Tags(vec![created.article.etag.clone()]);
    let edited = bench.service.put(&slug("a"), two.clone(), tags, "bob", false).await.unwrap();
    assert!(!edited.created && edited.changed);
    let stored = bench.service.get(&slug("a")).await.unwrap().unwrap();
    assert_eq!(stored, edited.article);
    assert_eq!((stored.markdown.as_str(), stored.revision, stored.updated_by.as_str()), (two.as_str(), 2, "bob"));
    let history = bench.service.revisions(&slug("a")).await.unwrap();
    let history: Vec<_> = history.iter().map(|r| (r.markdown.as_str(), r.changed_by.as_str())).collect();
    assert_eq!(history, [(one.as_str(), "ada"), (two.as_str(), "bob")]);
}

#[tokio::test]
async fn stale_and_missing_preconditions_are_told_apart() {
    let bench = Bench::new().await;
    bench.put("a", &article("a", "message of a", "One.")).await;
    let current = bench.service.get(&slug("a")).await.unwrap().unwrap().etag;
    let text = article("a", "message of a", "Two.");
    let a = slug("a");
    let put = |expected| bench.service.put(&a, text.clone(), expected, "ada", false);
    let missing = put(Expected::Unsaid).await.unwrap_err();
    assert!(matches!(&missing, ServiceError::PreconditionRequired { current: tag } if *tag == current), "{missing}");
    let stale = put(Expected::Tags(vec!["\"0-0\"".to_owned()])).await.unwrap_err();
    assert!(matches!(&stale, ServiceError::PreconditionFailed { current: Some(tag) } if *tag == current), "{stale}");
    let exists = put(Expected::Missing).await.unwrap_err();
    assert!(matches!(exists, ServiceError::PreconditionFailed { current: Some(_) }));
    let change = Change { title: Some("New".to_owned()), ..Change::default() };
    let patch = bench.service.patch(&slug("a"), change, Expected::Unsaid, "ada", false).await.unwrap_err();
    assert!(matches!(patch, ServiceError::PreconditionRequired { .. }));
    let delete = bench.service.delete(&slug("a"), Expected::Unsaid, "ada", false).await.unwrap_err();
    assert!(matches!(delete, ServiceError::PreconditionRequired { .. }));
    assert_eq!(bench.service.revisions(&slug("a")).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_text_must_be_an_article_and_name_the_one_meant() {
    let bench = Bench::new().await;
    let broken = article("a", "message", "x").replace("title:", "status: nonsense\ntitle:");
    let error = bench.service.put(&slug("a"), broken, Expected::Missing, "ada", false).await.unwrap_err();
    assert!(matches!(&error, ServiceError::Invalid { problems } if problems[0].line > 0), "{error}");
    let other = article("b", "message of b", "x");
    let error = bench.service.put(&slug("a"), other, Expected::Missing, "ada", false).await.unwrap_err();
    assert!(matches!(&error, ServiceError::OtherId { found, .. } if found.as_str() == "b"), "{error}");
    assert_eq!(bench.service.list(&query("")).total, 0);
}

#[tokio::test]
async fn a_patch_changes_only_what_it_names() {
    let bench = Bench::new().await;
    let before = article("a", "message of a", "One.");
    bench.put("a", &before).await;
    let change = Change { title: Some("Another".to_owned()), ..Change::default() };
    let outcome = bench.service.patch(&slug("a"), change, Expected::Existing, "bob", false).await.unwrap();
    assert_eq!(outcome.article.markdown, before.replace("Title of a", "Another"));
    assert_eq!(outcome.article.article.title, "Another");
    let unwritable = Change { cause: Some("# Solution\n\nNone.".to_owned()), ..Change::default() };
    let refused = bench.service.patch(&slug("a"), unwritable, Expected::Existing, "bob", false).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Invalid { .. }), "{refused}");
    let change = Change { title: Some("x".to_owned()), ..Change::default() };
    let missing = bench.service.patch(&slug("b"), change, Expected::Existing, "bob", false).await.unwrap_err();
    assert!(matches!(missing, ServiceError::NoArticle { .. }));
}

#[tokio::test]
async fn a_dry_run_says_what_check_says_and_writes_nothing() {
    let bench = Bench::new().await;
    let text = article("a", "the message of a is here", "One.");
    let outcome = bench.service.put(&slug("a"), text, Expected::Missing, "ada", true).await.unwrap();
    assert!(outcome.created);
    assert_eq!(outcome.check.unwrap().articles, 1);
    assert_eq!(bench.markdown("a").await, None);
    bench.put("a", &article("a", "the message of a is here", "One.")).await;
    bench.service.delete(&slug("a"), Expected::Existing, "ada", true).await.unwrap();
    assert!(bench.markdown("a").await.is_some());
    assert_eq!(bench.service.snapshot().article_count(), 1);
}

#[tokio::test]
async fn a_deleted_article_is_gone_but_its_revisions_stay() {
    let bench = Bench::new().await;
    bench.put("a", &article("a", "message of a", "One.")).await;
    bench.delete("a").await;
    assert_eq!(bench.markdown("a").await, None);
    assert_eq!(bench.service.list(&query("")).total, 0);
    assert_eq!(bench.service.revisions(&slug("a")).await.unwrap().len(), 2);
    let error = bench.service.delete(&slug("a"), Expected::Existing, "ada", false).await.unwrap_err();
    assert!(matches!(error, ServiceError::NoArticle { .. }));
    let error = bench.service.revisions(&slug("never")).await.unwrap_err();
    assert!(matches!(error, ServiceError::NoArticle { .. }));
}

#[tokio::test]
async fn lists_are_filtered_by_words_and_status_and_cut_into_pieces() {
    let bench = Bench::new().await;
    for id in ["kafka-timeout", "kafka-refused", "mail-bounced"] {
        bench.put(id, &article(id, &format!("message of {id}"), "x")).await;
    }
    let draft = article("mail-draft", "message of mail draft", "x").replace("title:", "status: draft\ntitle:");
    bench.put("mail-draft", &draft).await;
    let ids = |query: &ListQuery| {
        let listing = bench.service.list(query);
        (listing.total, listing.articles.iter().map(|listed| listed.article.id.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(ids(&query("KAFKA title")).1, ["kafka-refused", "kafka-timeout"]);
    assert_eq!(ids(&query("kafka mail")).0, 0);
    assert_eq!(ids(&ListQuery { status: Some(Status::Draft), ..query("") }).1, ["mail-draft"]);
    let piece = ListQuery { offset: 1, limit: 2, ..query("") };
    assert_eq!(ids(&piece), (4, vec!["kafka-timeout".to_owned(), "mail-bounced".to_owned()]));
    let listed = &bench.service.list(&query("refused")).articles[0];
    assert_eq!(listed.etag, bench.service.get(&slug("kafka-refused")).await.unwrap().unwrap().etag);
}
