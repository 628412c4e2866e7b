use crate::command::{run, with_kb};

#[test]
fn help_teaches_every_command() {
    let folder = with_kb();
    let commands = [
        "",
        "serve",
        "match",
        "import",
        "check",
        "eval",
        "export",
        "backup",
        "restore",
        "keys",
        "reports",
        "deliveries",
        "endpoints",
        "completion",
    ];
    for command in commands {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let ran = run(folder.path(), &arguments);
        assert_eq!(ran.code, Some(0));
        assert!(ran.out.contains("Examples:"), "{command} shows no example");
        let name = if command.is_empty() { "kbmatch" } else { command };
        insta::assert_snapshot!(format!("help_{name}"), ran.out);
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let folder = with_kb();
    for arguments in [&["match", "--limt"][..], &["nothing"], &["match", "missing.log"], &["match", "--limit", "99"]] {
        let ran = run(folder.path(), arguments);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.starts_with("error: "), "{arguments:?} said {}", ran.err);
    }
}

#[test]
fn every_shell_gets_its_completions() {
    let folder = with_kb();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(folder.path(), &["completion", shell]);
        assert!(ran.code == Some(0) && ran.out.contains("kbmatch") && ran.out.contains("dry-run"), "{shell}");
    }
}
