//! Putting backups in the place of databases.

use super::*;

/// A folder with a database that holds article `new`, and a backup from before that holds article `old`.
async fn with_backup() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("kb.db"), folder.path().join("copy.db"));
    let store = open(&path).await;
    store.put(put("old", "one", Expected::Missing, 1), false).await.unwrap();
    store.backup(&copy).await.unwrap();
    store.put(put("new", "two", Expected::Missing, 2), false).await.unwrap();
    store.close().await;
    (folder, path, copy)
}

/// The articles of a database, by id.
async fn articles(path: &Path) -> Vec<String> {
    let store = open(path).await;
    let mut ids = Vec::new();
    for id in ["new", "old"] {
        ids.extend(store.article(&slug(id)).await.unwrap().map(|row| row.id.to_string()));
    }
    store.close().await;
    ids
}

async fn refused(copy: &Path, path: &Path, old: OldDatabase) -> String {
    let before = std::fs::read(path).ok();
    let error = Store::restore(copy, path, old).await.unwrap_err().to_string();
    assert_eq!(std::fs::read(path).ok(), before, "{error}");
    assert!(!files::beside(path, "-restoring").exists(), "{error}");
    error
}

fn kept(path: &Path) -> PathBuf {
    files::beside(path, "-before-restore")
}

/// Leaves a database as a crash does: with a log that holds what its file does not.
async fn break_off(path: &Path) {
    let store = open(path).await;
    store.put(put("later", "three", Expected::Missing, 3), false).await.unwrap();
    let saved = ["", "-wal"].map(|suffix| std::fs::read(files::beside(path, suffix)).unwrap());
    store.close().await;
    drop(store);
    for (suffix, bytes) in ["", "-wal"].into_iter().zip(saved) {
        std::fs::write(files::beside(path, suffix), bytes).unwrap();
    }
}

