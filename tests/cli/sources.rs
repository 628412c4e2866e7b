//! Where a setting came from: what is said of variables and files.

use std::path::Path;

use crate::command::{kbmatch, run, run_with, with_kb};

/// What a command says on standard error with these variables, and its exit code.
fn said(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = kbmatch(folder).args(arguments).envs(variables.iter().copied()).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

const TRY: [&str; 4] = ["serve", "--check", "--listen", "127.0.0.1:0"];

#[test]
fn a_variable_that_is_no_setting_is_named_with_the_nearest_that_is() {
    let folder = with_kb();
    let settings = "feedback_key = \"env:KBMATCH_LINK_KEY\"\n";
    std::fs::write(folder.path().join("kbmatch.toml"), settings).unwrap();
    let variables = [
        ("KBMATCH_WORKER", "2"),
        ("KBMATCH_NONSENSE_ENTIRELY", "x"),
        ("KBMATCH_EMPTY", ""),
        // Named by the settings, set by Kubernetes, a setting.
        ("KBMATCH_LINK_KEY", "0123456789abcdef0123456789abcdef"),
        ("KBMATCH_PORT", "tcp://10.0.0.1:8080"),
        ("KBMATCH_REPORT_RETENTION_DAYS", "7"),
    ];
    for arguments in [&TRY[..], &["check"]] {
        let (code, err) = said(folder.path(), arguments, &variables);
        assert_eq!(code, Some(0), "{err}");
        let warnings: Vec<&str> = err.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert_eq!(
            warnings,
            [
                "warning: the variable KBMATCH_NONSENSE_ENTIRELY is no setting; `kbmatch serve --help` names all",
                "warning: the variable KBMATCH_WORKER is no setting; did you mean KBMATCH_WORKERS?"
            ]
        );
    }
}

#[test]
fn an_error_about_a_value_names_the_variable_or_the_line_that_it_came_from() {
    let folder = with_kb();
    let (code, err) = said(folder.path(), &TRY, &[("KBMATCH_WORKERS", "many")]);
    assert!(code == Some(2) && err.contains("'many' for 'KBMATCH_WORKERS'") && !err.contains("--workers"), "{err}");
    let (_, err) = said(folder.path(), &[&TRY[..], &["--workers", "none"]].concat(), &[("KBMATCH_WORKERS", "many")]);
    assert!(err.contains("'none' for '--workers <N>'"), "{err}");
    for command in [&TRY[..], &["match", "kb/tape.md"], &["check"]] {
        let (code, err) = said(folder.path(), command, &[("KBMATCH_KB", "nowhere")]);
        assert!(code == Some(2) && err.contains("nowhere") && err.contains("see KBMATCH_KB"), "{command:?}: {err}");
    }
    let (_, err) = said(folder.path(), &["export", "out"], &[("KBMATCH_DATABASE", "none.db")]);
    assert!(err.contains("there is no database none.db; see KBMATCH_DATABASE"), "{err}");
    std::fs::write(folder.path().join("kbmatch.toml"), "# kb\n  kb = [\"nowhere\"]\n").unwrap();
    let ran = run(folder.path(), &TRY);
    assert!(ran.code == Some(2) && ran.err.contains("see `kb` in kbmatch.toml:2:3"), "{}", ran.err);
    let ran = run(folder.path(), &["export", "out", "--database", "none.db"]);
    assert!(ran.err.contains("see --database"), "{}", ran.err);
}

#[test]
fn a_secret_that_is_not_there_is_named_with_the_place_that_asks_for_it() {
    let folder = with_kb();
    let (code, err) = said(folder.path(), &TRY, &[("KBMATCH_FEEDBACK_KEY", "env:NOT_THERE")]);
    assert!(code == Some(2) && err.contains("NOT_THERE") && err.contains("see KBMATCH_FEEDBACK_KEY"), "{err}");
    let settings = "[[endpoint]]\nconnector = \"zammad\"\nname = \"desk\"\nsecret = \"env:NOT_THERE\"\n";
    std::fs::write(folder.path().join("kbmatch.toml"), settings).unwrap();
    let ran = run(folder.path(), &TRY);
    assert!(ran.code == Some(2) && ran.err.contains("error: kbmatch.toml:4:1: endpoint zammad/desk"), "{}", ran.err);
}

#[test]
fn options_that_are_wrong_are_named_as_flags() {
    let folder = with_kb();
    for (arguments, expected) in [
        (["--limit", "99"], "--limit must be a whole number from 1 to 20, \"99\" is not"),
        (["--min-confidence", "2"], "--min-confidence must be a number from 0 to 1"),
        (["--status", "ok"], "--status must be an HTTP status"),
        (["--explain=NOT AN ID", "-"], "--explain must be true, false or an article's id"),
    ] {
        let ran = run_with(folder.path(), &[&["match"][..], &arguments].concat(), "tape loading failed at block 3");
        assert!(ran.code == Some(2) && ran.err.starts_with(&format!("error: {expected}")), "{}", ran.err);
    }
    let ran = run(folder.path(), &["deliveries", "list", "--state", "x"]);
    assert!(ran.code == Some(2) && ran.err.contains("'x' for '--state <STATE>'"), "{}", ran.err);
}
