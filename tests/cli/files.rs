use serde_json::Value;

use crate::command::{TAPE, kbmatch, run, with_kb};

#[test]
fn check_passes_on_good_articles_and_counts_them() {
    let folder = with_kb();
    let ran = run(folder.path(), &["check"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{}", ran.err);
    assert_eq!(ran.err, "passed: 2 articles, 2 signatures, 4 examples run, 0 problems\n");
}

#[test]
fn check_and_eval_read_the_folders_of_the_settings() {
    let folder = with_kb();
    std::fs::rename(folder.path().join("kb"), folder.path().join("articles")).unwrap();
    std::fs::write(folder.path().join("kbmatch.toml"), "kb = [\"articles\"]\n").unwrap();
    let checked = run(folder.path(), &["check"]);
    assert!(checked.code == Some(0) && checked.err.contains("2 articles"), "{}{}", checked.out, checked.err);
    let query = r#"{"id":"1","kb":"x","article":"tape","also":[],"kind":"chat","text":"tape loading failed at block 7","source":"-"}"#;
    std::fs::write(folder.path().join("q.jsonl"), query).unwrap();
    let measured = run(folder.path(), &["eval", "--queries", "q.jsonl"]);
    assert!(measured.code == Some(0) && measured.err.contains("2 articles"), "{}", measured.err);
    let other = kbmatch(folder.path()).arg("check").env("KBMATCH_KB", "none").output().unwrap();
    assert_eq!(other.status.code(), Some(2));
}

#[test]
fn check_names_file_line_and_reason_of_every_problem() {
    let folder = with_kb();
    let kb = folder.path().join("kb");
    std::fs::write(kb.join("broken.md"), "---\ntitle: x\nsignatures:\n  - regex: '('\n---\nx\n").unwrap();
    std::fs::write(kb.join("twin.md"), TAPE).unwrap();
    std::fs::write(kb.join("greedy.md"), TAPE.replace("id: tape", "id: greedy").replace("tape loading", "loading"))
        .unwrap();
    let ran = run(folder.path(), &["check", "kb"]);
    assert_eq!(ran.code, Some(1));
    for expected in [
        "kb/broken.md:4:",
        "kb/twin.md:1:1: the id tape is also that of kb/tape.md",
        "kb/greedy.md:5:1: signatures[0]: it fires on example",
    ] {
        assert!(ran.out.lines().any(|line| line.starts_with(expected)), "{expected} is not in {}", ran.out);
    }
    let json: Value = serde_json::from_str(&run(folder.path(), &["check", "kb", "--json"]).out).unwrap();
    assert_eq!((&json["passed"], &json["articles"]), (&false.into(), &3.into()));
    assert_eq!(json["problems"].as_array().unwrap().len(), ran.out.lines().filter(|l| !l.contains(": note: ")).count());
}

#[test]
fn check_fails_when_there_is_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("kb")).unwrap();
    let ran = run(folder.path(), &["check", "kb"]);
    assert!(ran.code == Some(1) && ran.out.contains("nothing to check"), "{}{}", ran.out, ran.err);
    assert_eq!(run(folder.path(), &["check", "none"]).code, Some(2));
}

#[test]
fn what_is_imported_is_exported_byte_for_byte() {
    let folder = with_kb();
    let tried = run(folder.path(), &["import", "kb", "--dry-run"]);
    assert_eq!(
        (tried.code, tried.err.as_str()),
        (Some(0), "dry run: 2 created, 0 updated, 0 unchanged, 0 restored, 0 in conflict, 0 failed\n")
    );
    let ran = run(folder.path(), &["import", "kb"]);
    assert!(ran.code == Some(0) && ran.err.starts_with("2 created"), "{}", ran.err);
    assert!(run(folder.path(), &["import", "kb"]).err.starts_with("0 created, 0 updated, 2 unchanged"));
    let ran = run(folder.path(), &["export", "out"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), "2 written, 0 unchanged, 0 left alone\n"));
    assert_eq!(std::fs::read_to_string(folder.path().join("out/tape.md")).unwrap(), TAPE);
    let again = run(folder.path(), &["export", "out"]);
    assert_eq!(again.err, "0 written, 2 unchanged, 0 left alone\n");
}

