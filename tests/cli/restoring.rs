use std::path::Path;

use crate::command::{DISK, TAPE, run, with_kb};
use crate::serving::{request, serve};

/// A folder whose database holds both articles, and `copy.db`, which holds only the one on tapes.
fn with_backup() -> tempfile::TempDir {
    let folder = with_kb();
    for arguments in [&["import", "kb/tape.md"][..], &["backup", "copy.db"], &["import", "kb/disk.md"]] {
        let ran = run(folder.path(), arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.err);
    }
    folder
}

/// Names of the articles that a database holds.
fn exported(folder: &Path, database: &str) -> Vec<String> {
    let out = folder.join("exported");
    let _ = std::fs::remove_dir_all(&out);
    let ran = run(folder, &["export", "exported", "--database", &format!("sqlite://{database}")]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let mut names: Vec<String> =
        std::fs::read_dir(out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_restore_brings_the_copy_back_and_says_how_to_undo_it() {
    let folder = with_backup();
    let ran = run(folder.path(), &["restore", "copy.db"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    let lines: Vec<&str> = ran.err.lines().collect();
    let [said, undo] = lines.as_slice() else { panic!("{}", ran.err) };
    assert!(said.starts_with("restored kbmatch.db from copy.db: 1 article, last changed 20"), "{said}");
    let expected = "what was in place is kept as kbmatch.db-before-restore; to undo: kbmatch restore kbmatch.db-before-restore --discard";
    assert_eq!(*undo, expected);
    assert_eq!(exported(folder.path(), "kbmatch.db"), ["tape.md"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("exported/tape.md")).unwrap(), TAPE);
    let again = run(folder.path(), &["restore", "copy.db"]);
    assert!(again.code == Some(2) && again.err.contains("kbmatch.db-before-restore, which exists"), "{}", again.err);
    assert_eq!(run(folder.path(), &["restore", "kbmatch.db-before-restore", "--discard"]).code, Some(0));
    assert_eq!(exported(folder.path(), "kbmatch.db"), ["disk.md", "tape.md"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("exported/disk.md")).unwrap(), DISK);
}

#[test]
fn a_discarded_database_is_gone_and_one_that_was_not_there_is_made() {
    let folder = with_backup();
    let ran = run(folder.path(), &["restore", "copy.db", "--discard"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(0), 1), "{}", ran.err);
    assert!(!folder.path().join("kbmatch.db-before-restore").exists());
    assert_eq!(exported(folder.path(), "kbmatch.db"), ["tape.md"]);
    let ran = run(folder.path(), &["restore", "copy.db", "--database", "sqlite://first.db"]);
    assert_eq!((ran.code, ran.err.lines().count()), (Some(0), 1), "{}", ran.err);
    assert_eq!(exported(folder.path(), "first.db"), ["tape.md"]);
}

#[test]
fn a_restore_beside_a_running_server_is_refused_and_works_when_it_was_killed() {
    let folder = with_backup();
    let server = serve(folder.path(), &[], &[]);
    let ran = run(folder.path(), &["restore", "copy.db"]);
    assert!(ran.code == Some(2) && ran.err.contains("another process has kbmatch.db open"), "{}", ran.err);
    assert!(request(&server, "/health/ready", "").contains("\"articles\":2"));
    let edited = TAPE.replace("Rewind.", "Rewind twice.");
    std::fs::write(folder.path().join("tape.md"), &edited).unwrap();
    assert_eq!(run(folder.path(), &["import", "tape.md"]).code, Some(0));
    drop(server);
    assert!(folder.path().join("kbmatch.db-wal").exists(), "a killed server leaves its log");
    let ran = run(folder.path(), &["restore", "copy.db"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert_eq!(exported(folder.path(), "kbmatch.db"), ["tape.md"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("exported/tape.md")).unwrap(), TAPE);
    assert_eq!(exported(folder.path(), "kbmatch.db-before-restore"), ["disk.md", "tape.md"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("exported/tape.md")).unwrap(), edited);
}

#[test]
fn a_damaged_copy_changes_nothing() {
    let folder = with_backup();
    let mut bytes = std::fs::read(folder.path().join("copy.db")).unwrap();
    bytes[4096..].fill(7);
    std::fs::write(folder.path().join("copy.db"), bytes).unwrap();
    let ran = run(folder.path(), &["restore", "copy.db"]);
    assert!(ran.code == Some(2) && ran.err.starts_with("error: cannot restore copy.db: "), "{}", ran.err);
    assert_eq!(exported(folder.path(), "kbmatch.db"), ["disk.md", "tape.md"]);
}
