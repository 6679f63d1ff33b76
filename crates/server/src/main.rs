//! The program `muster`.

use std::process::ExitCode;

/// Every call takes and frees hundreds of small pieces of memory, which this does in half the time of the system's own.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    muster::run(std::env::args_os())
}