#[test]
fn import_takes_the_good_files_and_names_the_bad() {
    let folder = with_kb();
    std::fs::write(folder.path().join("kb/broken.md"), "---\ntitle: x\nsignatures:\n  - regex: '('\n---\nx\n").unwrap();
    let ran = run(folder.path(), &["import", "kb"]);
    assert!(ran.code == Some(1) && ran.out.contains("kb/broken.md:4:"), "{}", ran.out);
    assert!(ran.err.starts_with("2 created") && ran.err.ends_with("1 failed\n"), "{}", ran.err);
    std::fs::remove_file(folder.path().join("kbmatch.db")).unwrap();
    assert_eq!(run(folder.path(), &["import", "kb", "--all-or-nothing"]).code, Some(2));
    assert_eq!(run(folder.path(), &["export", "out"]).err, "0 written, 0 unchanged, 0 left alone\n");
}

#[test]
fn an_import_accounts_for_every_file_that_was_named_or_found() {
    let folder = with_kb();
    let kb = folder.path().join("kb");
    std::fs::write(kb.join("large.md"), "x".repeat((4 << 20) + 1)).unwrap();
    std::fs::write(kb.join("broken.md"), "---\ntitle: x\nsignatures:\n  - regex: '('\n---\nx\n").unwrap();
    std::fs::write(kb.join("empty.md"), "").unwrap();
    for name in ["manual.docx", "figure.png", "README.md"] {
        std::fs::write(kb.join(name), "x").unwrap();
    }
    let paths = ["import", "kb", "kb/large.md", "missing.md", "--json"];
    let ran = run(folder.path(), &paths);
    assert_eq!(ran.code, Some(1), "{}", ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(
        (&json["files"], &json["counts"]["failed"], &json["counts"]["created"]),
        (&6.into(), &4.into(), &2.into())
    );
    assert_eq!(json["passed_over"], 2);
    let said = "2 files of other kinds were passed over\n2 created, 0 updated, 0 unchanged, 0 restored, 0 in conflict, 4 failed\n";
    assert_eq!(ran.err, said);
    let text = run(folder.path(), &paths[..4]).out;
    for (name, reason) in [
        ("kb/large.md", "larger than 4 MiB"),
        ("kb/broken.md", "regex"),
        ("kb/empty.md", "the article says nothing"),
        ("missing.md", "No such file"),
    ] {
        let items = json["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["file"] == name).unwrap();
        assert!(item["outcome"] == "failed" && item["reason"].as_str().unwrap().contains(reason), "{item}");
        assert!(text.contains(name) && text.contains(reason), "{name} {reason}: {text}");
    }
    let refused = run(folder.path(), &["import", "kb", "--all-or-nothing"]);
    assert!(refused.code == Some(2) && refused.out.contains("kb/large.md"), "{}{}", refused.out, refused.err);
    assert!(refused.err.contains("3 of 5 files cannot be taken"), "{}", refused.err);
}

#[test]
fn a_backup_holds_everything_and_overwrites_nothing() {
    let folder = with_kb();
    assert_eq!(run(folder.path(), &["backup", "copy.db"]).code, Some(2));
    run(folder.path(), &["import", "kb"]);
    assert_eq!(run(folder.path(), &["backup", "copy.db"]).code, Some(0));
    assert_eq!(run(folder.path(), &["backup", "copy.db"]).code, Some(2));
    let ran = run(folder.path(), &["export", "restored", "--database", "sqlite://copy.db"]);
    assert!(ran.err.starts_with("2 written"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("restored/tape.md")).unwrap(), TAPE);
}

#[test]
fn every_broken_article_fails_its_check_with_file_line_and_reason() {
    let broken = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/articles/broken");
    let folder = tempfile::tempdir().unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(broken).unwrap() {
        let path = entry.unwrap().path();
        let ran = run(folder.path(), &["check", path.to_str().unwrap()]);
        assert_eq!(ran.code, Some(1), "{} passed", path.display());
        assert!(ran.out.starts_with(&format!("{}:", path.display())), "{}", ran.out);
        files += 1;
    }
    assert!(files >= 40, "{files} files");
}
