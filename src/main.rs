//! The `kbmatch` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    kbmatch::cli::main()
}
