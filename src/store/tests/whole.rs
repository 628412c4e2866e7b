//! Damage, backups, and what others see.

use super::*;

#[tokio::test]
async fn a_damaged_text_is_noticed_and_does_not_hide_the_others() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap();
    store.put(put("b", "one", Expected::Unsaid, 2), false).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    run_sql(store.path(), "UPDATE article_revisions SET markdown = 'onf' WHERE article = 'a'").await;
    let changes = store.changed_since(0).await.unwrap();
    assert!(matches!(&changes.revisions[0], Err(StoreError::Damaged { revision: 1, .. })));
    assert!(changes.revisions[1].is_ok());
    assert_eq!(store.check().await.unwrap(), ["revision 1 of article a is not what was written"]);
}

#[tokio::test]
async fn rows_that_point_nowhere_are_found() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.put(put("a", "one", Expected::Unsaid, 1), false).await.unwrap();
    run_sql(
        store.path(),
        "PRAGMA foreign_keys = OFF;
         INSERT INTO report_matches VALUES ('nowhere', 1, 'a', 1, 0.5);
         UPDATE articles SET revision = 7",
    )
    .await;
    let findings = store.check().await.unwrap();
    assert!(findings.iter().any(|f| f.contains("1 rows of report_matches")), "{findings:?}");
    assert!(findings.iter().any(|f| f.contains("article a does not stand")), "{findings:?}");
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_a_whole_write() {
    let store = std::sync::Arc::new(Store::open(&Location::Temporary, at(0)).await.unwrap());
    for number in 0..50 {
        let task = tokio::spawn({
            let store = store.clone();
            async move { store.put(put(&format!("a-{number}"), "text", Expected::Missing, 1), false).await }
        });
        tokio::task::yield_now().await;
        task.abort();
    }
    // One more write ends after all that were queued before it.
    store.put(put("last", "text", Expected::Missing, 2), false).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
    let changes = store.changed_since(0).await.unwrap();
    assert_eq!(changes.revisions.len() as u64, changes.generation);
}

#[tokio::test]
async fn closing_finishes_what_was_queued_and_folds_the_log_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    let store = std::sync::Arc::new(open(&path).await);
    let writes: Vec<_> = (0..20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { store.put(put(&format!("a-{number}"), "x", Expected::Missing, 1), false).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.close().await;
    let mut written = 0;
    for write in writes {
        match write.await.unwrap() {
            Ok(_) => written += 1,
            Err(EditError::Store(StoreError::Closed)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    assert!(written > 0);
    assert!(!folder.path().join("kb.db-wal").exists());
    assert_eq!(scalar(&path, "SELECT COUNT(*) FROM articles").await, written);
}

#[tokio::test]
async fn a_watch_sees_commits_of_others_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    let store = open(&path).await;
    let mut watch = store.watch().await.unwrap();
    assert_eq!(watch.poll().await.unwrap(), Some(0));
    assert_eq!(watch.poll().await.unwrap(), None);
    let other = open(&path).await;
    other.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    assert_eq!(watch.poll().await.unwrap(), Some(1));
    assert_eq!(watch.poll().await.unwrap(), None);
    store.add_reports(vec![report("r1", 1)]).await.unwrap();
    assert_eq!(watch.poll().await.unwrap(), Some(1));
}

#[tokio::test]
async fn a_backup_can_be_opened_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("kb.db")).await;
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    store.add_reports(vec![report("r1", 1)]).await.unwrap();
    let target = folder.path().join("copy.db");
    store.backup(&target).await.unwrap();
    let copy = open(&target).await;
    assert_eq!(copy.changed_since(0).await.unwrap().generation, 1);
    assert_eq!(copy.report("r1").await.unwrap(), store.report("r1").await.unwrap());
    copy.close().await;
    let bytes = std::fs::read(&target).unwrap();
    let error = store.backup(&target).await.unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    assert_eq!(std::fs::read(&target).unwrap(), bytes);
    let nowhere = store.backup(&folder.path().join("no/copy.db")).await.unwrap_err();
    assert!(nowhere.to_string().contains("does not exist"), "{nowhere}");
    let left: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .filter(|e| e.as_ref().unwrap().file_name().to_string_lossy().contains("partial"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// Lets the database grow by so many pages and no further, as a full disk would.
async fn leave_pages(store: &Store, pages: i64) {
    store
        .writer
        .write_ending::<_, StoreError, _>(Ending::RollBack, move |connection| {
            Box::pin(async move {
                let used: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&mut *connection).await.unwrap();
                let most = AssertSqlSafe(format!("PRAGMA max_page_count = {}", used + pages));
                sqlx::query(most).execute(connection).await.unwrap();
                Ok(())
            })
        })
        .await
        .unwrap();
}

#[tokio::test]
async fn a_full_disk_stops_writes_whole_and_lets_reports_be_deleted() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.add_reports((0..600).map(|number| report(&format!("r{number}"), number)).collect()).await.unwrap();
    leave_pages(&store, 2).await;
    let large = "x".repeat(64 << 10);
    let batch = folder(vec![file("/kb/a.md", "a", "small"), file("/kb/b.md", "b", &large)], 1);
    let error = store.import(batch.clone(), false).await.unwrap_err();
    assert!(matches!(error, StoreError::Full { .. }), "{error}");
    assert_eq!((store.generation().await.unwrap(), store.article(&slug("a")).await.unwrap()), (0, None));
    assert_eq!(store.delete_old_reports(Retention { before: at(0), most: 0 }).await.unwrap(), 600);
    store.import(batch, false).await.unwrap();
    assert_eq!(store.check().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_store_says_that_its_disk_is_full_until_a_write_succeeds() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    assert_eq!(store.write_failure(), None);
    leave_pages(&store, 2).await;
    let large = "x".repeat(64 << 10);
    store.import(folder(vec![file("/kb/b.md", "b", &large)], 1), false).await.unwrap_err();
    let reason = store.write_failure().expect("a write failed");
    assert!(reason.contains("no space is left"), "{reason}");
    // A write that is refused for what it asks, and one that changes nothing, say nothing of the disk.
    store.delete(slug("none"), Expected::Unsaid, author(1), false).await.unwrap_err();
    assert_eq!(store.delete_old_reports(Retention { before: at(0), most: 9 }).await.unwrap(), 0);
    assert_eq!(store.write_failure(), Some(reason));
    leave_pages(&store, 1_000).await;
    let started = std::time::Instant::now();
    while store.write_failure().is_some() {
        assert!(started.elapsed() < std::time::Duration::from_secs(20), "nobody tries to write");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    store.close().await;
    assert!(matches!(store.generation().await.unwrap_err(), StoreError::Closed));
    assert!(matches!(store.add_reports(Vec::new()).await.unwrap_err(), StoreError::Closed));
}
