//! Runs the binary in a folder of its own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// An article that answers `tape loading failed`.
pub(crate) const TAPE: &str = "---\nid: tape\ntitle: Tape does not load\nsignatures:\n  - template: 'tape loading failed at block {{block}}'\nexamples:\n  match: ['tape loading failed at block 3, again']\n  no_match: ['disk loading failed at block 3']\n---\n## Cause\n\nBlock {{block}} is worn.\n\n## Solution\n\n1. Rewind.\n";
/// Its sibling.
pub(crate) const DISK: &str = "---\nid: disk\ntitle: Disk does not load\nsignatures:\n  - template: 'disk loading failed at block {{block}}'\nexamples:\n  match: ['disk loading failed at block 3, again']\n  no_match: ['tape loading failed at block 3']\n---\n## Cause\n\nDust.\n\n## Solution\n\nClean it.\n";

/// What a run of the binary came to.
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The binary, in a folder and with no settings of the outside.
pub(crate) fn kbmatch(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kbmatch"));
    command.current_dir(folder).env_remove("NO_COLOR");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("KBMATCH_")) {
        command.env_remove(name);
    }
    command
}

/// Runs a command with some input.
pub(crate) fn run_with(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = kbmatch(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// Runs a command.
pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Ran {
    run_with(folder, arguments, "")
}

/// A folder with the two articles in `kb`.
pub(crate) fn with_kb() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("kb")).unwrap();
    for (name, text) in [("tape.md", TAPE), ("disk.md", DISK)] {
        std::fs::write(folder.path().join("kb").join(name), text).unwrap();
    }
    folder
}
