use serde_json::Value;

use crate::command::{kbmatch, run, run_with, with_kb};

const REPORT: &str = "hello,\n10:03 \x1b[31mERROR\x1b[0m tape loading failed at block 17\nthanks\n";

#[test]
fn a_report_from_standard_input_is_answered_for_people() {
    let folder = with_kb();
    let ran = run_with(folder.path(), &["match"], REPORT);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    assert!(!ran.out.contains('\x1b'), "raw control bytes reached the output");
    let shown: Vec<&str> = ran.out.lines().filter(|line| !line.contains('%')).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn colours_are_used_when_asked_for() {
    let folder = with_kb();
    let ran = run_with(folder.path(), &["match", "-", "--color", "always"], REPORT);
    assert!(ran.out.contains("\x1b[1;33m") && !ran.out.contains("^^^"), "{}", ran.out);
}

#[test]
fn json_is_the_answer_of_the_api() {
    let folder = with_kb();
    std::fs::write(folder.path().join("report.json"), r#"{"payload":{"e":"tape loading failed at block 17"}}"#)
        .unwrap();
    let ran = run(folder.path(), &["match", "report.json", "--json", "--explain=disk"]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&answer["outcome"], &answer["matches"][0]["article"]["id"]), (&"match".into(), &"tape".into()));
    assert_eq!(answer["matches"][0]["evidence"][0]["field"], "/payload/e");
    assert_eq!(answer["explain"][0]["article"], "disk");
}

#[test]
fn no_match_reads_well_and_is_exit_code_1() {
    let folder = with_kb();
    let ran = run_with(folder.path(), &["match"], "lovely weather today");
    assert_eq!(ran.code, Some(1));
    assert!(ran.out.starts_with("No article matches this report.\n"), "{}", ran.out);
    let ran = run_with(folder.path(), &["match", "--explain=tape"], "tape loading failed");
    assert!(ran.out.contains("Why tape:"), "{}", ran.out);
}

#[test]
fn a_line_of_a_megabyte_is_shown_around_its_error() {
    let folder = with_kb();
    let report = format!("{}tape loading failed at block 17{}", "x ".repeat(500_000), " y".repeat(500_000));
    let ran = run_with(folder.path(), &["match", "--content-type", "text/plain"], &report);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.out.len() < 2_000 && ran.out.contains("tape loading failed at block 17"), "{}", ran.out.len());
}

#[test]
fn folders_are_named_by_flag_environment_and_file() {
    let folder = with_kb();
    std::fs::rename(folder.path().join("kb"), folder.path().join("docs")).unwrap();
    let missing = run_with(folder.path(), &["match"], REPORT);
    assert!(missing.code == Some(2) && missing.err.contains("--kb"), "{}", missing.err);
    assert_eq!(run_with(folder.path(), &["match", "--kb", "docs"], REPORT).code, Some(0));
    std::fs::write(folder.path().join("report.txt"), REPORT).unwrap();
    let by_variable = kbmatch(folder.path()).args(["match", "report.txt"]).env("KBMATCH_KB", "docs").output().unwrap();
    assert!(by_variable.status.success());
    std::fs::write(folder.path().join("kbmatch.toml"), "kb = [\"docs\"]\n").unwrap();
    assert_eq!(run_with(folder.path(), &["match"], REPORT).code, Some(0));
    std::fs::write(folder.path().join("kbmatch.toml"), "\nkbs = [\"docs\"]\n").unwrap();
    let wrong = run_with(folder.path(), &["match"], REPORT);
    assert_eq!(wrong.err, "error: kbmatch.toml:2:1: unknown setting `kbs`; did you mean `kb`?\n");
}