#[tokio::test]
async fn a_backup_takes_the_place_of_the_database_which_is_kept() {
    let (_folder, path, copy) = with_backup().await;
    std::fs::write(SnapshotFile::beside(&path).path(), "of the old one").unwrap();
    let restored = Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
    assert_eq!((restored.holds.articles, restored.holds.changed_at), (1, Some(at(1))));
    assert_eq!((restored.kept, restored.damage), (Some(kept(&path)), None));
    assert!(!SnapshotFile::beside(&path).path().exists());
    assert_eq!(
        (articles(&path).await, articles(&kept(&path)).await),
        (vec!["old".to_owned()], vec!["new".to_owned(), "old".to_owned()])
    );
    // What is kept is not written over, and undoes it.
    let error = refused(&copy, &path, OldDatabase::Keep).await;
    assert!(error.contains("--discard"), "{error}");
    Store::restore(&kept(&path), &path, OldDatabase::Discard).await.unwrap();
    assert_eq!(articles(&path).await, ["new", "old"]);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_restored_beside_what_an_older_one_left() {
    let (_folder, path, copy) = with_backup().await;
    break_off(&path).await;
    std::fs::remove_file(&path).unwrap();
    let restored = Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
    assert_eq!((restored.kept, articles(&path).await), (None, vec!["old".to_owned()]));
    assert!(!kept(&path).exists());
}

#[tokio::test]
async fn the_log_of_a_crash_goes_with_the_old_database_and_never_into_the_copy() {
    let (_folder, path, copy) = with_backup().await;
    break_off(&path).await;
    assert!(files::beside(&path, "-wal").metadata().unwrap().len() > 0);
    Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
    assert!(!files::beside(&path, "-wal").exists());
    assert_eq!(articles(&path).await, ["old"]);
    let old = open(&kept(&path)).await;
    assert!(old.article(&slug("later")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_damaged_database_is_replaced_and_kept_with_its_log() {
    let (_folder, path, copy) = with_backup().await;
    break_off(&path).await;
    std::fs::write(&path, [0; 8192]).unwrap();
    let wal = std::fs::read(files::beside(&path, "-wal")).unwrap();
    let error = refused(&copy, &path, OldDatabase::Discard).await;
    assert!(error.contains("is no kbmatch database"), "{error}");
    let restored = Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
    assert!(restored.damage.is_some());
    assert_eq!(articles(&path).await, ["old"]);
    assert_eq!(std::fs::read(files::beside(&kept(&path), "-wal")).unwrap(), wal);
}

#[tokio::test]
async fn nothing_is_restored_while_any_process_has_the_database_open() {
    let (_folder, path, copy) = with_backup().await;
    let store = open(&path).await;
    let error = refused(&copy, &path, OldDatabase::Keep).await;
    assert!(error.contains("stop the server"), "{error}");
    store.close().await;
    drop(store);
    // A program that knows nothing of the lock.
    let mut other = outsider(&path).await;
    let _: i64 = sqlx::query_scalar("SELECT number FROM generation").fetch_one(&mut other).await.unwrap();
    sqlx::raw_sql("PRAGMA journal_mode = WAL; UPDATE generation SET number = number")
        .execute(&mut other)
        .await
        .unwrap();
    let error = refused(&copy, &path, OldDatabase::Keep).await;
    assert!(error.contains("stop the server"), "{error}");
    other.close().await.unwrap();
    Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
}

#[tokio::test]
async fn a_database_cannot_be_opened_while_it_is_restored() {
    let (_folder, path, _) = with_backup().await;
    let lock = DatabaseLock::alone(&path).unwrap().unwrap();
    let error = Store::open(&Location::File(path.clone()), at(5)).await.unwrap_err();
    assert!(error.to_string().contains("restoring it just now"), "{error}");
    drop(lock);
    open(&path).await;
}

#[tokio::test]
async fn a_copy_that_is_no_whole_backup_of_a_known_schema_is_refused() {
    let (folder, path, copy) = with_backup().await;
    let whole = std::fs::read(&copy).unwrap();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        ("empty.db", Vec::new(), "the file is empty"),
        ("notes.txt", b"dear diary".to_vec(), "is not a kbmatch database"),
        ("cut.db", whole[..whole.len() / 2].to_vec(), "cannot restore"),
        ("damaged.db", [&whole[..4096], &vec![7; whole.len() - 4096]].concat(), "cannot restore"),
    ];
    for (name, bytes, reason) in cases {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let error = refused(&file, &path, OldDatabase::Keep).await;
        assert!(error.contains(reason) && error.contains(name), "{name}: {error}");
    }
    for (file, reason) in [(&path, "the database itself"), (&folder.path().join("none.db"), "No such file")] {
        let error = refused(file, &path, OldDatabase::Keep).await;
        assert!(error.contains(reason), "{error}");
    }
    let nowhere = refused(&copy, &folder.path().join("no/kb.db"), OldDatabase::Keep).await;
    assert!(nowhere.contains("does not exist"), "{nowhere}");
    run_sql(&copy, "PRAGMA user_version = 99").await;
    let newer = refused(&copy, &path, OldDatabase::Keep).await;
    assert!(newer.contains("newer kbmatch (schema 99"), "{newer}");
    assert!(!kept(&path).exists());
}

#[tokio::test]
async fn a_copy_with_a_log_of_its_own_is_refused() {
    let (_folder, path, copy) = with_backup().await;
    break_off(&copy).await;
    let error = refused(&copy, &path, OldDatabase::Keep).await;
    assert!(error.contains("copy.db-wal") && error.contains("kbmatch backup"), "{error}");
}

#[tokio::test]
async fn another_applications_database_is_left_alone() {
    let (folder, _, copy) = with_backup().await;
    let other = folder.path().join("other.db");
    run_sql(&other, "PRAGMA application_id = 7; CREATE TABLE diary (entry TEXT)").await;
    let error = refused(&copy, &other, OldDatabase::Keep).await;
    assert!(error.contains("another application"), "{error}");
    assert!(!kept(&other).exists());
}

#[tokio::test]
async fn what_a_restore_that_was_cut_short_left_is_no_obstacle() {
    let (_folder, path, copy) = with_backup().await;
    std::fs::write(files::beside(&path, "-restoring"), "half of it").unwrap();
    std::fs::hard_link(&path, kept(&path)).unwrap();
    assert_eq!(articles(&path).await, ["new", "old"], "the old database is whole until the last step");
    Store::restore(&copy, &path, OldDatabase::Keep).await.unwrap();
    assert_eq!((articles(&path).await.len(), articles(&kept(&path)).await.len()), (1, 2));
    assert!(!files::beside(&path, "-restoring").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn a_restored_database_has_the_rights_of_the_one_in_place() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, path, copy) = with_backup().await;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o444)).unwrap();
    Store::restore(&copy, &path, OldDatabase::Discard).await.unwrap();
    Store::restore(&copy, &folder.path().join("first.db"), OldDatabase::Keep).await.unwrap();
    for (name, expected) in [("kb.db", 0o640), ("first.db", 0o600)] {
        let mode = std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, expected, "{name}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_database_stays_one() {
    let (folder, path, copy) = with_backup().await;
    let link = folder.path().join("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let store = open(&path).await;
    let error = refused(&copy, &link, OldDatabase::Keep).await;
    assert!(error.contains("stop the server"), "{error}");
    store.close().await;
    drop(store);
    Store::restore(&copy, &link, OldDatabase::Keep).await.unwrap();
    assert!(link.is_symlink());
    assert_eq!((articles(&path).await.len(), articles(&kept(&path)).await.len()), (1, 2));
}
