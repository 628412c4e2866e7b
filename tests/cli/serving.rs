use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::command::{TAPE, kbmatch, run, with_kb};

pub(crate) struct Server {
    child: Child,
    address: String,
    said: Vec<String>,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn serve(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Server {
    let mut command = kbmatch(folder);
    let listen: &[&str] = if arguments.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
    command.arg("serve").args(listen).args(arguments).envs(variables.iter().copied());
    start(command)
}

/// Starts a server and waits until it says where it listens.
fn start(mut command: Command) -> Server {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    let address = loop {
        let line = lines.next().expect("the server ended").unwrap();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
        said.push(line);
        if let Some(address) = address {
            break address;
        }
    };
    // What else it says must not fill the pipe.
    std::thread::spawn(move || lines.for_each(drop));
    Server { child, address, said }
}

fn get(server: &Server, path: &str) -> String {
    request(server, path, "")
}

/// Asks for a path with further headers, each with its line break.
pub(crate) fn request(server: &Server, path: &str, headers: &str) -> String {
    send(server, "GET", path, headers, "")
}

fn send(server: &Server, method: &str, path: &str, headers: &str, body: &str) -> String {
    let address = server.address.replace("0.0.0.0", "127.0.0.1");
    let mut socket = TcpStream::connect(address).unwrap();
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n");
    write!(socket, "{head}connection: close\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn an_import_beside_a_server_is_seen_within_a_second() {
    let folder = with_kb();
    let server = serve(folder.path(), &[], &[]);
    assert!(get(&server, "/health/ready").contains("\"articles\":2"));
    std::fs::write(folder.path().join("new.md"), TAPE.replace("id: tape", "id: cable").replace("tape", "cable"))
        .unwrap();
    let ran = run(folder.path(), &["import", "new.md"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let imported = Instant::now();
    while !get(&server, "/health/ready").contains("\"articles\":3") {
        assert!(imported.elapsed() < Duration::from_secs(1), "not seen within a second");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_server_starts_with_the_good_articles_and_says_loudly_what_it_left_out() {
    let folder = with_kb();
    std::fs::write(folder.path().join("kb/broken.md"), "---\ntitle: x\nsignatures:\n  - regex: '('\n---\nx\n").unwrap();
    let server = serve(folder.path(), &[], &[]);
    assert!(server.said.iter().any(|line| line.contains("LEFT OUT")), "{:?}", server.said);
    assert!(server.said.iter().any(|line| line.contains("broken.md")), "{:?}", server.said);
    assert!(get(&server, "/health/ready").contains("broken.md"));
}

#[test]
fn a_folder_without_its_files_keeps_the_articles_and_degrades_the_server() {
    let folder = with_kb();
    drop(serve(folder.path(), &[], &[]));
    std::fs::rename(folder.path().join("kb"), folder.path().join("kb2")).unwrap();
    std::fs::create_dir(folder.path().join("kb")).unwrap();
    let check = run(folder.path(), &["serve", "--check", "--listen", "127.0.0.1:0"]);
    assert!(check.code == Some(1) && check.err.contains("2 articles of the database came from it"), "{}", check.err);
    let server = serve(folder.path(), &[], &[]);
    let logged = |line: &&String| line.contains("holds no article file") && line.contains("nothing was archived");
    assert!(server.said.iter().any(|line| logged(&line)), "{:?}", server.said);
    let ready = get(&server, "/health/ready");
    assert!(ready.contains("\"status\":\"degraded\"") && ready.contains("\"articles\":2"), "{ready}");
    assert!(ready.contains("holds no article file"), "{ready}");
}

#[test]
fn a_conflict_found_by_a_start_is_logged_shown_and_found_by_a_check() {
    let folder = with_kb();
    drop(serve(folder.path(), &[], &[]));
    let edit = TAPE.replace("Rewind.", "Rewind twice.");
    std::fs::write(folder.path().join("tape.md"), &edit).unwrap();
    assert!(run(folder.path(), &["import", "tape.md"]).err.contains("1 updated"));
    std::fs::write(folder.path().join("kb/tape.md"), TAPE.replace("Rewind.", "Buy another.")).unwrap();
    let check = run(folder.path(), &["serve", "--check", "--listen", "127.0.0.1:0"]);
    assert_eq!(check.code, Some(1), "{}", check.err);
    for expected in ["tape.md: conflict with article tape: ", "To settle it", "2 files, 0 left out, 1 in conflict"] {
        assert!(check.err.contains(expected), "{expected} is not in {}", check.err);
    }
    let server = serve(folder.path(), &[], &[]);
    let logged = |line: &String| line.contains("WARN") && line.contains("tape.md") && line.contains("To settle it");
    assert!(server.said.iter().any(logged), "{:?}", server.said);
    let counts = "1 unchanged, 0 restored, 1 in conflict, 0 failed";
    assert!(server.said.iter().any(|line| line.contains(counts)), "{:?}", server.said);
    let ready = get(&server, "/health/ready");
    assert!(ready.contains("\"status\":\"degraded\"") && ready.contains("To settle it"), "{ready}");
}

#[test]
fn a_missing_default_folder_is_a_warning_and_a_named_one_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = serve(folder.path(), &[], &[]);
    assert!(server.said.iter().any(|line| line.contains("warning: there is no folder ./kb")), "{:?}", server.said);
    let ran = run(folder.path(), &["serve", "--listen", "127.0.0.1:0", "--kb", "none"]);
    assert!(ran.code == Some(2) && ran.err.contains("there is no folder none"), "{}", ran.err);
}

#[test]
fn settings_come_from_the_environment_too() {
    let folder = with_kb();
    let server =
        serve(folder.path(), &[], &[("KBMATCH_DATABASE", "sqlite://other.db"), ("KBMATCH_ALLOWED_HOSTS", "a,b")]);
    assert!(get(&server, "/health/live").contains("200 OK"));
    assert!(folder.path().join("other.db").exists() && !folder.path().join("kbmatch.db").exists());
    let ran = run(folder.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert!(ran.code == Some(2) && ran.err.contains("--allow-remote-without-keys"), "{}", ran.err);
}

#[test]
fn a_check_tries_everything_and_leaves_nothing_behind() {
    let folder = with_kb();
    let ran = run(folder.path(), &["serve", "--check", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    assert!(ran.err.contains("2 files, 0 left out, 0 in conflict"), "{}", ran.err);
    assert!(!folder.path().join("kbmatch.db").exists());
    let server = serve(folder.path(), &[], &[]);
    let taken = run(folder.path(), &["serve", "--check", "--listen", &server.address]);
    assert!(taken.code == Some(2) && taken.err.contains("cannot listen on"), "{}", taken.err);
}

#[cfg(unix)]
#[test]
fn a_signal_stops_the_server_in_good_order() {
    let folder = with_kb();
    let mut server = serve(folder.path(), &[], &[]);
    assert!(get(&server, "/health/live").contains("200 OK"));
    let killed = std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let asked = Instant::now();
    let ended = server.child.wait().unwrap();
    assert!(ended.success() && asked.elapsed() < Duration::from_secs(5), "{ended} after {:?}", asked.elapsed());
}

#[cfg(unix)]
#[test]
fn a_second_signal_stops_the_server_at_once() {
    let folder = with_kb();
    let mut server = serve(folder.path(), &[], &[]);
    // A request of which half has come keeps the server waiting.
    let mut half = TcpStream::connect(&server.address).unwrap();
    write!(half, "POST /v1/match HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf").unwrap();
    assert!(get(&server, "/health/live").contains("200 OK"));
    let id = server.child.id().to_string();
    let signal = || std::process::Command::new("kill").args(["-INT", &id]).status().unwrap().success();
    assert!(signal());
    std::thread::sleep(Duration::from_millis(700));
    assert!(server.child.try_wait().unwrap().is_none(), "it waits for the request");
    assert!(signal());
    let asked = Instant::now();
    server.child.wait().unwrap();
    assert!(asked.elapsed() < Duration::from_secs(4), "{:?}", asked.elapsed());
}

#[cfg(unix)]
#[test]
fn a_server_whose_disk_takes_no_writes_is_not_ready_until_it_does() {
    let folder = with_kb();
    // No file may grow beyond 2 or 4 MiB, as the shell counts.
    let limited = "trap '' XFSZ; ulimit -f 4096; exec \"$@\"";
    let mut command = Command::new("sh");
    command.args(["-c", limited, "sh", env!("CARGO_BIN_EXE_kbmatch"), "serve", "--listen", "127.0.0.1:0"]);
    command.current_dir(folder.path()).env_remove("KBMATCH_CONFIG");
    let server = start(command);
    assert!(get(&server, "/health/ready").starts_with("HTTP/1.1 200"));
    let line = |number| {
        let text = format!("# Large {number}\\n\\n{}", format!("{}\\n", "x".repeat(1_000)).repeat(1_000));
        format!("{{\"id\":\"large-{number}\",\"markdown\":\"{text}\"}}\n")
    };
    let articles: String = (0..6).map(line).collect();
    let refused = send(&server, "POST", "/v1/import", "content-type: application/x-ndjson\r\n", &articles);
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("storage-unavailable"), "{refused}");
    let ready = get(&server, "/health/ready");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"status\":\"not_ready\""), "{ready}");
    assert!(ready.contains("\"reason\":\"the database failed"), "{ready}");
    let report = "tape loading failed at block 3";
    assert!(send(&server, "POST", "/v1/match", "content-type: text/plain\r\n", report).starts_with("HTTP/1.1 200"));
    let refused = Instant::now();
    while !get(&server, "/health/ready").starts_with("HTTP/1.1 200") {
        assert!(refused.elapsed() < Duration::from_secs(30), "it does not come back");
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn an_empty_variable_is_none() {
    let folder = with_kb();
    let names = ["KBMATCH_CONFIG", "KBMATCH_DATABASE", "KBMATCH_WORKERS", "KBMATCH_KB", "KBMATCH_LOG_LEVEL"];
    let mut command = kbmatch(folder.path());
    command.args(["serve", "--check", "--listen", "127.0.0.1:0"]).envs(names.map(|name| (name, "")));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
