use std::time::{Duration, Instant};

use serde_json::Value;

use crate::command::{run, with_kb};
use crate::serving::{request, serve};

#[test]
fn a_key_is_shown_once_listed_without_its_secret_and_revoked() {
    let folder = with_kb();
    let made = run(folder.path(), &["keys", "create", "chat bot", "--scope", "match,read", "--days", "90"]);
    assert_eq!(made.code, Some(0), "{}", made.err);
    let key = made.out.trim();
    assert!(key.len() == 81 && key.starts_with("kbm_") && made.out.lines().count() == 1, "{}", made.out);
    let (id, secret) = (&key[4..16], &key[17..]);
    assert!(made.err.contains(id) && !made.err.contains(secret), "{}", made.err);
    let listed = run(folder.path(), &["keys", "list"]);
    assert!(listed.out.contains(id) && listed.out.contains("chat bot") && listed.out.contains("match read"));
    let json: Value = serde_json::from_str(&run(folder.path(), &["keys", "list", "--json"]).out).unwrap();
    assert_eq!((&json[0]["state"], &json[0]["last_used_at"]), (&"active".into(), &Value::Null));
    assert!(json[0]["expires_at"].is_string() && json[0].get("key").is_none(), "{json}");
    let revoked = run(folder.path(), &["keys", "revoke", key]);
    assert!(!revoked.err.contains(secret), "{}", revoked.err);
    assert!(revoked.code == Some(0) && revoked.err.contains("chat bot"), "{}", revoked.err);
    assert_eq!(run(folder.path(), &["keys", "list"]).out, "");
    assert!(run(folder.path(), &["keys", "list", "--all"]).out.contains("revoked"));
    for (arguments, expected) in [
        (&["keys", "revoke", "000000000000"][..], "there is no key 000000000000"),
        (&["keys", "revoke", "xyz"], "12 hexadecimal digits"),
        (&["keys", "create", "x"], "--scope"),
        (&["keys", "create", "x", "--scope", "all"], "match, read, write, admin and endpoint:CONNECTOR/NAME are"),
        (&["keys", "create", " ", "--scope", "match"], "1 to 100 characters"),
    ] {
        let ran = run(folder.path(), arguments);
        assert!(ran.code == Some(2) && ran.err.contains(expected), "{arguments:?} said {}", ran.err);
    }
    let database = std::fs::read(folder.path().join("kbmatch.db")).unwrap();
    assert!(!database.windows(secret.len()).any(|window| window == secret.as_bytes()), "the secret is stored");
    for ran in [made.err, listed.out, listed.err] {
        assert!(!ran.contains(secret));
    }
}

#[test]
fn keys_made_and_revoked_beside_a_server_count_within_a_second() {
    let folder = with_kb();
    let server = serve(folder.path(), &[], &[]);
    let lookup = |key: Option<&str>| {
        let header = key.map(|key| format!("authorization: Bearer {key}\r\n")).unwrap_or_default();
        request(&server, "/v1/lookup?q=x", &header)[9..12].to_owned()
    };
    let until = |expected: &str, key: Option<&str>| {
        let started = Instant::now();
        while lookup(key) != expected {
            assert!(started.elapsed() < Duration::from_secs(1), "not {expected} within a second");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    assert_eq!(lookup(None), "200");
    let key = run(folder.path(), &["keys", "create", "bot", "--scope", "match"]).out.trim().to_owned();
    until("401", None);
    until("200", Some(&key));
    assert_eq!(run(folder.path(), &["keys", "revoke", &key[4..16]]).code, Some(0));
    until("401", Some(&key));
    assert_eq!(lookup(None), "401", "revoking the last key opened the server");
}

#[test]
fn only_loopback_is_listened_on_before_there_is_a_key() {
    let folder = with_kb();
    let refused = run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert!(
        refused.code == Some(2) && refused.err.contains("kbmatch keys create NAME --scope match"),
        "{}",
        refused.err
    );
    assert!(!folder.path().join("kbmatch.db").exists(), "a refusal made a database");
    let key = run(folder.path(), &["keys", "create", "bot", "--scope", "match"]).out;
    let server = serve(folder.path(), &["--listen", "0.0.0.0:0"], &[]);
    assert_eq!(&request(&server, "/v1/lookup?q=x", "")[9..12], "401");
    let header = format!("x-api-key: {}\r\n", key.trim());
    assert_eq!(&request(&server, "/v1/lookup?q=x", &header)[9..12], "200");
    drop(server);
    assert_eq!(run(folder.path(), &["keys", "revoke", &key[4..16]]).code, Some(0));
    let refused = run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert!(refused.code == Some(2) && refused.err.contains("kbmatch keys create"), "{}", refused.err);
    let server = serve(folder.path(), &["--listen", "0.0.0.0:0", "--allow-remote-without-keys"], &[]);
    assert_eq!(&request(&server, "/v1/lookup?q=x", "")[9..12], "401", "a server that had a key is open");
}

#[test]
fn kept_reports_are_listed_shown_and_deleted() {
    let folder = with_kb();
    let server = serve(folder.path(), &[], &[]);
    let answer = request(&server, "/v1/lookup?q=nobody+knows+password%3Dhunter2hunter2", "");
    let id = answer.split("\"report_id\":\"").nth(1).and_then(|rest| rest.get(..26)).unwrap().to_owned();
    let started = Instant::now();
    while !run(folder.path(), &["reports", "list"]).out.contains(&id) {
        assert!(started.elapsed() < Duration::from_secs(10), "the report was not kept");
    }
    let shown = run(folder.path(), &["reports", "show", &id]).out;
    assert!(shown.contains("no_match") && shown.contains("password=xxxxxx0xxxxxx0"), "{shown}");
    let json: Value = serde_json::from_str(&run(folder.path(), &["reports", "list", "--json"]).out).unwrap();
    assert_eq!(json[0]["id"], id.as_str());
    assert_eq!(run(folder.path(), &["reports", "delete", &id]).code, Some(0));
    for command in ["show", "delete"] {
        let ran = run(folder.path(), &["reports", command, &id]);
        assert!(ran.code == Some(2) && ran.err.contains("there is no report"), "{}", ran.err);
    }
    drop(server);
    // The words are gone from the file, not only from the tables.
    let bytes = std::fs::read(folder.path().join("kbmatch.db")).unwrap();
    assert!(!bytes.windows(12).any(|window| window == b"nobody knows"));
}
