//! `check --connectors` and `endpoints`.

use serde_json::Value;

use crate::command::{kbmatch, run};

const SETTINGS: &str = "\
public_url = \"https://kb.example.com\"

[[endpoint]]
connector = \"zendesk\"
name = \"support\"
secret = \"env:ZENDESK_SECRET\"
credential = { user = \"bot/token\", password = \"env:ZENDESK_TOKEN\" }
own_user = \"1\"

[[endpoint]]
connector = \"slack\"
name = \"ops\"
secret = \"file:slack-secret\"
";

/// What `check --connectors` says, with the variables that are set.
fn check(folder: &std::path::Path, variables: &[(&str, &str)], more: &[&str]) -> (Option<i32>, String) {
    let mut command = kbmatch(folder);
    command.args(["check", "--connectors"]).args(more).envs(variables.iter().copied());
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn every_problem_of_every_endpoint_is_named_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kbmatch.toml"), SETTINGS).unwrap();
    let (code, out) = check(folder.path(), &[], &[]);
    assert_eq!(code, Some(1), "{out}");
    for line in [
        "kbmatch.toml:6:1: zendesk/support: secret: the variable ZENDESK_SECRET is not set",
        "kbmatch.toml:7:1: zendesk/support: credential: the variable ZENDESK_TOKEN is not set",
        "kbmatch.toml:3:1: zendesk/support: base_url: it is missing, so nothing can be posted",
        "kbmatch.toml:13:1: slack/ops: secret: cannot read slack-secret",
        "kbmatch.toml:4:1: note: zendesk/support: connector: unconfirmed, try it with the platform:",
    ] {
        assert!(out.contains(line), "{line:?} is not in\n{out}");
    }
}

#[test]
fn endpoints_that_have_what_they_need_pass_and_no_secret_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let settings = SETTINGS.replace("own_user", "base_url = \"https://acme.zendesk.com\"\nown_user");
    std::fs::write(folder.path().join("kbmatch.toml"), settings).unwrap();
    std::fs::write(folder.path().join("slack-secret"), "8f742231b10e8888abcd99yyyzzz85a5").unwrap();
    let variables = [("ZENDESK_SECRET", "dGhpc19zZWNyZXRfaXNfZm9y"), ("ZENDESK_TOKEN", "hunter2hunter2")];
    let (code, out) = check(folder.path(), &variables, &["--json"]);
    assert_eq!(code, Some(0), "{out}");
    let found: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(found["endpoints"], 2);
    let findings = found["findings"].as_array().unwrap();
    assert!(!findings.is_empty() && findings.iter().all(|finding| finding["kind"] == "note"), "{out}");
    assert!(!out.contains("hunter2") && !out.contains("8f742231"), "{out}");
}

#[test]
fn what_does_not_answer_is_a_problem_when_that_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (open, port) = (listener.local_addr().unwrap(), listener.local_addr().unwrap().port());
    let settings = |url: &str| {
        format!(
            "[[endpoint]]\nconnector = \"generic\"\nname = \"desk\"\nallow_private = true\nbase_url = \"{url}\"\n\
             secret = \"env:TOKEN\"\nmode = \"observe\"\n\
             options = {{ external_id = \"/id\", body = \"/text\", reply_path = \"/n\", reply_body = {{ t = \"{{{{note_text}}}}\" }} }}\n"
        )
    };
    std::fs::write(folder.path().join("kbmatch.toml"), settings(&format!("http://{open}"))).unwrap();
    let answering = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        let (mut stream, _) = listener.accept().unwrap();
        let mut buffer = [0; 4096];
        let length = stream.read(&mut buffer).unwrap();
        stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&buffer[..length]).to_ascii_lowercase()
    });
    let (code, out) = check(folder.path(), &[("TOKEN", "a-token-of-the-desk")], &["--reach"]);
    assert_eq!(code, Some(0), "{out}");
    assert!(out.contains("answers (404)"), "{out}");
    let request = answering.join().unwrap();
    assert!(request.starts_with("get /") && !request.contains("authorization"), "{request}");
    // Nothing listens there any more.
    let (code, out) = check(folder.path(), &[("TOKEN", "a-token-of-the-desk")], &["--reach"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains(&format!("kbmatch.toml:5:1: generic/desk: base_url: http://127.0.0.1:{port}: not reached")),
        "{out}"
    );
}

#[test]
fn without_an_endpoint_there_is_nothing_to_check() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kbmatch.toml"), "public_url = \"https://kb.example.com\"\n").unwrap();
    let ran = run(folder.path(), &["check", "--connectors"]);
    assert!(ran.code != Some(0) && ran.err.contains("nothing to check"), "{}", ran.err);
}

#[test]
fn an_endpoint_that_could_not_be_read_back_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let add = ["endpoints", "add", "zammad", "desk", "--base-url", "http://127.0.0.1:18090"];
    let refused = run(folder.path(), &add);
    assert!(refused.code == Some(2) && refused.err.contains("base_url") && refused.err.contains("Nothing was written"));
    assert!(!folder.path().join("kbmatch.toml").exists() && !folder.path().join("secrets").exists());
    let added = run(folder.path(), &[&add[..], &["--allow-private"]].concat());
    assert!(added.code == Some(0) && added.out.contains("Secret  "), "{}", added.err);
    let elsewhere = tempfile::tempdir().unwrap();
    let settings = folder.path().join("kbmatch.toml");
    let tried = run(elsewhere.path(), &["--config", settings.to_str().unwrap(), "endpoints", "test", "zammad/desk"]);
    let said = tried.out + &tried.err;
    assert!(said.contains("zammad") && !said.contains("cannot read"), "the secret is found from anywhere: {said}");
}

#[test]
fn what_keeps_an_endpoint_quiet_is_listed_and_names_that_are_none_are_refused() {
    let folder = crate::command::with_kb();
    std::fs::write(folder.path().join("kbmatch.toml"), SETTINGS).unwrap();
    assert_eq!(run(folder.path(), &["import", "kb"]).code, Some(0));
    let mute = |article: &str| {
        let arguments = ["--article", article, "--until", "2999-12-31", "--reason", "an outage"];
        run(folder.path(), &[&["endpoints", "mute", "zendesk/support"][..], &arguments[..]].concat())
    };
    assert!(mute("tape").code == Some(0));
    let listed = run(folder.path(), &["endpoints", "list"]);
    assert!(
        listed.out.contains("  says nothing of tape until 3000-01-01 00:00 UTC: an outage (cli)"),
        "{}",
        listed.out
    );
    for (ran, expected) in [
        (mute("tap"), "there is no article tap"),
        (run(folder.path(), &["endpoints", "resume", "zendesk/none"]), "no endpoint zendesk/none"),
        (run(folder.path(), &["deliveries", "list", "--state", "daed"]), "invalid value 'daed'"),
        (run(folder.path(), &["deliveries", "list", "--endpoint", "no/such"]), "nothing was ever received for no/such"),
    ] {
        assert!(ran.code == Some(2) && ran.err.contains(expected), "{expected:?} is not in {}", ran.err);
    }
    let withdrawn = run(folder.path(), &["endpoints", "withdraw", "--article", "tape", "--revision", "1"]);
    assert!(
        withdrawn.code == Some(1) && withdrawn.err.contains("no note from revision 1 of tape"),
        "{}",
        withdrawn.err
    );
}
