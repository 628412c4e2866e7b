//! The `kbmatch` binary.

use std::process::ExitCode;

/// A request makes some hundred short-lived values, and building an index many more; this allocator takes less time for
/// them and gives memory back sooner.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    kbmatch::cli::main()
}
