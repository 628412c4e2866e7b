//! Opening, creating and migrating.

use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::*;

#[tokio::test]
async fn the_writer_is_durable_and_keeps_foreign_keys() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("kb.db")).await;
    let settings = store
        .writer
        .write::<_, StoreError, _>(|connection| {
            Box::pin(async move {
                let mut settings = Vec::new();
                for pragma in ["synchronous", "foreign_keys", "busy_timeout", "application_id", "user_version"] {
                    let sql = AssertSqlSafe(format!("PRAGMA {pragma}"));
                    settings.push(sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *connection).await.unwrap());
                }
                Ok(settings)
            })
        })
        .await
        .unwrap();
    // 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
    assert_eq!(settings, [2, 1, 30_000, i64::from(open::APPLICATION_ID), open::schema_number(&open::MIGRATOR)]);
    let mode: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *store.reader().await.unwrap()).await.unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn every_table_is_strict() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let tables: Vec<(String, bool)> = sqlx::query_as(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'
         AND name NOT LIKE '_sqlx_%'",
    )
    .fetch_all(&mut *store.reader().await.unwrap())
    .await
    .unwrap();
    assert!(tables.len() >= 8, "only {tables:?}");
    assert!(tables.iter().all(|(_, strict)| *strict), "{tables:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_database() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("kb.db")).await;
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    store.backup(&folder.path().join("copy.db")).await.unwrap();
    for name in ["kb.db", "kb.db-wal", "copy.db"] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let written =
        sqlx::query("UPDATE generation SET number = 9").execute(&mut *store.reader().await.unwrap()).await.unwrap_err();
    assert!(written.to_string().contains("readonly"), "{written}");
}

#[tokio::test]
async fn files_that_are_not_ours_are_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let notes = folder.path().join("notes.txt");
    std::fs::write(&notes, "dear diary").unwrap();
    let other = folder.path().join("other.db");
    run_sql(&other, "CREATE TABLE diary (entry TEXT)").await;
    let marked = folder.path().join("marked.db");
    run_sql(&marked, "PRAGMA application_id = 7; CREATE TABLE diary (entry TEXT)").await;
    for path in [notes, other, marked] {
        let before = std::fs::read(&path).unwrap();
        let error = Store::open(&Location::File(path.clone()), at(0)).await.unwrap_err();
        assert!(matches!(error, StoreError::Foreign { .. }), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_created_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Store::open(&Location::File(folder.path().join("no/such/kb.db")), at(0)).await.unwrap_err();
    assert!(missing.to_string().contains("does not exist; create it first"), "{missing}");
    let directory = Store::open(&Location::File(folder.path().to_owned()), at(0)).await.unwrap_err();
    assert!(directory.to_string().contains("it is a folder"), "{directory}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    open(&path).await.close().await;
    run_sql(&path, "PRAGMA user_version = 99").await;
    let error = Store::open(&Location::File(path), at(0)).await.unwrap_err();
    assert!(matches!(error, StoreError::NewerSchema { found: 99, .. }), "{error}");
}

fn migrator_with(sql: &'static str) -> Migrator {
    let mut migrations: Vec<_> = open::MIGRATOR.iter().cloned().collect();
    migrations.push(Migration::new(
        99_991_231_235_959,
        "later".into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    ));
    Migrator::with_migrations(migrations)
}

#[tokio::test]
async fn an_older_database_is_backed_up_and_then_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    let store = open(&path).await;
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    store.close().await;
    let later = migrator_with("CREATE TABLE later (number INTEGER NOT NULL) STRICT");
    let location = Location::File(path.clone());
    let store = Store::open_with(&location, &later, at(5)).await.unwrap();
    assert!(store.article(&slug("a")).await.unwrap().is_some());
    store.close().await;
    assert_eq!(scalar(&path, "PRAGMA user_version").await, open::schema_number(&later));

    let backups: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().contains(".before-schema-"))
        .collect();
    let [backup] = backups.as_slice() else { panic!("backups: {backups:?}") };
    let old = open(backup).await;
    assert!(old.article(&slug("a")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_old_schema() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    let store = open(&path).await;
    store.put(put("a", "one", Expected::Missing, 1), false).await.unwrap();
    store.close().await;
    let broken = migrator_with("CREATE TABLE later (number INTEGER) STRICT; INSERT INTO nowhere VALUES (1)");
    let error = Store::open_with(&Location::File(path.clone()), &broken, at(5)).await.unwrap_err();
    assert!(matches!(error, StoreError::Migrate(_)), "{error}");
    assert_eq!(scalar(&path, "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'later'").await, 0);
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let backups: Vec<_> = left.filter(|name| name.to_string_lossy().contains(".before-schema-")).collect();
    assert!(backups.is_empty(), "a backup of what did not change was kept: {backups:?}");
    let store = open(&path).await;
    assert!(store.article(&slug("a")).await.unwrap().is_some());
}

#[tokio::test]
async fn processes_that_create_the_database_at_the_same_time_do_not_collide() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kb.db");
    let opened: Vec<_> = (0..8)
        .map(|_| {
            tokio::spawn({
                let path = path.clone();
                async move { open(&path).await }
            })
        })
        .collect();
    for (number, store) in opened.into_iter().enumerate() {
        let id = format!("article-{number}");
        store.await.unwrap().put(put(&id, "text", Expected::Missing, 1), false).await.unwrap();
    }
    assert_eq!(open(&path).await.generation().await.unwrap(), 8);
}

#[tokio::test]
async fn a_temporary_database_is_gone_after_use() {
    let store = Store::open(&Location::Temporary, at(0)).await.unwrap();
    let path = store.path().to_owned();
    assert!(path.exists());
    store.close().await;
    drop(store);
    assert!(!path.parent().unwrap().exists());
}
