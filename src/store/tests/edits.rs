//! Articles, their revisions and who may write them.

use super::*;

#[tokio::test]
async fn an_article_is_written_read_and_kept_in_every_revision() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let first = store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    assert!(first.created);
    let second = store.put(put("a", "two", Expected::Tags(vec![first.row.etag()]), 2), false).await.unwrap();
    assert!(!second.created);
    assert_ne!(first.row.etag(), second.row.etag());
    let (row, current) = store.article_with_text(&slug("a")).await.unwrap().unwrap();
    assert_eq!(row, second.row);
    assert_eq!((current.markdown.as_str(), row.created_at, row.updated_at), ("two", at(1), at(2)));
    let history = store.revisions(&slug("a")).await.unwrap();
    let texts: Vec<_> = history.iter().map(|r| (r.revision, r.markdown.as_str(), r.reason.as_str())).collect();
    assert_eq!(texts, [(1, "one", "created"), (2, "two", "edited")]);
    assert_eq!(store.revision(&slug("a"), 1).await.unwrap().as_ref(), history.first());
    assert_eq!(store.article(&slug("b")).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_text_again_changes_nothing() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let first = store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap();
    let again = store.put(put("a", "one", Expected::Existing, 2), false).await.unwrap();
    assert_eq!((again.generation, &again.row), (None, &first.row));
    assert_eq!(store.generation().await.unwrap(), 1);
}

#[tokio::test]
async fn an_article_is_only_written_as_its_author_expects_it() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let missing = store.put(put("a", "one", Expected::Existing, 1), false).await.unwrap_err();
    assert!(matches!(missing, EditError::PreconditionFailed { current: None }));
    let first = store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap().row.etag();
    let unsaid = store.put(put("a", "two", Expected::Unsaid, 2), false).await.unwrap_err();
    assert!(matches!(unsaid, EditError::PreconditionRequired { current } if current == first));
    let exists = store.put(put("a", "two", Expected::Missing, 2), false).await.unwrap_err();
    assert!(matches!(exists, EditError::PreconditionFailed { current: Some(tag) } if tag == first));
    let second =
        store.put(put("a", "two", Expected::Tags(vec!["\"9-9\"".to_owned(), first.clone()]), 2), false).await.unwrap();
    let stale = store.delete(slug("a"), Expected::Tags(vec![first]), author(3), false).await.unwrap_err();
    assert!(matches!(stale, EditError::PreconditionFailed { current: Some(tag) } if tag == second.row.etag()));
    let patch = Put { creates: false, ..put("b", "one", Expected::Existing, 4) };
    assert!(matches!(store.put(patch, false).await.unwrap_err(), EditError::NotFound { .. }));
    assert_eq!(store.generation().await.unwrap(), 2);
}

#[tokio::test]
async fn a_dry_run_writes_nothing() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    assert!(store.put(put("a", "one", Expected::Missing, 1), true).await.unwrap().created);
    let outcome = store.import(folder(vec![file("/kb/b.md", "b", "b")], 2), true).await.unwrap();
    assert_eq!(outcome.items[0].action, Action::Created);
    assert_eq!(store.generation().await.unwrap(), 0);
    assert!(store.changed_since(0).await.unwrap().revisions.is_empty());
}

#[tokio::test]
async fn a_deleted_article_keeps_its_history_and_can_be_put_again() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap();
    let deleted = store.delete(slug("a"), Expected::Existing, author(2), false).await.unwrap();
    assert_eq!((deleted.row.state, deleted.row.revision), (ArticleState::Deleted, 2));
    let gone = store.delete(slug("a"), Expected::Existing, author(3), false).await.unwrap_err();
    assert!(matches!(gone, EditError::NotFound { .. }));
    let back = store.put(put("a", "one", Expected::Missing, 4), false).await.unwrap();
    assert_eq!((back.created, back.row.revision, back.row.state), (true, 3, ArticleState::Live));
    assert_eq!(store.revisions(&slug("a")).await.unwrap().len(), 3);
}

#[tokio::test]
async fn changes_since_a_generation_are_exactly_those() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "1", Expected::Missing, 1), false).await.unwrap();
    store.put(put("b", "1", Expected::Missing, 1), false).await.unwrap();
    store.put(put("a", "2", Expected::Existing, 2), false).await.unwrap();
    let ids =
        |changes: Changes| changes.revisions.into_iter().map(|r| r.unwrap().article.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(store.changed_since(0).await.unwrap()), ["a", "b"]);
    assert_eq!(ids(store.changed_since(2).await.unwrap()), ["a"]);
    assert_eq!(store.changed_since(3).await.unwrap().generation, 3);
    let old = store.current_at(2).await.unwrap();
    assert_eq!(old.iter().map(|r| r.markdown.as_str()).collect::<Vec<_>>(), ["1", "1"]);
}

#[tokio::test]
async fn signatures_can_be_queried_and_follow_the_current_revision() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap();
    store.put(put("a", "two", Expected::Existing, 2), false).await.unwrap();
    let found: Vec<(String, i64)> = sqlx::query_as("SELECT text ->> 'template', revision FROM signatures")
        .fetch_all(&mut *store.reader().await.unwrap())
        .await
        .unwrap();
    assert_eq!(found, [("two".to_owned(), 2)]);
    store.delete(slug("a"), Expected::Existing, author(3), false).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}
